// How fast an autoscaler may follow its metrics (models the normalisation in horizontal.go). Times are µs.
import type { HorizontalPodAutoscaler, HPAScalingRules } from '../../api/generated/types.ts';

interface Recommendation { readonly replicas: number; readonly atUs: number }
interface ScaleEvent { readonly change: number; readonly atUs: number }

/** What is remembered of one autoscaler; replaced, not changed. */
export interface Memory {
  readonly recommendations: readonly Recommendation[];
  readonly ups: readonly ScaleEvent[];
  readonly downs: readonly ScaleEvent[];
}

export const NO_MEMORY: Memory = { recommendations: [], ups: [], downs: [] };

export interface Condition { readonly type: string; readonly status: 'True' | 'False'; readonly reason: string; readonly message: string }

export interface Normalised { readonly replicas: number; readonly conditions: readonly Condition[]; readonly memory: Memory }

export interface Wish { readonly current: number; readonly desired: number; readonly min: number; readonly max: number; readonly nowUs: number; readonly windowUs: number }

const SECOND_US = 1_000_000;
const LOWEST = 'recent recommendations were lower than current one, applying the lowest recent recommendation';
const HIGHEST = 'recent recommendations were higher than current one, applying the highest recent recommendation';
const IN_RANGE = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
const UP_LIMIT = { reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' };
const DOWN_LIMIT = { reason: 'ScaleDownLimit', message: 'the desired replica count is decreasing faster than the maximum scale rate' };
const TOO_MANY = { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' };
const TOO_FEW = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' };

interface Limited { readonly replicas: number; readonly reason: string; readonly message: string }

/** The first recommendation of an autoscaler is what it finds. */
export function begun(memory: Memory, replicas: number, nowUs: number): Memory {
  return memory.recommendations.length > 0 ? memory : { ...memory, recommendations: [{ replicas, atUs: nowUs }] };
}

/** What is left of a wish after stabilization and limits. */
export function normalise(spec: HorizontalPodAutoscaler['spec'], wish: Wish, memory: Memory): Normalised {
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  if (!spec.behavior) return plain(wish, memory);
  const up = rulesOf(scaleUp, 0);
  const down = rulesOf(scaleDown, wish.windowUs / SECOND_US);
  const stable = stabilised(wish, memory, up.windowUs, down.windowUs);
  const reason = wish.desired >= wish.current ? { reason: 'ScaleUpStabilized', message: LOWEST } : { reason: 'ScaleDownStabilized', message: HIGHEST };
  const limited = limitRate({ ...wish, desired: stable }, memory, up, down);
  return told(wish, stable, reason, limited, remember(memory, wish, Math.min(wish.nowUs - up.windowUs, wish.nowUs - down.windowUs)));
}

function told(wish: Wish, stable: number, stabilised: { readonly reason: string; readonly message: string }, limited: Limited, memory: Memory): Normalised {
  const able = stable === wish.desired ? { reason: 'ReadyForNewScale', message: 'recommended size matches current size' } : stabilised;
  const conditions: readonly Condition[] = [
    { type: 'AbleToScale', status: 'True', ...able },
    { type: 'ScalingLimited', status: limited.replicas === stable ? 'False' : 'True', reason: limited.reason, message: limited.message },
  ];
  return { replicas: limited.replicas, conditions, memory };
}

/** One slot that is too old is used again; without one the list grows. */
function remember(memory: Memory, { desired, nowUs }: Wish, oldBeforeUs: number): Memory {
  const at = memory.recommendations.findLastIndex(({ atUs }) => atUs < oldBeforeUs);
  const entry: Recommendation = { replicas: desired, atUs: nowUs };
  return { ...memory, recommendations: at < 0 ? [...memory.recommendations, entry] : memory.recommendations.with(at, entry) };
}

/** Without a behavior: the highest recommendation of the window, and at most twice the size (or 4) at a time. */
function plain(wish: Wish, memory: Memory): Normalised {
  const cutoffUs = wish.nowUs - wish.windowUs;
  const stable = Math.max(wish.desired, ...memory.recommendations.filter(({ atUs }) => atUs >= cutoffUs).map(({ replicas }) => replicas));
  const upLimit = Math.max(2 * wish.current, 4);
  const highest = Math.min(wish.max, upLimit);
  const limited: Limited = stable < wish.min ? { replicas: wish.min, ...TOO_FEW }
    : stable > highest ? { replicas: highest, ...(wish.max > upLimit ? UP_LIMIT : TOO_MANY) } : { replicas: stable, ...IN_RANGE };
  return told(wish, stable, { reason: 'ScaleDownStabilized', message: HIGHEST }, limited, remember(memory, wish, cutoffUs));
}

interface Rules { readonly windowUs: number; readonly selectPolicy: string; readonly policies: NonNullable<HPAScalingRules['policies']> }

function rulesOf(rules: HPAScalingRules | undefined, windowSeconds: number): Rules {
  return { windowUs: (rules?.stabilizationWindowSeconds ?? windowSeconds) * SECOND_US, selectPolicy: rules?.selectPolicy ?? 'Max', policies: rules?.policies ?? [] };
}

function stabilised({ current, desired, nowUs }: Wish, { recommendations }: Memory, upWindowUs: number, downWindowUs: number): number {
  const within = (windowUs: number): readonly number[] => recommendations.filter(({ atUs }) => atUs > nowUs - windowUs).map(({ replicas }) => replicas);
  const lowest = Math.min(desired, ...within(upWindowUs));
  const highest = Math.max(desired, ...within(downWindowUs));
  return Math.min(Math.max(current, lowest), highest);
}

function limitRate(wish: Wish, memory: Memory, up: Rules, down: Rules): Limited {
  const { current, desired, min, max, nowUs } = wish;
  if (desired > current) {
    const limit = Math.max(rateLimit(up, 1, current, memory, nowUs), current);
    const highest = Math.min(max, limit);
    if (desired > highest) return { replicas: highest, ...(max > limit ? UP_LIMIT : TOO_MANY) };
  } else if (desired < current) {
    const limit = Math.min(rateLimit(down, -1, current, memory, nowUs), current);
    const lowest = Math.max(min, limit);
    if (desired < lowest) return { replicas: lowest, ...(min < limit ? DOWN_LIMIT : TOO_FEW) };
  }
  return { replicas: desired, ...IN_RANGE };
}

/** How far the policies let it go; `direction` is 1 or -1. */
function rateLimit({ selectPolicy, policies }: Rules, direction: 1 | -1, current: number, { ups, downs }: Memory, nowUs: number): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const changed = (events: readonly ScaleEvent[]): number => events.filter(({ atUs }) => atUs > nowUs - periodSeconds * SECOND_US).reduce((sum, { change }) => sum + change, 0);
    const start = current - changed(ups) + changed(downs);
    if (type === 'Pods') return start + direction * value;
    const scaled = start * (1 + (direction * value) / 100);
    return direction > 0 ? Math.ceil(scaled) : Math.trunc(scaled);
  });
  return (selectPolicy === 'Min') === (direction > 0) ? Math.min(...limits) : Math.max(...limits);
}

/** Remembers a change of size that was made. */
export function scaled(spec: HorizontalPodAutoscaler['spec'], memory: Memory, from: number, to: number, nowUs: number): Memory {
  if (!spec.behavior) return memory;
  const isUp = to > from;
  const { policies } = rulesOf(isUp ? spec.behavior.scaleUp : spec.behavior.scaleDown, 0);
  const longestUs = Math.max(0, ...policies.map(({ periodSeconds }) => periodSeconds)) * SECOND_US;
  const events = [...(isUp ? memory.ups : memory.downs).filter(({ atUs }) => atUs >= nowUs - longestUs), { change: Math.abs(to - from), atUs: nowUs }];
  return isUp ? { ...memory, ups: events } : { ...memory, downs: events };
}
