// Tells who asks for a larger volume that something outside has to make it larger (models volume/expand): no volume of
// this world can be expanded by the controller manager itself.
import type { PersistentVolume, PersistentVolumeClaim } from '../api/generated/types.ts';
import { keyOf } from '../api/meta.ts';
import { PERSISTENT_VOLUMES } from '../api/resources.ts';
import { compareQuantities } from '../api/quantity.ts';
import { getRequest } from '../client/requests.ts';
import { errorText, isSuccess } from './api-errors.ts';
import type { Controller } from './controller.ts';
import { sizeOf } from './persistentvolume/claims.ts';
import { END, onlyResult, write } from './writes.ts';

type Empty = Readonly<Record<string, never>>;

function requested({ spec }: PersistentVolumeClaim) {
  return sizeOf(spec?.resources?.requests);
}

function grown(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  return compareQuantities(requested(claim), requested(old)) > 0 || compareQuantities(sizeOf(claim.status?.capacity), sizeOf(old.status?.capacity)) > 0;
}

export const volumeExpansionController: Controller<Empty, PersistentVolumeClaim> = {
  name: 'persistentvolume-expander-controller',
  serviceAccount: 'expand-controller',
  eventSource: 'volume_expand',
  watches: ['persistentvolumeclaims'],
  workers: 10,
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, object, old }, _state, _scope, enqueue) {
    const claim = object as PersistentVolumeClaim;
    if (claim.status?.phase !== 'Bound' || type === 'deleted') return;
    if (type === 'added' || (old && grown(claim, old as PersistentVolumeClaim))) enqueue(keyOf(claim));
  },
  reconcile(key, _state, scope) {
    const claim = scope.informer('persistentvolumeclaims').get(key) as PersistentVolumeClaim | undefined;
    return claim ? { writes: [write('getVolume', getRequest(PERSISTENT_VOLUMES, '', claim.spec?.volumeName ?? ''))], progress: claim } : END;
  },
  proceed(key, claim, results) {
    const result = onlyResult(results);
    if (!isSuccess(result)) return { error: `failed to get PV ${JSON.stringify(claim.spec?.volumeName ?? '')}: ${errorText(result)}` };
    const bound = (result.body as PersistentVolume).spec?.claimRef;
    if (bound?.namespace !== claim.metadata.namespace || bound?.uid !== claim.metadata.uid) return { error: `persistent Volume is not bound to PVC being updated : ${key}` };
    if (compareQuantities(requested(claim), sizeOf(claim.status?.capacity)) <= 0) return END;
    return { events: [{ about: claim, type: 'Normal', reason: 'ExternalExpanding', message: 'waiting for an external controller to expand this PVC' }] };
  },
};
