// Who manages what: controller references as all workload controllers use them (models pkg/controller's ref manager).
import type { OwnerReference } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';

/** metav1.GetControllerOf. */
export function controllerOf(object: ApiObject): OwnerReference | undefined {
  const owners = object.metadata.ownerReferences;
  if (!owners) return undefined;
  for (const owner of owners) if (owner.controller) return owner;
  return undefined;
}

/** The reference that a controller puts into what it creates or adopts (metav1.NewControllerRef). */
export function controllerRef(owner: ApiObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name ?? '', uid: owner.metadata.uid ?? '',
    controller: true, blockOwnerDeletion: true,
  };
}

/** Value of the `controller` index: the uid of an object's controller, or (without one) its namespace. */
export function controllerIndexValue(object: ApiObject): string {
  return controllerOf(object)?.uid ?? object.metadata.namespace ?? '';
}

/** The objects of this owner in the `controller` index. */
export function ownedIndexValue(owner: ApiObject): string {
  return owner.metadata.uid ?? '';
}

/** The strategic patch by which an orphan is adopted. The uid makes it fail if the name has been taken by another. */
export function adoptPatch(owner: ApiObject, dependent: ApiObject, finalizer?: string): unknown {
  return { metadata: { ownerReferences: [controllerRef(owner)], uid: dependent.metadata.uid, ...(finalizer !== undefined && { finalizers: [finalizer] }) } };
}

/** The strategic patch by which an object that the selector no longer matches is released. */
export function releasePatch(owner: ApiObject, dependent: ApiObject, finalizer?: string): unknown {
  const withoutFinalizer = finalizer === undefined ? {} : { '$deleteFromPrimitiveList/finalizers': [finalizer] };
  return { metadata: { uid: dependent.metadata.uid, ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }], ...withoutFinalizer } };
}

/** Why a fresh copy of the owner forbids adopting; undefined: it may adopt (models RecheckDeletionTimestamp). */
export function adoptionRefusal(owner: ApiObject, fresh: ApiObject): string | undefined {
  const { namespace, name, uid } = owner.metadata;
  if (fresh.metadata.uid !== uid) return `can't recheck DeletionTimestamp: original ${owner.kind} ${namespace}/${name} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`;
  const { deletionTimestamp } = fresh.metadata;
  return deletionTimestamp === undefined ? undefined : `${namespace}/${name} has just been deleted at ${deletionTimestamp}`;
}
