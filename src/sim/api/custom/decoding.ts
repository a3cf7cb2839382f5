// Custom resources as they are read, and their types (models the decoders of apiextensions-apiserver's customresource_handler).
import { fnv1a32, canonicalJson } from '../hash.ts';
import type { Json, JsonObject } from '../generated/types.ts';
import type { ParsedDocument, ParsedJson } from '../go-json.ts';
import { NumberText, plainJson } from '../go-json.ts';
import type { DecodeResult, Decoder, Field, Schema, SchemaType } from '../schema.ts';
import { knownSchema, schemaOf } from '../schema.ts';
import { coerceMetadata, CoerceFault } from './embedded.ts';
import { isEmbedded, isObject, metaFields, prune, pruneNulls, readMetadata } from './objects.ts';
import type { Props } from './props.ts';
import { additionalOf, itemsOf, noProps } from './props.ts';

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The name of the schema of a version's objects; `schemaOf` knows it from then on. */
export function customSchema(kind: string, props: Props, preservesUnknown: boolean): string {
  const content = canonicalJson([kind, preservesUnknown, props]);
  const name = `custom.${kind}.${content.length.toString(36)}.${fnv1a32(content).toString(36)}.${fnv1a32(content, content.length).toString(36)}`;
  knownSchema(name, () => ({ ...typeOf(props, true), name, goType: `unstructured.${kind}`, structName: kind, decoder: decoderOf(props, preservesUnknown) }));
  return name;
}

function decoderOf(props: Props, preservesUnknown: boolean): Decoder {
  return (document, strict) => {
    const raw = plainJson(document.value);
    const object = isObject(raw) ? raw : {};
    const unknown: string[] = [];
    const read = object['metadata'] === undefined ? undefined : readMetadata(object['metadata']);
    if (read?.ok === false) return read;
    for (const error of read?.unknown ?? []) unknown.push(error.replace(/^\w+ field "(.*)"$/, 'metadata.$1'));
    return readObject(object, props, preservesUnknown, unknown, read?.value as unknown as JsonObject | undefined, strict ? duplicatePaths(document) : []);
  };
}

function readObject(object: JsonObject, props: Props, preservesUnknown: boolean, unknown: string[], metadata: JsonObject | undefined, duplicates: readonly string[]): DecodeResult {
  const pruned: string[] = [];
  let value: Json = object;
  if (!preservesUnknown) {
    value = pruneNulls(prune(object, props, true, pruned), props);
    unknown.push(...pruned.sort());
  }
  const embedded: string[] = [];
  try {
    value = coerceMetadata(value, props, false, embedded);
  } catch (error) {
    if (error instanceof CoerceFault) return { ok: false, message: `${error.path}: Invalid value: ${JSON.stringify(error.value)}: ${error.message}` };
    throw error;
  }
  const stored = metadata === undefined ? value : { ...(value as JsonObject), metadata };
  const unknownErrors = [...unknown, ...embedded.sort().map((error) => error.replace(/^\w+ field "(.*)"$/, '$1'))].map((path) => `unknown field "${path}"`);
  return { ok: true, value: stored as JsonObject, strictErrors: [...duplicates, ...unknownErrors] };
}

/** The keys that a document has twice. */
function duplicatePaths({ value, duplicates }: ParsedDocument): readonly string[] {
  if (duplicates.size === 0) return [];
  const found: string[] = [];
  const walk = (node: ParsedJson, path: string): void => {
    if (Array.isArray(node)) {
      (node as readonly ParsedJson[]).forEach((item, i) => walk(item, `${path}[${i}]`));
    } else if (node !== null && typeof node === 'object' && !(node instanceof NumberText)) {
      const seen = new Set<string>();
      for (const [key] of duplicates.get(node) ?? []) {
        if (seen.has(key)) found.push(`duplicate field "${path === '' ? key : `${path}.${key}`}"`);
        seen.add(key);
      }
      for (const [key, member] of Object.entries(node)) if (member !== undefined) walk(member as ParsedJson, path === '' ? key : `${path}.${key}`);
    }
  };
  walk(value, '');
  return [...new Set(found)];
}

const scalarTypes: Readonly<Record<string, SchemaType | undefined>> = { string: 'string', boolean: 'bool', integer: 'int64', number: 'float64' };
const noFields: ReadonlyMap<string, Field> = new Map();

/** The type that server-side apply merges by. */
function typeOf(props: Props, isResource: boolean): Schema {
  const mapType = props['x-kubernetes-map-type'] === 'atomic' ? 'atomic' : 'granular';
  const base: Schema = { name: '', type: 'any', goType: 'interface {}', structName: '', fields: noFields, presentFields: [], items: undefined, mapType, decoder: undefined };
  if (props['x-kubernetes-int-or-string'] === true) return { ...base, type: 'intOrString' };
  const items = itemsOf(props);
  if (props.type === 'array') return { ...base, type: 'array', items: items && typeOf(items, isEmbedded(items)) };
  if (props.type !== 'object') return { ...base, type: scalarTypes[props.type ?? ''] ?? 'any' };
  const additional = additionalOf(props);
  if (additional !== undefined) return { ...base, type: 'map', items: typeOf(additional, isEmbedded(additional)) };
  const preserves = props['x-kubernetes-preserve-unknown-fields'] === true;
  if (preserves && props.properties === undefined && !isResource) return base;
  return { ...base, type: 'struct', fields: fieldsOf(props, isResource), items: preserves ? base : undefined };
}

function fieldsOf(props: Props, isResource: boolean): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  if (isResource) {
    for (const name of metaFields) fields.set(name, fieldOf(name, name === 'metadata' ? schemaOf(objectMeta) : typeOf({ type: 'string' }, false), {}, false));
  }
  for (const [name, child] of Object.entries(props.properties ?? noProps)) {
    if (!fields.has(name)) fields.set(name, fieldOf(name, typeOf(child, isEmbedded(child)), child, (props.required ?? []).includes(name)));
  }
  return fields;
}

function fieldOf(name: string, schema: Schema, props: Props, required: boolean): Field {
  const listType = props['x-kubernetes-list-type'];
  return {
    name, schema, goType: schema.goType, pointer: true, present: false, nullWhenAbsent: false, keepsEmpty: true, required, defaultValue: props.default, enumValues: undefined, patchStrategies: [],
    patchMergeKey: undefined, listType: listType === 'set' || listType === 'map' || listType === 'atomic' ? listType : undefined, listMapKeys: props['x-kubernetes-list-map-keys'] ?? [],
  };
}
