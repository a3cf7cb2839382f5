import type { DaemonSet, Node, Pod } from '../../api/generated/types.ts';
import { canonicalJson } from '../../api/hash.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import type { Change } from '../../client/informer.ts';
import { ConsistencyStore } from '../consistency.ts';
import type { Controller, Enqueue, Round, Scope } from '../controller.ts';
import { Expectations } from '../expectations.ts';
import { CONTROLLER_REVISIONS } from '../history.ts';
import { controllerOf, ownedIndexValue } from '../owners.ts';
import { isReady } from '../pods.ts';
import { sameLabels } from '../replicaset/tally.ts';
import { beginSteps, continueSteps, runSteps } from '../steps.ts';
import type { Journal } from '../steps.ts';
import { FailedPods } from './backoff.ts';
import { explainDaemonSet, syncDaemonSet } from './sync.ts';
import type { SyncHost, SyncInput } from './sync.ts';
import { fit } from './template.ts';

interface State { readonly expectations: Expectations; readonly consistency: ConsistencyStore; readonly failedPods: FailedPods }

const REVISIONS = CONTROLLER_REVISIONS.resource;
/** Each node is judged three times in a sync: for the pods that are missing, for the update, for the status. */
const US_PER_NODE = 20;

/** One pod on every node (models pkg/controller/daemon). */
export const daemonSetController: Controller<State, Journal<SyncInput>> = {
  name: 'daemonset-controller', serviceAccount: 'daemon-set-controller', watches: ['daemonsets', 'pods', 'nodes', REVISIONS], workers: 2,
  workersOption: 'concurrent-daemonset-syncs',
  init: () => ({ expectations: new Expectations(), consistency: new ConsistencyStore(), failedPods: new FailedPods() }),
  clone: (state) => ({ expectations: state.expectations.clone(), consistency: state.consistency.clone(), failedPods: state.failedPods.clone() }),
  onChange(change, state, scope, enqueue) {
    switch (change.informer) {
      case 'daemonsets': return onDaemonSet(change, state, enqueue);
      case 'pods': return onPod(change, state, scope, enqueue);
      case 'nodes': return onNode(change, scope, enqueue);
      case REVISIONS: return onRevision(change, scope, enqueue);
    }
  },
  effortUs: (_key, _state, scope) => scope.informer('nodes').objects.size * US_PER_NODE,
  reconcile(key, state, scope) {
    const stale = state.consistency.staleness(key, (name) => scope.informer(name));
    if (stale !== undefined) return { error: stale };
    const set = scope.informer('daemonsets').get(key) as DaemonSet | undefined;
    if (set) return run(beginSteps(read(key, set, scope)), state, scope);
    state.expectations.forget(key);
    state.consistency.clear(key);
    return {};
  },
  proceed: (_key, journal, results, state, scope) => run(continueSteps(journal, results), state, scope),
};

function read(key: string, set: DaemonSet, scope: Scope): SyncInput {
  const revisions = scope.informer(REVISIONS);
  const owned = [...revisions.byIndex('controller', ownedIndexValue(set))];
  const candidates: readonly ApiObject[] = [...owned, ...revisions.byIndex('controller', set.metadata.namespace ?? '')];
  return { key, set, nodes: [...scope.informer('nodes').objects.values()] as Node[], revisions: candidates as unknown as SyncInput['revisions'], unixUs: scope.unixUs };
}

function run(journal: Journal<SyncInput>, state: State, scope: Scope): Round<Journal<SyncInput>> {
  const { key, set } = journal.input;
  const { uid = '', namespace = '' } = set.metadata;
  const host: SyncHost = {
    pods: () => [...scope.informer('pods').byIndex('controller', ownedIndexValue(set)), ...scope.informer('pods').byIndex('controller', namespace)] as Pod[],
    expect: (creations, deletions) => state.expectations.expect(key, creations, deletions, scope.nowUs),
    notCreated: (count) => state.expectations.creationObserved(key, count),
    notDeleted: (pod) => state.expectations.deletionObserved(key, pod),
    satisfied: () => state.expectations.satisfied(key, scope.nowUs),
    wrote: (informer, object) => state.consistency.wroteAt(key, uid, informer, object.metadata.resourceVersion),
    failedPodWaitUs: (node) => failedPodWaitUs(`${uid}/${set.status?.observedGeneration ?? 0}/${node}`, state, scope),
  };
  return runSteps(journal, (input, steps) => syncDaemonSet(input, steps, host), explainDaemonSet);
}

function failedPodWaitUs(key: string, state: State, scope: Scope): number {
  const waitUs = state.failedPods.remainingUs(key, scope.nowUs);
  if (waitUs === 0) state.failedPods.next(key, scope.nowUs);
  return waitUs;
}

function onDaemonSet({ type, object, old }: Change, state: State, enqueue: Enqueue): void {
  const key = keyOf(object);
  if (type === 'deleted' || (old && old.metadata.uid !== object.metadata.uid)) {
    state.consistency.clear(key, old?.metadata.uid);
    state.expectations.forget(key);
  }
  enqueue(key);
}

function onPod({ type, object, old }: Change, state: State, scope: Scope, enqueue: Enqueue): void {
  if (type === 'updated' && old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
  const set = ownerOf(object, scope);
  if (type === 'deleted' || object.metadata.deletionTimestamp !== undefined) {
    if (!set) return;
    state.expectations.deletionObserved(keyOf(set), keyOf(object));
    enqueue(keyOf(set));
    return;
  }
  const reowned = type === 'updated' && old !== undefined && controllerOf(old)?.uid !== controllerOf(object)?.uid;
  const before = reowned && old ? ownerOf(old, scope) : undefined;
  if (before) enqueue(keyOf(before));
  if (set) {
    if (type === 'added') state.expectations.creationObserved(keyOf(set));
    enqueue(keyOf(set));
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    if (minReadySeconds > 0 && old && !isReady(old as Pod) && isReady(object as Pod)) enqueue(keyOf(set), (minReadySeconds + 1) * 1_000_000);
  } else if (!controllerOf(object) && (type === 'added' || reowned || !sameLabels(old?.metadata.labels, object.metadata.labels))) enqueueSelecting(object, scope, enqueue);
}

/** A node that appears, or whose labels or taints change: sets that this concerns. */
function onNode({ type, object, old }: Change, scope: Scope, enqueue: Enqueue): void {
  const node = object as Node;
  if (type === 'deleted') return;
  if (old && sameLabels(old.metadata.labels, node.metadata.labels) && canonicalJson((old as Node).spec?.taints) === canonicalJson(node.spec?.taints)) return;
  const scheduled = new Set<string>();
  for (const pod of scope.informer('pods').byIndex('nodeName', node.metadata.name ?? '')) {
    const owner = controllerOf(pod);
    if (owner?.kind === 'DaemonSet') scheduled.add(keyFor(pod.metadata.namespace, owner.name));
  }
  for (const set of scope.informer('daemonsets').objects.values() as Iterable<DaemonSet>) {
    const key = keyOf(set);
    const { run: belongs, stay } = fit(set, node);
    const there = scheduled.has(key);
    if ((belongs && !there) || (there && (!stay || (set.status?.numberMisscheduled ?? 0) > 0))) enqueue(key);
  }
}

function onRevision({ type, object, old }: Change, scope: Scope, enqueue: Enqueue): void {
  const set = ownerOf(object, scope);
  const before = old ? ownerOf(old, scope) : undefined;
  if (type !== 'added' && before && before !== set) enqueue(keyOf(before));
  if (type !== 'added' && set) enqueue(keyOf(set));
  else if (type !== 'deleted' && !controllerOf(object)) enqueueSelecting(object, scope, enqueue);
}

function enqueueSelecting(object: ApiObject, scope: Scope, enqueue: Enqueue): void {
  if (Object.keys(object.metadata.labels ?? {}).length === 0) return;
  for (const set of scope.informer('daemonsets').byIndex('namespace', object.metadata.namespace ?? '')) {
    const selector = selectorOf((set as DaemonSet).spec?.selector);
    if (selector.requirements.length > 0 && matchesSelector(selector, object.metadata.labels)) enqueue(keyOf(set));
  }
}

function ownerOf(object: ApiObject, scope: Scope): DaemonSet | undefined {
  const owner = controllerOf(object);
  if (owner?.kind !== 'DaemonSet') return undefined;
  const set = scope.informer('daemonsets').get(keyFor(object.metadata.namespace, owner.name)) as DaemonSet | undefined;
  return set?.metadata.uid === owner.uid ? set : undefined;
}
