// Which ReplicaSets belong to the Deployment: adopting orphans, releasing what the selector no longer matches (models
// getReplicaSetsForDeployment and ReplicaSetControllerRefManager).
import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../../api/resources.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import { getRequest, patchRequest } from '../../client/requests.ts';
import { errorText, isInvalid, isNotFound, isSuccess } from '../api-errors.ts';
import type { WriteResult } from '../controller.ts';
import { adoptPatch, adoptionRefusal, controllerOf, releasePatch } from '../owners.ts';
import { SyncError } from '../steps.ts';
import type { Sync } from './sync-state.ts';

/** The ReplicaSets that the sync works with. An adopted one is still the version of the cache, without its new owner. */
export function claimReplicaSets(sync: Sync): readonly ReplicaSet[] {
  const { deployment, input } = sync;
  const selector = selectorOf(deployment.spec?.selector);
  const deleting = deployment.metadata.deletionTimestamp !== undefined;
  const claimed: ReplicaSet[] = [];
  const errors: string[] = [];
  let mayAdopt: string | undefined | null = null;
  for (const candidate of input.candidates) {
    const matches = matchesSelector(selector, candidate.metadata.labels);
    if (controllerOf(candidate)) {
      if (matches) claimed.push(candidate);
      else if (!deleting) release(sync, candidate, errors);
    } else if (matches && !deleting && candidate.metadata.deletionTimestamp === undefined) {
      if (mayAdopt === null) mayAdopt = recheck(sync, deployment);
      if (adopt(sync, candidate, mayAdopt, errors)) claimed.push(candidate);
    }
  }
  if (errors.length > 0) throw new SyncError(errors.join(', '));
  return claimed;
}

/** Why the Deployment must not adopt, by a fresh read; undefined: it may. */
function recheck(sync: Sync, deployment: Deployment): string | undefined {
  const { namespace = '', name = '' } = deployment.metadata;
  const answer = sync.steps.attempt({ purpose: 'recheckOwner', spec: getRequest(DEPLOYMENTS, namespace, name) });
  return isSuccess(answer) ? adoptionRefusal(deployment, answer.body) : `can't recheck DeletionTimestamp: ${errorText(answer)}`;
}

function adopt(sync: Sync, replicaSet: ReplicaSet, refusal: string | undefined, errors: string[]): boolean {
  const { namespace, name, uid } = replicaSet.metadata;
  if (refusal !== undefined) {
    errors.push(`can't adopt ReplicaSet ${namespace}/${name} (${uid}): ${refusal}`);
    return false;
  }
  sync.steps.action('adoptReplicaSet', { name: name ?? '' });
  const result = patch(sync, 'adoptReplicaSet', replicaSet, adoptPatch(sync.deployment, replicaSet));
  if (!isSuccess(result) && !isNotFound(result)) errors.push(errorText(result));
  return isSuccess(result);
}

function release(sync: Sync, replicaSet: ReplicaSet, errors: string[]): void {
  sync.steps.action('releaseReplicaSet', { name: replicaSet.metadata.name ?? '' });
  const result = patch(sync, 'releaseReplicaSet', replicaSet, releasePatch(sync.deployment, replicaSet));
  if (!isSuccess(result) && !isNotFound(result) && !isInvalid(result)) errors.push(errorText(result));
}

function patch(sync: Sync, purpose: string, replicaSet: ReplicaSet, body: unknown): WriteResult {
  const { namespace = '', name = '' } = replicaSet.metadata;
  return sync.steps.attempt({ purpose, spec: patchRequest(REPLICA_SETS, namespace, name, 'strategic', body) });
}
