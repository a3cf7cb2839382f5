import { describe, expect, test } from 'vitest';
import { EMPTY_MODEL, type Model } from '../../view/model.ts';
import type { NodeSummary, PodSummary, SessionInput, UserInput } from '../../worker/protocol.ts';
import { clusterFacts, faultTargets, lastInput, memoized, statusOf } from './facts.ts';

const node = (name: string, ready: NodeSummary['ready'], up = true): NodeSummary => (
  { name, ready, up, unschedulable: false, taints: [], zone: '', cpuMilli: 0, memoryBytes: 0, maxPods: 0, images: 0 }
);
const pod = (name: string, phase: PodSummary['phase']): PodSummary => ({
  key: `default/${name}`, namespace: 'default', name, uid: name, node: 'node-1', phase, status: phase, ready: 0, containers: 1, restarts: 0, owner: '', ip: '', cpuMilli: 0, memoryBytes: 0,
});
const model: Model = {
  ...EMPTY_MODEL,
  nowUs: 5,
  nodes: new Map([node('node-1', 'True'), node('node-2', 'Unknown', false)].map((one) => [one.name, one])),
  pods: new Map([pod('a', 'Running'), pod('b', 'NotReady'), pod('c', 'Pending')].map((one) => [one.key, one])),
  facts: { ...EMPTY_MODEL.facts, faults: [
    { a: 'kube-apiserver', b: 'etcd', cut: false, factor: 1, extraUs: 250_000 }, { a: 'kubelet/node-1', b: 'kube-apiserver', cut: true, factor: 1, extraUs: 0 },
  ] },
};
const state = (of: Model): Parameters<typeof clusterFacts>[0] => Object.assign(Object.create(null) as Parameters<typeof clusterFacts>[0], { model: of });
const inputs = (input: UserInput): readonly SessionInput[] => [{ position: 0, atUs: 0, input }];

test('the cluster in numbers', () => {
  expect(clusterFacts(state(model))).toEqual({ nodes: 2, nodesReady: 1, pods: 3, podsRunning: 2, nowUs: 5 });
});

test('the same reference until something changed', () => {
  const first = clusterFacts(state(model));
  expect(clusterFacts(state({ ...model }))).toBe(first);
  expect(clusterFacts(state({ ...model, nowUs: 6 }))).not.toBe(first);
});

test('what can be broken, and what is', () => {
  const targets = faultTargets(state(model));
  expect(targets.nodes).toEqual([{ name: 'node-1', stopped: false }, { name: 'node-2', stopped: true }]);
  expect(targets.pods.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(targets.links.filter(({ cut }) => cut)).toEqual([{ from: 'kube-apiserver', to: 'kubelet/node-1', cut: true }]);
  expect(targets.etcdDelayMs).toBe(250);
});

describe('what undo would take back', () => {
  test.each<[UserInput, string, string]>([
    [{ type: 'kubectl', args: ['apply', '-f', 'web.yaml'], files: [{ name: 'web.yaml', text: '' }] }, 'apply', 'web.yaml'],
    [{ type: 'kubectl', args: ['scale', 'deployment/web', '--replicas=5'], files: [] }, 'command', 'kubectl scale deployment/web --replicas=5'],
    [{ type: 'nodeStop', node: 'node-1' }, 'fault', 'node-1'],
    [{ type: 'link', a: 'kube-apiserver', b: 'etcd', cut: true, factor: 1, extraUs: 0 }, 'fault', 'kube-apiserver – etcd'],
  ])('%o', (input, what, name) => {
    expect(lastInput(inputs(input))).toEqual({ what, name });
  });
  test('nothing at the beginning', () => expect(lastInput([])).toBeUndefined());
});

test('the state of the session; of an error only the first line', () => {
  expect(statusOf('opening', '', false)).toEqual({ kind: 'starting' });
  expect(statusOf('dead', 'boom\n  at x', false)).toEqual({ kind: 'failed', message: 'boom' });
});

test('memoized computes once for the same parts', () => {
  let runs = 0;
  const sum = memoized((a: number, b: number) => { runs += 1; return a + b; });
  expect([sum(1, 2), sum(1, 2), sum(2, 2)]).toEqual([3, 3, 4]);
  expect(runs).toBe(2);
});
