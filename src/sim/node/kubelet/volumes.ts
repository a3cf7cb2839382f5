// The volume manager: a pod's volumes are set up before its sandbox and taken down after it. emptyDir, hostPath,
// downwardAPI and the token of the service account need nothing; configMap and secret need their objects; a claim needs
// its volume bound, attached by the attach-detach controller (if the driver wants that), staged once for the node and
// published for the pod. The real reconciler looks every 100 ms; here it works when something has changed.
import type { CSIDriver, ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Volume, VolumeProjection } from '../../api/generated/types.ts';
import { CONFIG_MAPS, CSI_DRIVERS, PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, SECRETS } from '../../api/resources.ts';
import type { Context } from '../../kernel/actor.ts';
import { podEvent } from './events.ts';
import { fetchObject } from './objects.ts';
import type { KubeletState, PodTimer, PodWorker, VolumeView } from './state.ts';

/** Until the reconciler's next round and the mounts themselves. */
const MOUNT_US = 60_000;
const MOUNT_JITTER_US = 80_000;
/** exponentialbackoff of a volume that fails. */
const RETRY_INITIAL_US = 500_000;
const RETRY_MAX_US = 122_000_000;

export function newVolumes(pod: Pod): VolumeView[] {
  return (pod.spec?.volumes ?? []).map(({ name }) => ({ name, phase: 'pending', driver: '', handle: '', uniqueName: '', pvName: '', readOnly: false }));
}

/** Volumes that this node needs or still has, for status.volumesInUse: they must not be detached. */
export function volumesInUse(state: KubeletState): readonly string[] {
  const names = new Set(state.devices.keys());
  for (const worker of state.pods.values()) {
    for (const { uniqueName, phase } of worker.volumes) if (uniqueName !== '' && phase !== 'unmounted') names.add(uniqueName);
  }
  return [...names].toSorted();
}

export function setVolume(worker: PodWorker, name: string, change: Partial<VolumeView>): void {
  worker.volumes = worker.volumes.map((volume) => (volume.name === name ? { ...volume, ...change } : volume));
}

export function areMounted(worker: Readonly<PodWorker>): boolean {
  return worker.volumes.every((volume) => volume.phase === 'mounted');
}

/** Has the reconciler look at the pod's volumes soon. */
export function mountSoon(worker: PodWorker, ctx: Context): void {
  if (worker.mountTimer !== 0) return;
  const timer: PodTimer = { type: 'pod-timer', uid: worker.uid, what: 'mount', view: 0 };
  worker.mountTimer = ctx.after(MOUNT_US + ctx.random.below(MOUNT_JITTER_US), timer);
}

type Preparation = { readonly kind: 'ready' } | { readonly kind: 'waiting' } | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'unprocessed'; readonly message: string } | { readonly kind: 'csi'; readonly view: Partial<VolumeView> };
const READY: Preparation = { kind: 'ready' };
const WAITING: Preparation = { kind: 'waiting' };

/**
 * Sets up what can be set up. Returns what kept a claim from being processed at all: the sync fails with it, while
 * other failures are retried by themselves.
 */
export function mountPending(state: KubeletState, worker: PodWorker, ctx: Context): string | undefined {
  let failed = false;
  let unprocessed: string | undefined;
  for (const volume of worker.volumes) {
    if (volume.phase !== 'pending') continue;
    const spec = worker.pod.spec?.volumes?.find((each) => each.name === volume.name);
    const preparation = spec ? prepare(state, worker, spec, ctx) : READY;
    switch (preparation.kind) {
      case 'ready': setVolume(worker, volume.name, { phase: 'mounted' }); break;
      case 'waiting': break;
      case 'csi': setVolume(worker, volume.name, preparation.view); break;
      case 'unprocessed': unprocessed ??= preparation.message; break;
      case 'failed':
        failed = true;
        podEvent(state, ctx, worker.pod, 'Warning', 'FailedMount', `MountVolume.SetUp failed for volume "${volume.name}" : ${preparation.message}`);
    }
  }
  if (failed) retryMount(worker, ctx);
  return unprocessed === undefined ? undefined : unmountedMessage(worker, unprocessed);
}

function unmountedMessage(worker: Readonly<PodWorker>, problem: string): string {
  const names = worker.volumes.filter((volume) => volume.phase === 'pending').map((volume) => volume.name);
  const unattached = worker.volumes.filter((volume) => volume.phase === 'waitingForAttach').map((volume) => volume.name);
  return `unmounted volumes=[${[...names, ...unattached].join(' ')}], unattached volumes=[${unattached.join(' ')}], failed to process volumes=[${names.join(' ')}]: ${problem}`;
}

function retryMount(worker: PodWorker, ctx: Context): void {
  worker.mountBackoffUs = worker.mountBackoffUs === 0 ? RETRY_INITIAL_US : Math.min(worker.mountBackoffUs * 2, RETRY_MAX_US);
  if (worker.mountTimer !== 0) return;
  const timer: PodTimer = { type: 'pod-timer', uid: worker.uid, what: 'mount', view: 0 };
  worker.mountTimer = ctx.after(worker.mountBackoffUs, timer);
}

function prepare(state: KubeletState, worker: PodWorker, volume: Volume, ctx: Context): Preparation {
  const { configMap, secret, projected, persistentVolumeClaim, ephemeral } = volume;
  if (configMap) return fromObject(state, worker, 'ConfigMap', configMap.name ?? '', configMap.optional === true, configMap.items, ctx);
  if (secret) return fromObject(state, worker, 'Secret', secret.secretName ?? '', secret.optional === true, secret.items, ctx);
  if (projected) return fromProjections(state, worker, projected.sources ?? [], ctx);
  if (persistentVolumeClaim) return fromClaim(state, worker, persistentVolumeClaim.claimName, persistentVolumeClaim.readOnly === true, ctx);
  if (ephemeral) return fromClaim(state, worker, `${worker.pod.metadata.name}-${volume.name}`, false, ctx);
  return READY;
}

type Items = readonly { readonly key: string }[] | undefined;

function fromObject(state: KubeletState, worker: PodWorker, kind: 'ConfigMap' | 'Secret', name: string, optional: boolean, items: Items, ctx: Context): Preparation {
  const found = fetchObject(state, ctx, kind === 'Secret' ? SECRETS : CONFIG_MAPS, worker.pod.metadata.namespace ?? '', name, worker.uid);
  if (found === 'waiting') return WAITING;
  if (!found.object) return optional ? READY : { kind: 'failed', message: found.problem };
  const { data, binaryData } = found.object as ConfigMap;
  const missing = items?.find(({ key }) => data?.[key] === undefined && binaryData?.[key] === undefined);
  if (!missing || optional) return READY;
  return { kind: 'failed', message: kind === 'Secret' ? `references non-existent secret key: ${missing.key}` : `configmap references non-existent config key: ${missing.key}` };
}

/** The root certificates that the API server's clients trust come with every cluster. */
const ROOT_CA = 'kube-root-ca.crt';

function fromProjections(state: KubeletState, worker: PodWorker, sources: readonly VolumeProjection[], ctx: Context): Preparation {
  for (const { configMap, secret } of sources) {
    const reference = configMap ?? secret;
    if (!reference || reference.name === ROOT_CA) continue;
    const outcome = fromObject(state, worker, configMap ? 'ConfigMap' : 'Secret', reference.name ?? '', reference.optional === true, reference.items, ctx);
    if (outcome.kind !== 'ready') return outcome;
  }
  return READY;
}

function fromClaim(state: KubeletState, worker: PodWorker, claimName: string, readOnly: boolean, ctx: Context): Preparation {
  const namespace = worker.pod.metadata.namespace ?? '';
  const unprocessed = (message: string): Preparation => ({ kind: 'unprocessed', message: `error processing PVC ${namespace}/${claimName}: ${message}` });
  const claim = fetchObject(state, ctx, PERSISTENT_VOLUME_CLAIMS, namespace, claimName, worker.uid);
  if (claim === 'waiting') return WAITING;
  if (!claim.object) return unprocessed(`failed to fetch PVC from API server: ${claim.problem}`);
  const { spec, status, metadata } = claim.object as PersistentVolumeClaim;
  if (metadata.deletionTimestamp !== undefined && !metadata.finalizers?.includes('kubernetes.io/pvc-protection')) return unprocessed('PVC is being deleted');
  if (status?.phase !== 'Bound') return forget(state, claimName, namespace, unprocessed('PVC is not bound'));
  const pvName = spec?.volumeName ?? '';
  if (pvName === '') return unprocessed('PVC has empty pvc.Spec.VolumeName');
  const volume = fetchObject(state, ctx, PERSISTENT_VOLUMES, '', pvName, worker.uid);
  if (volume === 'waiting') return WAITING;
  if (!volume.object) return unprocessed(`failed to fetch PV ${pvName} from API server: ${volume.problem}`);
  return fromVolume(state, worker, volume.object as PersistentVolume, readOnly, ctx);
}

/** What is not bound yet may be bound a moment later: it is not worth remembering. */
function forget(state: KubeletState, claimName: string, namespace: string, outcome: Preparation): Preparation {
  state.objects.delete(`persistentvolumeclaims/${namespace}/${claimName}`);
  return outcome;
}

/** Only volumes of CSI drivers need more than a mount on this node. */
function fromVolume(state: KubeletState, worker: PodWorker, volume: PersistentVolume, readOnly: boolean, ctx: Context): Preparation {
  const csi = volume.spec?.csi;
  if (!csi) return READY;
  const driver = fetchObject(state, ctx, CSI_DRIVERS, '', csi.driver, worker.uid);
  if (driver === 'waiting') return WAITING;
  const pvName = volume.metadata.name ?? '';
  if (!state.drivers.some(({ name }) => name === csi.driver)) {
    return { kind: 'failed', message: `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${csi.driver} not found in the list of registered CSI drivers` };
  }
  const attachRequired = (driver.object as CSIDriver | undefined)?.spec.attachRequired !== false;
  const view: Partial<VolumeView> = { driver: csi.driver, handle: csi.volumeHandle, uniqueName: `kubernetes.io/csi/${csi.driver}^${csi.volumeHandle}`, pvName, readOnly };
  return { kind: 'csi', view: { ...view, phase: attachRequired ? 'waitingForAttach' : 'staging' } };
}
