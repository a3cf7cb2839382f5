import { describe, expect, it } from 'vitest';
import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';
import { newReplicaSetAnnotations } from './annotations.ts';
import { lastRevision, sameTemplate } from './replica-sets.ts';
import { maxSurge, maxUnavailable, newReplicaSetSize, proportion } from './sizes.ts';

function deployment(replicas: number, surge: number | string, unavailable: number | string, annotations: Readonly<Record<string, string>> = {}): Deployment {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { annotations },
    spec: { replicas, selector: {}, template: {}, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } } },
  };
}

function replicaSet(replicas: number, annotations: Readonly<Record<string, string>> = {}): ReplicaSet {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { annotations }, spec: { replicas, selector: {} } };
}

describe('surge and unavailability', () => {
  it.each<readonly [number, number | string, number | string, number, number]>([
    [3, '25%', '25%', 1, 0],
    [10, '25%', '25%', 3, 2],
    [2, '0%', '1%', 0, 1],
    [1, 0, '25%', 0, 1],
    [4, 0, 10, 0, 4],
    [0, '25%', '25%', 0, 0],
    [5, '100%', 0, 5, 0],
  ])('of %d with %s and %s', (replicas, surge, unavailable, expectedSurge, expectedUnavailable) => {
    const subject = deployment(replicas, surge, unavailable);
    expect([maxSurge(subject), maxUnavailable(subject)]).toEqual([expectedSurge, expectedUnavailable]);
  });

  it('are none for Recreate', () => {
    const subject: Deployment = { ...deployment(3, 1, 1), spec: { ...deployment(3, 1, 1).spec, selector: {}, template: {}, strategy: { type: 'Recreate' } } };
    expect([maxSurge(subject), maxUnavailable(subject), newReplicaSetSize(subject, 9, 0)]).toEqual([0, 0, 3]);
  });
});

describe('the size of the new ReplicaSet', () => {
  it('fills the room that the surge leaves', () => {
    expect(newReplicaSetSize(deployment(10, 3, 2), 10, 0)).toBe(3);
    expect(newReplicaSetSize(deployment(10, 3, 2), 13, 3)).toBe(3);
    expect(newReplicaSetSize(deployment(10, 3, 2), 11, 9)).toBe(10);
  });
});

describe('shares of a scaled Deployment', () => {
  it('follow the sizes and never exceed what is to be shared', () => {
    const subject = deployment(15, 3, 2);
    const max = { 'deployment.kubernetes.io/max-replicas': '13' };
    expect(proportion(replicaSet(8, max), subject, 5, 0)).toBe(3);
    expect(proportion(replicaSet(5, max), subject, 5, 3)).toBe(2);
    expect(proportion(replicaSet(5, max), subject, 5, 4)).toBe(1);
    expect(proportion(replicaSet(0, max), subject, 5, 0)).toBe(0);
    expect(proportion(replicaSet(8, max), deployment(0, 3, 2), -13, 0)).toBe(-8);
  });

  it('fall back on the present size when the annotation is spoilt', () => {
    const subject = { ...deployment(20, 0, 1), status: { replicas: 10 } };
    expect(proportion(replicaSet(5, { 'deployment.kubernetes.io/max-replicas': 'x' }), subject, 10, 0)).toBe(5);
    expect(proportion(replicaSet(5), deployment(20, 0, 1), 10, 0)).toBe(0);
  });
});

describe('templates', () => {
  it('are equal whatever the hash label, the order and empty maps', () => {
    const a = { metadata: { labels: { app: 'x', 'pod-template-hash': '1' }, annotations: {} }, spec: { containers: [{ name: 'c', resources: {} }] } };
    const b = { spec: { containers: [{ name: 'c', env: [] }] }, metadata: { labels: { 'pod-template-hash': '2', app: 'x' } } };
    expect(sameTemplate(a, b)).toBe(true);
  });

  it('differ by an empty volume source', () => {
    expect(sameTemplate({ spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }] } }, { spec: { containers: [], volumes: [{ name: 'v' }] } })).toBe(false);
  });
});

describe('revisions', () => {
  const REVISION = 'deployment.kubernetes.io/revision';
  const HISTORY = 'deployment.kubernetes.io/revision-history';

  it('copies annotations but not those that belong to the Deployment', () => {
    const subject = deployment(1, 1, 1, { team: 'a', [REVISION]: '7', 'kubectl.kubernetes.io/last-applied-configuration': '{}' });
    expect(newReplicaSetAnnotations(subject, {}, 1)).toEqual({ team: 'a', [REVISION]: '1' });
  });

  it('keeps the history of a ReplicaSet that is used again, within 2000 characters', () => {
    const subject = deployment(1, 1, 1);
    expect(newReplicaSetAnnotations(subject, { [REVISION]: '1' }, 3)).toEqual({ [REVISION]: '3', [HISTORY]: '1' });
    expect(newReplicaSetAnnotations(subject, { [REVISION]: '3', [HISTORY]: '1' }, 5)).toEqual({ [REVISION]: '5', [HISTORY]: '1,3' });
    const long = Array.from({ length: 700 }, (_, index) => index).join(',');
    const { [HISTORY]: kept } = newReplicaSetAnnotations(subject, { [REVISION]: '800', [HISTORY]: long }, 801);
    expect(kept?.length).toBeLessThanOrEqual(2000);
    expect(kept?.endsWith('699,800')).toBe(true);
  });

  it('is left alone when it is not lower, or no number', () => {
    const subject = deployment(1, 1, 1);
    const before = { [REVISION]: '4' };
    expect(newReplicaSetAnnotations(subject, before, 3)).toBe(before);
    expect(newReplicaSetAnnotations(subject, { [REVISION]: 'x' }, 3)).toEqual({ [REVISION]: 'x' });
  });

  it('finds the last but one', () => {
    expect(lastRevision([replicaSet(0, { [REVISION]: '2' }), replicaSet(0, { [REVISION]: '5' }), replicaSet(0, { [REVISION]: '3' })])).toBe(3);
    expect(lastRevision([replicaSet(0, { [REVISION]: '5' })])).toBe(0);
  });
});
