import type { Node, NodeSelectorTerm, Pod, PreferredSchedulingTerm } from '../../api/generated/types.ts';
import { matchesNodeSelector, matchesNodeSelectorTerm } from '../../api/selectors.ts';
import { Action } from '../framework/events.ts';
import type { Plugin, PreFilterResult } from '../framework/plugin.ts';
import { normalizeByMax } from '../framework/plugin.ts';
import { status, unresolvable } from '../framework/status.ts';
import { affinityCollisions, requiredNodeAffinityMatches } from '../node-affinity.ts';
import type { NodeAffinityArgs } from '../plugin-args.ts';

const NAME = 'NodeAffinity';
const SKIP = { status: status(NAME, 'Skip') };
const CONFLICT = { status: unresolvable(NAME, 'pod affinity terms conflict') };
const REFUSAL = unresolvable(NAME, "node(s) didn't match Pod's node affinity/selector");
const ENFORCED = unresolvable(NAME, "node(s) didn't match scheduler-enforced node affinity");

/** The nodes that one term names by metadata.name; undefined when it names none. */
function namesIn(term: NodeSelectorTerm): ReadonlySet<string> | undefined {
  let names: ReadonlySet<string> | undefined;
  for (const { key, operator, values = [] } of term.matchFields ?? []) {
    if (key !== 'metadata.name' || operator !== 'In') continue;
    const before = names;
    names = new Set(before === undefined ? values : values.filter((value) => before.has(value)));
  }
  return names;
}

/** If every alternative names its nodes, only those need to be looked at. */
function narrow(terms: readonly NodeSelectorTerm[]): PreFilterResult<undefined> {
  const all = new Set<string>();
  for (const term of terms) {
    const names = namesIn(term);
    if (names === undefined) return {};
    for (const name of names) all.add(name);
  }
  return all.size === 0 ? CONFLICT : { nodes: all };
}

function preferenceScore(terms: readonly PreferredSchedulingTerm[], node: Node | undefined): number {
  let score = 0;
  for (const { weight, preference } of terms) {
    if (weight !== 0 && matchesNodeSelectorTerm(preference, node?.metadata.labels, node?.metadata.name ?? '')) score += weight;
  }
  return score;
}

/** Models NodeAffinity: nodeSelector and required terms filter; weights of preferred terms that match add up. */
export function nodeAffinity({ addedAffinity }: NodeAffinityArgs): Plugin<undefined, readonly PreferredSchedulingTerm[]> {
  const addedRequired = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const addedPreferred = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const accepts = (pod: Pod, node: Node) => (addedRequired === undefined || matchesNodeSelector(addedRequired, node))
    && requiredNodeAffinityMatches(pod, node);
  return {
    name: NAME,
    nodeLocal: true,
    scoreNodeLocal: true,
    events: [{
      resource: 'Node',
      action: Action.Add | Action.UpdateNodeLabel,
      hint(pod, before, after) {
        if (after === undefined || !accepts(pod, after as Node)) return false;
        return before === undefined || !accepts(pod, before as Node);
      },
    }],
    preFilter(_handle, pod) {
      const { spec } = pod.pod;
      const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      if (required === undefined && addedRequired === undefined && spec?.nodeSelector === undefined) return SKIP;
      return required === undefined || required.nodeSelectorTerms.length === 0 ? {} : narrow(required.nodeSelectorTerms);
    },
    filter(_state, pod, { node }) {
      if (node === undefined) return REFUSAL;
      if (addedRequired !== undefined && !matchesNodeSelector(addedRequired, node)) return ENFORCED;
      return requiredNodeAffinityMatches(pod.pod, node) ? undefined : REFUSAL;
    },
    explainFilter: (_state, pod, { node }) => (node === undefined ? [] : affinityCollisions(pod.pod, node)),
    preScore(_handle, pod) {
      const preferred = pod.pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
      if (preferred === undefined && addedPreferred.length === 0) return SKIP;
      return { state: [...addedPreferred, ...(preferred ?? [])] };
    },
    score: (terms, _pod, node) => preferenceScore(terms, node.node),
    explainScore: (terms, _pod, { node }) => terms.map((term, index) =>
      ({ code: 'preference', params: { index, weight: term.weight, score: preferenceScore([term], node) } })),
    normalization: 'byMax',
    normalizeScore: (_state, scores) => normalizeByMax(scores, false),
  };
}
