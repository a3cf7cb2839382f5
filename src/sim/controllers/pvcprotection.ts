// Keeps a claim while a scheduled pod uses it (models volume/pvcprotection).
import type { PersistentVolumeClaim, Pod } from '../api/generated/types.ts';
import { keyOf } from '../api/meta.ts';
import type { ApiObject } from '../api/meta.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS } from '../api/resources.ts';
import { listRequest, NO_OPTIONS, updateRequest } from '../client/requests.ts';
import { claimsOfPod, foreignClaim } from '../scheduler/volumes.ts';
import { errorText, isNotFound, isSuccess } from './api-errors.ts';
import type { Controller, Round } from './controller.ts';
import { addedFinalizer, removedFinalizer } from './finalizers.ts';
import { isTerminal } from './pods.ts';
import { END, onlyResult, write } from './writes.ts';

const FINALIZER = 'kubernetes.io/pvc-protection';
type Empty = Readonly<Record<string, never>>;
export type Progress = { readonly step: 'pods'; readonly claim: PersistentVolumeClaim } | { readonly step: 'update' };

export const pvcProtectionController: Controller<Empty, Progress> = {
  name: 'persistentvolumeclaim-protection-controller',
  serviceAccount: 'pvc-protection-controller',
  watches: ['persistentvolumeclaims', 'pods'],
  workers: 1,
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, informer, object }, _state, scope, enqueue) {
    if (informer === 'persistentvolumeclaims') {
      if (type !== 'deleted' && (isCandidate(object) || addedFinalizer(object, FINALIZER) !== undefined)) enqueue(keyOf(object));
      return;
    }
    // A pod that runs cannot set a claim free.
    const pod = object as Pod;
    if (type !== 'deleted' && !isTerminal(pod) && (pod.spec?.nodeName ?? '') !== '') return;
    if ((pod.spec?.volumes ?? []).length === 0) return;
    for (const { name } of claimsOfPod(pod)) {
      const claim = scope.informer('persistentvolumeclaims').get(`${pod.metadata.namespace ?? ''}/${name}`);
      if (claim && isCandidate(claim)) enqueue(keyOf(claim));
    }
  },
  reconcile(key, _state, scope) {
    const claim = scope.informer('persistentvolumeclaims').get(key) as PersistentVolumeClaim | undefined;
    if (!claim) return END;
    if (!isCandidate(claim)) return update(claim.metadata.deletionTimestamp === undefined ? addedFinalizer(claim, FINALIZER) : undefined);
    for (const pod of scope.informer('pods').byIndex('claim', key)) if (uses(pod as Pod, claim)) return END;
    // The cache may not have the newest pod: the API server is asked before the claim is let go.
    return { writes: [write('listPods', listRequest(PODS, claim.metadata.namespace ?? '', NO_OPTIONS))], progress: { step: 'pods', claim } };
  },
  proceed(_key, progress, results) {
    const result = onlyResult(results);
    if (progress.step === 'update') return isSuccess(result) || isNotFound(result) ? END : { error: errorText(result) };
    if (!isSuccess(result)) return { error: errorText(result) };
    const { items = [] } = result.body as ApiObject & { readonly items?: readonly Pod[] };
    const { claim } = progress;
    return items.some((pod) => uses(pod, claim)) ? END : update(removedFinalizer(claim, FINALIZER));
  },
};

/** A scheduled pod uses its claims; one that its kubelet has finished with no longer the claims that were made for it. */
function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if ((pod.spec?.nodeName ?? '') === '') return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const shutDown = deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0;
  return claimsOfPod(pod).some(({ name, ephemeral }) => name === claim.metadata.name && !(ephemeral && (shutDown || foreignClaim(pod, claim) !== undefined)));
}

/** It is being deleted, and only the finalizer holds it. */
function isCandidate({ metadata }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(FINALIZER) ?? false);
}

function update(claim: PersistentVolumeClaim | undefined): Round<Progress> {
  return claim ? { writes: [write('setFinalizer', updateRequest(PERSISTENT_VOLUME_CLAIMS, claim))], progress: { step: 'update' } } : END;
}
