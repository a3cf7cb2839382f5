// What can happen in the cluster that may make a waiting pod schedulable (framework.ClusterEvent), and what plugins
// say about it (queueing hints).
import type { Pod } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Listers } from '../listers.ts';

export type EventResource = 'AssignedPod' | 'UnscheduledPod' | 'Node' | 'PersistentVolume' | 'PersistentVolumeClaim' | 'StorageClass'
  | 'CSINode' | 'CSIDriver' | 'CSIStorageCapacity' | 'VolumeAttachment' | 'ResourceClaim' | 'DeviceClass' | 'ResourceSlice' | '*';

/** Kinds of change, as bits that can be combined (framework.ActionType). */
export const Action = {
  Add: 1,
  Delete: 1 << 1,
  UpdateNodeAllocatable: 1 << 2,
  UpdateNodeLabel: 1 << 3,
  UpdateNodeTaint: 1 << 4,
  UpdateNodeCondition: 1 << 5,
  UpdateNodeAnnotation: 1 << 6,
  UpdateNodeDeclaredFeature: 1 << 7,
  UpdatePodLabel: 1 << 8,
  UpdatePodScaleDown: 1 << 9,
  UpdatePodToleration: 1 << 10,
  UpdatePodSchedulingGatesEliminated: 1 << 11,
  UpdateOther: 1 << 12,
} as const;

const ACTION_UPDATE_NODE = Action.UpdateNodeAllocatable | Action.UpdateNodeLabel | Action.UpdateNodeTaint
  | Action.UpdateNodeCondition | Action.UpdateNodeAnnotation | Action.UpdateNodeDeclaredFeature;
const ACTION_UPDATE_POD = Action.UpdatePodLabel | Action.UpdatePodScaleDown | Action.UpdatePodToleration
  | Action.UpdatePodSchedulingGatesEliminated;
const ACTION_UPDATE = ACTION_UPDATE_NODE | ACTION_UPDATE_POD | Action.UpdateOther;
export const ACTION_ALL = Action.Add | Action.Delete | ACTION_UPDATE;

export interface ClusterEvent {
  readonly resource: EventResource;
  /** Bits of `Action`. */
  readonly action: number;
  /** The name under which attempts and metrics show it: `AssignedPodDelete`. */
  readonly label: string;
}

/** Whether this change may make `pod` schedulable. `before` is absent for additions, `after` for deletions. */
export type HintFunction = (pod: Pod, before: ApiObject | undefined, after: ApiObject | undefined, listers: Listers) => boolean;

/** A plugin's registration (EventsToRegister): without a hint every such event wakes the pods that it refused. */
export interface EventRegistration {
  readonly resource: EventResource;
  readonly action: number;
  readonly hint?: HintFunction;
}

export function eventMatches(registration: EventRegistration, event: ClusterEvent): boolean {
  if (registration.resource !== '*' && event.resource !== '*' && registration.resource !== event.resource) return false;
  return event.resource === '*' || (registration.action & event.action) !== 0;
}
