// Schemas of custom resources (models apiextensions-apiserver's openapi builder).
import type { CustomResourceDefinition, Json, JsonObject } from '../../api/generated/types.ts';
import { customName, refTo, wrapped } from './schemas.ts';

const API_VERSION: JsonObject = {
  description: 'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  type: 'string',
};
const KIND: JsonObject = {
  description: 'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  type: 'string',
};
const META_URL = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';
const META = { group: '', version: 'v1' };

const PRESERVES = 'x-kubernetes-preserve-unknown-fields';
const EMBEDDED = 'x-kubernetes-embedded-resource';
/** What of a schema version 2 of OpenAPI has no words for. */
const JUNCTORS: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'not']);

type DocumentVersion = 2 | 3;

/** The schemas of all kinds and lists of a group's version, by name. */
export function customSchemas(group: string, version: string, definitions: readonly CustomResourceDefinition[], documentVersion: DocumentVersion): Readonly<Record<string, JsonObject>> {
  const out: Record<string, JsonObject> = {};
  for (const { spec } of definitions) {
    const served = spec.group === group ? spec.versions.find(({ name }) => name === version) : undefined;
    if (!served) continue;
    const { kind, listKind = `${kind}List`, plural } = spec.names;
    const object = objectSchema(served.schema?.openAPIV3Schema as JsonObject | undefined, spec.preserveUnknownFields === true, documentVersion);
    out[customName(group, version, kind)] = { ...object, 'x-kubernetes-group-version-kind': [{ group, version, kind }] };
    out[customName(group, version, listKind)] = listSchema(group, version, kind, listKind, plural);
  }
  return out;
}

/**
 * Where unknown fields may stay, version 2 tells no field at all: kubectl would take those that are told for all that there are.
 * Models buildKubeNative.
 */
function objectSchema(schema: JsonObject | undefined, preserves: boolean, documentVersion: DocumentVersion): JsonObject {
  if (!schema || (documentVersion === 2 && (preserves || schema[PRESERVES] === true))) return { type: 'object' };
  const shown = withEmbedded(documentVersion === 2 ? simplified(schema) : schema, documentVersion);
  return { ...shown, properties: { ...(shown['properties'] as JsonObject | undefined), ...metaProperties(`Standard object's metadata. More info: ${META_URL}`) } };
}

function metaProperties(description: string): JsonObject {
  return { apiVersion: API_VERSION, kind: KIND, metadata: wrapped(refTo(META, 'ObjectMeta'), description) };
}

/** A schema with its inner schemas changed. */
function withChildren(schema: JsonObject, change: (child: JsonObject) => JsonObject): JsonObject {
  const out: Record<string, Json> = { ...schema } as Record<string, Json>;
  const { properties, items, additionalProperties } = schema;
  if (isSchema(properties)) out['properties'] = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, change(child as JsonObject)]));
  if (isSchema(items)) out['items'] = change(items);
  if (isSchema(additionalProperties)) out['additionalProperties'] = change(additionalProperties);
  return out;
}

function isSchema(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What version 2 can say of a schema (models ToStructuralOpenAPIV2): nothing of what may be null or anything. */
function simplified(schema: JsonObject): JsonObject {
  const untyped = schema['nullable'] === true;
  const anything = untyped || schema[PRESERVES] === true;
  const type = untyped || (anything && (schema['type'] === 'object' || schema['type'] === 'array')) ? undefined : schema['type'];
  const kept = Object.entries(schema).filter(([name]) => !JUNCTORS.has(name) && name !== 'nullable' && name !== 'type' && !(anything && (name === 'items' || name === 'properties')));
  const out = withChildren({ ...Object.fromEntries(kept), ...(type === undefined ? {} : { type }) } as JsonObject, simplified);
  return withoutNullable(out, schema);
}

/** A field that may be null is not asked for. */
function withoutNullable(out: JsonObject, { properties, required }: JsonObject): JsonObject {
  if (!Array.isArray(required) || !isSchema(properties)) return out;
  const { required: _, ...rest } = out;
  const left = (required as readonly string[]).filter((name) => (properties[name] as JsonObject | undefined)?.['nullable'] !== true);
  return left.length === 0 ? rest : { ...rest, required: left };
}

/** Objects inside of objects have their own apiVersion, kind and metadata (models addEmbeddedProperties). */
function withEmbedded(schema: JsonObject, documentVersion: DocumentVersion): JsonObject {
  const out = withChildren(schema, (child) => withEmbedded(child, documentVersion));
  if (out[EMBEDDED] !== true || (documentVersion === 2 && out[PRESERVES] === true)) return out;
  const required = (out['required'] ?? []) as unknown as readonly string[];
  return {
    ...out, properties: { ...(out['properties'] as JsonObject | undefined), ...metaProperties(`Standard object's metadata. More info: ${META_URL}`) },
    required: [...required, ...['kind', 'apiVersion'].filter((name) => !required.includes(name))],
  };
}

function listSchema(group: string, version: string, kind: string, listKind: string, plural: string): JsonObject {
  return {
    description: `${listKind} is a list of ${kind}`, type: 'object', required: ['items'],
    properties: {
      apiVersion: API_VERSION, kind: KIND,
      items: {
        description: `List of ${plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`, type: 'array',
        items: { allOf: [refTo({ group, version }, kind)] },
      },
      metadata: wrapped(refTo(META, 'ListMeta'), 'Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds'),
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
  };
}
