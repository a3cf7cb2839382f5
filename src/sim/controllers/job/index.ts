import type { Job, Pod } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import type { Change } from '../../client/informer.ts';
import { parseTime } from '../../../base/time.ts';
import { ConsistencyStore } from '../consistency.ts';
import type { Controller, Enqueue, Round, Scope } from '../controller.ts';
import { Expectations } from '../expectations.ts';
import { controllerOf, ownedIndexValue } from '../owners.ts';
import { sameLabels } from '../replicaset/tally.ts';
import { beginSteps, continueSteps, runSteps } from '../steps.ts';
import type { Journal } from '../steps.ts';
import { NO_FAILURES } from './backoff.ts';
import type { BackoffRecord } from './backoff.ts';
import { uidOf } from './context.ts';
import type { SyncHost, SyncInput } from './context.ts';
import { BATCH_PERIOD_US } from './manage.ts';
import { isTracked } from './pods.ts';
import { isFinished } from './status.ts';
import { explainJob, syncJob } from './sync.ts';

interface State {
  readonly expectations: Expectations;
  readonly consistency: ConsistencyStore;
  /** Uids of pods that were let go and not seen so yet, by the key of their Job. */
  readonly released: Map<string, ReadonlySet<string>>;
  readonly backoff: Map<string, BackoffRecord>;
  /** Uids of Jobs whose end was written and not seen yet. */
  readonly finished: Set<string>;
}

/** Failed keys come back after 1 s doubling to 1 min. */
export const JOB_RETRIES = { firstUs: 1_000_000, longestUs: 60_000_000 };
const NONE: ReadonlySet<string> = new Set();

/** Pods that run to their end (models pkg/controller/job). */
export const jobController: Controller<State, Journal<SyncInput>> = {
  name: 'job-controller', watches: ['pods', 'jobs'], workers: 5, workersOption: 'concurrent-job-syncs', retryDelays: JOB_RETRIES,
  init: () => ({ expectations: new Expectations(), consistency: new ConsistencyStore(), released: new Map(), backoff: new Map(), finished: new Set() }),
  clone: ({ expectations, consistency, released, backoff, finished }) =>
    ({ expectations: expectations.clone(), consistency: consistency.clone(), released: new Map(released), backoff: new Map(backoff), finished: new Set(finished) }),
  onChange(change, state, scope, enqueue) {
    if (change.informer === 'jobs') onJob(change, state, scope, enqueue);
    else onPod(change, state, scope, enqueue);
  },
  reconcile(key, state, scope) {
    const stale = state.consistency.staleness(key, (name) => scope.informer(name));
    if (stale !== undefined) return { error: stale };
    const job = scope.informer('jobs').get(key) as Job | undefined;
    if (job && isExternal(job)) return {};
    if (!job || isFinished(job)) {
      forget(key, job, state);
      return {};
    }
    return state.finished.has(uidOf(job)) ? {} : run(beginSteps(read(key, job, state, scope)), state, scope);
  },
  proceed: (_key, journal, results, state, scope) => run(continueSteps(journal, results), state, scope),
};

/** Another controller looks after it. */
export function isExternal({ spec }: Job): boolean {
  return spec?.managedBy !== undefined && spec.managedBy !== 'kubernetes.io/job-controller';
}

function forget(key: string, job: Job | undefined, state: State): void {
  if (!job) {
    state.expectations.forget(key);
    state.released.delete(key);
  } else state.finished.delete(uidOf(job));
  state.consistency.clear(key, job && uidOf(job));
  state.backoff.delete(key);
}

function read(key: string, job: Job, state: State, scope: Scope): SyncInput {
  const informer = scope.informer('pods');
  const pods = [...informer.byIndex('controller', ownedIndexValue(job)), ...informer.byIndex('controller', job.metadata.namespace ?? '')] as Pod[];
  return {
    key, job, pods, satisfied: state.expectations.satisfied(key, scope.nowUs), released: state.released.get(key) ?? NONE,
    backoff: state.backoff.get(key) ?? NO_FAILURES, unixUs: scope.unixUs,
  };
}

function run(journal: Journal<SyncInput>, state: State, scope: Scope): Round<Journal<SyncInput>> {
  const { key, job } = journal.input;
  const host: SyncHost = {
    expectCreations: (count) => state.expectations.expectCreations(key, count, scope.nowUs),
    notCreated: (count) => state.expectations.creationObserved(key, count),
    expectDeletions: (keys) => state.expectations.expectDeletions(key, keys, scope.nowUs),
    notDeleted: (pod) => state.expectations.deletionObserved(key, pod),
    expectReleases: (uids) => state.released.set(key, new Set([...state.released.get(key) ?? NONE, ...uids])),
    notReleased: (uid) => releaseSeen(key, uid, state),
    keepBackoff: (record) => state.backoff.set(key, record),
    finished: () => state.finished.add(uidOf(job)),
    wrote: (informer, object) => state.consistency.wroteAt(key, uidOf(job), informer, object.metadata.resourceVersion),
  };
  return runSteps(journal, (input, steps) => syncJob(input, steps, host), explainJob);
}

function releaseSeen(key: string, uid: string, state: State): void {
  const released = state.released.get(key);
  if (released?.has(uid)) state.released.set(key, new Set([...released].filter((other) => other !== uid)));
}

function onJob({ type, object, old }: Change, state: State, scope: Scope, enqueue: Enqueue): void {
  const key = keyOf(object);
  const job = object as Job;
  if (type === 'deleted') {
    state.consistency.clear(key, uidOf(job));
    state.finished.delete(uidOf(job));
    state.backoff.delete(key);
  }
  if (type !== 'updated') return enqueue(key);
  if (isFinished(job)) return undefined;
  // What only touches the status is batched.
  if (old?.metadata.generation === job.metadata.generation) enqueue(key, BATCH_PERIOD_US);
  else enqueue(key);
  const { startTime } = job.status ?? {};
  const { activeDeadlineSeconds } = job.spec ?? {};
  if (startTime === undefined || activeDeadlineSeconds === undefined || (old as Job | undefined)?.spec?.activeDeadlineSeconds === activeDeadlineSeconds) return undefined;
  return enqueue(key, Math.max(0, (parseTime(startTime) ?? 0) + activeDeadlineSeconds * 1_000_000 - scope.unixUs));
}

function onPod({ type, object, old }: Change, state: State, scope: Scope, enqueue: Enqueue): void {
  const pod = object as Pod;
  const owner = controllerOf(pod);
  // Most pods belong to something else.
  if (owner && owner.kind !== 'Job' && (!old || controllerOf(old)?.uid === owner.uid)) return;
  if (type === 'updated' && old?.metadata.resourceVersion === pod.metadata.resourceVersion) return;
  const job = ownerOf(pod, scope);
  if (type === 'deleted' || pod.metadata.deletionTimestamp !== undefined) return onLeaving(pod, job, type === 'deleted', state, enqueue);
  const reowned = type === 'updated' && old !== undefined && controllerOf(old)?.uid !== controllerOf(pod)?.uid;
  const before = reowned && old ? ownerOf(old, scope) : undefined;
  for (const concerned of new Set([before, job])) {
    if (!concerned) continue;
    if (type === 'added') state.expectations.creationObserved(keyOf(concerned));
    else if (!isTracked(pod)) releaseSeen(keyOf(concerned), uidOf(pod), state);
    enqueue(keyOf(concerned), BATCH_PERIOD_US);
  }
  if (!controllerOf(pod) && (type === 'added' || reowned || !sameLabels(old?.metadata.labels, pod.metadata.labels))) enqueueSelecting(pod, scope, enqueue);
}

/** Deleted, or marked for it. */
function onLeaving(pod: Pod, job: Job | undefined, final: boolean, state: State, enqueue: Enqueue): void {
  if (!job || isFinished(job)) return;
  state.expectations.deletionObserved(keyOf(job), keyOf(pod));
  if (final || !isTracked(pod)) releaseSeen(keyOf(job), uidOf(pod), state);
  enqueue(keyOf(job), BATCH_PERIOD_US);
}

function enqueueSelecting(pod: Pod, scope: Scope, enqueue: Enqueue): void {
  if (Object.keys(pod.metadata.labels ?? {}).length === 0) return;
  for (const job of scope.informer('jobs').byIndex('namespace', pod.metadata.namespace ?? '')) {
    if (matchesSelector(selectorOf((job as Job).spec?.selector), pod.metadata.labels)) enqueue(keyOf(job), BATCH_PERIOD_US);
  }
}

export function ownerOf(pod: ApiObject, scope: Scope): Job | undefined {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'Job') return undefined;
  const job = scope.informer('jobs').get(keyFor(pod.metadata.namespace, owner.name)) as Job | undefined;
  return job?.metadata.uid === owner.uid ? job : undefined;
}
