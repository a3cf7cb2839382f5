import type { Node, Toleration } from '../../api/generated/types.ts';
import { Action } from '../framework/events.ts';
import type { Plugin } from '../framework/plugin.ts';
import { normalizeByMax } from '../framework/plugin.ts';
import { unresolvable } from '../framework/status.ts';
import { hasForbiddingTaint, toleratedByAny } from '../taints.ts';

const NAME = 'TaintToleration';
const REFUSAL = unresolvable(NAME, 'node(s) had untolerated taint(s)');

/**
 * Models TaintToleration: every NoSchedule and NoExecute taint must be tolerated; the more PreferNoSchedule taints are
 * not, the lower the score (raw is their number, reversed when normalised).
 */
export const taintToleration: Plugin<undefined, readonly Toleration[]> = {
  name: NAME,
  nodeLocal: true,
  scoreNodeLocal: true,
  events: [
    {
      resource: 'Node',
      action: Action.Add | Action.UpdateNodeTaint,
      hint(pod, before, after) {
        const refused = (node: Node | undefined) => hasForbiddingTaint(node?.spec?.taints, pod.spec?.tolerations);
        return (before === undefined || refused(before as Node)) && !refused(after as Node | undefined);
      },
    },
    { resource: 'UnscheduledPod', action: Action.UpdatePodToleration, hint: (pod, _before, after) => after?.metadata.uid === pod.metadata.uid },
  ],
  filter(_state, pod, node) {
    return hasForbiddingTaint(node.node?.spec?.taints, pod.pod.spec?.tolerations) ? REFUSAL : undefined;
  },
  explainFilter: (_state, pod, { node }) => (node?.spec?.taints ?? []).flatMap((taint, i) => {
    if (!hasForbiddingTaint([taint], pod.pod.spec?.tolerations)) return [];
    const { key, value = '', effect } = taint;
    return [{ code: 'untoleratedTaint', pod: 'spec.tolerations', node: `spec.taints[${i}]`, params: { key, value, effect } }];
  }),
  preScore(_handle, pod) {
    const tolerations = pod.pod.spec?.tolerations ?? [];
    return { state: tolerations.filter((toleration) => !toleration.effect || toleration.effect === 'PreferNoSchedule') };
  },
  score(tolerations, _pod, node) {
    const taints = node.node?.spec?.taints;
    if (taints === undefined) return 0;
    let intolerable = 0;
    for (const taint of taints) if (taint.effect === 'PreferNoSchedule' && !toleratedByAny(tolerations, taint)) intolerable++;
    return intolerable;
  },
  explainScore: (tolerations, _pod, { node }) => (node?.spec?.taints ?? [])
    .filter((taint) => taint.effect === 'PreferNoSchedule' && !toleratedByAny(tolerations, taint))
    .map(({ key, value = '' }) => ({ code: 'untoleratedTaint', params: { key, value } })),
  normalization: 'byMaxReversed',
  normalizeScore: (_state, scores) => normalizeByMax(scores, true),
};
