import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from './generated/types.ts';
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch, PatchError, threeWayMergePatch, twoWayMergePatch } from './patch.ts';
import { schemaName, schemaOf } from './schema.ts';

const deployment = schemaOf(schemaName('apps.v1', 'Deployment'));
const pod = schemaOf(schemaName('core.v1', 'Pod'));
const service = schemaOf(schemaName('core.v1', 'Service'));

function outcome(run: () => JsonObject): JsonObject | string {
  try {
    return run();
  } catch (error) {
    if (error instanceof PatchError) return `${error.status} ${error.message}`;
    throw error;
  }
}

describe('JSON patch', () => {
  const document: JsonObject = { data: { one: '1', 'a/b': 'x' }, list: [1, 2, 3] };
  const cases: readonly (readonly [Json, JsonObject | string])[] = [
    [[{ op: 'add', path: '/data/two', value: '2' }], { data: { one: '1', 'a/b': 'x', two: '2' }, list: [1, 2, 3] }],
    [[{ op: 'replace', path: '/data/none', value: '1' }], { data: { one: '1', 'a/b': 'x', none: '1' }, list: [1, 2, 3] }],
    [[{ op: 'remove', path: '/data/a~1b' }], { data: { one: '1' }, list: [1, 2, 3] }],
    [[{ op: 'add', path: '/list/-', value: 4 }, { op: 'add', path: '/list/0', value: 0 }, { op: 'remove', path: '/list/-1' }], { data: { one: '1', 'a/b': 'x' }, list: [0, 1, 2, 3] }],
    [[{ op: 'move', from: '/data/one', path: '/first' }], { data: { 'a/b': 'x' }, list: [1, 2, 3], first: '1' }],
    [[{ op: 'copy', from: '/x', path: '/data/y' }], { data: { one: '1', 'a/b': 'x', y: null }, list: [1, 2, 3] }],
    [[{ op: 'test', path: '/data/one', value: '2' }], '422 testing value /data/one failed: test failed'],
    [[{ op: 'add', path: '/list/9', value: 4 }], "422 error in add for path: '/list/9': Unable to access invalid index: 9: invalid index referenced"],
    [[{ op: 'add', path: '/nothing/here', value: 4 }], '422 add operation does not apply: doc is missing path: "/nothing/here": missing value'],
    [{ op: 'add' }, '400 error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
  ];
  it.each(cases)('%j', (patch, expected) => {
    expect(outcome(() => applyJsonPatch(document, patch))).toEqual(expected);
    expect(document).toEqual({ data: { one: '1', 'a/b': 'x' }, list: [1, 2, 3] });
  });
});

describe('JSON merge patch', () => {
  it('merges objects, replaces the rest, deletes nulls', () => {
    expect(applyMergePatch({ a: { b: 1, c: 2 }, l: [1], s: 'x' }, { a: { b: null, d: { e: null, f: 1 } }, l: [2], s: { t: null } }))
      .toEqual({ a: { c: 2, d: { f: 1 } }, l: [2], s: {} });
    expect(outcome(() => applyMergePatch({}, []))).toBe('400 error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}');
  });
});

describe('strategic merge patch', () => {
  const base: JsonObject = {
    metadata: { name: 'p', finalizers: ['a', 'b'] },
    spec: { containers: [{ name: 'app', image: 'a:1', env: [{ name: 'X', value: '1' }] }, { name: 'side', image: 's' }], tolerations: [{ key: 'k' }], volumes: [{ name: 'v', emptyDir: {} }] },
  };
  const apply = (patch: Json): JsonObject => applyStrategicMergePatch(base, patch, pod);
  it('merges lists by their keys; new items come first', () => {
    expect(apply({ spec: { containers: [{ name: 'app', image: 'a:2' }, { name: 'new', image: 'n' }] } })['spec']).toMatchObject({
      containers: [{ name: 'app', image: 'a:2', env: [{ name: 'X', value: '1' }] }, { name: 'new', image: 'n' }, { name: 'side', image: 's' }],
    });
  });
  it('replaces lists without a merge key and scalars', () => {
    expect(apply({ spec: { tolerations: [{ key: 'z' }] } })['spec']).toMatchObject({ tolerations: [{ key: 'z' }] });
  });
  it('obeys the directives', () => {
    expect(apply({ spec: { containers: [{ name: 'side', $patch: 'delete' }] } })['spec']).toMatchObject({ containers: [{ name: 'app' }] });
    expect(apply({ spec: { containers: [{ $patch: 'replace' }, { name: 'only', image: 'o' }] } })['spec']).toMatchObject({ containers: [{ name: 'only', image: 'o' }] });
    expect(apply({ metadata: { $patch: 'replace', name: 'q' } })['metadata']).toEqual({ name: 'q' });
    expect(apply({ metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } })['metadata']).toEqual({ name: 'p', finalizers: ['c', 'b'] });
    expect(apply({ spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/' } }] } })['spec']).toMatchObject({ volumes: [{ name: 'v', hostPath: { path: '/' } }] });
    expect(apply({ spec: { '$setElementOrder/containers': [{ name: 'side' }, { name: 'app' }] } })['spec']).toMatchObject({ containers: [{ name: 'side' }, { name: 'app' }] });
  });
  it('refuses what cannot be merged', () => {
    expect(outcome(() => apply({ spec: { containers: [{ image: 'x' }] } }))).toBe('500 map: map[image:x] does not contain declared merge key: name');
    expect(outcome(() => apply({ spec: { containers: [{ name: 'app', $patch: 'bogus' }] } }))).toBe('500 unknown patch type: bogus in map: map[$patch:bogus name:app]');
    expect(outcome(() => apply('x'))).toBe('400 json: cannot unmarshal string into Go value of type map[string]interface {}');
  });
  it('leaves the original alone', () => {
    const copy = structuredClone(base) as JsonObject;
    apply({ spec: { containers: [{ name: 'app', env: [{ name: 'X', $patch: 'delete' }] }], volumes: null } });
    expect(base).toEqual(copy);
  });
});

describe('the patch of kubectl apply', () => {
  const template = (image: string, extra: JsonObject = {}): JsonObject => ({ spec: { replicas: 2, template: { spec: { containers: [{ name: 'app', image, ...extra }] } } } });
  it('changes what the manifest changes and deletes what it dropped', () => {
    const original = template('a:1', { command: ['x'] });
    const current: JsonObject = { spec: { replicas: 5, paused: true, template: { spec: { containers: [{ name: 'app', image: 'a:1', command: ['x'], imagePullPolicy: 'Always' }, { name: 'injected', image: 'i' }] } } } };
    const patch = threeWayMergePatch(original, template('a:2'), current, deployment);
    expect(patch).toEqual({ spec: { replicas: 2, template: { spec: { '$setElementOrder/containers': [{ name: 'app' }], containers: [{ name: 'app', image: 'a:2', command: null }] } } } });
    expect(applyStrategicMergePatch(current, patch, deployment)).toEqual({
      spec: { replicas: 2, paused: true, template: { spec: { containers: [{ name: 'app', image: 'a:2', imagePullPolicy: 'Always' }, { name: 'injected', image: 'i' }] } } },
    });
  });
  it('deletes list items by key and names the retained keys of a union', () => {
    const ports = (...numbers: number[]): JsonObject => ({ spec: { ports: numbers.map((port) => ({ port, protocol: 'TCP' })) } });
    expect(threeWayMergePatch(ports(80, 81), ports(81), ports(80, 81), service)).toEqual({
      spec: { '$setElementOrder/ports': [{ port: 81 }], ports: [{ $patch: 'delete', port: 80 }] },
    });
    const strategy = (value: JsonObject): JsonObject => ({ spec: { strategy: value } });
    expect(twoWayMergePatch(strategy({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }), strategy({ type: 'Recreate' }), deployment)).toEqual({
      spec: { strategy: { $retainKeys: ['type'], type: 'Recreate', rollingUpdate: null } },
    });
  });
  it('is a JSON merge patch for custom resources', () => {
    expect(threeWayMergePatch({ spec: { a: 1, b: 2 } }, { spec: { a: 3, l: [1] } }, { spec: { a: 1, b: 2, c: 3 } }, undefined)).toEqual({ spec: { a: 3, b: null, l: [1] } });
  });
});
