import { describe, expect, test } from 'vitest';
import type { Node, Pod } from '../../sim/api/generated/types.ts';
import type { Attempt, Collision, FilterRow, ScoreRow } from '../../sim/scheduler/framework/attempt.ts';
import type { NodeSummary, SessionInput } from '../../worker/protocol.ts';
import { compare } from './compare.ts';
import { DEFAULT_CONFIGURATION, runningConfiguration } from './configuration.ts';
import { excerpt, excerpts, parsePath } from './excerpt.ts';
import { changesPod, fixedNode, fixedPod, fixesFor, quantity } from './fixes.ts';
import { differences, formulaOf } from './formulas.ts';
import { nodeToAdd } from './node-to-add.ts';
import { pendingOf } from './pending.ts';
import { NOBODY, questionsOf, upTo } from './predict.ts';
import { byReason, byTotal, byZone, edges, found, rowsOf } from './rows.ts';
import { isKnown, skippedStations, stepOf, stepsOf, toNode, toStation } from './steps.ts';

const taint: Collision = { code: 'untoleratedTaint', pod: 'spec.tolerations', node: 'spec.taints[0]', params: { key: 'team', value: 'a', effect: 'NoSchedule' } };
const cpu: Collision = { code: 'insufficient', pod: 'spec.containers[0].resources.requests["cpu"]', node: 'status.allocatable["cpu"]', params: { resource: 'cpu', wanted: 3000, used: 2250, capacity: 4000 } };
const passes = (node: string): FilterRow => ({ node, plugins: { TaintToleration: 'passed', NodeResourcesFit: 'passed' } });
const tainted = (node: string): FilterRow => ({
  node, plugins: { TaintToleration: { code: 'UnschedulableAndUnresolvable', reasons: ['untolerated taint'] }, NodeResourcesFit: 'passed' },
  first: { plugin: 'TaintToleration', code: 'UnschedulableAndUnresolvable', reasons: ['untolerated taint'] }, why: { TaintToleration: [taint] },
});
const full = (node: string): FilterRow => ({
  node, plugins: { TaintToleration: 'passed', NodeResourcesFit: { code: 'Unschedulable', reasons: ['Insufficient cpu'] } },
  first: { plugin: 'NodeResourcesFit', code: 'Unschedulable', reasons: ['Insufficient cpu'] }, why: { NodeResourcesFit: [cpu] },
});
const scoreRow = (node: string, raw: number, taints: number): ScoreRow => ({
  node, total: raw + (100 - taints * 100) * 3, plugins: { NodeResourcesFit: [raw, raw, raw], TaintToleration: [taints, 100 - taints * 100, (100 - taints * 100) * 3] },
  how: { NodeResourcesFit: [
    { code: 'LeastAllocated', params: { resource: 'cpu', requested: 1500, capacity: 4000, weight: 1, score: 62 } },
    { code: 'LeastAllocated', params: { resource: 'memory', requested: 2 ** 31, capacity: 2 ** 33, weight: 1, score: 75 } },
  ] },
});
const attempt: Attempt = {
  pod: 'default/p', uid: 'u', outcome: 'scheduled', node: 'c', total: 368, runnerUp: { node: 'd', total: 55 }, tied: 1, evaluatedNodes: 4, feasibleNodes: 2, nextStartNodeIndex: 0, writes: [], unschedulablePlugins: [],
  detail: {
    preFilter: { plugins: [{ plugin: 'NodeResourcesFit', status: 'Success' }], status: 'Success' }, filter: [tainted('a'), full('b'), passes('c'), passes('d')], feasible: ['c', 'd'],
    preScore: [{ plugin: 'NodeResourcesFit', status: 'Success' }], scored: true, score: [scoreRow('c', 68, 0), scoreRow('d', 55, 1)], best: ['c'],
    columns: [{ plugin: 'NodeResourcesFit', weight: 1, normalization: 'none' }, { plugin: 'TaintToleration', weight: 3, normalization: 'byMaxReversed' }],
  },
};
const { node: _node, total: _total, runnerUp: _runnerUp, ...placeless } = attempt;
const unplaced = (rows: readonly FilterRow[]): Attempt => ({
  ...placeless, outcome: 'unschedulable', message: 'no', preemption: { status: 'Unschedulable', message: 'no victims', plugins: [], tied: 0, clearNomination: false },
  detail: { preFilter: { plugins: [], status: 'Success' }, filter: rows, feasible: [], scored: false, best: [] },
});
const nodes = ['a', 'b', 'c', 'd', 'e'].map((name, i) => ({ name, zone: i < 2 ? 'x' : 'y', pods: 0 }));

describe('the road', () => {
  const steps = stepsOf(attempt);
  test('a node is asked plugin by plugin, up to its first refusal', () => {
    expect(steps.map(({ station, node, plugin }) => `${station} ${node} ${plugin}`)).toEqual([
      'queue -1 -1', 'preFilter -1 0', 'filter 0 0', 'filter 1 0', 'filter 1 1', 'filter 2 0', 'filter 2 1', 'filter 3 0', 'filter 3 1', 'preScore -1 0',
      'score 0 0', 'score 0 1', 'score 1 0', 'score 1 1', 'normalise -1 0', 'normalise -1 1', 'normalise -1 -1', 'reserve -1 -1', 'permit -1 -1', 'bind -1 -1',
    ]);
    expect([...skippedStations(steps)]).toEqual(['postFilter']);
  });
  test('nothing is known before its step', () => {
    const at = stepOf(steps, 'filter', 1, 0);
    expect([isKnown(steps, at, 'filter', 0, 0), isKnown(steps, at, 'filter', 1, 0), isKnown(steps, at, 'filter', 1, 1), isKnown(steps, at, 'score', 0, 0)]).toEqual([true, true, false, false]);
    expect(isKnown(steps, steps.length - 1, 'score', 1, 1)).toBe(true);
  });
  test('by node and by station, both ways', () => {
    expect([toNode(steps, 3, 1), toNode(steps, 5, -1), toNode(steps, 6, -1), toNode(steps, 0, -1)]).toEqual([5, 3, 5, 0]);
    expect([toStation(steps, 3, 1), toStation(steps, 4, -1), toStation(steps, 2, -1), toStation(steps, 19, 1)]).toEqual([9, 2, 1, 19]);
  });
  test('a thousand nodes take a step each', () => {
    const many = Array.from({ length: 1000 }, (_, i) => full(`n${i}`));
    expect(stepsOf(unplaced(many))).toHaveLength(1002);
  });
});

describe('excerpts', () => {
  const pod = { spec: { containers: [{ name: 'main', image: 'x', resources: { requests: { cpu: '3', memory: '1Gi' } } }], priority: 0 } };
  test('paths', () => expect(parsePath('spec.containers[0].resources.requests["nvidia.com/gpu"]')).toEqual(['spec', 'containers', 0, 'resources', 'requests', 'nvidia.com/gpu']));
  test('the field stands among its neighbours and is marked', () => {
    expect(excerpt(pod, 'spec.containers[0].resources.requests["cpu"]').map(({ text, marked }) => (marked ? `>${text}` : text))).toEqual([
      'spec:', '  containers:', '  - name: main', '    resources:', '      requests:', '>        cpu: "3"', '        memory: 1Gi',
    ]);
  });
  test('a missing field says so', () => {
    expect(excerpt(pod, 'spec.tolerations').at(-1)).toEqual({ text: '  tolerations:', marked: true, absent: true });
    expect(excerpt({}, 'metadata.labels["disk"]')).toEqual([{ text: 'metadata.labels.disk:', marked: true, absent: true }]);
  });
  test('two fields share their common part', () => {
    const lines = excerpts({ metadata: { labels: { a: '1', b: '2' } } }, ['metadata.labels["a"]', 'metadata.labels["b"]']);
    expect(lines.filter(({ text }) => text === 'metadata:')).toHaveLength(1);
    expect(lines.filter(({ marked }) => marked).map(({ text }) => text.trim())).toEqual(['a: "1"', 'b: "2"']);
  });
});

describe('formulas', () => {
  test('every number of a score', () => {
    expect(formulaOf(attempt, 0, 0)).toMatchObject({
      terms: [{ text: 'cpu: (4000 − 1500) × 100 / 4000 = 62' }, { text: 'memory: (8 − 2) × 100 / 8 = 75' }], raw: '(62 + 75) / 2 = 68', normalised: '68', weighted: '68 × 1 = 68',
    });
    expect(formulaOf(attempt, 1, 1)).toMatchObject({ raw: '1', normalised: '100 − 1 × 100 / 1 = 0', weighted: '0 × 3 = 0' });
  });
  test('what made the difference', () => {
    expect(differences(attempt, 'c', 'd')).toEqual([{ plugin: 'TaintToleration', by: 300 }, { plugin: 'NodeResourcesFit', by: 13 }]);
  });
});

describe('why pending', () => {
  test('never: emptying nodes helps nowhere; waits: it does somewhere', () => {
    expect(pendingOf(unplaced([tainted('a'), tainted('b')]))).toMatchObject({ kind: 'never', groups: [{ nodes: ['a', 'b'], permanent: true }] });
    expect(pendingOf(unplaced([tainted('a'), full('b')]))?.kind).toBe('waits');
    expect(pendingOf({ ...placeless, outcome: 'noNodes', message: 'none' })?.kind).toBe('noNodes');
    expect(pendingOf(attempt)).toBeUndefined();
  });
  test('suggestions are carried out on the object that they concern', () => {
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'main', resources: { requests: { cpu: '3' } } }] } };
    const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' }, spec: { taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] } };
    const [tolerate, untaint] = fixesFor(taint, 'a');
    if (!tolerate || !untaint) throw new Error('no suggestions');
    expect([changesPod(tolerate), changesPod(untaint)]).toEqual([true, false]);
    expect(fixedPod(pod, tolerate).spec?.tolerations).toEqual([{ key: 'team', operator: 'Equal', value: 'a', effect: 'NoSchedule' }]);
    expect(fixedNode(node, untaint).spec?.taints).toEqual([]);
    const [request, grow] = fixesFor(cpu, 'b');
    if (!request || !grow) throw new Error('no suggestions');
    expect(fixedPod(pod, request).spec?.containers[0]?.resources?.requests).toEqual({ cpu: '1700m' });
    expect(fixedNode(node, grow).status?.allocatable).toEqual({ cpu: '5250m' });
  });
  test('quantities', () => expect([quantity('cpu', 1500), quantity('cpu', 2000), quantity('memory', 2 ** 30), quantity('memory', 3 * 2 ** 20), quantity('pods', 5)]).toEqual(['1500m', '2', '1Gi', '3Mi', '5']));
  test('a node to add has a free name, room enough, and stands where there are fewest', () => {
    const nodes = new Map([['node-2', 'x'], ['b', 'x'], ['c', 'y']].map(([name = '', zone = '']) => [name, { name, zone } as NodeSummary]));
    const spec = nodeToAdd({ nodes, inputs: [] }, undefined);
    expect(spec).toMatchObject({ name: 'node-4', zone: 'y', cpu: '4', memory: '8Gi' });
    // One that has not registered yet has taken its name and its place.
    expect(nodeToAdd({ nodes, inputs: [{ position: 0, atUs: 0, input: { type: 'nodeAdd', node: spec } }] }, undefined)).toMatchObject({ name: 'node-5', zone: 'x' });
    const big = { ...cpu, params: { ...cpu.params, wanted: 6000 } };
    const waiting = unplaced([{ ...full('a'), why: { NodeResourcesFit: [big] } }]);
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
    expect(nodeToAdd({ nodes: new Map(), inputs: [] }, { atUs: 0, pod, attempt: waiting, attempts: 1, wokenBy: '', backoff: 'none', nodes: [], profile: '', filters: [], weights: {} })).toMatchObject({ name: 'node-1', cpu: '8' });
  });
});

describe('predictions', () => {
  const steps = stepsOf(attempt);
  const questions = questionsOf(attempt, steps);
  test('refusals and the winner are asked for, each before it is shown', () => {
    expect(questions.map(({ kind, node, before, right }) => [kind, node, steps[before]?.station, right])).toEqual([
      ['refusal', 'a', 'filter', ['TaintToleration']], ['refusal', 'b', 'filter', ['NodeResourcesFit']], ['winner', '', 'preScore', ['c']],
    ]);
    expect(questions[0]?.choices).toEqual(['TaintToleration', 'NodeResourcesFit', NOBODY]);
    expect(questions[2]?.choices).toEqual(['c', 'd']);
  });
  test('one does not get past an open question', () => {
    expect(upTo(questions, new Map(), 19)).toMatchObject({ index: 1, question: { node: 'a' } });
    expect(upTo(questions, new Map(questions.map(({ id }) => [id, ''])), 19)).toEqual({ index: 19, question: undefined });
  });
});

describe('many nodes', () => {
  const rows = rowsOf(attempt, nodes);
  test('rows know their reason, their total, and that they were not looked at', () => {
    expect(rows.map(({ node, refusedBy, total, filter }) => [node, refusedBy, total, filter])).toEqual([['a', 'TaintToleration', undefined, 0], ['b', 'NodeResourcesFit', undefined, 1], ['c', '', 368, 2], ['d', '', 55, 3], ['e', '', undefined, -1]]);
  });
  test('groups, search, order, and the edges of a long list', () => {
    expect(byReason(rows).map(({ key, rows: members }) => [key, members.length])).toEqual([['', 2], ['untolerated taint', 1], ['Insufficient cpu', 1]]);
    expect(byZone(rows).map(({ key, feasible, best }) => [key, feasible, best])).toEqual([['x', 0, undefined], ['y', 2, 368]]);
    expect(found(rows, 'CPU').map(({ node }) => node)).toEqual(['b']);
    expect(byTotal(rows)[0]?.node).toBe('c');
    expect(edges([1, 2, 3, 4, 5], 2, 1)).toEqual({ top: [1, 2], hidden: 2, bottom: [5] });
    expect(edges([1, 2], 2, 1)).toEqual({ top: [1, 2], hidden: 0, bottom: [] });
  });
});

test('two decisions side by side: the winners, then what changed', () => {
  const rows = compare(unplaced([tainted('a'), full('b'), full('c'), tainted('d')]), attempt);
  expect(rows.map(({ node, changed }) => [node, changed])).toEqual([['c', true], ['d', true], ['a', false], ['b', false]]);
  expect(rows[0]).toMatchObject({ before: { refusedBy: 'NodeResourcesFit', chosen: false }, after: { total: 368, chosen: true } });
});

test('the configuration that runs is the last one given before the playhead', () => {
  const inputs: readonly SessionInput[] = [{ position: 5, atUs: 0, input: { type: 'schedulerConfigure', yaml: 'one' } }, { position: 9, atUs: 0, input: { type: 'schedulerConfigure', yaml: 'two' } }];
  expect([runningConfiguration(inputs, 4), runningConfiguration(inputs, 7), runningConfiguration(inputs, 9)]).toEqual([DEFAULT_CONFIGURATION, 'one', 'two']);
});
