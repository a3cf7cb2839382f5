// The two strategies (models rolling.go and recreate.go).
import type { ReplicaSet } from '../../api/generated/types.ts';
import { SyncError } from '../steps.ts';
import type { Outcome } from '../steps.ts';
import { active, byCreation, sumSpec, sumStatus } from './replica-sets.ts';
import { syncRevision } from './revision.ts';
import type { Generations } from './revision.ts';
import { cleanUp, scaleReplicaSet } from './scale.ts';
import { desiredReplicas, maxUnavailable, newReplicaSetSize, specReplicas } from './sizes.ts';
import { isComplete, syncRolloutStatus } from './status.ts';
import type { Sync } from './sync-state.ts';

/** One step of a rolling update: the new ReplicaSet up if it may, else the old ones down if they may. */
export function rollOut(sync: Sync, owned: readonly ReplicaSet[]): Outcome {
  const generations = syncRevision(sync, owned, true);
  const current = generations.current as ReplicaSet;
  if (growNew(sync, current, generations)) return syncRolloutStatus(sync, generations);
  if (shrinkOld(sync, current, generations)) return syncRolloutStatus(sync, generations);
  if (isComplete(sync.deployment, sync.deployment.status)) cleanUp(sync, generations.old);
  return syncRolloutStatus(sync, generations);
}

function growNew(sync: Sync, current: ReplicaSet, { old }: Generations): boolean {
  const size = specReplicas(current);
  const desired = desiredReplicas(sync.deployment);
  if (size === desired) return false;
  const next = size > desired ? desired : newReplicaSetSize(sync.deployment, sumSpec(old) + size, size);
  return scaleReplicaSet(sync, current, next, 'new').changed;
}

/** An error here is not the sync's: it goes on as if nothing could be scaled down. */
function shrinkOld(sync: Sync, current: ReplicaSet, generations: Generations): boolean {
  const { deployment, steps } = sync;
  let old: readonly ReplicaSet[] = active(generations.old).sort(byCreation);
  const oldSize = sumSpec(old);
  if (oldSize === 0) return false;
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = specReplicas(current) - (current.status?.availableReplicas ?? 0);
  const most = sumSpec(generations.old) + specReplicas(current) - minAvailable - newUnavailable;
  if (most <= 0) {
    steps.action('holdOld', { oldSize, minAvailable, newUnavailable });
    return false;
  }
  try {
    const cleaned = removeUnhealthy(sync, old, most);
    old = cleaned.old;
    return removeAvailable(sync, old, current, minAvailable) + cleaned.count > 0;
  } catch (thrown) {
    if (thrown instanceof SyncError) return false;
    throw thrown;
  }
}

/** First what is not available anyway: taking it away costs nothing. */
function removeUnhealthy(sync: Sync, old: readonly ReplicaSet[], most: number): { readonly old: readonly ReplicaSet[]; readonly count: number } {
  let count = 0;
  const after = old.map((replicaSet) => {
    const size = specReplicas(replicaSet);
    const unhealthy = Math.min(most - count, size - (replicaSet.status?.availableReplicas ?? 0));
    if (count >= most || size === 0 || size === (replicaSet.status?.availableReplicas ?? 0)) return replicaSet;
    if (unhealthy < 0) throw new SyncError(`when cleaning up unhealthy replicas, got invalid request to scale down ${replicaSet.metadata.namespace}/${replicaSet.metadata.name} ${size} -> ${size - unhealthy}`);
    const { replicaSet: scaled } = scaleReplicaSet(sync, replicaSet, size - unhealthy, 'unhealthy');
    count += unhealthy;
    return scaled;
  });
  return { old: after, count };
}

/** Then as many available ones as are available above the minimum. */
function removeAvailable(sync: Sync, old: readonly ReplicaSet[], current: ReplicaSet, minAvailable: number): number {
  const spare = sumStatus(old, 'availableReplicas') + (current.status?.availableReplicas ?? 0) - minAvailable;
  let count = 0;
  for (const replicaSet of old) {
    if (count >= spare) break;
    const size = specReplicas(replicaSet);
    if (size === 0) continue;
    const less = Math.min(size, spare - count);
    scaleReplicaSet(sync, replicaSet, size - less, 'old');
    count += less;
  }
  return count;
}

/** All old pods must be gone before the first new one is made. */
export function recreate(sync: Sync, owned: readonly ReplicaSet[]): Outcome {
  let generations = syncRevision(sync, owned, false);
  const shrunk = active(generations.old).map((replicaSet) => scaleReplicaSet(sync, replicaSet, 0, 'recreate').changed);
  if (shrunk.includes(true)) return syncRolloutStatus(sync, generations);
  if (oldPodsRun(sync, generations)) {
    sync.steps.action('waitForOldPods', { replicas: sumStatus(generations.old, 'replicas') });
    return syncRolloutStatus(sync, generations);
  }
  if (!generations.current) generations = syncRevision(sync, owned, true);
  scaleReplicaSet(sync, generations.current as ReplicaSet, desiredReplicas(sync.deployment), 'recreate');
  if (isComplete(sync.deployment, sync.deployment.status)) cleanUp(sync, generations.old);
  return syncRolloutStatus(sync, generations);
}

function oldPodsRun(sync: Sync, { current, old }: Generations): boolean {
  if (sumStatus(old, 'replicas') > 0) return true;
  return sync.input.withPods.some((uid) => uid !== current?.metadata.uid);
}
