// The pod worker: one sync after another, each the real SyncPod in its order (status, network, volumes, sandbox,
// containers), then SyncTerminatingPod and SyncTerminatedPod when the pod ends. A sync that waits for an answer is
// nothing but the worker's phase; `advance` takes it up again.
import { parseTime } from '../../../base/time.ts';
import type { PodStatus } from '../../api/generated/types.ts';
import type { Context } from '../../kernel/actor.ts';
import type { RunPodSandboxResponse, StopPodSandboxResponse } from '../messages.ts';
import { errorText, newCall, toRuntime } from './calls.ts';
import { isExited, isHostNetwork, isRunning, setView } from './containers.ts';
import { advanceDevices, unpublishVolumes } from './devices.ts';
import { podEvent } from './events.ts';
import { areKilled, killAll, killContainer, shortenGrace } from './kill.ts';
import { computePodActions, explainActions } from './pod-actions.ts';
import type { PodActions, PodActionsExplanation } from './pod-actions.ts';
import { isTerminal } from './pod-status.ts';
import { stopProbes, syncProbes } from './prober.ts';
import { qosClassOf } from './qos.ts';
import { advanceStart, beginStart } from './start.ts';
import type { KubeletState, PodTimer, PodWorker, WorkerPhase } from './state.ts';
import { refreshStatus, sandboxReady, terminateStatus } from './status-manager.ts';
import { areMounted, mountPending, mountSoon } from './volumes.ts';

/** A failed sync is tried again after this, or when its back-off ends; never later than the regular resync. */
const ERROR_BACKOFF_US = 10_000_000;
const RESYNC_US = 60_000_000;
const TRANSIENT_BACKOFF_US = 1_000_000;
const UNMOUNT_US = 60_000;
const UNMOUNT_JITTER_US = 80_000;
const NETWORK_NOT_READY = 'network is not ready';

/** Syncs the pod now, or again after the sync under way. */
export function requestSync(state: KubeletState, worker: PodWorker, ctx: Context): void {
  if (hasEnded(worker)) return;
  if (worker.busy) worker.pending = true;
  else sync(state, worker, ctx);
}

export function hasEnded(worker: Readonly<PodWorker>): boolean {
  return worker.phase === 'terminating' || worker.phase === 'unmounting' || worker.phase === 'terminated' || worker.phase === 'rejected';
}

function explain(worker: PodWorker, ctx: Context, code: string, params: Readonly<Record<string, string | number>> = {}): void {
  const explanation: PodActionsExplanation = { about: 'podActions', pod: worker.key, phase: worker.phase, actions: [{ code, params }] };
  ctx.explain(explanation);
}

function sync(state: KubeletState, worker: PodWorker, ctx: Context): void {
  worker.busy = true;
  worker.pending = false;
  worker.syncError = false;
  worker.backoffUntilUs = 0;
  worker.kills = [];
  if (worker.requeueTimer !== 0) ctx.cancel(worker.requeueTimer);
  worker.requeueTimer = 0;
  const status = refreshStatus(state, worker, ctx);
  if (pastDeadline(state, worker, status, ctx)) return;
  syncProbes(worker, ctx);
  if (isTerminal(status.phase)) {
    end(state, worker, ctx, 'podFinished');
    return;
  }
  if (state.networkTrouble !== '' && !isHostNetwork(worker.pod)) {
    podEvent(state, ctx, worker.pod, 'Warning', 'NetworkNotReady', `${NETWORK_NOT_READY}: ${state.networkTrouble}`);
    finish(state, worker, ctx, TRANSIENT_BACKOFF_US);
    return;
  }
  enter(worker, 'mountingVolumes');
  if (!areMounted(worker)) {
    explain(worker, ctx, 'mountVolumes', { volumes: worker.volumes.length });
    mountSoon(worker, ctx);
    return;
  }
  act(state, worker, ctx);
}

/** activeDeadlineSeconds: a pod that has been active for too long fails (models active_deadline.go). */
function pastDeadline(state: KubeletState, worker: PodWorker, status: PodStatus, ctx: Context): boolean {
  const seconds = worker.pod.spec?.activeDeadlineSeconds;
  if (seconds === undefined || isTerminal(status.phase)) return false;
  const leftUs = (parseTime(status.startTime ?? '') ?? ctx.unixUs) + seconds * 1_000_000 - ctx.unixUs;
  if (leftUs > 0) {
    const timer: PodTimer = { type: 'pod-timer', uid: worker.uid, what: 'deadline', view: 0 };
    if (worker.deadlineTimer === 0) worker.deadlineTimer = ctx.after(leftUs, timer);
    return false;
  }
  const message = 'Pod was active on the node longer than the specified deadline';
  podEvent(state, ctx, worker.pod, 'Normal', 'DeadlineExceeded', message);
  worker.failure = { reason: 'DeadlineExceeded', message };
  end(state, worker, ctx, 'podFinished');
  return true;
}

function enter(worker: PodWorker, phase: WorkerPhase): void {
  worker.phase = phase;
}

/** The reconciler's turn for a pod that waits for its volumes. */
export function mountNow(state: KubeletState, worker: PodWorker, ctx: Context): void {
  if (worker.phase !== 'mountingVolumes') return;
  const problem = mountPending(state, worker, ctx);
  if (problem !== undefined) {
    podEvent(state, ctx, worker.pod, 'Warning', 'FailedMount', `Unable to attach or mount volumes: ${problem}`);
    worker.syncError = true;
    finish(state, worker, ctx);
    return;
  }
  advanceDevices(state, worker, ctx);
  advance(state, worker, ctx);
}

/** Goes on with what the worker is at, if what it waited for is there. */
export function advance(state: KubeletState, worker: PodWorker, ctx: Context): void {
  if (worker.endRequested && !hasEnded(worker) && isBetweenSteps(worker)) {
    end(state, worker, ctx, 'podDeleted');
    return;
  }
  switch (worker.phase) {
    case 'mountingVolumes': if (worker.busy && areMounted(worker)) act(state, worker, ctx); return;
    case 'killingContainers': if (areKilled(worker)) proceed(state, worker, ctx); return;
    case 'killingPod': if (areKilled(worker)) stopSandbox(state, worker, ctx); return;
    case 'startingContainers': if (advanceStart(state, worker, ctx)) finish(state, worker, ctx); return;
    case 'terminating': if (areKilled(worker)) stopSandbox(state, worker, ctx); return;
    case 'unmounting': if (worker.volumes.every((volume) => volume.phase === 'unmounted')) terminated(state, worker, ctx); return;
    case 'creatingSandbox': case 'synced': case 'waiting': case 'rejected': case 'terminated':
  }
}

/** A sync that is to be given up waits for the call under way, as the runtime cannot be interrupted. */
function isBetweenSteps(worker: PodWorker): boolean {
  if (worker.phase === 'startingContainers') return worker.start === undefined || worker.start.step === 'next' || worker.start.step === 'resolvingEnvironment';
  if (worker.phase === 'killingContainers' || worker.phase === 'killingPod') return areKilled(worker);
  return worker.phase === 'mountingVolumes';
}

/** Volumes are there: find out what is to be done, and begin. */
function act(state: KubeletState, worker: PodWorker, ctx: Context): void {
  const actions = computePodActions(worker);
  ctx.explain(explainActions(worker, actions));
  if (actions.killPod) {
    if (actions.createSandbox && worker.sandbox) podEvent(state, ctx, worker.pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    if (worker.sandbox || worker.containers.some(isRunning)) {
      enter(worker, 'killingPod');
      killAll(state, worker, ctx);
      advance(state, worker, ctx);
      return;
    }
  }
  if (actions.kill.length > 0) {
    enter(worker, 'killingContainers');
    for (const kill of actions.kill) killContainer(state, worker, kill, ctx);
    advance(state, worker, ctx);
    return;
  }
  carryOut(state, worker, actions, ctx);
}

/** What was unwanted is gone: the rest of the actions, worked out anew from what is left. */
function proceed(state: KubeletState, worker: PodWorker, ctx: Context): void {
  worker.kills = [];
  const actions = computePodActions(worker);
  if (actions.killPod && !actions.createSandbox) finish(state, worker, ctx);
  else carryOut(state, worker, actions, ctx);
}

function carryOut(state: KubeletState, worker: PodWorker, actions: PodActions, ctx: Context): void {
  if (actions.createSandbox) {
    createSandbox(state, worker, actions.attempt, ctx);
    return;
  }
  enter(worker, 'startingContainers');
  beginStart(worker, actions.start);
  advance(state, worker, ctx);
}

// ---- sandbox ----

function createSandbox(state: KubeletState, worker: PodWorker, attempt: number, ctx: Context): void {
  enter(worker, 'creatingSandbox');
  const { namespace = '', name = '' } = worker.pod.metadata;
  toRuntime(state, ctx, {
    type: 'cri-run-pod-sandbox', requestId: newCall(state, ctx, 'run-sandbox', worker.uid, 0),
    config: { podUid: worker.uid, namespace, name, attempt, hostNetwork: isHostNetwork(worker.pod), qosClass: qosClassOf(worker.pod) },
  });
}

export function sandboxCreated(state: KubeletState, worker: PodWorker, response: RunPodSandboxResponse, ctx: Context): void {
  if (worker.phase !== 'creatingSandbox') return;
  if (response.sandbox) {
    const { id } = response.sandbox;
    worker.oldSandboxes = [...worker.oldSandboxes, ...(worker.sandbox ? [worker.sandbox.id] : [])].filter((each) => each !== id);
    worker.sandbox = response.sandbox;
    forgetInitContainers(worker);
  }
  if (worker.endRequested) {
    end(state, worker, ctx, 'podDeleted');
    return;
  }
  if (!response.sandbox) {
    const text = response.error ? errorText(response.error) : '';
    podEvent(state, ctx, worker.pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${text}`);
    worker.syncError = true;
    finish(state, worker, ctx);
    return;
  }
  // A relist would notice the new sandbox while containers are being started.
  sandboxReady(state, worker, ctx);
  worker.pending = true;
  const actions = computePodActions(worker);
  explain(worker, ctx, 'sandboxReady', { sandbox: response.sandbox.id, ip: response.sandbox.ip });
  carryOut(state, worker, actions, ctx);
}

/** In a new sandbox everything begins anew. */
function forgetInitContainers(worker: PodWorker): void {
  worker.containers.forEach((view, index) => {
    if (view.kind !== 'container' && view.current) setView(worker, index, { current: undefined, previous: view.current });
  });
}

function stopSandbox(state: KubeletState, worker: PodWorker, ctx: Context): void {
  const { sandbox } = worker;
  for (const call of state.calls.values()) if (call.kind === 'stop-sandbox' && call.uid === worker.uid) return;
  if (!sandbox || (sandbox.state !== 'SANDBOX_READY' && worker.phase === 'terminating')) {
    sandboxStopped(state, worker, undefined, ctx);
    return;
  }
  toRuntime(state, ctx, { type: 'cri-stop-pod-sandbox', requestId: newCall(state, ctx, 'stop-sandbox', worker.uid, 0), sandboxId: sandbox.id });
}

export function sandboxStopped(state: KubeletState, worker: PodWorker, response: StopPodSandboxResponse | undefined, ctx: Context): void {
  if (worker.sandbox && !response?.error) worker.sandbox = { ...worker.sandbox, state: 'SANDBOX_NOTREADY' };
  if (worker.phase === 'terminating') {
    stopped(state, worker, ctx);
    return;
  }
  if (worker.phase !== 'killingPod') return;
  worker.kills = [];
  if (worker.endRequested) {
    end(state, worker, ctx, 'podDeleted');
    return;
  }
  const actions = computePodActions(worker);
  if (actions.createSandbox) createSandbox(state, worker, actions.attempt, ctx);
  else finish(state, worker, ctx);
}

// ---- the end of a sync ----

/** completeWork: sync again at once, later, or when something happens. */
function finish(state: KubeletState, worker: PodWorker, ctx: Context, retryUs = 0): void {
  worker.busy = false;
  worker.kills = [];
  enter(worker, worker.syncError || retryUs > 0 ? 'waiting' : 'synced');
  if (worker.endRequested) {
    end(state, worker, ctx, 'podDeleted');
    return;
  }
  if (worker.syncError || retryUs > 0) requeue(worker, retryUs, ctx);
  if (worker.pending) sync(state, worker, ctx);
}

function requeue(worker: PodWorker, retryUs: number, ctx: Context): void {
  const leftUs = worker.backoffUntilUs > 0 ? worker.backoffUntilUs - ctx.nowUs : ERROR_BACKOFF_US;
  const delayUs = retryUs > 0 ? retryUs : Math.min(Math.max(leftUs, 0), RESYNC_US);
  const timer: PodTimer = { type: 'pod-timer', uid: worker.uid, what: 'requeue', view: 0 };
  worker.requeueTimer = ctx.after(delayUs + ctx.random.below(Math.floor(delayUs / 2) + 1), timer);
}

// ---- the end of a pod ----

/** Ends the pod as soon as the step under way allows it; asked again, a shorter grace period takes effect. */
export function requestEnd(state: KubeletState, worker: PodWorker, ctx: Context): void {
  if (worker.phase === 'terminating') {
    const seconds = worker.graceOverride >= 0 ? worker.graceOverride : worker.pod.metadata.deletionGracePeriodSeconds;
    if (seconds !== undefined) shortenGrace(state, worker, seconds, ctx);
    return;
  }
  if (hasEnded(worker)) return;
  worker.endRequested = true;
  if (!worker.busy) end(state, worker, ctx, 'podDeleted');
  else advance(state, worker, ctx);
}

/** SyncTerminatingPod: containers first, then the sandbox and with it the network. */
function end(state: KubeletState, worker: PodWorker, ctx: Context, why: 'podDeleted' | 'podFinished'): void {
  enter(worker, 'terminating');
  worker.busy = true;
  worker.start = undefined;
  worker.kills = [];
  if (worker.requeueTimer !== 0) ctx.cancel(worker.requeueTimer);
  if (worker.mountTimer !== 0) ctx.cancel(worker.mountTimer);
  if (worker.deadlineTimer !== 0) ctx.cancel(worker.deadlineTimer);
  worker.requeueTimer = 0;
  worker.mountTimer = 0;
  if (worker.status) refreshStatus(state, worker, ctx);
  stopProbes(state, worker, ctx, ['startup', 'liveness']);
  explain(worker, ctx, why, { graceSeconds: worker.pod.metadata.deletionGracePeriodSeconds ?? worker.pod.spec?.terminationGracePeriodSeconds ?? 0 });
  killAll(state, worker, ctx);
  advance(state, worker, ctx);
}

/** SyncTerminatedPod begins: the last status, then the volumes. */
function stopped(state: KubeletState, worker: PodWorker, ctx: Context): void {
  stopProbes(state, worker, ctx);
  enter(worker, 'unmounting');
  refreshStatus(state, worker, ctx, true);
  if (unpublishVolumes(state, worker, ctx)) return;
  if (worker.volumes.some((volume) => volume.phase !== 'pending' && volume.phase !== 'unmounted')) {
    const timer: PodTimer = { type: 'pod-timer', uid: worker.uid, what: 'unmounted', view: 0 };
    ctx.after(UNMOUNT_US + ctx.random.below(UNMOUNT_JITTER_US), timer);
    return;
  }
  unmounted(state, worker, ctx);
}

/** What needs no driver is unmounted together. */
export function unmounted(state: KubeletState, worker: PodWorker, ctx: Context): void {
  worker.volumes = worker.volumes.map((volume) => (volume.uniqueName === '' ? { ...volume, phase: 'unmounted' } : volume));
  advance(state, worker, ctx);
}

function terminated(state: KubeletState, worker: PodWorker, ctx: Context): void {
  if (worker.phase !== 'unmounting') return;
  enter(worker, 'terminated');
  worker.busy = false;
  worker.pending = false;
  explain(worker, ctx, 'podTerminated');
  if (worker.gone) removePod(state, worker, ctx);
  else terminateStatus(state, worker, ctx);
}

/** A pod that has ended here and that the API server no longer has: its sandboxes are removed with their containers. */
export function removePod(state: KubeletState, worker: Readonly<PodWorker>, ctx: Context): void {
  state.pods.delete(worker.uid);
  for (const sandboxId of [...worker.oldSandboxes, ...(worker.sandbox ? [worker.sandbox.id] : [])]) {
    toRuntime(state, ctx, { type: 'cri-remove-pod-sandbox', requestId: newCall(state, ctx, 'remove-sandbox', '', 0), sandboxId });
  }
}

/** A container changed in the runtime. Returns whether the pod must be looked at. */
export function adoptContainer(worker: PodWorker, container: NonNullable<PodWorker['containers'][number]['current']>): boolean {
  const index = worker.containers.findIndex((view) => view.name === container.name);
  const view = worker.containers[index];
  if (!view) return false;
  if (view.current && container.createdUnixUs < view.current.createdUnixUs) return false;
  if (view.current?.id === container.id) {
    if (isExited(view.current)) return false;
    setView(worker, index, { current: container });
  } else setView(worker, index, { current: container, previous: view.current ?? view.previous });
  return true;
}
