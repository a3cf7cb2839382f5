// The kinds that CustomResourceDefinitions define, as the editor's schema needs them. A definition may be one that somebody
// is just typing: nothing about its form is sure.
import type { JSONSchema } from 'monaco-yaml';
import { parseDocument, visit } from 'yaml';
import { type EditorKind, unsuggested } from './schema.ts';

type Loose = Readonly<Record<string, unknown>>;

const recordOf = (value: unknown): Loose => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Loose : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The kinds that a definition serves: one for each served version, none while its group or names are missing. */
export function customKinds(definition: unknown): readonly EditorKind[] {
  const spec = recordOf(recordOf(definition)['spec']);
  const [group, kind] = [textOf(spec['group']), textOf(recordOf(spec['names'])['kind'])];
  if (group === '' || kind === '') return [];
  return listOf(spec['versions']).map(recordOf).filter(({ name, served }) => textOf(name) !== '' && served === true).map(({ name, schema }) => {
    const root = recordOf(recordOf(schema)['openAPIV3Schema']);
    return { apiVersion: `${group}/${textOf(name)}`, kind, description: describe(root), content: contentOf(root) };
  });
}

/** Whether the API server serves what a definition in the cluster says; names that another one has taken it does not. */
export function isEstablished(definition: unknown): boolean {
  const conditions = listOf(recordOf(recordOf(definition)['status'])['conditions']).map(recordOf);
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
}

const METADATA: JSONSchema = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', title: 'metadata' };

/** A whole object: apiVersion, kind and metadata are those of every object, whatever the schema says of them. */
function contentOf(root: Loose): JSONSchema {
  const { description, ...content } = convert(root, true);
  const { status, ...properties } = content.properties ?? {};
  const identity = description === undefined ? {} : { description };
  return { ...content, properties: { ...properties, apiVersion: identity, kind: identity, metadata: METADATA, ...(typeof status === 'object' && { status: unsuggested(status) }) } };
}

const NUMBERS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'multipleOf'] as const;

/**
 * A part of a structural schema in the words of JSON Schema. `closed`: a field that is not named is pruned by the API server,
 * so it is marked; not so inside allOf, anyOf, oneOf and not, which only narrow values.
 */
function convert(schema: Loose, closed: boolean): JSONSchema {
  const description = describe(schema);
  const many = (name: 'allOf' | 'anyOf' | 'oneOf'): JSONSchema => (Array.isArray(schema[name]) && schema['x-kubernetes-int-or-string'] !== true ? { [name]: schema[name].map((each) => convert(recordOf(each), false)) } : {});
  return {
    ...typeOf(schema), ...fieldsOf(schema, closed), ...boundsOf(schema), ...many('allOf'), ...many('anyOf'), ...many('oneOf'),
    ...Object.fromEntries(NUMBERS.filter((name) => typeof schema[name] === 'number').map((name) => [name, schema[name]])),
    ...(description !== undefined && { description }),
    ...(Array.isArray(schema['enum']) && { enum: schema['enum'] }),
    ...(schema['default'] !== undefined && { default: schema['default'] }),
    ...(schema['items'] !== undefined && { items: convert(recordOf(schema['items']), closed) }),
    ...(schema['not'] !== undefined && { not: convert(recordOf(schema['not']), false) }),
    ...(isPattern(schema['pattern']) && { pattern: schema['pattern'] }),
  };
}

function typeOf(schema: Loose): JSONSchema {
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  const type = textOf(schema['type']);
  if (type === '') return {};
  return { type: schema['nullable'] === true ? [type, 'null'] : type };
}

function fieldsOf(schema: Loose, closed: boolean): JSONSchema {
  const fields = Object.entries(recordOf(schema['properties'])).map(([name, field]): [string, JSONSchema] => [name, { title: name, ...convert(recordOf(field), closed) }]);
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const additional = schema['additionalProperties'];
  const isPruned = closed && schema['type'] === 'object' && schema['x-kubernetes-preserve-unknown-fields'] !== true && additional === undefined;
  const required = listOf(schema['required']).filter((name) => typeof name === 'string');
  return {
    ...((fields.length > 0 || isEmbedded) && { properties: { ...Object.fromEntries(fields), ...(isEmbedded && { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: METADATA }) } }),
    ...(required.length > 0 && { required }),
    ...(isPruned && { additionalProperties: false }),
    ...(typeof additional === 'object' && { additionalProperties: convert(recordOf(additional), closed) }),
  };
}

/** OpenAPI says by a flag that a bound is not itself allowed; JSON Schema has another word for such a bound. */
function boundsOf(schema: Loose): JSONSchema {
  const { minimum, maximum } = schema;
  return {
    ...(typeof minimum === 'number' && { [schema['exclusiveMinimum'] === true ? 'exclusiveMinimum' : 'minimum']: minimum }),
    ...(typeof maximum === 'number' && { [schema['exclusiveMaximum'] === true ? 'exclusiveMaximum' : 'maximum']: maximum }),
  };
}

/** Some of Go's regular expressions are none here; the API server checks those. */
function isPattern(pattern: unknown): pattern is string {
  if (typeof pattern !== 'string') return false;
  try {
    return new RegExp(pattern, 'u').source !== '';
  } catch {
    return false;
  }
}

/** The description and the rules in CEL, which only the API server evaluates. */
function describe(schema: Loose): string | undefined {
  const rules = listOf(schema['x-kubernetes-validations']).map((rule) => textOf(recordOf(rule)['rule']));
  const parts = [textOf(schema['description']), ...rules].filter((part) => part !== '');
  return parts.length > 0 ? parts.join('\n\n') : undefined;
}

const DOCUMENT_START = /^---.*$/m;
const DEFINITION = 'CustomResourceDefinition';

/** The documents of a file that may be definitions. */
export function definitionTexts(text: string): readonly string[] {
  return text.includes(DEFINITION) ? text.split(DOCUMENT_START).filter((part) => part.includes(DEFINITION)) : [];
}

/** The definitions in documents; undefined while one of them cannot be read, as in the middle of a word. */
export function readDefinitions(texts: readonly string[]): readonly unknown[] | undefined {
  const documents = texts.map((text) => parseDocument(text, { logLevel: 'silent' }));
  if (documents.some((document) => document.errors.length > 0)) return undefined;
  // Aliases can make a schema endless: such a definition waits for what the API server makes of it.
  return documents.filter((document) => !hasAlias(document)).map((document): unknown => document.toJS()).filter((object) => recordOf(object)['kind'] === DEFINITION);
}

function hasAlias(document: ReturnType<typeof parseDocument>): boolean {
  let found = false;
  visit(document, { Alias: () => { found = true; return visit.BREAK; } });
  return found;
}

/** All kinds, the first of those with the same name and version. */
export function distinctKinds(kinds: readonly EditorKind[]): readonly EditorKind[] {
  const byName = new Map<string, EditorKind>();
  for (const each of kinds) {
    const name = `${each.apiVersion} ${each.kind}`;
    if (!byName.has(name)) byName.set(name, each);
  }
  return [...byName.values()];
}
