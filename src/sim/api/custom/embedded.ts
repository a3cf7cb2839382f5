// Objects inside custom resources (x-kubernetes-embedded-resource), and custom resources themselves: apiVersion, kind and
// metadata are read as those of any object (models apiextensions-apiserver's pkg/apiserver/schema/objectmeta).
import type { Json, JsonObject, ObjectMeta } from '../generated/types.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { validateObjectMeta } from '../validation/metadata.ts';
import { dns1035Label, pathSegmentName } from '../validation/names.ts';
import { isEmbedded, isObject, mapItems, mapMembers, readMetadata } from './objects.ts';
import type { Props } from './props.ts';
import { additionalOf, itemsOf } from './props.ts';

/** Ends the walk: what cannot be read. */
export class CoerceFault extends Error {
  readonly path: string;
  readonly value: Json;

  constructor(path: string, value: Json, message: string) {
    super(message);
    this.path = path;
    this.value = value;
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** With metadata in stored form. Unknown metadata fields are added to `unknown`. Throws a CoerceFault for wrong types. */
export function coerceMetadata(value: Json, props: Props | undefined, embedded: boolean, unknown: string[], path = ''): Json {
  if (Array.isArray(value)) {
    const items = props === undefined ? undefined : itemsOf(props);
    return mapItems(value as readonly Json[], (item, i) => coerceMetadata(item, items, isEmbedded(items), unknown, `${path}[${i}]`));
  }
  if (!isObject(value)) return value;
  const coerced = embedded ? coerceObject(value, unknown, path) : value;
  return mapMembers(coerced, (member, name) => {
    const child = props?.properties?.[name];
    if (child !== undefined) return coerceMetadata(member, child, isEmbedded(child), unknown, join(path, name));
    const additional = props === undefined ? undefined : additionalOf(props);
    return additional === undefined ? member : coerceMetadata(member, additional, isEmbedded(additional), unknown, `${path}[${name}]`);
  });
}

function coerceObject(object: JsonObject, unknown: string[], path: string): JsonObject {
  return mapMembers(object, (member, name) => {
    if ((name === 'apiVersion' || name === 'kind') && typeof member !== 'string') throw new CoerceFault(join(path, name), member, 'must be a string');
    if (name !== 'metadata') return member;
    const read = readMetadata(member);
    if (!read.ok) throw new CoerceFault(join(path, name), member, read.message);
    for (const error of read.unknown) unknown.push(error.replace(/^(\w+ field )"/, `$1"${join(path, 'metadata')}.`));
    return read.value as unknown as JsonObject;
  });
}

/** Complains about apiVersion, kind and metadata of embedded objects. */
export function validateEmbedded(value: Json, props: Props | undefined, embedded: boolean, path: string, errors: Errors): void {
  if (props === undefined) return;
  if (Array.isArray(value)) {
    const items = itemsOf(props);
    (value as readonly Json[]).forEach((item, i) => validateEmbedded(item, items, isEmbedded(items), `${path}[${i}]`, errors));
  } else if (isObject(value)) {
    if (embedded) validateObject(value, path, errors);
    const additional = additionalOf(props);
    for (const [name, member] of Object.entries(value)) {
      const child = props.properties?.[name];
      if (child !== undefined) validateEmbedded(member as Json, child, isEmbedded(child), join(path, name), errors);
      else if (additional !== undefined) validateEmbedded(member as Json, additional, isEmbedded(additional), `${path}[${name}]`, errors);
    }
  }
}

function validateObject({ apiVersion, kind, metadata }: JsonObject, path: string, errors: Errors): void {
  if (apiVersion === undefined) errors.required(join(path, 'apiVersion'));
  if (kind === undefined) errors.required(join(path, 'kind'));
  if (apiVersion !== undefined) validateApiVersion(apiVersion, join(path, 'apiVersion'), errors);
  if (kind !== undefined) validateKindName(kind, join(path, 'kind'), errors);
  if (metadata === undefined) return;
  const at = join(path, 'metadata');
  const read = readMetadata(metadata);
  if (!read.ok) {
    errors.invalid(at, metadata, read.message);
    return;
  }
  const meta: ObjectMeta = { ...read.value, name: read.value.name ?? 'fakename' };
  validateObjectMeta(meta, (meta.namespace ?? '') !== '', pathSegmentName, new Path(at), errors);
}

function validateApiVersion(value: Json, path: string, errors: Errors): void {
  if (typeof value !== 'string') errors.invalid(path, value, 'must be a string');
  else if (value === '') errors.invalid(path, value, 'must not be empty');
  else if (value.split('/').length > 2) errors.invalid(path, value, `unexpected GroupVersion string: ${value}`);
}

function validateKindName(value: Json, path: string, errors: Errors): void {
  if (typeof value !== 'string') errors.invalid(path, value, 'must be a string');
  else if (value === '') errors.invalid(path, value, 'must not be empty');
  else {
    const messages = dns1035Label(value.toLowerCase());
    if (messages.length > 0) errors.invalid(path, value, `may have mixed case, but should otherwise match: ${messages.join(',')}`);
  }
}
