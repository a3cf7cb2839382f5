import type { JSONSchema } from 'monaco-yaml';
import { describe, expect, test } from 'vitest';
import { customKinds, definitionTexts, distinctKinds, isEstablished, readDefinitions } from './customKinds.ts';

const version = (schema: object, more: object = {}): object => ({ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more });
const definition = (...versions: readonly object[]): object => ({ kind: 'CustomResourceDefinition', spec: { group: 'example.org', names: { kind: 'Lecture', plural: 'lectures' }, versions } });

/** What becomes of a schema of `spec`. */
function converted(spec: object): JSONSchema | undefined {
  const field = customKinds(definition(version({ type: 'object', properties: { spec } })))[0]?.content.properties?.['spec'];
  return typeof field === 'object' ? field : undefined;
}

describe('kinds of a definition', () => {
  test('one for each served version, with its own schema', () => {
    const kinds = customKinds(definition(version({ type: 'object', properties: { spec: { type: 'string' } } }), version({}, { name: 'v2' }), version({}, { name: 'v3', served: false })));
    expect(kinds.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual(['example.org/v1 Lecture', 'example.org/v2 Lecture']);
    expect(kinds[0]?.content.properties).toHaveProperty('spec');
    expect(kinds[1]?.content.properties).not.toHaveProperty('spec');
  });
  test('apiVersion, kind and metadata are always those of an object; the status is not offered', () => {
    const [kind] = customKinds(definition(version({ type: 'object', description: 'One hour.', properties: { metadata: { type: 'object' }, status: { type: 'object' } } })));
    expect(kind?.description).toBe('One hour.');
    expect(kind?.content).toMatchObject({ additionalProperties: false, properties: { kind: { description: 'One hour.' }, metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }, status: { doNotSuggest: true } } });
  });
  test.each([null, 'text', {}, { spec: null }, { spec: { group: 'g', names: 'x', versions: 3 } }, { spec: { group: 'g', names: { kind: 'K' }, versions: [null, { served: true }] } }])('nothing comes of %j', (value) => {
    expect(customKinds(value)).toEqual([]);
  });
  test('wrong forms inside a schema are left out', () => {
    expect(converted({ type: 7, properties: [], required: 'all', items: 'x', enum: 3, pattern: '(', minimum: '1', anyOf: {} })).toEqual({ title: 'spec', items: {} });
  });
});

describe('structural schemas', () => {
  test('fields that are not named are refused, except where they are kept', () => {
    expect(converted({ type: 'object', properties: { a: { type: 'object' } } })).toMatchObject({ additionalProperties: false, properties: { a: { additionalProperties: false } } });
    expect(converted({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true })?.additionalProperties).toBeUndefined();
    expect(converted({ type: 'object', additionalProperties: { type: 'string' } })).toMatchObject({ additionalProperties: { type: 'string' } });
    expect(converted({ type: 'object', additionalProperties: true })?.additionalProperties).toBeUndefined();
  });
  test('what only narrows a value closes nothing', () => {
    const narrowed = converted({ type: 'object', properties: { a: {} }, anyOf: [{ required: ['a'] }, { type: 'object', properties: { a: { minimum: 3 } } }], not: { required: ['b'] } });
    expect(narrowed).toMatchObject({ anyOf: [{ required: ['a'] }, { type: 'object', properties: { a: { minimum: 3 } } }], not: { required: ['b'] } });
    expect(JSON.stringify(narrowed?.anyOf)).not.toContain('additionalProperties');
  });
  test('bounds, choices and defaults', () => {
    expect(converted({ type: 'integer', minimum: 1, exclusiveMinimum: true, maximum: 9, default: 2, multipleOf: 2 })).toEqual({ title: 'spec', type: 'integer', exclusiveMinimum: 1, maximum: 9, default: 2, multipleOf: 2 });
    expect(converted({ type: 'string', enum: ['a', 'b'], maxLength: 3, pattern: '^[ab]$' })).toMatchObject({ enum: ['a', 'b'], maxLength: 3, pattern: '^[ab]$' });
  });
  test('patterns that only Go understands are left to the API server', () => {
    expect(converted({ type: 'string', pattern: '(?i)^ab$' })?.pattern).toBeUndefined();
  });
  test('null, and numbers or texts', () => {
    expect(converted({ type: 'string', nullable: true })?.type).toEqual(['string', 'null']);
    expect(converted({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] })).toEqual({ title: 'spec', type: ['integer', 'string'] });
  });
  test('objects inside have the fields of every object', () => {
    expect(converted({ type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: {} } })?.properties).toMatchObject({ apiVersion: { type: 'string' }, metadata: { title: 'metadata' }, spec: {} });
  });
  test('rules stand under the description', () => {
    expect(converted({ type: 'object', description: 'Seats.', 'x-kubernetes-validations': [{ rule: 'self.min <= self.max' }] })?.description).toBe('Seats.\n\nself.min <= self.max');
  });
});

const DOCUMENT = 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {group: example.org}\n';

describe('definitions in a text', () => {
  const read = (text: string): readonly unknown[] | undefined => readDefinitions(definitionTexts(text));
  test('are found among other documents', () => {
    expect(read(`kind: Pod\n--- # next\n${DOCUMENT}---\n# CustomResourceDefinition\nkind: Service\n`)).toEqual([expect.objectContaining({ spec: { group: 'example.org' } })]);
    expect(read('kind: Pod\n')).toEqual([]);
  });
  test('cannot be read in the middle of a word', () => {
    expect(read(`${DOCUMENT}  sco`)).toBeUndefined();
  });
  test('are left out where aliases could make them endless', () => {
    expect(read(`${DOCUMENT}x: &a {b: *a}\n`)).toEqual([]);
  });
});

test('the first of equal kinds is taken', () => {
  const kind = (apiVersion: string, title: string) => ({ apiVersion, kind: 'K', description: undefined, content: { title } });
  expect(distinctKinds([kind('g/v1', 'file'), kind('g/v2', 'file'), kind('g/v1', 'cluster')]).map(({ apiVersion, content }) => `${apiVersion} ${content.title}`)).toEqual(['g/v1 file', 'g/v2 file']);
});

test('a definition counts once it is established', () => {
  expect(isEstablished({ status: { conditions: [{ type: 'NamesAccepted', status: 'True' }, { type: 'Established', status: 'True' }] } })).toBe(true);
  expect(isEstablished({ status: { conditions: [{ type: 'Established', status: 'False' }] } })).toBe(false);
  expect(isEstablished({})).toBe(false);
});
