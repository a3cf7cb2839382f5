// Makes the claims of generic ephemeral volumes (models volume/ephemeral).
import type { PersistentVolumeClaim, Pod, Volume } from '../api/generated/types.ts';
import { keyFor, keyOf } from '../api/meta.ts';
import { PERSISTENT_VOLUME_CLAIMS } from '../api/resources.ts';
import { createRequest } from '../client/requests.ts';
import { foreignClaim } from '../scheduler/volumes.ts';
import { errorText, isSuccess } from './api-errors.ts';
import type { Controller, Write } from './controller.ts';
import { controllerRef } from './owners.ts';
import { END, write } from './writes.ts';

type Empty = Readonly<Record<string, never>>;

export const ephemeralVolumeController: Controller<Empty, 'create'> = {
  name: 'ephemeral-volume-controller',
  watches: ['pods', 'persistentvolumeclaims'],
  workers: 5,
  workersOption: 'concurrent-ephemeralvolume-syncs',
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, informer, object }, _state, scope, enqueue) {
    if (informer === 'pods') {
      if (type === 'added' && (object as Pod).spec?.volumes?.some(({ ephemeral }) => ephemeral !== undefined)) enqueue(keyOf(object));
    } else if (type === 'deleted') for (const pod of scope.informer('pods').byIndex('claim', keyOf(object))) enqueue(keyOf(pod));
  },
  reconcile(key, _state, scope) {
    const pod = scope.informer('pods').get(key) as Pod | undefined;
    if (!pod || pod.metadata.deletionTimestamp !== undefined) return END;
    const claims = scope.informer('persistentvolumeclaims');
    const writes: Write[] = [];
    for (const volume of pod.spec?.volumes ?? []) {
      if (!volume.ephemeral) continue;
      const wanted = claimOf(pod, volume);
      const existing = claims.get(keyFor(pod.metadata.namespace, wanted.metadata.name ?? '')) as PersistentVolumeClaim | undefined;
      const problem = existing && foreignClaim(pod, existing);
      if (problem !== undefined) return { error: problem };
      if (!existing) writes.push(write('createClaim', createRequest(PERSISTENT_VOLUME_CLAIMS, wanted, pod.metadata.namespace ?? '')));
    }
    return writes.length > 0 ? { writes, progress: 'create' } : END;
  },
  proceed(_key, _progress, results) {
    const failed = results.find((result) => !isSuccess(result));
    return failed ? { error: `create PVC ${(failed.write.spec.body as PersistentVolumeClaim).metadata.name}: ${errorText(failed)}` } : END;
  },
};

function claimOf(pod: Pod, { name, ephemeral }: Volume): PersistentVolumeClaim {
  const template = ephemeral?.volumeClaimTemplate;
  const { annotations, labels } = template?.metadata ?? {};
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim',
    metadata: { name: `${pod.metadata.name ?? ''}-${name}`, ...(annotations ? { annotations } : {}), ...(labels ? { labels } : {}), ownerReferences: [controllerRef(pod)] },
    spec: template?.spec,
  };
}
