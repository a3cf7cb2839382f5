// The writes that tie a claim and a volume together, one by one (models pv_controller.go). Each step is taken only if it
// is not done yet, so that a sync that failed half way is finished by the next.
import type { CowMap } from '../../../base/cow-map.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { keyOf } from '../../api/meta.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES } from '../../api/resources.ts';
import { compareQuantities } from '../../api/quantity.ts';
import { updateRequest } from '../../client/requests.ts';
import type { Scope } from '../controller.ts';
import type { Steps } from '../steps.ts';
import { write } from '../writes.ts';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, hasAnnotation, isBoundTo, sizeOf, withAnnotations } from './claims.ts';

/** The binder's own view of volumes and claims: newer than the informers', because it contains its own writes. */
export interface State {
  readonly volumes: CowMap<PersistentVolume>;
  readonly claims: CowMap<PersistentVolumeClaim>;
}

/** What one sync works with. */
export interface Work {
  readonly state: State;
  readonly scope: Scope;
  readonly steps: Steps;
  /** Keys to look at afterwards. */
  readonly enqueue: string[];
}

type VolumePhase = 'Available' | 'Bound' | 'Failed' | 'Released';
type ClaimPhase = 'Bound' | 'Lost' | 'Pending';

/** Keeps the newer one; false if the object is older than what is known. */
export function store<T extends ApiObject>(map: CowMap<T>, object: T): boolean {
  const known = map.get(keyOf(object));
  if (known && Number(known.metadata.resourceVersion) > Number(object.metadata.resourceVersion)) return false;
  if (known !== object) map.set(keyOf(object), object);
  return true;
}

function saveVolume({ steps, state }: Work, volume: PersistentVolume, purpose: string, subresource = ''): PersistentVolume {
  const saved = steps.write(write(purpose, updateRequest(PERSISTENT_VOLUMES, volume, subresource))).body as PersistentVolume;
  store(state.volumes, saved);
  return saved;
}

export function saveClaim({ steps, state }: Work, claim: PersistentVolumeClaim, purpose: string, subresource = ''): PersistentVolumeClaim {
  const saved = steps.write(write(purpose, updateRequest(PERSISTENT_VOLUME_CLAIMS, claim, subresource))).body as PersistentVolumeClaim;
  store(state.claims, saved);
  return saved;
}

export function setVolumePhase(work: Work, volume: PersistentVolume, phase: VolumePhase, message = ''): PersistentVolume {
  if (volume.status?.phase === phase) return volume;
  work.steps.action('setVolumePhase', { volume: volume.metadata.name ?? '', phase });
  const { message: _old, ...status } = volume.status ?? {};
  return saveVolume(work, { ...volume, status: { ...status, phase, ...(message === '' ? {} : { message }) } }, 'setVolumePhase', 'status');
}

/** The same, with an event if the phase is new. */
export function failVolume(work: Work, volume: PersistentVolume, reason: string, message: string): void {
  if (volume.status?.phase === 'Failed') return;
  const failed = setVolumePhase(work, volume, 'Failed', message);
  work.steps.event({ about: failed, type: 'Warning', reason, message });
}

export function setClaimPhase(work: Work, claim: PersistentVolumeClaim, phase: ClaimPhase, volume?: PersistentVolume): PersistentVolumeClaim {
  const next = claimStatus(claim, phase, volume);
  if (next === claim.status) return claim;
  work.steps.action('setClaimPhase', { claim: claim.metadata.name ?? '', phase });
  return saveClaim(work, { ...claim, status: next }, 'setClaimPhase', 'status');
}

function claimStatus({ status = {} }: PersistentVolumeClaim, phase: ClaimPhase, volume: PersistentVolume | undefined): PersistentVolumeClaim['status'] {
  const { accessModes, capacity, currentVolumeAttributesClassName, ...rest } = status;
  if (!volume) return status.phase === phase && accessModes === undefined && capacity === undefined && currentVolumeAttributesClassName === undefined ? status : { ...rest, phase };
  const modes = volume.spec?.accessModes;
  const sameModes = JSON.stringify(accessModes) === JSON.stringify(modes);
  if (status.phase === phase) return sameModes ? status : { ...status, accessModes: modes };
  // Only a claim that becomes bound takes the volume's size: later the two may differ on purpose.
  const sameSize = capacity !== undefined && compareQuantities(sizeOf(capacity), sizeOf(volume.spec?.capacity)) === 0;
  const attributes = status.phase === 'Pending' ? volume.spec?.volumeAttributesClassName : currentVolumeAttributesClassName;
  return { ...rest, accessModes: modes, capacity: sameSize ? capacity : volume.spec?.capacity, ...(attributes !== undefined && { currentVolumeAttributesClassName: attributes }), phase };
}

export function loseClaim(work: Work, claim: PersistentVolumeClaim, reason: string, message: string): void {
  const before = claim.status?.phase;
  const lost = setClaimPhase(work, claim, 'Lost');
  if (before !== 'Lost') work.steps.event({ about: lost, type: 'Warning', reason, message });
}

/** Volume to claim, volume Bound, claim to volume, claim Bound: four writes. */
export function bind(work: Work, volume: PersistentVolume, claim: PersistentVolumeClaim): void {
  const bound = setVolumePhase(work, bindVolume(work, volume, claim), 'Bound');
  setClaimPhase(work, bindClaim(work, claim, bound), 'Bound', bound);
}

function bindVolume(work: Work, volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const reference = volume.spec?.claimRef;
  const refers = reference?.name === name && reference?.namespace === namespace && reference?.uid === uid;
  const marks = !isBoundTo(volume, claim) && !hasAnnotation(volume, BOUND_BY_CONTROLLER);
  if (refers && !marks) return volume;
  const claimRef = refers ? reference : { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion };
  const next: PersistentVolume = { ...volume, spec: { ...volume.spec, claimRef } };
  work.steps.action('bindVolume', { volume: volume.metadata.name ?? '', claim: keyOf(claim) });
  return saveVolume(work, marks ? withAnnotations(next, { [BOUND_BY_CONTROLLER]: 'yes' }) : next, 'bindVolume');
}

function bindClaim(work: Work, claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolumeClaim {
  const { name } = volume.metadata;
  const named = claim.spec?.volumeName === name;
  if (named && hasAnnotation(claim, BIND_COMPLETED)) return claim;
  const annotations: Readonly<Record<string, string>> = named ? { [BIND_COMPLETED]: 'yes' } : { [BOUND_BY_CONTROLLER]: 'yes', [BIND_COMPLETED]: 'yes' };
  work.steps.action('bindClaim', { claim: keyOf(claim), volume: name ?? '' });
  return saveClaim(work, withAnnotations({ ...claim, spec: { ...claim.spec, volumeName: name } }, annotations), 'bindClaim');
}

/** Takes the claim away from a volume; one that a user reserved stays reserved. */
export function unbind(work: Work, volume: PersistentVolume): void {
  work.steps.action('unbindVolume', { volume: volume.metadata.name ?? '' });
  const { claimRef, ...spec } = volume.spec ?? {};
  const { annotations = {} } = volume.metadata;
  if (annotations[BOUND_BY_CONTROLLER] === undefined) {
    setVolumePhase(work, saveVolume(work, { ...volume, spec: { ...spec, claimRef: { ...claimRef, uid: undefined } } }, 'unbindVolume'), 'Available');
    return;
  }
  const { [BOUND_BY_CONTROLLER]: _mark, ...rest } = annotations;
  const metadata = { ...volume.metadata, annotations: Object.keys(rest).length > 0 ? rest : undefined };
  setVolumePhase(work, saveVolume(work, { ...volume, metadata, spec }, 'unbindVolume'), 'Available');
}
