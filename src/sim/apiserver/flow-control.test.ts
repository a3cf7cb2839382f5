import { describe, expect, it } from 'vitest';
import type { FlowSchema } from '../api/generated/types.ts';
import { allKinds, byResource } from '../api/kinds/index.ts';
import type { ApiObject } from '../api/meta.ts';
import { createRequest, deleteRequest, getRequest, listRequest, patchRequest } from '../client/requests.ts';
import { tableOf } from './http/table.ts';
import { TestWorld } from './testing.ts';

const SCHEMAS = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', resource: 'flowschemas' };
const LEVELS = { ...SCHEMAS, resource: 'prioritylevelconfigurations' };
const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
const RULE = { subjects: [{ kind: 'User', user: { name: 'anna' } }], resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] }] };
const schema = (spec: object): object => ({ apiVersion, kind: 'FlowSchema', metadata: { name: 'mine' }, spec: { priorityLevelConfiguration: { name: 'mine' }, rules: [RULE], ...spec } });
const level = (spec: object): object => ({ apiVersion, kind: 'PriorityLevelConfiguration', metadata: { name: 'mine' }, spec });
const list = (world: TestWorld, gvr: typeof SCHEMAS): readonly ApiObject[] => world.must<{ readonly items: readonly ApiObject[] }>(listRequest(gvr, '', {})).items;
const causes = (world: TestWorld, gvr: typeof SCHEMAS, object: object): readonly string[] => {
  const { body } = world.ask(createRequest(gvr, object, '')) as unknown as { readonly body: { readonly details?: { readonly causes?: readonly { readonly field: string; readonly message: string }[] } } };
  return (body.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
};

describe('API priority and fairness', () => {
  it('has the schemas and levels of every cluster, and says that no level is missing', () => {
    const world = new TestWorld(allKinds);
    world.run(2);
    expect(list(world, LEVELS).map(({ metadata }) => metadata.name)).toEqual(['catch-all', 'exempt', 'global-default', 'leader-election', 'node-high', 'system', 'workload-high', 'workload-low']);
    const schemas = list(world, SCHEMAS);
    expect(schemas).toHaveLength(11);
    for (const each of schemas) expect(each).toMatchObject({ status: { conditions: [{ type: 'Dangling', status: 'False', reason: 'Found' }] } });
  });

  it('says when a level is missing, and when it comes and goes', () => {
    const world = new TestWorld(allKinds);
    const dangling = (): unknown => {
      world.run(1);
      return (world.must(getRequest(SCHEMAS, '', 'mine')) as unknown as { readonly status: { readonly conditions: readonly { readonly status: string; readonly message: string }[] } }).status.conditions[0];
    };
    world.must(createRequest(SCHEMAS, schema({}), ''));
    expect(dangling()).toMatchObject({ status: 'True', reason: 'NotFound', message: 'This FlowSchema references the PriorityLevelConfiguration object named "mine" but there is no such object' });
    const made = world.must(createRequest(LEVELS, level({ type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } }), ''));
    expect(made).toMatchObject({ spec: { limited: { nominalConcurrencyShares: 30, lendablePercent: 0, limitResponse: { queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } } } } });
    expect(dangling()).toMatchObject({ status: 'False' });
    world.must(deleteRequest(LEVELS, '', 'mine'));
    expect(dangling()).toMatchObject({ status: 'True' });
  });

  it('checks schemas', () => {
    const world = new TestWorld(allKinds);
    expect(causes(world, SCHEMAS, schema({ matchingPrecedence: 1, distinguisherMethod: { type: 'ByMoon' } }))).toEqual([
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1", expect.stringMatching(/^spec\.distinguisherMethod\.type: Unsupported value: .*supported values: "ByNamespace", "ByUser"$/),
    ]);
    expect(causes(world, SCHEMAS, schema({ rules: [{ subjects: [{ kind: 'Group', user: { name: 'x' } }], nonResourceRules: [{ verbs: ['*', 'get'], nonResourceURLs: ['/a*'] }] }] }))).toEqual([
      "spec.rules[0].subjects[0].group: Required value: group is required when subject kind is 'Group'", "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
      `spec.rules[0].nonResourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`, 'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix matching',
    ]);
    expect(causes(world, SCHEMAS, schema({ rules: [{ subjects: [], resourceRules: [] }] }))).toEqual([
      'spec.rules[0].subjects: Required value: subjects must contain at least one value', 'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
    ]);
  });

  it('checks levels, and keeps the mandatory ones as they are', () => {
    const world = new TestWorld(allKinds);
    expect(causes(world, LEVELS, level({ type: 'Exempt' }))).toEqual(['spec.type: Invalid value: "Exempt": type must be \'Exempt\' if and only if name is \'exempt\'']);
    expect(causes(world, LEVELS, level({ type: 'Limited', limited: { nominalConcurrencyShares: -1, lendablePercent: 101, limitResponse: { type: 'Queue', queuing: { queues: 4, handSize: 8 } } } }))).toEqual([
      'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer', 'spec.limited.limitResponse.queuing.handSize: Invalid value: 8: should not be greater than queues (4)',
      'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
    ]);
    expect(world.ask(patchRequest(SCHEMAS, '', 'catch-all', 'merge', { spec: { matchingPrecedence: 7 } }))).toMatchObject({ code: 422, body: { message: expect.stringContaining("spec of 'catch-all' must equal the fixed value") as string } });
  });

  it('prints schemas in the order in which they are tried', () => {
    const named = (name: string, matchingPrecedence: number, more: object = {}): FlowSchema => ({
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema', metadata: { name }, spec: { priorityLevelConfiguration: { name: 'global-default' }, matchingPrecedence, ...more },
    });
    const kind = byResource('flowcontrol.apiserver.k8s.io', 'v1', 'flowschemas');
    if (!kind) throw new Error('no flow schemas');
    const items = [named('catch-all', 10_000), named('b', 100, { distinguisherMethod: { type: 'ByUser' } }), named('a', 100)];
    const { rows } = tableOf({ kind: 'FlowSchemaList', apiVersion: 'v1', metadata: {}, items }, { kind, version: 'v1', include: 'None', columns: true, nowMs: 0 }) as unknown as { readonly rows: readonly { readonly cells: readonly unknown[] }[] };
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['a', 'global-default', 100, '<none>', '<unknown>', '?'], ['b', 'global-default', 100, 'ByUser', '<unknown>', '?'], ['catch-all', 'global-default', 10_000, '<none>', '<unknown>', '?'],
    ]);
  });
});
