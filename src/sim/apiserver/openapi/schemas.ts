// Schemas as OpenAPI documents have them: with their descriptions, and with all that they refer to.
import type { Json, JsonObject } from '../../api/generated/types.ts';
import { apiVersionOf } from '../../api/meta.ts';
import { openApiSchemas } from '../../api/schema.ts';
import data from './descriptions.json';

const REF = '#/components/schemas/';
/** By type: its text, and those of its fields; the numbers count in `texts`. */
const types = data.types as unknown as Readonly<Record<string, readonly [number, Readonly<Record<string, number>>] | undefined>>;
const texts: readonly string[] = data.texts;

interface GroupVersion { readonly group: string; readonly version: string }

/** Kinds that every group has, but that are defined once. */
const SHARED = ['Status', 'DeleteOptions', 'WatchEvent', 'APIResourceList', 'APIGroup', 'APIGroupList', 'APIVersions', 'Patch', 'ObjectMeta', 'ListMeta'];
const names = new Map<string, string>();

/** `{"$ref": "#/components/schemas/io.k8s.api.apps.v1.Deployment"}`. */
export function refTo({ group, version }: GroupVersion, kind: string): JsonObject {
  return { $ref: REF + nameOf(group, version, kind) };
}

function nameOf(group: string, version: string, kind: string): string {
  if (group === '' && SHARED.includes(kind)) return `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`;
  if (names.size === 0) index();
  return names.get(`${apiVersionOf(group, version)} ${kind}`) ?? customName(group, version, kind);
}

/** A reference with a description of its own. */
export function wrapped(ref: JsonObject, description: string): JsonObject {
  return { description, allOf: [ref] };
}

/** Groups of custom resources are told backwards. */
export function customName(group: string, version: string, kind: string): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

function index(): void {
  for (const [name, schema] of Object.entries(openApiSchemas())) {
    const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as unknown as readonly (GroupVersion & { readonly kind: string })[];
    if (name.startsWith('io.k8s.apimachinery.')) continue;
    for (const { group, version, kind } of kinds) names.set(`${apiVersionOf(group, version)} ${kind}`, name);
  }
}

/** A schema with its descriptions; undefined for a name that there is none of. */
function described(name: string): JsonObject | undefined {
  const schema = openApiSchemas()[name];
  if (!schema) return undefined;
  const [own = -1, fields = {}] = types[name] ?? [];
  const properties = schema['properties'] as JsonObject | undefined;
  const withTexts = properties && Object.fromEntries(Object.entries(properties).map(([field, value]) => {
    const text = fields[field];
    return [field, text === undefined ? (value ?? null) : { ...(value as JsonObject), description: texts[text] ?? '' }];
  }));
  return { ...schema, ...(withTexts ? { properties: withTexts } : {}), ...(own < 0 ? {} : { description: texts[own] ?? '' }) };
}

/** All schemas that a document refers to, however far; `own` are those that only this document has. */
export function schemasFor(document: Json, own: Readonly<Record<string, JsonObject>>): JsonObject {
  const found = new Map<string, JsonObject>();
  const waiting: Json[] = [document];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const name of refsIn(next)) {
      const schema = found.has(name) ? undefined : (own[name] ?? described(name));
      if (!schema) continue;
      found.set(name, schema);
      waiting.push(schema);
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function refsIn(value: Json): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(refsIn);
  return Object.entries(value as JsonObject).flatMap(([name, member]) => (name === '$ref' && typeof member === 'string' ? [member.slice(REF.length)] : refsIn(member ?? null)));
}
