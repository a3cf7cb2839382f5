import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { CSI_DRIVER } from './csi-node.ts';
import { NodeWorld } from './testing.ts';

type Spec = NonNullable<Pod['spec']>;
const web = (more: Partial<Spec>): Spec => ({ containers: [{ name: 'web', image: 'nginx:1.28' }], ...more });
const configMap = (name: string, data: Readonly<Record<string, string>>): ApiObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data } as ApiObject);

const UNIQUE = `kubernetes.io/csi/${CSI_DRIVER}^vol-1`;

function claim(world: NodeWorld, phase: 'Pending' | 'Bound'): void {
  world.put('persistentvolumeclaims', {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'default', uid: 'claim-1' },
    spec: phase === 'Bound' ? { volumeName: 'pv-1' } : {}, status: { phase },
  } as ApiObject);
  world.put('persistentvolumes', {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv-1' }, spec: { csi: { driver: CSI_DRIVER, volumeHandle: 'vol-1' }, claimRef: { uid: 'claim-1' } }, status: { phase: 'Bound' },
  } as ApiObject);
}

/** What the attach-detach controller does to the node's status. */
function attach(world: NodeWorld): void {
  const node = world.node() as unknown as ApiObject & { readonly status: object };
  world.put('nodes', { ...node, status: { ...node.status, volumesAttached: [{ name: UNIQUE, devicePath: '' }] } } as ApiObject);
}

const USES_CLAIM = web({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] });
const calls = (world: NodeWorld, from: number): readonly string[] => world.transcript(from).filter((line) => line.includes('csi-node:') || line.endsWith('cri-run-pod-sandbox'));

describe('configMap and secret volumes', () => {
  it('hold the pod back while their object is missing', () => {
    const world = new NodeWorld();
    world.addPod('p', web({ volumes: [{ name: 'cfg', configMap: { name: 'settings' } }] }));
    world.run(10);
    expect(world.status('p')).toBe('ContainerCreating');
    expect(world.events('p')).toEqual([expect.stringMatching(/^FailedMount ×\d: MountVolume\.SetUp failed for volume "cfg" : configmap "settings" not found$/)]);
    expect(world.transcript(0).some((line) => line.endsWith('cri-run-pod-sandbox'))).toBe(false);
    world.put('configmaps', configMap('settings', { a: '1' }));
    world.run(20);
    expect(world.ready('p')).toBe(true);
  });

  it('retry with pauses of half a second doubling', () => {
    const world = new NodeWorld();
    world.addPod('p', web({ volumes: [{ name: 's', secret: { secretName: 'keys' } }] }));
    world.run(33);
    const gets = world.transcript(0).filter((line) => line === 'kubelet → kube-apiserver: get secrets').length;
    expect(gets).toBe(7);
    expect(world.events('p')[0]).toContain('MountVolume.SetUp failed for volume "s" : secret "keys" not found');
  });

  it('may be optional, and must have the keys that are asked for', () => {
    const world = new NodeWorld();
    world.put('configmaps', configMap('settings', { a: '1' }));
    world.addPod('optional', web({ volumes: [{ name: 'cfg', configMap: { name: 'none', optional: true } }] }));
    world.addPod('key', web({ volumes: [{ name: 'cfg', configMap: { name: 'settings', items: [{ key: 'b', path: 'b' }] } }] }));
    world.run(10);
    expect(world.ready('optional')).toBe(true);
    expect(world.events('key')[0]).toContain('configmap references non-existent config key: b');
  });

  it('ask for an object once for all pods that start together', () => {
    const world = new NodeWorld();
    world.put('configmaps', configMap('settings', { a: '1' }));
    for (const name of ['a', 'b', 'c']) world.addPod(name, web({ volumes: [{ name: 'cfg', configMap: { name: 'settings' } }] }));
    world.run(10);
    expect(world.transcript(0).filter((line) => line === 'kubelet → kube-apiserver: get configmaps')).toHaveLength(1);
  });

  it('the token of the service account needs nothing', () => {
    const world = new NodeWorld();
    const sources = [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }];
    world.addPod('p', web({ volumes: [{ name: 'kube-api-access-x', projected: { sources } }] }));
    world.run(10);
    expect(world.ready('p')).toBe(true);
  });
});

describe('environment', () => {
  it('must be there: CreateContainerConfigError until it is', () => {
    const world = new NodeWorld();
    const env = [{ name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } }];
    world.addPod('p', { containers: [{ name: 'web', image: 'nginx:1.28', env }] });
    world.run(5);
    expect(world.pod('p')?.status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'CreateContainerConfigError', message: 'configmap "settings" not found' } });
    expect(world.events('p').map((event) => event.replace(/ ×\d+/, ''))).toContain('Failed: Error: configmap "settings" not found');
    world.put('configmaps', configMap('settings', { other: '1' }));
    world.run(15);
    expect(world.events('p').map((event) => event.replace(/ ×\d+/, ''))).toContain("Failed: Error: couldn't find key level in ConfigMap default/settings");
    world.put('configmaps', configMap('settings', { level: 'info' }));
    world.run(90);
    expect(world.ready('p')).toBe(true);
  });

  it('decides whether a database starts', () => {
    const world = new NodeWorld();
    world.addPod('bare', { containers: [{ name: 'db', image: 'postgres:16' }] });
    world.addPod('set', { containers: [{ name: 'db', image: 'postgres:16', env: [{ name: 'POSTGRES_PASSWORD', value: 'x' }] }] });
    world.run(20);
    expect(world.pod('bare')?.status?.containerStatuses?.[0]?.lastState?.terminated ?? world.pod('bare')?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 1 });
    expect(world.ready('set')).toBe(true);
  });
});

describe('volumes of CSI drivers', () => {
  it('are attached by the controller, staged and published before the sandbox', () => {
    const world = new NodeWorld();
    claim(world, 'Bound');
    world.addPod('p', USES_CLAIM);
    const from = world.kernel.lastId;
    world.run(12);
    expect(world.node()?.status?.volumesInUse).toEqual([UNIQUE]);
    expect(calls(world, from)).toEqual([]);
    attach(world);
    world.run(5);
    expect(calls(world, from)).toEqual(['kubelet → csi-node: csi-node-stage-volume', 'kubelet → csi-node: csi-node-publish-volume', 'kubelet → container-runtime: cri-run-pod-sandbox']);
    expect(world.ready('p')).toBe(true);
  });

  it('are taken down after the sandbox, and then no longer in use', () => {
    const world = new NodeWorld();
    claim(world, 'Bound');
    world.addPod('p', USES_CLAIM);
    world.run(12);
    attach(world);
    world.run(5);
    const from = world.kernel.lastId;
    world.deletePod('p');
    world.run(15);
    expect(world.pod('p')).toBeUndefined();
    expect(world.transcript(from).filter((line) => /csi-node:|stop-pod-sandbox$|delete pods/.test(line))).toEqual([
      'kubelet → container-runtime: cri-stop-pod-sandbox', 'kubelet → csi-node: csi-node-unpublish-volume', 'kubelet → csi-node: csi-node-unstage-volume', 'kubelet → kube-apiserver: delete pods',
    ]);
    expect(world.node()?.status?.volumesInUse).toEqual([]);
  });

  it('are staged once for two pods', () => {
    const world = new NodeWorld();
    claim(world, 'Bound');
    world.addPod('a', USES_CLAIM);
    world.addPod('b', USES_CLAIM);
    world.run(12);
    attach(world);
    world.run(5);
    const all = world.transcript(0);
    expect(all.filter((line) => line.endsWith(': csi-node-stage-volume'))).toHaveLength(1);
    expect(all.filter((line) => line.endsWith(': csi-node-publish-volume'))).toHaveLength(2);
    world.deletePod('a');
    world.run(5);
    expect(world.transcript(0).filter((line) => line.endsWith(': csi-node-unstage-volume'))).toHaveLength(0);
    expect(world.ready('b')).toBe(true);
  });

  it('wait for the claim to be bound', () => {
    const world = new NodeWorld();
    claim(world, 'Pending');
    world.addPod('p', USES_CLAIM);
    world.run(5);
    expect(world.events('p')).toEqual(['FailedMount: Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/data: PVC is not bound']);
    claim(world, 'Bound');
    world.run(30);
    attach(world);
    world.run(10);
    expect(world.ready('p')).toBe(true);
  });

  it('can be given up while they wait to be attached', () => {
    const world = new NodeWorld();
    claim(world, 'Bound');
    world.addPod('p', USES_CLAIM);
    world.run(12);
    world.deletePod('p');
    world.run(15);
    expect(world.pod('p')).toBeUndefined();
    expect(world.node()?.status?.volumesInUse).toEqual([]);
  });
});
