// Who owns the claims of a StatefulSet's pods, so that the garbage collector deletes them when the policy says so
// (models the claim functions of stateful_set_utils.go).
import type { OwnerReference, PersistentVolumeClaim, Pod, StatefulSet } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { controllerRef } from '../owners.ts';
import { inRange } from './identity.ts';

interface Policy { readonly deletesScaled: boolean; readonly deletesAll: boolean }

function policyOf(set: StatefulSet): Policy {
  const { whenScaled, whenDeleted } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  return { deletesScaled: whenScaled === 'Delete', deletesAll: whenDeleted === 'Delete' };
}

export function deletesWhenScaled(set: StatefulSet): boolean {
  return policyOf(set).deletesScaled;
}

function refersTo(reference: OwnerReference, object: ApiObject): boolean {
  return reference.apiVersion === object.apiVersion && reference.kind === object.kind && reference.name === object.metadata.name;
}

function ownersOf(claim: PersistentVolumeClaim): readonly OwnerReference[] {
  return claim.metadata.ownerReferences ?? [];
}

function isOwnedBy(claim: PersistentVolumeClaim, owner: ApiObject): boolean {
  return ownersOf(claim).some(({ uid }) => uid === owner.metadata.uid);
}

/** It names an earlier object of the same name. */
export function isStale(claim: PersistentVolumeClaim, owner: ApiObject): boolean {
  const reference = ownersOf(claim).find((candidate) => refersTo(candidate, owner));
  return reference !== undefined && reference.uid !== owner.metadata.uid;
}

/** Something else manages the claim while the policy would have the set or pod do it. */
export function hasStrangeController(claim: PersistentVolumeClaim, set: StatefulSet, pod: Pod): boolean {
  const { deletesScaled, deletesAll } = policyOf(set);
  if (!deletesScaled && !deletesAll) return false;
  return ownersOf(claim).some((reference) => {
    for (const ours of [set, pod]) if (refersTo(reference, ours)) return reference.uid !== ours.metadata.uid;
    return reference.controller === true;
  });
}

/** Whether set and pod shall own the claim. */
function wantedOwners(set: StatefulSet, pod: Pod): { readonly bySet: boolean; readonly byPod: boolean } {
  const { deletesScaled, deletesAll } = policyOf(set);
  const scaledDown = deletesScaled && !inRange(set, pod);
  return { bySet: deletesAll && !scaledDown, byPod: scaledDown };
}

export function ownersAreRight(claim: PersistentVolumeClaim, set: StatefulSet, pod: Pod): boolean {
  if (isStale(claim, set) || isStale(claim, pod)) return true;
  const [ownedBySet, ownedByPod] = [isOwnedBy(claim, set), isOwnedBy(claim, pod)];
  if (hasStrangeController(claim, set, pod)) return !ownedBySet && !ownedByPod;
  const ours = ownersOf(claim).filter(({ uid }) => uid === set.metadata.uid || uid === pod.metadata.uid);
  if (ours.some((reference) => !reference.controller)) return false;
  const { bySet, byPod } = wantedOwners(set, pod);
  return ownedBySet === bySet && ownedByPod === byPod;
}

export function withRightOwners(claim: PersistentVolumeClaim, set: StatefulSet, pod: Pod): PersistentVolumeClaim {
  const others = ownersOf(claim).filter((reference) => !refersTo(reference, set) && !refersTo(reference, pod));
  const { bySet, byPod } = hasStrangeController(claim, set, pod) ? { bySet: false, byPod: false } : wantedOwners(set, pod);
  const ownerReferences = [...others, ...(byPod ? [controllerRef(pod)] : []), ...(bySet ? [controllerRef(set)] : [])];
  return { ...claim, metadata: { ...claim.metadata, ownerReferences } };
}
