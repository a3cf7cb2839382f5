// Keeps a VolumeAttributesClass while a claim or a volume has it, or shall get it (models volume/vacprotection).
import type { PersistentVolume, PersistentVolumeClaim, VolumeAttributesClass } from '../api/generated/types.ts';
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import { updateRequest } from '../client/requests.ts';
import { errorText, isSuccess } from './api-errors.ts';
import type { Controller } from './controller.ts';
import { addedFinalizer, removedFinalizer } from './finalizers.ts';
import { attributesClassesOf } from './informers.ts';
import { END, onlyResult, write } from './writes.ts';

const FINALIZER = 'kubernetes.io/vac-protection';
const VOLUME_ATTRIBUTES_CLASSES: GroupVersionResource = { group: 'storage.k8s.io', version: 'v1', resource: 'volumeattributesclasses' };
const USERS = ['persistentvolumes', 'persistentvolumeclaims'] as const;
type Empty = Readonly<Record<string, never>>;

function isCandidate({ metadata }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(FINALIZER) ?? false);
}

export const vacProtectionController: Controller<Empty, 'update'> = {
  name: 'volumeattributesclass-protection-controller',
  watches: ['volumeattributesclasses', ...USERS],
  workers: 1,
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, informer, object, old }, _state, _scope, enqueue) {
    if (informer === 'volumeattributesclasses') {
      const missing = object.metadata.deletionTimestamp === undefined && addedFinalizer(object, FINALIZER) !== undefined;
      if (type !== 'deleted' && (missing || isCandidate(object))) enqueue(object.metadata.name ?? '');
      return;
    }
    // Classes that it let go of.
    const before = type === 'added' || !old ? [] : attributesClassesOf(old as PersistentVolume | PersistentVolumeClaim);
    if (before.length === 0) return;
    const now = type === 'deleted' ? [] : attributesClassesOf(object as PersistentVolume | PersistentVolumeClaim);
    for (const name of before) if (!now.includes(name)) enqueue(name);
  },
  reconcile(name, _state, scope) {
    const wanted = next(scope.informer('volumeattributesclasses').get(name) as VolumeAttributesClass | undefined,
      () => USERS.some((users) => scope.informer(users).byIndex('attributesClass', name).length > 0));
    return wanted ? { writes: [write('setFinalizer', updateRequest(VOLUME_ATTRIBUTES_CLASSES, wanted))], progress: 'update' } : END;
  },
  proceed(_name, _progress, results) {
    const result = onlyResult(results);
    return isSuccess(result) ? END : { error: errorText(result) };
  },
};

/** The class as it should be; undefined: as it is. */
function next(found: VolumeAttributesClass | undefined, isUsed: () => boolean): VolumeAttributesClass | undefined {
  if (!found) return undefined;
  if (isCandidate(found)) return isUsed() ? undefined : removedFinalizer(found, FINALIZER);
  return found.metadata.deletionTimestamp === undefined ? addedFinalizer(found, FINALIZER) : undefined;
}
