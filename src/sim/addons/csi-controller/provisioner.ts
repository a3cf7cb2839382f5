// Makes and deletes volumes for claims (models the sidecar external-provisioner).
import { formatQuantity, parseQuantity, quantityFromValue, quantityValue } from '../../api/quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass, VolumeAttachment } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { PERSISTENT_VOLUMES } from '../../api/resources.ts';
import { createRequest, deleteRequest } from '../../client/requests.ts';
import { claimClass, SELECTED_NODE } from '../../scheduler/volumes.ts';
import { changeFinalizers } from './finalizers.ts';
import { FlowError } from './flow.ts';
import type { Flow } from './flow.ts';

const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';

/** Reads of the sidecars' caches. */
export interface Caches { get<T extends ApiObject>(informer: string, key: string): T | undefined; all<T extends ApiObject>(informer: string): readonly T[] }

/** The claim waits for a volume of this driver, and nothing else has to happen first. */
export function shouldProvision(claim: PersistentVolumeClaim, driver: string, caches: Caches): boolean {
  const { annotations, deletionTimestamp } = claim.metadata;
  if (deletionTimestamp !== undefined || annotations?.[STORAGE_PROVISIONER] !== driver || (claim.spec?.volumeName ?? '') !== '') return false;
  const storageClass = caches.get<StorageClass>('storageclasses', claimClass(claim));
  if (!storageClass) return false;
  return storageClass.volumeBindingMode !== 'WaitForFirstConsumer' || annotations[SELECTED_NODE] !== undefined;
}

export function shouldDelete(volume: PersistentVolume, driver: string): boolean {
  const { annotations, deletionTimestamp, finalizers } = volume.metadata;
  if (annotations?.[PROVISIONED_BY] !== driver || volume.spec?.persistentVolumeReclaimPolicy !== 'Delete' || volume.status?.phase !== 'Released') return false;
  return deletionTimestamp === undefined || (finalizers?.includes(FINALIZER) ?? false);
}

export function provision(flow: Flow, claim: PersistentVolumeClaim, driver: string, identity: string, caches: Caches): void {
  const storageClass = flow.remember(() => caches.get<StorageClass>('storageclasses', claimClass(claim)));
  const { name = '', namespace = '', uid = '', annotations } = claim.metadata;
  if (!storageClass) throw new FlowError(`failed to get storageclass ${claimClass(claim)}`);
  flow.event({ about: claim, type: 'Normal', reason: 'Provisioning', message: `External provisioner is provisioning volume for claim "${namespace}/${name}"` });
  const volumeName = `pvc-${uid}`;
  const created = flow.storage({
    type: 'csi-create-volume', name: volumeName, requiredBytes: quantityValue(parseQuantity(claim.spec?.resources?.requests?.['storage'] ?? '1Gi')),
    parameters: storageClass.parameters ?? {}, preferredNode: annotations?.[SELECTED_NODE] ?? '',
  });
  if (created.error || created.type !== 'csi-create-volume-response') {
    const problem = `failed to provision volume with StorageClass "${storageClass.metadata.name}": rpc error: code = ${created.error?.code} desc = ${created.error?.message}`;
    flow.event({ about: claim, type: 'Warning', reason: 'ProvisioningFailed', message: problem });
    throw new FlowError(problem);
  }
  const capacity = formatQuantity(quantityFromValue(created.capacityBytes, 'BinarySI'));
  flow.write(createRequest(PERSISTENT_VOLUMES, volumeOf(claim, storageClass, driver, identity, volumeName, created.volumeId, capacity), ''), 409);
  flow.event({ about: claim, type: 'Normal', reason: 'ProvisioningSucceeded', message: `Successfully provisioned volume ${volumeName}` });
}

function volumeOf(claim: PersistentVolumeClaim, storageClass: StorageClass, driver: string, identity: string, name: string, volumeHandle: string, storage: string): PersistentVolume {
  const { namespace, name: claimName, uid, resourceVersion } = claim.metadata;
  const { accessModes, volumeMode } = claim.spec ?? {};
  return {
    apiVersion: 'v1', kind: 'PersistentVolume',
    metadata: {
      name, finalizers: [FINALIZER],
      annotations: { [PROVISIONED_BY]: driver, 'volume.kubernetes.io/provisioner-deletion-secret-name': '', 'volume.kubernetes.io/provisioner-deletion-secret-namespace': '' },
    },
    spec: {
      accessModes, capacity: { storage },
      claimRef: { kind: 'PersistentVolumeClaim', namespace, name: claimName, uid, apiVersion: 'v1', resourceVersion },
      csi: { driver, volumeHandle, ...(volumeMode === 'Block' ? {} : { fsType: 'ext4' }), volumeAttributes: { 'storage.kubernetes.io/csiProvisionerIdentity': identity } },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete', storageClassName: claimClass(claim), volumeMode,
      ...(storageClass.mountOptions ? { mountOptions: storageClass.mountOptions } : {}),
    },
  };
}

/** Data first, then the object; the finalizer keeps the object until the data is gone. */
export function deleteVolume(flow: Flow, volume: PersistentVolume, caches: Caches): void {
  const { name = '' } = volume.metadata;
  const attached = flow.remember(() => caches.all<VolumeAttachment>('volumeattachments').find(({ spec }) => spec.source.persistentVolumeName === name)?.spec.nodeName);
  if (attached !== undefined) {
    const problem = `persistentvolume ${name} is still attached to node ${attached}`;
    flow.event({ about: volume, type: 'Warning', reason: 'VolumeFailedDelete', message: problem });
    throw new FlowError(problem);
  }
  const { error } = flow.storage({ type: 'csi-delete-volume', volumeId: volume.spec?.csi?.volumeHandle ?? '' });
  if (error) {
    const problem = `rpc error: code = ${error.code} desc = ${error.message}`;
    flow.event({ about: volume, type: 'Warning', reason: 'VolumeFailedDelete', message: problem });
    throw new FlowError(problem);
  }
  flow.write(deleteRequest(PERSISTENT_VOLUMES, '', name), 404);
  changeFinalizers(flow, PERSISTENT_VOLUMES, name, (finalizers) => finalizers.filter((finalizer) => finalizer !== FINALIZER));
}
