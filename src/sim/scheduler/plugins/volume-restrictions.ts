import type { Pod, Volume } from '../../api/generated/types.ts';
import { Action } from '../framework/events.ts';
import type { Handle, Plugin, PreFilterResult } from '../framework/plugin.ts';
import { status, unresolvable, unschedulable } from '../framework/status.ts';
import type { PodInfo } from '../pod-info.ts';
import { podInfoOf } from '../pod-info.ts';

const NAME = 'VolumeRestrictions';
const SKIP = { status: status(NAME, 'Skip') };
const DISK_REFUSAL = unschedulable(NAME, 'node(s) had no available disk');
const EXCLUSIVE_REFUSAL = unschedulable(NAME,
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod');

interface State {
  /** ReadWriteOncePod claims of the pod. */
  readonly exclusiveClaims: ReadonlySet<string>;
  /** How many of them are in use by others, anywhere. */
  conflicts: number;
}

/** Volumes that two pods on one node may not share. */
function isRestricted(volume: Volume): boolean {
  return volume.gcePersistentDisk !== undefined || volume.awsElasticBlockStore !== undefined
    || volume.rbd !== undefined || volume.iscsi !== undefined;
}

function bothReadOnly(a: { readonly readOnly?: boolean }, b: { readonly readOnly?: boolean }): boolean {
  return a.readOnly === true && b.readOnly === true;
}

/** The same disk twice, unless both only read (an EBS volume: never). */
function conflict(a: Volume, b: Volume): boolean {
  if (a.gcePersistentDisk && b.gcePersistentDisk && a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName
    && !bothReadOnly(a.gcePersistentDisk, b.gcePersistentDisk)) return true;
  if (a.awsElasticBlockStore && b.awsElasticBlockStore && a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID) return true;
  if (a.iscsi && b.iscsi && a.iscsi.iqn === b.iscsi.iqn && !bothReadOnly(a.iscsi, b.iscsi)) return true;
  if (!a.rbd || !b.rbd || bothReadOnly(a.rbd, b.rbd)) return false;
  const { monitors } = b.rbd;
  return (a.rbd.pool ?? 'rbd') === (b.rbd.pool ?? 'rbd') && a.rbd.image === b.rbd.image
    && a.rbd.monitors.some((monitor) => monitors.includes(monitor));
}

function preFilter({ cache, listers }: Handle, pod: PodInfo): PreFilterResult<State> {
  const volumes = pod.pod.spec?.volumes;
  if (volumes === undefined) return SKIP;
  const exclusiveClaims = new Set<string>();
  for (const key of pod.claimKeys) {
    const claim = listers.get('persistentvolumeclaims', key);
    if (claim === undefined) {
      return { status: unresolvable(NAME, `persistentvolumeclaim "${key.slice(key.indexOf('/') + 1)}" not found`) };
    }
    if (claim.spec?.accessModes?.includes('ReadWriteOncePod')) exclusiveClaims.add(key);
  }
  let conflicts = 0;
  for (const key of exclusiveClaims) if (cache.claimInUse(key)) conflicts++;
  if (conflicts === 0 && !volumes.some(isRestricted)) return SKIP;
  return { state: { exclusiveClaims, conflicts } };
}

function update(state: State, changed: PodInfo, delta: 1 | -1): void {
  for (const key of changed.claimKeys) if (state.exclusiveClaims.has(key)) state.conflicts += delta;
}

function sharesClaim(pod: Pod, other: Pod | undefined): boolean {
  const claims = podInfoOf(pod).claimKeys;
  return other !== undefined && podInfoOf(other).claimKeys.some((key) => claims.includes(key));
}

function sharesDisk(pod: Pod, other: Pod | undefined): boolean {
  const theirs = other?.spec?.volumes ?? [];
  return (pod.spec?.volumes ?? []).some((volume) => theirs.some((their) => conflict(volume, their)));
}

/** Models VolumeRestrictions: disks that cannot be shared on a node, and claims that only one pod may use at all. */
export const volumeRestrictions: Plugin<State> = {
  name: NAME,
  events: [
    {
      resource: 'AssignedPod',
      action: Action.Delete,
      hint: (pod, before) => sharesClaim(pod, before as Pod | undefined) || sharesDisk(pod, before as Pod | undefined),
    },
    { resource: 'Node', action: Action.Add },
    {
      resource: 'PersistentVolumeClaim',
      action: Action.Add | Action.UpdateOther,
      hint: (pod, _before, after) => podInfoOf(pod).claimKeys.includes(`${after?.metadata.namespace ?? ''}/${after?.metadata.name ?? ''}`),
    },
  ],
  preFilter,
  addPod: (state, _handle, _pod, added) => update(state, added, 1),
  removePod: (state, _handle, _pod, removed) => update(state, removed, -1),
  explainFilter: (state) => [...state.exclusiveClaims].map((claim) => ({ code: 'claimInUse', pod: 'spec.volumes', params: { claim } })),
  filter(state, pod, node) {
    for (const volume of pod.pod.spec?.volumes ?? []) {
      if (!isRestricted(volume)) continue;
      for (const other of node.pods) if (other.pod.spec?.volumes?.some((theirs) => conflict(volume, theirs))) return DISK_REFUSAL;
    }
    return state.conflicts > 0 ? EXCLUSIVE_REFUSAL : undefined;
  },
};
