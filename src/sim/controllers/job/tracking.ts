// Counting finished pods exactly once (models trackJobStatusAndRemoveFinalizers): their uids go into the status, then
// their finalizer is taken away, then they are counted.
import { formatTime } from '../../../base/time.ts';
import type { Job, Pod } from '../../api/generated/types.ts';
import { PODS } from '../../api/resources.ts';
import { patchRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isNotFound, isSuccess } from '../api-errors.ts';
import type { WriteResult } from '../controller.ts';
import { SyncError } from '../steps.ts';
import { countIndexes, formatIndexes, hasIndex, indexOf, validIndexOf, withIndexes } from './indexes.ts';
import { UNTRACK_PATCH, isTracked } from './pods.ts';
import { isFailed, judgeFailure } from './policy.ts';
import { changedCondition, conditionOf, countReleased, statusOf, withCondition } from './status.ts';
import { JOBS, uidOf } from './context.ts';
import type { JobContext } from './context.ts';

/** So many at once, that the status stays small and other Jobs get their turn. */
const MOST_UNCOUNTED = 500;

/** Throws SyncError if something was refused. `changed`: the status has to be written in any case. */
export function track(context: JobContext, changed: boolean): void {
  new Tracking(context, changed).run();
}

class Tracking {
  private readonly context: JobContext;
  private changed: boolean;
  /** Uids of pods that still have the finalizer. */
  private readonly tracked: Set<string>;
  private readonly release: Pod[] = [];
  private readonly newIndexes: number[] = [];
  private full = false;
  private completionTime = '';
  private stored: Job;

  constructor(context: JobContext, changed: boolean) {
    this.context = context;
    this.changed = changed;
    this.stored = context.job;
    const { pods, input: { released } } = context;
    this.tracked = new Set(pods.filter((pod) => isTracked(pod) && !released.has(uidOf(pod))).map(uidOf));
  }

  run(): void {
    const { context } = this;
    const { draft, indexed, pods } = context;
    if (countReleased(draft, this.tracked)) this.changed = true;
    const ordered = indexed ? pods.toSorted((a, b) => indexOf(a) - indexOf(b)) : pods;
    for (const pod of ordered) if (!this.full && this.tracked.has(uidOf(pod))) this.consider(pod);
    if (indexed) this.noteIndexes();
    this.noteFinish();
    if (this.changed) {
      this.flush('adding uncounted pods to status');
      this.once(() => context.host.keepBackoff(context.backoff));
    }
    this.changed = false;
    const failure = this.releasePods();
    if (countReleased(draft, this.tracked)) this.changed = true;
    if (failure) {
      if (this.changed) this.flush('removing uncounted pods from status');
      throw failure;
    }
    this.end();
  }

  private consider(pod: Pod): void {
    const { job, draft, indexed, earlierIndexes, finish } = this.context;
    const uid = uidOf(pod);
    const failed = isFailed(pod, job);
    if (!this.mayRelease(pod, failed)) return;
    this.release.push(pod);
    const index = validIndexOf(pod, job);
    if (pod.status?.phase === 'Succeeded' && !draft.uncountedFailed.includes(uid)) {
      // The index alone keeps an indexed pod from being counted twice.
      if (indexed ? index < 0 || hasIndex(earlierIndexes, index) : draft.uncountedSucceeded.includes(uid)) return;
      if (indexed) this.newIndexes.push(index);
      else draft.uncountedSucceeded = [...draft.uncountedSucceeded, uid];
      this.changed = true;
    } else if (failed || (finish && finish.type !== 'SuccessCriteriaMet')) {
      // Whatever has not ended when the Job fails has failed.
      if (draft.uncountedFailed.includes(uid) || (indexed && index < 0) || !judgeFailure(job, pod).counts) return;
      draft.uncountedFailed = [...draft.uncountedFailed, uid];
      this.changed = true;
    }
    this.full = this.newIndexes.length + draft.uncountedSucceeded.length + draft.uncountedFailed.length >= MOST_UNCOUNTED;
  }

  private mayRelease(pod: Pod, failed: boolean): boolean {
    const { job, finish, keptByIndex } = this.context;
    if (job.metadata.deletionTimestamp !== undefined || finish || pod.status?.phase === 'Succeeded') return true;
    return failed && keptByIndex.get(indexOf(pod)) !== pod;
  }

  private noteIndexes(): void {
    const { context } = this;
    const { draft } = context;
    context.succeededIndexes = withIndexes(context.succeededIndexes, this.newIndexes);
    const completed = formatIndexes(context.succeededIndexes);
    const failed = context.failedIndexes && formatIndexes(context.failedIndexes);
    if (completed !== draft.completedIndexes || failed !== draft.failedIndexes) this.changed = true;
    draft.succeeded = countIndexes(context.succeededIndexes);
    draft.completedIndexes = completed;
    draft.failedIndexes = failed;
  }

  /** The end is announced before pods are let go, and declared when all are counted. */
  private noteFinish(): void {
    const { context } = this;
    const { finish, draft, input: { unixUs } } = context;
    if (finish?.type === 'FailureTarget') {
      this.announce();
      context.finish = { ...finish, type: 'Failed' };
    } else if (finish?.type === 'SuccessCriteriaMet') {
      if (!conditionOf(draft.conditions, 'SuccessCriteriaMet')) this.announce();
      context.finish = { ...finish, type: 'Complete' };
      this.completionTime = formatTime(unixUs);
    }
  }

  private announce(): void {
    const { draft, finish, input: { unixUs } } = this.context;
    if (finish) draft.conditions = withCondition(draft.conditions, finish, unixUs);
    this.changed = true;
  }

  private flush(doing: string): void {
    const { steps, host, draft } = this.context;
    const result = steps.attempt({ purpose: 'updateStatus', spec: updateRequest(JOBS, { ...this.stored, status: statusOf(draft) } as Job, 'status') });
    if (!isSuccess(result)) throw new SyncError(`tracking status: ${doing}: ${errorText(result)}`);
    host.wrote('jobs', result.body);
    this.stored = result.body as Job;
  }

  private releasePods(): SyncError | undefined {
    const { release: pods, context: { steps, host } } = this;
    if (pods.length === 0) return undefined;
    this.once(() => host.expectReleases(pods.map(uidOf)));
    const results = steps.attemptAll(pods.map(({ metadata: { namespace = '', name = '' } }) =>
      ({ purpose: 'releasePod', spec: patchRequest(PODS, namespace, name, 'strategic', UNTRACK_PATCH) })));
    let failure: WriteResult | undefined;
    results.forEach((result, at) => {
      const uid = uidOf(pods[at] as Pod);
      if (isSuccess(result)) host.wrote('pods', result.body);
      else this.once(() => host.notReleased(uid));
      if (isSuccess(result) || isNotFound(result)) this.tracked.delete(uid);
      else failure ??= result;
    });
    return failure && new SyncError(`tracking status: ${errorText(failure)}`);
  }

  private end(): void {
    const { context } = this;
    const finished = !this.full && this.declare();
    if (!finished && !this.changed) return;
    this.flush('removing uncounted pods from status');
    if (!finished) return;
    this.tellEnd();
    this.once(() => context.host.finished());
  }

  private declare(): boolean {
    const { finish, draft, terminating, input: { unixUs } } = this.context;
    if (!finish || draft.uncountedSucceeded.length + draft.uncountedFailed.length > 0 || terminating > 0) return false;
    draft.conditions = changedCondition(draft.conditions, 'True', finish, unixUs) ?? draft.conditions;
    if (finish.type === 'Complete') draft.completionTime = this.completionTime;
    return true;
  }

  private tellEnd(): void {
    const { finish, job, draft, steps } = this.context;
    if (!finish) return;
    const { completions } = job.spec ?? {};
    if (finish.type !== 'Complete') steps.event({ about: job, type: 'Warning', reason: finish.reason, message: finish.message });
    else {
      if (completions !== undefined && draft.succeeded > completions) steps.event({ about: job, type: 'Warning', reason: 'TooManySucceededPods', message: 'Too many succeeded pods running after completion count reached' });
      steps.event({ about: job, type: 'Normal', reason: 'Completed', message: 'Job completed' });
    }
  }

  private once(effect: () => void): void {
    this.context.steps.remember(() => {
      effect();
      return true;
    });
  }
}
