// What the recorded fake kubelet writes: Node objects and the status of pods.
import { formatTime } from '../../../base/time.ts';
import type { Pod } from '../../../sim/api/generated/types.ts';
import type { Plain } from './json.ts';
import type { NodeSpec } from './scenario.ts';

/** A pod as its kubelet sees it. */
export interface PodState {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly startTime: string;
  state: 'new' | 'creating' | 'running' | 'backoff' | 'done';
  ready: boolean;
  ip: string | undefined;
  startedAt: string | undefined;
  lastExitCode: number | undefined;
  restarts: number;
  terminating: boolean;
  unreadyDone: boolean;
  /** A transition fell due while the node was down. */
  lost: boolean;
  gone: boolean;
}

/** How a status write differs from the plain running one. */
export interface Situation {
  /** The container waits, with this reason, before its first start. */
  readonly creating?: string;
  /** The container waits between two runs. */
  readonly waiting?: string;
  /** All containers ended, with this code. */
  readonly exit?: number;
}

export const addressOf = (nodeIndex: number): string => `192.168.10.${nodeIndex}`;

export function nodeConditions(time: string): readonly Plain[] {
  const condition = (type: string, status: string, reason: string, message: string): Plain =>
    ({ type, status, reason, message, lastHeartbeatTime: time, lastTransitionTime: time });
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ];
}

/** The Node that registers; `index` counts nodes from 1. */
export function nodeObject(spec: NodeSpec, index: number, time: string): Plain {
  const capacity = { cpu: spec.cpu ?? '4', memory: spec.memory ?? '8Gi', pods: String(spec.pods ?? 110), 'ephemeral-storage': '100Gi', ...spec.capacity };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: spec.name, labels: { 'kubernetes.io/hostname': spec.name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', ...spec.labels } },
    spec: spec.taints ? { taints: spec.taints } : {},
    status: {
      capacity,
      allocatable: capacity,
      conditions: nodeConditions(time),
      addresses: [{ type: 'InternalIP', address: addressOf(index) }, { type: 'Hostname', address: spec.name }],
      nodeInfo: {
        machineID: `m${index}`, systemUUID: `s${index}`, bootID: `b${index}`, kernelVersion: '6.1.0', osImage: 'Golden Linux',
        containerRuntimeVersion: 'containerd://2.1.0', kubeletVersion: 'v1.36.2', kubeProxyVersion: '', operatingSystem: 'linux', architecture: 'amd64',
      },
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  };
}

function phaseOf({ creating, exit }: Situation): string {
  if (exit !== undefined) return exit === 0 ? 'Succeeded' : 'Failed';
  return creating === undefined ? 'Running' : 'Pending';
}

/** Conditions keep their transition time while their status stays. */
function conditions(pod: Pod, situation: Situation, ready: boolean, time: string): readonly Plain[] {
  const old = new Map((pod.status?.conditions ?? []).map((condition) => [condition.type as string, condition]));
  const condition = (type: string, status: string, reason: string | null = null, message: string | null = null): Plain => {
    const before = old.get(type);
    return {
      type, status, reason, message, lastProbeTime: null, observedGeneration: pod.metadata.generation,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : time,
    };
  };
  const { exit, creating } = situation;
  const done = exit !== undefined;
  const names = (pod.spec?.containers ?? []).map(({ name }) => name).join(' ');
  const reason = done ? (exit === 0 ? 'PodCompleted' : 'PodFailed') : 'ContainersNotReady';
  const readiness = (type: string): Plain =>
    ready ? condition(type, 'True') : condition(type, 'False', reason, done ? null : `containers with unready status: [${names}]`);
  return [
    condition('PodReadyToStartContainers', done || creating === 'ContainerCreating' ? 'False' : 'True'),
    condition('Initialized', 'True', exit === 0 ? 'PodCompleted' : null),
    readiness('Ready'),
    readiness('ContainersReady'),
    condition('PodScheduled', 'True'),
  ];
}

function containerState(state: PodState, { creating, waiting, exit }: Situation, time: string): Plain {
  if (exit !== undefined) return terminated(state, exit, time);
  const reason = creating ?? waiting;
  return reason === undefined ? { running: { startedAt: state.startedAt } } : { waiting: { reason } };
}

function terminated(state: PodState, exitCode: number, time: string): Plain {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return { terminated: { exitCode, reason, startedAt: state.startedAt ?? time, finishedAt: time, containerID: `containerd://${state.uid}` } };
}

/** The status of a pod in a situation; `unixUs` is now. */
export function podStatus(pod: Pod, state: PodState, nodeIndex: number, situation: Situation, unixUs: number): Plain {
  const time = formatTime(unixUs);
  const phase = phaseOf(situation);
  const ready = phase === 'Running' && state.ready && situation.waiting === undefined;
  const containerStatuses = (pod.spec?.containers ?? []).map(({ name, image }) => ({
    name, image, imageID: phase === 'Pending' ? '' : 'sha256:golden', ready, started: phase === 'Running' && situation.waiting === undefined,
    restartCount: state.restarts, state: containerState(state, situation, time),
    lastState: state.lastExitCode === undefined ? {} : terminated(state, state.lastExitCode, time),
  }));
  const hostIP = addressOf(nodeIndex);
  return {
    phase, observedGeneration: pod.metadata.generation, startTime: pod.status?.startTime ?? state.startTime, hostIP, hostIPs: [{ ip: hostIP }],
    ...(state.ip !== undefined && { podIP: state.ip, podIPs: [{ ip: state.ip }] }),
    conditions: conditions(pod, situation, ready, time), containerStatuses,
  };
}
