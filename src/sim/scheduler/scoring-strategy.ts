// How full a node may be: the scoring strategies of NodeResourcesFit and the balance of NodeResourcesBalancedAllocation.
// All integers are int64 with truncation in the real code; products here stay below 2^53 up to 80 TB.
import type { ScoreTerm } from './framework/attempt.ts';
import { MAX_NODE_SCORE } from './framework/plugin.ts';
import type { NodeInfo } from './node-info.ts';
import type { ResourceSpec, ScoringStrategy, UtilizationShapePoint } from './plugin-args.ts';
import { isScalarResource } from './resources.ts';

/** Score of one resource of a node from what would be requested and what there is. */
type ResourceScore = (requested: number, capacity: number) => number;

const MAX_UTILIZATION = 100;
const MAX_CUSTOM_SCORE = 10;

function leastRequested(requested: number, capacity: number): number {
  if (capacity === 0 || requested > capacity) return 0;
  return Math.trunc(((capacity - requested) * MAX_NODE_SCORE) / capacity);
}

function mostRequested(requested: number, capacity: number): number {
  if (capacity === 0) return 0;
  return Math.trunc((Math.min(requested, capacity) * MAX_NODE_SCORE) / capacity);
}

/** Straight lines between the points (helper.BuildBrokenLinearFunction). */
function brokenLine(shape: readonly UtilizationShapePoint[], utilization: number): number {
  const scale = MAX_NODE_SCORE / MAX_CUSTOM_SCORE;
  let before: UtilizationShapePoint | undefined;
  for (const point of shape) {
    if (utilization <= point.utilization) {
      if (before === undefined) return point.score * scale;
      const rise = (point.score - before.score) * scale * (utilization - before.utilization);
      return before.score * scale + Math.trunc(rise / (point.utilization - before.utilization));
    }
    before = point;
  }
  return (before?.score ?? 0) * scale;
}

function byShape(shape: readonly UtilizationShapePoint[]): ResourceScore {
  return (requested, capacity) => (capacity === 0 || requested > capacity ? brokenLine(shape, MAX_UTILIZATION)
    : brokenLine(shape, Math.trunc((requested * MAX_UTILIZATION) / capacity)));
}

export interface FitScorer {
  /** `amounts[i]` is what the pod asks of `resources[i]`. */
  score(node: NodeInfo, amounts: readonly number[]): number;
  /** Each resource that counts, with its own score. */
  explain(node: NodeInfo, amounts: readonly number[]): readonly ScoreTerm[];
}

/** cpu and memory count 100m and 200Mi for containers without requests. */
function nonZeroRequested(node: NodeInfo, resource: string): number {
  if (resource === 'cpu') return node.nonZeroMilliCPU;
  return resource === 'memory' ? node.nonZeroMemory : node.requested(resource);
}

/** Whether a resource counts for this pod on this node: it exists there, and an extended one is asked for. */
function counts(resource: string, capacity: number, amount: number): boolean {
  return capacity !== 0 && (amount !== 0 || !isScalarResource(resource));
}

export function fitScorer(strategy: ScoringStrategy): FitScorer {
  const { resources, type } = strategy;
  const shape = strategy.requestedToCapacityRatio?.shape ?? [];
  const ofResource = type === 'LeastAllocated' ? leastRequested : type === 'MostAllocated' ? mostRequested : byShape(shape);
  const byRatio = type === 'RequestedToCapacityRatio';
  return {
    score(node, amounts) {
      let sum = 0;
      let weights = 0;
      for (let i = 0; i < resources.length; i++) {
        const { name, weight } = resources[i] ?? { name: '', weight: 0 };
        const amount = amounts[i] ?? 0;
        const capacity = node.allocatable(name);
        if (!counts(name, capacity, amount)) continue;
        const score = ofResource(nonZeroRequested(node, name) + amount, capacity);
        // A ratio of nothing says nothing: such a resource does not water down the others.
        if (byRatio && score <= 0) continue;
        sum += score * weight;
        weights += weight;
      }
      if (weights === 0) return 0;
      return byRatio ? Math.round(sum / weights) : Math.trunc(sum / weights);
    },
    explain: (node, amounts) => resources.flatMap(({ name, weight }, i) => {
      const capacity = node.allocatable(name);
      if (!counts(name, capacity, amounts[i] ?? 0)) return [];
      const requested = nonZeroRequested(node, name) + (amounts[i] ?? 0);
      return [{ code: type, params: { resource: name, requested, capacity, weight, score: ofResource(requested, capacity) } }];
    }),
  };
}

/** 100 × (1 − standard deviation of the first `count` shares in use). */
function balance(fractions: Float64Array, count: number): number {
  let deviation = 0;
  if (count === 2) deviation = Math.abs(((fractions[0] ?? 0) - (fractions[1] ?? 0)) / 2);
  else if (count > 2) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += fractions[i] ?? 0;
    const mean = sum / count;
    let squares = 0;
    for (let i = 0; i < count; i++) squares += ((fractions[i] ?? 0) - mean) ** 2;
    deviation = Math.sqrt(squares / count);
  }
  return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
}

export interface BalanceScorer {
  /** How much more, or less, balanced the node becomes: 75 for no change (balanced allocation of 1.36). */
  score(node: NodeInfo, amounts: readonly number[]): number;
}

export function balanceScorer(resources: readonly ResourceSpec[]): BalanceScorer {
  const half = MAX_NODE_SCORE / 2;
  // Used anew in every call; only there to save allocations.
  const before = new Float64Array(resources.length);
  const after = new Float64Array(resources.length);
  return {
    score(node, amounts) {
      let count = 0;
      for (let i = 0; i < resources.length; i++) {
        const name = resources[i]?.name ?? '';
        const amount = amounts[i] ?? 0;
        const capacity = node.allocatable(name);
        if (!counts(name, capacity, amount)) continue;
        const used = node.requested(name);
        before[count] = Math.min(1, used / capacity);
        after[count] = Math.min(1, (used + amount) / capacity);
        count++;
      }
      return half + Math.trunc((half + balance(after, count) - balance(before, count)) / 2);
    },
  };
}
