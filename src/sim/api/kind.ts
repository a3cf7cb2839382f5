// One description per kind. Storage, routes, discovery, OpenAPI, tables and admission all follow from it;
// a new kind is one file under kinds/ and one line in kinds/index.ts.
import type { ApiObject, FieldError, GroupVersionResource } from './meta.ts';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';
export type SubresourceName = 'status' | 'scale' | 'binding' | 'eviction' | 'ephemeralcontainers' | 'resize' | 'log' | 'exec'
  | 'attach' | 'portforward' | 'proxy' | 'token' | 'finalize' | 'approval';

/** What a strategy may know besides the objects. Times are RFC 3339 in UTC, whole seconds. */
export interface StrategyContext {
  readonly now: string;
  /** True for writes that the API server refuses to persist (dryRun=All). */
  readonly dryRun: boolean;
  /** Who creates an object. */
  readonly user?: { readonly name: string; readonly uid: string; readonly groups: readonly string[]; readonly extra: Readonly<Record<string, readonly string[]>> };
}

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  readonly priority: number;
}
export type Cell = string | number | boolean | null;

/**
 * Models a kind's REST strategy (registry/…/strategy.go), its scheme defaults and its table printer.
 * All functions are pure: they return a new object where something changes and the same one where nothing does.
 */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly subresources: readonly SubresourceName[];
  /** Key in generated/schemas.json. */
  readonly schema: string;

  /** PUT to a name that does not exist creates it (AllowCreateOnUpdate). */
  readonly createOnUpdate: boolean;
  /** PUT without resourceVersion is accepted (AllowUnconditionalUpdate). */
  readonly unconditionalUpdate: boolean;
  /** What a DELETE without propagationPolicy does; most kinds: background. */
  readonly defaultPropagation: 'background' | 'orphan';
  /** False for kinds whose metadata.generation the server does not manage. */
  readonly hasGeneration: boolean;

  /**
   * For versions that share the objects of another kind: HorizontalPodAutoscaler v1, Events of events.k8s.io. All functions
   * of the kind take and return objects of its own version; only what is stored and watched has the other kind's form.
   */
  readonly storedAs?: {
    /** The kind whose storage serves this one. */
    readonly apiVersion: string;
    readonly kind: string;
    toStored(object: ApiObject): ApiObject;
    fromStored(object: ApiObject): ApiObject;
  };

  /** Annotations that only this version has: their values are fields of the internal form, from which tables and metadata are made. */
  readonly versionAnnotations?: readonly string[];

  applyDefaults(object: ApiObject): ApiObject;
  prepareForCreate(object: ApiObject, ctx: StrategyContext): ApiObject;
  prepareForUpdate(next: ApiObject, old: ApiObject, ctx: StrategyContext): ApiObject;
  /** Defaults that depend on what prepareForCreate did: the real server applies them when it decodes what it has stored. */
  asRead?(object: ApiObject): ApiObject;
  /** Everything about the object; metadata included. Called on create. */
  validate(object: ApiObject): readonly FieldError[];
  validateUpdate(next: ApiObject, old: ApiObject): readonly FieldError[];
  /** Strategy of the status subresource; absent where the kind has none. */
  readonly status?: {
    prepareForUpdate(next: ApiObject, old: ApiObject, ctx: StrategyContext): ApiObject;
    validateUpdate(next: ApiObject, old: ApiObject): readonly FieldError[];
  };
  /** Strategies of subresources that write the object itself (ephemeralcontainers, resize, finalize, approval). */
  readonly writeSubresources?: Partial<Record<SubresourceName, {
    prepareForUpdate(next: ApiObject, old: ApiObject, ctx: StrategyContext): ApiObject;
    validateUpdate(next: ApiObject, old: ApiObject): readonly FieldError[];
  }>>;
  /** Where the scale subresource reads and writes; `selector` returns the printed selector. */
  readonly scale?: {
    /** Where the wanted replicas stand: `['spec', 'replicas']`. */
    readonly path: readonly string[];
    /** undefined where a custom resource does not say. */
    replicas(object: ApiObject): number | undefined;
    statusReplicas(object: ApiObject): number;
    selector(object: ApiObject): string;
    withReplicas(object: ApiObject, replicas: number): ApiObject;
  };
  /** Seconds of grace for a DELETE, or undefined when the kind deletes at once (all but Pods). */
  gracePeriodSeconds?(object: ApiObject, requested: number | undefined): number | undefined;
  /** Why an object of this name may not be deleted; undefined if it may. */
  refusesDeletion?(name: string): string | undefined;
  /** Objects that are created without any name get a UUID for one. */
  readonly namesItself?: true;
  warnings?(object: ApiObject, old: ApiObject | undefined): readonly string[];
  /** Values for field selectors, `metadata.name` and `metadata.namespace` included. */
  selectableFields(object: ApiObject): Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  /** Cells in the order of `columns`; `nowMs` is for ages. */
  row(object: ApiObject, nowMs: number): readonly Cell[];
  /** How the rows of a list are sorted, where not by name. */
  rowOrder?(a: ApiObject, b: ApiObject): number;
  /** The row's condition of type Completed: finished pods. */
  rowCondition?(object: ApiObject): { readonly reason: string; readonly message: string } | undefined;
}

export function gvrOf(kind: Pick<Kind, 'group' | 'version' | 'plural'>): GroupVersionResource {
  return { group: kind.group, version: kind.version, resource: kind.plural };
}
