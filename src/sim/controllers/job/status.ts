// The status of a Job while a sync works on it (models the bookkeeping of job_controller.go).
import { formatTime } from '../../../base/time.ts';
import type { Job, JobCondition, JobStatus } from '../../api/generated/types.ts';

export type Finish = Readonly<Record<'type' | 'reason' | 'message', string>>;

/** What changes in the course of a sync; uids of pods whose end is written down but not counted yet are in `uncounted…`. */
export interface Draft {
  active: number;
  ready: number | undefined;
  terminating: number | undefined;
  succeeded: number;
  failed: number;
  completedIndexes: string;
  failedIndexes: string | undefined;
  uncountedSucceeded: readonly string[];
  uncountedFailed: readonly string[];
  conditions: readonly JobCondition[];
  startTime: string | undefined;
  completionTime: string | undefined;
}

export function draftOf({ status = {} }: Job): Draft {
  return {
    active: status.active ?? 0, ready: status.ready, terminating: status.terminating, succeeded: status.succeeded ?? 0, failed: status.failed ?? 0,
    completedIndexes: status.completedIndexes ?? '', failedIndexes: status.failedIndexes, conditions: status.conditions ?? [],
    uncountedSucceeded: status.uncountedTerminatedPods?.succeeded ?? [], uncountedFailed: status.uncountedTerminatedPods?.failed ?? [],
    startTime: status.startTime, completionTime: status.completionTime,
  };
}

export function statusOf(draft: Draft): JobStatus {
  const { active, ready, terminating, succeeded, failed, completedIndexes, failedIndexes, uncountedSucceeded, uncountedFailed, conditions, startTime, completionTime } = draft;
  return {
    ...(conditions.length > 0 && { conditions }), ...(startTime !== undefined && { startTime }), ...(completionTime !== undefined && { completionTime }),
    ...(active > 0 && { active }), ...(succeeded > 0 && { succeeded }), ...(failed > 0 && { failed }), ...(terminating !== undefined && { terminating }),
    ...(completedIndexes !== '' && { completedIndexes }), ...(failedIndexes !== undefined && { failedIndexes }),
    uncountedTerminatedPods: { ...(uncountedSucceeded.length > 0 && { succeeded: uncountedSucceeded }), ...(uncountedFailed.length > 0 && { failed: uncountedFailed }) },
    ...(ready !== undefined && { ready }),
  };
}

/** Counts those written down that have been let go: whose uid is not in `tracked`. True if there were any. */
export function countReleased(draft: Draft, tracked: ReadonlySet<string>): boolean {
  const succeeded = draft.uncountedSucceeded.filter((uid) => tracked.has(uid));
  const failed = draft.uncountedFailed.filter((uid) => tracked.has(uid));
  const released = draft.uncountedSucceeded.length - succeeded.length + draft.uncountedFailed.length - failed.length;
  draft.succeeded += draft.uncountedSucceeded.length - succeeded.length;
  draft.failed += draft.uncountedFailed.length - failed.length;
  draft.uncountedSucceeded = succeeded;
  draft.uncountedFailed = failed;
  return released > 0;
}

export function conditionOf(conditions: readonly JobCondition[] | undefined, type: string): JobCondition | undefined {
  return conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

/** Complete or Failed: the controller is done with it. */
export function isFinished(job: Job): boolean {
  return conditionOf(job.status?.conditions, 'Complete') !== undefined || conditionOf(job.status?.conditions, 'Failed') !== undefined;
}

export function withCondition(conditions: readonly JobCondition[], finish: Finish, unixUs: number): readonly JobCondition[] {
  const now = formatTime(unixUs);
  return [...conditions, { type: finish.type, status: 'True', lastProbeTime: now, lastTransitionTime: now, reason: finish.reason, message: finish.message }];
}

/** Sets a condition; undefined if it says so already. There is none that begins as False. */
export function changedCondition(conditions: readonly JobCondition[], status: 'True' | 'False', finish: Finish, unixUs: number): readonly JobCondition[] | undefined {
  const at = conditions.findIndex(({ type }) => type === finish.type);
  const before = conditions[at];
  if (!before) return status === 'True' ? withCondition(conditions, finish, unixUs) : undefined;
  if (before.status === status && before.reason === finish.reason && before.message === finish.message) return undefined;
  const now = formatTime(unixUs);
  return conditions.with(at, { type: finish.type, status, lastProbeTime: now, lastTransitionTime: now, reason: finish.reason, message: finish.message });
}
