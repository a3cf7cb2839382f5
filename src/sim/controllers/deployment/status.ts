// The status of a Deployment and the progress of its rollout (models calculateStatus in sync.go, and progress.go).
import { parseTime } from '../../../base/time.ts';
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/generated/types.ts';
import type { Outcome } from '../steps.ts';
import { AVAILABLE, PROGRESSING, REASON, REPLICA_FAILURE, conditionsOf, findCondition, hasProgressDeadline, newCondition, removeCondition, sameConditions, setCondition } from './conditions.ts';
import type { Conditions } from './conditions.ts';
import { sumSpec, sumStatus, sumTerminating } from './replica-sets.ts';
import type { Generations } from './revision.ts';
import { desiredReplicas, maxUnavailable } from './sizes.ts';
import { statusWrite } from './sync-state.ts';
import type { Sync } from './sync-state.ts';

/** A deadline that is nearly over is looked at again with the queue's first back-off. */
const SOON_US = 5_000;
const SECOND_US = 1_000_000;

function allOf({ current, old }: Generations): readonly ReplicaSet[] {
  return current ? [...old, current] : old;
}

/** Counts from the ReplicaSets' statuses; `unavailable` from their wanted sizes, so it may be ahead of `replicas`. */
function computeStatus(deployment: Deployment, generations: Generations, unixUs: number): DeploymentStatus {
  const all = allOf(generations);
  const available = sumStatus(all, 'availableReplicas');
  const unavailable = Math.max(0, sumSpec(all) - available);
  const enough = available >= desiredReplicas(deployment) - maxUnavailable(deployment);
  const condition = enough
    ? newCondition(AVAILABLE, 'True', REASON.available, 'Deployment has minimum availability.', unixUs)
    : newCondition(AVAILABLE, 'False', REASON.unavailable, 'Deployment does not have minimum availability.', unixUs);
  return {
    observedGeneration: deployment.metadata.generation ?? 0, replicas: sumStatus(all, 'replicas'),
    updatedReplicas: generations.current?.status?.replicas ?? 0, readyReplicas: sumStatus(all, 'readyReplicas'),
    availableReplicas: available, unavailableReplicas: unavailable, terminatingReplicas: sumTerminating(all),
    collisionCount: deployment.status?.collisionCount, conditions: setCondition(conditionsOf(deployment.status), condition),
  };
}

/** Writes the status if it differs; used where no rollout is judged (scaling, paused, being deleted). */
export function syncStatus(sync: Sync, generations: Generations): Outcome {
  const status = computeStatus(sync.deployment, generations, sync.input.unixUs);
  return sameStatus(sync.deployment.status, status) ? {} : put(sync, status);
}

/** The same during a rollout, with the Progressing condition and the check of the progress deadline. */
export function syncRolloutStatus(sync: Sync, generations: Generations): Outcome {
  const { deployment, input: { unixUs } } = sync;
  const computed = computeStatus(deployment, generations, unixUs);
  let conditions = judgeProgress(deployment, computed, generations.current, unixUs);
  const failure = replicaFailure(generations);
  conditions = failure ? setCondition(conditions, failure) : removeCondition(conditions, REPLICA_FAILURE);
  const status = { ...computed, conditions };
  if (!sameStatus(deployment.status, status)) return put(sync, status);
  const requeueAfterUs = untilDeadlineUs(deployment, status, unixUs);
  return requeueAfterUs === undefined ? {} : { requeueAfterUs };
}

function put(sync: Sync, status: DeploymentStatus): Outcome {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  sync.steps.action('updateStatus', { replicas, updatedReplicas, availableReplicas, progressing: findCondition(conditionsOf(status), PROGRESSING)?.reason ?? '' });
  return { lastWrite: statusWrite({ ...sync.deployment, status: withoutZeros(status) }) };
}

function judgeProgress(deployment: Deployment, status: DeploymentStatus, current: ReplicaSet | undefined, unixUs: number): Conditions {
  const conditions = conditionsOf(status);
  if (!hasProgressDeadline(deployment)) return removeCondition(conditions, PROGRESSING);
  const before = findCondition(conditionsOf(deployment.status), PROGRESSING);
  // Complete before and nothing new: this is no rollout.
  if (status.replicas === status.updatedReplicas && before?.reason === REASON.newReplicaSetAvailable) return conditions;
  const subject = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status)) {
    return setCondition(conditions, newCondition(PROGRESSING, 'True', REASON.newReplicaSetAvailable, `${subject} has successfully progressed.`, unixUs));
  }
  if (hasProgressed(deployment.status ?? {}, status)) {
    const progressing = newCondition(PROGRESSING, 'True', REASON.replicaSetUpdated, `${subject} is progressing.`, unixUs);
    // Each progress is noted with its time, also when the reason stays the same.
    const since = before?.status === 'True' ? before.lastTransitionTime : progressing.lastTransitionTime;
    return [...removeCondition(conditions, PROGRESSING), { ...progressing, lastTransitionTime: since }];
  }
  if (hasTimedOut(deployment, conditions, unixUs)) {
    return setCondition(conditions, newCondition(PROGRESSING, 'False', REASON.timedOut, `${subject} has timed out progressing.`, unixUs));
  }
  return conditions;
}

/** All replicas are of the new template and available, and nothing else runs. */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const desired = desiredReplicas(deployment);
  return (status?.updatedReplicas ?? 0) === desired && (status?.replicas ?? 0) === desired && (status?.availableReplicas ?? 0) === desired
    && (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}

/** More new, ready or available replicas than before, or fewer old ones. */
function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = before;
  const oldBefore = replicas - updatedReplicas;
  const oldAfter = (after.replicas ?? 0) - (after.updatedReplicas ?? 0);
  return (after.updatedReplicas ?? 0) > updatedReplicas || oldAfter < oldBefore || (after.readyReplicas ?? 0) > readyReplicas
    || (after.availableReplicas ?? 0) > availableReplicas;
}

function hasTimedOut(deployment: Deployment, conditions: Conditions, unixUs: number): boolean {
  const condition = findCondition(conditions, PROGRESSING);
  if (!condition || condition.reason === REASON.newReplicaSetAvailable) return false;
  return condition.reason === REASON.timedOut || deadlineUs(deployment, condition) < unixUs;
}

function deadlineUs(deployment: Deployment, condition: DeploymentCondition): number {
  return (parseTime(condition.lastUpdateTime ?? '') ?? 0) + (deployment.spec?.progressDeadlineSeconds ?? 0) * SECOND_US;
}

/** When to look for lack of progress; undefined if none is to be judged. */
function untilDeadlineUs(deployment: Deployment, status: DeploymentStatus, unixUs: number): number | undefined {
  const condition = findCondition(conditionsOf(deployment.status), PROGRESSING);
  if (!hasProgressDeadline(deployment) || !condition || condition.reason === REASON.timedOut || isComplete(deployment, status)) return undefined;
  const leftUs = deadlineUs(deployment, condition) - unixUs;
  return leftUs < SECOND_US ? SOON_US : leftUs + SECOND_US;
}

/** The failure of the new ReplicaSet, else of any. */
function replicaFailure({ current, old }: Generations): DeploymentCondition | undefined {
  for (const replicaSet of current ? [current, ...old] : old) {
    const condition = replicaSet.status?.conditions?.find(({ type }) => type === REPLICA_FAILURE);
    if (condition) return { ...condition, lastUpdateTime: condition.lastTransitionTime };
  }
  return undefined;
}

function sameStatus(a: DeploymentStatus | undefined, b: DeploymentStatus): boolean {
  return (a?.observedGeneration ?? 0) === (b.observedGeneration ?? 0) && (a?.replicas ?? 0) === (b.replicas ?? 0)
    && (a?.updatedReplicas ?? 0) === (b.updatedReplicas ?? 0) && (a?.readyReplicas ?? 0) === (b.readyReplicas ?? 0)
    && (a?.availableReplicas ?? 0) === (b.availableReplicas ?? 0) && (a?.unavailableReplicas ?? 0) === (b.unavailableReplicas ?? 0)
    && a?.terminatingReplicas === b.terminatingReplicas && a?.collisionCount === b.collisionCount
    && sameConditions(conditionsOf(a), conditionsOf(b));
}

/** Counts of 0 are left out, as Go's omitempty does; terminatingReplicas is a pointer and keeps its 0. */
function withoutZeros(status: DeploymentStatus): DeploymentStatus {
  const written: { -readonly [field in keyof DeploymentStatus]: DeploymentStatus[field] } = {};
  if (status.observedGeneration) written.observedGeneration = status.observedGeneration;
  if (status.replicas) written.replicas = status.replicas;
  if (status.updatedReplicas) written.updatedReplicas = status.updatedReplicas;
  if (status.readyReplicas) written.readyReplicas = status.readyReplicas;
  if (status.availableReplicas) written.availableReplicas = status.availableReplicas;
  if (status.unavailableReplicas) written.unavailableReplicas = status.unavailableReplicas;
  if (status.terminatingReplicas !== undefined) written.terminatingReplicas = status.terminatingReplicas;
  if (status.collisionCount) written.collisionCount = status.collisionCount;
  if (status.conditions) written.conditions = status.conditions;
  return written;
}
