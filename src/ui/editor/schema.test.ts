import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hoverEn } from './hover/en.ts';
import { hoverZhCN } from './hover/zh-CN.ts';
import { type ApiSchema, editorSchema, kindsOf, typeName } from './schema.ts';

const { schemas } = JSON.parse(readFileSync(new URL('../../sim/api/generated/schemas.json', import.meta.url), 'utf8')) as { schemas: Record<string, ApiSchema> };
const schema = editorSchema(schemas, hoverEn);
const kinds = (schema.oneOf ?? []).filter((kind) => typeof kind === 'object');
const kind = (title: string) => kinds.find((candidate) => candidate.title === title);
/** What an object of a kind holds: the branch of the same place in the list of contents. */
const content = (title: string) => {
  const branch = schema.allOf?.[kinds.findIndex((candidate) => candidate.title === title)];
  return typeof branch === 'object' && typeof branch.else === 'object' ? branch.else : undefined;
};
const definition = (id: string) => schema.definitions?.[id];

describe('the schema for the editor', () => {
  test('offers kinds that people write and no others', () => {
    const titles = kinds.map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(['Pod', 'Deployment', 'Service', 'PersistentVolumeClaim', 'CronJob', 'CustomResourceDefinition']));
    expect(titles.filter((title) => /List$|Review$|^Status$|^Binding$|^Scale$/.test(title ?? ''))).toEqual([]);
  });
  test('tells kinds apart by constants', () => {
    expect(kind('Deployment')?.properties).toMatchObject({ apiVersion: { const: 'apps/v1' }, kind: { const: 'Deployment' } });
    expect(kind('Pod')?.properties).toMatchObject({ apiVersion: { const: 'v1' } });
    expect(kind('Deployment')?.required).toEqual(expect.arrayContaining(['apiVersion', 'kind']));
  });
  test('asks for the content of the kind that a document names, and of no other', () => {
    expect(schema.allOf).toHaveLength(kinds.length);
    const conditions = schema.allOf?.map((branch) => (typeof branch === 'object' && typeof branch.if === 'object' ? branch.if.not : undefined));
    expect(conditions).toEqual(kinds.map(({ properties }) => ({ required: ['apiVersion', 'kind'], properties })));
    expect(content('ConfigMap')).toMatchObject({ additionalProperties: false, properties: { data: { additionalProperties: { type: 'string' } } } });
  });
  test('takes custom kinds in among the built-in ones', () => {
    const custom = { apiVersion: 'example.org/v1', kind: 'Lecture', description: 'One hour.', content: { type: 'object' } };
    const extended = editorSchema(schemas, hoverEn, [custom]);
    expect(kindsOf(extended)).toEqual([...kindsOf(schema), { apiVersion: 'example.org/v1', kind: 'Lecture' }].sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0)));
    expect(extended.oneOf).toContainEqual(expect.objectContaining({ title: 'Lecture', description: 'One hour.' }));
    expect(extended.allOf).toContainEqual(expect.objectContaining({ else: custom.content }));
  });
  test('every reference leads somewhere', () => {
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(references.length).toBeGreaterThan(500);
    expect(references.filter((id) => definition(id) === undefined)).toEqual([]);
  });
  test('refuses unknown fields, except where anything is allowed', () => {
    expect(definition('io.k8s.api.core.v1.Container')?.additionalProperties).toBe(false);
    expect(definition('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')?.properties).toMatchObject({ labels: { additionalProperties: { type: 'string' } } });
  });
  test('numbers or texts stay both', () => {
    expect(definition('io.k8s.apimachinery.pkg.util.intstr.IntOrString')?.type).toEqual(['integer', 'string']);
    expect(definition('io.k8s.apimachinery.pkg.api.resource.Quantity')?.type).toEqual(['string', 'number']);
  });
  test('does not suggest what the server fills in', () => {
    expect(definition('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')?.properties).toMatchObject({ uid: { doNotSuggest: true } });
    expect(content('Pod')?.properties).toMatchObject({ status: { doNotSuggest: true } });
  });
});

describe('hover texts', () => {
  test('both languages explain the same fields', () => {
    expect(Object.keys(hoverZhCN)).toEqual(Object.keys(hoverEn));
    expect(Object.values(hoverZhCN).filter((text) => !/[一-鿿]/.test(text))).toEqual([]);
  });
  test('each belongs to a field or kind that exists', () => {
    const fields = new Set(Object.entries(schemas).flatMap(([id, { properties = {} }]) => Object.keys(properties).map((field) => `${typeName(id)}.${field}`)));
    const known = new Set([...fields, ...kinds.map(({ title }) => title), 'apiVersion', 'kind']);
    expect(Object.keys(hoverEn).filter((key) => !known.has(key))).toEqual([]);
  });
  test('reach the schema', () => {
    expect(definition('io.k8s.api.apps.v1.DeploymentSpec')?.properties).toMatchObject({ replicas: { description: hoverEn['DeploymentSpec.replicas'] } });
    expect(kind('Deployment')?.description).toBe(hoverEn['Deployment']);
  });
});
