import type { CSINode, PersistentVolumeClaim, Pod } from '../../api/generated/types.ts';
import { Action } from '../framework/events.ts';
import type { Handle, Plugin } from '../framework/plugin.ts';
import type { Status } from '../framework/status.ts';
import { status, unresolvable, unschedulable } from '../framework/status.ts';
import type { Listers } from '../listers.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { claimClass, claimsOfPod, findClaim, foreignClaim } from '../volumes.ts';

const NAME = 'NodeVolumeLimits';
const SKIP = { status: status(NAME, 'Skip') };
const REFUSAL = unschedulable(NAME, 'node(s) exceed max volume count');

/** Volumes by a name that is unique in the cluster, with the CSI driver that attaches them. */
type AttachableVolumes = Map<string, string>;

/** A claim that is not bound yet will need a volume of its class's driver. */
function expectedVolume(listers: Listers, claim: PersistentVolumeClaim, into: AttachableVolumes): void {
  const provisioner = listers.get('storageclasses', claimClass(claim))?.provisioner;
  if (provisioner) into.set(`${provisioner}/${claim.metadata.namespace ?? ''}/${claim.metadata.name ?? ''}`, provisioner);
}

function volumeOfClaim(listers: Listers, claim: PersistentVolumeClaim, into: AttachableVolumes): void {
  const volumeName = claim.spec?.volumeName;
  const volume = volumeName ? listers.get('persistentvolumes', volumeName) : undefined;
  if (volume === undefined) expectedVolume(listers, claim, into);
  else if (volume.spec?.csi) into.set(`${volume.spec.csi.driver}/${volume.spec.csi.volumeHandle}`, volume.spec.csi.driver);
}

/** Adds the pod's attachable volumes. Returns what is wrong with a claim of a new pod. */
function collect(listers: Listers, pod: Pod, isNew: boolean, into: AttachableVolumes): Status | undefined {
  for (const { name, ephemeral } of claimsOfPod(pod)) {
    const claim = findClaim(listers, pod, name);
    if (claim === undefined) {
      if (!isNew) continue;
      return unresolvable(NAME, `looking up PVC ${pod.metadata.namespace ?? ''}/${name}: persistentvolumeclaim "${name}" not found`);
    }
    const foreign = ephemeral ? foreignClaim(pod, claim) : undefined;
    if (foreign !== undefined) return status(NAME, 'Error', foreign);
    volumeOfClaim(listers, claim, into);
  }
  return undefined;
}

function limitsOf(csiNode: CSINode | undefined): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { name, allocatable } of csiNode?.spec.drivers ?? []) if (allocatable?.count !== undefined) limits.set(name, allocatable.count);
  return limits;
}

/** Volumes that are attached to the node without a pod that says so (any more, or yet). */
function addAttachments(listers: Listers, nodeName: string, into: AttachableVolumes): void {
  for (const { spec } of listers.list('volumeattachments')) {
    if (spec.nodeName !== nodeName) continue;
    const volumeName = spec.source.persistentVolumeName;
    const csi = volumeName === undefined ? undefined : listers.get('persistentvolumes', volumeName)?.spec?.csi;
    if (csi) into.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
  }
}

function countByDriver(volumes: AttachableVolumes): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const driver of volumes.values()) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  return counts;
}

function filter({ listers }: Handle, pod: PodInfo, node: NodeInfo): Status | undefined {
  const wanted: AttachableVolumes = new Map();
  const problem = collect(listers, pod.pod, true, wanted);
  if (problem !== undefined) return problem;
  const limits = limitsOf(listers.get('csinodes', node.name));
  if (wanted.size === 0 || limits.size === 0) return undefined;
  const attached: AttachableVolumes = new Map();
  for (const other of node.pods) {
    const otherProblem = collect(listers, other.pod, false, attached);
    if (otherProblem !== undefined) return otherProblem;
  }
  addAttachments(listers, node.name, attached);
  for (const name of attached.keys()) wanted.delete(name);
  const inUse = countByDriver(attached);
  for (const [driver, count] of countByDriver(wanted)) {
    const limit = limits.get(driver);
    if (limit !== undefined && (inUse.get(driver) ?? 0) + count > limit) return REFUSAL;
  }
  return undefined;
}

/** Models NodeVolumeLimits: a node can attach only so many volumes of a CSI driver. */
export const nodeVolumeLimits: Plugin = {
  name: NAME,
  events: [
    { resource: 'CSINode', action: Action.Add | Action.UpdateOther },
    { resource: 'AssignedPod', action: Action.Delete, hint: (_pod, before) => before !== undefined && claimsOfPod(before as Pod).length > 0 },
    { resource: 'PersistentVolumeClaim', action: Action.Add, hint: (pod, _before, after) => pod.metadata.namespace === after?.metadata.namespace
      && claimsOfPod(pod).some((claim) => claim.name === after?.metadata.name) },
    { resource: 'VolumeAttachment', action: Action.Delete },
  ],
  preFilter: (_handle, pod) => (claimsOfPod(pod.pod).length === 0 ? SKIP : {}),
  explainFilter: (_state, _pod, node, { listers }) => [...limitsOf(listers.get('csinodes', node.name))]
    .map(([driver, limit]) => ({ code: 'volumeLimit', pod: 'spec.volumes', params: { driver, limit } })),
  filter: (_state, pod, node, handle) => filter(handle, pod, node),
};
