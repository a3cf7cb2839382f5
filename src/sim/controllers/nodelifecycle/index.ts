// Watches over nodes: silent ones become Unknown, their pods not ready, and taints say so (models pkg/controller/nodelifecycle).
import { formatTime } from '../../../base/time.ts';
import { CowMap } from '../../../base/cow-map.ts';
import type { Lease, Node, NodeCondition, Pod, PodCondition } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import { NODES, PODS } from '../../api/resources.ts';
import { getRequest, patchRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isNotFound, isSuccess } from '../api-errors.ts';
import type { Controller, EventDraft, Round, Scope, Write, WriteResult } from '../controller.ts';
import { podCondition } from '../pods.ts';
import { END, onlyResult, write } from '../writes.ts';
import { lookAt, readyCondition } from './health.ts';
import type { Look, NodeHealth } from './health.ts';
import {
  beginTaints, continueTaints, hasTaint, noScheduleStep, NOT_READY_NO_EXECUTE, reachableSteps, UNREACHABLE_NO_EXECUTE,
} from './taints.ts';
import type { TaintProgress, TaintStep } from './taints.ts';
import { cloneZone, dueNodes, forgetNode, handleDisruption, newZone, queueNode, waitUs, zoneKey } from './zones.ts';
import type { Counts, Zone } from './zones.ts';

const NODE_LEASES = 'kube-node-lease';
const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-disruption';
/** How often nodes are taken from the queues of nodes to be tainted (NodeEvictionPeriod). */
const TAINT_PERIOD_US = 100_000;
const HEALTH_ATTEMPTS = 5;

/**
 * Keys: '' the monitor; `node/…` taints by condition and labels; `reachable/…`, `swap/…` NoExecute taints; `taint` the
 * queues of nodes to be tainted; `mark/…` all pods of a node that has fallen silent; `pod/…` one that came to such a node.
 */
const NODE = 'node/';
const REACHABLE = 'reachable/';
const SWAP = 'swap/';
const POD = 'pod/';
const MARK = 'mark/';
const TAINT_PASS = 'taint';

export interface State {
  readonly health: CowMap<NodeHealth>;
  readonly known: CowMap<Node>;
  readonly zones: Map<string, Zone>;
  /** Nodes whose pods could not all be marked. */
  readonly retry: Set<string>;
  /** When the queues of nodes to be tainted are looked at next; Infinity: nothing waits. */
  readonly taintPass: { dueUs: number };
}

/** A node whose status is being written, and what was seen of it. */
interface Pending { readonly look: Look; readonly node: Node }
export type Progress =
  | { readonly kind: 'health'; readonly phase: 'write' | 'read'; readonly attempt: number; readonly pending: readonly Pending[]; readonly done: readonly Pending[] }
  | { readonly kind: 'pods'; readonly rest: readonly Pod[] }
  | { readonly kind: 'labels' }
  | { readonly kind: 'conditionTaints'; readonly taints: TaintProgress }
  | TaintProgress;

export const nodeLifecycleController: Controller<State, Progress> = {
  name: 'node-lifecycle-controller',
  serviceAccount: 'node-controller',
  eventSource: 'node-controller',
  watches: ['nodes', 'pods', 'leases'],
  workers: 8,
  periodUs: 5_000_000,
  periodOption: 'node-monitor-period',
  init: () => ({ health: new CowMap(), known: new CowMap(), zones: new Map(), retry: new Set(), taintPass: { dueUs: Infinity } }),
  clone: (state) => ({
    health: state.health.clone(), known: state.known.clone(), retry: new Set(state.retry), taintPass: { ...state.taintPass },
    zones: new Map([...state.zones].map(([key, zone]) => [key, cloneZone(zone)])),
  }),
  onChange({ type, informer, object, old }, state, _scope, enqueue) {
    if (informer === 'nodes') {
      if (type === 'deleted') state.retry.delete(object.metadata.name ?? '');
      else enqueue(NODE + (object.metadata.name ?? ''));
    } else if (informer === 'pods' && type !== 'deleted') {
      // Only a pod that has just come to a node that is not ready needs anything.
      const { nodeName = '' } = (object as Pod).spec ?? {};
      if (nodeName === '' || nodeName === ((old as Pod | undefined)?.spec?.nodeName ?? '')) return;
      const ready = state.health.get(nodeName)?.ready;
      if (ready && ready.status !== 'True') enqueue(POD + keyOf(object));
    }
  },
  reconcile(key, state, scope) {
    if (key === '') return monitor(state, scope);
    if (key === TAINT_PASS) return taintPass(state, scope);
    if (key.startsWith(POD)) return syncPod(key.slice(POD.length), state, scope);
    if (key.startsWith(MARK)) return markNext([...scope.informer('pods').byIndex('nodeName', key.slice(MARK.length))] as Pod[], scope);
    const name = key.slice(key.indexOf('/') + 1);
    const node = scope.informer('nodes').get(name) as Node | undefined;
    if (!node) return END;
    if (key.startsWith(NODE)) return syncNode(node);
    return key.startsWith(REACHABLE) ? beginTaints(node, reachableSteps(node)) ?? END : swap(node, state, scope);
  },
  proceed(key, progress, results, state, scope) {
    switch (progress.kind) {
      case 'health': return onHealth(progress, results, state, scope);
      case 'pods': return onPodMarked(key, progress.rest, results, state, scope);
      case 'labels': return END;
      case 'conditionTaints': return onConditionTaints(key, progress.taints, results, scope);
      case 'taints': return onTaints(key, progress, results, state, scope);
    }
  },
};

// ---- the monitor: every --node-monitor-period, all nodes ----

function monitor(state: State, scope: Scope): Round<Progress> {
  const nodes = scope.informer('nodes');
  const leases = scope.informer('leases');
  const events: EventDraft[] = [];
  const enqueue: string[] = [];
  const done: Pending[] = [];
  const pending: Pending[] = [];
  nodes.objects.forEach((object, name) => {
    const node = object as Node;
    register(node, name, state, scope, events, enqueue);
    const look = lookAt(node, state.health.get(name), leases.get(keyFor(NODE_LEASES, name)) as Lease | undefined, scope);
    if (state.health.get(name) !== look.health) state.health.set(name, look.health);
    (look.write ? pending : done).push({ look, node });
  });
  if (state.known.size !== nodes.objects.size) forget(state, scope, events);
  if (pending.length === 0) return conclude(done, state, scope, enqueue, events);
  const writes = pending.map(({ look, node }) => writeStatus(look, node));
  return { writes, events, enqueue, progress: { kind: 'health', phase: 'write', attempt: 1, pending, done } };
}

function register(node: Node, name: string, state: State, scope: Scope, events: EventDraft[], enqueue: string[]): void {
  const zone = zoneKey(node);
  if (!state.zones.has(zone)) state.zones.set(zone, newZone(scope.option('node-eviction-rate'), scope.nowUs));
  if (state.known.has(name)) return;
  state.known.set(name, node);
  events.push({ about: node, type: 'Normal', reason: 'RegisteredNode', message: `Node ${name} event: Registered Node ${name} in Controller` });
  if (reachableSteps(node).length > 0) enqueue.push(REACHABLE + name);
}

function forget(state: State, scope: Scope, events: EventDraft[]): void {
  const nodes = scope.informer('nodes');
  const gone: Node[] = [];
  state.known.forEach((node, name) => {
    if (!nodes.get(name)) gone.push(node);
  });
  for (const node of gone) {
    const { name = '' } = node.metadata;
    state.known.delete(name);
    events.push({ about: node, type: 'Normal', reason: 'RemovingNode', message: `Node ${name} event: Removing Node ${name} from Controller` });
  }
}

function writeStatus(look: Look, node: Node): Write {
  return write('updateStatus', updateRequest(NODES, look.write ?? node, 'status'));
}

function onHealth(progress: Extract<Progress, { kind: 'health' }>, results: readonly WriteResult[], state: State, scope: Scope): Round<Progress> {
  const done = [...progress.done];
  const again: Pending[] = [];
  for (const [i, entry] of progress.pending.entries()) {
    const result = results[i];
    if (!result) continue;
    const { name = '' } = entry.node.metadata;
    if (progress.phase === 'read') {
      if (!isSuccess(result)) continue;
      const node = result.body as Node;
      const look = lookAt(node, state.health.get(name), scope.informer('leases').get(keyFor(NODE_LEASES, name)) as Lease | undefined, scope);
      (look.write ? again : done).push({ look, node });
    } else if (isSuccess(result) && entry.look.write) {
      const { health } = entry.look;
      state.health.set(name, { ...health, ready: readyCondition(entry.look.write) });
      done.push({ look: entry.look, node: entry.look.write });
    } else again.push(entry);
  }
  if (again.length === 0 || progress.attempt >= HEALTH_ATTEMPTS) return conclude(done, state, scope, [], []);
  if (progress.phase === 'read') {
    const writes = again.map(({ look, node }) => writeStatus(look, node));
    return { writes, progress: { ...progress, phase: 'write', attempt: progress.attempt + 1, pending: again, done } };
  }
  const reads = again.map(({ node }) => write('getNode', getRequest(NODES, '', node.metadata.name ?? '')));
  return { writes: reads, progress: { ...progress, phase: 'read', pending: again, done } };
}

/** What follows from the state of every node: taints, events, pods, and last the disruption of zones. */
function conclude(done: readonly Pending[], state: State, scope: Scope, enqueue: string[], events: EventDraft[]): Round<Progress> {
  const counts = new Map<string, Counts>();
  let tainting = false;
  for (const { look: { observed, current }, node } of done) {
    if (node.metadata.labels?.[EXCLUDE_LABEL] === undefined) count(counts, zoneKey(node), current);
    if (!current) continue;
    tainting = evict(node, current, state, scope, enqueue) || tainting;
    const { name = '' } = node.metadata;
    const silenced = current.status !== 'True' && observed.status === 'True';
    if (silenced) events.push({ about: node, type: 'Normal', reason: 'NodeNotReady', message: `Node ${name} status is now: NodeNotReady` });
    if (silenced || (state.retry.size > 0 && state.retry.has(name) && observed.status !== 'True')) enqueue.push(MARK + name);
    if (state.retry.size > 0) state.retry.delete(name);
  }
  if (tainting) enqueue.push(TAINT_PASS);
  return disruption(counts, state, scope, enqueue, events);
}

function count(counts: Map<string, Counts>, zone: string, current: NodeCondition | undefined): void {
  let entry = counts.get(zone);
  if (!entry) counts.set(zone, entry = { ready: 0, notReady: 0 });
  if (current?.status === 'True') entry.ready++;
  else entry.notReady++;
}

/** Queues a node that is not ready for its NoExecute taint, or takes it away; true if it was queued. */
function evict(node: Node, current: NodeCondition, state: State, scope: Scope, enqueue: string[]): boolean {
  const { name = '' } = node.metadata;
  const zone = state.zones.get(zoneKey(node));
  if (!zone) return false;
  if (current.status === 'True') {
    if (reachableSteps(node).length > 0) enqueue.push(REACHABLE + name);
    if (zone.known.size > 0) forgetNode(zone, name);
    return false;
  }
  const wanted = current.status === 'False' ? NOT_READY_NO_EXECUTE : UNREACHABLE_NO_EXECUTE;
  const opposite = current.status === 'False' ? UNREACHABLE_NO_EXECUTE : NOT_READY_NO_EXECUTE;
  if (hasTaint(node, opposite)) {
    enqueue.push(SWAP + name);
    return false;
  }
  if (!hasTaint(node, wanted)) forgetNode(zone, name);
  return queueNode(zone, name, scope.nowUs);
}

function disruption(counts: ReadonlyMap<string, Counts>, state: State, scope: Scope, enqueue: string[], events: readonly EventDraft[]): Round<Progress> {
  const change = handleDisruption(state.zones, counts, scope);
  if (change === 'unchanged') return { enqueue, events };
  const nodes = scope.informer('nodes');
  nodes.objects.forEach((object, name) => {
    if (change === 'entered') {
      const node = object as Node;
      if (reachableSteps(node).length > 0) enqueue.push(REACHABLE + name);
      const zone = state.zones.get(zoneKey(node));
      if (zone) forgetNode(zone, name);
    } else {
      const health = state.health.get(name);
      if (health) state.health.set(name, { ...health, probeUs: scope.unixUs });
    }
  });
  if (change === 'left') enqueue.push(TAINT_PASS);
  return { enqueue, events };
}

// ---- pods of a node that is not ready ----

/** Marks the first pod that needs it; the others follow one by one. */
function markNext(pods: readonly Pod[], scope: Scope): Round<Progress> {
  for (const [i, pod] of pods.entries()) {
    const next = notReady(pod, scope);
    if (next) return { writes: [write('markPodNotReady', updateRequest(PODS, next, 'status'))], progress: { kind: 'pods', rest: pods.slice(i + 1) } };
  }
  return END;
}

/** The pod with Ready=False; undefined if it has no Ready condition or is not ready anyway. */
function notReady(pod: Pod, scope: Scope): Pod | undefined {
  const old = podCondition(pod, 'Ready');
  const { generation } = pod.metadata;
  if (!old || (old.status === 'False' && old.observedGeneration === generation)) return undefined;
  const lastTransitionTime = old.status === 'False' ? old.lastTransitionTime : formatTime(scope.unixUs);
  const next: PodCondition = { ...old, status: 'False', lastTransitionTime, observedGeneration: generation };
  return { ...pod, status: { ...pod.status, conditions: pod.status?.conditions?.map((condition) => (condition === old ? next : condition)) } };
}

function onPodMarked(key: string, rest: readonly Pod[], results: readonly WriteResult[], state: State, scope: Scope): Round<Progress> {
  const result = onlyResult(results);
  if (isNotFound(result)) return markNext(rest, scope);
  const about = result.write.spec.body as Pod;
  const events: EventDraft[] = [{ about, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' }];
  if (isSuccess(result)) return { ...markNext(rest, scope), events };
  if (key.startsWith(POD)) return { events, error: errorText(result) };
  state.retry.add(about.spec?.nodeName ?? '');
  return { ...markNext(rest, scope), events };
}

/** A pod that was bound to a node which is not ready. */
function syncPod(key: string, state: State, scope: Scope): Round<Progress> {
  const pod = scope.informer('pods').get(key) as Pod | undefined;
  const nodeName = pod?.spec?.nodeName ?? '';
  const ready = state.health.get(nodeName)?.ready;
  if (!pod || !ready || ready.status === 'True') return END;
  if (!scope.informer('nodes').get(nodeName)) return { error: `node "${nodeName}" not found` };
  return markNext([pod], scope);
}

// ---- taints by condition, and labels that old clients know ----

function syncNode(node: Node): Round<Progress> {
  const step = noScheduleStep(node);
  const round = step && beginTaints(node, [step]);
  return round?.progress ? { ...round, progress: { kind: 'conditionTaints', taints: round.progress } } : labels(node);
}

function onConditionTaints(key: string, taints: TaintProgress, results: readonly WriteResult[], scope: Scope): Round<Progress> {
  const round = continueTaints(taints, results, scope);
  if (round.progress) return { ...round, progress: { kind: 'conditionTaints', taints: round.progress } };
  const node = scope.informer('nodes').get(key.slice(NODE.length)) as Node | undefined;
  return node ? labels(node) : END;
}

function labels({ metadata }: Node): Round<Progress> {
  const { labels: present = {}, name = '' } = metadata;
  const added: Record<string, string> = {};
  for (const part of ['os', 'arch']) {
    const value = present[`kubernetes.io/${part}`];
    if (value !== undefined && present[`beta.kubernetes.io/${part}`] !== value) added[`beta.kubernetes.io/${part}`] = value;
  }
  if (Object.keys(added).length === 0) return END;
  return { writes: [write('labelNode', patchRequest(NODES, '', name, 'strategic', { metadata: { labels: added } }))], progress: { kind: 'labels' } };
}

// ---- NoExecute taints, at the zones' rates ----

/** The real loop looks every 100 ms; this one sleeps until the look that will find something. */
function taintPass(state: State, scope: Scope): Round<Progress> {
  const { nowUs } = scope;
  const enqueue: string[] = [];
  const due = nowUs >= state.taintPass.dueUs;
  if (due) state.taintPass.dueUs = Infinity;
  let waitUntilUs = Infinity;
  for (const zone of state.zones.values()) {
    if (due) for (const name of dueNodes(zone, nowUs)) enqueue.push(SWAP + name);
    waitUntilUs = Math.min(waitUntilUs, nowUs + (waitUs(zone, nowUs) ?? Infinity));
  }
  const nextUs = Math.max(Math.floor(nowUs / TAINT_PERIOD_US) + 1, Math.ceil(waitUntilUs / TAINT_PERIOD_US)) * TAINT_PERIOD_US;
  if (nextUs >= state.taintPass.dueUs) return { enqueue };
  state.taintPass.dueUs = nextUs;
  return { enqueue, requeueAfterUs: nextUs - nowUs };
}

/** The NoExecute taint that the Ready condition asks for, instead of its opposite. */
function swap(node: Node, state: State, scope: Scope): Round<Progress> {
  const ready = readyCondition(node);
  if (!ready) {
    requeueForTaint(node, state, scope);
    return { enqueue: [TAINT_PASS] };
  }
  if (ready.status === 'True') return END;
  const unreachable = ready.status === 'Unknown';
  const step: TaintStep = {
    add: [unreachable ? UNREACHABLE_NO_EXECUTE : NOT_READY_NO_EXECUTE], remove: [unreachable ? NOT_READY_NO_EXECUTE : UNREACHABLE_NO_EXECUTE],
  };
  return beginTaints(node, [step]) ?? END;
}

function requeueForTaint(node: Node, state: State, scope: Scope): void {
  state.zones.get(zoneKey(node))?.queue.set(node.metadata.name ?? '', scope.nowUs);
}

function onTaints(key: string, progress: TaintProgress, results: readonly WriteResult[], state: State, scope: Scope): Round<Progress> {
  const round = continueTaints(progress, results, scope);
  if (round.error === undefined) return round;
  const node = scope.informer('nodes').get(progress.nodeName) as Node | undefined;
  // The monitor tries again to clean a reachable node; a node to be tainted goes back into its queue.
  if (!node || !key.startsWith(SWAP) || isNotFound(onlyResult(results))) return END;
  requeueForTaint(node, state, scope);
  return { enqueue: [TAINT_PASS] };
}
