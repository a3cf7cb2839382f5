import { describe, expect, it } from 'vitest';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, Json, JsonObject } from '../generated/types.ts';
import { decodeBody } from '../decode-body.ts';
import type { Kind } from '../kind.ts';
import { customResourceDefinitionKind } from '../kinds/custom-resource-definition.ts';
import type { ApiObject, FieldError } from '../meta.ts';
import { customKinds } from './kind.ts';
import type { Props } from './props.ts';

const ctx = { now: '2026-01-01T00:00:00Z', dryRun: false };

function definition(spec: Props, more: Partial<CustomResourceDefinitionVersion> = {}): CustomResourceDefinition {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec, status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } } } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.org' },
    spec: {
      group: 'example.org', scope: 'Namespaced', names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema, ...more }],
    },
  };
}

function kindOf(spec: Props, more: Partial<CustomResourceDefinitionVersion> = {}): Kind {
  const [kind] = customKinds(definition(spec, more));
  if (!kind) throw new Error('the definition has a version');
  return kind;
}

function widget(spec: Json, more: JsonObject = {}): ApiObject {
  return { apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name: 'a', namespace: 'default' }, spec, ...more } as unknown as ApiObject;
}

const texts = (errors: readonly FieldError[]): readonly string[] => errors.map(({ path, message }) => `${path}: ${message}`);
const complaints = (kind: Kind, object: ApiObject): readonly string[] => texts(kind.validate(object));

/** What the real server says of a definition with this schema for `spec.a`. */
function complaintsOf(a: Props): readonly string[] {
  const prepared = customResourceDefinitionKind.prepareForCreate(customResourceDefinitionKind.applyDefaults(definition({ type: 'object', properties: { a } })), ctx);
  return texts(customResourceDefinitionKind.validate(prepared)).map((text) => text.replace('spec.validation.openAPIV3Schema.properties[spec].properties[a]', 'a'));
}

describe('schemas of definitions', () => {
  it.each<readonly [string, Props, string]>([
    ['no type', {}, 'a.type: Required value: must not be empty for specified object fields'],
    ['array without items', { type: 'array' }, 'a.items: Required value: must be specified'],
    ['bad type', { type: 'int' }, 'a.type: Unsupported value: "int": supported values: "array", "boolean", "integer", "number", "object", "string"'],
    ['default of another type', { type: 'integer', default: 'x' }, 'a.default: Invalid value: "string":  in body must be of type integer: "string"'],
    ['bad pattern', { type: 'string', pattern: '[' }, "a.pattern: Invalid value: \"[\": must be a valid regular expression, but isn't: error parsing regexp: missing closing ]: `[`"],
    ['list map without keys', { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object', properties: { n: { type: 'string' } } } }, 'a.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map'],
    ['type in anyOf', { type: 'string', anyOf: [{ type: 'string' }] }, 'a.anyOf[0].type: Forbidden: must be empty to be structural'],
  ])('are structural: %s', (_, a, complaint) => {
    expect(complaintsOf(a)).toEqual([complaint]);
  });

  it('have rules that compile, in the words of cel-go', () => {
    const rule = { rule: 'self.b > 1' };
    expect(complaintsOf({ type: 'object', properties: { c: { type: 'integer' } }, 'x-kubernetes-validations': [rule] })).toEqual([
      'a.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.b \\u003e 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: '
      + "compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b > 1\n | ....^",
    ]);
    expect(complaintsOf({ type: 'object', properties: { c: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule: 'self.c > 1' }] })).toEqual([]);
  });
});

const everything: Props = {
  type: 'object', required: ['size'], properties: {
    size: { type: 'integer', minimum: 1, maximum: 10 }, colour: { type: 'string', enum: ['red', 'green'] }, replicas: { type: 'integer', default: 1 },
    options: { type: 'object', default: {}, properties: { debug: { type: 'boolean', default: false } } },
    tags: { type: 'array', maxItems: 2, 'x-kubernetes-list-type': 'set', items: { type: 'string' } }, free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    maybe: { type: 'string', nullable: true }, port: { 'x-kubernetes-int-or-string': true },
  },
};

describe('custom resources', () => {
  const kind = kindOf(everything);
  const read = (body: object, validation: 'Strict' | 'Warn' = 'Warn') => decodeBody({ text: JSON.stringify(body) }, kind, validation);

  it('are pruned, and say what was unknown', () => {
    const sent = widget({ size: 1, other: 1, options: { more: 2 }, free: { any: [1, { x: null }] }, maybe: null, colour: null });
    const result = read(sent);
    expect(result).toMatchObject({ ok: true, warnings: ['unknown field "spec.options.more"', 'unknown field "spec.other"'] });
    expect(result.ok && result.object).toEqual(widget({ size: 1, options: {}, free: { any: [1, { x: null }] }, maybe: null }));
    expect(read(sent, 'Strict')).toEqual({ ok: false, message: 'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.options.more", unknown field "spec.other"' });
  });

  it('get their defaults, inside of defaults as well', () => {
    expect(kind.applyDefaults(widget({ size: 1 }))).toEqual(widget({ size: 1, replicas: 1, options: { debug: false } }));
    const complete = widget({ size: 1, replicas: 2, options: { debug: true } });
    expect(kind.applyDefaults(complete)).toBe(complete);
  });

  it.each<readonly [string, Json, readonly string[]]>([
    ['required', {}, ['spec.size: Required value']],
    ['type', { size: 'x' }, ['spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"']],
    ['maximum', { size: 11 }, ['spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10']],
    ['enum', { size: 1, colour: 'blue' }, ['spec.colour: Unsupported value: "blue": supported values: "red", "green"']],
    ['set', { size: 1, tags: ['x', 'x'] }, ['spec.tags[1]: Duplicate value: "x"']],
    ['too many', { size: 1, tags: ['x', 'y', 'z'] }, ['spec.tags: Too many: 3: must have at most 2 items']],
    ['int or string', { size: 1, port: true }, ['spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"']],
    ['fine', { size: 1, port: '80', tags: ['x'], colour: 'red' }, []],
  ])('are validated: %s', (_, spec, wanted) => {
    expect(complaints(kind, widget(spec))).toEqual(wanted);
  });

  it('may keep on update what was wrong already', () => {
    const meta = { name: 'a', namespace: 'default', resourceVersion: '1' };
    const old = { ...widget({ size: 11 }), metadata: meta };
    expect(texts(kind.validateUpdate({ ...widget({ size: 11, colour: 'red' }), metadata: meta }, old))).toEqual([]);
    expect(texts(kind.validateUpdate({ ...widget({ size: 12 }), metadata: meta }, old))).toEqual(['spec.size: Invalid value: 12: spec.size in body should be less than or equal to 10']);
  });

  it('count up their generation with everything but metadata and, where it is a subresource, the status', () => {
    const old = { ...widget({ size: 1 }), metadata: { name: 'a', generation: 3 } };
    const labelled = { ...old, metadata: { ...old.metadata, labels: { a: 'b' } } };
    expect(kind.prepareForUpdate(labelled, old, ctx).metadata.generation).toBe(3);
    expect(kind.prepareForUpdate({ ...old, status: { replicas: 1 } } as ApiObject, old, ctx).metadata.generation).toBe(4);
    const split = kindOf(everything, { subresources: { status: {} } });
    expect(split.prepareForUpdate({ ...old, status: { replicas: 1 } } as ApiObject, old, ctx)).toEqual(old);
    expect(split.prepareForUpdate({ ...old, spec: { size: 2 } } as ApiObject, old, ctx).metadata.generation).toBe(4);
  });

  it('are shown by the schema of today', () => {
    const stored = widget({ size: 1, gone: true });
    expect(kind.storedAs?.fromStored(stored)).toEqual(widget({ size: 1, replicas: 1, options: { debug: false } }));
  });

  it('warn of finalizers without a domain', () => {
    expect(kind.warnings?.({ ...widget({}), metadata: { finalizers: ['example.org/x', 'mine', 'a.b'] } }, undefined)).toEqual([
      'metadata.finalizers: "a.b": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers',
      'metadata.finalizers: "mine": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers',
    ]);
  });
});

describe('subresources and tables', () => {
  const kind = kindOf({ type: 'object', properties: { count: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } } } }, {
    subresources: { scale: { specReplicasPath: '.spec.count', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } },
    additionalPrinterColumns: [{ name: 'Count', type: 'integer', jsonPath: '.spec.count' }, { name: 'Tags', type: 'string', jsonPath: '.spec.tags' }, { name: 'Missing', type: 'string', jsonPath: '.spec.no' }],
    selectableFields: [{ jsonPath: '.spec.count' }],
  });
  const object = widget({ count: 2, tags: ['x', 'y'] }, { status: { replicas: 1, selector: 'a=b' } });

  it('scale where the definition says', () => {
    expect([kind.scale?.replicas(object), kind.scale?.statusReplicas(object), kind.scale?.selector(object)]).toEqual([2, 1, 'a=b']);
    expect(kind.scale?.withReplicas(widget({ tags: [] }), 5)).toEqual(widget({ tags: [], count: 5 }));
    expect(complaints(kind, widget({ count: -1 }))).toEqual(['.spec.count: Invalid value: -1: should be a non-negative integer']);
    expect(complaints(kind, widget({ count: 1 }, { status: { replicas: 'x' } }))).toContain('.status.replicas: Invalid value: 0: .status.replicas accessor error: x is of the type string, expected int64');
  });

  it('have the columns of the definition', () => {
    expect(kind.columns.map(({ name, type }) => `${name} ${type}`)).toEqual(['Name string', 'Count integer', 'Tags string', 'Missing string']);
    expect(kind.row(object, 0)).toEqual(['a', 2, '["x","y"]', null]);
    expect(kind.selectableFields(object)).toEqual({ 'metadata.name': 'a', 'metadata.namespace': 'default', 'spec.count': '2' });
  });
});

describe('rules', () => {
  const ruled = (rules: NonNullable<Props['x-kubernetes-validations']>, more: Readonly<Record<string, Props>> = {}): Kind => kindOf({
    type: 'object', properties: { min: { type: 'integer' }, max: { type: 'integer' }, name: { type: 'string' }, ...more }, 'x-kubernetes-validations': rules,
  });

  it('are said as the definition words them', () => {
    const kind = ruled([
      { rule: 'self.min <= self.max', messageExpression: '"min " + string(self.min) + " is above max " + string(self.max)' },
      { rule: 'self.name.startsWith("w")', message: 'must start with w', fieldPath: '.name' }, { rule: 'size(self.name) < 3' },
    ]);
    expect(complaints(kind, widget({ min: 2, max: 1, name: 'abc' }))).toEqual([
      'spec: Invalid value: min 2 is above max 1', 'spec.name: Invalid value: must start with w', 'spec: Invalid value: failed rule: size(self.name) < 3',
    ]);
    expect(complaints(kind, widget({ min: 1, max: 1, name: 'w' }))).toEqual([]);
  });

  it('compare with what was there before', () => {
    const kind = ruled([{ rule: 'self.name == oldSelf.name', message: 'name is immutable' }]);
    const meta = { name: 'a', namespace: 'default', resourceVersion: '1' };
    const old = { ...widget({ name: 'x' }), metadata: meta };
    expect(complaints(kind, widget({ name: 'x' }))).toEqual([]);
    expect(texts(kind.validateUpdate({ ...widget({ name: 'y' }), metadata: meta }, old))).toEqual(['spec: Invalid value: name is immutable']);
  });

  it('compare whole objects, in lists too', () => {
    const place = { type: 'object', properties: { zone: { type: 'string' }, rack: { type: 'integer' } } };
    const kind = ruled([
      { rule: 'self.place == oldSelf.place', message: 'place is immutable' }, { rule: 'self.places.all(p, p != self.place) || self.place in self.places' },
      { rule: 'self.place != null' }, { rule: 'size(self.places) == 0 || !has(self.places[0].zone) || self.places[0].zone != "z"', message: 'not z' },
    ], { place, places: { type: 'array', items: place } });
    const meta = { name: 'a', namespace: 'default', resourceVersion: '1' };
    const at = (zone: string, ...zones: readonly string[]): ApiObject => ({ ...widget({ place: { zone, rack: 1 }, places: zones.map((each) => ({ zone: each, rack: 1 })) }), metadata: meta });
    expect(texts(kind.validateUpdate(at('a', 'a', 'b'), at('a')))).toEqual([]);
    expect(texts(kind.validateUpdate(at('b', 'z'), at('a')))).toEqual(['spec: Invalid value: place is immutable', 'spec: Invalid value: not z']);
  });

  it('are not run on objects that are wrong anyway', () => {
    expect(complaints(ruled([{ rule: 'self.min <= self.max' }]), widget({ min: 'x', max: 1 }))).toEqual([
      'spec.min: Invalid value: "string": spec.min in body must be of type integer: "string"',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]);
  });

  it('know bytes, times, durations and quantities', () => {
    const kind = ruled([
      { rule: 'self.data == b"hi"' }, { rule: 'self.wait < duration("1h")' }, { rule: 'self.from > timestamp("2026-01-01T00:00:00Z")' },
      { rule: 'quantity(self.name).isLessThan(quantity("2Gi"))' }, { rule: 'self.tags.exists(t, t == "x") && self.tags.isSorted()' },
    ], {
      data: { type: 'string', format: 'byte' }, wait: { type: 'string', format: 'duration' }, from: { type: 'string', format: 'date-time' }, tags: { type: 'array', items: { type: 'string' } },
    });
    expect(complaints(kind, widget({ data: 'aGk=', wait: '30m', from: '2026-02-01T00:00:00Z', name: '1Gi', tags: ['x', 'y'] }))).toEqual([]);
    expect(complaints(kind, widget({ data: 'aGk=', wait: '2h', from: '2026-02-01T00:00:00Z', name: '3Gi', tags: ['x'] }))).toHaveLength(2);
  });
});
