// Making room for a more important pod (models framework/preemption and plugins/defaultpreemption): on every node
// where it may help, take all less important pods away, then put back as many as possible; choose by five rules.
import type { PodDisruptionBudget } from '../api/generated/types.ts';
import { matchesSelector, selectorOf } from '../api/selectors.ts';
import type { CandidateDetail, PreemptionRule, RuleDetail } from './framework/attempt.ts';
import type { PostFilterContext, Victims } from './framework/plugin.ts';
import type { Status } from './framework/status.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

export interface Candidate extends Victims {
  /** Pods that were looked at and may stay. */
  readonly reprieved: readonly PodInfo[];
}

/** Start time, or now for a pod that the kubelet has not started yet. */
function startOf(info: PodInfo, unixUs: number): number {
  return info.startTimeUs ?? unixUs;
}

/** util.MoreImportantPod as a sort order: higher priority, then longer running. */
export function byImportance(unixUs: number): (a: PodInfo, b: PodInfo) => number {
  return (a, b) => b.priority - a.priority || startOf(a, unixUs) - startOf(b, unixUs);
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
 * SelectVictimsOnNode: whom to evict from `node` so that the pod fits, or why nobody's eviction helps.
 * Simulates on a copy and leaves the cycle's state as it was.
 */
export function selectVictims(
  context: PostFilterContext, original: NodeInfo, budgets: readonly PodDisruptionBudget[], noVictims: Status,
): Candidate | Status {
  const { pod, handle } = context;
  const potential = original.pods.filter((info) => info.priority < pod.priority);
  if (potential.length === 0) return noVictims;
  const node = original.clone(original.owner);
  for (const info of potential) context.removePod(info, node);
  const refusal = context.filter(node);
  if (refusal !== undefined) {
    for (const info of potential) context.addPod(info, node);
    return refusal;
  }
  const order = byImportance(handle.unixUs);
  if (potential.length > 1) potential.sort(order);
  const { violating, others } = budgets.length === 0 ? { violating: [], others: potential } : splitByBudgets(potential, budgets);
  const victims: PodInfo[] = [];
  const reprieved: PodInfo[] = [];
  const tryToKeep = (info: PodInfo) => {
    context.addPod(info, node);
    if (context.filter(node) === undefined) {
      reprieved.push(info);
      return;
    }
    context.removePod(info, node);
    victims.push(info);
  };
  for (const info of violating) tryToKeep(info);
  const pdbViolations = victims.length;
  for (const info of others) tryToKeep(info);
  for (const info of victims) context.addPod(info, node);
  if (violating.length > 0 && others.length > 0) victims.sort(order);
  return { node: node.name, pods: victims, reprieved, pdbViolations };
}

// ---- the choice ----

interface Rule {
  readonly name: PreemptionRule;
  /** Higher is better. */
  value(candidate: Candidate, unixUs: number): number;
}

/** The earliest start among the most important victims. */
function earliestStart({ pods }: Candidate, unixUs: number): number {
  const highest = Math.max(...pods.map((info) => info.priority));
  return Math.min(...pods.filter((info) => info.priority === highest).map((info) => startOf(info, unixUs)));
}

const RULES: readonly Rule[] = [
  { name: 'pdbViolations', value: (candidate) => -candidate.pdbViolations },
  { name: 'highestPriority', value: (candidate) => -(candidate.pods[0]?.priority ?? 0) },
  // Shifted so that several victims of negative priority are not better than one.
  { name: 'sumOfPriorities', value: (candidate) => -candidate.pods.reduce((sum, info) => sum + info.priority + 0x8000_0000, 0) },
  { name: 'numberOfVictims', value: (candidate) => -candidate.pods.length },
  { name: 'latestStartTime', value: earliestStart },
];

export interface Selection {
  /** Candidates that are equal by all rules. */
  readonly best: readonly Candidate[];
  readonly rules: readonly RuleDetail[];
}

/** pickOneNodeForPreemption: each rule keeps the best of those that are left, until one is. */
export function selectCandidate(candidates: readonly Candidate[], unixUs: number, detail: boolean): Selection {
  let best = candidates;
  const rules: RuleDetail[] = [];
  for (const rule of RULES) {
    if (best.length <= 1) break;
    const values = best.map((candidate) => rule.value(candidate, unixUs));
    const highest = values.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
    const kept = best.filter((_, i) => values[i] === highest);
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
