import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttachment } from '../../api/generated/types.ts';
import { claimsOfPod } from '../../scheduler/volumes.ts';
import { TestKit } from '../testkit.ts';
import { attachDetachController } from './index.ts';
import { sha256 } from './sha256.ts';

const S = 1_000_000;
const UNIQUE = 'kubernetes.io/csi/csi.example^h1';
const indexers = { pods: { claim: (pod: unknown) => claimsOfPod(pod as Pod).map(({ name }) => `${(pod as Pod).metadata.namespace}/${name}`) } };
type Kit = TestKit<unknown, unknown>;

function node(name: string, volumesInUse: readonly string[] = [], ready = 'True'): Node {
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } },
    status: { volumesInUse, conditions: [{ type: 'Ready', status: ready }] },
  };
}
const pod = (name: string, nodeName: string, phase: 'Running' | 'Succeeded' = 'Running'): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'x' }, spec: { containers: [], nodeName, volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'c' } }] }, status: { phase },
});

function kit(modes: readonly ('ReadWriteOnce' | 'ReadWriteMany')[] = ['ReadWriteOnce']): Kit {
  const k = new TestKit<unknown, unknown>(attachDetachController as never, { 'disable-force-detach-on-timeout': 0 }, indexers);
  const volume: PersistentVolume = {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv' },
    spec: { accessModes: modes, csi: { driver: 'csi.example', volumeHandle: 'h1' }, claimRef: { namespace: 'x', name: 'c' } },
  };
  const claim: PersistentVolumeClaim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'x' }, spec: { volumeName: 'pv' }, status: { phase: 'Bound' } };
  k.put('persistentvolumes', volume);
  k.put('persistentvolumeclaims', claim);
  k.put('nodes', node('n1'));
  k.put('nodes', node('n2'));
  return k;
}
const attachments = (k: Kit): readonly VolumeAttachment[] => k.all<VolumeAttachment>('volumeattachments');
const told = (k: Kit, name: string): unknown => k.get<Node>('nodes', name)?.status?.volumesAttached;

/** What the attacher does with an attachment. */
function carryOut(k: Kit): void {
  for (const attachment of attachments(k)) {
    if (attachment.metadata.deletionTimestamp !== undefined) k.remove('volumeattachments', attachment.metadata.name ?? '');
    else k.put('volumeattachments', { ...attachment, metadata: { ...attachment.metadata, finalizers: ['external-attacher/csi-example'] }, status: { attached: true } });
  }
  k.run(k.nowUs);
}

function attachTo(k: Kit, name: string, nodeName: string): void {
  k.put('pods', pod(name, nodeName));
  k.run(k.nowUs + S);
  carryOut(k);
}

describe('attach-detach controller', () => {
  it('asks for an attachment, and tells node and pod when it is there', () => {
    const k = kit();
    k.put('pods', pod('app', 'n1'));
    k.run(S);
    expect(attachments(k)).toMatchObject([{ metadata: { name: `csi-${createHash('sha256').update('h1csi.examplen1').digest('hex')}` }, spec: { attacher: 'csi.example', nodeName: 'n1', source: { persistentVolumeName: 'pv' } } }]);
    expect(told(k, 'n1')).toBeUndefined();
    carryOut(k);
    expect(told(k, 'n1')).toEqual([{ name: UNIQUE, devicePath: '' }]);
    expect(k.events.map(({ reason, message }) => `${reason}: ${message}`)).toEqual(['SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "pv" ']);
  });

  it('detaches when the pod is done and the node has let go', () => {
    const k = kit();
    attachTo(k, 'app', 'n1');
    const attached = k.get<Node>('nodes', 'n1') as Node;
    k.put('nodes', { ...attached, status: { ...attached.status, volumesInUse: [UNIQUE] } });
    k.put('pods', pod('app', 'n1', 'Succeeded'));
    k.run(k.nowUs + S);
    expect(attachments(k)[0]?.metadata.deletionTimestamp).toBeUndefined();
    k.put('nodes', { ...attached, status: { ...attached.status, volumesInUse: [] } });
    k.run(k.nowUs + S);
    expect(told(k, 'n1')).toBeUndefined();
    expect(attachments(k)[0]?.metadata.deletionTimestamp).toBeDefined();
    carryOut(k);
    expect(attachments(k)).toEqual([]);
  });

  it('waits six minutes for a node that does not answer, and then takes the volume away', () => {
    const k = kit();
    attachTo(k, 'app', 'n1');
    const attached = k.get<Node>('nodes', 'n1') as Node;
    k.put('nodes', { ...attached, status: { ...attached.status, volumesInUse: [UNIQUE], conditions: [{ type: 'Ready', status: 'Unknown' }] } });
    k.remove('pods', 'x/app');
    k.run(k.nowUs + 359 * S);
    expect(attachments(k)[0]?.metadata.deletionTimestamp).toBeUndefined();
    k.run(k.nowUs + 2 * S);
    expect(attachments(k)[0]?.metadata.deletionTimestamp).toBeDefined();
  });

  it('does not wait for a node that is out of service', () => {
    const k = kit();
    attachTo(k, 'app', 'n1');
    const attached = k.get<Node>('nodes', 'n1') as Node;
    k.put('nodes', { ...attached, spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] }, status: { ...attached.status, volumesInUse: [UNIQUE], conditions: [] } });
    k.remove('pods', 'x/app');
    k.run(k.nowUs + S);
    expect(attachments(k)[0]?.metadata.deletionTimestamp).toBeDefined();
  });

  it('tells a pod on another node once that the volume is taken, and attaches when it is free', () => {
    const k = kit();
    attachTo(k, 'app', 'n1');
    k.put('pods', pod('late', 'n2'));
    k.run(k.nowUs + S);
    k.enqueue('n2/pv');
    k.run(k.nowUs + S);
    expect(k.events.slice(1).map(({ about, message }) => `${about.metadata.name}: ${message}`)).toEqual(['late: Multi-Attach error for volume "pv" Volume is already used by pod(s) app']);
    k.remove('pods', 'x/app');
    k.run(k.nowUs + S);
    carryOut(k);
    k.run(k.nowUs + S);
    expect(attachments(k).map(({ spec }) => spec.nodeName)).toEqual(['n2']);
  });

  it('attaches a shared volume to several nodes', () => {
    const k = kit(['ReadWriteMany']);
    attachTo(k, 'a', 'n1');
    attachTo(k, 'b', 'n2');
    expect(attachments(k)).toHaveLength(2);
    expect(k.events.every(({ reason }) => reason === 'SuccessfulAttachVolume')).toBe(true);
  });

  it('passes on what the attacher says', () => {
    const k = kit();
    k.put('pods', pod('app', 'n1'));
    k.run(S);
    const [attachment] = attachments(k);
    k.put('volumeattachments', { ...attachment, status: { attached: false, attachError: { message: 'rpc error: code = NotFound desc = gone' } } } as VolumeAttachment);
    k.run(2 * S);
    expect(k.events.map(({ message }) => message)).toEqual(['AttachVolume.Attach failed for volume "pv" : rpc error: code = NotFound desc = gone']);
  });

  it('hashes as SHA-256 does', () => {
    for (const text of ['', 'abc', 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(200)]) expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'));
  });
});
