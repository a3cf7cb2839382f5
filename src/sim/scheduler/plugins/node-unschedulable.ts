import type { Node, Taint } from '../../api/generated/types.ts';
import { Action } from '../framework/events.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/status.ts';
import { toleratedByAny } from '../taints.ts';

const NAME = 'NodeUnschedulable';
const REFUSAL = unresolvable(NAME, 'node(s) were unschedulable');
const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Models NodeUnschedulable: cordoned nodes take only pods that tolerate the unschedulable taint. */
export const nodeUnschedulable: Plugin = {
  name: NAME,
  nodeLocal: true,
  events: [
    {
      resource: 'Node',
      action: Action.Add | Action.UpdateNodeTaint,
      hint(_pod, before, after) {
        const wasCordoned = (before as Node | undefined)?.spec?.unschedulable ?? false;
        const isCordoned = (after as Node | undefined)?.spec?.unschedulable ?? false;
        return before === undefined ? !isCordoned : wasCordoned && !isCordoned;
      },
    },
    { resource: 'UnscheduledPod', action: Action.UpdatePodToleration, hint: (pod, _before, after) => after?.metadata.uid === pod.metadata.uid },
  ],
  filter(_state, pod, node) {
    if (node.node?.spec?.unschedulable !== true) return undefined;
    return toleratedByAny(pod.pod.spec?.tolerations, UNSCHEDULABLE) ? undefined : REFUSAL;
  },
  explainFilter: () => [{ code: 'cordoned', pod: 'spec.tolerations', node: 'spec.unschedulable', params: {} }],
};
