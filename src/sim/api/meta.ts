// The shapes that every Kubernetes object has in common. Objects are immutable plain JSON, shared by reference
// between etcd, caches, informers and the trace: a write makes a new object and reuses the parts that stay.
import type { JsonObject, ObjectMeta } from './generated/types.ts';

/** Any stored API object. `spec`, `status`, `data` … are read through the kind's own type. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object as a client may send it: nothing is known about its fields yet. */
export type RawObject = JsonObject;

/** One problem of one field, as apimachinery's field.Error: `path` is `spec.containers[0].image`. */
export interface FieldError {
  readonly type: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueNotSupported' | 'FieldValueForbidden'
    | 'FieldValueDuplicate' | 'FieldValueTooLong' | 'FieldValueTooMany' | 'FieldValueNotFound' | 'FieldValueTypeInvalid' | 'InternalError';
  readonly path: string;
  /** Printed as Kubernetes prints it: `Invalid value: "x": must be …`, without the path. */
  readonly message: string;
}

export interface GroupVersionResource { readonly group: string; readonly version: string; readonly resource: string }

export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `namespace/name`, or `name` for cluster-scoped objects: the key of informers and work queues (cache.MetaNamespaceKeyFunc). */
export function keyOf(object: ApiObject): string {
  return keyFor(object.metadata.namespace, object.metadata.name ?? '');
}

export function keyFor(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}
