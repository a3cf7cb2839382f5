// What there is on one node, as plain data for whoever draws it: read from the states of its four actors.
import type { ActorId } from '../kernel/actor.ts';
import type { CniState } from './cni.ts';
import type { CsiState } from './csi-node.ts';
import { qosClassOf } from './kubelet/qos.ts';
import type { QosClass } from './kubelet/qos.ts';
import type { KubeletState, PodWorker, VolumePhase, WorkerPhase } from './kubelet/state.ts';
import { cgroupLimits, podCgroup } from './linux.ts';
import type { CgroupLimits } from './linux.ts';
import { cniId, csiNodeId, kubeletId, runtimeId } from './messages.ts';
import type { CniResult, ContainerState, SandboxNamespaces } from './messages.ts';
import { memoryAt } from './process.ts';
import type { RuntimeState } from './runtime/state.ts';

export interface ContainerInspection {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  readonly attempt: number;
  readonly pid: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly memoryBytes: number;
  readonly cgroup: string;
  readonly limits: CgroupLimits;
}

export interface SandboxInspection {
  readonly id: string;
  readonly state: 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
  readonly attempt: number;
  readonly ip: string;
  readonly pausePid: number;
  readonly namespaces: SandboxNamespaces;
  readonly network: CniResult | undefined;
}

export interface VolumeInspection { readonly name: string; readonly phase: VolumePhase; readonly driver: string; readonly handle: string }

export interface PodInspection {
  readonly uid: string;
  readonly key: string;
  /** Where the kubelet's pod worker is; undefined when the kubelet is off. */
  readonly phase: WorkerPhase | undefined;
  readonly qosClass: QosClass | undefined;
  readonly cgroup: string;
  readonly sandboxes: readonly SandboxInspection[];
  readonly containers: readonly ContainerInspection[];
  readonly volumes: readonly VolumeInspection[];
}

export interface NodeInspection {
  readonly name: string;
  readonly on: boolean;
  readonly runtimeTrouble: string;
  readonly networkTrouble: string;
  readonly podCidr: string;
  readonly addressesUsed: number;
  readonly images: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** Images that are being pulled or wait for their turn. */
  readonly pulls: readonly string[];
  /** Staged volumes by `driver^handle`, with how many pods use them. */
  readonly stagedVolumes: readonly { readonly volume: string; readonly users: number }[];
  readonly pods: readonly PodInspection[];
}

/** @param stateOf Kernel.stateOf: the state of a running actor, undefined when it is off */
export function inspectNode(name: string, stateOf: (id: ActorId) => unknown, unixUs: number): NodeInspection {
  const kubelet = stateOf(kubeletId(name)) as KubeletState | undefined;
  const runtime = stateOf(runtimeId(name)) as RuntimeState | undefined;
  const cni = stateOf(cniId(name)) as CniState | undefined;
  const csi = stateOf(csiNodeId(name)) as CsiState | undefined;
  const published = [...csi?.published.values() ?? []];
  return {
    name, on: runtime?.on ?? false, runtimeTrouble: kubelet?.runtimeTrouble ?? '', networkTrouble: kubelet?.networkTrouble ?? '', podCidr: cni?.range?.cidr ?? '',
    addressesUsed: cni?.reserved.size ?? 0, images: [...runtime?.images ?? []].map(([image, { sizeBytes }]) => ({ name: image, sizeBytes })),
    pulls: kubelet?.pulls.map(({ image }) => image) ?? [],
    stagedVolumes: [...csi?.staged.keys() ?? []].map((volume) => ({ volume, users: published.filter((each) => each === volume).length })),
    pods: podsOf(kubelet, runtime, unixUs),
  };
}

/** Pods that the kubelet knows, and those of which only the runtime has something left. */
function podsOf(kubelet: KubeletState | undefined, runtime: RuntimeState | undefined, unixUs: number): readonly PodInspection[] {
  const pods = new Map<string, { readonly key: string; readonly worker: Readonly<PodWorker> | undefined }>();
  for (const worker of kubelet?.pods.values() ?? []) pods.set(worker.uid, { key: worker.key, worker });
  for (const { podUid, namespace, name } of runtime?.sandboxes.values() ?? []) if (!pods.has(podUid)) pods.set(podUid, { key: `${namespace}/${name}`, worker: undefined });
  return [...pods].map(([uid, { key, worker }]) => {
    const qosClass = worker && qosClassOf(worker.pod);
    const cgroup = podCgroup({ podUid: uid, qosClass: qosClass ?? 'BestEffort' });
    return {
      uid, key, phase: worker?.phase, qosClass, cgroup, sandboxes: sandboxesOf(runtime, uid), containers: containersOf(runtime, uid, cgroup, unixUs),
      volumes: worker?.volumes.map(({ name, phase, driver, handle }) => ({ name, phase, driver, handle })) ?? [],
    };
  });
}

function sandboxesOf(runtime: RuntimeState | undefined, uid: string): readonly SandboxInspection[] {
  return [...runtime?.sandboxes.values() ?? []].filter(({ podUid }) => podUid === uid).map(({ id, state, attempt, ip, pausePid, namespaces }) => ({
    id, state, attempt, ip, pausePid, namespaces, network: runtime?.networks.get(id),
  }));
}

function containersOf(runtime: RuntimeState | undefined, uid: string, podGroup: string, unixUs: number): readonly ContainerInspection[] {
  return [...runtime?.containers.values() ?? []].filter(({ container }) => container.podUid === uid).map(({ container, config, plan }) => {
    const { id, name, image, state, attempt, pid, exitCode, reason, startedUnixUs } = container;
    const runs = state === 'CONTAINER_RUNNING' && (runtime?.on ?? false);
    return {
      id, name, image, state, attempt, pid: runs ? pid : 0, exitCode, reason, memoryBytes: runs ? memoryAt(plan, Math.max(0, unixUs - startedUnixUs)) : 0,
      cgroup: `${podGroup}/cri-containerd-${id}.scope`, limits: cgroupLimits(config),
    };
  });
}
