// Conditions of a Deployment (models the condition helpers of deployment/util).
import { formatTime } from '../../../base/time.ts';
import type { Deployment, DeploymentCondition, DeploymentStatus } from '../../api/generated/types.ts';

export const AVAILABLE = 'Available';
export const PROGRESSING = 'Progressing';
export const REPLICA_FAILURE = 'ReplicaFailure';

export const REASON = {
  newReplicaSetCreated: 'NewReplicaSetCreated',
  foundNewReplicaSet: 'FoundNewReplicaSet',
  replicaSetUpdated: 'ReplicaSetUpdated',
  replicaSetCreateError: 'ReplicaSetCreateError',
  newReplicaSetAvailable: 'NewReplicaSetAvailable',
  timedOut: 'ProgressDeadlineExceeded',
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
  available: 'MinimumReplicasAvailable',
  unavailable: 'MinimumReplicasUnavailable',
} as const;

export type Conditions = readonly DeploymentCondition[];

export function conditionsOf(status: DeploymentStatus | undefined): Conditions {
  return status?.conditions ?? [];
}

export function findCondition(conditions: Conditions, type: string): DeploymentCondition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** A condition that begins now. */
export function newCondition(type: string, status: 'True' | 'False' | 'Unknown', reason: string, message: string, unixUs: number): DeploymentCondition {
  const now = formatTime(unixUs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

/** Nothing changes while status and reason stay; the transition time stays while the status does. */
export function setCondition(conditions: Conditions, next: DeploymentCondition): Conditions {
  const before = findCondition(conditions, next.type);
  if (before && before.status === next.status && before.reason === next.reason) return conditions;
  const since = before?.status === next.status ? before.lastTransitionTime : next.lastTransitionTime;
  return [...removeCondition(conditions, next.type), { ...next, lastTransitionTime: since }];
}

export function removeCondition(conditions: Conditions, type: string): Conditions {
  return conditions.some((condition) => condition.type === type) ? conditions.filter((condition) => condition.type !== type) : conditions;
}

/** A copy of the Deployment whose status has these conditions. */
export function withConditions(deployment: Deployment, conditions: Conditions): Deployment {
  return { ...deployment, status: { ...deployment.status, conditions } };
}

export function sameConditions(a: Conditions, b: Conditions): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((condition, index) => {
    const other = b[index];
    return other !== undefined && condition.type === other.type && condition.status === other.status && condition.reason === other.reason
      && condition.message === other.message && condition.lastUpdateTime === other.lastUpdateTime && condition.lastTransitionTime === other.lastTransitionTime;
  });
}

const FOREVER = 0x7fff_ffff;

/** Whether slow progress is to be reported at all. */
export function hasProgressDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== FOREVER;
}
