// What the binder reads from claims, volumes and classes (models component-helpers storage/volume).
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { compareQuantities, parseQuantity, ZERO_QUANTITY } from '../../api/quantity.ts';
import type { Quantity } from '../../api/quantity.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import type { Informer } from '../../client/informer.ts';
import { claimClass, SELECTED_NODE } from '../../scheduler/volumes.ts';

export { claimClass } from '../../scheduler/volumes.ts';

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
export const BETA_STORAGE_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const BETA_DEFAULT_CLASS = 'storageclass.beta.kubernetes.io/is-default-class';

export function hasAnnotation(object: ApiObject, annotation: string): boolean {
  return object.metadata.annotations?.[annotation] !== undefined;
}

export function withAnnotations<T extends ApiObject>(object: T, annotations: Readonly<Record<string, string>>): T {
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } } };
}

export function volumeClass(volume: PersistentVolume): string {
  return volume.metadata.annotations?.[BETA_CLASS] ?? volume.spec?.storageClassName ?? '';
}

/** The claim's class says that volumes are bound when a pod is scheduled. */
export function delaysBinding(claim: PersistentVolumeClaim, classes: Informer): boolean {
  return (classes.get(claimClass(claim)) as StorageClass | undefined)?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** The scheduler has chosen a node, and a volume shall be made for it. */
export function hasSelectedNode(claim: PersistentVolumeClaim): boolean {
  return hasAnnotation(claim, SELECTED_NODE);
}

/** The newest class that is marked as default. */
export function defaultClass(classes: Informer): StorageClass | undefined {
  let newest: StorageClass | undefined;
  const rank = ({ metadata: { creationTimestamp = '', name = '' } }: StorageClass): readonly [string, string] => [creationTimestamp, name];
  classes.objects.forEach((object) => {
    const candidate = object as StorageClass;
    const { annotations } = candidate.metadata;
    if (annotations?.[DEFAULT_CLASS] !== 'true' && annotations?.[BETA_DEFAULT_CLASS] !== 'true') return;
    if (!newest) {
      newest = candidate;
      return;
    }
    const [created, name] = rank(candidate);
    const [newestCreated, newestName] = rank(newest);
    if (created > newestCreated || (created === newestCreated && name < newestName)) newest = candidate;
  });
  return newest;
}

/** The volume's claimRef names this claim; without a uid it is reserved for it by name. */
export function isBoundTo(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  if (!reference || reference.name !== metadata.name || reference.namespace !== metadata.namespace) return false;
  return !reference.uid || reference.uid === metadata.uid;
}

export function sizeOf(amounts: Readonly<Record<string, string | number>> | undefined): Quantity {
  const text = amounts?.['storage'];
  return text === undefined ? ZERO_QUANTITY : parseQuantity(text);
}

export function modesDiffer(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (volume.spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem');
}

function offersModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode));
}

/** Why a volume that the claim asks for by name cannot be its volume; undefined if it can. */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (compareQuantities(sizeOf(volume.spec?.capacity), sizeOf(claim.spec?.resources?.requests)) < 0) return 'requested PV is too small';
  if (volumeClass(volume) !== claimClass(claim)) return 'storageClassName does not match';
  if (modesDiffer(volume, claim)) return 'incompatible volumeMode';
  return offersModes(volume, claim) ? undefined : 'incompatible accessMode';
}

/**
 * The volume for a claim that names none: one that is reserved for it, else the smallest of those with the fewest
 * access modes (persistentVolumeOrderedIndex.findByClaim). With delayed binding only a reserved one: the scheduler chooses.
 */
export function findVolume(claim: PersistentVolumeClaim, volumes: Iterable<PersistentVolume>, delayed: boolean): PersistentVolume | undefined {
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (!offersModes(volume, claim) || !fits(volume, claim)) continue;
    if (isBoundTo(volume, claim)) return volume;
    if (!delayed && isFree(volume, claim) && (!best || isBetter(volume, best))) best = volume;
  }
  return best;
}

function fits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (volume.spec?.claimRef && !isBoundTo(volume, claim)) return false;
  if (compareQuantities(sizeOf(volume.spec?.capacity), sizeOf(claim.spec?.resources?.requests)) < 0) return false;
  if (modesDiffer(volume, claim) || volume.metadata.deletionTimestamp !== undefined) return false;
  return (volume.spec?.volumeAttributesClassName ?? '') === (claim.spec?.volumeAttributesClassName ?? '');
}

function isFree(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (volume.status?.phase !== 'Available' || volumeClass(volume) !== claimClass(claim)) return false;
  const { selector } = claim.spec ?? {};
  return selector === undefined || matchesSelector(selectorOf(selector), volume.metadata.labels);
}

function isBetter(a: PersistentVolume, b: PersistentVolume): boolean {
  const modes = (a.spec?.accessModes?.length ?? 0) - (b.spec?.accessModes?.length ?? 0);
  if (modes !== 0) return modes < 0;
  const size = compareQuantities(sizeOf(a.spec?.capacity), sizeOf(b.spec?.capacity));
  return size !== 0 ? size < 0 : (a.metadata.name ?? '') < (b.metadata.name ?? '');
}
