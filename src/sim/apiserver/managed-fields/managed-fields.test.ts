import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allKinds } from '../../api/kinds/index.ts';
import type { Json, JsonObject } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { customSchema } from '../../api/custom/decoding.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from '../../api/resources.ts';
import { schemaOf } from '../../api/schema.ts';
import { getRequest } from '../../client/requests.ts';
import type { RequestSpec } from '../../client/requests.ts';
import { EncodedBody } from '../body.ts';
import { documentOf } from '../../api/go-json.ts';
import { TestWorld } from '../testing.ts';
import { difference, fromFields, has, intersection, pathText, pathsOf, setOf, toFields, union } from './field-set.ts';
import type { FieldSet, Path } from './field-set.ts';
import { compare, fieldsOf, merge, typeOf, without } from './typed.ts';
import { misfit } from './validate.ts';

const pathArbitrary: fc.Arbitrary<Path> = fc.array(fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1', 'i:0'), { minLength: 1, maxLength: 4 });
const setArbitrary = fc.array(pathArbitrary, { maxLength: 8 }).map((paths) => setOf(...paths));
const keysOf = (set: FieldSet): ReadonlySet<string> => new Set(pathsOf(set).map((path) => path.join('/')));
const DEPLOYMENT = typeOf(schemaOf('io.k8s.api.apps.v1.Deployment'));
const texts = (set: FieldSet): readonly string[] => pathsOf(set).map(pathText);

describe('field sets', () => {
  it('are sets of paths', () => {
    fc.assert(fc.property(setArbitrary, setArbitrary, (a, b) => {
      const [left, right] = [keysOf(a), keysOf(b)];
      expect(keysOf(union(a, b))).toEqual(new Set([...left, ...right]));
      expect(keysOf(intersection(a, b))).toEqual(new Set([...left].filter((key) => right.has(key))));
      expect(keysOf(difference(a, b))).toEqual(new Set([...left].filter((key) => !right.has(key))));
    }));
  });

  it('survive FieldsV1', () => {
    fc.assert(fc.property(setArbitrary, (set) => {
      const back = fromFields(JSON.parse(JSON.stringify(toFields(set))) as JsonObject);
      expect(back && keysOf(back)).toEqual(keysOf(set));
      for (const path of pathsOf(set)) expect(has(set, path)).toBe(true);
    }));
  });

  it('are written with the dot for what is a field and has fields', () => {
    expect(toFields(setOf(['f:a'], ['f:a', 'f:b'], ['f:c', 'k:{"port":80}']))).toEqual({ 'f:a': { '.': {}, 'f:b': {} }, 'f:c': { 'k:{"port":80}': {} } });
  });

  it('list ports by number', () => {
    expect(texts(setOf(['k:{"port":443}'], ['k:{"port":80}']))).toEqual(['[port=80]', '[port=443]']);
  });
});

describe('typed values', () => {
  it('hold fields that their schema does not declare, where it keeps them', () => {
    const preserved = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { size: { type: 'integer' } } };
    const type = typeOf(schemaOf(customSchema('Widget', { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { inside: preserved } }, false)));
    const config = { kind: 'Widget', spec: { a: { b: 1 } }, inside: { size: 1, colour: 'red' } };
    expect(misfit(config, type)).toBeUndefined();
    expect(misfit({ inside: { size: 'x' } }, type)).toBe('.inside.size: expected numeric (int or float), got string');
    expect([...texts(fieldsOf(config, type))].sort()).toEqual(['.inside.colour', '.inside.size', '.kind', '.spec', '.spec.a', '.spec.a.b']);
    expect(merge({ spec: { a: { c: 2 } }, inside: { colour: 'blue' } }, config, type)).toEqual({ kind: 'Widget', spec: { a: { b: 1, c: 2 } }, inside: { size: 1, colour: 'red' } });
    const closed = typeOf(schemaOf(customSchema('Widget', { type: 'object', properties: { inside: { type: 'object' } } }, false)));
    expect(misfit({ spec: {} }, closed)).toBe('.spec: field not declared in schema');
  });

  const deployment = (containers: Json): Json => ({ spec: { template: { spec: { containers } } } });

  it('name list items by their keys, with defaults', () => {
    const set = fieldsOf(deployment([{ name: 'a', ports: [{ containerPort: 80 }] }]), DEPLOYMENT);
    expect(texts(set)).toEqual([
      '.spec.template.spec.containers[name="a"]', '.spec.template.spec.containers[name="a"].name',
      '.spec.template.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"]',
      '.spec.template.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"].containerPort',
    ]);
  });

  it('take a selector as one field', () => {
    expect(texts(fieldsOf({ spec: { selector: { matchLabels: { app: 'x' } } } }, DEPLOYMENT))).toEqual(['.spec.selector']);
  });

  it('differ where they differ', () => {
    const before = deployment([{ name: 'a', image: 'x:1' }, { name: 'b', image: 'y:1' }]);
    const after = deployment([{ name: 'a', image: 'x:2' }, { name: 'c', image: 'z:1' }]);
    const { removed, modified, added } = compare(before, after, DEPLOYMENT);
    const at = '.spec.template.spec.containers';
    expect(texts(modified)).toEqual([`${at}[name="a"].image`]);
    expect(texts(added)).toEqual([`${at}[name="c"]`, `${at}[name="c"].image`, `${at}[name="c"].name`]);
    expect(texts(removed)).toEqual([`${at}[name="b"]`, `${at}[name="b"].image`, `${at}[name="b"].name`]);
  });

  it('merge lists by key, in the order that was applied', () => {
    const live = deployment([{ name: 'a', image: 'x:1' }, { name: 'side', image: 's:1' }, { name: 'b', image: 'y:1' }]);
    const config = deployment([{ name: 'b', image: 'y:2' }, { name: 'a' }]);
    expect(merge(live, config, DEPLOYMENT)).toEqual(deployment([{ name: 'side', image: 's:1' }, { name: 'b', image: 'y:2' }, { name: 'a', image: 'x:1' }]));
  });

  it('lose what is taken away', () => {
    const value = deployment([{ name: 'a', image: 'x:1' }, { name: 'b', image: 'y:1' }]);
    const fields = setOf(['f:spec', 'f:template', 'f:spec', 'f:containers', 'k:{"name":"a"}'], ['f:spec', 'f:template', 'f:spec', 'f:containers', 'k:{"name":"b"}', 'f:image']);
    expect(without(value, fields, DEPLOYMENT)).toEqual(deployment([{ name: 'b' }]));
  });
});

describe('server-side apply', () => {
  type Managed = ApiObject & { readonly data?: unknown; readonly spec?: { readonly replicas?: number }; readonly metadata: { readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[] } };
  const encoded = (object: Json): EncodedBody => new EncodedBody({ text: JSON.stringify(object), document: documentOf(object) });
  const request = (verb: 'create' | 'patch', gvr: RequestSpec['gvr'], name: string, body: Json, manager: string, force = false): RequestSpec => ({
    verb, gvr, subresource: '', namespace: 'default', name: verb === 'create' ? '' : name, body: encoded(body), options: { fieldManager: manager, ...(force ? { force } : {}) },
    patchType: verb === 'patch' ? 'apply' : undefined,
  });
  const config = (data: Record<string, string>): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data });
  const managersOf = (object: Managed): readonly string[] => (object.metadata.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`);

  it('creates, shares, gives up and removes', () => {
    const world = new TestWorld(allKinds);
    const made = world.ask(request('patch', CONFIG_MAPS, 'a', config({ x: '1', y: '2' }), 'one'));
    expect(made.code).toBe(201);
    const shared = world.must<Managed>(request('patch', CONFIG_MAPS, 'a', config({ x: '1' }), 'two'));
    expect(managersOf(shared)).toEqual(['two Apply', 'one Apply']);
    const left = world.must<Managed>(request('patch', CONFIG_MAPS, 'a', config({}), 'one'));
    expect(left.data).toEqual({ x: '1' });
    const same = world.must<Managed>(request('patch', CONFIG_MAPS, 'a', config({ x: '1' }), 'two'));
    expect(same.metadata.resourceVersion).toBe(left.metadata.resourceVersion);
  });

  it('refuses to take from others, and takes by force', () => {
    const world = new TestWorld(allKinds);
    world.must(request('create', CONFIG_MAPS, 'a', config({ x: '1' }), 'maker'));
    const refused = world.ask(request('patch', CONFIG_MAPS, 'a', config({ x: '2' }), 'other'));
    expect(refused.body).toMatchObject({
      code: 409, reason: 'Conflict', message: 'Apply failed with 1 conflict: conflict with "maker" using v1: .data.x',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "maker" using v1', field: '.data.x' }] },
    });
    const forced = world.must<Managed>(request('patch', CONFIG_MAPS, 'a', config({ x: '2' }), 'other', true));
    expect(forced.data).toEqual({ x: '2' });
    expect(managersOf(forced)).toEqual(['other Apply', 'maker Update']);
  });

  it('finds what was there before the first apply', () => {
    const world = new TestWorld(allKinds);
    world.must({ ...request('create', CONFIG_MAPS, 'a', null, ''), body: config({ x: '1' }), options: {} });
    const plain = world.must<Managed>(getRequest(CONFIG_MAPS, 'default', 'a'));
    expect(plain.metadata.managedFields).toBeUndefined();
    expect(world.ask(request('patch', CONFIG_MAPS, 'a', config({ x: '2' }), 'one')).body).toMatchObject({ message: 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x' });
  });

  it('returns a field to its default when its only owner gives it up', () => {
    const world = new TestWorld(allKinds);
    const deployment = (spec: JsonObject): Json => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec });
    const base: JsonObject = { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } } };
    world.must(request('patch', DEPLOYMENTS, 'd', deployment({ ...base, replicas: 3 }), 'one'));
    expect(world.must<Managed>(request('patch', DEPLOYMENTS, 'd', deployment(base), 'one')).spec?.replicas).toBe(1);
  });

  it('tells what does not fit the schema', () => {
    const world = new TestWorld(allKinds);
    const answer = (body: Json): unknown => world.ask(request('patch', CONFIG_MAPS, 'a', body, 'one')).body;
    expect(answer({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, date: {} })).toMatchObject({ code: 500, message: 'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .date: field not declared in schema' });
    expect(answer({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 5 } })).toMatchObject({ message: 'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .data.k: expected string, got &value.valueUnstructured{Value:5}' });
    expect(answer({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } })).toMatchObject({ code: 400, message: 'invalid object type: /v1, Kind=Secret' });
  });
});
