// One sync of a CronJob (models cronjob_controllerv2.go).
import { civilFromDays, formatTime, parseTime } from '../../../base/time.ts';
import { parseCron } from '../../api/cron.ts';
import type { CronJob, Job, ObjectReference } from '../../api/generated/types.ts';
import type { ApiObject, GroupVersionResource } from '../../api/meta.ts';
import { zoneOffsetS } from '../../api/time-zone.ts';
import { referenceTo } from '../../client/events.ts';
import { createRequest, deleteRequest, getRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isAlreadyExists, isNamespaceTerminating, isNotFound, isSuccess } from '../api-errors.ts';
import type { PlanExplanation } from '../controller.ts';
import { JOBS } from '../job/context.ts';
import { conditionOf, isFinished } from '../job/status.ts';
import { controllerOf, controllerRef } from '../owners.ts';
import { SyncError, refusal } from '../steps.ts';
import type { Action, Outcome, Steps } from '../steps.ts';
import { recentTime, untilNextUs } from './schedule.ts';
import type { Timetable } from './schedule.ts';

export const CRON_JOBS: GroupVersionResource = { group: 'batch', version: 'v1', resource: 'cronjobs' };
const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
const SECOND_US = 1_000_000;

export interface SyncInput {
  readonly key: string;
  readonly cronJob: CronJob;
  /** Jobs of the namespace that name it as their controller. */
  readonly jobs: readonly Job[];
}

/** Its schedule; undefined if it makes no sense, which the API server does not let pass. */
export function timetableOf({ spec }: CronJob): Timetable | undefined {
  const parsed = parseCron(spec.schedule);
  const zone = /^(?:CRON_)?TZ=(\S*)\s/.exec(spec.schedule)?.[1] ?? spec.timeZone ?? '';
  return parsed.ok ? { schedule: parsed.schedule, zone } : undefined;
}

/** @param now µs since 1970, when it is called */
export function syncCronJob(input: SyncInput, steps: Steps, now: () => number): Outcome {
  return new Sync(input, steps, now).run();
}

class Sync {
  private readonly input: SyncInput;
  private readonly steps: Steps;
  private readonly now: () => number;
  /** With the changes that the sync makes to its status. */
  private cronJob: CronJob;
  private changed = false;

  constructor(input: SyncInput, steps: Steps, now: () => number) {
    this.input = input;
    this.steps = steps;
    this.now = now;
    this.cronJob = input.cronJob;
  }

  run(): Outcome {
    this.cleanUp();
    let requeueAfterUs: number | undefined;
    let failure: SyncError | undefined;
    try {
      requeueAfterUs = this.schedule();
    } catch (thrown) {
      if (!(thrown instanceof SyncError)) throw thrown;
      failure = thrown;
    }
    if (this.changed) this.steps.write({ purpose: 'updateStatus', spec: updateRequest(CRON_JOBS, this.cronJob, 'status') });
    if (failure) throw failure;
    return requeueAfterUs === undefined ? {} : { requeueAfterUs };
  }

  private tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.steps.event({ about: this.cronJob, type, reason, message });
  }

  private get active(): readonly ObjectReference[] {
    return this.cronJob.status?.active ?? [];
  }

  private setStatus(status: CronJob['status']): void {
    this.cronJob = { ...this.cronJob, status: { ...this.cronJob.status, ...status } };
    this.changed = true;
  }

  private dropActive(uid: string | undefined): void {
    const active = this.active.filter((reference) => reference.uid !== uid);
    this.setStatus({ active: active.length > 0 ? active : undefined });
  }

  // ---- history ----

  /** Deletes the oldest finished Jobs beyond the limits. */
  private cleanUp(): void {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = this.cronJob.spec;
    for (const [type, limit] of [['Complete', successfulJobsHistoryLimit], ['Failed', failedJobsHistoryLimit]] as const) {
      if (limit === undefined) continue;
      const finished = this.input.jobs.filter((job) => isFinished(job) && finishOf(job) === type).toSorted(byStart);
      for (const job of finished.slice(0, Math.max(0, finished.length - limit))) this.deleteJob(job);
    }
  }

  private deleteJob({ metadata: { namespace = '', name = '', uid } }: ApiObject): boolean {
    this.steps.action('deleteJob', { name });
    const result = this.steps.attempt({ purpose: 'deleteJob', spec: deleteRequest(JOBS, namespace, name, { propagationPolicy: 'Background' }) });
    if (!isSuccess(result)) {
      this.tell('Warning', 'FailedDelete', `Deleted job: ${errorText(result)}`);
      return false;
    }
    this.dropActive(uid);
    this.tell('Normal', 'SuccessfulDelete', `Deleted job ${name}`);
    return true;
  }

  // ---- schedule ----

  /** Returns when to look again, µs from now. */
  private schedule(): number | undefined {
    const nowUs = this.steps.remember(this.now);
    for (const job of this.input.jobs) this.observe(job);
    this.dropMissing();
    const { cronJob } = this;
    const table = timetableOf(cronJob);
    if (cronJob.metadata.deletionTimestamp !== undefined || cronJob.spec.suspend === true || !table) return undefined;
    const { schedule } = cronJob.spec;
    if (schedule.includes('TZ')) {
      const advice = 'see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
      this.tell('Warning', 'UnsupportedSchedule', `CRON_TZ or TZ used in schedule ${JSON.stringify(schedule)} is not officially supported, ${advice}`);
    }
    const recent = recentTime(cronJob, table, nowUs, true);
    if (typeof recent === 'string') {
      this.tell('Warning', 'InvalidSchedule', `invalid schedule: ${schedule} : ${recent}`);
      return undefined;
    }
    const { dueUs } = recent;
    if (dueUs !== undefined) {
      if (recent.missed === 'many') this.tell('Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew');
      if (this.mayStart(dueUs, nowUs) && !this.start(dueUs, table.zone)) return undefined;
    }
    return untilNextUs(this.cronJob, table, nowUs);
  }

  /** A Job that has come to its end, or that nobody knows of. */
  private observe(job: Job): void {
    const { uid, name } = job.metadata;
    const known = this.active.some((reference) => reference.uid === uid);
    if (!isFinished(job)) {
      if (!known && !this.isActiveByNow(uid)) this.tell('Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`);
      return;
    }
    if (known) {
      this.dropActive(uid);
      this.tell('Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${finishOf(job)}`);
    }
    const { completionTime } = job.status ?? {};
    const { lastSuccessfulTime } = this.cronJob.status ?? {};
    if (finishOf(job) !== 'Complete' || completionTime === undefined) return;
    if (lastSuccessfulTime === undefined || (parseTime(completionTime) ?? 0) > (parseTime(lastSuccessfulTime) ?? 0)) this.setStatus({ lastSuccessfulTime: completionTime });
  }

  /** Asks the API server: the cache may be older than the Job. */
  private isActiveByNow(uid: string | undefined): boolean {
    const { namespace = '', name = '' } = this.cronJob.metadata;
    const fresh = this.steps.write({ purpose: 'refetch', spec: getRequest(CRON_JOBS, namespace, name) }).body as CronJob;
    if (!fresh.status?.active?.some((reference) => reference.uid === uid)) return false;
    this.cronJob = fresh;
    return true;
  }

  private dropMissing(): void {
    const known = new Set(this.input.jobs.map(({ metadata }) => metadata.uid));
    for (const { uid, namespace = '', name = '' } of this.active) {
      if (known.has(uid)) continue;
      const result = this.steps.attempt({ purpose: 'getJob', spec: getRequest(JOBS, namespace, name) });
      if (isSuccess(result)) continue;
      if (!isNotFound(result)) throw refusal(result);
      this.tell('Normal', 'MissingJob', `Active job went missing: ${name}`);
      this.dropActive(uid);
    }
  }

  private mayStart(dueUs: number, nowUs: number): boolean {
    const { spec: { startingDeadlineSeconds, concurrencyPolicy }, status } = this.cronJob;
    if (startingDeadlineSeconds !== undefined && dueUs + startingDeadlineSeconds * SECOND_US < nowUs) {
      this.tell('Warning', 'MissSchedule', `Missed scheduled time to start a job: ${rfc1123(dueUs)}`);
      return false;
    }
    if (this.active.some(({ name }) => name === this.jobName(dueUs)) || status?.lastScheduleTime === formatTime(dueUs)) return false;
    if (concurrencyPolicy === 'Forbid' && this.active.length > 0) {
      this.tell('Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid');
      return false;
    }
    if (concurrencyPolicy === 'Replace') this.replaceActive();
    return true;
  }

  private replaceActive(): void {
    for (const { namespace = '', name = '' } of this.active) {
      const result = this.steps.attempt({ purpose: 'getJob', spec: getRequest(JOBS, namespace, name) });
      if (!isSuccess(result)) {
        this.tell('Warning', 'FailedGet', `Get job: ${errorText(result)}`);
        throw refusal(result);
      }
      if (!this.deleteJob(result.body)) throw new SyncError(`could not replace job ${namespace}/${name}`);
    }
  }

  private jobName(dueUs: number): string {
    return `${this.cronJob.metadata.name}-${Math.floor(dueUs / SECOND_US / 60)}`;
  }

  /** False: somebody else has started it already. */
  private start(dueUs: number, zone: string): boolean {
    const { namespace = '' } = this.cronJob.metadata;
    const wanted = this.jobFor(dueUs, zone);
    const name = wanted.metadata.name ?? '';
    this.steps.action('createJob', { name });
    const result = this.steps.attempt({ purpose: 'createJob', spec: createRequest(JOBS, wanted, namespace) });
    let job = result.body;
    if (isAlreadyExists(result)) {
      job = this.steps.write({ purpose: 'getJob', spec: getRequest(JOBS, namespace, name) }).body;
      if (controllerOf(job)?.uid !== this.cronJob.metadata.uid || this.active.some(({ uid }) => uid === job.metadata.uid)) return false;
    } else if (isSuccess(result)) this.tell('Normal', 'SuccessfulCreate', `Created job ${name}`);
    else {
      if (!isNamespaceTerminating(result)) this.tell('Warning', 'FailedCreate', `Error creating job: ${errorText(result)}`);
      throw new SyncError(errorText(result));
    }
    this.setStatus({ active: [...this.active, referenceTo(job)], lastScheduleTime: formatTime(dueUs) });
    return true;
  }

  private jobFor(dueUs: number, zone: string): Job {
    const { jobTemplate: { metadata, spec }, timeZone } = this.cronJob.spec;
    return {
      apiVersion: 'batch/v1', kind: 'Job',
      metadata: {
        name: this.jobName(dueUs), ownerReferences: [controllerRef(this.cronJob)], ...(metadata?.labels && { labels: metadata.labels }),
        annotations: { ...metadata?.annotations, [SCHEDULED_AT]: rfc3339(dueUs, timeZone === undefined ? '' : zone) },
      },
      ...(spec && { spec }),
    };
  }
}

function finishOf({ status }: Job): 'Complete' | 'Failed' {
  return conditionOf(status?.conditions, 'Complete') ? 'Complete' : 'Failed';
}

function byStart(a: Job, b: Job): number {
  const left = parseTime(a.status?.startTime ?? '') ?? Infinity;
  const right = parseTime(b.status?.startTime ?? '') ?? Infinity;
  return left === right ? ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1) : left - right;
}

const two = (value: number): string => String(value).padStart(2, '0');

function offsetText(offsetS: number, separator: string): string {
  const minutes = Math.abs(offsetS) / 60;
  return `${offsetS < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}

/** In local time, as Go's time.RFC3339. */
function rfc3339(unixUs: number, zone: string): string {
  const offsetS = zoneOffsetS(zone, unixUs / SECOND_US);
  const local = formatTime(unixUs + offsetS * SECOND_US);
  return offsetS === 0 ? local : `${local.slice(0, -1)}${offsetText(offsetS, ':')}`;
}

const WEEKDAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** In UTC, as Go's time.RFC1123Z. */
function rfc1123(unixUs: number): string {
  const days = Math.floor(unixUs / SECOND_US / 86_400);
  const [year, month, day] = civilFromDays(days);
  return `${WEEKDAYS[days % 7]}, ${two(day)} ${MONTHS[month - 1]} ${year} ${formatTime(unixUs).slice(11, 19)} ${offsetText(0, '')}`;
}

/** What a sync saw and wants, for the page. */
export function explainCronJob({ key, cronJob, jobs }: SyncInput, actions: readonly Action[]): PlanExplanation {
  const { schedule, concurrencyPolicy = 'Allow' } = cronJob.spec;
  return { about: 'plan', controller: 'cronjob-controller', key, observed: { jobs: jobs.length, active: cronJob.status?.active?.length ?? 0 }, desired: { schedule, concurrencyPolicy }, actions };
}
