// What the frame of the page shows, taken from the model of the world. Each is computed again only when its part changed.
import type { Model } from '../../view/model.ts';
import type { WorldState } from '../../view/store.ts';
import type { SessionInput } from '../../worker/protocol.ts';
import type { ClusterFacts, FaultTargets, SessionStatus, UndoableInput } from '../shell/contract.ts';

/** Remembers the last answer by the identity of what it was made from. */
export function memoized<A extends readonly unknown[], T>(compute: (...parts: A) => T): (...parts: A) => T {
  let last: { readonly parts: A; readonly value: T } | undefined;
  return (...parts) => {
    if (last === undefined || parts.some((part, index) => !Object.is(part, last?.parts[index]))) last = { parts, value: compute(...parts) };
    return last.value;
  };
}

const count = <T>(items: Iterable<T>, holds: (item: T) => boolean): number => {
  let n = 0;
  for (const item of items) if (holds(item)) n += 1;
  return n;
};

const podCounts = memoized((pods: Model['pods']) => ({ pods: pods.size, podsRunning: count(pods.values(), (pod) => pod.phase === 'Running' || pod.phase === 'NotReady') }));
const nodeCounts = memoized((nodes: Model['nodes']) => ({ nodes: nodes.size, nodesReady: count(nodes.values(), (node) => node.ready === 'True') }));
const joined = memoized((pods: ReturnType<typeof podCounts>, nodes: ReturnType<typeof nodeCounts>, nowUs: number): ClusterFacts => ({ ...pods, ...nodes, nowUs }));

export function clusterFacts({ model }: WorldState): ClusterFacts {
  return joined(podCounts(model.pods), nodeCounts(model.nodes), model.nowUs);
}

export const statusOf = memoized((status: WorldState['status'], detail: string, restored: boolean): SessionStatus => {
  switch (status) {
    case 'opening': return restored ? { kind: 'restoring' } : { kind: 'starting' };
    case 'ready': return { kind: 'running' };
    case 'dead': return { kind: 'failed', message: detail.split('\n')[0] ?? '' };
  }
});

type Input = SessionInput['input'];

/** What clients in a terminal only read is nothing that undo would be asked for. */
function isQuiet(input: Input): boolean {
  return input.type === 'requestEnd' || input.type === 'requestSend' || (input.type === 'request' && (input.http.method === 'GET' || input.http.method === 'HEAD'));
}

function faultName(input: Exclude<Input, { readonly type: 'kubectl' | 'request' | 'requestSend' | 'requestEnd' }>): string {
  switch (input.type) {
    case 'nodeStop': case 'nodeStart': case 'nodeRemove': return input.node;
    case 'nodeAdd': return input.node.name;
    case 'containerKill': return `${input.pod} · ${input.container}`;
    case 'link': case 'linkRestore': return `${input.a} – ${input.b}`;
    case 'schedulerConfigure': return 'KubeSchedulerConfiguration';
  }
}

/** The last input, which undo would take back. */
export const lastInput = memoized((inputs: Model['inputs']): UndoableInput | undefined => {
  const input = inputs.findLast((each) => !isQuiet(each.input))?.input;
  if (input === undefined || input.type === 'requestEnd' || input.type === 'requestSend') return undefined;
  if (input.type === 'request') return { what: 'command', name: `${input.http.method} ${input.http.url.split('?')[0] ?? ''}` };
  if (input.type !== 'kubectl') return { what: 'fault', name: faultName(input) };
  const [verb = ''] = input.args;
  const name = input.files.map((file) => file.name).join(', ');
  if (name !== '' && (verb === 'apply' || verb === 'delete')) return { what: verb, name };
  return { what: 'command', name: `kubectl ${input.args.join(' ')}` };
});

const SERVER = 'kube-apiserver';
const COMPONENTS = ['etcd', 'kube-controller-manager', 'kube-scheduler'] as const;

/** Links that a lesson cuts: between the API server and everything that talks to it. */
const linksOf = memoized((nodes: Model['nodes'], faults: Model['facts']['faults']): FaultTargets['links'] => {
  const others = [...COMPONENTS, ...[...nodes.keys()].map((node) => `kubelet/${node}`)];
  const isCut = (other: string): boolean => faults.some((fault) => fault.cut && [fault.a, fault.b].includes(other) && [fault.a, fault.b].includes(SERVER));
  return others.map((other) => ({ from: SERVER, to: other, cut: isCut(other) }));
});

const etcdDelayMs = (faults: Model['facts']['faults']): number => {
  const slow = faults.find((fault) => [fault.a, fault.b].includes('etcd') && [fault.a, fault.b].includes(SERVER));
  return Math.round((slow?.extraUs ?? 0) / 1_000);
};

const nodeTargets = memoized((nodes: Model['nodes']): FaultTargets['nodes'] => [...nodes.values()].map((node) => ({ name: node.name, stopped: !node.up })));
const podTargets = memoized((pods: Model['pods']): FaultTargets['pods'] => {
  const running = [...pods.values()].filter((pod) => pod.phase === 'Running' || pod.phase === 'NotReady');
  return running.map(({ namespace, name }) => ({ namespace, name }));
});
const targets = memoized((nodes: FaultTargets['nodes'], pods: FaultTargets['pods'], links: FaultTargets['links'], delayMs: number): FaultTargets => ({ nodes, pods, links, etcdDelayMs: delayMs }));

export function faultTargets({ model }: WorldState): FaultTargets {
  const { faults } = model.facts;
  return targets(nodeTargets(model.nodes), podTargets(model.pods), linksOf(model.nodes, faults), etcdDelayMs(faults));
}
