// Sizes of ReplicaSets outside of a rollout step, and the clean-up of old ones (models scale, scaleReplicaSet and
// cleanupDeployment in sync.go).
import type { ReplicaSet } from '../../api/generated/types.ts';
import { REPLICA_SETS } from '../../api/resources.ts';
import { deleteRequest, updateRequest } from '../../client/requests.ts';
import { isNotFound, isSuccess } from '../api-errors.ts';
import { refusal } from '../steps.ts';
import { hasAnnotations, sizeAnnotations, withAnnotations } from './annotations.ts';
import { active, byCreation, byRevision, bySizeNewer, bySizeOlder, sumSpec } from './replica-sets.ts';
import type { Generations } from './revision.ts';
import { desiredReplicas, isRollingUpdate, isSaturated, maxSurge, proportion, specReplicas } from './sizes.ts';
import type { Sync } from './sync-state.ts';

/** Sets the size of one ReplicaSet; `changed` if it was another. `annotate`: also when only its annotations are out of date. */
export function scaleReplicaSet(sync: Sync, replicaSet: ReplicaSet, size: number, why: string, annotate = false): { readonly changed: boolean; readonly replicaSet: ReplicaSet } {
  const { deployment, steps } = sync;
  const from = specReplicas(replicaSet);
  const annotations = sizeAnnotations(deployment);
  if (from === size && (!annotate || hasAnnotations(replicaSet, annotations))) return { changed: false, replicaSet };
  const name = replicaSet.metadata.name ?? '';
  steps.action(from === size ? 'annotateReplicaSet' : 'scaleReplicaSet', { name, from, to: size, why });
  const next = withReplicas(withAnnotations(replicaSet, { ...replicaSet.metadata.annotations, ...annotations }), size);
  const scaled = steps.write({ purpose: 'scaleReplicaSet', spec: updateRequest(REPLICA_SETS, next) }).body as ReplicaSet;
  if (from === size) return { changed: false, replicaSet: scaled };
  const direction = from < size ? 'up' : 'down';
  steps.event({ about: deployment, type: 'Normal', reason: 'ScalingReplicaSet', message: `Scaled ${direction} replica set ${name} from ${from} to ${size}` });
  return { changed: true, replicaSet: scaled };
}

function withReplicas(replicaSet: ReplicaSet, replicas: number): ReplicaSet {
  return replicaSet.spec ? { ...replicaSet, spec: { ...replicaSet.spec, replicas } } : replicaSet;
}

/** Brings the sizes to the Deployment's when it was scaled, or while it is paused: amidst a rollout in proportion. */
export function scale(sync: Sync, { current, old }: Generations): void {
  const { deployment } = sync;
  const desired = desiredReplicas(deployment);
  const all = current ? [...old, current] : [...old];
  const running = active(all);
  if (running.length <= 1) {
    const only = running[0] ?? current ?? old.toSorted(byCreation).at(-1);
    if (only) scaleReplicaSet(sync, only, desired, 'scaled');
    return;
  }
  if (isSaturated(deployment, current)) {
    for (const replicaSet of active(old)) scaleReplicaSet(sync, replicaSet, 0, 'saturated');
    return;
  }
  if (isRollingUpdate(deployment)) scaleInProportion(sync, running);
}

function scaleInProportion(sync: Sync, running: readonly ReplicaSet[]): void {
  const { deployment } = sync;
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const toAdd = allowed - sumSpec(running);
  const sorted = toAdd > 0 ? running.toSorted(bySizeNewer) : toAdd < 0 ? running.toSorted(bySizeOlder) : running;
  let added = 0;
  const sizes = sorted.map((replicaSet) => {
    const share = toAdd === 0 ? 0 : proportion(replicaSet, deployment, toAdd, added);
    added += share;
    return specReplicas(replicaSet) + share;
  });
  // What rounding left over goes to the largest.
  if (toAdd !== 0) sizes[0] = Math.max(0, (sizes[0] ?? 0) + toAdd - added);
  sorted.forEach((replicaSet, index) => scaleReplicaSet(sync, replicaSet, sizes[index] as number, 'proportion', true));
}

const FOREVER = 0x7fff_ffff;

/** Deletes the oldest ReplicaSets beyond revisionHistoryLimit that have no pods left. */
export function cleanUp(sync: Sync, old: readonly ReplicaSet[]): void {
  const limit = sync.deployment.spec?.revisionHistoryLimit;
  if (limit === undefined || limit === FOREVER) return;
  const alive = old.filter((replicaSet) => replicaSet.metadata.deletionTimestamp === undefined).sort(byRevision);
  for (const replicaSet of alive.slice(0, Math.max(0, alive.length - limit))) {
    const { namespace = '', name = '', generation = 0 } = replicaSet.metadata;
    const { replicas = 0, observedGeneration = 0 } = replicaSet.status ?? {};
    if (replicas !== 0 || specReplicas(replicaSet) !== 0 || generation > observedGeneration) continue;
    sync.steps.action('deleteReplicaSet', { name, revisionHistoryLimit: limit });
    const result = sync.steps.attempt({ purpose: 'deleteReplicaSet', spec: deleteRequest(REPLICA_SETS, namespace, name) });
    if (!isSuccess(result) && !isNotFound(result)) throw refusal(result);
  }
}
