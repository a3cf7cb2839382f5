// Which nodes a pod accepts: spec.nodeSelector and the required terms of node affinity, both of which must hold
// (component-helpers nodeaffinity.RequiredNodeAffinity).
import type { Node, Pod } from '../api/generated/types.ts';
import { matchesNodeSelector } from '../api/selectors.ts';

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
