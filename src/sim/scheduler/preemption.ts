// Making room for a more important pod (models framework/preemption and plugins/defaultpreemption): on every node
// where it may help, take all less important pods away, then put back as many as possible; choose by five rules.
import type { PodDisruptionBudget } from '../api/generated/types.ts';
import { matchesSelector, selectorOf } from '../api/selectors.ts';
import type { CandidateDetail, PreemptionRule, RuleDetail } from './framework/attempt.ts';
import type { Candidate, PostFilterContext } from './framework/plugin.ts';
import type { Status } from './framework/status.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

const NO_PODS: readonly PodInfo[] = [];

/** Start time, or now for a pod that the kubelet has not started yet. */
function startOf(info: PodInfo, unixUs: number): number {
  return info.startTimeUs ?? unixUs;
}

/** util.MoreImportantPod as a sort, stable and in place: higher priority first, then who has run longer. */
function sortByImportance(pods: PodInfo[], unixUs: number): void {
  pods.sort((a, b) => b.priority - a.priority || startOf(a, unixUs) - startOf(b, unixUs));
}

function covers(budget: PodDisruptionBudget, info: PodInfo): boolean {
  if (budget.metadata.namespace !== info.namespace) return false;
  const selector = selectorOf(budget.spec?.selector);
  // Here an empty selector covers no pod, and a pod that is already being disrupted counts no more.
  if (selector.requirements.length === 0 || !matchesSelector(selector, info.labels)) return false;
  return budget.status?.disruptedPods?.[info.name] === undefined;
}

/** Splits pods, in their order, by whether evicting them too would overdraw a budget (filterPodsWithPDBViolation). */
function splitByBudgets(pods: readonly PodInfo[], budgets: readonly PodDisruptionBudget[]): { readonly violating: PodInfo[]; readonly others: PodInfo[] } {
  const allowed = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]));
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const info of pods) {
    let violates = false;
    for (const budget of Object.keys(info.labels).length > 0 ? budgets : []) {
      if (!covers(budget, info)) continue;
      const left = (allowed.get(budget) ?? 0) - 1;
      allowed.set(budget, left);
      if (left < 0) violates = true;
    }
    (violates ? violating : others).push(info);
  }
  return { violating, others };
}

/**
 * SelectVictimsOnNode: whom to evict from `original` so that the pod fits, or why nobody's eviction helps.
 * Simulates on `node`, which becomes a copy, and leaves the cycle's state as it was.
 */
export function selectVictims(
  context: PostFilterContext, original: NodeInfo, node: NodeInfo, budgets: readonly PodDisruptionBudget[], noVictims: Status,
): Candidate | Status {
  const { pod, handle } = context;
  const potential: PodInfo[] = [];
  for (const info of original.pods) if (info.priority < pod.priority) potential.push(info);
  if (potential.length === 0) return noVictims;
  node.become(original);
  for (const info of potential) context.removePod(info, node);
  const refusal = context.filter(node);
  if (refusal !== undefined) {
    for (const info of potential) context.addPod(info, node);
    return refusal;
  }
  if (potential.length > 1) sortByImportance(potential, handle.unixUs);
  const { violating, others } = budgets.length === 0 ? { violating: NO_PODS, others: potential } : splitByBudgets(potential, budgets);
  const victims: PodInfo[] = [];
  const reprieved: PodInfo[] = [];
  for (const info of violating) (staysIn(context, info, node) ? reprieved : victims).push(info);
  const pdbViolations = victims.length;
  for (const info of others) (staysIn(context, info, node) ? reprieved : victims).push(info);
  for (const info of victims) context.addPod(info, node);
  if (violating.length > 0 && others.length > 0) sortByImportance(victims, handle.unixUs);
  return candidate(node.name, victims, reprieved, pdbViolations);
}

/** Works out once by what candidates are compared. */
function candidate(node: string, pods: readonly PodInfo[], reprieved: readonly PodInfo[], pdbViolations: number): Candidate {
  let highestPriority = Number.NEGATIVE_INFINITY;
  let earliest = Number.POSITIVE_INFINITY;
  let prioritySum = 0;
  for (const info of pods) {
    // Shifted so that several victims of negative priority are not better than one.
    prioritySum += info.priority + 0x8000_0000;
    if (info.priority < highestPriority) continue;
    if (info.priority > highestPriority) earliest = Number.POSITIVE_INFINITY;
    highestPriority = info.priority;
    earliest = Math.min(earliest, info.startTimeUs ?? Number.POSITIVE_INFINITY);
  }
  const earliestStartUs = earliest === Number.POSITIVE_INFINITY ? undefined : earliest;
  return { node, pods, reprieved, pdbViolations, highestPriority, prioritySum, earliestStartUs };
}

/** Puts a pod back if the new one still fits beside it. */
function staysIn(context: PostFilterContext, info: PodInfo, node: NodeInfo): boolean {
  context.addPod(info, node);
  if (context.filter(node) === undefined) return true;
  context.removePod(info, node);
  return false;
}

// ---- the choice ----

interface Rule {
  readonly name: PreemptionRule;
  /** Higher is better. */
  value(candidate: Candidate, unixUs: number): number;
}

const RULES: readonly Rule[] = [
  { name: 'pdbViolations', value: (candidate) => -candidate.pdbViolations },
  { name: 'highestPriority', value: (candidate) => -candidate.highestPriority },
  { name: 'sumOfPriorities', value: (candidate) => -candidate.prioritySum },
  { name: 'numberOfVictims', value: (candidate) => -candidate.pods.length },
  { name: 'latestStartTime', value: (candidate, unixUs) => candidate.earliestStartUs ?? unixUs },
];

export interface Selection {
  /** Candidates that are equal by all rules. */
  readonly best: readonly Candidate[];
  readonly rules: readonly RuleDetail[];
}

/** The candidates with the highest value. */
function highest(candidates: readonly Candidate[], values: readonly number[]): readonly Candidate[] {
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > max) max = value;
  return candidates.filter((_, i) => values[i] === max);
}

/** pickOneNodeForPreemption: each rule keeps the best of those that are left, until one is. */
export function selectCandidate(candidates: readonly Candidate[], unixUs: number, detail: boolean): Selection {
  let best = candidates;
  const rules: RuleDetail[] = [];
  for (const rule of RULES) {
    if (best.length <= 1) break;
    const values: number[] = [];
    for (const candidate of best) values.push(rule.value(candidate, unixUs));
    const kept = highest(best, values);
    if (detail) {
      rules.push({
        rule: rule.name,
        values: Object.fromEntries(best.map((candidate, i) => [candidate.node, values[i] ?? 0])),
        kept: kept.map((candidate) => candidate.node),
      });
    }
    best = kept;
  }
  return { best, rules };
}

export function candidateDetail(candidate: Candidate): CandidateDetail {
  return {
    node: candidate.node,
    victims: candidate.pods.map((info) => info.key),
    reprieved: candidate.reprieved.map((info) => info.key),
    pdbViolations: candidate.pdbViolations,
  };
}
