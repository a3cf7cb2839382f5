// What a DELETE makes of an object before it goes: grace, deletionTimestamp, finalizers (models rest.BeforeDelete and
// the deletion part of registry.Store). Pure functions.
import { formatTime, parseTime } from '../../../base/time.ts';
import type { CustomResourceDefinition, Namespace, ObjectMeta } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { CLEANUP, withCondition } from '../definitions/conditions.ts';
import { DEFINITIONS } from '../definitions/lookup.ts';
import type { DeleteOptions } from '../options.ts';
import { withMeta } from '../object.ts';
import type { Resource } from '../scheme.ts';
import { Refusal, conflict } from '../status.ts';

export const ORPHAN = 'orphan';
export const FOREGROUND = 'foregroundDeletion';

/**
 * `now`: it can be removed. `wait`: it is ending already. `mark`: `object` is written first; and if `goOn`, removed then.
 */
export type DeletePlan =
  | { readonly do: 'now' }
  | { readonly do: 'wait' }
  | { readonly do: 'mark'; readonly object: ApiObject; readonly goOn: boolean };

/** Throws Refusal (409) if the preconditions do not hold. */
export function checkPreconditions(resource: Resource, { metadata }: ApiObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const subject = { group: resource.group, resource: resource.kind.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid ?? ''}). The object might have been deleted and then recreated`;
    throw new Refusal(conflict(subject, metadata.name ?? '', why));
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ''}). The object might have been modified`;
    throw new Refusal(conflict(subject, metadata.name ?? '', why));
  }
}

/** `unixUs` is the time of the request. Throws Refusal (409). */
export function planDelete(resource: Resource, object: ApiObject, options: DeleteOptions, unixUs: number): DeletePlan {
  if (resource.name === 'namespaces') {
    const plan = planNamespace(object as Namespace, resource, options, unixUs);
    if (plan) return plan;
  }
  if (resource.name === DEFINITIONS && !object.metadata.deletionTimestamp) return planDefinition(object as CustomResourceDefinition, resource, options, unixUs);
  checkPreconditions(resource, object, options);
  const grace = graceful(resource, object, options, unixUs);
  if (grace === 'wait') return { do: 'wait' };
  const finalizers = finalizersFor(resource, object, options);
  const graced = grace === 'now' ? object : withMeta(object, grace);
  const marked = finalizers === object.metadata.finalizers ? graced : withFinalizers(graced, finalizers);
  const pending = (finalizers?.length ?? 0) > 0;
  if (grace !== 'now') return { do: 'mark', object: marked, goOn: !pending && grace.deletionGracePeriodSeconds === 0 };
  return pending ? { do: 'mark', object: withMeta(marked, ending(object.metadata, unixUs)), goOn: false } : { do: 'now' };
}

/** A namespace first stops taking new content; it goes when the namespace controller has emptied it and asks again. */
function planNamespace(namespace: Namespace, resource: Resource, options: DeleteOptions, unixUs: number): DeletePlan | undefined {
  const { metadata, spec, status } = namespace;
  const { uid, resourceVersion } = options.preconditions ?? {};
  const failed = (what: string, wanted: string, found: string | undefined): Refusal => {
    const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found ?? ''}`;
    return new Refusal(conflict({ group: '', resource: 'namespaces' }, metadata.name ?? '', why));
  };
  if (uid !== undefined && uid !== metadata.uid) throw failed('UID', uid, metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) throw failed('ResourceVersion', resourceVersion, metadata.resourceVersion);
  if (metadata.deletionTimestamp) return (spec?.finalizers ?? []).length > 0 ? { do: 'wait' } : undefined;
  const marked = withFinalizers(withMeta(namespace, { deletionTimestamp: formatTime(unixUs) }), finalizersFor(resource, namespace, options));
  const object: Namespace = { ...(marked as Namespace), status: { ...status, phase: 'Terminating' } };
  return { do: 'mark', object, goOn: false };
}

/** The objects of a definition go before it does. */
function planDefinition(definition: CustomResourceDefinition, resource: Resource, options: DeleteOptions, unixUs: number): DeletePlan {
  checkPreconditions(resource, definition, options);
  const now = formatTime(unixUs);
  const { finalizers = [] } = definition.metadata;
  const marked = withMeta(definition, { deletionTimestamp: now, finalizers: finalizers.includes(CLEANUP) ? finalizers : [...finalizers, CLEANUP] }) as CustomResourceDefinition;
  const message = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon';
  return { do: 'mark', object: withCondition(marked, { type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending', message }, now), goOn: false };
}

type Ending = Pick<ObjectMeta, 'deletionTimestamp' | 'deletionGracePeriodSeconds' | 'generation'>;

function graceful({ kind }: Resource, object: ApiObject, options: DeleteOptions, unixUs: number): Ending | 'now' | 'wait' {
  if (!kind.gracePeriodSeconds) return 'now';
  const { gracePeriodSeconds } = options;
  const requested = gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds;
  if (object.metadata.deletionTimestamp) return shortened(object.metadata, requested, unixUs);
  const seconds = kind.gracePeriodSeconds(object, requested);
  if (seconds === undefined) return 'now';
  const mark: Ending = { deletionTimestamp: formatTime(unixUs + seconds * 1_000_000), deletionGracePeriodSeconds: seconds };
  return { ...mark, ...counted(object.metadata) };
}

/** The grace period of what is ending already can only become shorter. */
function shortened(metadata: ObjectMeta, requested: number | undefined, unixUs: number): Ending | 'now' | 'wait' {
  const given = metadata.deletionGracePeriodSeconds ?? 0;
  if (given === 0) return 'now';
  if (requested === undefined || requested >= given) return 'wait';
  const endUs = (parseTime(metadata.deletionTimestamp ?? '') ?? unixUs) + (requested - given) * 1_000_000;
  if (endUs >= unixUs) return { deletionTimestamp: formatTime(endUs), deletionGracePeriodSeconds: requested };
  return { deletionTimestamp: formatTime(unixUs), deletionGracePeriodSeconds: requested === 0 ? 0 : 1 };
}

/** An object without grace that has to wait for finalizers (markAsDeleting). */
function ending(metadata: ObjectMeta, unixUs: number): Ending {
  const before = parseTime(metadata.deletionTimestamp ?? '');
  const deletionTimestamp = before === undefined || before > unixUs ? formatTime(unixUs) : metadata.deletionTimestamp;
  return { deletionTimestamp, deletionGracePeriodSeconds: 0, ...(metadata.deletionTimestamp ? {} : counted(metadata)) };
}

function counted({ generation = 0 }: ObjectMeta): Ending {
  return generation > 0 ? { generation: generation + 1 } : {};
}

function withFinalizers(object: ApiObject, finalizers: readonly string[] | undefined): ApiObject {
  if (finalizers && finalizers.length > 0) return withMeta(object, { finalizers });
  const { finalizers: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** The finalizers that the garbage collector acts upon, by the options, the ones there are, and the kind's default. */
function finalizersFor(resource: Resource, { metadata }: ApiObject, options: DeleteOptions): readonly string[] | undefined {
  const had = metadata.finalizers ?? [];
  if (resource.name.startsWith('events')) return metadata.finalizers;
  const policy = policyOf(resource, had, options);
  const kept = had.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const wanted = policy === 'Orphan' ? [...kept, ORPHAN] : policy === 'Foreground' ? [...kept, FOREGROUND] : kept;
  return wanted.length === had.length && wanted.every((finalizer) => had.includes(finalizer)) ? metadata.finalizers : wanted;
}

function policyOf({ kind }: Resource, finalizers: readonly string[], options: DeleteOptions): NonNullable<DeleteOptions['propagationPolicy']> {
  if (options.orphanDependents !== undefined) return options.orphanDependents ? 'Orphan' : 'Background';
  if (options.propagationPolicy) return options.propagationPolicy;
  for (const finalizer of finalizers) {
    if (finalizer === ORPHAN) return 'Orphan';
    if (finalizer === FOREGROUND) return 'Foreground';
  }
  return kind.defaultPropagation === 'orphan' ? 'Orphan' : 'Background';
}
