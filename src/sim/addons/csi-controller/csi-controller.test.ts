import { describe, expect, it } from 'vitest';
import { KUBECTL } from '../../../kubectl/messages.ts';
import type { RunCommand } from '../../../kubectl/messages.ts';
import { TestCluster } from '../../../testing/clusters.ts';
import type { Event, Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass, VolumeAttachment } from '../../api/generated/types.ts';
import { Prng } from '../../../base/prng.ts';
import { hashWorld } from '../../kernel/hash.ts';
import { STORAGE_BACKEND } from './messages.ts';
import type { BackendState } from './storage-backend.ts';

const CLAIM = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1500Mi}}}
`;
const POD = (node: string): string => `apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  nodeSelector: {kubernetes.io/hostname: ${node}}
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: "nginx:1.27", volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`;

/** The bodies' types in the order in which they were sent to or from the storage and the node's driver. */
function csiMessages({ session: { kernel } }: TestCluster): readonly string[] {
  const types: string[] = [];
  for (let id = 1; id <= kernel.trace.lastId; id++) {
    const { type } = kernel.trace.get(id)?.body ?? { type: '' };
    if (type.startsWith('csi-') && !type.endsWith('-response') && type !== 'csi-node-get-info' && type !== 'csi-event-retry') types.push(type);
  }
  return types;
}

const reasons = (cluster: TestCluster, kind: string): readonly string[] => cluster.stored<Event>('events').filter(({ involvedObject }) => involvedObject.kind === kind).map(({ reason = '' }) => reason);
const volumesOf = (cluster: TestCluster): number => (cluster.session.kernel.stateOf(STORAGE_BACKEND) as BackendState).volumes.size;

describe('storage of a cluster', () => {
  it('brings a default class with it', () => {
    const [standard] = new TestCluster(1, 1).stored<StorageClass>('storageclasses');
    expect(standard).toMatchObject({ metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'csi.wheelhouse.dev', volumeBindingMode: 'WaitForFirstConsumer' });
  });

  it('makes, attaches, mounts, and takes all of it away again', () => {
    const cluster = new TestCluster(1, 2);
    cluster.apply(CLAIM);
    expect(cluster.stored<PersistentVolumeClaim>('persistentvolumeclaims')[0]?.status?.phase).toBe('Pending');
    cluster.apply(POD('node-2'));
    cluster.run(30);
    const [claim] = cluster.stored<PersistentVolumeClaim>('persistentvolumeclaims');
    const [volume] = cluster.stored<PersistentVolume>('persistentvolumes');
    expect(claim?.status).toMatchObject({ phase: 'Bound', capacity: { storage: '2Gi' } });
    expect(volume).toMatchObject({ metadata: { name: `pvc-${claim?.metadata.uid}` }, spec: { csi: { driver: 'csi.wheelhouse.dev' }, persistentVolumeReclaimPolicy: 'Delete' }, status: { phase: 'Bound' } });
    expect(cluster.stored<VolumeAttachment>('volumeattachments')).toMatchObject([{ spec: { nodeName: 'node-2' }, status: { attached: true } }]);
    expect(cluster.stored<Node>('minions').find(({ metadata }) => metadata.name === 'node-2')?.status?.volumesAttached).toHaveLength(1);
    expect(cluster.stored<Pod>('pods')[0]?.status?.phase).toBe('Running');
    expect(csiMessages(cluster)).toEqual(['csi-create-volume', 'csi-controller-publish-volume', 'csi-node-stage-volume', 'csi-node-publish-volume']);
    expect(reasons(cluster, 'PersistentVolumeClaim').toSorted()).toEqual(['ExternalProvisioning', 'Provisioning', 'ProvisioningSucceeded', 'WaitForFirstConsumer']);

    cluster.kubectl(['delete', 'pod', 'app']);
    cluster.kubectl(['delete', 'pvc', 'data', '--wait=false']);
    cluster.run(60);
    expect(csiMessages(cluster).slice(4)).toEqual(['csi-node-unpublish-volume', 'csi-node-unstage-volume', 'csi-controller-unpublish-volume', 'csi-delete-volume']);
    for (const kind of ['persistentvolumeclaims', 'persistentvolumes', 'volumeattachments']) expect(cluster.stored(kind)).toEqual([]);
    expect(volumesOf(cluster)).toBe(0);
  });

  it('takes a volume away from a dead node after six minutes', () => {
    const cluster = new TestCluster(2, 2);
    cluster.apply(CLAIM);
    cluster.apply(POD('node-1'));
    cluster.run(30);
    cluster.do({ type: 'node-stop', node: 'node-1' });
    cluster.run(60);
    cluster.kubectl(['delete', 'pod', 'app', '--force', '--grace-period=0']);
    cluster.apply(POD('node-2'));
    cluster.run(300);
    expect(cluster.stored<Event>('events').some(({ message }) => message?.startsWith('Multi-Attach error for volume "pvc-') ?? false)).toBe(true);
    expect(cluster.stored<VolumeAttachment>('volumeattachments').map(({ spec }) => spec.nodeName)).toEqual(['node-1']);
    cluster.run(120);
    expect(cluster.stored<VolumeAttachment>('volumeattachments').map(({ spec }) => spec.nodeName)).toEqual(['node-2']);
    expect(cluster.stored<Pod>('pods')[0]?.status?.phase).toBe('Running');
  });

  describe('a claim that grows', () => {
    /** Does not wait for anything. */
    const grown = (cluster: TestCluster, storage: string): void => {
      const command: RunCommand = { type: 'kubectl-run', args: ['apply', '-f', 'file.yaml'], files: [{ name: 'file.yaml', text: CLAIM.replace('1500Mi', storage) }] };
      cluster.session.input(KUBECTL, command);
    };
    const started = (): TestCluster => {
      const cluster = new TestCluster(1, 1);
      cluster.apply(CLAIM);
      cluster.apply(POD('node-1'));
      cluster.run(30);
      return cluster;
    };
    const sizes = (cluster: TestCluster) => [
      cluster.stored<PersistentVolume>('persistentvolumes')[0]?.spec?.capacity?.['storage'], cluster.stored<PersistentVolumeClaim>('persistentvolumeclaims')[0]?.status?.capacity?.['storage'],
    ];
    const told = (cluster: TestCluster) => cluster.stored<Event>('events')
      .filter(({ reason, involvedObject }) => involvedObject.kind === 'PersistentVolumeClaim' && /Resiz|Expanding/.test(reason ?? '')).map(({ source, reason, message }) => `${source?.component}: ${reason}: ${message}`);

    const inProgress = (cluster: TestCluster) => {
      const { status } = cluster.stored<PersistentVolumeClaim>('persistentvolumeclaims')[0] ?? {};
      return status?.allocatedResourceStatuses?.['storage'] === 'ControllerResizeInProgress' ? status.allocatedResources?.['storage'] : undefined;
    };

    it('gets a larger volume', () => {
      const cluster = started();
      const volume = cluster.stored<PersistentVolume>('persistentvolumes')[0]?.metadata.name ?? '';
      grown(cluster, '4500Mi');
      cluster.run(0.5);
      const [claim] = cluster.stored<PersistentVolumeClaim>('persistentvolumeclaims');
      expect(claim?.status).toMatchObject({
        capacity: { storage: '2Gi' }, allocatedResources: { storage: '4500Mi' }, allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' }, conditions: [{ type: 'Resizing', status: 'True' }],
      });
      cluster.run(5);
      expect(sizes(cluster)).toEqual(['5Gi', '5Gi']);
      const { status } = cluster.stored<PersistentVolumeClaim>('persistentvolumeclaims')[0] ?? {};
      expect(status?.allocatedResources).toEqual({ storage: '4500Mi' });
      expect(status?.allocatedResourceStatuses ?? {}).toEqual({});
      expect(status?.conditions ?? []).toEqual([]);
      expect(told(cluster).toSorted()).toEqual([
        'external-resizer csi.wheelhouse.dev: Resizing: External resizer is resizing volume ' + volume,
        'external-resizer csi.wheelhouse.dev: VolumeResizeSuccessful: Resize volume succeeded',
        'volume_expand: ExternalExpanding: waiting for an external controller to expand this PVC',
      ]);
    });

    it('gets what it asks for last', () => {
      const cluster = started();
      grown(cluster, '3Gi');
      cluster.run(0.5);
      expect(inProgress(cluster)).toBe('3Gi');
      grown(cluster, '6Gi');
      cluster.run(20);
      expect(sizes(cluster)).toEqual(['6Gi', '6Gi']);
    });

    it('is tried again while the pool is full', () => {
      const cluster = started();
      grown(cluster, '100Ti');
      cluster.run(20);
      expect(sizes(cluster)).toEqual(['2Gi', '2Gi']);
      expect(told(cluster).filter((text) => text.includes('VolumeResizeFailed: resize volume "pvc-')).length).toBe(1);
      expect(cluster.stored<Event>('events').find(({ reason }) => reason === 'VolumeResizeFailed')?.count).toBeGreaterThan(2);
    });
  });

  it('goes on from any moment as the straight run did', () => {
    const cluster = new TestCluster(3, 2);
    cluster.apply(CLAIM);
    cluster.apply(POD('node-1'));
    cluster.run(20);
    cluster.do({ type: 'node-stop', node: 'node-1' });
    cluster.kubectl(['delete', 'pod', 'app', '--force', '--grace-period=0']);
    cluster.run(120);
    const { session } = cluster;
    const endUs = session.kernel.nowUs;
    const want = hashWorld(session.kernel.checkpoint());
    const random = Prng.stream(3, 'moments');
    for (let i = 0; i < 10; i++) {
      session.seek(random.below(session.endPosition));
      session.seekTime(endUs);
      expect(hashWorld(session.kernel.checkpoint()), `moment ${i}`).toBe(want);
    }
  });
});
