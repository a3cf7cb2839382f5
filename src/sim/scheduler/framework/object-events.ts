// Which cluster events a change of a pod or node amounts to (framework.PodSchedulingPropertiesChange and
// NodeSchedulingPropertiesChange): only what plugins can care about.
import type { Node, Pod } from '../../api/generated/types.ts';
import { podInfoOf } from '../pod-info.ts';
import type { ClusterEvent, EventResource } from './events.ts';
import { Action } from './events.ts';

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function requestsLess(before: Pod, after: Pod): boolean {
  const old = podInfoOf(before).requests;
  const now = podInfoOf(after).requests;
  return ['cpu', 'memory', 'ephemeral-storage', ...(old.scalar?.keys() ?? [])].some((name) => now.get(name) < old.get(name));
}

/** Events of a changed pod; one that says nothing in particular when no property matters to a plugin. */
export function podUpdateEvents(before: Pod, after: Pod): readonly ClusterEvent[] {
  const resource: EventResource = after.spec?.nodeName ? 'AssignedPod' : 'UnscheduledPod';
  const events: ClusterEvent[] = [];
  const add = (action: number, label: string) => events.push({ resource, action, label });
  if (!same(before.metadata.labels, after.metadata.labels)) add(Action.UpdatePodLabel, 'PodLabelUpdate');
  if (requestsLess(before, after)) add(Action.UpdatePodScaleDown, 'PodScaleDown');
  if ((before.spec?.tolerations?.length ?? 0) !== (after.spec?.tolerations?.length ?? 0)) add(Action.UpdatePodToleration, 'PodTolerationChange');
  const gates = (pod: Pod) => pod.spec?.schedulingGates?.length ?? 0;
  if (gates(before) > 0 && gates(after) === 0) add(Action.UpdatePodSchedulingGatesEliminated, 'PodSchedulingGateEliminated');
  if (events.length === 0) add(Action.UpdateOther, 'PodUpdate');
  return events;
}

/** Events of a changed node; none when nothing changed that a plugin looks at (a heartbeat). */
export function nodeUpdateEvents(before: Node, after: Node): readonly ClusterEvent[] {
  const events: ClusterEvent[] = [];
  const add = (action: number, label: string) => events.push({ resource: 'Node', action, label });
  if (!same(before.status?.allocatable, after.status?.allocatable)) add(Action.UpdateNodeAllocatable, 'NodeAllocatableChange');
  if (!same(before.metadata.labels, after.metadata.labels)) add(Action.UpdateNodeLabel, 'NodeLabelChange');
  const cordoned = (node: Node) => node.spec?.unschedulable === true;
  if (cordoned(before) !== cordoned(after) || !same(before.spec?.taints, after.spec?.taints)) add(Action.UpdateNodeTaint, 'NodeTaintChange');
  const conditions = (node: Node) => (node.status?.conditions ?? []).map(({ type, status }) => [type, status]);
  if (!same(conditions(before), conditions(after))) add(Action.UpdateNodeCondition, 'NodeConditionChange');
  if (!same(before.metadata.annotations, after.metadata.annotations)) add(Action.UpdateNodeAnnotation, 'NodeAnnotationUpdate');
  if (!same(before.status?.declaredFeatures, after.status?.declaredFeatures)) add(Action.UpdateNodeDeclaredFeature, 'NodeDeclaredFeatureUpdate');
  return events;
}

/** The event of an object that came or went: `NodeAdd`, `AssignedPodDelete`. */
export function objectEvent(resource: EventResource, change: 'Add' | 'Delete' | 'Update'): ClusterEvent {
  const action = change === 'Add' ? Action.Add : change === 'Delete' ? Action.Delete : Action.UpdateOther;
  return { resource, action, label: `${resource}${change}` };
}

/** After waiting too long in vain, a pod is tried again whatever refused it. */
export const UNSCHEDULABLE_TIMEOUT: ClusterEvent = { resource: '*', action: 0, label: 'UnschedulableTimeout' };
