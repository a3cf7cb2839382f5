import { describe, expect, it } from 'vitest';
import type { HPAScalingRules, Pod } from '../../api/generated/types.ts';
import { NO_MEMORY, begun, normalise, scaled } from './behavior.ts';
import type { Memory, Wish } from './behavior.ts';
import { replicasForAverage, replicasForUtilization } from './replicas.ts';
import type { PodMetric, PodMetrics } from './metrics.ts';

const SECOND_US = 1_000_000;
const NOW_US = 1_767_225_600 * SECOND_US;
const settings = { tolerances: { down: 0.1, up: 0.1 }, unixUs: NOW_US, cpuInitializationUs: 300 * SECOND_US, initialReadinessUs: 30 * SECOND_US };

function pod(name: string, change: { readonly phase?: string; readonly ready?: boolean; readonly deleted?: boolean } = {}): Pod {
  const { phase = 'Running', ready = true, deleted = false } = change;
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    spec: { containers: [{ name: 'main', resources: { requests: { cpu: '200m' } } }] },
    status: { phase, startTime: '2025-12-31T00:00:00Z', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2025-12-31T00:00:01Z' }] },
  } as Pod;
}

const used = (milli: number): PodMetric => ({ milli, unixUs: NOW_US, windowUs: SECOND_US });
const metricsOf = (use: Readonly<Record<string, number>>): PodMetrics => new Map(Object.entries(use).map(([name, milli]) => [name, used(milli)]));

function ask(pods: readonly Pod[], use: Readonly<Record<string, number>>, target: number): number {
  return replicasForUtilization({ pods, metrics: metricsOf(use), resource: 'cpu', current: pods.length, settings }, target, '').replicas;
}

describe('replicas for a utilization', () => {
  const two = [pod('a'), pod('b')];

  it('stay within the tolerance', () => {
    expect(ask(two, { a: 108, b: 108 }, 50)).toBe(2);
    expect(ask(two, { a: 120, b: 120 }, 50)).toBe(3);
  });

  it('take pods without metrics as idle on the way up and as fully used on the way down', () => {
    expect(ask([...two, pod('c')], { a: 200, b: 200 }, 50)).toBe(4);
    expect(ask([...two, pod('c')], { a: 20, b: 20 }, 50)).toBe(3);
  });

  it('do not count pods that start or go', () => {
    expect(ask([...two, pod('c', { phase: 'Pending' })], { a: 200, b: 200 }, 50)).toBe(4);
    expect(ask([...two, pod('c', { deleted: true })], { a: 50, b: 50, c: 999 }, 50)).toBe(1);
  });

  it('say what is missing', () => {
    expect(() => ask([], { a: 1 }, 50)).toThrow('no pods returned by selector while calculating replica count');
    expect(() => ask([pod('a', { phase: 'Pending' })], { a: 1 }, 50)).toThrow('did not receive metrics for targeted pods (pods might be unready)');
    const bare = { ...pod('a'), spec: { containers: [{ name: 'main' }] } } as Pod;
    expect(() => ask([bare], { a: 1 }, 50)).toThrow('missing request for cpu in container main of Pod a');
  });

  it('or for an amount', () => {
    expect(replicasForAverage({ pods: two, metrics: metricsOf({ a: 300, b: 100 }), resource: 'cpu', current: 2, settings }, 100)).toEqual({ replicas: 4, averageMilli: 200, utilization: undefined });
  });
});

describe('normalisation', () => {
  const wish = (current: number, desired: number, nowUs = 0): Wish => ({ current, desired, min: 1, max: 20, nowUs, windowUs: 300 * SECOND_US });
  const spec = (scaleUp?: HPAScalingRules, scaleDown?: HPAScalingRules): Parameters<typeof normalise>[0] =>
    ({ maxReplicas: 20, scaleTargetRef: { kind: 'Deployment', name: 'web' }, ...((scaleUp || scaleDown) && { behavior: { scaleUp, scaleDown } }) });
  const reasons = (conditions: readonly { readonly reason: string }[]): readonly string[] => conditions.map(({ reason }) => reason);

  it('at most doubles, or goes to four', () => {
    expect(normalise(spec(), wish(1, 9), NO_MEMORY)).toMatchObject({ replicas: 4, conditions: [{ reason: 'ReadyForNewScale' }, { reason: 'ScaleUpLimit', status: 'True' }] });
    expect(normalise(spec(), wish(6, 30), NO_MEMORY).replicas).toBe(12);
    expect(reasons(normalise(spec(), wish(15, 30), NO_MEMORY).conditions)).toEqual(['ReadyForNewScale', 'TooManyReplicas']);
  });

  it('holds the highest recommendation of the window', () => {
    const memory = begun(NO_MEMORY, 8, 0);
    expect(normalise(spec(), wish(8, 2, 60 * SECOND_US), memory)).toMatchObject({ replicas: 8, conditions: [{ reason: 'ScaleDownStabilized' }, { reason: 'DesiredWithinRange' }] });
    expect(normalise(spec(), wish(8, 2, 301 * SECOND_US), memory).replicas).toBe(2);
  });

  it('follows the policies', () => {
    const slow = spec({ policies: [{ type: 'Pods', value: 1, periodSeconds: 5 }], selectPolicy: 'Max', stabilizationWindowSeconds: 0 }, { selectPolicy: 'Disabled' });
    let memory: Memory = begun(NO_MEMORY, 2, 0);
    expect(normalise(slow, wish(2, 6, SECOND_US), memory).replicas).toBe(3);
    memory = scaled(slow, memory, 2, 3, SECOND_US);
    expect(normalise(slow, wish(3, 6, 3 * SECOND_US), memory).replicas).toBe(3);
    expect(normalise(slow, wish(3, 6, 7 * SECOND_US), memory).replicas).toBe(4);
    expect(reasons(normalise(slow, wish(3, 1, 400 * SECOND_US), memory).conditions)).toEqual(['ReadyForNewScale', 'ScaleDownLimit']);
  });

  it('takes percentages of what there was when the period began', () => {
    const halves = spec(undefined, { policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }], selectPolicy: 'Max', stabilizationWindowSeconds: 0 });
    const memory = scaled(halves, NO_MEMORY, 8, 5, 0);
    expect(normalise(halves, wish(5, 1, SECOND_US), memory).replicas).toBe(4);
  });
});
