// The status of a pod as the kubelet sees it (models generateAPIPodStatus and getPhase). Pure.
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../api/generated/types.ts';
import { condition, containersReady, initialized, KUBELET_CONDITIONS, podReady } from './conditions.ts';
import { containerStatus } from './container-status.ts';
import { isHostNetwork, restartsAfter } from './containers.ts';
import type { ReadonlyWorker } from './containers.ts';
import { sameJson } from './equal.ts';
import { qosClassOf } from './qos.ts';
import type { ContainerView } from './state.ts';

export type Phase = NonNullable<PodStatus['phase']>;

export function isTerminal(phase: PodStatus['phase']): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

interface Tally { unknown: number; running: number; waiting: number; stopped: number; restarting: number; succeeded: number }

function tallyRegular(pod: Pod, view: ContainerView, status: ContainerStatus, tally: Tally): void {
  const { running, terminated, waiting } = status.state ?? {};
  const ended = terminated ?? (waiting ? status.lastState?.terminated : undefined);
  if (running) tally.running++;
  else if (ended) {
    tally.stopped++;
    if (restartsAfter(pod, view, ended.exitCode)) tally.restarting++;
    if (terminated?.exitCode === 0) tally.succeeded++;
  } else if (waiting) tally.waiting++;
  else tally.unknown++;
}

/** getPhase. `podIsTerminal`: the containers have been stopped for good. */
export function phaseOf(worker: ReadonlyWorker, statuses: ReadonlyMap<string, ContainerStatus>, podIsTerminal: boolean): Phase {
  const { pod, containers } = worker;
  const tally: Tally = { unknown: 0, running: 0, waiting: 0, stopped: 0, restarting: 0, succeeded: 0 };
  let pendingInit = 0;
  let pendingSidecars = 0;
  let failedInit = 0;
  for (const view of containers) {
    const status = statuses.get(view.name);
    if (!status) {
      if (view.kind === 'init') pendingInit++;
      else tally.unknown++;
      continue;
    }
    const { running, terminated, waiting } = status.state ?? {};
    if (view.kind === 'container') tallyRegular(pod, view, status, tally);
    else if (view.kind === 'init') {
      const ended = terminated ?? (waiting ? status.lastState?.terminated : undefined);
      if (!ended) pendingInit++;
      else if (ended.exitCode !== 0 && !restartsAfter(pod, view, ended.exitCode)) failedInit++;
    } else if (running) {
      if (!status.started) pendingSidecars++;
      tally.running++;
    } else if (!terminated && !status.lastState?.terminated) {
      pendingSidecars++;
      tally.waiting++;
    }
  }
  if (failedInit > 0) return 'Failed';
  const everStarted = containers.some((view) => view.kind === 'container' && view.current !== undefined && view.current.sandboxId === worker.sandbox?.id);
  if (pendingInit > 0 || (pendingSidecars > 0 && !everStarted) || tally.waiting > 0) return 'Pending';
  if (tally.running > 0 && tally.unknown === 0) return 'Running';
  if (tally.running > 0 || tally.stopped === 0 || tally.unknown > 0) return 'Pending';
  if (!podIsTerminal && tally.restarting > 0) return 'Running';
  return tally.stopped === tally.succeeded ? 'Succeeded' : 'Failed';
}

/**
 * @param nodeIp the node's address
 * @param now RFC 3339
 */
export function generatePodStatus(worker: ReadonlyWorker, nodeIp: string, now: string, podIsTerminal: boolean): PodStatus {
  const { pod, containers, sandbox } = worker;
  const old = worker.status ?? pod.status ?? {};
  const statuses = new Map<string, ContainerStatus>();
  const before = new Map([...(old.initContainerStatuses ?? []), ...(old.containerStatuses ?? [])].map((status) => [status.name, status]));
  for (const view of containers) {
    const previous = before.get(view.name);
    const next = containerStatus(worker, view, previous);
    statuses.set(view.name, previous && sameJson(previous, next) ? previous : next);
  }
  const phase = settledPhase(pod, old, phaseOf(worker, statuses, podIsTerminal));
  const keepsReason = phase === old.phase;
  const reason = keepsReason ? old.reason ?? pod.status?.reason : undefined;
  const message = keepsReason ? old.message ?? pod.status?.message : undefined;
  const podIp = isHostNetwork(pod) ? nodeIp : sandbox?.state === 'SANDBOX_READY' ? sandbox.ip : podIsTerminal || sandbox ? old.podIP ?? '' : '';
  const init = listOf(containers, statuses, false, old.initContainerStatuses);
  return {
    phase, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }),
    conditions: conditionsOf(worker, statuses, phase, old, now),
    hostIP: nodeIp, hostIPs: old.hostIP === nodeIp && old.hostIPs ? old.hostIPs : [{ ip: nodeIp }],
    ...(podIp !== '' && { podIP: podIp, podIPs: old.podIP === podIp && old.podIPs ? old.podIPs : [{ ip: podIp }] }),
    startTime: old.startTime ?? now, qosClass: qosClassOf(pod),
    ...(init.length > 0 && { initContainerStatuses: init }), containerStatuses: listOf(containers, statuses, true, old.containerStatuses),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  };
}

/** A terminal phase is never left. */
function settledPhase(pod: Pod, old: PodStatus, phase: Phase): Phase {
  if (pod.status?.phase !== undefined && isTerminal(pod.status.phase)) return pod.status.phase;
  if (!isTerminal(phase) && old.phase !== undefined && isTerminal(old.phase)) return old.phase;
  return phase;
}

/** Regular containers are sorted by name, init containers keep the order of the spec. */
function listOf(containers: readonly ContainerView[], statuses: ReadonlyMap<string, ContainerStatus>, regular: boolean, old: readonly ContainerStatus[] | undefined): readonly ContainerStatus[] {
  const list = containers.filter((view) => (view.kind === 'container') === regular).map((view) => statuses.get(view.name) as ContainerStatus);
  if (regular && list.length > 1) list.sort((a, b) => (a.name < b.name ? -1 : 1));
  return old?.length === list.length && list.every((status, i) => status === old[i]) ? old : list;
}

function conditionsOf(worker: ReadonlyWorker, statuses: ReadonlyMap<string, ContainerStatus>, phase: Phase, old: PodStatus, now: string): readonly PodCondition[] {
  const { pod, sandbox } = worker;
  const generation = pod.metadata.generation;
  const oldOf = (type: string): PodCondition | undefined => old.conditions?.find((each) => each.type === type);
  const others = (pod.status?.conditions ?? []).filter((each) => !KUBELET_CONDITIONS.has(each.type));
  const ready = containersReady(pod, statuses, phase);
  const owned: PodCondition[] = [
    condition('PodReadyToStartContainers', { status: sandbox?.state === 'SANDBOX_READY' ? 'True' : 'False' }, oldOf('PodReadyToStartContainers'), generation, now),
    condition('Initialized', initialized(pod, statuses, phase, oldOf('Initialized')), oldOf('Initialized'), generation, now),
    condition('Ready', podReady(pod, ready, others), oldOf('Ready'), generation, now),
    condition('ContainersReady', ready, oldOf('ContainersReady'), generation, now),
    condition('PodScheduled', { status: 'True' }, oldOf('PodScheduled'), generation, now),
  ];
  const list = [...others, ...owned];
  return old.conditions?.length === list.length && list.every((each, i) => each === old.conditions?.[i]) ? old.conditions : list;
}
