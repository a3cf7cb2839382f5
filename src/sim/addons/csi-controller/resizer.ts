// Makes volumes larger as their claims ask (models the sidecar external-resizer). The driver grows the file system itself,
// so that nothing is left to do on a node.
import { formatTime } from '../../../base/time.ts';
import { compareQuantities, formatQuantity, parseQuantity, quantityFromValue, quantityValue } from '../../api/quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimCondition } from '../../api/generated/types.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES } from '../../api/resources.ts';
import { patchRequest } from '../../client/requests.ts';
import { FlowError } from './flow.ts';
import type { Flow } from './flow.ts';
import type { Caches } from './provisioner.ts';

const OF_RESIZING = new Set(['Resizing', 'FileSystemResizePending', 'ControllerResizeError', 'NodeResizeError']);

function requested(claim: PersistentVolumeClaim): string | number {
  return claim.spec?.resources?.requests?.['storage'] ?? 0;
}

function isLess(a: string | number, b: string | number): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) < 0;
}

/** A claim that is seen for the first time, or that asks for more than before. */
export function asksForMore(claim: PersistentVolumeClaim, old: PersistentVolumeClaim | undefined): boolean {
  return !old || isLess(requested(old), requested(claim));
}

/** The bound claim asks for more than it has, of a volume of this driver. */
export function shouldResize(claim: PersistentVolumeClaim, driver: string, caches: Caches): boolean {
  const { spec, status, metadata } = claim;
  if (status?.phase !== 'Bound' || !spec?.volumeName || !isLess(status.capacity?.['storage'] ?? 0, requested(claim))) return false;
  const volume = caches.get<PersistentVolume>('persistentvolumes', spec.volumeName)?.spec;
  return volume?.csi?.driver === driver && volume.claimRef?.uid === metadata.uid && volume?.claimRef?.namespace === metadata.namespace;
}

/** `nowUs` is microseconds since 1970. */
export function resize(flow: Flow, claim: PersistentVolumeClaim, driver: string, nowUs: number, caches: Caches): void {
  const volume = flow.remember(() => caches.get<PersistentVolume>('persistentvolumes', claim.spec?.volumeName ?? ''));
  if (!volume) return;
  const { name = '' } = volume.metadata;
  const lastTransitionTime = flow.remember(() => formatTime(nowUs));
  const { allocatedResources, allocatedResourceStatuses, conditions = [] } = claim.status ?? {};
  // What has begun is finished first, whatever is asked for meanwhile.
  const begun = allocatedResourceStatuses?.['storage'] === 'ControllerResizeInProgress' ? allocatedResources?.['storage'] : undefined;
  const size = begun ?? requested(claim);
  const others = conditions.filter(({ type }) => !OF_RESIZING.has(type));
  const resizing: PersistentVolumeClaimCondition = { type: 'Resizing', status: 'True', lastTransitionTime };
  const marked = patchClaim(flow, claim, {
    conditions: [...others, resizing],
    ...(begun === undefined ? { allocatedResources: { storage: size }, allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' } } : {}),
  });
  flow.event({ about: claim, type: 'Normal', reason: 'Resizing', message: `External resizer is resizing volume ${name}` });
  const expanded = flow.storage({ type: 'csi-controller-expand-volume', volumeId: volume.spec?.csi?.volumeHandle ?? '', requiredBytes: quantityValue(parseQuantity(size)) });
  if (expanded.error || expanded.type !== 'csi-controller-expand-volume-response') {
    const problem = `resize volume "${name}" by resizer "${driver}" failed: rpc error: code = ${expanded.error?.code} desc = ${expanded.error?.message}`;
    flow.event({ about: claim, type: 'Warning', reason: 'VolumeResizeFailed', message: problem });
    throw new FlowError(problem);
  }
  const storage = formatQuantity(quantityFromValue(expanded.capacityBytes, 'BinarySI'));
  flow.write(patchRequest(PERSISTENT_VOLUMES, '', name, 'merge', { spec: { capacity: { storage } } }));
  patchClaim(flow, marked, { capacity: { storage }, conditions: others, allocatedResourceStatuses: { storage: null } });
  flow.event({ about: claim, type: 'Normal', reason: 'VolumeResizeSuccessful', message: 'Resize volume succeeded' });
}

/** Only the claim as it was seen is changed. */
function patchClaim(flow: Flow, { metadata }: PersistentVolumeClaim, status: unknown): PersistentVolumeClaim {
  const { name = '', namespace = '', resourceVersion } = metadata;
  return flow.write(patchRequest(PERSISTENT_VOLUME_CLAIMS, namespace, name, 'merge', { metadata: { resourceVersion }, status }, 'status')) as PersistentVolumeClaim;
}
