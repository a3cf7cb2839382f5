// Keeps a bound volume until its claim is gone (models volume/pvprotection).
import type { PersistentVolume } from '../api/generated/types.ts';
import { keyOf } from '../api/meta.ts';
import { PERSISTENT_VOLUMES } from '../api/resources.ts';
import { updateRequest } from '../client/requests.ts';
import { errorText, isNotFound, isSuccess } from './api-errors.ts';
import type { Controller } from './controller.ts';
import { addedFinalizer, removedFinalizer } from './finalizers.ts';
import { END, onlyResult, write } from './writes.ts';

const FINALIZER = 'kubernetes.io/pv-protection';
type Empty = Readonly<Record<string, never>>;

/** The volume as it should be: with the finalizer while it lives, without it when it may go; undefined: as it is. */
function next(volume: PersistentVolume): PersistentVolume | undefined {
  if (volume.metadata.deletionTimestamp === undefined) return addedFinalizer(volume, FINALIZER);
  return volume.status?.phase === 'Bound' ? undefined : removedFinalizer(volume, FINALIZER);
}

export const pvProtectionController: Controller<Empty, 'update'> = {
  name: 'persistentvolume-protection-controller',
  serviceAccount: 'pv-protection-controller',
  watches: ['persistentvolumes'],
  workers: 1,
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, object }, _state, _scope, enqueue) {
    if (type !== 'deleted' && next(object as PersistentVolume)) enqueue(keyOf(object));
  },
  reconcile(key, _state, scope) {
    const volume = scope.informer('persistentvolumes').get(key) as PersistentVolume | undefined;
    const wanted = volume && next(volume);
    return wanted ? { writes: [write('setFinalizer', updateRequest(PERSISTENT_VOLUMES, wanted))], progress: 'update' } : END;
  },
  proceed(_key, _progress, results) {
    const result = onlyResult(results);
    return isSuccess(result) || isNotFound(result) ? END : { error: errorText(result) };
  },
};
