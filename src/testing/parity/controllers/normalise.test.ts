import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../../sim/api/meta.ts';
import { normalise } from './normalise.ts';
import type { Invariant, LogEntry, Recording } from './scenario.ts';

const NS = 's001';
const HASH = '5b8d9c7f66';
const TIME = '2026-01-05T09:00:00Z';
const ref = (kind: string, name: string): object => ({ apiVersion: 'apps/v1', kind, name, uid: `uid of ${name}`, controller: true });

let rv = 0;
function entry(plural: string, type: LogEntry['type'], kind: string, metadata: object, content: object = {}): LogEntry {
  const object = { apiVersion: 'v1', kind, metadata: { namespace: NS, ...metadata }, ...content } as ApiObject;
  return { t: ++rv, rv, type, plural, object };
}

const replicaSet = entry('replicasets', 'ADDED', 'ReplicaSet', {
  name: `web-${HASH}`, uid: 'rs', labels: { 'pod-template-hash': HASH }, ownerReferences: [ref('Deployment', 'web')],
}, { spec: { replicas: 2 } });

function pod(type: LogEntry['type'], name: string, phase: string, ready: boolean, metadata: object = {}): LogEntry {
  return entry('pods', type, 'Pod', {
    name: `web-${HASH}-${name}`, generateName: `web-${HASH}-`, uid: name, labels: { app: 'web' }, ownerReferences: [ref('ReplicaSet', `web-${HASH}`)], ...metadata,
  }, {
    spec: { nodeName: 'node-1', containers: [] },
    status: { phase, podIP: name === 'aaaaa' ? '10.244.1.1' : '10.244.1.2', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: TIME }] },
  });
}

function event(name: string, message: string, count: number): LogEntry {
  return entry('events', 'ADDED', 'Event', { name, uid: name }, {
    involvedObject: { kind: 'ReplicaSet', name: `web-${HASH}` }, type: 'Normal', reason: 'SuccessfulCreate', message, count, source: { component: 'replicaset-controller' },
  });
}

function record(log: readonly LogEntry[], invariants: readonly Invariant[] = []): Recording {
  return normalise({ namespace: NS, include: {}, log, marksRv: { later: replicaSet.rv }, invariants, steps: [], timing: {} });
}

const LOG = [
  replicaSet,
  pod('ADDED', 'aaaaa', 'Pending', false), pod('ADDED', 'bbbbb', 'Pending', false),
  event('e1', `Created pod: web-${HASH}-aaaaa`, 1), event('e2', `Created pod: web-${HASH}-bbbbb`, 2),
  pod('MODIFIED', 'aaaaa', 'Running', true), pod('MODIFIED', 'bbbbb', 'Running', true),
  pod('MODIFIED', 'bbbbb', 'Running', true, { deletionTimestamp: TIME, deletionGracePeriodSeconds: 30 }),
  pod('DELETED', 'bbbbb', 'Running', true, { deletionTimestamp: TIME, deletionGracePeriodSeconds: 0 }),
  entry('pods', 'ADDED', 'Pod', { namespace: 'other', name: 'stranger', uid: 'stranger' }, { spec: { containers: [] } }),
];

describe('a recording', () => {
  const recording = record(LOG);

  it('names objects by where they come from', () => {
    expect(Object.keys(recording.final)).toEqual(['Pod/web-<rs1>-<p>#1', 'ReplicaSet/web-<rs1>']);
    expect(recording.final['Pod/web-<rs1>-<p>#1']).toMatchObject({
      metadata: { name: 'web-<rs1>-<p>', ownerReferences: [{ name: 'web-<rs1>' }] }, status: { podIP: '<ip:web-<rs1>-<p>>', conditions: [{ lastTransitionTime: '<time>' }] },
    });
    expect(recording.final['ReplicaSet/web-<rs1>']).toMatchObject({ metadata: { labels: { 'pod-template-hash': '<rs1-hash>' } } });
  });

  it('tells what became of every pod of an owner', () => {
    const owner = 'ReplicaSet/web-<rs1>';
    const pending = { phase: 'Pending', bound: true, conditions: ['Ready=False'], owner };
    const running = { ...pending, phase: 'Running', conditions: ['Ready=True'] };
    const lives = recording.podGroups[owner] ?? [];
    expect(lives).toHaveLength(2);
    expect(lives).toContainEqual({ n: 1, seq: [pending, running] });
    expect(lives).toContainEqual({ n: 1, seq: [pending, running, { ...running, deleting: true }, 'deleted'] });
  });

  it('has pods in the order in which they came and went', () => {
    expect(recording.order).toEqual([['create', 'web-<rs1>-<p1>'], ['create', 'web-<rs1>-<p2>'], ['delete', 'web-<rs1>-<p2>'], ['gone', 'web-<rs1>-<p2>']]);
  });

  it('adds up events with the same words', () => {
    expect(recording.events).toEqual([{
      kind: 'ReplicaSet', name: 'web-<rs1>', type: 'Normal', reason: 'SuccessfulCreate', message: 'Created pod: web-<rs1>-<p>', source: 'replicaset-controller', count: 3,
    }]);
  });

  it('says where the pods that are left are', () => {
    expect(recording.placement).toEqual({ 'ReplicaSet/web-<rs1>': { 'node-1': 1 } });
  });

  it('is the same whatever the names were', () => {
    const other = JSON.parse(JSON.stringify(LOG).replaceAll(HASH, '7c9f4d8b55').replaceAll('aaaaa', 'xxxxx')) as readonly LogEntry[];
    expect(record(other)).toEqual(recording);
  });
});

it.each([
  ['ready', '>=', 0, 0, 2, true],
  ['ready', '<=', 1, 0, 2, false],
  ['pods', '<=', 2, 0, 2, true],
  ['pods', '>=', 1, 0, 2, false],
] as const)('the invariant %s %s %d sees %d to %d', (what, op, value, observedMin, observedMax, holds) => {
  const invariant: Invariant = { name: 'x', what, selector: { app: 'web' }, op, value, from: 'later' };
  expect(record(LOG, [invariant]).invariants).toEqual([{ ...invariant, observedMin, observedMax, holds }]);
});

it('an object that comes back goes on with its story', () => {
  const config = (type: LogEntry['type'], uid: string): LogEntry => entry('configmaps', type, 'ConfigMap', { name: 'c', uid }, { data: { key: uid } });
  const { trajectory } = record([config('ADDED', 'a'), config('DELETED', 'a'), config('ADDED', 'b')]);
  expect(trajectory['ConfigMap/c']).toEqual([{ keys: ['key'] }, 'deleted', 'recreated', { keys: ['key'] }]);
});
