import { beforeAll, describe, expect, test } from 'vitest';
import { WorldHost } from './host.ts';
import type { Answer, AttemptAnswer, AttemptsAnswer, Query, Update, UserInput, WhatIfAnswer, WhatIfEdits } from './protocol.ts';

const NONE: WhatIfEdits = { pod: undefined, nodes: [], configuration: undefined, weights: {}, disabled: [] };
const pod = (name: string, cpu: string, extra = ''): string => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: {app: web}
spec:
${extra}  containers:
  - name: main
    image: nginx:1.29
    resources: {requests: {cpu: "${cpu}", memory: 1Gi}}
`;

let host: WorldHost;
const ask = <T extends Answer['type']>(query: Query & { readonly type: T }): Extract<Answer, { readonly type: T }> => {
  const reply = host.handle({ type: 'query', query });
  if (reply.type !== query.type) throw new Error(`${query.type} was answered with ${reply.type}`);
  // What crosses to the page has to survive the crossing.
  return structuredClone(reply) as Extract<Answer, { readonly type: T }>;
};
const give = (input: UserInput): void => {
  const reply = host.handle({ type: 'input', input });
  if (reply.type === 'failure') throw new Error(`${reply.what}: ${reply.detail}`);
  host.handle({ type: 'step', granularity: 'quiet', background: false, horizonUs: 60_000_000 });
};
const apply = (text: string): void => give({ type: 'kubectl', args: ['apply', '-f', 'x.yaml'], files: [{ name: 'x.yaml', text }] });
const attempts = (key: string): AttemptsAnswer => ask({ type: 'attempts', pod: key, limit: 20 });
const newest = (key: string): number => attempts(key).attempts[0]?.messageId ?? 0;
const table = (messageId: number): NonNullable<AttemptAnswer['found']> => {
  const { found } = ask({ type: 'attempt', messageId });
  if (!found) throw new Error(`message ${messageId} was no attempt`);
  return found;
};
const whatIf = (messageId: number, edits: Partial<WhatIfEdits>): WhatIfAnswer => ask({ type: 'whatIf', messageId, edits: { ...NONE, ...edits } });
const state = (): Update => host.jumped();

beforeAll(() => {
  const nodes = ['a', 'b', 'c'].map((zone) => ({ name: `node-${zone}`, cpu: '4', memory: '8Gi', pods: 110, zone }));
  host = new WorldHost({ seed: 1, nodes, options: {} });
  apply(pod('one', '2'));
  apply(pod('two', '1'));
  apply(pod('big', '16'));
});

test('an attempt decided again is the attempt that was made, and the playhead stays', () => {
  const before = state();
  const { attempts: [summary] } = attempts('default/two');
  const found = table(summary?.messageId ?? 0);
  expect(found.attempt).toMatchObject({ outcome: 'scheduled', pod: 'default/two', node: summary?.node, feasibleNodes: 3 });
  expect(found.attempt.detail?.score).toHaveLength(3);
  expect(found.nodes.map(({ name }) => name).toSorted()).toEqual(['node-a', 'node-b', 'node-c']);
  const after = state();
  expect([after.position, after.nowUs, after.pods]).toEqual([before.position, before.nowUs, before.pods]);
});

test('every attempt is listed with what brought the pod back', () => {
  const { attempts: list, place } = attempts('default/big');
  expect(list.at(-1)).toMatchObject({ attempts: 1, wokenBy: 'UnscheduledPodAdd', outcome: 'unschedulable', nodes: 3, feasible: 0 });
  expect(place).toMatchObject({ place: 'unschedulable', plugins: ['NodeResourcesFit'] });
});

describe('what if', () => {
  test('a smaller request would fit, and nothing has happened', () => {
    const id = newest('default/big');
    expect(whatIf(id, { pod: pod('big', '1') }).attempt).toMatchObject({ outcome: 'scheduled' });
    expect(table(id).attempt.outcome).toBe('unschedulable');
  });

  test('a taint keeps the winner out', () => {
    const id = newest('default/two');
    const winner = table(id).attempt.node ?? '';
    const text = `apiVersion: v1\nkind: Node\nmetadata: {name: ${winner}, labels: {topology.kubernetes.io/zone: a}}\nspec:\n  taints: [{key: team, value: a, effect: NoSchedule}]\n`;
    const { attempt } = whatIf(id, { nodes: [{ name: winner, text }] });
    expect(attempt?.node).not.toBe(winner);
    expect(attempt?.detail?.filter?.find((row) => row.node === winner)?.first).toMatchObject({ plugin: 'TaintToleration' });
  });

  test('weights and plugins', () => {
    const id = newest('default/two');
    const { attempt } = whatIf(id, { weights: { NodeResourcesFit: 10 }, disabled: ['ImageLocality'] });
    expect(attempt?.detail?.columns?.find(({ plugin }) => plugin === 'NodeResourcesFit')?.weight).toBe(10);
    expect(attempt?.detail?.columns?.some(({ plugin }) => plugin === 'ImageLocality')).toBe(false);
  });

  test.each([
    ['pod', { pod: 'apiVersion: v1\nkind: Pod\nspec: [' }, ''],
    ['pod', { pod: pod('big', '1', '  nodeSelektor: {a: b}\n') }, ''],
    ['pod', { pod: pod('big', '-1') }, 'spec.containers[0].resources.requests'],
    ['configuration', { configuration: 'profiles: [{schedulerName: a, plugins: {score: {enabled: [{name: Nope}]}}}]' }, 'profiles[0].plugins.score.enabled[0].name'],
  ] as const)('a mistake in the %s is named', (where, edits, field) => {
    const { problems, attempt } = whatIf(newest('default/big'), edits);
    expect(attempt).toBeUndefined();
    expect(problems[0]).toMatchObject({ where, field: expect.stringContaining(field) as string });
  });
});

describe('the configuration', () => {
  test('an invalid one is refused with its field, and the running one is kept', () => {
    const reply = host.handle({ type: 'input', input: { type: 'schedulerConfigure', yaml: 'percentageOfNodesToScore: 200' } });
    expect(reply).toEqual({ type: 'failure', what: 'invalidConfiguration', detail: 'percentageOfNodesToScore: Invalid value: 200: not in valid range [0-100]' });
    expect(ask({ type: 'configuration', yaml: 'percentageOfNodesToScore: 200' }).problems).toMatchObject([{ field: 'percentageOfNodesToScore' }]);
  });

  test('a valid one works from the next attempt on, and the session keeps it', () => {
    give({ type: 'schedulerConfigure', yaml: 'profiles: [{plugins: {score: {enabled: [{name: NodeResourcesFit, weight: 50}]}}}]' });
    apply(pod('later', '1'));
    expect(table(newest('default/later')).weights['NodeResourcesFit']).toBe(50);
    expect(table(newest('default/two')).weights['NodeResourcesFit']).toBe(1);
    const saved = host.handle({ type: 'save' });
    expect(saved.type === 'saved' && saved.session.inputs.at(-2)?.input.type).toBe('schedulerConfigure');
  });
});
