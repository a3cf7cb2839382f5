// Which volumes have to be attached, and what they are called (models attachdetach's desired state of the world and csi_attacher).
import type { CSIDriver, Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Informer } from '../../client/informer.ts';
import { claimsOfPod } from '../../scheduler/volumes.ts';
import type { Scope } from '../controller.ts';
import { isTerminal } from '../pods.ts';
import { sha256 } from './sha256.ts';

const MANAGED = 'volumes.kubernetes.io/controller-managed-attach-detach';
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
const SHARED = new Set(['ReadWriteMany', 'ReadOnlyMany']);

/** `node-1/pvc-…`: one volume at one node. */
export function pairOf(node: string, volume: string): string {
  return `${node}/${volume}`;
}

export function splitPair(pair: string): readonly [node: string, volume: string] {
  const slash = pair.indexOf('/');
  return [pair.slice(0, slash), pair.slice(slash + 1)];
}

/** `kubernetes.io/csi/driver^handle`: what kubelet and controller call a volume in a node's status. */
export function uniqueName({ spec }: PersistentVolume): string {
  return `kubernetes.io/csi/${spec?.csi?.driver}^${spec?.csi?.volumeHandle}`;
}

/** The name that one volume's attachment to one node has (csi_attacher getAttachmentName). */
export function attachmentName({ spec }: PersistentVolume, node: string): string {
  return `csi-${sha256(`${spec?.csi?.volumeHandle}${spec?.csi?.driver}${node}`)}`;
}

/** A CSI volume whose driver does not say that it needs no attaching. */
export function isAttachable({ spec }: PersistentVolume, drivers: Informer): boolean {
  return spec?.csi !== undefined && (drivers.get(spec.csi.driver) as CSIDriver | undefined)?.spec.attachRequired !== false;
}

export function isShared({ spec }: PersistentVolume): boolean {
  return spec?.accessModes?.some((mode) => SHARED.has(mode)) ?? false;
}

export function isManaged(node: Node | undefined): boolean {
  return node?.metadata.annotations?.[MANAGED] === 'true';
}

/** Ready, as its last report says. */
export function isHealthy(node: Node | undefined): boolean {
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

export function isOutOfService(node: Node | undefined): boolean {
  return node?.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false;
}

/** Pods that need the volume at the node. */
export function podsOf(volume: PersistentVolume, node: string, scope: Scope): readonly Pod[] {
  const { namespace, name = '' } = volume.spec?.claimRef ?? {};
  const pods = [...scope.informer('pods').byIndex('claim', keyFor(namespace, name))] as Pod[];
  return pods.filter((pod) => pod.spec?.nodeName === node && !isTerminal(pod));
}

/** Calls `visit` with each volume that the pod's claims are bound to. */
export function volumesOfPod(pod: Pod, scope: Scope, visit: (volume: string) => void): void {
  if ((pod.spec?.volumes ?? []).length === 0) return;
  for (const { name } of claimsOfPod(pod)) {
    const claim = scope.informer('persistentvolumeclaims').get(keyFor(pod.metadata.namespace, name)) as PersistentVolumeClaim | undefined;
    const volume = claim?.status?.phase === 'Bound' ? claim.spec?.volumeName ?? '' : '';
    if (volume !== '') visit(volume);
  }
}

/** Calls `visit` with each node that has a pod which uses the claim. */
export function nodesOfClaim(claim: ApiObject | string, scope: Scope, visit: (node: string) => void): void {
  for (const pod of scope.informer('pods').byIndex('claim', typeof claim === 'string' ? claim : keyOf(claim))) {
    const { nodeName = '' } = (pod as Pod).spec ?? {};
    if (nodeName !== '') visit(nodeName);
  }
}
