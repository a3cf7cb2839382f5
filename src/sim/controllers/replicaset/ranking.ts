// Which pods go first when there are too many (models controller.ActivePodsWithRanks and getPodsToDelete).
import { parseTime } from '../../../base/time.ts';
import type { Pod } from '../../api/generated/types.ts';
import { isActive, isReady, readySinceUs } from '../pods.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** What the ranking looks at. Times in µs since 1970, 0 when unknown. */
interface Facts {
  readonly assigned: boolean;
  readonly phase: number;
  readonly ready: boolean;
  readonly cost: number;
  readonly readySinceUs: number;
  readonly restarts: number;
  readonly sidecarRestarts: number;
  readonly createdUs: number;
  readonly uid: string;
}

/** One pod in the ranking; `colocated`: active pods of the same Deployment on its node, itself included. */
interface Candidate { readonly pod: Pod; readonly facts: Facts; readonly colocated: number }

/** A rule, named for the explanation; negative: `a` goes first, positive: `b`, 0: the next rule decides. */
interface Rule { readonly code: string; compare(a: Candidate, b: Candidate, nowUs: number): number }

export interface Choice {
  readonly pod: Pod;
  /** The rule by which it comes before the first pod that stays: `unassigned`, `phase`, `notReady`, … */
  readonly rule: string;
}

const known = new WeakMap<Pod, Facts>();

function factsOf(pod: Pod): Facts {
  let facts = known.get(pod);
  if (!facts) {
    facts = {
      assigned: (pod.spec?.nodeName ?? '') !== '', phase: PHASE_ORDER[pod.status?.phase ?? ''] ?? 0, ready: isReady(pod), cost: deletionCost(pod),
      readySinceUs: readySinceUs(pod), ...restartsOf(pod), createdUs: parseTime(pod.metadata.creationTimestamp ?? '') ?? 0, uid: pod.metadata.uid ?? '',
    };
    known.set(pod, facts);
  }
  return facts;
}

/** The annotation as a 32-bit integer; what is not one counts as 0. */
function deletionCost(pod: Pod): number {
  const value = pod.metadata.annotations?.[DELETION_COST];
  if (value === undefined || !/^(0|-?[1-9]\d*|-0\d*)$/.test(value)) return 0;
  const cost = Number(value);
  return cost >= -0x8000_0000 && cost <= 0x7fff_ffff ? cost : 0;
}

/** The highest restart count of a container, and of a sidecar (an init container that is always restarted). */
function restartsOf(pod: Pod): { readonly restarts: number; readonly sidecarRestarts: number } {
  let restarts = 0;
  let sidecarRestarts = 0;
  for (const status of pod.status?.containerStatuses ?? []) restarts = Math.max(restarts, status.restartCount);
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always').map((container) => container.name);
  for (const status of pod.status?.initContainerStatuses ?? []) {
    if (sidecars.includes(status.name)) sidecarRestarts = Math.max(sidecarRestarts, status.restartCount);
  }
  return { restarts, sidecarRestarts };
}

/** Ages are compared by their binary logarithm in nanoseconds (LogarithmicScaleDown); alike ones are ordered by uid. */
function compareAges(a: Candidate, b: Candidate, aUs: number, bUs: number, nowUs: number): number {
  if (aUs === bUs) return 0;
  if (aUs === 0 || bUs === 0) return aUs === 0 ? -1 : 1;
  const difference = magnitude(nowUs - aUs) - magnitude(nowUs - bUs);
  return difference !== 0 ? difference : a.facts.uid < b.facts.uid ? -1 : 1;
}

function magnitude(ageUs: number): number {
  return ageUs > 0 ? Math.floor(Math.log2(ageUs * 1000)) : -1;
}

const RULES: readonly Rule[] = [
  { code: 'unassigned', compare: (a, b) => Number(a.facts.assigned) - Number(b.facts.assigned) },
  { code: 'phase', compare: (a, b) => a.facts.phase - b.facts.phase },
  { code: 'notReady', compare: (a, b) => Number(a.facts.ready) - Number(b.facts.ready) },
  { code: 'deletionCost', compare: (a, b) => a.facts.cost - b.facts.cost },
  { code: 'colocated', compare: (a, b) => b.colocated - a.colocated },
  { code: 'readyTime', compare: (a, b, nowUs) => (a.facts.ready && b.facts.ready ? compareAges(a, b, a.facts.readySinceUs, b.facts.readySinceUs, nowUs) : 0) },
  { code: 'restarts', compare: (a, b) => b.facts.restarts - a.facts.restarts },
  { code: 'sidecarRestarts', compare: (a, b) => b.facts.sidecarRestarts - a.facts.sidecarRestarts },
  { code: 'age', compare: (a, b, nowUs) => compareAges(a, b, a.facts.createdUs, b.facts.createdUs, nowUs) },
];

const WITHOUT_RANK = new Set(['unassigned', 'phase', 'notReady', 'restarts', 'sidecarRestarts']);

/** Which of two pods a controller without ranks takes first: newer ones before older ones (models controller.ActivePods). */
export function byRemoval(a: Pod, b: Pod): number {
  const [left, right] = [a, b].map((pod): Candidate => ({ pod, facts: factsOf(pod), colocated: 0 })) as [Candidate, Candidate];
  for (const rule of RULES) {
    const order = WITHOUT_RANK.has(rule.code) ? rule.compare(left, right, 0) : 0;
    if (order !== 0) return order;
    if (rule.code === 'readyTime' && left.facts.ready && right.facts.ready && left.facts.readySinceUs !== right.facts.readySinceUs) return newerFirst(left.facts.readySinceUs, right.facts.readySinceUs);
  }
  return newerFirst(left.facts.createdUs, right.facts.createdUs);
}

function newerFirst(aUs: number, bUs: number): number {
  return aUs === 0 || bUs === 0 ? aUs - bUs : bUs - aUs;
}

/** Where no rule decides, the real order is that of a Go map; ours is that of the uids, which are random as well. */
const TIE: Rule = { code: 'tie', compare: (a, b) => (a.facts.uid < b.facts.uid ? -1 : a.facts.uid > b.facts.uid ? 1 : 0) };

function decidingRule(a: Candidate, b: Candidate, nowUs: number): Rule {
  for (const rule of RULES) if (rule.compare(a, b, nowUs) !== 0) return rule;
  return TIE;
}

function compare(a: Candidate, b: Candidate, nowUs: number): number {
  return decidingRule(a, b, nowUs).compare(a, b, nowUs);
}

/**
 * The `count` pods to delete out of the active ones, first to go first.
 * @param related pods of all ReplicaSets of the same Deployment; empty for a stand-alone ReplicaSet, which therefore does not look at co-location
 * @param unixUs now, µs since 1970
 */
export function podsToDelete(active: readonly Pod[], related: Iterable<Pod>, count: number, unixUs: number): readonly Choice[] {
  if (count >= active.length) return active.map((pod) => ({ pod, rule: 'all' }));
  const onNode = new Map<string, number>();
  for (const pod of related) {
    if (isActive(pod)) onNode.set(pod.spec?.nodeName ?? '', (onNode.get(pod.spec?.nodeName ?? '') ?? 0) + 1);
  }
  const candidates = active.map((pod) => ({ pod, facts: factsOf(pod), colocated: onNode.get(pod.spec?.nodeName ?? '') ?? 0 }));
  const first = smallest(candidates, count + 1, (a, b) => compare(a, b, unixUs));
  const staying = first.pop() as Candidate;
  return first.map((candidate) => ({ pod: candidate.pod, rule: decidingRule(candidate, staying, unixUs).code }));
}

const FEW = 32;

/** The `count` smallest in order. For a few of many, one pass with a short sorted list; else sorts all. */
function smallest<T>(items: readonly T[], count: number, order: (a: T, b: T) => number): T[] {
  if (count > FEW) return items.toSorted(order).slice(0, count);
  const best: T[] = [];
  for (const item of items) {
    if (best.length === count && order(item, best[count - 1] as T) >= 0) continue;
    let at = best.length;
    while (at > 0 && order(item, best[at - 1] as T) < 0) at--;
    best.splice(at, 0, item);
    if (best.length > count) best.pop();
  }
  return best;
}
