// Compact, resolved view of the OpenAPI schemas (generated/schemas.json), for decoding, patching and server-side apply.
// Types are resolved on first use and once; recursion is fine because a type's fields are filled in after it is registered.
import schemasDocument from './generated/schemas.json';
import wireDocument from './generated/wire.json';
import type { Json, JsonObject } from './generated/types.ts';
import type { ParsedDocument } from './go-json.ts';

/** How a value is read: Go's kinds plus the types with their own JSON form. `any` is free-form JSON. */
export type SchemaType = 'struct' | 'map' | 'array' | 'string' | 'bool' | 'int32' | 'int64' | 'float64' | 'bytes'
  | 'quantity' | 'time' | 'microTime' | 'intOrString' | 'any';

/** Reads a document in a way of its own: custom resources, whose values have to fit later and not when they are read. */
export type Decoder = (document: ParsedDocument, strict: boolean) => DecodeResult;

export type DecodeResult =
  | { readonly ok: true; readonly value: JsonObject; readonly strictErrors: readonly string[] }
  /** `message` is what follows `cannot be handled as a Pod: `. */
  | { readonly ok: false; readonly message: string };

export type PatchStrategy = 'merge' | 'replace' | 'retainKeys';

export interface Schema {
  /** Key in schemas.json; empty for types without a name of their own. */
  readonly name: string;
  readonly type: SchemaType;
  /** As Go's decoder prints it: `v1.PodSpec`, `[]v1.Container`, `map[string]string`. */
  readonly goType: string;
  /** Last part of the Go type: what errors call the struct. */
  readonly structName: string;
  /** Fields of a struct by JSON name; empty for the other types. */
  readonly fields: ReadonlyMap<string, Field>;
  /** The fields that Go's encoder writes even when they are empty. */
  readonly presentFields: readonly Field[];
  /** Of arrays and maps; of structs that keep unknown fields: what those are; of the free-form types that may hold a JSON schema: that schema. */
  readonly items: Schema | undefined;
  readonly mapType: 'atomic' | 'granular';
  readonly decoder: Decoder | undefined;
}

export interface Field {
  readonly name: string;
  readonly schema: Schema;
  /** The type that decode errors print. */
  readonly goType: string;
  /** A pointer in Go: an explicit false, 0 or "" is kept. */
  readonly pointer: boolean;
  /** Written even when empty. */
  readonly present: boolean;
  /** Written as null when absent (only with `present`). */
  readonly nullWhenAbsent: boolean;
  /** Of lists: an empty one says something else than none. */
  readonly keepsEmpty: boolean;
  readonly required: boolean;
  readonly defaultValue: Json | undefined;
  readonly enumValues: readonly string[] | undefined;
  readonly patchStrategies: readonly PatchStrategy[];
  readonly patchMergeKey: string | undefined;
  readonly listType: 'atomic' | 'set' | 'map' | undefined;
  readonly listMapKeys: readonly string[];
}

interface RawSchema {
  readonly $ref?: string;
  readonly allOf?: readonly RawSchema[];
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly default?: Json;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, RawSchema>>;
  readonly items?: RawSchema;
  readonly additionalProperties?: RawSchema;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
}

const rawSchemas = schemasDocument.schemas as unknown as Readonly<Record<string, RawSchema>>;
const wire = wireDocument.types as unknown as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;

const specialTypes: Readonly<Record<string, SchemaType | undefined>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'intOrString',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'microTime',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'any',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'any',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': 'any',
};

const schemaProps = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
/** Either a JSON schema or something else; free-form with the schema's type as `items`. */
const schemaUnions = new Set([`${schemaProps}OrArray`, `${schemaProps}OrBool`, `${schemaProps}OrStringArray`]);

const noFields: ReadonlyMap<string, Field> = new Map();
const resolved = new Map<string, Schema>();

/** Name of the schema of a core or group type, `schemaName('apps.v1', 'Deployment')`. */
export function schemaName(groupVersion: string, kind: string): string {
  return `io.k8s.api.${groupVersion}.${kind}`;
}

/** The schemas as the real server publishes them (without descriptions), for OpenAPI documents. */
export function openApiSchemas(): Readonly<Record<string, JsonObject>> {
  return schemasDocument.schemas as unknown as Readonly<Record<string, JsonObject>>;
}

/** Resolves a named schema; throws for a name that schemas.json lacks (a programming error). */
export function schemaOf(name: string): Schema {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const raw = rawSchemas[name];
  if (raw === undefined) throw new Error(`no schema named ${name}`);
  return resolveNamed(name, raw);
}

/** Makes a schema known by a name that tells its whole content; the same name always stands for the same schema. */
export function knownSchema(name: string, make: () => Schema): Schema {
  return resolved.get(name) ?? remember(name, make());
}

function resolveNamed(name: string, raw: RawSchema): Schema {
  const parts = name.split('.');
  const structName = parts[parts.length - 1] ?? name;
  const goType = `${parts[parts.length - 2] ?? ''}.${structName}`;
  const special = specialTypes[name];
  const mapType = raw['x-kubernetes-map-type'] ?? 'granular';
  if (special !== undefined) return remember(name, { name, type: special, goType, structName, fields: noFields, presentFields: [], items: undefined, mapType, decoder: undefined });
  if (schemaUnions.has(name)) return remember(name, { name, type: 'any', goType, structName, fields: noFields, presentFields: [], items: schemaOf(schemaProps), mapType, decoder: undefined });
  const fields = new Map<string, Field>();
  const presentFields: Field[] = [];
  const schema = remember(name, { name, type: 'struct', goType, structName, fields, presentFields, items: undefined, mapType, decoder: undefined });
  const required = new Set(raw.required ?? []);
  const facts = wire[name];
  for (const [property, rawField] of Object.entries(raw.properties ?? {})) {
    const field = resolveField(property, rawField, required.has(property), facts?.[property] ?? '');
    fields.set(property, field);
    if (field.present) presentFields.push(field);
  }
  return schema;
}

function remember(name: string, schema: Schema): Schema {
  resolved.set(name, schema);
  return schema;
}

function resolveField(name: string, raw: RawSchema, required: boolean, facts: string): Field {
  const space = facts.indexOf(' ');
  const flags = space < 0 ? facts : facts.slice(0, space);
  const schema = resolveType(raw);
  const structValue = raw.allOf !== undefined && raw.default !== undefined;
  return {
    name,
    schema,
    goType: space < 0 ? schema.goType : facts.slice(space + 1),
    pointer: flags.includes('p'),
    present: flags.includes('a') || flags.includes('n') || ((required || structValue) && !flags.includes('o')),
    nullWhenAbsent: flags.includes('n'),
    keepsEmpty: flags.includes('e'),
    required,
    defaultValue: raw.default,
    enumValues: raw.enum,
    patchStrategies: (raw['x-kubernetes-patch-strategy'] ?? '').split(',').filter(isPatchStrategy),
    patchMergeKey: raw['x-kubernetes-patch-merge-key'],
    listType: raw['x-kubernetes-list-type'],
    listMapKeys: raw['x-kubernetes-list-map-keys'] ?? [],
  };
}

function isPatchStrategy(text: string): text is PatchStrategy {
  return text === 'merge' || text === 'replace' || text === 'retainKeys';
}

function resolveType(raw: RawSchema): Schema {
  const reference = raw.$ref ?? raw.allOf?.[0]?.$ref;
  if (reference !== undefined) return schemaOf(reference.slice(reference.lastIndexOf('/') + 1));
  const mapType = raw['x-kubernetes-map-type'] ?? 'granular';
  if (raw.type === 'array' && raw.items !== undefined) {
    const items = resolveType(raw.items);
    return anonymous('array', `[]${items.goType}`, items, mapType);
  }
  if (raw.type === 'object' && raw.additionalProperties !== undefined) {
    const items = resolveType(raw.additionalProperties);
    return anonymous('map', `map[string]${items.goType}`, items, mapType);
  }
  return scalarSchema(raw.type ?? '', raw.format ?? '');
}

function scalarSchema(type: string, format: string): Schema {
  const key = `${type}/${format}`;
  const known = resolved.get(key);
  if (known !== undefined) return known;
  const [schemaType, goType] = scalarTypes[key] ?? scalarTypes[`${type}/`] ?? ['any' as const, 'interface {}'];
  return remember(key, anonymous(schemaType, goType, undefined, 'granular'));
}

const scalarTypes: Readonly<Record<string, readonly [SchemaType, string] | undefined>> = {
  'string/': ['string', 'string'],
  'string/byte': ['bytes', '[]uint8'],
  'integer/int32': ['int32', 'int32'],
  'integer/int64': ['int64', 'int64'],
  'integer/': ['int64', 'int64'],
  'number/': ['float64', 'float64'],
  'boolean/': ['bool', 'bool'],
};

/** Plain strings. */
export const textSchema: Schema = scalarSchema('string', '');

function anonymous(type: SchemaType, goType: string, items: Schema | undefined, mapType: 'atomic' | 'granular'): Schema {
  return { name: '', type, goType, structName: '', fields: noFields, presentFields: [], items, mapType, decoder: undefined };
}
