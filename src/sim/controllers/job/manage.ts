// How many pods of a Job should run, and what to do about the difference (models manageJob).
import type { Pod } from '../../api/generated/types.ts';
import type { SyncError } from '../steps.ts';
import { finishedUs, remainingUs } from './backoff.ts';
import { firstFree, indexOf, mergeIntervals, withIndexes } from './indexes.ts';
import { isTerminating } from '../pods.ts';
import { podFor, podsForRemoval, readyOf } from './pods.ts';
import { replacesFailedOnly } from './policy.ts';
import { allFailuresOf, isSuspended, lookAgain } from './context.ts';
import type { JobContext } from './context.ts';

const MOST_PER_SYNC = 500;
/** Syncs because of pods come together: not more often than this. */
export const BATCH_PERIOD_US = 1_000_000;

/** Creates or deletes pods and sets the number of active ones. Returns the first refusal. */
export function manageJob(context: JobContext): SyncError | undefined {
  const { job, active, draft } = context;
  draft.active = active.length;
  if (isSuspended(job)) return remove(context, podsForRemoval(job, active, active.length));
  const wanted = wantedActive(context);
  const surplus = podsForRemoval(job, active, Math.max(0, active.length - wanted)).slice(0, MOST_PER_SYNC);
  if (surplus.length > 0) return remove(context, surplus);
  const missing = wanted - (replacesFailedOnly(job) ? context.terminating : 0) - active.length;
  return missing > 0 ? add(context, missing) : undefined;
}

function wantedActive({ job, active, succeeded }: JobContext): number {
  const { completions, parallelism = 1 } = job.spec ?? {};
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

function remove(context: JobContext, pods: readonly Pod[]): SyncError | undefined {
  const { deleted, failure } = context.podControl.removeAll(pods);
  context.draft.active -= deleted;
  context.terminating += deleted;
  context.ready -= readyOf(pods);
  return failure;
}

function add(context: JobContext, missing: number): SyncError | undefined {
  const { job, draft, indexed, failedIndexes, keptByIndex, podControl, backoff, input: { unixUs } } = context;
  const waitUs = failedIndexes ? 0 : remainingUs(backoff, unixUs);
  if (waitUs > 0) return wait(context, waitUs);
  const count = Math.min(missing, MOST_PER_SYNC);
  if (!indexed) return create(context, Array.from({ length: count }, () => podFor(job, undefined, undefined)));
  const indexes = pendingIndexes(context, count);
  const waitsUs = indexes.map((index) => indexWaitUs(keptByIndex.get(index), unixUs));
  const due = failedIndexes ? indexes.filter((_, at) => waitsUs[at] === 0) : indexes;
  if (due.length === 0 && indexes.length > 0) return wait(context, Math.min(...waitsUs));
  if (due.length > 0) return create(context, due.map((index) => podFor(job, index, keptByIndex.get(index))));
  podControl.create([]);
  draft.active = context.active.length;
  return undefined;
}

/** While it waits the controller reports no active pods, whatever there is. */
function wait(context: JobContext, delayUs: number): undefined {
  lookAgain(context, Math.max(delayUs, BATCH_PERIOD_US));
  context.draft.active = 0;
  return undefined;
}

function create({ active, draft, podControl }: JobContext, pods: readonly Pod[]): SyncError | undefined {
  const { created, failure } = podControl.create(pods);
  draft.active = active.length + created;
  return failure;
}

/** What is left of the wait before the index of this failed pod is tried again. */
function indexWaitUs(failed: Pod | undefined, unixUs: number): number {
  return failed ? remainingUs({ failures: allFailuresOf(failed) + 1, lastFailureUs: finishedUs(failed) }, unixUs) : 0;
}

function pendingIndexes({ job, active, pods, succeededIndexes, failedIndexes }: JobContext, count: number): readonly number[] {
  const busy = [...active, ...(replacesFailedOnly(job) ? pods.filter(isTerminating) : [])].map(indexOf).filter((index) => index >= 0);
  return firstFree(mergeIntervals(withIndexes(succeededIndexes, busy), failedIndexes ?? []), count, job.spec?.completions ?? 0);
}
