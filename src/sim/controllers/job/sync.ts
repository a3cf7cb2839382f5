// One sync of a Job (models job_controller.go): has it come to its end, which pods are missing or too many, and then the
// counting, in which every finished pod is written down, let go and only then counted.
import { formatTime, parseTime } from '../../../base/time.ts';
import type { Job, Pod } from '../../api/generated/types.ts';
import { PODS } from '../../api/resources.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import { claim } from '../claim.ts';
import type { PlanExplanation } from '../controller.ts';
import { controllerOf } from '../owners.ts';
import { isActive, isTerminating } from '../pods.ts';
import type { Action, Outcome, Steps, SyncError } from '../steps.ts';
import { finishedUs, nextRecord } from './backoff.ts';
import { JOBS, isSuspended, lookAgain, allFailuresOf, uidOf } from './context.ts';
import type { JobContext, SyncHost, SyncInput } from './context.ts';
import { countIndexes, hasIndex, indexOf, isIndexed, parseIndexes, validIndexOf, withIndexes } from './indexes.ts';
import type { Intervals } from './indexes.ts';
import { manageJob } from './manage.ts';
import { JobPods } from './pod-control.ts';
import { TRACKING_FINALIZER, failuresOf, isTracked, readyOf } from './pods.ts';
import { isFailed, judgeFailure, matchedSuccessRule } from './policy.ts';
import { changedCondition, conditionOf, draftOf } from './status.ts';
import type { Draft, Finish } from './status.ts';
import { track } from './tracking.ts';

export function syncJob(input: SyncInput, steps: Steps, host: SyncHost): Outcome {
  const context = examine(input, steps, host);
  const { job, draft } = context;
  const startUs = begin(job, draft, input.unixUs);
  context.finish = earlierFinish(context) ?? failureOf(context, startUs) ?? indexFailureOf(context) ?? successByPolicy(context);
  let failure: SyncError | undefined;
  const before = { active: draft.active, ready: draft.ready, terminating: draft.terminating };
  let flush = false;
  if (context.finish) failure = removeActive(context);
  else {
    const manages = input.satisfied && job.metadata.deletionTimestamp === undefined;
    if (manages) failure = manageJob(context);
    else draft.active = context.active.length;
    if (isComplete(context)) context.finish = { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
    else if (manages) flush = noteSuspension(context);
  }
  draft.ready = context.ready;
  draft.terminating = context.terminating;
  flush ||= draft.active !== before.active || draft.ready !== before.ready || draft.terminating !== before.terminating;
  track(context, flush);
  if (failure) throw failure;
  return context.requeueAfterUs === undefined ? {} : { requeueAfterUs: context.requeueAfterUs };
}

function examine(input: SyncInput, steps: Steps, host: SyncHost): JobContext {
  const { job } = input;
  const pods = ownPods(input, steps, host);
  const active = pods.filter(isActive);
  const draft = draftOf(job);
  const indexed = isIndexed(job);
  const fresh = pods.filter((pod) => isTracked(pod) && !input.released.has(uidOf(pod)) && (!indexed || validIndexOf(pod, job) >= 0));
  const succeeded = fresh.filter((pod) => pod.status?.phase === 'Succeeded' && !draft.uncountedSucceeded.includes(uidOf(pod)));
  const failed = fresh.filter((pod) => isFailed(pod, job) && !draft.uncountedFailed.includes(uidOf(pod)));
  const earlierIndexes = indexed ? parseIndexes(draft.completedIndexes, job.spec?.completions ?? 0) : [];
  const succeededIndexes = indexed ? withIndexes(earlierIndexes, tracked(pods, job, (pod) => pod.status?.phase === 'Succeeded').map(indexOf)) : [];
  const perIndex = indexed && job.spec?.backoffLimitPerIndex !== undefined;
  const failedIndexes = perIndex ? withIndexes(parseIndexes(draft.failedIndexes ?? '', job.spec?.completions ?? 0), tracked(pods, job, (pod) => failsIndex(job, pod)).map(indexOf)) : undefined;
  return {
    input, job, draft, steps, host, podControl: new JobPods(job, steps, host), pods, active, indexed, backoff: nextRecord(input.backoff, succeeded, failed),
    succeeded: indexed ? countIndexes(succeededIndexes) : draft.succeeded + succeeded.length + draft.uncountedSucceeded.length,
    failed: draft.failed + failed.filter((pod) => judgeFailure(job, pod).counts).length + draft.uncountedFailed.length,
    earlierIndexes, succeededIndexes, failedIndexes, keptByIndex: keptPods(fresh, active, job, succeededIndexes, failedIndexes),
    ready: readyOf(active), terminating: pods.filter(isTerminating).length, finish: undefined, requeueAfterUs: undefined,
  };
}

/** Pods that the Job manages; an adopted one counts as tracked although the cache does not show it yet. */
function ownPods({ job, pods }: SyncInput, steps: Steps, host: SyncHost): readonly Pod[] {
  const selector = selectorOf(job.spec?.selector);
  const claimed = claim(steps, pods, {
    owner: job, ownerResource: JOBS, resource: PODS, finalizer: TRACKING_FINALIZER, matches: (pod) => matchesSelector(selector, pod.metadata.labels),
    wrote: (pod) => host.wrote('pods', pod),
  });
  return claimed.map((pod) => (controllerOf(pod) || isTracked(pod) ? pod : { ...pod, metadata: { ...pod.metadata, finalizers: [...pod.metadata.finalizers ?? [], TRACKING_FINALIZER] } }));
}

function tracked(pods: readonly Pod[], job: Job, accepts: (pod: Pod) => boolean): readonly Pod[] {
  return pods.filter((pod) => isTracked(pod) && validIndexOf(pod, job) >= 0 && accepts(pod));
}

/** The index of this pod will not be tried again. */
function failsIndex(job: Job, pod: Pod): boolean {
  if (!isFailed(pod, job)) return false;
  const { action, counts } = judgeFailure(job, pod);
  return action === 'FailIndex' || (counts && failuresOf(pod) >= (job.spec?.backoffLimitPerIndex ?? 0));
}

function keptPods(fresh: readonly Pod[], active: readonly Pod[], job: Job, succeeded: Intervals, failed: Intervals | undefined): ReadonlyMap<number, Pod> {
  const kept = new Map<number, Pod>();
  if (!failed) return kept;
  const taken = withIndexes([...succeeded, ...failed].sort((a, b) => a.first - b.first), active.map(indexOf).filter((index) => index >= 0));
  for (const pod of fresh) {
    const index = indexOf(pod);
    if (!isFailed(pod, job) || hasIndex(taken, index)) continue;
    const other = kept.get(index);
    if (!other || (allFailuresOf(other) <= allFailuresOf(pod) && finishedUs(pod) >= finishedUs(other))) kept.set(index, pod);
  }
  return kept;
}

/** Sets the start of a Job that is not suspended; returns it in µs since 1970, 0 if there is none. */
function begin(job: Job, draft: Draft, unixUs: number): number {
  if (draft.startTime !== undefined) return parseTime(draft.startTime) ?? 0;
  if (isSuspended(job)) return 0;
  draft.startTime = formatTime(unixUs);
  return unixUs;
}

/** What an earlier sync has decided, or the failure policy decides now. */
function earlierFinish({ job, draft, pods }: JobContext): Finish | undefined {
  const met = conditionOf(draft.conditions, 'SuccessCriteriaMet');
  if (met) return { type: met.type, reason: met.reason ?? '', message: met.message ?? '' };
  const target = conditionOf(draft.conditions, 'FailureTarget');
  if (target) return { type: 'Failed', reason: target.reason ?? '', message: target.message ?? '' };
  if (!job.spec?.podFailurePolicy) return undefined;
  for (const pod of pods) {
    const message = isFailed(pod, job) ? judgeFailure(job, pod).failJob : undefined;
    if (message !== undefined) return { type: 'FailureTarget', reason: 'PodFailurePolicy', message };
  }
  return undefined;
}

function failureOf(context: JobContext, startUs: number): Finish | undefined {
  const { job, failed, pods, input: { unixUs } } = context;
  const { backoffLimit = 6, activeDeadlineSeconds } = job.spec ?? {};
  if (failed > backoffLimit || restartsExceed(job, pods, backoffLimit)) return { type: 'FailureTarget', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  if (activeDeadlineSeconds === undefined || isSuspended(job) || startUs === 0) return undefined;
  const leftUs = startUs + activeDeadlineSeconds * 1_000_000 - unixUs;
  if (leftUs <= 0) return { type: 'FailureTarget', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  lookAgain(context, leftUs);
  return undefined;
}

/** With restartPolicy OnFailure it is the restarts of containers that count. */
function restartsExceed(job: Job, pods: readonly Pod[], backoffLimit: number): boolean {
  if (job.spec?.template?.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...status?.initContainerStatuses ?? [], ...status?.containerStatuses ?? []]).reduce((sum, { restartCount }) => sum + restartCount, 0);
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

function indexFailureOf({ job, failedIndexes, succeededIndexes }: JobContext): Finish | undefined {
  if (!failedIndexes) return undefined;
  const { maxFailedIndexes, completions = 0 } = job.spec ?? {};
  const failed = countIndexes(failedIndexes);
  if (maxFailedIndexes !== undefined && failed > maxFailedIndexes) return { type: 'FailureTarget', reason: 'MaxFailedIndexesExceeded', message: 'Job has exceeded the specified maximal number of failed indexes' };
  return failed > 0 && failed + countIndexes(succeededIndexes) >= completions ? { type: 'FailureTarget', reason: 'FailedIndexes', message: 'Job has failed indexes' } : undefined;
}

function successByPolicy({ job, succeededIndexes }: JobContext): Finish | undefined {
  const message = matchedSuccessRule(job, succeededIndexes);
  return message === undefined ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message };
}

/** The Job is over: nothing may run on. It is not declared finished before the cache shows all of it. */
function removeActive(context: JobContext): SyncError | undefined {
  const { active, draft, podControl, input: { satisfied } } = context;
  const { deleted, failure } = podControl.deleteAll(active);
  if (deleted !== active.length || !satisfied) context.finish = undefined;
  draft.active = active.length - deleted;
  context.terminating += deleted;
  context.ready -= readyOf(active);
  return failure;
}

function isComplete({ job, succeeded, draft: { active } }: JobContext): boolean {
  const { completions } = job.spec ?? {};
  return active === 0 && (completions === undefined ? succeeded > 0 : succeeded >= completions);
}

/** The condition Suspended and its events; a Job that goes on starts anew. */
function noteSuspension({ job, draft, steps, input: { unixUs } }: JobContext): boolean {
  const suspended = isSuspended(job);
  const finish = { type: 'Suspended', reason: suspended ? 'JobSuspended' : 'JobResumed', message: suspended ? 'Job suspended' : 'Job resumed' };
  const conditions = changedCondition(draft.conditions, suspended ? 'True' : 'False', finish, unixUs);
  if (!conditions) return false;
  draft.conditions = conditions;
  steps.event({ about: job, type: 'Normal', reason: suspended ? 'Suspended' : 'Resumed', message: finish.message });
  draft.startTime = suspended ? undefined : formatTime(unixUs);
  return true;
}

/** What a sync saw and wants, for the page. */
export function explainJob({ key, job }: SyncInput, actions: readonly Action[]): PlanExplanation {
  const { active = 0, succeeded = 0, failed = 0 } = job.status ?? {};
  const { completions, parallelism = 1 } = job.spec ?? {};
  return { about: 'plan', controller: 'job-controller', key, observed: { active, succeeded, failed }, desired: { parallelism, ...(completions !== undefined && { completions }) }, actions };
}
