import type { Node, Pod } from '../../api/generated/types.ts';
import { matchesSelector } from '../../api/selectors.ts';
import type { Collision, ScoreTerm } from '../framework/attempt.ts';
import { Action } from '../framework/events.ts';
import type { Handle, Plugin, PreScoreResult } from '../framework/plugin.ts';
import { labelPath, MAX_NODE_SCORE } from '../framework/plugin.ts';
import type { Status } from '../framework/status.ts';
import { status, unresolvable, unschedulable } from '../framework/status.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodTopologySpreadArgs } from '../plugin-args.ts';
import type { PodInfo } from '../pod-info.ts';
import type { NodeInclusion, SpreadConstraint } from '../spread-constraints.ts';
import { constraintsOf, HOSTNAME, matchingPodsPerSlot, nodeInclusion } from '../spread-constraints.ts';
import type { Topology } from '../topology-index.ts';

const NAME = 'PodTopologySpread';
const SKIP = { status: status(NAME, 'Skip') };
const REFUSAL = unschedulable(NAME, "node(s) didn't match pod topology spread constraints");
const MISSING_LABEL = unresolvable(NAME, "node(s) didn't match pod topology spread constraints (missing required label)");

/** Matching pods per domain of one constraint. Domains without an eligible node are not there. */
interface DomainCounts {
  readonly constraint: SpreadConstraint;
  readonly topology: Topology;
  readonly counts: Int32Array;
  readonly domains: number;
  readonly selfMatch: 0 | 1;
  /** Fewest matching pods in a domain; undefined: to be found again. */
  min: number | undefined;
}

interface SpreadState {
  readonly perConstraint: readonly DomainCounts[];
  readonly includes: NodeInclusion;
}

/** Counts can fall below zero in a simulation, because terminating pods are not counted but can be taken away. */
const NOT_A_DOMAIN = -0x8000_0000;

function hasAllTopologies(slot: number, topologies: readonly Topology[]): boolean {
  for (const topology of topologies) if (topology.idAt(slot) < 0) return false;
  return true;
}

/** Counts matching pods in the domains of all nodes that count for the constraint. */
function countDomains(handle: Handle, pod: PodInfo, constraint: SpreadConstraint, topologies: readonly Topology[], includes: NodeInclusion): DomainCounts {
  const { cache } = handle;
  const topology = cache.topology(constraint.topologyKey);
  const counts = new Int32Array(topology.values.length).fill(NOT_A_DOMAIN);
  const perSlot = matchingPodsPerSlot(handle, pod.namespace, constraint.selector);
  let domains = 0;
  for (const slot of cache.order()) {
    if (!hasAllTopologies(slot, topologies) || !includes(constraint, cache.at(slot))) continue;
    const id = topology.idAt(slot);
    let count = counts[id] ?? NOT_A_DOMAIN;
    if (count === NOT_A_DOMAIN) {
      domains++;
      count = 0;
    }
    counts[id] = count + (perSlot[slot] ?? 0);
  }
  const selfMatch = matchesSelector(constraint.selector, pod.labels) ? 1 : 0;
  return { constraint, topology, counts, domains, selfMatch, min: undefined };
}

function minimum(domain: DomainCounts): number {
  if (domain.domains < domain.constraint.minDomains) return 0;
  if (domain.min !== undefined) return domain.min;
  let min = Number.MAX_SAFE_INTEGER;
  for (const count of domain.counts) if (count !== NOT_A_DOMAIN && count < min) min = count;
  domain.min = min;
  return min;
}

function filter({ perConstraint }: SpreadState, node: NodeInfo): Status | undefined {
  for (const domain of perConstraint) {
    const id = domain.topology.idAt(node.slot);
    if (id < 0) return MISSING_LABEL;
    const known = domain.counts[id] ?? NOT_A_DOMAIN;
    const count = known === NOT_A_DOMAIN ? 0 : known;
    if (count + domain.selfMatch - minimum(domain) > domain.constraint.maxSkew) return REFUSAL;
  }
  return undefined;
}

function collisions({ perConstraint }: SpreadState, node: NodeInfo): readonly Collision[] {
  return perConstraint.flatMap((domain) => {
    const { constraint: { index, topologyKey, maxSkew }, topology, counts, selfMatch } = domain;
    const place = { pod: index < 0 ? 'spec' : `spec.topologySpreadConstraints[${index}]`, node: labelPath(topologyKey) };
    const id = topology.idAt(node.slot);
    if (id < 0) return [{ code: 'missingLabel', ...place, params: { topologyKey } }];
    const count = Math.max(0, counts[id] ?? 0);
    const least = minimum(domain);
    if (count + selfMatch - least <= maxSkew) return [];
    return [{ code: 'skew', ...place, params: { topologyKey, domain: topology.values[id] ?? '', count, self: selfMatch, least, maxSkew } }];
  });
}

/** A pod joins or leaves a node in a simulation. */
function update(state: SpreadState, pod: PodInfo, changed: PodInfo, node: NodeInfo, delta: 1 | -1): void {
  if (changed.namespace !== pod.namespace) return;
  if (!hasAllTopologies(node.slot, state.perConstraint.map((domain) => domain.topology))) return;
  for (const domain of state.perConstraint) {
    const { constraint, topology, counts } = domain;
    if (!matchesSelector(constraint.selector, changed.labels) || !state.includes(constraint, node)) continue;
    const id = topology.idAt(node.slot);
    counts[id] = (counts[id] ?? 0) + delta;
    domain.min = undefined;
  }
}

// ---- score ----

interface ScoreState {
  readonly constraints: readonly SpreadConstraint[];
  readonly topologies: readonly Topology[];
  /** By constraint: matching pods by domain, or by slot when the domain is the node itself. */
  readonly counts: readonly Int32Array[];
  /** Few large domains must not be drowned by many small ones: ln(number of domains + 2). */
  readonly weights: readonly number[];
  /** By slot: 1 for nodes that lack a label and get no score. */
  readonly ignored: Uint8Array;
}

/** Eligible domains among the feasible nodes: 1 where one is. Nodes without the label share one nameless domain. */
function scoredDomains(topology: Topology, feasible: readonly NodeInfo[], ignored: Uint8Array): { readonly present: Uint8Array; readonly size: number } {
  const nameless = topology.values.length;
  const present = new Uint8Array(nameless + 1);
  let size = 0;
  for (const { slot } of feasible) {
    if (ignored[slot] === 1) continue;
    const id = topology.idAt(slot);
    const domain = id < 0 ? nameless : id;
    if (present[domain] === 0) size++;
    present[domain] = 1;
  }
  return { present, size };
}

function countScored(handle: Handle, topology: Topology, present: Uint8Array, perSlot: Int32Array, eligible: (node: NodeInfo) => boolean): Int32Array {
  const { cache } = handle;
  const counts = new Int32Array(topology.values.length);
  for (const slot of cache.order()) {
    const id = topology.idAt(slot);
    if (id < 0 || present[id] === 0 || perSlot[slot] === 0 || !eligible(cache.at(slot))) continue;
    counts[id] = (counts[id] ?? 0) + (perSlot[slot] ?? 0);
  }
  return counts;
}

function preScore(handle: Handle, pod: PodInfo, feasible: readonly NodeInfo[], args: PodTopologySpreadArgs): PreScoreResult<ScoreState> {
  const constraints = constraintsOf(pod, handle, args, 'ScheduleAnyway');
  if (constraints.length === 0) return SKIP;
  const { cache } = handle;
  const topologies = constraints.map((constraint) => cache.topology(constraint.topologyKey));
  // System defaults also spread over nodes without a zone.
  const requireAll = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0 || args.defaultingType !== 'System';
  const ignored = new Uint8Array(cache.slotCount);
  let ignoredCount = 0;
  if (requireAll) {
    for (const { slot } of feasible) {
      if (hasAllTopologies(slot, topologies)) continue;
      ignored[slot] = 1;
      ignoredCount++;
    }
  }
  const includes = nodeInclusion(pod.pod);
  const counts: Int32Array[] = [];
  const weights: number[] = [];
  for (const [i, constraint] of constraints.entries()) {
    const topology = topologies[i];
    if (topology === undefined) continue;
    const perSlot = matchingPodsPerSlot(handle, pod.namespace, constraint.selector);
    if (constraint.topologyKey === HOSTNAME) {
      counts.push(perSlot);
      weights.push(Math.log(feasible.length - ignoredCount + 2));
      continue;
    }
    const { present, size } = scoredDomains(topology, feasible, ignored);
    const eligible = (node: NodeInfo) => (!requireAll || hasAllTopologies(node.slot, topologies)) && includes(constraint, node);
    counts.push(countScored(handle, topology, present, perSlot, eligible));
    weights.push(Math.log(size + 2));
  }
  return { state: { constraints, topologies, counts, weights, ignored } };
}

function score({ constraints, topologies, counts, weights, ignored }: ScoreState, node: NodeInfo): number {
  if (ignored[node.slot] === 1) return 0;
  let sum = 0;
  for (let i = 0; i < constraints.length; i++) {
    const constraint = constraints[i];
    const id = topologies[i]?.idAt(node.slot) ?? -1;
    if (constraint === undefined || id < 0) continue;
    const domain = constraint.topologyKey === HOSTNAME ? node.slot : id;
    sum += (counts[i]?.[domain] ?? 0) * (weights[i] ?? 0) + (constraint.maxSkew - 1);
  }
  return Math.round(sum);
}

function scoreTerms({ constraints, topologies, counts, weights, ignored }: ScoreState, node: NodeInfo): readonly ScoreTerm[] {
  if (ignored[node.slot] === 1) return [{ code: 'ignored', params: {} }];
  return constraints.flatMap(({ topologyKey, maxSkew }, i) => {
    const id = topologies[i]?.idAt(node.slot) ?? -1;
    if (id < 0) return [];
    const count = counts[i]?.[topologyKey === HOSTNAME ? node.slot : id] ?? 0;
    return [{ code: 'domain', params: { topologyKey, domain: topologies[i]?.values[id] ?? '', count, factor: weights[i] ?? 0, maxSkew } }];
  });
}

/** Fewer matching pods is better; nodes without the labels get 0. */
function normalize({ ignored }: ScoreState, scores: Float64Array, nodes: readonly NodeInfo[]): void {
  let min = Number.MAX_SAFE_INTEGER;
  let max = 0;
  let i = 0;
  for (const { slot } of nodes) {
    const score = scores[i++] ?? 0;
    if (ignored[slot] === 1) continue;
    if (score < min) min = score;
    if (score > max) max = score;
  }
  i = 0;
  for (const { slot } of nodes) {
    if (ignored[slot] === 1) scores[i] = 0;
    else scores[i] = max === 0 ? MAX_NODE_SCORE : Math.trunc((MAX_NODE_SCORE * (max + min - (scores[i] ?? 0))) / max);
    i++;
  }
}

// ---- queueing hints ----

function hardConstraints(pod: Pod): readonly { readonly topologyKey: string }[] {
  return (pod.spec?.topologySpreadConstraints ?? []).filter((constraint) => constraint.whenUnsatisfiable === 'DoNotSchedule');
}

function nodeChangeMatters(pod: Pod, before: Node | undefined, after: Node | undefined): boolean {
  const constraints = hardConstraints(pod);
  const hasAll = (node: Node | undefined) => node !== undefined && constraints.every(({ topologyKey }) => node.metadata.labels?.[topologyKey] !== undefined);
  if (before === undefined || after === undefined) return hasAll(before) || hasAll(after);
  const changed = constraints.some(({ topologyKey }) => before.metadata.labels?.[topologyKey] !== after.metadata.labels?.[topologyKey]);
  const taintsChanged = JSON.stringify(before.spec?.taints) !== JSON.stringify(after.spec?.taints);
  return (changed || taintsChanged) && (hasAll(before) || hasAll(after));
}

/** A pod of the same namespace came, went or changed its labels. */
function podChangeMatters(pod: Pod, before: Pod | undefined, after: Pod | undefined): boolean {
  const other = after ?? before;
  return other !== undefined && other.metadata.namespace === pod.metadata.namespace;
}

/** Models PodTopologySpread: maxSkew against the emptiest domain filters; soft constraints score by how many are there. */
export function podTopologySpread(args: PodTopologySpreadArgs): Plugin<SpreadState, ScoreState> {
  return {
    name: NAME,
    events: [
      {
        resource: 'AssignedPod',
        action: Action.Add | Action.Delete | Action.UpdatePodLabel,
        hint: (pod, before, after) => podChangeMatters(pod, before as Pod | undefined, after as Pod | undefined),
      },
      { resource: 'UnscheduledPod', action: Action.UpdatePodLabel, hint: (pod, _before, after) => after?.metadata.uid === pod.metadata.uid },
      {
        resource: 'Node',
        action: Action.Add | Action.Delete | Action.UpdateNodeLabel | Action.UpdateNodeTaint,
        hint: (pod, before, after) => nodeChangeMatters(pod, before as Node | undefined, after as Node | undefined),
      },
    ],
    preFilter(handle, pod) {
      const constraints = constraintsOf(pod, handle, args, 'DoNotSchedule');
      if (constraints.length === 0) return SKIP;
      const topologies = constraints.map((constraint) => handle.cache.topology(constraint.topologyKey));
      const includes = nodeInclusion(pod.pod);
      return { state: { perConstraint: constraints.map((constraint) => countDomains(handle, pod, constraint, topologies, includes)), includes } };
    },
    addPod: (state, _handle, pod, added, node) => update(state, pod, added, node, 1),
    removePod: (state, _handle, pod, removed, node) => update(state, pod, removed, node, -1),
    filter: (state, _pod, node) => filter(state, node),
    preScore: (handle, pod, feasible) => preScore(handle, pod, feasible, args),
    score: (state, _pod, node) => score(state, node),
    explainFilter: (state, _pod, node) => collisions(state, node),
    explainScore: (state, _pod, node) => scoreTerms(state, node),
    normalization: 'fewestPods',
    normalizeScore: normalize,
  };
}
