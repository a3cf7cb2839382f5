import { describe, expect, it } from 'vitest';
import type { Pod, ReplicaSet, ReplicationController } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { CONTROLLER_MANAGER } from '../controller-manager.ts';
import { inspectControllerManager } from '../inspect.ts';
import { isReady } from '../pods.ts';
import { FakeWorld } from '../testing/world.ts';
import { replicaSetController, replicationController } from './index.ts';

function replicaSet(name: string, replicas: number, more: object = {}): ApiObject {
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, namespace: 'default' },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main' }] } }, ...more },
  } as ApiObject;
}

function pod(name: string, labels: Readonly<Record<string, string>>): ApiObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels }, spec: { containers: [{ name: 'main' }] } } as ApiObject;
}

function worldWith(...objects: readonly ApiObject[]): FakeWorld {
  const world = new FakeWorld([replicaSetController, replicationController]);
  for (const object of objects) world.do('create', object.kind === 'Pod' ? 'pods' : object.kind === 'ReplicaSet' ? 'replicasets' : 'replicationcontrollers', object);
  return world;
}

const names = (world: FakeWorld): readonly string[] => world.all('pods').map((item) => item.metadata.name ?? '').sort();
const owner = (world: FakeWorld, name: string): string | undefined => world.get('pods', name)?.metadata.ownerReferences?.[0]?.name;

describe('a ReplicaSet', () => {
  it('creates its pods in growing batches', () => {
    const world = worldWith(replicaSet('web', 8));
    const created: number[] = [];
    for (let i = 0; i < 40; i++) {
      world.run(0.001);
      const count = names(world).length;
      if (count !== created.at(-1)) created.push(count);
    }
    expect(created).toEqual([0, 1, 3, 7, 8]);
  });

  it('makes pods that belong to it', () => {
    const world = worldWith(replicaSet('web', 1));
    world.run(1);
    const [made] = world.all<Pod>('pods');
    expect(made?.metadata).toMatchObject({
      generateName: 'web-', labels: { app: 'web' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', controller: true, blockOwnerDeletion: true }],
    });
    expect(made?.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
  });

  it('replaces a pod that was deleted, and counts it as terminating meanwhile', () => {
    const world = worldWith(replicaSet('web', 2));
    world.run(2);
    world.do('delete', 'pods', world.all('pods')[0] as ApiObject);
    world.run(0.1);
    expect(world.get<ReplicaSet>('replicasets', 'web')?.status).toMatchObject({ replicas: 2, readyReplicas: 1, terminatingReplicas: 1 });
    world.run(2);
    expect(world.get<ReplicaSet>('replicasets', 'web')?.status).toMatchObject({ replicas: 2, readyReplicas: 2, terminatingReplicas: 0 });
  });

  it('adopts orphans that it selects, after a fresh look at itself', () => {
    const world = worldWith(pod('one', { app: 'web' }), pod('two', { app: 'web' }), pod('other', { app: 'db' }));
    world.run(1);
    world.do('create', 'replicasets', replicaSet('web', 3));
    world.run(2);
    expect([owner(world, 'one'), owner(world, 'two'), owner(world, 'other')]).toEqual(['web', 'web', undefined]);
    expect(names(world)).toHaveLength(4);
    expect(world.get<ReplicaSet>('replicasets', 'web')?.status).toMatchObject({ replicas: 3, readyReplicas: 3 });
  });

  it('does not adopt what another one owns', () => {
    const world = worldWith(replicaSet('web', 1), replicaSet('web2', 1, { selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: {} } }));
    world.run(2);
    expect(names(world).map((name) => owner(world, name) ?? '').sort()).toEqual(['web', 'web2']);
  });

  it('releases a pod whose labels no longer match, and replaces it', () => {
    const world = worldWith(replicaSet('web', 2));
    world.run(2);
    const [first] = world.all<Pod>('pods');
    world.do('update', 'pods', { ...first, metadata: { ...first?.metadata, labels: { app: 'debug' } } } as ApiObject);
    world.run(2);
    expect(owner(world, first?.metadata.name ?? '')).toBeUndefined();
    expect(names(world)).toHaveLength(3);
  });

  it('counts pods as available only after minReadySeconds', () => {
    const world = worldWith(replicaSet('web', 1, { minReadySeconds: 3 }));
    world.run(2.5);
    expect(world.get<ReplicaSet>('replicasets', 'web')?.status).toMatchObject({ readyReplicas: 1 });
    expect(world.get<ReplicaSet>('replicasets', 'web')?.status?.availableReplicas).toBeUndefined();
    world.run(3);
    expect(world.get<ReplicaSet>('replicasets', 'web')?.status).toMatchObject({ availableReplicas: 1 });
  });

  it('counts pods as fully labelled by the labels of its template, also after they changed', () => {
    const world = worldWith(replicaSet('web', 2));
    world.run(2);
    world.do('patch-spec', 'replicasets', { ...replicaSet('web', 2), spec: { template: { metadata: { labels: { app: 'web', tier: 'front' } }, spec: {} } } } as ApiObject);
    world.run(1);
    expect(world.get<ReplicaSet>('replicasets', 'web')?.status).toMatchObject({ replicas: 2 });
    expect(world.get<ReplicaSet>('replicasets', 'web')?.status?.fullyLabeledReplicas).toBeUndefined();
  });

  it('deletes those first that are not ready', () => {
    const world = worldWith(replicaSet('web', 4));
    world.run(1.2);
    const ready = world.all<Pod>('pods').filter(isReady).map((item) => item.metadata.name ?? '');
    expect(ready.length).toBeGreaterThan(0);
    world.do('patch-spec', 'replicasets', { ...replicaSet('web', 4), spec: { replicas: ready.length } } as ApiObject);
    world.run(3);
    expect(names(world)).toEqual(ready.sort());
  });

  it('says why a pod was chosen', () => {
    const world = worldWith(replicaSet('web', 2));
    world.run(2);
    world.do('patch-spec', 'replicasets', { ...replicaSet('web', 2), spec: { replicas: 1 } } as ApiObject);
    world.run(0.5);
    const { trace } = world.kernel;
    const actions: unknown[] = [];
    for (let id = trace.firstId; id <= trace.lastId; id++) for (const explanation of trace.get(id)?.explanations ?? []) if ('actions' in explanation) actions.push(...(explanation.actions as unknown[]));
    expect(actions).toContainEqual({ code: 'deletePod', params: { pod: expect.any(String) as string, rule: expect.any(String) as string } });
  });

  it('never has more than 500 pods on the way, and keeps count of many', () => {
    const world = new FakeWorld([replicaSetController], {}, { 'kube-api-qps': '0' });
    world.do('create', 'replicasets', replicaSet('web', 1200));
    let outstanding = 0;
    for (let i = 0; i < 200; i++) {
      world.run(0.002);
      outstanding = Math.max(outstanding, inspectControllerManager(world.manager).requestsUnderWay);
    }
    expect(outstanding).toBeLessThanOrEqual(500);
    expect(names(world)).toHaveLength(1200);
    world.run(400);
    expect(world.get<ReplicaSet>('replicasets', 'web')?.status).toMatchObject({ replicas: 1200, readyReplicas: 1200, availableReplicas: 1200 });
  });
});

describe('a ReplicationController', () => {
  it('keeps its pods without counting terminating ones', () => {
    const world = worldWith({
      apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'old', namespace: 'default' },
      spec: { replicas: 2, selector: { app: 'old' }, template: { metadata: { labels: { app: 'old' } }, spec: {} } },
    } as ApiObject);
    world.run(2);
    const status = world.get<ReplicationController>('replicationcontrollers', 'old')?.status;
    expect(status).toMatchObject({ replicas: 2, readyReplicas: 2, fullyLabeledReplicas: 2 });
    expect(status).not.toHaveProperty('terminatingReplicas');
    expect(world.all<Pod>('pods')[0]?.metadata.ownerReferences?.[0]).toMatchObject({ apiVersion: 'v1', kind: 'ReplicationController' });
  });
});

describe('the manager', () => {
  it('leads by a Lease and renews it', () => {
    const world = worldWith();
    world.run(6);
    const lease = world.api.objects.get('leases/kube-system/kube-controller-manager') as { readonly spec?: { readonly holderIdentity?: string } } | undefined;
    expect(lease?.spec?.holderIdentity).toMatch(/^control-plane_[0-9a-f-]{36}$/);
    expect(world.api.log.filter((line) => line.startsWith('200 update leases')).length).toBe(3);
    expect(inspectControllerManager(world.manager)).toMatchObject({ leading: true, leader: lease?.spec?.holderIdentity });
  });

  it('starts anew when it could not renew in time', () => {
    const world = worldWith(replicaSet('web', 1));
    world.run(2);
    const before = inspectControllerManager(world.manager).leader;
    world.kernel.setLinkFault(CONTROLLER_MANAGER, 'kube-apiserver', { cut: true });
    world.run(20);
    expect(inspectControllerManager(world.manager).leading).toBe(false);
    world.kernel.setLinkFault(CONTROLLER_MANAGER, 'kube-apiserver', undefined);
    world.run(40);
    const after = inspectControllerManager(world.manager);
    expect(after.leading).toBe(true);
    expect(after.leader).not.toBe(before);
    expect(after.controllers.every((controller) => controller.started)).toBe(true);
  });

  it('tells the message that put a key into the queue as the cause of the sync', () => {
    const world = worldWith(replicaSet('web', 1));
    world.run(1);
    const { trace } = world.kernel;
    for (let id = trace.firstId; id <= trace.lastId; id++) {
      const entry = trace.get(id);
      if (entry?.body.type !== 'sync') continue;
      expect(['watch-event', 'api-response', 'queue-timer']).toContain(trace.get(entry.cause)?.body.type);
      expect(world.kernel.actorId(entry.to)).toBe(CONTROLLER_MANAGER);
    }
  });
});
