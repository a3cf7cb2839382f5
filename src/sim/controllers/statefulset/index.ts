import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import type { Change } from '../../client/informer.ts';
import { ConsistencyStore } from '../consistency.ts';
import type { Controller, Enqueue, Round, Scope } from '../controller.ts';
import { revisionsOf } from '../history.ts';
import { controllerOf, ownedIndexValue } from '../owners.ts';
import { isReady } from '../pods.ts';
import { sameLabels } from '../replicaset/tally.ts';
import { beginSteps, continueSteps, runSteps } from '../steps.ts';
import type { Journal } from '../steps.ts';
import { explainStatefulSet, syncStatefulSet } from './sync.ts';
import type { SyncInput } from './sync.ts';

/** What has been written for each StatefulSet and not seen yet. */
interface State { readonly consistency: ConsistencyStore }

/** Comparing a pod's identity, storage and claims with what they should be. */
const US_PER_POD = 10;

/** Pods with a name, a place in an order and claims of their own (models pkg/controller/statefulset). */
export const statefulSetController: Controller<State, Journal<SyncInput>> = {
  name: 'statefulset-controller', watches: ['pods', 'statefulsets', 'persistentvolumeclaims', 'controllerrevisions'], workers: 5, workersOption: 'concurrent-statefulset-syncs',
  init: () => ({ consistency: new ConsistencyStore() }),
  clone: (state) => ({ consistency: state.consistency.clone() }),
  onChange(change, _state, scope, enqueue) {
    if (change.informer === 'statefulsets') enqueue(keyOf(change.object));
    else if (change.informer === 'pods') onPod(change, scope, enqueue);
  },
  effortUs: (key, _state, scope) => ((scope.informer('statefulsets').get(key) as StatefulSet | undefined)?.status?.replicas ?? 0) * US_PER_POD,
  reconcile(key, state, scope) {
    const stale = state.consistency.staleness(key, (name) => scope.informer(name));
    if (stale !== undefined) return { error: stale };
    const set = scope.informer('statefulsets').get(key) as StatefulSet | undefined;
    if (set) return run(beginSteps(read(key, set, scope)), state, scope);
    state.consistency.clear(key);
    return {};
  },
  proceed: (_key, journal, results, state, scope) => run(continueSteps(journal, results), state, scope),
};

function read(key: string, set: StatefulSet, scope: Scope): SyncInput {
  const pods = scope.informer('pods');
  const owned = [...pods.byIndex('controller', ownedIndexValue(set))] as Pod[];
  const orphans = [...pods.byIndex('controller', set.metadata.namespace ?? '')] as Pod[];
  const revisions = revisionsOf(set, selectorOf(set.spec?.selector), scope.informer('controllerrevisions'));
  return { key, set, pods: [...owned, ...orphans], revisions, unixUs: scope.unixUs };
}

function run(journal: Journal<SyncInput>, state: State, scope: Scope): Round<Journal<SyncInput>> {
  const { key, set } = journal.input;
  const caches = {
    set: (name: string) => scope.informer('statefulsets').get(name) as StatefulSet | undefined,
    pod: (name: string) => scope.informer('pods').get(name) as Pod | undefined,
    claim: (name: string) => scope.informer('persistentvolumeclaims').get(name) as PersistentVolumeClaim | undefined,
    wrote: (informer: string, object: ApiObject) => state.consistency.wroteAt(key, set.metadata.uid ?? '', informer, object.metadata.resourceVersion),
  };
  return runSteps(journal, (input, steps) => syncStatefulSet(input, steps, caches), explainStatefulSet);
}

function onPod({ type, object, old }: Change, scope: Scope, enqueue: Enqueue): void {
  const set = ownerOf(object, scope);
  if (type === 'updated' && old) {
    if (old.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const reowned = controllerOf(old)?.uid !== controllerOf(object)?.uid;
    const before = reowned ? ownerOf(old, scope) : undefined;
    if (before) enqueue(keyOf(before));
    if (!controllerOf(object) && (reowned || !sameLabels(old.metadata.labels, object.metadata.labels))) enqueueSelecting(object, scope, enqueue);
    const minReadySeconds = set?.spec?.minReadySeconds ?? 0;
    if (set && minReadySeconds > 0 && !isReady(old as Pod) && isReady(object as Pod)) enqueue(keyOf(set), minReadySeconds * 1_000_000);
  } else if (type === 'added' && !controllerOf(object) && object.metadata.deletionTimestamp === undefined) enqueueSelecting(object, scope, enqueue);
  if (set) enqueue(keyOf(set));
}

function enqueueSelecting(pod: ApiObject, scope: Scope, enqueue: Enqueue): void {
  if (Object.keys(pod.metadata.labels ?? {}).length === 0) return;
  for (const set of scope.informer('statefulsets').byIndex('namespace', pod.metadata.namespace ?? '')) {
    const selector = selectorOf((set as StatefulSet).spec?.selector);
    if (selector.requirements.length > 0 && matchesSelector(selector, pod.metadata.labels)) enqueue(keyOf(set));
  }
}

function ownerOf(pod: ApiObject, scope: Scope): StatefulSet | undefined {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'StatefulSet') return undefined;
  const set = scope.informer('statefulsets').get(keyFor(pod.metadata.namespace, owner.name)) as StatefulSet | undefined;
  return set?.metadata.uid === owner.uid ? set : undefined;
}
