import { describe, expect, it } from 'vitest';
import type { Event, Pod, StatefulSet } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { FakeWorld } from '../testing/world.ts';
import { statefulSetController } from './index.ts';

function statefulSet(replicas: number, image: string, more: object = {}): ApiObject {
  return {
    apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas, serviceName: 'web', selector: { matchLabels: { app: 'web' } }, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, template: template(image), ...more,
    },
  } as ApiObject;
}

function template(image: string): object {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } };
}

function worldWith(set: ApiObject): FakeWorld {
  const world = new FakeWorld([statefulSetController]);
  world.do('create', 'statefulsets', set);
  return world;
}

function change(spec: object): ApiObject {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web', namespace: 'default' }, spec } as ApiObject;
}

const status = (world: FakeWorld): StatefulSet['status'] => world.get<StatefulSet>('statefulsets', 'web')?.status;
const images = (world: FakeWorld): readonly string[] => world.all<Pod>('pods').map((pod) => `${pod.metadata.name}:${pod.spec?.containers[0]?.image}`).sort();

/** The sets of pods that were there at some time, in order. */
function history(world: FakeWorld, seconds: number): readonly string[] {
  const seen: string[] = [];
  for (let i = 0; i < seconds * 50; i++) {
    world.run(0.02);
    const now = world.all('pods').map((pod) => pod.metadata.name ?? '').sort().join(' ');
    if (now !== seen.at(-1)) seen.push(now);
  }
  return seen;
}

describe('a StatefulSet', () => {
  it('creates its pods one after the other, and takes them away from the end', () => {
    const world = worldWith(statefulSet(3, 'app:v1'));
    expect(history(world, 4)).toEqual(['web-0', 'web-0 web-1', 'web-0 web-1 web-2']);
    expect(status(world)).toMatchObject({ replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3 });
    world.do('patch-spec', 'statefulsets', change({ replicas: 1 }));
    expect(history(world, 4)).toEqual(['web-0 web-1 web-2', 'web-0 web-1', 'web-0']);
  });

  it('creates them together when it may', () => {
    const world = worldWith(statefulSet(3, 'app:v1', { podManagementPolicy: 'Parallel' }));
    world.run(0.3);
    expect(world.all('pods')).toHaveLength(3);
  });

  it('gives each pod its name, host name and labels', () => {
    const world = worldWith(statefulSet(1, 'app:v1', { ordinals: { start: 5 } }));
    world.run(1);
    const [pod] = world.all<Pod>('pods');
    expect(pod?.spec).toMatchObject({ hostname: 'web-5', subdomain: 'web' });
    expect(pod?.metadata.labels).toMatchObject({ 'statefulset.kubernetes.io/pod-name': 'web-5', 'apps.kubernetes.io/pod-index': '5', 'controller-revision-hash': status(world)?.updateRevision });
  });

  it('updates from the last pod down to the partition', () => {
    const world = worldWith(statefulSet(3, 'app:v1'));
    world.run(4);
    world.do('patch-spec', 'statefulsets', change({ template: template('app:v2'), updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }));
    world.run(6);
    expect(images(world)).toEqual(['web-0:app:v1', 'web-1:app:v2', 'web-2:app:v2']);
    expect(status(world)).toMatchObject({ currentReplicas: 1, updatedReplicas: 2 });
    world.do('delete', 'pods', world.get('pods', 'web-0') as ApiObject);
    world.run(3);
    expect(images(world)[0]).toBe('web-0:app:v1');
  });

  it('goes back to an earlier revision by its number', () => {
    const world = worldWith(statefulSet(1, 'app:v1'));
    world.run(2);
    world.do('patch-spec', 'statefulsets', change({ template: template('app:v2') }));
    world.run(3);
    world.do('patch-spec', 'statefulsets', change({ template: template('app:v1') }));
    world.run(3);
    expect(world.all<ApiObject & { readonly revision: number }>('controllerrevisions').map((revision) => revision.revision).sort((a, b) => a - b)).toEqual([2, 3]);
    expect(images(world)).toEqual(['web-0:app:v1']);
  });

  it('creates the claims of a pod before the pod, and tells it', () => {
    const claims = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }];
    const world = worldWith(statefulSet(1, 'app:v1', { volumeClaimTemplates: claims }));
    world.run(1);
    expect(world.get('persistentvolumeclaims', 'data-web-0')?.metadata.labels).toEqual({ app: 'web' });
    expect(world.get<Pod>('pods', 'web-0')?.spec?.volumes).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: 'data-web-0' } }]);
    expect(world.all<Event>('events').filter((event) => event.involvedObject.kind === 'StatefulSet').map((event) => event.message)).toEqual([
      'Create Claim data-web-0 Pod web-0 in StatefulSet web success', 'Create Pod web-0 in StatefulSet web successful',
    ]);
  });

  it('owns the claims when they are to go with it, and hands them to a pod that is scaled away', () => {
    const world = worldWith(statefulSet(2, 'app:v1', {
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }], persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
    }));
    world.run(3);
    expect(world.get('persistentvolumeclaims', 'data-web-1')?.metadata.ownerReferences?.[0]?.kind).toBe('StatefulSet');
    world.do('patch-spec', 'statefulsets', change({ replicas: 1 }));
    world.run(0.2);
    expect(world.get('persistentvolumeclaims', 'data-web-1')?.metadata.ownerReferences?.map((owner) => owner.kind)).toEqual(['Pod']);
    expect(world.get('persistentvolumeclaims', 'data-web-0')?.metadata.ownerReferences?.map((owner) => owner.kind)).toEqual(['StatefulSet']);
  });
});
