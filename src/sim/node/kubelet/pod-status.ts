// The status of a pod as the kubelet sees it (models generateAPIPodStatus and getPhase). Pure.
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../api/generated/types.ts';
import { condition, containersReady, FALSE, initialized, KUBELET_CONDITIONS, podReady, TRUE } from './conditions.ts';
import type { StatusOf, Verdict } from './conditions.ts';
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

const NO_STATE: NonNullable<ContainerStatus['state']> = {};
const NOTHING: PodStatus = {};
const NO_CONDITIONS: readonly PodCondition[] = [];

interface Tally { unknown: number; running: number; waiting: number; stopped: number; restarting: number; succeeded: number }

function tallyRegular(pod: Pod, view: ContainerView, status: ContainerStatus, tally: Tally): void {
  const { running, terminated, waiting } = status.state ?? NO_STATE;
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
export function phaseOf(worker: ReadonlyWorker, list: readonly StatusOf[], podIsTerminal: boolean): Phase {
  const { pod, containers } = worker;
  const tally: Tally = { unknown: 0, running: 0, waiting: 0, stopped: 0, restarting: 0, succeeded: 0 };
  let pendingInit = 0;
  let pendingSidecars = 0;
  let failedInit = 0;
  let everStarted = false;
  for (let i = 0; i < containers.length; i++) {
    const view = containers[i] as ContainerView;
    const { status } = list[i] as StatusOf;
    const { running, terminated, waiting } = status.state ?? NO_STATE;
    if (view.kind === 'container') {
      tallyRegular(pod, view, status, tally);
      everStarted ||= view.current !== undefined && view.current.sandboxId === worker.sandbox?.id;
    } else if (view.kind === 'init') {
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
  if (pendingInit > 0 || (pendingSidecars > 0 && !everStarted) || tally.waiting > 0) return 'Pending';
  if (tally.running > 0 && tally.unknown === 0) return 'Running';
  if (tally.running > 0 || tally.stopped === 0 || tally.unknown > 0) return 'Pending';
  if (!podIsTerminal && tally.restarting > 0) return 'Running';
  return tally.stopped === tally.succeeded ? 'Succeeded' : 'Failed';
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * @param nodeIp the node's address
 * @param now RFC 3339
 */
export function generatePodStatus(worker: ReadonlyWorker, nodeIp: string, now: string, podIsTerminal: boolean): PodStatus {
  const { pod, sandbox } = worker;
  const old = worker.status ?? pod.status ?? NOTHING;
  const list = statusesOf(worker, old);
  const phase = worker.failure ? 'Failed' : settledPhase(pod, old, phaseOf(worker, list, podIsTerminal));
  const podIp = isHostNetwork(pod) ? nodeIp : sandbox?.state === 'SANDBOX_READY' ? sandbox.ip : podIsTerminal || sandbox ? old.podIP ?? '' : '';
  const status: Mutable<PodStatus> = {
    phase, conditions: conditionsOf(worker, list, phase, old, now), hostIP: nodeIp, hostIPs: old.hostIP === nodeIp && old.hostIPs ? old.hostIPs : [{ ip: nodeIp }],
    startTime: old.startTime ?? now, qosClass: qosClassOf(pod), containerStatuses: partOf(list, true, old.containerStatuses),
  };
  if (worker.failure) {
    status.reason = worker.failure.reason;
    status.message = worker.failure.message;
  } else if (phase === old.phase) {
    const reason = old.reason ?? pod.status?.reason;
    const message = old.message ?? pod.status?.message;
    if (reason !== undefined) status.reason = reason;
    if (message !== undefined) status.message = message;
  }
  if (podIp !== '') {
    status.podIP = podIp;
    status.podIPs = old.podIP === podIp && old.podIPs ? old.podIPs : [{ ip: podIp }];
  }
  if (list[0]?.kind !== 'container') status.initContainerStatuses = partOf(list, false, old.initContainerStatuses);
  if (pod.metadata.generation !== undefined) status.observedGeneration = pod.metadata.generation;
  return status;
}

/** The status of every container; the very object of before where nothing changed. */
function statusesOf(worker: ReadonlyWorker, old: PodStatus): readonly StatusOf[] {
  return worker.containers.map((view): StatusOf => {
    const before = (view.kind === 'container' ? old.containerStatuses : old.initContainerStatuses)?.find(({ name }) => name === view.name);
    const status = containerStatus(worker, view, before);
    return { name: view.name, kind: view.kind, status: before && sameJson(before, status) ? before : status };
  });
}

/** A terminal phase is never left. */
function settledPhase(pod: Pod, old: PodStatus, phase: Phase): Phase {
  if (pod.status?.phase !== undefined && isTerminal(pod.status.phase)) return pod.status.phase;
  if (!isTerminal(phase) && old.phase !== undefined && isTerminal(old.phase)) return old.phase;
  return phase;
}

/** Regular containers are sorted by name, init containers keep the order of the spec. */
function partOf(list: readonly StatusOf[], regular: boolean, old: readonly ContainerStatus[] | undefined): readonly ContainerStatus[] {
  const part: ContainerStatus[] = [];
  for (const { kind, status } of list) if ((kind === 'container') === regular) part.push(status);
  if (regular && part.length > 1) part.sort((a, b) => (a.name < b.name ? -1 : 1));
  return sameItems(old, part) ? old : part.slice();
}

function sameItems<T>(old: readonly T[] | undefined, next: readonly T[]): old is readonly T[] {
  if (old?.length !== next.length) return false;
  for (let i = 0; i < next.length; i++) if (old[i] !== next[i]) return false;
  return true;
}

function conditionsOf(worker: ReadonlyWorker, list: readonly StatusOf[], phase: Phase, old: PodStatus, now: string): readonly PodCondition[] {
  const { pod, sandbox } = worker;
  const generation = pod.metadata.generation;
  const before = old.conditions ?? NO_CONDITIONS;
  const next: PodCondition[] = [];
  for (const each of pod.status?.conditions ?? NO_CONDITIONS) if (!KUBELET_CONDITIONS.has(each.type)) next.push(each);
  const ready = containersReady(list, phase);
  const add = (type: string, verdict: Verdict): void => {
    next.push(condition(type, verdict, before.find((each) => each.type === type), generation, now));
  };
  const podIsReady = podReady(pod, ready, next);
  add('PodReadyToStartContainers', sandbox?.state === 'SANDBOX_READY' ? TRUE : FALSE);
  add('Initialized', initialized(list, phase, before.find((each) => each.type === 'Initialized')));
  add('Ready', podIsReady);
  add('ContainersReady', ready);
  add('PodScheduled', TRUE);
  return sameItems(old.conditions, next) ? old.conditions : next.slice();
}
