import { Action } from '../framework/events.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/status.ts';

const NAME = 'SchedulingGates';

/** Models SchedulingGates: a pod with gates is not even put into the active queue. */
export const schedulingGates: Plugin = {
  name: NAME,
  events: [{
    resource: 'UnscheduledPod',
    action: Action.UpdatePodSchedulingGatesEliminated,
    hint: (pod, _before, after) => after?.metadata.uid === pod.metadata.uid,
  }],
  preEnqueue(pod) {
    const gates = pod.spec?.schedulingGates ?? [];
    if (gates.length === 0) return undefined;
    return unresolvable(NAME, `waiting for scheduling gates: [${gates.map((gate) => gate.name).join(' ')}]`);
  },
};
