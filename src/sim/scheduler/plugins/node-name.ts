import { Action } from '../framework/events.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/status.ts';

const NAME = 'NodeName';
const REFUSAL = unresolvable(NAME, "node(s) didn't match the requested node name");

/** Models NodeName: spec.nodeName, if set, must be the node. */
export const nodeName: Plugin = {
  name: NAME,
  nodeLocal: true,
  events: [{ resource: 'Node', action: Action.Add }],
  filter(_state, pod, node) {
    const wanted = pod.pod.spec?.nodeName;
    return !wanted || wanted === node.name ? undefined : REFUSAL;
  },
  explainFilter: (_state, pod, node) => [{ code: 'otherNode', pod: 'spec.nodeName', node: 'metadata.name', params: { wanted: pod.pod.spec?.nodeName ?? '', actual: node.name } }],
  passesEveryNode: (_handle, pod) => !pod.pod.spec?.nodeName,
};
