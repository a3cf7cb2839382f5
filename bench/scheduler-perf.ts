// Decisions per second of the scheduler at 5,000 nodes, in the shapes of the real project's scheduler_perf: nodes of
// 4 CPU, 32 Gi and 110 pods; pods of 100m and 500 Mi. Tables are off; a decision is taken and assumed, nothing is sent.
import { pathToFileURL } from 'node:url';
import { Prng } from '../src/base/prng.ts';
import type { Node, Pod, PodSpec } from '../src/sim/api/generated/types.ts';
import { SchedulerCache } from '../src/sim/scheduler/cache.ts';
import type { Handle } from '../src/sim/scheduler/framework/plugin.ts';
import { ObjectListers } from '../src/sim/scheduler/listers.ts';
import { Nominator } from '../src/sim/scheduler/nominator.ts';
import { podInfoOf } from '../src/sim/scheduler/pod-info.ts';
import { defaultFramework } from '../src/sim/scheduler/profile.ts';
import { schedulePod } from '../src/sim/scheduler/schedule-pod.ts';

export interface BenchResult { readonly name: string; readonly value: number; readonly unit: string; readonly limit: number; readonly ok: boolean }

export interface Shape {
  readonly name: string;
  readonly limit: number;
  readonly initPods: number;
  readonly pods: number;
  zoneOf(node: number): string;
  initPod(index: number): Pod;
  pod(index: number): Pod;
}

const NODES = 5000;
const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const NAMESPACES = ['sched-0', 'sched-1'];

function node(index: number, zone: string): Node {
  const name = `node-${index}`;
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { [HOSTNAME]: name, [ZONE]: zone } },
    status: { allocatable: { cpu: '4', memory: '32Gi', pods: '110' } },
  };
}

function pod(namespace: string, name: string, labels: Record<string, string>, spec: Partial<PodSpec> = {}, cpu = '100m'): Pod {
  const containers = [{ name: 'pause', image: 'registry.k8s.io/pause:3.10', resources: { requests: { cpu, memory: '500Mi' } } }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name, uid: `${namespace}/${name}`, labels }, spec: { containers, ...spec } };
}

function term(labels: Record<string, string>, topologyKey: string) {
  return { labelSelector: { matchLabels: labels }, topologyKey, namespaces: NAMESPACES };
}

const plain = (namespace: string) => (index: number) => pod(namespace, `plain-${index}`, {});
const oneZone = () => 'zone1';
const labelled = (namespace: string, labels: Record<string, string>, spec: () => Partial<PodSpec>) => (index: number) => pod(namespace, `pod-${index}`, labels, spec());

function affine(name: string, limit: number, initPods: number, pods: number, labels: Record<string, string>, spec: () => Partial<PodSpec>): Shape {
  return { name, limit, initPods, pods, zoneOf: oneZone, initPod: labelled('sched-0', labels, spec), pod: labelled('sched-1', labels, spec) };
}

export const SHAPES: readonly Shape[] = [
  { name: 'SchedulingBasic 1k/10k', limit: 3000, initPods: 1000, pods: 10_000, zoneOf: oneZone, initPod: plain('sched-0'), pod: plain('sched-1') },
  affine('SchedulingNodeAffinity 5k/10k', 2000, 5000, 10_000, {}, () => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: ['zone1', 'zone2'] }] }] } } },
  })),
  affine('SchedulingPodAntiAffinity 1k/2k', 600, 1000, 2000, { color: 'green', name: 'test' }, () => ({
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term({ color: 'green' }, HOSTNAME)] } },
  })),
  affine('SchedulingPodAffinity 5k/5k', 500, 5000, 5000, { color: 'blue' }, () => ({
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term({ color: 'blue' }, ZONE)] } },
  })),
  {
    name: 'TopologySpreading 5k/5k', limit: 1000, initPods: 5000, pods: 5000, zoneOf: (index) => `moon-${(index % 3) + 1}`,
    initPod: plain('sched-0'),
    pod: labelled('sched-1', { color: 'blue' }, () => ({
      topologySpreadConstraints: [{ maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { color: 'blue' } } }],
    })),
  },
  affine('SchedulingPreferredPodAffinity 5k/5k', 600, 5000, 5000, { foo: '' }, () => ({
    affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term({ foo: '' }, HOSTNAME) }] } },
  })),
  affine('SchedulingPreferredPodAntiAffinity 5k/5k', 600, 5000, 5000, { foo: '' }, () => ({
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term({ foo: '' }, HOSTNAME) }] } },
  })),
  {
    name: 'Preemption 20k/5k', limit: 1000, initPods: 20_000, pods: 5000, zoneOf: oneZone,
    initPod: (index) => pod('sched-0', `low-${index}`, {}, {}, '900m'),
    pod: (index) => pod('sched-1', `high-${index}`, {}, { priority: 10 }, '3'),
  },
];

interface World { readonly handle: Handle & { readonly nominated: Nominator }; start: number }

/** Decides until the pod has a node, evicting at once whom preemption names. */
function place(world: World, waiting: Pod, random: Prng, framework: ReturnType<typeof defaultFramework>): void {
  const { cache, nominated } = world.handle;
  let current = waiting;
  for (;;) {
    const info = podInfoOf(current);
    const attempt = schedulePod({ framework, handle: world.handle, pod: info, random, startNodeIndex: world.start, percentageOfNodesToScore: 0, detail: false });
    world.start = attempt.nextStartNodeIndex;
    if (attempt.node !== undefined) {
      nominated.delete(info.key);
      cache.assumePod(current, attempt.node);
      return;
    }
    const victims = attempt.preemption?.nominated;
    if (victims === undefined) throw new Error(`${info.key}: ${attempt.message ?? attempt.outcome}`);
    for (const victim of victims.pods) cache.removePod(victim.key);
    current = { ...current, status: { ...current.status, nominatedNodeName: victims.node } };
    nominated.add(podInfoOf(current), victims.node);
  }
}

export function measure(shape: Shape): BenchResult {
  const cache = new SchedulerCache();
  const listers = new ObjectListers();
  for (const name of NAMESPACES) listers.set('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (let i = 0; i < NODES; i++) cache.setNode(node(i, shape.zoneOf(i)));
  const world: World = { handle: { cache, listers, nominated: new Nominator(), unixUs: 1_700_000_000_000_000 }, start: 0 };
  const random = Prng.stream(1, shape.name);
  const framework = defaultFramework();
  for (let i = 0; i < shape.initPods; i++) place(world, shape.initPod(i), random, framework);
  const pods = Array.from({ length: shape.pods }, (_, i) => shape.pod(i));
  const startMs = performance.now();
  for (const waiting of pods) place(world, waiting, random, framework);
  const perSecond = Math.round(shape.pods / ((performance.now() - startMs) / 1000));
  return { name: shape.name, value: perSecond, unit: 'pods/s', limit: shape.limit, ok: perSecond >= shape.limit };
}

export function run(only = ''): readonly BenchResult[] {
  return SHAPES.filter((shape) => shape.name.includes(only)).map(measure);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { name, value, unit, limit, ok } of run(process.argv[2])) {
    process.stdout.write(`${ok ? 'ok  ' : 'SLOW'} ${name.padEnd(44)} ${String(value).padStart(7)} ${unit} (at least ${limit})\n`);
  }
}
