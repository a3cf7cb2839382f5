import type { Node, Pod } from '../../api/generated/types.ts';
import type { Labels } from '../../api/selectors.ts';
import type { Collision } from '../framework/attempt.ts';
import { Action } from '../framework/events.ts';
import type { Handle, Plugin, PreFilterResult, PreScoreResult } from '../framework/plugin.ts';
import { labelPath, MAX_NODE_SCORE } from '../framework/plugin.ts';
import type { Status } from '../framework/status.ts';
import { status, unresolvable, unschedulable } from '../framework/status.ts';
import type { Listers } from '../listers.ts';
import type { NodeInfo } from '../node-info.ts';
import type { InterPodAffinityArgs } from '../plugin-args.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { AffinityTerm, PodInfo } from '../pod-info.ts';
import { podInfoOf, termMatches } from '../pod-info.ts';
import { TermCounts } from '../term-counts.ts';

const NAME = 'InterPodAffinity';
const SKIP = { status: status(NAME, 'Skip') };
const AFFINITY_REFUSAL = unresolvable(NAME, "node(s) didn't match pod affinity rules");
const ANTI_AFFINITY_REFUSAL = unschedulable(NAME, "node(s) didn't match pod anti-affinity rules");
const EXISTING_REFUSAL = unschedulable(NAME, "node(s) didn't satisfy existing pods anti-affinity rules");

type NamespaceLabels = (namespace: string) => Labels | undefined;

interface AffinityState {
  readonly namespaceLabels: NamespaceLabels;
  /** Running pods whose required anti-affinity the newcomer matches. */
  readonly existingAntiAffinity: TermCounts;
  /** Running pods that match all required affinity terms of the newcomer, once per term. */
  readonly affinity: TermCounts;
  /** Running pods that match a required anti-affinity term of the newcomer. */
  readonly antiAffinity: TermCounts;
}

function namespaceLabels(listers: Listers): NamespaceLabels {
  return (namespace) => listers.get('namespaces', namespace)?.metadata.labels;
}

function matches(term: AffinityTerm, pod: PodInfo, labelsOf: NamespaceLabels): boolean {
  return termMatches(term, pod.namespace, pod.labels, labelsOf);
}

function matchesAll(terms: readonly AffinityTerm[], pod: PodInfo, labelsOf: NamespaceLabels): boolean {
  return terms.length > 0 && terms.every((term) => matches(term, pod, labelsOf));
}

/** Groups of running pods that some of the terms may be about: those of the named namespaces, or all. */
function groupsFor(handle: Handle, terms: readonly AffinityTerm[]): readonly PodGroup[] {
  const groups = handle.cache.groups();
  if (terms.some((term) => !term.namespaceSelector.nothing)) return [...groups.all()];
  const namespaces = new Set(terms.flatMap((term) => [...term.namespaces]));
  return [...namespaces].flatMap((namespace) => [...groups.inNamespace(namespace)]);
}

// ---- filter ----

function preFilter(handle: Handle, pod: PodInfo): PreFilterResult<AffinityState> {
  const { cache, listers } = handle;
  const labelsOf = namespaceLabels(listers);
  const state: AffinityState = {
    namespaceLabels: labelsOf,
    existingAntiAffinity: new TermCounts(cache),
    affinity: new TermCounts(cache),
    antiAffinity: new TermCounts(cache),
  };
  for (const group of cache.groups().withRequiredAntiAffinity) {
    for (const term of group.sample.requiredAntiAffinity) {
      if (matches(term, pod, labelsOf)) state.existingAntiAffinity.addGroup(term.topologyKey, group, 1);
    }
  }
  const { requiredAffinity, requiredAntiAffinity } = pod;
  if (state.existingAntiAffinity.nonZero === 0 && requiredAffinity.length === 0 && requiredAntiAffinity.length === 0) return SKIP;
  for (const group of groupsFor(handle, requiredAffinity)) {
    if (!matchesAll(requiredAffinity, group.sample, labelsOf)) continue;
    for (const term of requiredAffinity) state.affinity.addGroup(term.topologyKey, group, 1);
  }
  for (const group of groupsFor(handle, requiredAntiAffinity)) {
    for (const term of requiredAntiAffinity) {
      if (matches(term, group.sample, labelsOf)) state.antiAffinity.addGroup(term.topologyKey, group, 1);
    }
  }
  return { state };
}

/** A pod joins (+1) or leaves (−1) a node in a simulation. */
function update(state: AffinityState, pod: PodInfo, changed: PodInfo, { slot }: NodeInfo, delta: 1 | -1): void {
  for (const term of changed.requiredAntiAffinity) {
    if (matches(term, pod, state.namespaceLabels)) state.existingAntiAffinity.add(term.topologyKey, slot, delta);
  }
  if (matchesAll(pod.requiredAffinity, changed, state.namespaceLabels)) {
    for (const term of pod.requiredAffinity) state.affinity.add(term.topologyKey, slot, delta);
  }
  for (const term of pod.requiredAntiAffinity) {
    if (matches(term, changed, state.namespaceLabels)) state.antiAffinity.add(term.topologyKey, slot, delta);
  }
}

/** Every term needs a match in the node's domain; the first pod of a group that wants to be together may go anywhere. */
function satisfiesAffinity(state: AffinityState, pod: PodInfo, node: NodeInfo): boolean {
  let present = true;
  for (const term of pod.requiredAffinity) {
    if (state.affinity.tally(term.topologyKey).topology.idAt(node.slot) < 0) return false;
    if (state.affinity.at(term.topologyKey, node) <= 0) present = false;
  }
  return present || (state.affinity.nonZero === 0 && matchesAll(pod.requiredAffinity, pod, state.namespaceLabels));
}

function someAt(counts: TermCounts, node: NodeInfo): boolean {
  if (counts.nonZero === 0) return false;
  for (const { topology, counts: tally } of counts.tallies) if ((tally[topology.idAt(node.slot)] ?? 0) > 0) return true;
  return false;
}

function filter(state: AffinityState, pod: PodInfo, node: NodeInfo): Status | undefined {
  if (pod.requiredAffinity.length > 0 && !satisfiesAffinity(state, pod, node)) return AFFINITY_REFUSAL;
  if (someAt(state.antiAffinity, node)) return ANTI_AFFINITY_REFUSAL;
  return someAt(state.existingAntiAffinity, node) ? EXISTING_REFUSAL : undefined;
}

const AFFINITY = 'requiredDuringSchedulingIgnoredDuringExecution';

function collision(code: string, path: string | undefined, counts: TermCounts, topologyKey: string, node: NodeInfo): Collision {
  const { topology } = counts.tally(topologyKey);
  const domain = topology.values[topology.idAt(node.slot)];
  const params = { topologyKey, count: counts.at(topologyKey, node), ...(domain !== undefined && { domain }) };
  return { code, ...(path !== undefined && { pod: path }), node: labelPath(topologyKey), params };
}

/** The terms that have no match near, or have one, and the topologies from which running pods keep the newcomer away. */
function collisions(state: AffinityState, pod: PodInfo, node: NodeInfo): readonly Collision[] {
  const alone = !satisfiesAffinity(state, pod, node);
  const near = pod.requiredAffinity.flatMap(({ topologyKey }, i) => (alone && state.affinity.at(topologyKey, node) <= 0
    ? [collision('affinity', `spec.affinity.podAffinity.${AFFINITY}[${i}]`, state.affinity, topologyKey, node)] : []));
  const far = pod.requiredAntiAffinity.flatMap(({ topologyKey }, i) => (state.antiAffinity.at(topologyKey, node) > 0
    ? [collision('antiAffinity', `spec.affinity.podAntiAffinity.${AFFINITY}[${i}]`, state.antiAffinity, topologyKey, node)] : []));
  const existing = state.existingAntiAffinity.tallies.filter(({ topology }) => state.existingAntiAffinity.at(topology.key, node) > 0)
    .map(({ topology }) => collision('existingAntiAffinity', undefined, state.existingAntiAffinity, topology.key, node));
  return [...near, ...far, ...existing];
}

// ---- score ----

/** What running pods think of the newcomer: their preferences, and their required affinity with a fixed weight. */
function addPreferencesOf(group: PodGroup, pod: PodInfo, labelsOf: NamespaceLabels, hardWeight: number, scores: TermCounts): void {
  const add = (terms: readonly AffinityTerm[], weightOf: (term: AffinityTerm) => number) => {
    for (const term of terms) {
      if (matches(term, pod, labelsOf)) scores.addGroup(term.topologyKey, group, weightOf(term));
    }
  };
  if (hardWeight > 0) add(group.sample.requiredAffinity, () => hardWeight);
  add(group.sample.preferredAffinity, (term) => term.weight);
  add(group.sample.preferredAntiAffinity, (term) => -term.weight);
}

/** What the newcomer thinks of running pods. */
function addPreferencesFor(group: PodGroup, pod: PodInfo, labelsOf: NamespaceLabels, scores: TermCounts): void {
  for (const [terms, sign] of [[pod.preferredAffinity, 1], [pod.preferredAntiAffinity, -1]] as const) {
    for (const term of terms) {
      if (matches(term, group.sample, labelsOf)) scores.addGroup(term.topologyKey, group, sign * term.weight);
    }
  }
}

function preScore(handle: Handle, pod: PodInfo, args: InterPodAffinityArgs): PreScoreResult<TermCounts> {
  const own = pod.preferredAffinity.length > 0 || pod.preferredAntiAffinity.length > 0;
  if (args.ignorePreferredTermsOfExistingPods && !own) return SKIP;
  const labelsOf = namespaceLabels(handle.listers);
  const scores = new TermCounts(handle.cache);
  for (const group of handle.cache.groups().withAffinity) {
    addPreferencesOf(group, pod, labelsOf, args.hardPodAffinityWeight, scores);
  }
  if (own) {
    for (const group of groupsFor(handle, [...pod.preferredAffinity, ...pod.preferredAntiAffinity])) {
      addPreferencesFor(group, pod, labelsOf, scores);
    }
  }
  return scores.touched ? { state: scores } : SKIP;
}

function score(scores: TermCounts, node: NodeInfo): number {
  let sum = 0;
  for (const { topology, counts } of scores.tallies) sum += counts[topology.idAt(node.slot)] ?? 0;
  return sum;
}

function normalize(scores: Float64Array): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of scores) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const spread = max - min;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = spread > 0 ? Math.trunc(MAX_NODE_SCORE * (((scores[i] ?? 0) - min) / spread)) : 0;
  }
}

// ---- queueing hints ----

/** A pod that the waiting one wants near came, or one that it (or that) wants far went. */
function podChangeMatters(pod: Pod, before: Pod | undefined, after: Pod | undefined, listers: Listers): boolean {
  const waiting = podInfoOf(pod);
  const labelsOf = namespaceLabels(listers);
  const now = after === undefined ? undefined : podInfoOf(after);
  const old = before === undefined ? undefined : podInfoOf(before);
  const attracts = (other: PodInfo | undefined) => other !== undefined && matchesAll(waiting.requiredAffinity, other, labelsOf);
  const repels = (other: PodInfo | undefined) => other !== undefined
    && (waiting.requiredAntiAffinity.some((term) => matches(term, other, labelsOf))
      || other.requiredAntiAffinity.some((term) => matches(term, waiting, labelsOf)));
  return (attracts(now) && !attracts(old)) || (repels(old) && !repels(now));
}

function nodeChangeMatters(pod: Pod, before: Node | undefined, after: Node | undefined): boolean {
  const { requiredAffinity, requiredAntiAffinity } = podInfoOf(pod);
  const value = (node: Node | undefined, key: string) => node?.metadata.labels?.[key];
  const hasAll = requiredAffinity.every(({ topologyKey }) => value(after, topologyKey) !== undefined);
  if (!hasAll) return false;
  if (before === undefined) return true;
  return [...requiredAffinity, ...requiredAntiAffinity].some(({ topologyKey }) => value(before, topologyKey) !== value(after, topologyKey));
}

/** Models InterPodAffinity: required terms of both sides filter, preferred terms of both sides score. */
export function interPodAffinity(args: InterPodAffinityArgs): Plugin<AffinityState, TermCounts> {
  return {
    name: NAME,
    events: [
      {
        resource: 'AssignedPod',
        action: Action.Add | Action.Delete | Action.UpdatePodLabel,
        hint: (pod, before, after, listers) => podChangeMatters(pod, before as Pod | undefined, after as Pod | undefined, listers),
      },
      { resource: 'UnscheduledPod', action: Action.UpdatePodLabel, hint: (pod, _before, after) => after?.metadata.uid === pod.metadata.uid },
      {
        resource: 'Node',
        action: Action.Add | Action.UpdateNodeLabel,
        hint: (pod, before, after) => nodeChangeMatters(pod, before as Node | undefined, after as Node | undefined),
      },
    ],
    preFilter,
    addPod: (state, _handle, pod, added, node) => update(state, pod, added, node, 1),
    removePod: (state, _handle, pod, removed, node) => update(state, pod, removed, node, -1),
    filter,
    preScore: (handle, pod) => preScore(handle, pod, args),
    score: (scores, _pod, node) => score(scores, node),
    explainFilter: collisions,
    explainScore: (scores, _pod, node) => scores.tallies.map(({ topology, counts }) => ({
      code: 'domain', params: { topologyKey: topology.key, domain: topology.values[topology.idAt(node.slot)] ?? '', sum: counts[topology.idAt(node.slot)] ?? 0 },
    })),
    normalization: 'minMax',
    normalizeScore: (_scores, values) => normalize(values),
  };
}
