// Which nodes a pod accepts: spec.nodeSelector and the required terms of node affinity, both of which must hold
// (component-helpers nodeaffinity.RequiredNodeAffinity).
import type { Node, NodeSelectorTerm, Pod } from '../api/generated/types.ts';
import { matchesNodeSelector, matchesNodeSelectorTerm } from '../api/selectors.ts';
import type { Collision } from './framework/attempt.ts';
import { labelPath } from './framework/plugin.ts';

export function hasRequiredNodeAffinity(pod: Pod): boolean {
  return pod.spec?.nodeSelector !== undefined
    || pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
}

export function requiredNodeAffinityMatches(pod: Pod, node: Node): boolean {
  const { nodeSelector, affinity } = pod.spec ?? {};
  const labels = node.metadata.labels;
  for (const key in nodeSelector) {
    if (labels === undefined || !Object.hasOwn(labels, key) || labels[key] !== nodeSelector[key]) return false;
  }
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeSelector(required, node);
}

const TERMS = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

/** In every alternative that fails: the first requirement that does. */
function termCollisions(term: NodeSelectorTerm, path: string, node: Node): readonly Collision[] {
  const { labels, name = '' } = node.metadata;
  for (const list of ['matchExpressions', 'matchFields'] as const) {
    for (const [i, requirement] of (term[list] ?? []).entries()) {
      if (matchesNodeSelectorTerm({ [list]: [requirement] }, labels, name)) continue;
      const { key, operator, values = [] } = requirement;
      const actual = list === 'matchFields' ? name : labels?.[key];
      return [{
        code: 'nodeAffinity', pod: `${path}.${list}[${i}]`, node: list === 'matchFields' ? key : labelPath(key),
        params: { key, operator, values: values.join(', '), ...(actual !== undefined && { actual }) },
      }];
    }
  }
  return [];
}

/** What of nodeSelector and required node affinity the node does not satisfy. */
export function affinityCollisions(pod: Pod, node: Node): readonly Collision[] {
  const labels = node.metadata.labels ?? {};
  const selectors = Object.entries(pod.spec?.nodeSelector ?? {}).filter(([key, value]) => labels[key] !== value).map(([key, wanted]) => {
    const actual = labels[key];
    return { code: 'nodeSelector', pod: `spec.nodeSelector["${key}"]`, node: labelPath(key), params: { key, wanted, ...(actual !== undefined && { actual }) } };
  });
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined || matchesNodeSelector(required, node)) return selectors;
  return [...selectors, ...required.nodeSelectorTerms.flatMap((term, i) => termCollisions(term, `${TERMS}[${i}]`, node))];
}
