// Adding and taking away finalizers.
import type { ApiObject } from '../api/meta.ts';

/** The object with the finalizer; undefined if it has it. */
export function addedFinalizer<T extends ApiObject>(object: T, finalizer: string): T | undefined {
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes(finalizer)) return undefined;
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } };
}

/** The object without the finalizer; undefined if it does not have it. */
export function removedFinalizer<T extends ApiObject>(object: T, finalizer: string): T | undefined {
  const { finalizers = [], ...metadata } = object.metadata;
  if (!finalizers.includes(finalizer)) return undefined;
  const left = finalizers.filter((name) => name !== finalizer);
  return { ...object, metadata: left.length > 0 ? { ...metadata, finalizers: left } : metadata };
}
