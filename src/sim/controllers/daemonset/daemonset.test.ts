import { describe, expect, it } from 'vitest';
import type { DaemonSet, Node, Pod, Toleration } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { FakeWorld } from '../testing/world.ts';
import { daemonSetController } from './index.ts';
import { limits } from './sizes.ts';
import { fit, podFor } from './template.ts';

function daemonSet(image: string, more: object = {}, spec: object = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent', namespace: 'default', annotations: { 'deprecated.daemonset.template.generation': '1' } },
    spec: {
      selector: { matchLabels: { app: 'agent' } }, revisionHistoryLimit: 10, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'main', image }], ...spec } }, ...more,
    },
  };
}

function node(name: string, labels: object = {}, taints: readonly object[] = []): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: { taints } } as Node;
}

/** A world with three nodes; pods are bound to the node that they are meant for. */
function worldWith(set: DaemonSet): FakeWorld {
  const world = new FakeWorld([daemonSetController]);
  for (const name of ['a', 'b', 'c']) world.do('create', 'nodes', node(name, { disk: name === 'a' ? 'ssd' : 'hdd' }));
  world.run(0.1);
  world.do('create', 'daemonsets', set);
  return world;
}

function nodesOf(world: FakeWorld): readonly string[] {
  return world.all<Pod>('pods').map((pod) => pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0] ?? '').sort();
}

describe('a DaemonSet', () => {
  it('has one pod on each node, also on one that comes later', () => {
    const world = worldWith(daemonSet('app:v1'));
    world.run(1);
    expect(nodesOf(world)).toEqual(['a', 'b', 'c']);
    expect(world.get<DaemonSet>('daemonsets', 'agent')?.status).toMatchObject({ desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 3 });
    world.do('create', 'nodes', node('d'));
    world.run(1);
    expect(nodesOf(world)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps to the nodes that its pods accept', () => {
    const world = worldWith(daemonSet('app:v1', {}, { nodeSelector: { disk: 'ssd' } }));
    world.run(1);
    expect(nodesOf(world)).toEqual(['a']);
  });

  it('keeps one revision per template and labels its pods with it', () => {
    const world = worldWith(daemonSet('app:v1'));
    world.run(1);
    const [revision] = world.all<ApiObject & { readonly revision: number }>('controllerrevisions');
    expect(revision?.revision).toBe(1);
    expect(world.all<Pod>('pods').map((pod) => pod.metadata.labels?.['controller-revision-hash'])).toEqual(Array.from({ length: 3 }, () => revision?.metadata.labels?.['controller-revision-hash']));
    expect(world.all<Pod>('pods')[0]?.metadata.labels).toMatchObject({ app: 'agent', 'pod-template-generation': '1' });
  });
});

describe('the pods of a DaemonSet', () => {
  it('tolerate a node in trouble, and keep their own tolerations', () => {
    const own: Toleration = { key: 'team', operator: 'Exists' };
    const pod = podFor(daemonSet('app:v1', {}, { tolerations: [own], hostNetwork: true }), 'a', 'h') as Pod;
    expect(pod.spec?.tolerations?.map(({ key, effect }) => `${key}:${effect ?? ''}`)).toEqual([
      'team:', 'node.kubernetes.io/not-ready:NoExecute', 'node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/disk-pressure:NoSchedule',
      'node.kubernetes.io/memory-pressure:NoSchedule', 'node.kubernetes.io/pid-pressure:NoSchedule', 'node.kubernetes.io/unschedulable:NoSchedule',
      'node.kubernetes.io/network-unavailable:NoSchedule',
    ]);
  });

  it.each<readonly [string, Node, boolean, boolean]>([
    ['a free node', node('a'), true, true],
    ['a cordoned node', node('a', {}, [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]), true, true],
    ['a node tainted NoSchedule', node('a', {}, [{ key: 'team', effect: 'NoSchedule' }]), false, true],
    ['a node tainted NoExecute', node('a', {}, [{ key: 'team', effect: 'NoExecute' }]), false, false],
    ['a node that prefers others', node('a', {}, [{ key: 'team', effect: 'PreferNoSchedule' }]), true, true],
  ])('on %s', (_, where, run, stay) => {
    expect(fit(daemonSet('app:v1'), where)).toEqual({ run, stay });
  });
});

describe('the limits of a rolling update', () => {
  it.each<readonly [object, number, number, number]>([
    [{ maxUnavailable: 1, maxSurge: 0 }, 3, 0, 1],
    [{ maxUnavailable: '34%', maxSurge: 0 }, 3, 0, 2],
    [{ maxUnavailable: 0, maxSurge: '10%' }, 3, 1, 0],
    [{ maxUnavailable: 0, maxSurge: 0 }, 3, 0, 1],
  ])('%o', (rollingUpdate, nodes, surge, unavailable) => {
    expect(limits(daemonSet('app:v1', { updateStrategy: { type: 'RollingUpdate', rollingUpdate } }), nodes)).toEqual({ surge, unavailable });
  });
});
