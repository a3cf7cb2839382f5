// Objects as meta.k8s.io Table and PartialObjectMetadata (models printers/tableconvertor and endpoints/handlers/response).
import type { JsonObject, ObjectMeta, Scale } from '../../api/generated/types.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { age, columnsOf } from '../../api/printing.ts';
import { Refusal, badRequest } from '../status.ts';

export interface List { readonly kind: string; readonly apiVersion: string; readonly metadata: JsonObject; readonly items: readonly ApiObject[] }

/** What a row carries besides its cells (query parameter includeObject). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** Throws Refusal (400) for another value. */
export function includeObjectOf(text: string | undefined): IncludeObject {
  if (text === undefined || text === '' || text === 'Metadata') return 'Metadata';
  if (text === 'None' || text === 'Object') return text;
  throw new Refusal(badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`));
}

export type Printer = Pick<Kind, 'columns' | 'row' | 'rowCondition' | 'rowOrder' | 'versionAnnotations'>;

export interface TableOptions {
  /** How its objects are printed. */
  readonly kind: Printer;
  /** Version of meta.k8s.io. */
  readonly version: string;
  readonly include: IncludeObject;
  /** Of rows after the first event of a watch the columns are known. */
  readonly columns: boolean;
  readonly nowMs: number;
}

/** Scales are printed alike, whatever they are of (models printScale). */
export const scalePrinter: Printer = {
  columns: columnsOf('Scale'),
  row: (object, nowMs) => {
    const { metadata, spec, status } = object as Scale;
    return [metadata.name ?? '', spec?.replicas ?? 0, status?.replicas ?? 0, age(metadata.creationTimestamp, nowMs)];
  },
};

export function isList(body: object): body is List {
  return Array.isArray((body as { readonly items?: unknown }).items) && 'metadata' in body;
}

export function tableOf(body: ApiObject | List, options: TableOptions): JsonObject {
  const { rowOrder } = options.kind;
  const listed = isList(body) ? body.items : [body];
  const items = rowOrder ? listed.toSorted(rowOrder) : listed;
  const metadata = isList(body) ? body.metadata : { resourceVersion: body.metadata.resourceVersion };
  const columnDefinitions = options.kind.columns.map(({ name, type, format = '', description, priority }) => ({ name, type, format, description, priority }));
  const table = {
    kind: 'Table', apiVersion: `meta.k8s.io/${options.version}`, metadata, columnDefinitions: options.columns ? columnDefinitions : null,
    // Kinds without a printer of their own have a converter that starts from no rows at all.
    rows: items.length === 0 && options.kind.columns[1]?.name === 'Created At' ? null : items.map((object) => rowOf(object, options)),
  };
  return table as unknown as JsonObject;
}

function rowOf(object: ApiObject, { kind, version, include, nowMs }: TableOptions): unknown {
  const condition = kind.rowCondition?.(object);
  const conditions = condition ? { conditions: [{ type: 'Completed', status: 'True', ...condition }] } : {};
  return { cells: kind.row(object, nowMs), ...conditions, object: include === 'None' ? null : include === 'Object' ? object : metadataOf(object, version, kind) };
}

export function metadataOf({ metadata }: ApiObject, version: string, { versionAnnotations: dropped = [] }: Pick<Kind, 'versionAnnotations'>): ApiObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: dropped.some((name) => metadata.annotations?.[name] !== undefined) ? withoutAnnotations(metadata, dropped) : metadata };
}

function withoutAnnotations({ annotations, ...metadata }: ObjectMeta, dropped: readonly string[]): ObjectMeta {
  const kept = Object.entries(annotations ?? {}).filter(([name]) => !dropped.includes(name));
  return kept.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(kept) };
}

export function metadataListOf(list: List, version: string, kind: Kind): JsonObject {
  const items = list.items.length === 0 ? null : list.items.map((item) => metadataOf(item, version, kind));
  return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata: list.metadata, items } as unknown as JsonObject;
}
