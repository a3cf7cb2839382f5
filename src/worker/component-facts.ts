import type { ApiClient } from '../sim/client/client.ts';
import type { ControllerManagerState } from '../sim/controllers/controller-manager.ts';
import type { EtcdState } from '../sim/etcd/actor.ts';
import { ETCD } from '../sim/etcd/messages.ts';
import { snapshotOf } from '../sim/etcd/snapshot.ts';
import { instanceOf, kindOf } from '../sim/kernel/actor.ts';
import type { Kernel } from '../sim/kernel/kernel.ts';
import type { CniState } from '../sim/node/cni.ts';
import type { CsiState } from '../sim/node/csi-node.ts';
import { inspectNode } from '../sim/node/inspect.ts';
import type { NodeInspection } from '../sim/node/inspect.ts';
import type { RuntimeState } from '../sim/node/runtime/state.ts';
import { queueFacts } from '../sim/scheduler/actor.ts';
import type { SchedulerState } from '../sim/scheduler/actor.ts';
import type { ComponentAnswer, ComponentFacts } from './protocol.ts';

const RECENT_KEYS = 8;
const KEYS_SHOWN = 200;
const CHANGES_READ_MAX = 2_000;
const NO_QUEUE: ComponentFacts['scheduler'] = { active: [], backoff: [], unschedulable: [], gated: [], leading: false };

/** What the cards on the stage say. */
export function componentFacts(kernel: Kernel): ComponentFacts {
  const manager = kernel.stateOf('kube-controller-manager') as ControllerManagerState | undefined;
  const scheduler = kernel.stateOf('kube-scheduler') as SchedulerState | undefined;
  return {
    etcd: etcdFacts(kernel.stateOf(ETCD) as EtcdState | undefined),
    scheduler: scheduler ? queueFacts(scheduler) : NO_QUEUE,
    controllers: [...manager?.runs.values() ?? []].map(({ controller, queue }) => ({
      name: controller.name, waiting: queue.length, working: queue.inProgress(), failures: queue.inProgress().reduce((sum, key) => sum + queue.failuresOf(key), 0),
    })),
    faults: [...kernel.linkFaults()].map(([key, { cut = false, factor = 1, extraUs = 0 }]) => ({ a: key.split('|')[0] ?? '', b: key.split('|')[1] ?? '', cut: cut !== false, factor, extraUs })),
  };
}

function etcdFacts(state: EtcdState | undefined): ComponentFacts['etcd'] {
  if (!state) return { revision: 0, keys: 0, recent: [] };
  const { revision, keys } = snapshotOf(state, 0);
  const recent = recentChanges(state);
  return { revision, keys, recent: recent.map(({ type, kv }) => ({ key: kv.key, revision: kv.modRevision, type })) };
}

/** The last writes that are about something; where heartbeats have filled the log since, it is read further back. */
function recentChanges({ store }: EtcdState): ReturnType<EtcdState['store']['lastChanges']> {
  for (let read = RECENT_KEYS * 6; ; read *= 4) {
    const changes = store.lastChanges(read);
    const telling = changes.filter(({ kv }) => !/^\/registry\/(leases|events)\//.test(kv.key)).slice(0, RECENT_KEYS);
    if (telling.length === RECENT_KEYS || changes.length < read || read > CHANGES_READ_MAX) return telling;
  }
}

type Fact = ComponentAnswer['facts'][number];
const table = (title: string, rows: readonly (readonly (string | number)[])[]): Fact => ({ title, rows: rows.map((row) => row.map(String)) });

/** What one component knows: its caches, its queues, and what is particular to it. Titles are codes for i18n. */
export function componentAnswer(kernel: Kernel, actor: string): ComponentAnswer {
  const state = kernel.stateOf(actor);
  return {
    type: 'component', actor, running: state !== undefined, informers: state === undefined ? [] : informersOf(state),
    queues: queuesOf(kernel, actor), facts: state === undefined ? [] : factsOf(kernel, actor, state),
  };
}

/** Every component keeps its client under the same name. */
function informersOf(state: unknown): ComponentAnswer['informers'] {
  const client = (state as { readonly client?: ApiClient<unknown> }).client;
  return [...client?.informers?.values() ?? []].map(({ spec, phase, objects, resourceVersion }) => ({
    name: spec.name, phase, objects: objects.size, resourceVersion, keys: [...objects.keys()].sort().slice(0, KEYS_SHOWN),
  }));
}

function queuesOf(kernel: Kernel, actor: string): ComponentAnswer['queues'] {
  if (actor === 'kube-controller-manager') {
    const { runs } = kernel.stateOf(actor) as ControllerManagerState;
    return [...runs.values()].map(({ queue }) => ({ name: queue.name, waiting: queue.keys(), working: queue.inProgress() }));
  }
  if (actor !== 'kube-scheduler' || !kernel.isRunning(actor)) return [];
  const { active, backoff, unschedulable, gated } = queueFacts(kernel.stateOf(actor) as SchedulerState);
  return [['active', active], ['backoff', backoff], ['unschedulable', unschedulable], ['gated', gated]].map(([name, waiting]) => ({ name: name as string, waiting: waiting as readonly string[], working: [] }));
}

function factsOf(kernel: Kernel, actor: string, state: unknown): readonly Fact[] {
  switch (kindOf(actor)) {
    case ETCD: return etcdTables(state as EtcdState);
    case 'kubelet': return kubeletTables(inspectionOf(kernel, instanceOf(actor)));
    case 'container-runtime': return runtimeTables(state as RuntimeState, inspectionOf(kernel, instanceOf(actor)));
    case 'csi-node': return csiTables(state as CsiState, inspectionOf(kernel, instanceOf(actor)));
    case 'cni': return cniTables(state as CniState);
    case 'kube-apiserver': return [table('links', [...kernel.linkFaults()].map(([key, fault]) => [key, fault.cut ? 'cut' : `×${fault.factor ?? 1}`]))];
    default: return [];
  }
}

function etcdTables(state: EtcdState): readonly Fact[] {
  const { revision, compactRevision, keys, watches, waiting } = snapshotOf(state, 0);
  return [
    table('store', [['revision', revision], ['compactRevision', compactRevision], ['keys', keys], ['watches', watches], ['waiting', waiting]]),
    table('changes', state.store.lastChanges(30).map(({ type, kv }) => [kv.modRevision, type, kv.key])),
  ];
}

/** Everything on a node at the playhead. */
export function inspectionOf(kernel: Kernel, node: string): NodeInspection {
  return inspectNode(node, (id) => kernel.stateOf(id), kernel.config.epochUs + kernel.nowUs);
}

/** How far the kubelet is with each pod, and what it has mounted for it. */
function kubeletTables({ pods, pulls, runtimeTrouble, networkTrouble }: NodeInspection): readonly Fact[] {
  return [
    table('trouble', [runtimeTrouble, networkTrouble].filter((text) => text !== '').map((text) => [text])),
    table('workers', pods.map(({ key, phase, qosClass }) => [key, phase ?? '', qosClass ?? ''])),
    table('volumes', pods.flatMap(({ key, volumes }) => volumes.map(({ name, phase, driver }) => [key, name, phase, driver]))),
    table('pulls', pulls.map((image) => [image])),
  ];
}

const MB = 1_000_000;
const megabytes = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;

function runtimeTables(state: RuntimeState, { pods }: NodeInspection): readonly Fact[] {
  const containers = pods.flatMap((pod) => pod.containers.map((container) => ({ pod, container })));
  return [
    table('sandboxes', pods.flatMap(({ key, sandboxes }) => sandboxes.map((each) => [key, each.state.replace('SANDBOX_', ''), each.ip, `pause ${each.pausePid}`, each.namespaces.network]))),
    table('containers', containers.map(({ pod, container }) => [pod.key, container.name, container.state.replace('CONTAINER_', ''), container.pid > 0 ? `pid ${container.pid}` : `exit ${container.exitCode}`, container.image])),
    table('cgroups', containers.map(({ container }) => [container.name, megabytes(container.memoryBytes), `memory.max ${container.limits['memory.max']}`, `cpu.max ${container.limits['cpu.max']}`, container.cgroup])),
    table('images', [...state.images].map(([name, image]) => [name, megabytes(image.sizeBytes)])),
  ];
}

function csiTables(state: CsiState, { stagedVolumes }: NodeInspection): readonly Fact[] {
  return [table('staged', stagedVolumes.map(({ volume, users }) => [volume, users])), table('published', [...state.published].map(([path, volume]) => [volume, path]))];
}

function cniTables(state: CniState): readonly Fact[] {
  const rows = [...state.results.values()].map((each) => [each.address, each.hostVeth, each.bridge, each.mac]);
  return [table('addresses', rows), table('range', state.range ? [[state.range.cidr]] : [])];
}
