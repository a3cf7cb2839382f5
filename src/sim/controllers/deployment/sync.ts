// One sync of a Deployment (models syncDeployment).
import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../../api/resources.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import { claim } from '../claim.ts';
import type { PlanExplanation } from '../controller.ts';
import { SyncError } from '../steps.ts';
import type { Action, Outcome, Steps } from '../steps.ts';
import { PROGRESSING, REASON, conditionsOf, findCondition, hasProgressDeadline, newCondition, setCondition, withConditions } from './conditions.ts';
import { active } from './replica-sets.ts';
import { syncRevision } from './revision.ts';
import { recreate, rollOut } from './rollout.ts';
import { rollBack, rollbackRevision } from './rollback.ts';
import { cleanUp, scale } from './scale.ts';
import { DESIRED_REPLICAS, countAnnotation, desiredReplicas, maxSurge, maxUnavailable } from './sizes.ts';
import { syncStatus } from './status.ts';
import { statusWrite, writeStatus } from './sync-state.ts';
import type { Sync, SyncInput } from './sync-state.ts';

/** The body of a sync; see steps.ts for how it stops and goes on. */
export function syncDeployment(input: SyncInput, steps: Steps, cached: Sync['cached']): Outcome {
  const sync: Sync = { input, steps, deployment: input.deployment, cached };
  if (selectsEverything(input.deployment)) return refuseSelector(sync);
  const selector = selectorOf(input.deployment.spec?.selector);
  const owned = claim(steps, input.candidates, {
    owner: input.deployment, ownerResource: DEPLOYMENTS, resource: REPLICA_SETS, matches: (replicaSet) => matchesSelector(selector, replicaSet.metadata.labels),
  });
  if (input.deployment.metadata.deletionTimestamp !== undefined) return syncStatus(sync, syncRevision(sync, owned, false));
  notePause(sync);
  if (sync.deployment.spec?.paused) return resize(sync, owned);
  const rollback = rollbackRevision(sync.deployment);
  if (rollback !== undefined) return rollBack(sync, owned, rollback);
  if (wasScaled(sync, owned)) return resize(sync, owned);
  const type = sync.deployment.spec?.strategy?.type;
  switch (type) {
    case 'Recreate': return recreate(sync, owned);
    case 'RollingUpdate': return rollOut(sync, owned);
    default: throw new SyncError(`unexpected deployment strategy type: ${type ?? ''}`);
  }
}

function selectsEverything(deployment: Deployment): boolean {
  const { matchLabels = {}, matchExpressions = [] } = deployment.spec?.selector ?? {};
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function refuseSelector(sync: Sync): Outcome {
  const { deployment, steps } = sync;
  steps.event({ about: deployment, type: 'Warning', reason: 'SelectingAll', message: 'This deployment is selecting all pods. A non-empty selector is required.' });
  const generation = deployment.metadata.generation ?? 0;
  if ((deployment.status?.observedGeneration ?? 0) < generation) {
    steps.attempt(statusWrite({ ...deployment, status: { ...deployment.status, observedGeneration: generation } }));
  }
  return {};
}

/** A pause stops the clock of the progress deadline, and resuming starts it anew. */
function notePause(sync: Sync): void {
  if (!hasProgressDeadline(sync.deployment)) return;
  const conditions = conditionsOf(sync.deployment.status);
  const reason = findCondition(conditions, PROGRESSING)?.reason;
  const paused = sync.deployment.spec?.paused ?? false;
  if (reason === REASON.timedOut || paused === (reason === REASON.paused)) return;
  const { unixUs } = sync.input;
  const condition = paused
    ? newCondition(PROGRESSING, 'Unknown', REASON.paused, 'Deployment is paused', unixUs)
    : newCondition(PROGRESSING, 'Unknown', REASON.resumed, 'Deployment is resumed', unixUs);
  sync.deployment = withConditions(sync.deployment, setCondition(conditions, condition));
  sync.steps.action(paused ? 'pause' : 'resume', {});
  writeStatus(sync);
}

/** Scaled or paused: sizes follow, the rollout does not go on. */
function resize(sync: Sync, owned: readonly ReplicaSet[]): Outcome {
  const generations = syncRevision(sync, owned, false);
  scale(sync, generations);
  if (sync.deployment.spec?.paused && rollbackRevision(sync.deployment) === undefined) cleanUp(sync, generations.old);
  return syncStatus(sync, generations);
}

/** Some active ReplicaSet was made for another number of replicas. */
function wasScaled(sync: Sync, owned: readonly ReplicaSet[]): boolean {
  const { current, old } = syncRevision(sync, owned, false);
  return active(current ? [...old, current] : [...old]).some((replicaSet) => {
    const desired = countAnnotation(replicaSet, DESIRED_REPLICAS);
    return desired !== undefined && desired !== desiredReplicas(sync.deployment);
  });
}

/** What a sync saw and wants, for the page. */
export function explainDeployment({ key, deployment }: SyncInput, actions: readonly Action[]): PlanExplanation {
  const { replicas = 0, updatedReplicas: updated = 0, readyReplicas: ready = 0, availableReplicas: available = 0 } = deployment.status ?? {};
  return {
    about: 'plan', controller: 'deployment-controller', key, observed: { replicas, updated, ready, available },
    desired: { replicas: desiredReplicas(deployment), maxSurge: maxSurge(deployment), maxUnavailable: maxUnavailable(deployment) }, actions,
  };
}
