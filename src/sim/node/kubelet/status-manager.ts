// The status manager: keeps what each pod's status shall be, writes it to the API server one pod after the other, and
// deletes a pod from the API when it has ended here (models pkg/kubelet/status status_manager.go). What changes while a
// write is under way goes out with the next one. The real one reads the pod before each write; here its newest version
// is known from the watch and from the last answer.
import { formatTime } from '../../../base/time.ts';
import type { ContainerStatus, Pod, PodStatus } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { PODS } from '../../api/resources.ts';
import type { ApiResponse } from '../../apiserver/messages.ts';
import { deleteRequest, patchRequest } from '../../client/requests.ts';
import type { Context } from '../../kernel/actor.ts';
import { internalIpOf } from '../args.ts';
import { condition, KUBELET_CONDITIONS } from './conditions.ts';
import type { ReadonlyWorker } from './containers.ts';
import { sameJson } from './equal.ts';
import { generatePodStatus, isTerminal } from './pod-status.ts';
import type { KubeletState, PodWorker, StatusRetryTimer } from './state.ts';
import { podStatusPatch } from './status-patch.ts';

/** A failed write is tried again with the next sync of all statuses. */
const SYNC_PERIOD_US = 10_000_000;

/** Works the status out anew and puts it in line for writing if it changed. */
export function refreshStatus(state: KubeletState, worker: PodWorker, ctx: Context, podIsTerminal = false): PodStatus {
  const status = generatePodStatus(worker, internalIpOf(state.args.index), formatTime(ctx.unixUs), podIsTerminal);
  setPodStatus(state, worker, status, ctx);
  return worker.status ?? status;
}

export function setPodStatus(state: KubeletState, worker: PodWorker, status: PodStatus, ctx: Context): void {
  if (worker.status && sameJson(worker.status, status) && worker.pod.metadata.deletionTimestamp === undefined) return;
  worker.status = status;
  queueStatus(state, worker.uid, ctx);
}

/** OnPodSandboxReady: the one condition is told at once, before any image is pulled. */
export function sandboxReady(state: KubeletState, worker: PodWorker, ctx: Context): void {
  const { status } = worker;
  if (!status) return;
  const ready = 'PodReadyToStartContainers';
  const conditions = status.conditions?.map((each) => (each.type === ready ? condition(ready, { status: 'True' }, each, worker.pod.metadata.generation, formatTime(ctx.unixUs)) : each));
  setPodStatus(state, worker, conditions ? { ...status, conditions } : status, ctx);
}

/** The pod was refused: it fails without ever having run. */
export function rejectPod(state: KubeletState, worker: PodWorker, reason: string, message: string, ctx: Context): void {
  const { qosClass } = worker.pod.status ?? {};
  setPodStatus(state, worker, {
    ...(qosClass && { qosClass }), phase: 'Failed', reason, message: `Pod was rejected: ${message}`, startTime: formatTime(ctx.unixUs),
    ...(worker.pod.status?.conditions && { conditions: worker.pod.status.conditions }),
    ...(worker.pod.metadata.generation !== undefined && { observedGeneration: worker.pod.metadata.generation }),
  }, ctx);
}

const LOST = { reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated', exitCode: 137 };

/** TerminatePod: nothing of the pod is left here, so nothing of it may look alive. */
export function terminateStatus(state: KubeletState, worker: PodWorker, ctx: Context): void {
  const status = worker.status;
  if (status) {
    const everRan = (status.containerStatuses ?? []).some((each) => each.state?.terminated || each.state?.running || each.lastState?.terminated);
    const ended = (each: ContainerStatus): ContainerStatus => (each.state?.terminated ? each : { ...each, state: { terminated: LOST } });
    const containerStatuses = everRan ? status.containerStatuses?.map(ended) : status.containerStatuses;
    const next: PodStatus = { ...status, ...(containerStatuses && { containerStatuses }), phase: isTerminal(status.phase) ? status.phase : 'Failed' };
    if (!sameJson(status, next)) worker.status = next;
  }
  queueStatus(state, worker.uid, ctx);
}

export function queueStatus(state: KubeletState, uid: string, ctx: Context): void {
  if (!state.statusQueue.has(uid)) state.statusQueue.set(uid, ctx.cause);
  writeNext(state, ctx);
}

/** Writes the status of the first pod in line, unless a write is under way. */
function writeNext(state: KubeletState, ctx: Context): void {
  while (state.statusInFlight === '') {
    const first = state.statusQueue[Symbol.iterator]().next();
    if (first.done) return;
    const [uid, cause] = first.value;
    state.statusQueue.delete(uid);
    const worker = state.pods.edit(uid);
    if (!worker?.status || worker.gone) continue;
    const before = ctx.cause;
    ctx.cause = cause;
    write(state, worker, worker.status, ctx);
    ctx.cause = before;
  }
}

function write(state: KubeletState, worker: PodWorker, status: PodStatus, ctx: Context): void {
  const { namespace = '', name = '' } = worker.pod.metadata;
  const patch = podStatusPatch(worker.uid, worker.pod.status ?? {}, mergedStatus(worker, status, formatTime(ctx.unixUs)));
  if (patch) {
    state.statusInFlight = worker.uid;
    state.client.request(ctx, patchRequest(PODS, namespace, name, 'strategic', patch, 'status'), { kind: 'pod-status', uid: worker.uid });
  } else if (canBeDeleted(worker)) {
    state.statusInFlight = worker.uid;
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid: worker.uid } };
    state.client.request(ctx, deleteRequest(PODS, namespace, name, options), { kind: 'pod-delete', uid: worker.uid });
  }
}

/** A pod may only look ended when its containers are; and what has ended is not ready. */
function mergedStatus(worker: ReadonlyWorker, status: PodStatus, now: string): PodStatus {
  const api = worker.pod.status ?? {};
  const couldRun = worker.phase !== 'unmounting' && worker.phase !== 'terminated' && worker.phase !== 'rejected';
  if (isTerminal(status.phase) && !isTerminal(api.phase) && couldRun) {
    return { ...status, phase: api.phase, reason: api.reason, message: api.message };
  }
  if (!isTerminal(status.phase) || worker.phase === 'rejected') return status;
  const unready = { status: 'False', reason: status.phase === 'Failed' ? 'PodFailed' : 'PodCompleted' };
  const conditions = status.conditions?.map((each) => {
    const mustChange = (each.type === 'Ready' || each.type === 'ContainersReady') && each.status === 'True';
    return mustChange ? condition(each.type, unready, each, worker.pod.metadata.generation, now) : each;
  });
  return conditions ? { ...status, conditions } : status;
}

function canBeDeleted(worker: ReadonlyWorker): boolean {
  const { pod, phase } = worker;
  return pod.metadata.deletionTimestamp !== undefined && isTerminal(pod.status?.phase) && (phase === 'terminated' || phase === 'rejected');
}

/** Takes over a newer version of the pod; older ones, from a watch that lags behind, are left alone. */
export function adoptVersion(worker: PodWorker, pod: Pod): void {
  if (Number(pod.metadata.resourceVersion ?? 0) > Number(worker.pod.metadata.resourceVersion ?? 0)) worker.pod = pod;
}

export function onStatusWritten(state: KubeletState, uid: string, response: ApiResponse, ctx: Context): void {
  state.statusInFlight = '';
  const worker = state.pods.edit(uid);
  if (worker) {
    if (response.code === 200) {
      adoptVersion(worker, response.body as ApiObject as Pod);
      if (canBeDeleted(worker) && !state.statusQueue.has(uid)) state.statusQueue.set(uid, ctx.cause);
    } else if (response.code !== 404) retryLater(worker, ctx);
  }
  writeNext(state, ctx);
}

export function onPodDeleted(state: KubeletState, uid: string, response: ApiResponse, ctx: Context): void {
  state.statusInFlight = '';
  const worker = state.pods.edit(uid);
  if (worker && response.code !== 200 && response.code !== 404) retryLater(worker, ctx);
  // There is nothing more to say about it.
  else if (worker) worker.status = undefined;
  writeNext(state, ctx);
}

function retryLater(worker: PodWorker, ctx: Context): void {
  const timer: StatusRetryTimer = { type: 'status-retry', uid: worker.uid };
  if (worker.statusTimer === 0) worker.statusTimer = ctx.after(SYNC_PERIOD_US, timer);
}

export function onStatusRetry(state: KubeletState, uid: string, ctx: Context): void {
  const worker = state.pods.edit(uid);
  if (!worker) return;
  worker.statusTimer = 0;
  queueStatus(state, uid, ctx);
}

/** Somebody else changed what the kubelet owns (needsReconcile): it is put right with the next sync of all statuses. */
export function reconcileStatus(state: KubeletState, worker: PodWorker, ctx: Context): void {
  const own = worker.status?.conditions;
  const api = worker.pod.status?.conditions;
  if (!own || own === api || state.statusInFlight === worker.uid || state.statusQueue.has(worker.uid)) return;
  const differs = own.some((each) => KUBELET_CONDITIONS.has(each.type) && api?.find(({ type }) => type === each.type)?.status !== each.status);
  if (differs) retryLater(worker, ctx);
}
