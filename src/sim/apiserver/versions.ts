// Versions that share their storage: what is stored and cached has one form, what a request sees has its own version's.
import type { Kind } from '../api/kind.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Resource } from './scheme.ts';

/** By kind and stored object: every watcher and reader of a version gets the same object. */
const seen = new WeakMap<Kind, WeakMap<ApiObject, ApiObject>>();

/** A stored object as the version of a resource shows it. */
export function asVersion({ kind }: Resource, stored: ApiObject): ApiObject {
  if (!kind.storedAs) return stored;
  let known = seen.get(kind);
  if (!known) seen.set(kind, known = new WeakMap());
  let object = known.get(stored);
  if (!object) known.set(stored, object = kind.storedAs.fromStored(stored));
  return object;
}

/** An object of the resource's version as it is stored. */
export function asStored({ kind }: Resource, object: ApiObject): ApiObject {
  return kind.storedAs ? kind.storedAs.toStored(object) : object;
}
