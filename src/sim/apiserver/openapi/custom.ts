// Schemas of custom resources (models apiextensions-apiserver's openapi builder).
import type { CustomResourceDefinition, JsonObject } from '../../api/generated/types.ts';
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

/** The schemas of all kinds and lists of a group's version, by name. */
export function customSchemas(group: string, version: string, definitions: readonly CustomResourceDefinition[]): Readonly<Record<string, JsonObject>> {
  const out: Record<string, JsonObject> = {};
  for (const { spec } of definitions) {
    const served = spec.group === group ? spec.versions.find(({ name }) => name === version) : undefined;
    if (!served) continue;
    const { kind, listKind = `${kind}List`, plural } = spec.names;
    const schema = (served.schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }) as JsonObject;
    out[customName(group, version, kind)] = objectSchema(schema, group, version, kind);
    out[customName(group, version, listKind)] = listSchema(group, version, kind, listKind, plural);
  }
  return out;
}

function objectSchema(schema: JsonObject, group: string, version: string, kind: string): JsonObject {
  const metadata = wrapped(refTo(META, 'ObjectMeta'), `Standard object's metadata. More info: ${META_URL}`);
  const properties = { ...(schema['properties'] as JsonObject | undefined), apiVersion: API_VERSION, kind: KIND, metadata };
  return { ...schema, properties, 'x-kubernetes-group-version-kind': [{ group, version, kind }] };
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
