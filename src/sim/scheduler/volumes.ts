// Claims and volumes as the scheduler's volume plugins see them (component-helpers storage/volume and ephemeral).
import type {
  Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass, TopologySelectorTerm, Volume,
} from '../api/generated/types.ts';
import type { Labels } from '../api/selectors.ts';
import { matchesNodeSelectorTerm, matchesSelector, selectorOf } from '../api/selectors.ts';
import { compareQuantities, parseQuantity, ZERO_QUANTITY } from '../api/quantity.ts';
import type { Listers } from './listers.ts';

export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** The claim behind a volume: its name, and whether it is made for the pod (generic ephemeral volume). */
export interface ClaimReference { readonly name: string; readonly ephemeral: boolean }

export function claimOfVolume(pod: Pod, volume: Volume): ClaimReference | undefined {
  if (volume.persistentVolumeClaim) return { name: volume.persistentVolumeClaim.claimName, ephemeral: false };
  if (volume.ephemeral) return { name: `${pod.metadata.name ?? ''}-${volume.name}`, ephemeral: true };
  return undefined;
}

export function claimsOfPod(pod: Pod): readonly ClaimReference[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => claimOfVolume(pod, volume) ?? []);
}

export function findClaim(listers: Listers, pod: Pod, name: string): PersistentVolumeClaim | undefined {
  return listers.get('persistentvolumeclaims', `${pod.metadata.namespace ?? ''}/${name}`);
}

/** Why a claim with the name of an ephemeral volume's is not the pod's own; undefined when it is. */
export function foreignClaim(pod: Pod, claim: PersistentVolumeClaim): string | undefined {
  const owner = claim.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner?.uid !== undefined && owner.uid === pod.metadata.uid) return undefined;
  const { namespace = '', name = '' } = pod.metadata;
  return `PVC ${claim.metadata.namespace ?? ''}/${claim.metadata.name ?? ''} was not created for pod ${namespace}/${name} (pod is not owner)`;
}

export function claimClass(claim: PersistentVolumeClaim): string {
  return claim.metadata.annotations?.[BETA_CLASS] ?? claim.spec?.storageClassName ?? '';
}

function volumeClass(volume: PersistentVolume): string {
  return volume.metadata.annotations?.[BETA_CLASS] ?? volume.spec?.storageClassName ?? '';
}

/** Named a volume, and the volume controller has finished. */
export function isFullyBound(claim: PersistentVolumeClaim): boolean {
  return !!claim.spec?.volumeName && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

export function waitsForFirstConsumer(listers: Listers, claim: PersistentVolumeClaim): boolean {
  return listers.get('storageclasses', claimClass(claim))?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** volume.CheckNodeAffinity: by labels alone, the node's name does not count. */
export function volumeFitsNode(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return required === undefined
    || required.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node.metadata.labels, ''));
}

function isBoundTo(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  if (reference === undefined) return false;
  if (reference.name !== claim.metadata.name || reference.namespace !== claim.metadata.namespace) return false;
  return !reference.uid || reference.uid === claim.metadata.uid;
}

function storageOf(amounts: { readonly [key: string]: string | number } | undefined) {
  const text = amounts?.['storage'];
  return text === undefined ? ZERO_QUANTITY : parseQuantity(text);
}

/** Orders claims by how much they ask for, so that small ones do not take large volumes. */
export function byRequestedSize(a: PersistentVolumeClaim, b: PersistentVolumeClaim): number {
  return compareQuantities(storageOf(a.spec?.resources?.requests), storageOf(b.spec?.resources?.requests));
}

/** Size, mode, deletion and attributes class: what any volume must satisfy to be looked at. */
function couldHold(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (volume.spec?.claimRef !== undefined && !isBoundTo(volume, claim)) return false;
  if (compareQuantities(storageOf(volume.spec?.capacity), storageOf(claim.spec?.resources?.requests)) < 0) return false;
  if ((volume.spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem')) return false;
  if (volume.metadata.deletionTimestamp !== undefined) return false;
  return (volume.spec?.volumeAttributesClassName ?? '') === (claim.spec?.volumeAttributesClassName ?? '');
}

function isAvailableFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (volume.status?.phase !== 'Available' || volumeClass(volume) !== claimClass(claim)) return false;
  if (claim.spec?.selector !== undefined && !matchesSelector(selectorOf(claim.spec.selector), volume.metadata.labels)) return false;
  return (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode));
}

/** volume.FindMatchingVolume for a node: the volume reserved for the claim, else the smallest that is large enough. */
export function findMatchingVolume(
  claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[], node: Node, taken: ReadonlySet<PersistentVolume>,
): PersistentVolume | undefined {
  let smallest: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (taken.has(volume) || !couldHold(volume, claim)) continue;
    const reachable = volumeFitsNode(volume, node);
    if (isBoundTo(volume, claim)) return reachable ? volume : undefined;
    if (!reachable || !isAvailableFor(volume, claim)) continue;
    if (smallest === undefined || compareQuantities(storageOf(volume.spec?.capacity), storageOf(smallest.spec?.capacity)) < 0) smallest = volume;
  }
  return smallest;
}

/** v1helper.MatchTopologySelectorTerms: no terms allow every node; an empty term none. */
export function topologyAllowed(terms: readonly TopologySelectorTerm[] | undefined, labels: Labels | undefined): boolean {
  if (terms === undefined || terms.length === 0) return true;
  return terms.some(({ matchLabelExpressions = [] }) => matchLabelExpressions.length > 0
    && matchLabelExpressions.every(({ key, values }) => {
      const actual = labels?.[key];
      return actual !== undefined && values.includes(actual);
    }));
}

/** Whether a driver that reports capacity has enough of it where the node can reach it (CSIStorageCapacity). */
export function hasEnoughCapacity(listers: Listers, claim: PersistentVolumeClaim, storageClass: StorageClass, node: Node): boolean {
  const request = claim.spec?.resources?.requests?.['storage'];
  if (request === undefined) return true;
  if (listers.get('csidrivers', storageClass.provisioner)?.spec.storageCapacity !== true) return true;
  const wanted = parseQuantity(request);
  return listers.list('csistoragecapacities').some((capacity) => {
    const limit = capacity.maximumVolumeSize ?? capacity.capacity;
    return capacity.storageClassName === storageClass.metadata.name && limit !== undefined
      && compareQuantities(parseQuantity(limit), wanted) >= 0
      && capacity.nodeTopology !== undefined && matchesSelector(selectorOf(capacity.nodeTopology), node.metadata.labels);
  });
}
