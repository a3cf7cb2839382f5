// The status of a ReplicaSet or ReplicationController (models replica_set_utils.go).
import { formatTime } from '../../../base/time.ts';
import type { ReplicaSetCondition, ReplicaSetStatus } from '../../api/generated/types.ts';
import type { PodSet, PodSetKind } from './kind.ts';

/** Counts as they were when the sync began: what the sync itself creates or deletes shows up in the next one. */
export interface Counts {
  readonly replicas: number;
  readonly fullyLabeled: number;
  readonly ready: number;
  readonly available: number;
  readonly terminating: number;
}

const FAILURE = 'ReplicaFailure';

/** The status that a sync finds. `failure`: what creating or deleting pods was refused with. */
export function newStatus(set: PodSet, kind: PodSetKind, counts: Counts, failure: string | undefined, unixUs: number): ReplicaSetStatus {
  const conditions = newConditions(set, counts.replicas, failure, unixUs);
  return {
    replicas: counts.replicas,
    ...(counts.fullyLabeled > 0 && { fullyLabeledReplicas: counts.fullyLabeled }),
    ...(counts.ready > 0 && { readyReplicas: counts.ready }),
    ...(counts.available > 0 && { availableReplicas: counts.available }),
    ...(kind.countsTerminating && { terminatingReplicas: counts.terminating }),
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  };
}

/** The first failure stays until a sync succeeds, with the time and words of its first occurrence. */
function newConditions(set: PodSet, replicas: number, failure: string | undefined, unixUs: number): readonly ReplicaSetCondition[] {
  const before = set.status?.conditions ?? [];
  const failed = before.some((condition) => condition.type === FAILURE);
  if (failure === undefined) return failed ? before.filter((condition) => condition.type !== FAILURE) : before;
  if (failed) return before;
  const difference = replicas - (set.spec?.replicas ?? 1);
  const reason = difference < 0 ? 'FailedCreate' : difference > 0 ? 'FailedDelete' : '';
  return [...before, { type: FAILURE, status: 'True', lastTransitionTime: formatTime(unixUs), reason, message: failure }];
}

/** Whether writing `next` would tell nothing new. */
export function statusIsCurrent(set: PodSet, next: ReplicaSetStatus): boolean {
  const { status } = set;
  return (status?.replicas ?? 0) === next.replicas
    && (status?.fullyLabeledReplicas ?? 0) === (next.fullyLabeledReplicas ?? 0)
    && (status?.readyReplicas ?? 0) === (next.readyReplicas ?? 0)
    && (status?.availableReplicas ?? 0) === (next.availableReplicas ?? 0)
    && status?.terminatingReplicas === next.terminatingReplicas
    && (status?.observedGeneration ?? 0) === (set.metadata.generation ?? 0)
    && sameConditions(status?.conditions ?? [], next.conditions ?? []);
}

function sameConditions(a: readonly ReplicaSetCondition[], b: readonly ReplicaSetCondition[]): boolean {
  return a.length === b.length && a.every((condition, index) => condition === b[index]);
}
