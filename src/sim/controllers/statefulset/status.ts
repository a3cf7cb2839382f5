import type { Pod, StatefulSet, StatefulSetStatus } from '../../api/generated/types.ts';
import { isAvailable } from '../pods.ts';
import { isCreated, isRunningAndReady, isTerminating, replicasOf, revisionOf } from './identity.ts';

export interface Revisions { readonly current: string; readonly update: string; readonly collisionCount: number }

/** Counts over pods that exist (models computeReplicaStatus). */
export function computeStatus(set: StatefulSet, pods: readonly Pod[], revisions: Revisions, unixUs: number): StatefulSetStatus {
  let [replicas, readyReplicas, availableReplicas, currentReplicas, updatedReplicas] = [0, 0, 0, 0, 0];
  for (const pod of pods) {
    if (isCreated(pod)) replicas++;
    if (isRunningAndReady(pod)) {
      readyReplicas++;
      if (isAvailable(pod, set.spec?.minReadySeconds ?? 0, unixUs)) availableReplicas++;
    }
    if (!isCreated(pod) || isTerminating(pod)) continue;
    if (revisionOf(pod) === revisions.current) currentReplicas++;
    if (revisionOf(pod) === revisions.update) updatedReplicas++;
  }
  return {
    observedGeneration: set.metadata.generation ?? 0, replicas, readyReplicas, availableReplicas, currentReplicas, updatedReplicas,
    currentRevision: revisions.current, updateRevision: revisions.update, collisionCount: revisions.collisionCount,
  };
}

/** When all pods are of the new revision and ready, it becomes the current one. */
export function completed(set: StatefulSet, status: StatefulSetStatus): StatefulSetStatus {
  const wanted = replicasOf(set);
  if (set.spec?.updateStrategy?.type !== 'RollingUpdate' || status.updatedReplicas !== wanted || status.readyReplicas !== wanted || status.replicas !== wanted) return status;
  return { ...status, currentReplicas: status.updatedReplicas, currentRevision: status.updateRevision };
}

export function statusDiffers({ status: before }: StatefulSet, status: StatefulSetStatus): boolean {
  return (status.observedGeneration ?? 0) > (before?.observedGeneration ?? 0) || status.replicas !== (before?.replicas ?? 0)
    || status.currentReplicas !== (before?.currentReplicas ?? 0) || status.readyReplicas !== (before?.readyReplicas ?? 0)
    || status.updatedReplicas !== (before?.updatedReplicas ?? 0) || status.currentRevision !== (before?.currentRevision ?? '')
    || status.availableReplicas !== (before?.availableReplicas ?? 0) || status.updateRevision !== (before?.updateRevision ?? '');
}

/** As Go writes it: counts of 0 are left out but for those without omitempty. */
export function encoded(status: StatefulSetStatus): StatefulSetStatus {
  const kept = new Set(['replicas', 'availableReplicas', 'collisionCount']);
  return Object.fromEntries(Object.entries(status).filter(([name, value]) => kept.has(name) || value !== 0)) as unknown as StatefulSetStatus;
}
