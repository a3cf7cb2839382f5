// Killing containers: Killing event, preStop hook, sidecars after the others, SIGTERM and the grace period (models
// kuberuntime killContainer and terminationOrdering).
import type { Probe } from '../../api/generated/types.ts';
import type { Context } from '../../kernel/actor.ts';
import type { ConnectResponse, ExecSyncResponse, RpcError } from '../messages.ts';
import { newCall, toRuntime } from './calls.ts';
import { isRunning, specOf } from './containers.ts';
import { containerEvent } from './events.ts';
import { hookSucceeded, runHook } from './hooks.ts';
import type { KillAction } from './pod-actions.ts';
import type { ContainerView, KillProgress, KubeletState, PodTimer, PodWorker } from './state.ts';

/** Every container gets this long to end by itself (minimumGracePeriodInSeconds). */
const MINIMUM_GRACE_SECONDS = 2;

function graceSeconds(worker: PodWorker, view: ContainerView, reason: KillAction['reason']): number {
  if (worker.graceOverride >= 0) return worker.graceOverride;
  const { deletionGracePeriodSeconds } = worker.pod.metadata;
  if (deletionGracePeriodSeconds !== undefined) return deletionGracePeriodSeconds;
  const spec = specOf(worker.pod, view);
  const probe: Probe | undefined = reason === 'StartupProbe' ? spec.startupProbe : reason === 'LivenessProbe' ? spec.livenessProbe : undefined;
  return probe?.terminationGracePeriodSeconds ?? worker.pod.spec?.terminationGracePeriodSeconds ?? MINIMUM_GRACE_SECONDS;
}

/** Begins to kill a running container. */
export function killContainer(state: KubeletState, worker: PodWorker, action: KillAction, ctx: Context, ordered = false): void {
  const view = worker.containers[action.view];
  if (!view?.current || !isRunning(view) || worker.kills.some((kill) => kill.containerId === view.current?.id && kill.step !== 'stopped')) return;
  containerEvent(state, ctx, worker.pod, view, 'Normal', 'Killing', action.message === '' ? `Stopping container ${view.name}` : action.message);
  const grace = graceSeconds(worker, view, action.reason);
  const hook = specOf(worker.pod, view).lifecycle?.preStop;
  const runsHook = hook !== undefined && grace > 0;
  worker.kills.push({ view: action.view, containerId: view.current.id, step: runsHook ? 'preStop' : ordered ? 'ordering' : 'stopping', graceSeconds: grace, startedUs: ctx.nowUs });
  if (runsHook) {
    const timer: PodTimer = { type: 'pod-timer', uid: worker.uid, what: 'ordering', view: action.view };
    ctx.after(grace * 1_000_000, timer);
    runHook(state, worker, action.view, hook, view.current.id, 'pre-stop', ctx);
  } else if (ordered) takeTurns(state, worker, ctx);
  else stop(state, worker, action.view, ctx);
}

function changeKill(worker: PodWorker, index: number, change: Partial<KillProgress>): void {
  worker.kills = worker.kills.map((kill) => (kill.view === index && kill.step !== 'stopped' ? { ...kill, ...change } : kill));
}

/** What is left of the grace period goes to the stop signal. */
function stop(state: KubeletState, worker: PodWorker, index: number, ctx: Context): void {
  const kill = worker.kills.find((each) => each.view === index && each.step !== 'stopped');
  if (!kill) return;
  const spentSeconds = Math.floor((ctx.nowUs - kill.startedUs) / 1_000_000);
  const timeoutSeconds = Math.max(MINIMUM_GRACE_SECONDS, kill.graceSeconds - spentSeconds);
  changeKill(worker, index, { step: 'stopping' });
  toRuntime(state, ctx, { type: 'cri-stop-container', requestId: newCall(state, ctx, 'stop', worker.uid, index, '', timeoutSeconds), containerId: kill.containerId, timeoutSeconds });
}

/** @param response undefined: a sleep is over, or the grace period is */
export function preStopAnswered(state: KubeletState, worker: PodWorker, index: number, response: ExecSyncResponse | ConnectResponse | undefined, ctx: Context): void {
  const kill = worker.kills.find((each) => each.view === index && each.step === 'preStop');
  if (!kill) return;
  const view = worker.containers[index] as ContainerView;
  if (response && !hookSucceeded(response)) containerEvent(state, ctx, worker.pod, view, 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
  changeKill(worker, index, { step: 'ordering' });
  takeTurns(state, worker, ctx);
}

/** The grace period of a container that runs its hook or waits for its turn is over. */
export function graceExpired(state: KubeletState, worker: PodWorker, index: number, ctx: Context): void {
  const kill = worker.kills.find((each) => each.view === index && (each.step === 'preStop' || each.step === 'ordering'));
  if (kill && ctx.nowUs - kill.startedUs >= kill.graceSeconds * 1_000_000) stop(state, worker, index, ctx);
}

/** Kills all running containers of a pod that ends; sidecars wait for the others, and for the sidecars behind them. */
export function killAll(state: KubeletState, worker: PodWorker, ctx: Context): void {
  const ordered = worker.containers.some((view) => view.kind === 'sidecar');
  const running = worker.containers.flatMap((view, index) => (isRunning(view) ? [index] : []));
  for (const index of running) killContainer(state, worker, { view: index, message: '', reason: '' }, ctx, ordered);
  if (!ordered) return;
  for (const kill of worker.kills) {
    const timer: PodTimer = { type: 'pod-timer', uid: worker.uid, what: 'ordering', view: kill.view };
    if (kill.step === 'ordering') ctx.after(kill.graceSeconds * 1_000_000, timer);
  }
}

function takeTurns(state: KubeletState, worker: PodWorker, ctx: Context): void {
  for (const kill of worker.kills) if (kill.step === 'ordering' && isItsTurn(worker, kill)) stop(state, worker, kill.view, ctx);
}

function isItsTurn(worker: PodWorker, kill: KillProgress): boolean {
  if (worker.containers[kill.view]?.kind !== 'sidecar' || worker.phase !== 'terminating') return true;
  return worker.containers.every((view, index) => {
    const before = view.kind === 'container' || (view.kind === 'sidecar' && index > kill.view);
    return !before || !isRunning(view);
  });
}

export function stopAnswered(state: KubeletState, worker: PodWorker, index: number, error: RpcError | undefined, ctx: Context): void {
  const view = worker.containers[index];
  if (error && view && isRunning(view)) {
    // The kill is tried again until it succeeds.
    stop(state, worker, index, ctx);
    return;
  }
  changeKill(worker, index, { step: 'stopped' });
  takeTurns(state, worker, ctx);
}

export function areKilled(worker: Readonly<PodWorker>): boolean {
  return worker.kills.every((kill) => kill.step === 'stopped');
}

/** The grace period became shorter while the pod was ending: the runtime is told again. */
export function shortenGrace(state: KubeletState, worker: PodWorker, seconds: number, ctx: Context): void {
  for (const kill of worker.kills) {
    if (kill.step === 'stopped' || kill.graceSeconds <= seconds) continue;
    changeKill(worker, kill.view, { graceSeconds: seconds, startedUs: ctx.nowUs });
    stop(state, worker, kill.view, ctx);
  }
}
