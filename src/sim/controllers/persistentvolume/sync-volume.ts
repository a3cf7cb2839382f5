// One volume: is its claim still there, and what becomes of it if not (models pv_controller.go syncVolume).
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES } from '../../api/resources.ts';
import { deleteRequest, getRequest } from '../../client/requests.ts';
import { isNotFound, isSuccess } from '../api-errors.ts';
import { refusal } from '../steps.ts';
import { write } from '../writes.ts';
import { failVolume, setVolumePhase, unbind } from './binder.ts';
import type { Work } from './binder.ts';
import { hasAnnotation, modesDiffer, PROVISIONED_BY } from './claims.ts';

export function syncVolume(work: Work, volume: PersistentVolume): void {
  const reference = volume.spec?.claimRef;
  if (!reference || (reference.uid ?? '') === '') {
    setVolumePhase(work, volume, 'Available');
    return;
  }
  const claim = claimOf(work, volume);
  const name = claim?.spec?.volumeName ?? '';
  if (!claim) release(work, volume);
  else if (name === '') waitForClaim(work, volume, claim);
  else if (name === volume.metadata.name) setVolumePhase(work, volume, 'Bound');
  else if (hasAnnotation(volume, PROVISIONED_BY) && volume.spec?.persistentVolumeReclaimPolicy === 'Delete') release(work, volume);
  else unbind(work, volume);
}

/** The claim that the volume belongs to. A cache may be behind, so a claim that seems gone is asked for before a volume is given up. */
function claimOf({ steps, state, scope }: Work, volume: PersistentVolume): PersistentVolumeClaim | undefined {
  const { namespace = '', name = '', uid } = volume.spec?.claimRef ?? {};
  const key = keyFor(namespace, name);
  const settled = volume.status?.phase === 'Released' || volume.status?.phase === 'Failed';
  const known = steps.remember(() => state.claims.get(key) ?? (settled ? undefined : scope.informer('persistentvolumeclaims').get(key) as PersistentVolumeClaim | undefined));
  if (known?.metadata.uid === uid || (!known && settled)) return known;
  const result = steps.attempt(write('getClaim', getRequest(PERSISTENT_VOLUME_CLAIMS, namespace, name)));
  if (!isSuccess(result) && !isNotFound(result)) throw refusal(result);
  return isSuccess(result) && result.body.metadata.uid === uid ? result.body as PersistentVolumeClaim : undefined;
}

/** The claim has not got its volume yet: the claim's sync does that. */
function waitForClaim({ steps, enqueue }: Work, volume: PersistentVolume, claim: PersistentVolumeClaim): void {
  if (!modesDiffer(volume, claim)) {
    enqueue.push(`claim/${keyOf(claim)}`);
    return;
  }
  steps.event({ about: volume, type: 'Warning', reason: 'VolumeMismatch', message: `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${claim.metadata.name}" due to incompatible volumeMode.` });
  steps.event({ about: claim, type: 'Warning', reason: 'VolumeMismatch', message: `Cannot bind PersistentVolume "${volume.metadata.name}" to requested PersistentVolumeClaim due to incompatible volumeMode.` });
}

function release(work: Work, volume: PersistentVolume): void {
  const settled = volume.status?.phase === 'Released' || volume.status?.phase === 'Failed';
  const released = settled ? volume : setVolumePhase(work, volume, 'Released');
  switch (volume.spec?.persistentVolumeReclaimPolicy) {
    case 'Delete': deleteVolume(work, released); return;
    case 'Recycle': failVolume(work, released, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!'); return;
    case 'Retain': case undefined: return;
  }
}

/** What deletes the data behind a volume: an external provisioner (undefined), this program, or nothing: why. */
function deletionProblem({ metadata, spec }: PersistentVolume): string | undefined {
  if (!spec?.hostPath) return `error getting deleter volume plugin for volume "${metadata.name}": no deletable volume plugin matched`;
  const { path } = spec.hostPath;
  return /^\/tmp\/.+/.test(path) ? undefined : `host_path deleter only supports /tmp/.+ but received provided ${path}`;
}

function deleteVolume(work: Work, volume: PersistentVolume): void {
  const { steps } = work;
  const { name = '', annotations } = volume.metadata;
  const latest = steps.attempt(write('getVolume', getRequest(PERSISTENT_VOLUMES, '', name)));
  if (!isSuccess(latest)) return;
  const current = latest.body as PersistentVolume;
  if (current.metadata.deletionTimestamp !== undefined || current.spec?.claimRef?.uid !== volume.spec?.claimRef?.uid) return;
  const provisioner = annotations?.[PROVISIONED_BY];
  // What a driver outside provisioned, or holds, a program outside deletes.
  if (provisioner === undefined ? current.spec?.csi !== undefined : !provisioner.startsWith('kubernetes.io/')) return;
  const problem = deletionProblem(current);
  if (problem !== undefined) {
    failVolume(work, volume, 'VolumeFailedDelete', problem);
    return;
  }
  steps.action('deleteVolume', { volume: name });
  steps.write(write('deleteVolume', deleteRequest(PERSISTENT_VOLUMES, '', name)));
}
