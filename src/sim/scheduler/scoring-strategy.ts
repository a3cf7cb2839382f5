// How full a node may be: the scoring strategies of NodeResourcesFit and the balance of NodeResourcesBalancedAllocation.
// All integers are int64 with truncation in the real code; products here stay below 2^53 up to 80 TB.
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
export function brokenLine(shape: readonly UtilizationShapePoint[], utilization: number): number {
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
  };
}

/** 100 × (1 − standard deviation of the shares in use). */
function balance(fractions: readonly number[]): number {
  let deviation = 0;
  const [first = 0, second = 0] = fractions;
  if (fractions.length === 2) deviation = Math.abs((first - second) / 2);
  else if (fractions.length > 2) {
    const mean = fractions.reduce((sum, f) => sum + f, 0) / fractions.length;
    deviation = Math.sqrt(fractions.reduce((sum, f) => sum + (f - mean) * (f - mean), 0) / fractions.length);
  }
  return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
}

/** How much more, or less, balanced the node becomes: 75 for no change (balanced allocation of 1.36). */
export function balanceScore(node: NodeInfo, resources: readonly ResourceSpec[], amounts: readonly number[]): number {
  const before: number[] = [];
  const after: number[] = [];
  for (const [i, { name }] of resources.entries()) {
    const amount = amounts[i] ?? 0;
    const capacity = node.allocatable(name);
    if (!counts(name, capacity, amount)) continue;
    const used = node.requested(name);
    before.push(Math.min(1, used / capacity));
    after.push(Math.min(1, (used + amount) / capacity));
  }
  const half = MAX_NODE_SCORE / 2;
  return half + Math.trunc((half + balance(after) - balance(before)) / 2);
}
