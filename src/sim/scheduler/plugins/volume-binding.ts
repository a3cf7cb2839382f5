import type { CSIDriver, CSINode, CSIStorageCapacity, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { value } from '../../api/quantity.ts';
import type { Collision } from '../framework/attempt.ts';
import { Action } from '../framework/events.ts';
import type { BindWrite, Handle, Plugin, PreFilterResult } from '../framework/plugin.ts';
import type { Status } from '../framework/status.ts';
import { status, unresolvable } from '../framework/status.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import {
  byRequestedSize, claimClass, claimsOfPod, findClaim, findMatchingVolume, foreignClaim, hasEnoughCapacity, isFullyBound,
  NO_PROVISIONER, SELECTED_NODE, topologyAllowed, volumeFitsNode, waitsForFirstConsumer,
} from '../volumes.ts';

const NAME = 'VolumeBinding';
const SKIP = { status: status(NAME, 'Skip') };
const UNBOUND_IMMEDIATE = unresolvable(NAME, 'pod has unbound immediate PersistentVolumeClaims');
const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
const NOT_ENOUGH_SPACE = 'node(s) did not have enough free storage';
const VOLUME_MISSING = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';

/** What must happen to a pod's claims on a node. */
export interface PodVolumes {
  readonly bind: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  readonly provision: readonly PersistentVolumeClaim[];
}

export interface VolumeState {
  readonly bound: readonly PersistentVolumeClaim[];
  readonly unbound: readonly PersistentVolumeClaim[];
  /** By class: volumes that unbound claims could take. */
  readonly volumes: ReadonlyMap<string, readonly PersistentVolume[]>;
  /** By node: what Filter found. */
  readonly decisions: Map<string, PodVolumes>;
}

const NOTHING_TO_BIND: PodVolumes = { bind: [], provision: [] };

function claimProblem(pod: Pod, name: string, ephemeral: boolean, claim: PersistentVolumeClaim | undefined): string | undefined {
  if (claim === undefined) {
    return ephemeral ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"` : `persistentvolumeclaim "${name}" not found`;
  }
  if (claim.status?.phase === 'Lost') return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
  if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
  return ephemeral ? foreignClaim(pod, claim) : undefined;
}

function preFilter({ listers }: Handle, { pod }: PodInfo): PreFilterResult<VolumeState> {
  const bound: PersistentVolumeClaim[] = [];
  const unbound: PersistentVolumeClaim[] = [];
  let immediate = false;
  const references = claimsOfPod(pod);
  if (references.length === 0) return SKIP;
  for (const { name, ephemeral } of references) {
    const claim = findClaim(listers, pod, name);
    const problem = claimProblem(pod, name, ephemeral, claim);
    if (problem !== undefined || claim === undefined) return { status: unresolvable(NAME, problem ?? '') };
    if (isFullyBound(claim)) bound.push(claim);
    else if (waitsForFirstConsumer(listers, claim) && !claim.spec?.volumeName) unbound.push(claim);
    else immediate = true;
  }
  if (immediate) return { status: UNBOUND_IMMEDIATE };
  const volumes = new Map<string, readonly PersistentVolume[]>();
  for (const name of new Set(unbound.map(claimClass))) {
    volumes.set(name, listers.list('persistentvolumes').filter((volume) => (volume.spec?.storageClassName ?? '') === name));
  }
  return { state: { bound, unbound: unbound.toSorted(byRequestedSize), volumes, decisions: new Map() } };
}

interface Finding { readonly volumes: PodVolumes; readonly reason?: string; readonly error?: string }

/** Which of the claims can be provisioned for the node (checkVolumeProvisions). */
function checkProvisions({ listers }: Handle, claims: readonly PersistentVolumeClaim[], node: NodeInfo): { readonly reason?: string; readonly error?: string } {
  for (const claim of claims) {
    const className = claimClass(claim);
    const key = `${claim.metadata.namespace ?? ''}/${claim.metadata.name ?? ''}`;
    if (className === '') return { error: `no class for claim "${key}"` };
    const storageClass = listers.get('storageclasses', className);
    if (storageClass === undefined) return { error: `failed to find storage class "${className}"` };
    if (!storageClass.provisioner || storageClass.provisioner === NO_PROVISIONER) return { reason: BIND_CONFLICT };
    if (!topologyAllowed(storageClass.allowedTopologies, node.labels)) return { reason: BIND_CONFLICT };
    if (node.node !== undefined && !hasEnoughCapacity(listers, claim, storageClass, node.node)) return { reason: NOT_ENOUGH_SPACE };
  }
  return {};
}

/** Static volumes for as many claims as possible, the smallest that fits each; the rest is to be provisioned. */
function findVolumes(handle: Handle, state: VolumeState, node: NodeInfo): Finding {
  const bind: { claim: PersistentVolumeClaim; volume: PersistentVolume }[] = [];
  const provision: PersistentVolumeClaim[] = [];
  const unmatched: PersistentVolumeClaim[] = [];
  const taken = new Set<PersistentVolume>();
  for (const claim of state.unbound) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined) {
      if (selected !== node.name) return { volumes: NOTHING_TO_BIND, reason: BIND_CONFLICT };
      provision.push(claim);
      continue;
    }
    const volume = node.node && findMatchingVolume(claim, state.volumes.get(claimClass(claim)) ?? [], node.node, taken);
    if (volume === undefined) unmatched.push(claim);
    else {
      taken.add(volume);
      bind.push({ claim, volume });
    }
  }
  provision.push(...unmatched);
  return { volumes: { bind, provision }, ...checkProvisions(handle, provision, node) };
}

function boundProblem({ listers }: Handle, claims: readonly PersistentVolumeClaim[], node: NodeInfo): string | undefined {
  for (const claim of claims) {
    const volume = listers.get('persistentvolumes', claim.spec?.volumeName ?? '');
    if (volume === undefined) return VOLUME_MISSING;
    if (node.node !== undefined && !volumeFitsNode(volume, node.node)) return NODE_CONFLICT;
  }
  return undefined;
}

function collision(code: string, claim: PersistentVolumeClaim, reason: string): Collision {
  return { code, pod: 'spec.volumes', params: { claim: claim.metadata.name ?? '', volume: claim.spec?.volumeName ?? '', reason } };
}

function unboundProblem(handle: Handle, state: VolumeState, node: NodeInfo): readonly Collision[] {
  const { reason } = state.unbound.length === 0 ? {} : findVolumes(handle, state, node);
  return reason === undefined ? [] : state.unbound.map((claim) => collision('unboundClaim', claim, reason));
}

function filter(handle: Handle, state: VolumeState, node: NodeInfo): Status | undefined {
  const bound = boundProblem(handle, state.bound, node);
  const found = state.unbound.length === 0 ? { volumes: NOTHING_TO_BIND } : findVolumes(handle, state, node);
  if (found.error !== undefined) return status(NAME, 'Error', found.error);
  // Reported in this order, whatever was found first.
  const reasons = [NODE_CONFLICT, BIND_CONFLICT, NOT_ENOUGH_SPACE, VOLUME_MISSING].filter((reason) => reason === bound || reason === found.reason);
  if (reasons.length > 0) return unresolvable(NAME, ...reasons);
  state.decisions.set(node.name, found.volumes);
  return undefined;
}

/** Reserve and PreBind: volumes get their claimRef, claims to provision the chosen node. */
function preBind(state: VolumeState | undefined, node: NodeInfo): readonly BindWrite[] {
  const { bind, provision } = state?.decisions.get(node.name) ?? NOTHING_TO_BIND;
  const volumes = bind.map(({ claim, volume }) => ({ verb: 'update' as const, resource: 'persistentvolumes', object: withClaimRef(volume, claim) }));
  const claims = provision
    .map((claim) => ({ verb: 'update' as const, resource: 'persistentvolumeclaims', object: withSelectedNode(claim, node.name) }));
  return [...volumes, ...claims];
}

function withClaimRef(volume: PersistentVolume, claim: PersistentVolumeClaim): ApiObject {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const annotations = { ...volume.metadata.annotations, 'pv.kubernetes.io/bound-by-controller': 'yes' };
  const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, resourceVersion };
  const spec = { ...volume.spec, claimRef };
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec } as PersistentVolume;
}

function withSelectedNode(claim: PersistentVolumeClaim, nodeName: string): ApiObject {
  return { ...claim, metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, [SELECTED_NODE]: nodeName } } };
}

function usesClaim(pod: Pod, claim: ApiObject | undefined): boolean {
  return pod.metadata.namespace === claim?.metadata.namespace && claimsOfPod(pod).some(({ name }) => name === claim?.metadata.name);
}

function capacityLimit(capacity: CSIStorageCapacity | undefined): number {
  const limit = capacity?.maximumVolumeSize ?? capacity?.capacity;
  return limit === undefined ? -1 : value(limit);
}

/** Models VolumeBinding: bound volumes must be reachable; unbound ones are matched or provisioned once the node is known. */
export const volumeBinding: Plugin<VolumeState> = {
  name: NAME,
  events: [
    {
      resource: 'StorageClass',
      action: Action.Add | Action.UpdateOther,
      hint: (_pod, before, after) => before === undefined
        || JSON.stringify((before as StorageClass).allowedTopologies) !== JSON.stringify((after as StorageClass | undefined)?.allowedTopologies),
    },
    { resource: 'PersistentVolumeClaim', action: Action.Add | Action.UpdateOther, hint: (pod, _before, after) => usesClaim(pod, after) },
    { resource: 'PersistentVolume', action: Action.Add | Action.UpdateOther },
    { resource: 'Node', action: Action.Add | Action.UpdateNodeLabel },
    { resource: 'CSINode', action: Action.Add | Action.UpdateOther, hint: (_pod, before, after) => before === undefined || migrated(before) !== migrated(after) },
    {
      resource: 'CSIDriver',
      action: Action.UpdateOther,
      hint: (pod, before, after) => (before as CSIDriver | undefined)?.spec.storageCapacity === true
        && (after as CSIDriver | undefined)?.spec.storageCapacity !== true
        && (pod.spec?.volumes ?? []).some((volume) => volume.csi?.driver === after?.metadata.name),
    },
    {
      resource: 'CSIStorageCapacity',
      action: Action.Add | Action.UpdateOther,
      hint: (_pod, before, after) => before === undefined
        || capacityLimit(after as CSIStorageCapacity | undefined) > capacityLimit(before as CSIStorageCapacity),
    },
  ],
  preFilter,
  filter: (state, _pod, node, handle) => filter(handle, state, node),
  explainFilter: (state, _pod, node, handle) => state.bound.flatMap((claim) => {
    const reason = boundProblem(handle, [claim], node);
    return reason === undefined ? [] : [collision('boundVolume', claim, reason)];
  }).concat(unboundProblem(handle, state, node)),
  // Scoring by storage capacity is behind a gate that is off.
  preScore: () => SKIP,
  score: () => 0,
  preBind: (state, _pod, node) => preBind(state, node),
};

function migrated(node: ApiObject | undefined): string | undefined {
  return (node as CSINode | undefined)?.metadata.annotations?.['storage.alpha.kubernetes.io/migrated-plugins'];
}
