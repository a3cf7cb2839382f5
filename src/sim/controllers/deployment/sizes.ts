// How many pods a Deployment may have, and how they are shared out (models the arithmetic of deployment/util).
import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';

export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
const MAX_INT32 = 0x7fff_ffff;

export function desiredReplicas(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

export function specReplicas(replicaSet: ReplicaSet): number {
  return replicaSet.spec?.replicas ?? 1;
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return deployment.spec?.strategy?.type === 'RollingUpdate';
}

/** An integer, or a percentage of the total rounded up or down (intstr.GetScaledValueFromIntOrPercent). */
function scaled(value: number | string | undefined, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = value?.endsWith('%') ? Number(value.slice(0, -1)) : 0;
  return Number.isInteger(percent) ? round((percent * total) / 100) : 0;
}

/** maxSurge rounds up, maxUnavailable down; if both come to nothing, one pod may be unavailable: else nothing could move. */
function fencePosts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { maxSurge, maxUnavailable } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const desired = desiredReplicas(deployment);
  const surge = scaled(maxSurge, desired, Math.ceil);
  const unavailable = scaled(maxUnavailable, desired, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Pods above the desired number during a rolling update. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fencePosts(deployment).surge : 0;
}

/** Pods below the desired number during a rolling update. */
export function maxUnavailable(deployment: Deployment): number {
  const desired = desiredReplicas(deployment);
  return isRollingUpdate(deployment) && desired > 0 ? Math.min(fencePosts(deployment).unavailable, desired) : 0;
}

/** The size that the new ReplicaSet may have now: as much as the others and the surge leave room for. */
export function newReplicaSetSize(deployment: Deployment, allReplicas: number, newReplicas: number): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  const { maxSurge: surge } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const room = desired + scaled(surge, desired, Math.ceil) - allReplicas;
  return room <= 0 ? newReplicas : newReplicas + Math.min(room, desired - newReplicas);
}

/** A non-negative 32-bit integer in an annotation; undefined if there is none. */
export function countAnnotation(replicaSet: ReplicaSet, name: string): number | undefined {
  const value = replicaSet.metadata.annotations?.[name];
  if (value === undefined || !/^\d+$/.test(value)) return undefined;
  const count = Number(value);
  return count <= MAX_INT32 ? count : undefined;
}

/** Whether the new ReplicaSet has all the pods of the Deployment, by its own account too, and all are available. */
export function isSaturated(deployment: Deployment, replicaSet: ReplicaSet | undefined): boolean {
  const desired = desiredReplicas(deployment);
  return replicaSet !== undefined && specReplicas(replicaSet) === desired && countAnnotation(replicaSet, DESIRED_REPLICAS) === desired
    && (replicaSet.status?.availableReplicas ?? 0) === desired;
}

/**
 * How many of `toAdd` replicas (negative: to remove) one ReplicaSet gets when a Deployment is scaled amidst a rollout.
 * @param added what others have got already
 */
export function proportion(replicaSet: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  if (specReplicas(replicaSet) === 0 || toAdd === 0 || toAdd === added) return 0;
  const share = fairShare(replicaSet, deployment);
  const allowed = toAdd - added;
  return toAdd > 0 ? Math.min(share, allowed) : Math.max(share, allowed);
}

/** Its size times (new maximum / old maximum), as a difference. */
function fairShare(replicaSet: ReplicaSet, deployment: Deployment): number {
  const size = specReplicas(replicaSet);
  const desired = desiredReplicas(deployment);
  if (desired === 0) return -size;
  // Without the annotation (somebody tampered with it) the present size has to do.
  const before = countAnnotation(replicaSet, MAX_REPLICAS) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return roundHalfAway(Math.imul(size, desired + maxSurge(deployment)) / before) - size;
}

function roundHalfAway(value: number): number {
  return value < 0 ? Math.trunc(value - 0.5) : Math.trunc(value + 0.5);
}
