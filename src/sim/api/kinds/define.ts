// Turns the description of a kind, written against the kind's own type, into a Kind.
import type { ObjectMeta } from '../generated/types.ts';
import type { Cell, Column, Kind, StrategyContext, SubresourceName, Verb } from '../kind.ts';
import type { ApiObject } from '../meta.ts';
import { columnsOf } from '../printing.ts';
import type { NameRule } from '../validation/names.ts';
import { pathSegmentName } from '../validation/names.ts';
import type { Errors } from '../validation/field.ts';
import { collect, equal, metadataPath, validateCommonUpdate, validateObjectMeta, validateObjectMetaUpdate, validateStandardFinalizer } from '../validation/metadata.ts';

/** The parts that validations of updates are made of, in an order that differs by kind. */
export interface UpdateChecks {
  /** Metadata and everything else, as on create. */
  all(): void;
  /** What an update may not do to metadata. */
  metadata(): void;
  /** Only the new metadata, as on create. */
  names(): void;
}

/** The strategy of a subresource that writes the object. */
export interface WriteStrategy<T extends ApiObject> {
  /** What of `next` is taken over. */
  prepareForUpdate(next: T, old: T, ctx: StrategyContext): T;
  validateUpdate(next: T, old: T, errors: Errors, checks: UpdateChecks): void;
}

export interface KindDescription<T extends ApiObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: T['kind'];
  readonly plural: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  readonly verbs?: readonly Verb[];
  readonly subresources?: readonly SubresourceName[];
  readonly schema: string;
  readonly storedAs?: { readonly apiVersion: string; readonly kind: string; toStored(object: T): ApiObject; fromStored(object: ApiObject): T };
  readonly versionAnnotations?: readonly string[];
  readonly createOnUpdate?: boolean;
  readonly unconditionalUpdate?: boolean;
  readonly defaultPropagation?: 'background' | 'orphan';
  /** The parts whose change counts up metadata.generation; generation starts at 1. Absent: not managed. */
  readonly generation?: readonly (keyof T)[];
  /** The form of names. */
  readonly nameRule: NameRule;
  /** False where the kind's own validation leaves metadata to the checks that all kinds share. */
  readonly checksMetadata?: boolean;
  /** For kinds of the extension servers: finalizers need no domain. */
  readonly anyFinalizers?: boolean;
  defaults?(object: T): T;
  prepareForCreate?(object: T, ctx: StrategyContext): T;
  prepareForUpdate?(next: T, old: T, ctx: StrategyContext): T;
  /** What reading it back fills in after the strategy has changed it. */
  asRead?(object: T): T;
  /** What the kind checks after metadata. */
  validate?(object: T, errors: Errors): void;
  /** What the kind checks on update, after the checks that all kinds share. */
  validateUpdate(next: T, old: T, errors: Errors, checks: UpdateChecks): void;
  readonly status?: WriteStrategy<T>;
  readonly writeSubresources?: Partial<Record<SubresourceName, WriteStrategy<T>>>;
  readonly scale?: {
    replicas(object: T): number;
    statusReplicas(object: T): number;
    selector(object: T): string;
    withReplicas(object: T, replicas: number): T;
  };
  gracePeriodSeconds?(object: T, requested: number | undefined): number | undefined;
  refusesDeletion?(name: string): string | undefined;
  readonly namesItself?: true;
  warnings?(object: T, old: T | undefined): readonly string[];
  /** Besides metadata.name and metadata.namespace. */
  selectableFields?(object: T): Readonly<Record<string, string>>;
  /** Whose columns: the kind's own unless it says otherwise; '' for kinds without a printer. */
  readonly columnsLike?: string;
  row?(object: T, nowMs: number): readonly Cell[];
  /** How the rows of a list are sorted, where not by name. */
  rowOrder?(a: T, b: T): number;
  rowCondition?(object: T): { readonly reason: string; readonly message: string } | undefined;
}

export { equal };

const replicasPath = ['spec', 'replicas'];

const finalizersPath = metadataPath.child('finalizers');

export const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The description of a kind of T as a Kind of any object. Callers only ever pass objects of the kind itself. */
export function defineKind<T extends ApiObject>(description: KindDescription<T>): Kind {
  const of = (object: ApiObject): T => object as T;
  const rules = strategies(description);
  const columns: readonly Column[] = columnsOf(description.columnsLike ?? description.kind);
  return {
    group: description.group,
    version: description.version,
    kind: description.kind,
    plural: description.plural,
    singular: description.singular ?? description.kind.toLowerCase(),
    shortNames: description.shortNames ?? [],
    categories: description.categories ?? [],
    namespaced: description.namespaced,
    verbs: description.verbs ?? allVerbs,
    subresources: description.subresources ?? [],
    schema: description.schema,
    createOnUpdate: description.createOnUpdate ?? false,
    unconditionalUpdate: description.unconditionalUpdate ?? true,
    defaultPropagation: description.defaultPropagation ?? 'background',
    storedAs: description.storedAs && { ...description.storedAs, toStored: (object) => description.storedAs?.toStored(of(object)) ?? object },
    versionAnnotations: description.versionAnnotations,
    hasGeneration: description.generation !== undefined,
    asRead: description.asRead && ((object) => description.asRead?.(of(object)) ?? object),
    ...rules,
    status: description.status && writeStrategy(description, description.status),
    writeSubresources: description.writeSubresources && Object.fromEntries(
      Object.entries(description.writeSubresources).map(([name, strategy]) => [name, writeStrategy(description, strategy)])),
    scale: description.scale && {
      path: replicasPath,
      replicas: (object) => description.scale?.replicas(of(object)) ?? 0,
      statusReplicas: (object) => description.scale?.statusReplicas(of(object)) ?? 0,
      selector: (object) => description.scale?.selector(of(object)) ?? '',
      withReplicas: (object, replicas) => description.scale?.withReplicas(of(object), replicas) ?? object,
    },
    gracePeriodSeconds: description.gracePeriodSeconds && ((object, requested) => description.gracePeriodSeconds?.(of(object), requested)),
    refusesDeletion: description.refusesDeletion && ((name) => description.refusesDeletion?.(name)),
    namesItself: description.namesItself,
    warnings: description.warnings && ((object, old) => description.warnings?.(of(object), old && of(old)) ?? []),
    selectableFields: (object) => Object.assign(commonFields(object, description.namespaced), description.selectableFields?.(of(object))),
    columns,
    row: (object, nowMs) => description.row?.(of(object), nowMs) ?? [object.metadata.name ?? '', object.metadata.creationTimestamp ?? null],
    rowOrder: description.rowOrder && ((a, b) => description.rowOrder?.(of(a), of(b)) ?? 0),
    rowCondition: description.rowCondition && ((object) => description.rowCondition?.(of(object))),
  };
}

function commonFields(object: ApiObject, namespaced: boolean): Record<string, string> {
  const name = object.metadata.name ?? '';
  return namespaced ? { 'metadata.name': name, 'metadata.namespace': object.metadata.namespace ?? '' } : { 'metadata.name': name };
}

function strategies<T extends ApiObject>(description: KindDescription<T>): Pick<Kind, 'applyDefaults' | 'prepareForCreate' | 'prepareForUpdate' | 'validate' | 'validateUpdate'> {
  return {
    applyDefaults: (object) => description.defaults?.(object as T) ?? object,
    prepareForCreate: (object, ctx) => {
      const started = description.generation === undefined ? (object as T) : withGeneration(object as T, 1);
      return description.prepareForCreate?.(started, ctx) ?? started;
    },
    prepareForUpdate: (next, old, ctx) => {
      const kept = withGeneration(next as T, old.metadata.generation);
      const prepared = description.prepareForUpdate?.(kept, old as T, ctx) ?? kept;
      return countUp(prepared, old as T, description.generation ?? []);
    },
    validate: (object) => {
      const found = collect((errors) => validateAll(description, object as T, errors));
      return found.length > 0 ? found : collect((errors) => validateObjectMeta(object.metadata, description.namespaced, pathSegmentName, metadataPath, errors));
    },
    validateUpdate: (next, old) => collect((errors) => {
      validateCommonUpdate(next.metadata, old.metadata, description.namespaced, errors);
      description.validateUpdate(next as T, old as T, errors, checksOf(description, next as T, old as T, errors));
    }),
  };
}

function validateNames<T extends ApiObject>(description: KindDescription<T>, { metadata }: T, errors: Errors): void {
  validateObjectMeta(metadata, description.namespaced, description.nameRule, metadataPath, errors);
  validateFinalizers(description, metadata, errors);
}

function validateFinalizers<T extends ApiObject>(description: KindDescription<T>, { finalizers }: ObjectMeta, errors: Errors): void {
  if (description.anyFinalizers !== true) finalizers?.forEach((name, i) => validateStandardFinalizer(name, finalizersPath.index(i), errors));
}

function validateAll<T extends ApiObject>(description: KindDescription<T>, object: T, errors: Errors): void {
  if (description.checksMetadata !== false) validateNames(description, object, errors);
  description.validate?.(object, errors);
}

function checksOf<T extends ApiObject>(description: KindDescription<T>, next: T, old: T, errors: Errors): UpdateChecks {
  return {
    all: () => validateAll(description, next, errors),
    metadata: () => {
      validateObjectMetaUpdate(next.metadata, old.metadata, metadataPath, errors);
      validateFinalizers(description, next.metadata, errors);
    },
    names: () => validateNames(description, next, errors),
  };
}

function writeStrategy<T extends ApiObject>(description: KindDescription<T>, strategy: WriteStrategy<T>): NonNullable<Kind['status']> {
  return {
    prepareForUpdate: (next, old, ctx) => strategy.prepareForUpdate(withGeneration(next as T, old.metadata.generation), old as T, ctx),
    validateUpdate: (next, old) => collect((errors) => {
      validateCommonUpdate(next.metadata, old.metadata, description.namespaced, errors);
      strategy.validateUpdate(next as T, old as T, errors, checksOf(description, next as T, old as T, errors));
    }),
  };
}

export function withMeta<T extends ApiObject>(object: T, metadata: Partial<ObjectMeta>): T {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

export function withGeneration<T extends ApiObject>(object: T, generation: number | undefined): T {
  if (object.metadata.generation === generation) return object;
  if (generation !== undefined) return withMeta(object, { generation });
  const { generation: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export function annotationsOf(object: ApiObject): Readonly<Record<string, string>> {
  return object.metadata.annotations ?? noAnnotations;
}

const noAnnotations: Readonly<Record<string, string>> = {};

/** One more than before if one of the parts changed. */
export function countUp<T extends ApiObject>(next: T, old: T, parts: readonly (keyof T)[]): T {
  const changed = parts.some((part) => !equal(next[part], old[part]));
  return changed ? withGeneration(next, (old.metadata.generation ?? 0) + 1) : next;
}

/** Keeps the old value of some members: what a client may not write here. */
export function keep<T extends object>(next: T, old: T, ...parts: readonly (keyof T)[]): T {
  let out = next;
  for (const part of parts) {
    if (out[part] === old[part]) continue;
    if (old[part] === undefined) {
      const { [part]: _, ...rest } = out;
      out = rest as T;
    } else {
      out = { ...out, [part]: old[part] };
    }
  }
  return out;
}

/** Keeps the old labels. */
export function keepLabels<T extends ApiObject>(next: T, old: T): T {
  if (next.metadata.labels === old.metadata.labels) return next;
  const { labels: _, ...metadata } = next.metadata;
  return { ...next, metadata: old.metadata.labels === undefined ? metadata : { ...metadata, labels: old.metadata.labels } };
}

/** Keeps the old metadata that a status update may not change (models metav1.ResetObjectMetaForStatus). */
export function keepMeta<T extends ApiObject>(next: T, old: T): T {
  const { deletionTimestamp, generation, selfLink, labels, annotations, finalizers, ownerReferences } = old.metadata;
  const kept = { deletionTimestamp, generation, selfLink, labels, annotations, finalizers, ownerReferences };
  const metadata: Record<string, unknown> = { ...next.metadata, ...kept };
  for (const key of Object.keys(kept)) if (metadata[key] === undefined) delete metadata[key];
  return { ...next, metadata: metadata as ObjectMeta };
}
