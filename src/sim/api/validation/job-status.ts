// Statuses of Jobs: what a controller may and may not write (models validateJobStatus and ValidateJobStatusUpdate).
// Most rules look only at what the update changes, so that a status with a flaw can still be written.
import { parseTime } from '../../../base/time.ts';
import type { Job, JobStatus } from '../generated/types.ts';
import type { Errors } from './field.ts';
import { Path } from './field.ts';
import { countIndexes, overlappingIndex } from './indexes.ts';
import { equal, nonNegative } from './metadata.ts';

const statusPath = new Path('status');
const conditionsPath = statusPath.child('conditions');
const completionPath = statusPath.child('completionTime');

interface Change {
  readonly next: Job;
  readonly old: Job;
  readonly status: JobStatus;
  readonly before: JobStatus;
}

function has(status: JobStatus, type: string, value = 'True'): boolean {
  return status.conditions?.some((condition) => condition.type === type && condition.status === value) === true;
}

function isFinished(status: JobStatus): boolean {
  return has(status, 'Complete') || has(status, 'Failed');
}

export function validateJobStatusUpdate(next: Job, old: Job, errors: Errors): void {
  const change: Change = { next, old, status: next.status ?? {}, before: old.status ?? {} };
  for (const name of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const) nonNegative(change.status[name], statusPath.child(name), errors);
  validateUncounted(change.status, errors);
  validateEnd(change, errors);
  validateFinished(change, errors);
  validateIndexes(change, errors);
  validateCounts(change, errors);
  validateCriteria(change, errors);
  validateProgress(change, errors);
}

function validateUncounted({ uncountedTerminatedPods: pods }: JobStatus, errors: Errors): void {
  const seen = new Set<string>();
  for (const name of ['succeeded', 'failed'] as const) {
    pods?.[name]?.forEach((uid, i) => {
      const at = statusPath.child('uncountedTerminatedPods').child(name).index(i);
      if (uid === '') errors.invalid(at, uid, 'must not be empty');
      else if (seen.has(uid)) errors.duplicate(at, uid);
      else seen.add(uid);
    });
  }
}

function validateEnd({ status, before }: Change, errors: Errors): void {
  const changed = (type: string): boolean => has(status, type) !== has(before, type);
  const complete = has(status, 'Complete');
  const timeChanged = status.completionTime !== before.completionTime;
  if ((changed('Complete') || changed('Failed')) && complete && has(status, 'Failed')) errors.invalidPart(conditionsPath, 'cannot set Complete=True and Failed=true conditions');
  if ((changed('Complete') || changed('FailureTarget')) && complete && has(status, 'FailureTarget')) errors.invalidPart(conditionsPath, 'cannot set Complete=True and FailureTarget=true conditions');
  if (changed('Complete') || timeChanged) {
    if (status.completionTime !== undefined && !complete) errors.invalid(completionPath, status.completionTime, 'cannot set completionTime when there is no Complete=True condition');
    if (status.completionTime === undefined && complete) errors.required(completionPath, 'completionTime is required for Complete jobs');
  }
  const { startTime, completionTime } = status;
  if ((timeChanged || startTime !== before.startTime) && startTime !== undefined && completionTime !== undefined && (parseTime(completionTime) ?? 0) < (parseTime(startTime) ?? 0)) {
    errors.invalid(completionPath, completionTime, 'must be equal to or after `startTime`');
  }
  if ((changed('Failed') || status.failedIndexes !== before.failedIndexes) && has(status, 'Failed') && !has(status, 'FailureTarget')) {
    errors.invalidPart(conditionsPath, 'cannot set Failed=True condition without the FailureTarget=true condition');
  }
  if ((changed('Complete') || changed('SuccessCriteriaMet')) && complete && !has(status, 'SuccessCriteriaMet')) {
    errors.invalidPart(conditionsPath, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
  }
}

function validateFinished({ next, status, before }: Change, errors: Errors): void {
  const finished = isFinished(status);
  const changed = finished !== isFinished(before);
  if (!finished) return;
  if ((changed || status.active !== before.active) && (status.active ?? 0) > 0) errors.invalid(statusPath.child('active'), status.active, 'active>0 is invalid for finished job');
  const isEmpty = next.spec?.suspend === true && next.spec.completions === 0;
  if ((changed || status.startTime !== before.startTime) && !isEmpty && status.startTime === undefined) errors.required(statusPath.child('startTime'), 'startTime is required for finished job');
  const pods = status.uncountedTerminatedPods;
  if ((changed || !equal(pods, before.uncountedTerminatedPods)) && (pods?.failed ?? []).length + (pods?.succeeded ?? []).length > 0) {
    errors.invalid(statusPath.child('uncountedTerminatedPods'), { Succeeded: pods?.succeeded ?? null, Failed: pods?.failed ?? null }, 'must be empty for finished job');
  }
}

function validateIndexes({ next, status, before }: Change, errors: Errors): void {
  const completedPath = statusPath.child('completedIndexes');
  const failedPath = statusPath.child('failedIndexes');
  const { completedIndexes: completed = '', failedIndexes: failed } = status;
  const { completions, backoffLimitPerIndex, completionMode } = next.spec ?? ({} as NonNullable<Job['spec']>);
  const completedChanged = completed !== (before.completedIndexes ?? '');
  const failedChanged = failed !== before.failedIndexes;
  const problem = (text: string): string | undefined => {
    const count = countIndexes(text, completions ?? 0);
    return typeof count === 'string' ? count : undefined;
  };
  if (completedChanged && completions !== undefined && problem(completed) !== undefined) errors.invalid(completedPath, completed, `error parsing completedIndexes: ${problem(completed) ?? ''}`);
  if (failedChanged && completions !== undefined && backoffLimitPerIndex !== undefined && failed !== undefined && problem(failed) !== undefined) {
    errors.invalid(failedPath, failed, `error parsing failedIndexes: ${problem(failed) ?? ''}`);
  }
  if (completedChanged && completed !== '' && completionMode !== 'Indexed') errors.invalid(completedPath, completed, 'cannot set non-empty completedIndexes when non-indexed completion mode');
  if (failedChanged && backoffLimitPerIndex === undefined && failed !== undefined) errors.invalid(failedPath, failed, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null');
  if (!(failedChanged || completedChanged) || completions === undefined || failed === undefined) return;
  const shared = overlappingIndex(completed, failed, completions);
  if (shared !== undefined) errors.invalid(failedPath, failed, `failedIndexes and completedIndexes overlap at index: ${shared}`);
}

function validateCounts({ status, before }: Change, errors: Errors): void {
  const finished = isFinished(status);
  const { terminating, ready, active = 0 } = status;
  if ((finished !== isFinished(before) || terminating !== before.terminating) && terminating !== undefined && terminating > 0 && finished) {
    errors.invalid(statusPath.child('terminating'), terminating, 'terminating>0 is invalid for finished job');
  }
  if ((ready !== before.ready || active !== (before.active ?? 0)) && ready !== undefined && ready > active) errors.invalid(statusPath.child('ready'), ready, 'cannot set more ready pods than active');
}

function validateCriteria({ next, status }: Change, errors: Errors): void {
  const met = has(status, 'SuccessCriteriaMet');
  if (met && has(status, 'Failed')) errors.invalidPart(conditionsPath, 'cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (met && has(status, 'FailureTarget')) errors.invalidPart(conditionsPath, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  if (next.spec?.successPolicy && !met && has(status, 'Complete')) errors.invalidPart(conditionsPath, 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
}

function validateProgress({ next, status, before }: Change, errors: Errors): void {
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (has(before, type) && !has(status, type)) errors.invalidPart(conditionsPath, `cannot disable the terminal ${type}=True condition`);
  }
  const { completionMode, completions, parallelism, suspend } = next.spec ?? ({} as NonNullable<Job['spec']>);
  if ((status.failed ?? 0) < (before.failed ?? 0)) errors.invalid(statusPath.child('failed'), status.failed ?? 0, 'cannot decrease the failed counter');
  const isElastic = completionMode === 'Indexed' && completions === parallelism;
  if (!isElastic && (status.succeeded ?? 0) < (before.succeeded ?? 0)) errors.invalid(statusPath.child('succeeded'), status.succeeded ?? 0, 'cannot decrease the succeeded counter');
  if (status.completionTime !== undefined && before.completionTime !== undefined && status.completionTime !== before.completionTime) errors.invalid(completionPath, status.completionTime, 'field is immutable');
  const resumes = has(before, 'Suspended') && has(status, 'Suspended', 'False');
  if (status.startTime !== before.startTime && !resumes && before.startTime !== undefined && suspend !== true) {
    errors.invalid(statusPath.child('startTime'), status.startTime ?? null, 'field is immutable for unsuspended job once set');
  }
  if (has(before, 'SuccessCriteriaMet') && !has(status, 'SuccessCriteriaMet')) errors.invalidPart(conditionsPath, 'cannot disable the SuccessCriteriaMet=True condition');
  if (has(before, 'Complete') && !has(before, 'SuccessCriteriaMet') && has(status, 'SuccessCriteriaMet')) {
    errors.invalidPart(conditionsPath, 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
  }
}
