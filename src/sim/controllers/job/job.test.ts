import { describe, expect, it } from 'vitest';
import type { Job, JobSpec, Pod } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { INFORMERS } from '../informers.ts';
import { TestKit } from '../testkit.ts';
import { firstFree, formatIndexes, mergeIntervals, parseIndexes } from './indexes.ts';
import { jobController } from './index.ts';

const indexers = { pods: INFORMERS.get('pods')?.indexers ?? {}, jobs: INFORMERS.get('jobs')?.indexers ?? {} };

function jobOf(spec: Partial<JobSpec>): Job {
  return {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work', namespace: 'default', uid: 'job-uid' },
    spec: {
      parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false, podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { job: 'work' } }, template: { metadata: { labels: { job: 'work' } }, spec: { containers: [{ name: 'main', image: 'busybox' }], restartPolicy: 'Never' } }, ...spec,
    },
  };
}

function kit(spec: Partial<JobSpec>): TestKit<unknown, unknown> {
  const k = new TestKit(jobController, {}, indexers) as TestKit<unknown, unknown>;
  k.put('jobs', jobOf(spec) as ApiObject);
  k.run();
  return k;
}

const pods = (k: TestKit<unknown, unknown>): readonly Pod[] => k.all<ApiObject>('pods') as unknown as readonly Pod[];
const statusOf = (k: TestKit<unknown, unknown>): Job['status'] => (k.get('jobs', 'default/work') as unknown as Job).status;

function end(k: TestKit<unknown, unknown>, pod: Pod, phase: 'Succeeded' | 'Failed', finishedAt = '2026-01-01T00:00:01Z'): void {
  const containerStatuses = [{ name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: phase === 'Failed' ? 3 : 0, finishedAt } } }];
  k.put('pods', { ...pod, status: { phase, containerStatuses } } as ApiObject);
  k.run(k.nowUs + 3_000_000);
}

describe('indexes', () => {
  it('are read and written as the status has them', () => {
    expect(formatIndexes(parseIndexes('0,2-4,7,8', 10))).toBe('0,2-4,7,8');
    expect(formatIndexes(parseIndexes('1,3-9', 5))).toBe('1,3,4');
    expect(formatIndexes(mergeIntervals(parseIndexes('0,4', 9), parseIndexes('1-2,5', 9)))).toBe('0-2,4,5');
  });

  it('that are free come first', () => {
    expect(firstFree(parseIndexes('0,2-3', 9), 3, 6)).toEqual([1, 4, 5]);
  });
});

describe('a Job', () => {
  it('counts a pod, lets it go, and is complete', () => {
    const k = kit({});
    const [pod] = pods(k);
    expect(pod?.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    end(k, pod as Pod, 'Succeeded');
    expect(statusOf(k)).toMatchObject({ succeeded: 1, terminating: 0, conditions: [{ type: 'SuccessCriteriaMet' }, { type: 'Complete' }] });
    expect(k.events.map(({ reason }) => reason)).toEqual(['SuccessfulCreate', 'Completed']);
    expect(k.log).toContain('patch pods/default/' + pod?.metadata.name);
  });

  it('waits 10 s before it replaces a failed pod', () => {
    const k = kit({});
    end(k, pods(k)[0] as Pod, 'Failed');
    expect(pods(k)).toHaveLength(1);
    expect(statusOf(k)).toMatchObject({ failed: 1 });
    k.run(10_500_000);
    expect(pods(k)).toHaveLength(1);
    k.run(12_500_000);
    expect(pods(k)).toHaveLength(2);
  });

  it('fails when its limit is exceeded', () => {
    const k = kit({ backoffLimit: 0 });
    end(k, pods(k)[0] as Pod, 'Failed');
    expect(statusOf(k)?.conditions?.map(({ type, reason }) => `${type} ${reason}`)).toEqual(['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']);
  });

  it('fails at once when a rule says so', () => {
    const k = kit({ podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [3] } }] } });
    const [pod] = pods(k);
    end(k, pod as Pod, 'Failed');
    expect(k.events.at(-1)).toMatchObject({ reason: 'PodFailurePolicy', message: `Container main for pod default/${pod?.metadata.name} failed with exit code 3 matching FailJob rule at index 0` });
  });

  it('is over after its deadline', () => {
    const k = kit({ activeDeadlineSeconds: 5 });
    k.run(7_000_000);
    expect(statusOf(k)?.conditions?.[0]).toMatchObject({ type: 'FailureTarget', reason: 'DeadlineExceeded' });
    expect(k.log).toContain('delete pods/default/' + pods(k)[0]?.metadata.name);
  });

  it('gives each pod an index', () => {
    const k = kit({ completionMode: 'Indexed', completions: 3, parallelism: 2 });
    expect(pods(k).map(({ metadata, spec }) => [metadata.annotations?.['batch.kubernetes.io/job-completion-index'], spec?.hostname])).toEqual([['0', 'work-0'], ['1', 'work-1']]);
    end(k, pods(k)[1] as Pod, 'Succeeded');
    expect(statusOf(k)).toMatchObject({ completedIndexes: '1', succeeded: 1, active: 2 });
  });
});
