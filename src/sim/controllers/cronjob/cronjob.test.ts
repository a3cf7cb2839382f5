import { describe, expect, it } from 'vitest';
import { formatTime, parseTime } from '../../../base/time.ts';
import { parseCron } from '../../api/cron.ts';
import type { CronJob, CronJobSpec, Job } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { INFORMERS } from '../informers.ts';
import { TestKit } from '../testkit.ts';
import { cronJobController } from './index.ts';
import { nextTime } from './schedule.ts';

function next(schedule: string, after: string, zone = ''): string {
  const parsed = parseCron(schedule);
  const at = parsed.ok ? nextTime({ schedule: parsed.schedule, zone }, parseTime(after) ?? 0) : undefined;
  return at === undefined ? 'never' : formatTime(at);
}

describe('the next time of a schedule', () => {
  it.each([
    ['*/15 * * * *', '2026-03-01T10:15:00Z', '', '2026-03-01T10:30:00Z'],
    ['0 0 31 * *', '2026-04-01T00:00:00Z', '', '2026-05-31T00:00:00Z'],
    ['30 6 1 * MON', '2026-03-02T07:00:00Z', '', '2026-03-09T06:30:00Z'],
    ['0 0 29 2 *', '2026-03-01T00:00:00Z', '', '2028-02-29T00:00:00Z'],
    ['0 0 31 2 *', '2026-03-01T00:00:00Z', '', 'never'],
    ['@every 90s', '2026-03-01T00:00:10Z', '', '2026-03-01T00:01:40Z'],
    ['0 9 * * *', '2026-07-01T00:00:00Z', 'Europe/Berlin', '2026-07-01T07:00:00Z'],
    ['0 9 * * *', '2026-01-15T00:00:00Z', 'Asia/Kolkata', '2026-01-15T03:30:00Z'],
    // The hour from 2 to 3 does not exist on the day when clocks go forward.
    ['30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin', '2026-03-30T00:30:00Z'],
  ])('%s after %s in %s', (schedule, after, zone, expected) => {
    expect(next(schedule, after, zone)).toBe(expected);
  });
});

const indexers = { jobs: INFORMERS.get('jobs')?.indexers ?? {}, cronjobs: INFORMERS.get('cronjobs')?.indexers ?? {} };

function kit(spec: Partial<CronJobSpec>, status?: CronJob['status']): TestKit<unknown, unknown> {
  const k = new TestKit(cronJobController, {}, indexers) as TestKit<unknown, unknown>;
  const cronJob = {
    apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'tick', namespace: 'default', creationTimestamp: '2025-12-31T23:59:30Z' }, status,
    spec: { schedule: '* * * * *', concurrencyPolicy: 'Allow', jobTemplate: { spec: { template: {} } }, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1, ...spec },
  };
  k.put('cronjobs', cronJob as ApiObject);
  k.run(1_000_000);
  return k;
}

const MINUTE_US = 60_000_000;
const jobNames = (k: TestKit<unknown, unknown>): readonly string[] => k.all<ApiObject>('jobs').map(({ metadata }) => metadata.name ?? '');

function finish(k: TestKit<unknown, unknown>, name: string): void {
  const job = k.get<ApiObject>('jobs', `default/${name}`) as unknown as Job;
  k.put('jobs', { ...job, status: { completionTime: '2026-01-01T00:00:30Z', conditions: [{ type: 'Complete', status: 'True' }] } } as ApiObject);
  k.run(k.nowUs + 1_000_000);
}

describe('a CronJob', () => {
  it('warns of a time zone inside the schedule', () => {
    const { events } = kit({ schedule: 'TZ=UTC 0 0 1 6 *' });
    expect(events.map(({ type, reason, message }) => `${type} ${reason} ${message}`)).toEqual([
      'Warning UnsupportedSchedule CRON_TZ or TZ used in schedule "TZ=UTC 0 0 1 6 *" is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    ]);
    expect(kit({ schedule: 'TZ=UTC 0 0 1 6 *', suspend: true }).events).toEqual([]);
  });

  it('starts a Job each minute, named after it', () => {
    const k = kit({});
    expect(jobNames(k)).toEqual(['tick-29453760']);
    k.run(MINUTE_US + 1_000_000);
    expect(jobNames(k)).toEqual(['tick-29453760', 'tick-29453761']);
    expect((k.get('cronjobs', 'default/tick') as unknown as CronJob).status).toMatchObject({ lastScheduleTime: '2026-01-01T00:01:00Z', active: [{ kind: 'Job' }, { kind: 'Job' }] });
  });

  it('makes up for a forbidden run when the Job before it ends', () => {
    const k = kit({ concurrencyPolicy: 'Forbid' });
    k.run(MINUTE_US + 5_000_000);
    expect(jobNames(k)).toHaveLength(1);
    finish(k, 'tick-29453760');
    expect(jobNames(k)).toHaveLength(2);
    expect([...new Set(k.events.map(({ reason }) => reason))]).toEqual(['SuccessfulCreate', 'JobAlreadyActive', 'SawCompletedJob']);
  });

  it('replaces what still runs', () => {
    const k = kit({ concurrencyPolicy: 'Replace' });
    k.run(MINUTE_US + 1_000_000);
    expect(k.log.filter((line) => line.includes('jobs/default/tick-'))).toEqual(['create jobs/default/tick-29453760', 'delete jobs/default/tick-29453760', 'create jobs/default/tick-29453761']);
  });

  it.each([[30, []], [300, ['tick-29453759']]])('starts late by at most %d s', (startingDeadlineSeconds, started) => {
    const k = kit({ schedule: '59 23 * * *', startingDeadlineSeconds }, { lastScheduleTime: '2025-12-30T23:59:00Z' });
    expect(jobNames(k)).toEqual(started);
  });
});
