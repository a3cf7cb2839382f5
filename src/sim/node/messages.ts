// What the parts of one node say to each other: CRI between kubelet and container runtime, CNI between runtime and
// network plugin, CSI between kubelet and storage plugin. Method and field names are those of the real interfaces.
// A request carries a number that is unique for its sender; the answer carries it back, with `error` if it failed.

/** A gRPC status. The kubelet prints `rpc error: code = … desc = …`, and leaves the prefix out for Unknown pulls. */
export interface RpcError { readonly code: 'Unknown' | 'NotFound' | 'Internal' | 'DeadlineExceeded'; readonly message: string }

interface Request<T extends string> { readonly type: T; readonly requestId: number }
interface Response<T extends string> { readonly type: T; readonly requestId: number; readonly error?: RpcError }

// ---- CRI: the state of things ----

/** The ids of the Linux namespaces that the pause container of a sandbox holds open. */
export interface SandboxNamespaces { readonly network: string; readonly ipc: string; readonly uts: string; readonly pid: string }

export interface RuntimeSandbox {
  readonly id: string;
  readonly podUid: string;
  readonly namespace: string;
  readonly name: string;
  /** Counts the sandboxes of one pod from 0. */
  readonly attempt: number;
  readonly state: 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
  readonly hostNetwork: boolean;
  /** '' for host network. */
  readonly ip: string;
  readonly namespaces: SandboxNamespaces;
  readonly pausePid: number;
  readonly createdUnixUs: number;
}

export type ContainerState = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED';

/** A container as ContainerStatus tells it. Times are microseconds since 1970, 0 when it has not come to that. */
export interface RuntimeContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly podUid: string;
  readonly name: string;
  /** How often the container was started before (its restart count). */
  readonly attempt: number;
  /** As the pod names it. */
  readonly image: string;
  /** Repository and digest: what imageID in a pod's status says. */
  readonly imageRef: string;
  readonly state: ContainerState;
  readonly pid: number;
  readonly createdUnixUs: number;
  readonly startedUnixUs: number;
  readonly finishedUnixUs: number;
  readonly exitCode: number;
  /** Completed, Error, OOMKilled, StartError, Unknown; '' while it runs. */
  readonly reason: string;
  readonly message: string;
}

export interface RuntimeImage { readonly ref: string; readonly names: readonly string[]; readonly sizeBytes: number }

/** What the kubelet tells the runtime of a pod: everything that a sandbox depends on. */
export interface PodSandboxConfig {
  readonly podUid: string;
  readonly namespace: string;
  readonly name: string;
  readonly attempt: number;
  readonly hostNetwork: boolean;
  readonly qosClass: 'Guaranteed' | 'Burstable' | 'BestEffort';
}

export interface ContainerConfig {
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** Names of the environment variables that have a value. */
  readonly envNames: readonly string[];
  readonly containerPorts: readonly number[];
  /** Paths at which volumes are mounted. */
  readonly mountPaths: readonly string[];
  readonly stdin: boolean;
  /** Its input ends with the first who was attached to it. */
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  /** The pod's name, unless it says another. */
  readonly hostname: string;
  /** cgroup limits; 0 is none. */
  readonly memoryLimitBytes: number;
  readonly cpuLimitMilli: number;
  /** The pod's annotation that chooses how the process behaves (see behavior.ts); '' when it has none. */
  readonly behavior: string;
}

// ---- CRI: requests of the kubelet and answers of the runtime ----

export interface RuntimeCondition { readonly ready: boolean; readonly reason: string; readonly message: string }

export type StatusRequest = Request<'cri-status'>;
export interface StatusResponse extends Response<'cri-status-response'> {
  readonly runtimeReady: RuntimeCondition;
  readonly networkReady: RuntimeCondition;
  readonly version: string;
}
/** ListPodSandbox, ListContainers and ListImages at once: what the kubelet asks when it starts. */
export type ListRequest = Request<'cri-list'>;
export interface ListResponse extends Response<'cri-list-response'> {
  readonly sandboxes: readonly RuntimeSandbox[];
  readonly containers: readonly RuntimeContainer[];
  readonly images: readonly RuntimeImage[];
}
export interface UpdateRuntimeConfigRequest extends Request<'cri-update-runtime-config'> { readonly podCidr: string }
export type UpdateRuntimeConfigResponse = Response<'cri-update-runtime-config-response'>;

export interface RunPodSandboxRequest extends Request<'cri-run-pod-sandbox'> { readonly config: PodSandboxConfig }
/** The sandbox as PodSandboxStatus would tell it, which saves asking. */
export interface RunPodSandboxResponse extends Response<'cri-run-pod-sandbox-response'> { readonly sandbox: RuntimeSandbox | undefined }
export interface StopPodSandboxRequest extends Request<'cri-stop-pod-sandbox'> { readonly sandboxId: string }
export type StopPodSandboxResponse = Response<'cri-stop-pod-sandbox-response'>;
export interface RemovePodSandboxRequest extends Request<'cri-remove-pod-sandbox'> { readonly sandboxId: string }
export type RemovePodSandboxResponse = Response<'cri-remove-pod-sandbox-response'>;

export interface ImageStatusRequest extends Request<'cri-image-status'> { readonly image: string }
export interface ImageStatusResponse extends Response<'cri-image-status-response'> { readonly image: RuntimeImage | undefined }
export interface PullImageRequest extends Request<'cri-pull-image'> { readonly image: string }
export interface PullImageResponse extends Response<'cri-pull-image-response'> { readonly image: RuntimeImage | undefined }

export interface CreateContainerRequest extends Request<'cri-create-container'> { readonly sandboxId: string; readonly config: ContainerConfig }
export interface CreateContainerResponse extends Response<'cri-create-container-response'> { readonly containerId: string }
export interface StartContainerRequest extends Request<'cri-start-container'> { readonly containerId: string }
export type StartContainerResponse = Response<'cri-start-container-response'>;
/** SIGTERM (or the image's stop signal), and SIGKILL after `timeoutSeconds`. */
export interface StopContainerRequest extends Request<'cri-stop-container'> { readonly containerId: string; readonly timeoutSeconds: number }
export type StopContainerResponse = Response<'cri-stop-container-response'>;
export interface RemoveContainerRequest extends Request<'cri-remove-container'> { readonly containerId: string }
export type RemoveContainerResponse = Response<'cri-remove-container-response'>;
export interface ExecSyncRequest extends Request<'cri-exec-sync'> {
  readonly containerId: string;
  readonly command: readonly string[];
  /** 0 is no limit. */
  readonly timeoutSeconds: number;
}
export interface ExecSyncResponse extends Response<'cri-exec-sync-response'> { readonly exitCode: number; readonly output: string }

/** Tells the kubelet at once what its once-a-second relist would find (CRI GetContainerEvents). */
export interface ContainerEvent {
  readonly type: 'cri-container-event';
  readonly event: 'CONTAINER_STARTED_EVENT' | 'CONTAINER_STOPPED_EVENT';
  readonly container: RuntimeContainer;
}

/**
 * A connection from the kubelet to a port of a pod: the network part of a probe or of a lifecycle hook. It is not CRI,
 * but the processes live on the runtime's side of the node.
 */
export interface ConnectRequest extends Request<'connect'> {
  readonly containerId: string;
  readonly handler: 'httpGet' | 'tcpSocket' | 'grpc';
  readonly port: number;
  readonly path: string;
  readonly timeoutSeconds: number;
}
export interface ConnectResponse extends Response<'connect-response'> {
  readonly outcome: 'answered' | 'refused' | 'timeout';
  /** HTTP status; 200 for an accepted TCP connection or a serving gRPC server. */
  readonly statusCode: number;
}

export type CriRequest = StatusRequest | ListRequest | UpdateRuntimeConfigRequest | RunPodSandboxRequest | StopPodSandboxRequest
  | RemovePodSandboxRequest | ImageStatusRequest | PullImageRequest | CreateContainerRequest | StartContainerRequest
  | StopContainerRequest | RemoveContainerRequest | ExecSyncRequest | ConnectRequest;
export type CriResponse = StatusResponse | ListResponse | UpdateRuntimeConfigResponse | RunPodSandboxResponse | StopPodSandboxResponse
  | RemovePodSandboxResponse | ImageStatusResponse | PullImageResponse | CreateContainerResponse | StartContainerResponse
  | StopContainerResponse | RemoveContainerResponse | ExecSyncResponse | ConnectResponse;

// ---- the kubelet's own server, which the API server calls on behalf of a client ----

export interface LogOptions {
  readonly follow: boolean;
  /** Of the container before this one. */
  readonly previous: boolean;
  readonly timestamps: boolean;
  /** The last lines only; undefined: all. */
  readonly tailLines: number | undefined;
  /** Lines of the last seconds only; 0: all. */
  readonly sinceSeconds: number;
  /** Lines since then only, in microseconds since 1970; 0: all. */
  readonly sinceUnixUs: number;
  readonly limitBytes: number | undefined;
}
interface OfContainer { readonly namespace: string; readonly pod: string; readonly container: string }
/** GET /containerLogs/NAMESPACE/POD/CONTAINER; the number is the API server's. */
export interface ContainerLogsRequest extends Request<'kubelet-logs'>, OfContainer { readonly options: LogOptions }
/** What a client wants of the streams of a process. */
export interface TerminalOptions { readonly stdin: boolean; readonly tty: boolean }
/** POST /exec/NAMESPACE/POD/CONTAINER. */
export interface ContainerExecRequest extends Request<'kubelet-exec'>, OfContainer, TerminalOptions { readonly command: readonly string[] }
/** POST /attach/NAMESPACE/POD/CONTAINER. */
export interface ContainerAttachRequest extends Request<'kubelet-attach'>, OfContainer, TerminalOptions {}
/** POST /portForward/NAMESPACE/POD. */
export interface PodForwardRequest extends Request<'kubelet-port-forward'> { readonly namespace: string; readonly pod: string }
/** What the client sends on: typed text, or bytes of a connection to a port. */
export interface Sent {
  /** Of a forwarded port: which connection, from 1; else 0. */
  readonly connection: number;
  readonly port: number;
  /** Bytes as text (see byte-text.ts). */
  readonly text: string;
  /** Nothing comes after it. */
  readonly end: boolean;
}
export interface KubeletInput extends Request<'kubelet-input'>, Sent {}
/** The client is gone, or has seen enough. */
export type StreamStop = Request<'kubelet-stop'>;
export type KubeletServerRequest = ContainerLogsRequest | ContainerExecRequest | ContainerAttachRequest | PodForwardRequest | KubeletInput | StreamStop;
/** What comes back: a part of a log, of what a process prints, or of a connection to a port. */
export interface Part {
  /** 200: more may follow until `done`; else `text` says what was wrong. */
  readonly status: number;
  /** Bytes as text (see byte-text.ts). */
  readonly text: string;
  /** `err` of a forwarded connection says why there is none. */
  readonly to: 'out' | 'err';
  readonly connection: number;
  /** The process has closed this connection. */
  readonly closes: boolean;
  readonly done: boolean;
  readonly exitCode: number;
}
export interface KubeletStream extends Request<'kubelet-stream'>, Part {}

/** The kubelet reads a log file as it grows; the runtime's side of the node has it. */
export interface ReadLogRequest extends Request<'read-log'> { readonly containerId: string; readonly options: LogOptions }
/** CRI Exec, Attach and PortForward, whose streams the kubelet hands on. */
export interface ExecRequest extends Request<'cri-exec'>, TerminalOptions { readonly containerId: string; readonly command: readonly string[] }
export interface AttachRequest extends Request<'cri-attach'>, TerminalOptions { readonly containerId: string }
export interface PortForwardRequest extends Request<'cri-port-forward'> { readonly sandboxId: string }
export interface StreamInput extends Request<'stream-input'>, Sent {}
export type StreamEnd = Request<'stream-end'>;
export type StreamRequest = ReadLogRequest | ExecRequest | AttachRequest | PortForwardRequest | StreamInput | StreamEnd;
export interface StreamPart extends Request<'stream-part'>, Part {}

// ---- the machine itself ----

/** The power fails: processes and namespaces are gone, the disk (images, records of containers) stays. */
export interface PowerOff { readonly type: 'power-off' }
export interface PowerOn { readonly type: 'power-on' }
/** `kill -9` on the machine: the process of a container ends with 137. */
export interface KillContainer { readonly type: 'kill-container'; readonly namespace: string; readonly pod: string; readonly container: string }
export type MachineMessage = PowerOff | PowerOn | KillContainer;

// ---- CNI ----

export interface CniConfigRequest extends Request<'cni-config'> { readonly podCidr: string }
export type CniConfigResponse = Response<'cni-config-response'>;
export interface CniAddRequest extends Request<'cni-add'> {
  /** The sandbox's id. */
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly podNamespace: string;
  readonly podName: string;
}
export interface CniRoute { readonly dst: string; readonly gw: string }
/** The result of ADD: what was made for the pod, inside its namespace and on the node. */
export interface CniResult {
  /** With prefix length: `10.244.1.5/24`. */
  readonly address: string;
  readonly gateway: string;
  readonly bridge: string;
  readonly hostVeth: string;
  readonly containerVeth: string;
  readonly mac: string;
  readonly routes: readonly CniRoute[];
}
export interface CniAddResponse extends Response<'cni-add-response'> { readonly result: CniResult | undefined }
export interface CniDelRequest extends Request<'cni-del'> { readonly containerId: string; readonly netns: string; readonly ifName: string }
export type CniDelResponse = Response<'cni-del-response'>;

export type CniRequest = CniConfigRequest | CniAddRequest | CniDelRequest;
export type CniResponse = CniConfigResponse | CniAddResponse | CniDelResponse;

// ---- CSI ----

export type NodeGetInfoRequest = Request<'csi-node-get-info'>;
export interface CsiDriverInfo { readonly name: string; readonly nodeId: string; readonly maxVolumesPerNode: number }
export interface NodeGetInfoResponse extends Response<'csi-node-get-info-response'> { readonly drivers: readonly CsiDriverInfo[] }
interface VolumeRequest<T extends string> extends Request<T> { readonly driver: string; readonly volumeHandle: string }
export interface NodeStageVolumeRequest extends VolumeRequest<'csi-node-stage-volume'> { readonly stagingTargetPath: string }
export type NodeStageVolumeResponse = Response<'csi-node-stage-volume-response'>;
export interface NodePublishVolumeRequest extends VolumeRequest<'csi-node-publish-volume'> {
  readonly stagingTargetPath: string;
  readonly targetPath: string;
  readonly readOnly: boolean;
}
export type NodePublishVolumeResponse = Response<'csi-node-publish-volume-response'>;
export interface NodeUnpublishVolumeRequest extends VolumeRequest<'csi-node-unpublish-volume'> { readonly targetPath: string }
export type NodeUnpublishVolumeResponse = Response<'csi-node-unpublish-volume-response'>;
export interface NodeUnstageVolumeRequest extends VolumeRequest<'csi-node-unstage-volume'> { readonly stagingTargetPath: string }
export type NodeUnstageVolumeResponse = Response<'csi-node-unstage-volume-response'>;

export type CsiRequest = NodeGetInfoRequest | NodeStageVolumeRequest | NodePublishVolumeRequest | NodeUnpublishVolumeRequest
  | NodeUnstageVolumeRequest;
export type CsiResponse = NodeGetInfoResponse | NodeStageVolumeResponse | NodePublishVolumeResponse | NodeUnpublishVolumeResponse
  | NodeUnstageVolumeResponse;

/** Ids of the actors of one node. */
export const kubeletId = (node: string): string => `kubelet/${node}`;
export const runtimeId = (node: string): string => `container-runtime/${node}`;
export const cniId = (node: string): string => `cni/${node}`;
export const csiNodeId = (node: string): string => `csi-node/${node}`;
