// Volumes of CSI drivers on this node: wait until the node's status says that they are attached, stage each once, and
// publish it to every pod that uses it; then back again.
import type { Context } from '../../kernel/actor.ts';
import type { Call, KubeletState, PodWorker, StagedDevice, VolumeView } from './state.ts';
import { errorText, newCall, toCsi } from './calls.ts';
import { podEvent } from './events.ts';
import { requestNodeStatus } from './node-status.ts';
import { mountSoon, setVolume } from './volumes.ts';
import type { RpcError } from '../messages.ts';

function stagingPath({ driver, handle }: Pick<VolumeView, 'driver' | 'handle'>): string {
  return `/var/lib/kubelet/plugins/kubernetes.io/csi/${driver}/${handle}/globalmount`;
}

function targetPath(worker: Readonly<PodWorker>, volume: VolumeView): string {
  return `/var/lib/kubelet/pods/${worker.uid}/volumes/kubernetes.io~csi/${volume.pvName}/mount`;
}

function isAttached(state: KubeletState, volume: VolumeView): boolean {
  const status = state.node?.status;
  return (status?.volumesInUse?.includes(volume.uniqueName) ?? false) && (status?.volumesAttached?.some(({ name }) => name === volume.uniqueName) ?? false);
}

/** Takes each CSI volume of a pod as far as it can go. */
export function advanceDevices(state: KubeletState, worker: PodWorker, ctx: Context): void {
  for (const volume of worker.volumes) {
    if (volume.phase === 'waitingForAttach') {
      if (!isAttached(state, volume)) {
        requestNodeStatus(state, ctx);
        continue;
      }
      setVolume(worker, volume.name, { phase: 'staging' });
    }
    if (volume.phase === 'staging' || volume.phase === 'waitingForAttach') stage(state, worker, volume, ctx);
  }
}

function stage(state: KubeletState, worker: PodWorker, volume: VolumeView, ctx: Context): void {
  const device = state.devices.get(volume.uniqueName);
  if (device?.phase === 'unstaging') return;
  if (!device) {
    state.devices.set(volume.uniqueName, { phase: 'staging', driver: volume.driver, handle: volume.handle, users: [worker.uid] });
    const requestId = newCall(state, ctx, 'stage', worker.uid, 0, volume.uniqueName);
    toCsi(state, ctx, { type: 'csi-node-stage-volume', requestId, driver: volume.driver, volumeHandle: volume.handle, stagingTargetPath: stagingPath(volume) });
    return;
  }
  if (!device.users.includes(worker.uid)) state.devices.set(volume.uniqueName, { ...device, users: [...device.users, worker.uid] });
  if (device.phase === 'staged') publish(state, worker, volume, ctx);
}

function publish(state: KubeletState, worker: PodWorker, volume: VolumeView, ctx: Context): void {
  setVolume(worker, volume.name, { phase: 'publishing' });
  const requestId = newCall(state, ctx, 'publish', worker.uid, 0, volume.name);
  toCsi(state, ctx, {
    type: 'csi-node-publish-volume', requestId, driver: volume.driver, volumeHandle: volume.handle, stagingTargetPath: stagingPath(volume),
    targetPath: targetPath(worker, volume), readOnly: volume.readOnly,
  });
}

/** Returns the pods whose volumes may go on. */
export function onStaged(state: KubeletState, call: Call, error: RpcError | undefined, ctx: Context): readonly string[] {
  const device = state.devices.get(call.detail);
  if (!device) return [];
  if (!error) {
    state.devices.set(call.detail, { ...device, phase: 'staged' });
    if (device.users.length === 0) unstage(state, call.detail, { ...device, phase: 'staged' }, ctx);
    return device.users;
  }
  state.devices.delete(call.detail);
  failed(state, call.uid, (volume) => volume.uniqueName === call.detail, 'MountVolume.MountDevice failed', error, ctx);
  return [];
}

export function onPublished(state: KubeletState, call: Call, error: RpcError | undefined, ctx: Context): void {
  const worker = state.pods.edit(call.uid);
  if (!worker) return;
  if (error) failed(state, call.uid, (volume) => volume.name === call.detail, 'MountVolume.SetUp failed', error, ctx);
  else setVolume(worker, call.detail, { phase: 'mounted' });
}

function failed(state: KubeletState, uid: string, which: (volume: VolumeView) => boolean, what: string, error: RpcError, ctx: Context): void {
  const worker = state.pods.edit(uid);
  const volume = worker?.volumes.find(which);
  if (!worker || !volume) return;
  podEvent(state, ctx, worker.pod, 'Warning', 'FailedMount', `${what} for volume "${volume.pvName}" : ${errorText(error)}`);
  setVolume(worker, volume.name, { phase: 'waitingForAttach' });
  mountSoon(worker, ctx);
}

/** Takes the pod's CSI volumes down; true if there is anything to wait for. */
export function unpublishVolumes(state: KubeletState, worker: PodWorker, ctx: Context): boolean {
  let waits = false;
  for (const volume of worker.volumes) {
    if (volume.uniqueName === '') continue;
    if (volume.phase !== 'mounted' && volume.phase !== 'publishing') {
      release(state, worker, volume, ctx);
      continue;
    }
    waits = true;
    setVolume(worker, volume.name, { phase: 'unpublishing' });
    const requestId = newCall(state, ctx, 'unpublish', worker.uid, 0, volume.name);
    toCsi(state, ctx, { type: 'csi-node-unpublish-volume', requestId, driver: volume.driver, volumeHandle: volume.handle, targetPath: targetPath(worker, volume) });
  }
  return waits;
}

export function onUnpublished(state: KubeletState, call: Call, ctx: Context): void {
  const worker = state.pods.edit(call.uid);
  const volume = worker?.volumes.find((each) => each.name === call.detail);
  if (worker && volume) release(state, worker, volume, ctx);
}

/** The pod needs the device no more; without users it is unstaged. */
function release(state: KubeletState, worker: PodWorker, volume: VolumeView, ctx: Context): void {
  setVolume(worker, volume.name, { phase: 'unmounted' });
  const device = state.devices.get(volume.uniqueName);
  if (!device) {
    requestNodeStatus(state, ctx);
    return;
  }
  const users = device.users.filter((uid) => uid !== worker.uid);
  state.devices.set(volume.uniqueName, { ...device, users });
  if (users.length === 0 && device.phase === 'staged') unstage(state, volume.uniqueName, device, ctx);
}

function unstage(state: KubeletState, uniqueName: string, device: StagedDevice, ctx: Context): void {
  state.devices.set(uniqueName, { ...device, phase: 'unstaging', users: [] });
  const requestId = newCall(state, ctx, 'unstage', '', 0, uniqueName);
  toCsi(state, ctx, { type: 'csi-node-unstage-volume', requestId, driver: device.driver, volumeHandle: device.handle, stagingTargetPath: stagingPath(device) });
}

/** Unmounted from the node: the node's status shall stop naming it, so that it can be detached. */
export function onUnstaged(state: KubeletState, call: Call, ctx: Context): void {
  state.devices.delete(call.detail);
  requestNodeStatus(state, ctx);
}
