import type { LazyMap } from '../../../base/lazy-map.ts';
import type { Node, Pod, PodStatus } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { ApiClient } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { MessageId, TimerId } from '../../kernel/actor.ts';
import type { NodeArgs } from '../args.ts';
import type { CsiDriverInfo, RuntimeContainer, RuntimeImage, RuntimeSandbox } from '../messages.ts';
import { CowRecords } from './cow-records.ts';
import type { Owned } from './cow-records.ts';

/**
 * Where a pod worker is. The first six belong to one SyncPod, in its order; `synced` and `waiting` are between two of
 * them; the last three follow each other when the pod ends.
 */
export type WorkerPhase = 'mountingVolumes' | 'killingPod' | 'killingContainers' | 'creatingSandbox' | 'startingContainers'
  | 'synced' | 'waiting' | 'rejected' | 'terminating' | 'unmounting' | 'terminated';

export type ProbeType = 'startup' | 'liveness' | 'readiness';

/** One probe worker. `result` is what the results manager holds for the container; undefined: nothing yet. */
export interface ProbeState {
  readonly type: ProbeType;
  readonly containerId: string;
  readonly result: 'success' | 'failure' | 'unknown' | undefined;
  readonly lastResult: 'success' | 'failure' | '';
  readonly resultRun: number;
  readonly onHold: boolean;
  readonly timer: TimerId;
  /** The call under way, 0 if none. */
  readonly call: number;
}

/** client-go's Backoff entry of one item. */
export interface BackoffEntry { readonly backoffUs: number; readonly updatedUs: number }

export type ContainerKind = 'init' | 'sidecar' | 'container';

/** What the worker knows of one container of the pod. Immutable. */
export interface ContainerView {
  readonly name: string;
  readonly kind: ContainerKind;
  /** Position in spec.initContainers or spec.containers. */
  readonly index: number;
  /** The latest container in the runtime, and the one before it. */
  readonly current: RuntimeContainer | undefined;
  readonly previous: RuntimeContainer | undefined;
  /** Why it could not be started last time: the kubelet's reason cache. */
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
  readonly restartBackoff: BackoffEntry | undefined;
  readonly pullBackoff: BackoffEntry | undefined;
  /** What the last failed pull said, for the message of the back-off. */
  readonly pullError: string;
  readonly probes: readonly ProbeState[];
}

export type VolumePhase = 'pending' | 'waitingForAttach' | 'staging' | 'publishing' | 'mounted' | 'unpublishing' | 'unmounted';

/** A volume of a pod. `driver` is set for volumes of CSI drivers only. Immutable. */
export interface VolumeView {
  readonly name: string;
  readonly phase: VolumePhase;
  readonly driver: string;
  readonly handle: string;
  /** `kubernetes.io/csi/DRIVER^HANDLE`. */
  readonly uniqueName: string;
  readonly pvName: string;
  readonly readOnly: boolean;
}

export type StartStep = 'next' | 'inspectingImage' | 'pullingImage' | 'resolvingEnvironment' | 'creating' | 'starting' | 'postStart';

/** The container that a SyncPod is starting, and those behind it, as positions in `containers`. Immutable. */
export interface StartProgress { readonly queue: readonly number[]; readonly step: StartStep; readonly pullStartedUs: number; readonly containerId: string }

/** A container that is being killed. Immutable. */
export interface KillProgress {
  readonly view: number;
  readonly containerId: string;
  readonly step: 'preStop' | 'ordering' | 'stopping' | 'stopped';
  readonly graceSeconds: number;
  readonly startedUs: number;
}

/** Everything about one pod of this node: the pod worker, and its part of each of the kubelet's managers. */
export interface PodWorker extends Owned {
  readonly uid: string;
  readonly key: string;
  /** The newest version that the kubelet has seen. */
  pod: Pod;
  /** Deleted from the API while it was still running here. */
  gone: boolean;
  phase: WorkerPhase;
  /** A sync is under way. */
  busy: boolean;
  /** Sync again when the one under way is done. */
  pending: boolean;
  /** End the pod as soon as the step under way is answered. */
  endRequested: boolean;
  syncError: boolean;
  /** Earliest time at which a back-off of this sync ends; 0: no back-off. */
  backoffUntilUs: number;
  requeueTimer: TimerId;
  /** When the status is to be compared with the API's again. */
  statusTimer: TimerId;
  /** activeDeadlineSeconds. */
  deadlineTimer: TimerId;
  addedUs: number;
  sandbox: RuntimeSandbox | undefined;
  /** Earlier sandboxes, kept with their containers until the pod is removed. */
  oldSandboxes: readonly string[];
  containers: ContainerView[];
  volumes: VolumeView[];
  /** Retries of volumes that could not be set up. */
  mountBackoffUs: number;
  mountTimer: TimerId;
  start: StartProgress | undefined;
  kills: KillProgress[];
  /** Seconds that override the grace period (pods that are gone); -1: none. */
  graceOverride: number;
  /** Why the kubelet itself has failed the pod; whatever its containers did, that is what the status says. */
  failure: { readonly reason: string; readonly message: string } | undefined;
  /** The status manager's status: what the API shall say. */
  status: PodStatus | undefined;
}

export type CallKind = 'status' | 'list' | 'config' | 'csi-info' | 'run-sandbox' | 'stop-sandbox' | 'remove-sandbox' | 'image-status' | 'pull'
  | 'create' | 'start' | 'stop' | 'remove' | 'post-start' | 'pre-stop' | 'probe' | 'stage' | 'publish' | 'unpublish' | 'unstage';

/** A call to another part of the node that is not answered yet. `detail` is the probe type or the volume's name. */
export interface Call { readonly kind: CallKind; readonly uid: string; readonly view: number; readonly detail: string; readonly sentUs: number; readonly timeoutUs: number }

/** An image pull that waits for its turn. */
export interface PullJob { readonly uid: string; readonly view: number; readonly image: string; readonly cause: MessageId; readonly queuedUs: number }

/** What the kubelet fetched for a pod: an object, or what was wrong. */
export interface CachedObject { readonly object: ApiObject | undefined; readonly problem: string; readonly fetchedUs: number }

/** A volume that is staged on this node, or about to be, and the pods that need it. */
export interface StagedDevice { readonly phase: 'staging' | 'staged' | 'unstaging'; readonly driver: string; readonly handle: string; readonly users: readonly string[] }

/** What the kubelet asks the API server for, to be told apart when the answer comes. */
export interface KubeletTag {
  readonly kind: 'register' | 'get-node' | 'node-status' | 'csi-node' | 'lease-get' | 'lease-create' | 'lease-update' | 'pod-status' | 'pod-delete' | 'event' | 'object';
  readonly uid: string;
}

export interface KubeletState {
  readonly nodeName: string;
  readonly args: NodeArgs;
  readonly client: ApiClient<KubeletTag>;
  readonly recorder: EventRecorder;
  readonly pods: CowRecords<PodWorker>;
  /** Sandboxes and containers found in the runtime at the start, by pod, until their pod turns up. */
  readonly found: LazyMap<string, { readonly sandboxes: readonly RuntimeSandbox[]; readonly containers: readonly RuntimeContainer[] }>;
  readonly calls: LazyMap<number, Call>;
  nextCallId: number;
  startedUs: number;
  bootId: string;
  node: Node | undefined;
  /** The runtime has told what it holds: the kubelet can begin. */
  listed: boolean;
  registered: boolean;
  registerTries: number;
  /** Empty when ready; else the runtime's and the network's trouble, in the kubelet's words. */
  runtimeTrouble: string;
  networkTrouble: string;
  runtimeVersion: string;
  images: readonly RuntimeImage[];
  drivers: readonly CsiDriverInfo[];
  nodeStatusTimer: TimerId;
  nodeStatusDueUs: number;
  nodeStatusSentUs: number;
  nodeStatusInFlight: boolean;
  /** metadata.resourceVersion and uid of the lease; '' when it is not known. */
  lease: { readonly resourceVersion: string; readonly creationTimestamp: string; readonly uid: string } | undefined;
  /** Pulls in their order; the first is under way. */
  pulls: readonly PullJob[];
  /** Pods whose status shall be written, with the reason for it; one write at a time. */
  readonly statusQueue: LazyMap<string, MessageId>;
  statusInFlight: string;
  readonly objects: LazyMap<string, CachedObject>;
  /** Pods that wait for an object. */
  readonly objectWaiters: LazyMap<string, readonly string[]>;
  readonly devices: LazyMap<string, StagedDevice>;
}

export function copyWorker(worker: PodWorker): PodWorker {
  return { ...worker, containers: worker.containers.slice(), volumes: worker.volumes.slice(), kills: worker.kills.slice() };
}

export function cloneKubelet(state: KubeletState): KubeletState {
  return {
    ...state, client: state.client.clone(), recorder: state.recorder.clone(), pods: state.pods.clone(), found: state.found.clone(), calls: state.calls.clone(),
    statusQueue: state.statusQueue.clone(), objects: state.objects.clone(), objectWaiters: state.objectWaiters.clone(), devices: state.devices.clone(),
  };
}

export function newPods(): CowRecords<PodWorker> {
  return new CowRecords<PodWorker>(copyWorker);
}

// ---- the kubelet's own timers ----

export interface PodTimer { readonly type: 'pod-timer'; readonly uid: string; readonly what: 'requeue' | 'deadline' | 'mount' | 'unmounted' | 'post-start' | 'pre-stop' | 'ordering'; readonly view: number }
export interface ProbeTimer { readonly type: 'probe-timer'; readonly uid: string; readonly view: number; readonly probe: ProbeType }
export interface NodeTimer { readonly type: 'node-timer'; readonly what: 'runtime' | 'register' | 'lease' | 'status' | 'events' }
export interface StatusRetryTimer { readonly type: 'status-retry'; readonly uid: string }
export type KubeletTimer = PodTimer | ProbeTimer | NodeTimer | StatusRetryTimer;
