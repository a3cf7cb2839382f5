// What is to be done for a pod (models kuberuntime computePodActions): compare the spec with what runs. Pure.
import type { Explanation } from '../../kernel/actor.ts';
import { isExited, isRunning, restartsAfter, restartsOnFailure, resultOf, shouldBeRestarted, specOf } from './containers.ts';
import type { ReadonlyWorker } from './containers.ts';
import type { ContainerView, WorkerPhase } from './state.ts';

export interface KillAction { readonly view: number; readonly message: string; readonly reason: '' | 'StartupProbe' | 'LivenessProbe' }

export interface PodActions {
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  readonly attempt: number;
  /** Positions in the worker's containers, in the order in which they are to be started. */
  readonly start: readonly number[];
  readonly kill: readonly KillAction[];
}

/** The kubelet's explanation: the list of actions for a pod and why, in codes and parameters. */
export interface PodActionsExplanation extends Explanation {
  readonly about: 'podActions';
  readonly pod: string;
  readonly phase: WorkerPhase;
  readonly actions: readonly { readonly code: string; readonly params: Readonly<Record<string, string | number>> }[];
}

const NOTHING: readonly never[] = [];

export function computePodActions(worker: ReadonlyWorker): PodActions {
  const { sandbox } = worker;
  const needsSandbox = sandbox?.state !== 'SANDBOX_READY';
  if (needsSandbox) return withNewSandbox(worker, sandbox ? sandbox.attempt + 1 : 0);
  return withSandbox(worker, sandbox.attempt);
}

/** Everything starts anew in a new sandbox, unless nothing is left to run. */
function withNewSandbox(worker: ReadonlyWorker, attempt: number): PodActions {
  const { pod, containers } = worker;
  const stop: PodActions = { killPod: true, createSandbox: false, attempt, start: NOTHING, kill: NOTHING };
  const everCreated = containers.some((view) => view.current !== undefined);
  if (!restartsOnFailure(pod) && attempt !== 0 && everCreated) return stop;
  const wanted: number[] = [];
  containers.forEach((view, index) => {
    const succeeded = isExited(view.current) && view.current.exitCode === 0;
    const runsOnce = (specOf(pod, view).restartPolicy ?? pod.spec?.restartPolicy) === 'OnFailure';
    if (view.kind === 'container' && !(runsOnce && succeeded)) wanted.push(index);
  });
  if (wanted.length === 0 && containers.some((view) => view.kind === 'container' && view.current)) return stop;
  const start = containers[0] && containers[0].kind !== 'container' ? [0] : wanted;
  return { killPod: true, createSandbox: true, attempt, start, kill: NOTHING };
}

function withSandbox(worker: ReadonlyWorker, attempt: number): PodActions {
  const { pod, containers } = worker;
  const kill: KillAction[] = [];
  const start: number[] = [];
  const initialized = initActions(worker, start, kill);
  if (initialized === 'failed') return { killPod: true, createSandbox: false, attempt, start: NOTHING, kill: NOTHING };
  if (initialized === 'not yet') return { killPod: false, createSandbox: false, attempt, start, kill };
  let keep = 0;
  let starting = 0;
  containers.forEach((view, index) => {
    if (view.kind !== 'container') return;
    if (!isRunning(view)) {
      if (!shouldBeRestarted(pod, view)) return;
      start.push(index);
      starting++;
      return;
    }
    const reason = killReason(worker, view, 'Container');
    if (!reason) {
      keep++;
      return;
    }
    const restart = reason.always || (specOf(pod, view).restartPolicy ?? pod.spec?.restartPolicy) !== 'Never';
    if (restart) {
      start.push(index);
      starting++;
    }
    kill.push({ view: index, message: restart ? `${reason.message}, will be restarted` : reason.message, reason: reason.reason });
  });
  if (keep === 0 && starting === 0) return { killPod: true, createSandbox: false, attempt, start: NOTHING, kill };
  return { killPod: false, createSandbox: false, attempt, start, kill };
}

interface KillReason { readonly message: string; readonly reason: KillAction['reason']; readonly always: boolean }

/** Why a running container must go: another image, or a failed liveness or startup probe. */
function killReason(worker: ReadonlyWorker, view: ContainerView, noun: string): KillReason | undefined {
  if (view.current && specOf(worker.pod, view).image !== view.current.image) return { message: `${noun} ${view.name} definition changed`, reason: '', always: true };
  if (resultOf(view, 'liveness') === 'failure') return { message: `${noun} ${view.name} failed liveness probe`, reason: 'LivenessProbe', always: false };
  if (resultOf(view, 'startup') === 'failure') return { message: `${noun} ${view.name} failed startup probe`, reason: 'StartupProbe', always: false };
  return undefined;
}

/**
 * Init containers run one after the other until each has succeeded; sidecars count as done once they have started, and
 * are kept running. Looks from the last one backwards, as the kubelet does, since finished ones may be forgotten.
 */
function initActions(worker: ReadonlyWorker, start: number[], kill: KillAction[]): 'done' | 'not yet' | 'failed' {
  const { pod, containers } = worker;
  const count = containers.findIndex((view) => view.kind === 'container');
  if (count === 0) return 'done';
  let done = containers.some((view) => view.kind === 'container' && view.current !== undefined && !isExited(view.current));
  let earlierDone = done;
  const found: number[] = [];
  for (let i = count - 1; i >= 0; i--) {
    const view = containers[i] as ContainerView;
    if (!view.current) {
      if (earlierDone && view.kind === 'sidecar') found.push(i);
      continue;
    }
    if (earlierDone && view.kind === 'init') continue;
    const step = view.kind === 'sidecar' ? sidecarStep(worker, view, i, kill) : initStep(worker, view);
    if (step === 'failed') return pod.metadata.deletionTimestamp === undefined ? 'failed' : 'not yet';
    if (step === 'start') found.push(i);
    if (step === 'done' && i === count - 1) done = true;
    else if (step === 'done' && !earlierDone) found.push(i + 1);
    earlierDone = true;
  }
  if (!earlierDone) found.push(0);
  start.push(...found.toReversed());
  return done ? 'done' : 'not yet';
}

function initStep(worker: ReadonlyWorker, view: ContainerView): 'wait' | 'start' | 'done' | 'failed' {
  if (!isExited(view.current)) return view.current?.state === 'CONTAINER_CREATED' ? 'start' : 'wait';
  if (view.current.exitCode === 0) return 'done';
  return restartsAfter(worker.pod, view, view.current.exitCode) ? 'start' : 'failed';
}

function sidecarStep(worker: ReadonlyWorker, view: ContainerView, index: number, kill: KillAction[]): 'wait' | 'start' | 'done' {
  if (!isRunning(view)) return 'start';
  const startup = specOf(worker.pod, view).startupProbe ? resultOf(view, 'startup') : 'success';
  const reason = killReason(worker, view, 'Init container');
  if (reason) {
    kill.push({ view: index, message: reason.message, reason: reason.reason });
    return 'start';
  }
  return startup === 'success' ? 'done' : 'wait';
}

/** The actions in the page's codes, in the order in which they are done. */
export function explainActions(worker: ReadonlyWorker, actions: PodActions): PodActionsExplanation {
  const list: { code: string; params: Record<string, string | number> }[] = [];
  if (actions.killPod && worker.sandbox?.state === 'SANDBOX_READY') list.push({ code: 'killPod', params: {} });
  for (const { view, message } of actions.kill) list.push({ code: 'killContainer', params: { container: worker.containers[view]?.name ?? '', message } });
  if (actions.createSandbox) list.push({ code: worker.sandbox ? 'replaceSandbox' : 'createSandbox', params: { attempt: actions.attempt } });
  for (const index of actions.start) {
    const view = worker.containers[index] as ContainerView;
    const code = view.kind === 'init' ? 'startInitContainer' : view.kind === 'sidecar' ? 'startSidecar' : 'startContainer';
    list.push({ code, params: { container: view.name, restarts: view.current ? view.current.attempt + 1 : 0, exitCode: isExited(view.current) ? view.current.exitCode : 0 } });
  }
  if (list.length === 0) list.push({ code: 'nothing', params: {} });
  return { about: 'podActions', pod: worker.key, phase: worker.phase, actions: list };
}
