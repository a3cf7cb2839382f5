// Starting containers, one after the other: back-off, image, environment, create, start, postStart (models kuberuntime
// startContainer). Every step that waits for an answer is a value in the worker's `start`.
import type { Container } from '../../api/generated/types.ts';
import { milliValue, value } from '../../api/quantity.ts';
import type { Context } from '../../kernel/actor.ts';
import { behaviorOf } from '../behavior.ts';
import type { ConnectResponse, ContainerConfig, CreateContainerResponse, ExecSyncResponse, ImageStatusResponse, PullImageResponse, StartContainerResponse } from '../messages.ts';
import { backoffLeftUs, formatDuration, nextBackoff } from './backoff.ts';
import { newCall, toRuntime } from './calls.ts';
import { formatPod, isExited, setView, specOf } from './containers.ts';
import { environmentOf, hasReferences } from './environment.ts';
import { containerEvent } from './events.ts';
import { hookFailure, hookSucceeded, runHook } from './hooks.ts';
import { ensureImage, nextPull, onImageStatus, onPulled, rememberImage } from './image-manager.ts';
import type { ImageOutcome } from './image-manager.ts';
import { killContainer } from './kill.ts';
import type { Call, ContainerView, KubeletState, PodWorker, StartProgress, StartStep } from './state.ts';

export function beginStart(worker: PodWorker, queue: readonly number[]): void {
  worker.start = { queue, step: 'next', containerId: '', pullStartedUs: 0 };
}

/** Starts what is in line until something must be waited for; true when nothing is left to start. */
export function advanceStart(state: KubeletState, worker: PodWorker, ctx: Context): boolean {
  while (worker.start?.step === 'next') {
    const index = worker.start.queue[0];
    if (index === undefined) {
      worker.start = undefined;
      break;
    }
    startFirst(state, worker, index, ctx);
  }
  return worker.start === undefined;
}

function setStep(worker: PodWorker, step: StartStep, containerId = worker.start?.containerId ?? ''): void {
  worker.start = { ...(worker.start as StartProgress), step, containerId };
}

/** The first container of the line is done with, well or badly. */
function next(worker: PodWorker): void {
  worker.start = { queue: worker.start?.queue.slice(1) ?? [], step: 'next', containerId: '', pullStartedUs: 0 };
}

function startFirst(state: KubeletState, worker: PodWorker, index: number, ctx: Context): void {
  const view = worker.containers[index] as ContainerView;
  if (isExited(view.current)) {
    const finishedUs = view.current.finishedUnixUs;
    const leftUs = backoffLeftUs(view.restartBackoff, finishedUs, ctx.unixUs);
    if (leftUs > 0) {
      const name = formatPod(worker.pod);
      containerEvent(state, ctx, worker.pod, view, 'Warning', 'BackOff', `Back-off restarting failed container ${view.name} in pod ${name}`);
      const untilUs = ctx.nowUs + leftUs;
      worker.backoffUntilUs = worker.backoffUntilUs === 0 ? untilUs : Math.min(worker.backoffUntilUs, untilUs);
      fail(worker, index, 'CrashLoopBackOff', `back-off ${formatDuration(view.restartBackoff?.backoffUs ?? 0)} restarting failed container=${view.name} pod=${name}`);
      return;
    }
    setView(worker, index, { restartBackoff: nextBackoff(view.restartBackoff, finishedUs, ctx.unixUs) });
  }
  onImage(state, worker, index, ensureImage(state, worker, index, ctx), ctx);
}

/** The container cannot be started: remembered as the reason why it waits. A failed init container ends the line. */
function fail(worker: PodWorker, index: number, reason: string, message: string): void {
  const view = setView(worker, index, { waiting: { reason, message } });
  worker.syncError = true;
  if (view.kind === 'init') worker.start = undefined;
  else next(worker);
}

function onImage(state: KubeletState, worker: PodWorker, index: number, outcome: ImageOutcome, ctx: Context): void {
  switch (outcome.kind) {
    case 'waiting': setStep(worker, outcome.step); return;
    case 'present': create(state, worker, index, ctx); return;
    case 'failed': {
      containerEvent(state, ctx, worker.pod, worker.containers[index] as ContainerView, 'Warning', 'Failed', `Error: ${outcome.reason}`);
      fail(worker, index, outcome.reason, outcome.message);
    }
  }
}

/** Whether an answer is for what the worker is waiting for now. */
function isExpected(worker: PodWorker, index: number, step: StartStep): boolean {
  return worker.start?.queue[0] === index && worker.start.step === step;
}

export function imageStatusAnswered(state: KubeletState, worker: PodWorker, call: Call, response: ImageStatusResponse, ctx: Context): void {
  if (!isExpected(worker, call.view, 'inspectingImage')) return;
  onImage(state, worker, call.view, onImageStatus(state, worker, call, response.image, response.error, ctx), ctx);
}

/** A pull ended; its pod may be gone by now, but the next pull must begin all the same. */
export function pullAnswered(state: KubeletState, call: Call, response: PullImageResponse, ctx: Context): PodWorker | undefined {
  const job = nextPull(state, ctx);
  if (response.image) rememberImage(state, response.image, ctx);
  const worker = state.pods.edit(call.uid);
  if (!worker || !job || !isExpected(worker, call.view, 'pullingImage')) return worker;
  onImage(state, worker, call.view, onPulled(state, worker, call, job, response.image, response.error, ctx), ctx);
  return worker;
}

/** Creates the container once all that its environment refers to is known. */
function create(state: KubeletState, worker: PodWorker, index: number, ctx: Context): void {
  const view = worker.containers[index] as ContainerView;
  const spec = specOf(worker.pod, view);
  let envNames = spec.env?.map(({ name }) => name) ?? [];
  if (hasReferences(spec)) {
    const environment = environmentOf(state, worker, spec, ctx);
    if (environment === 'waiting') {
      setStep(worker, 'resolvingEnvironment');
      return;
    }
    if ('problem' in environment) {
      containerEvent(state, ctx, worker.pod, view, 'Warning', 'Failed', `Error: ${environment.problem}`);
      fail(worker, index, 'CreateContainerConfigError', environment.problem);
      return;
    }
    envNames = [...environment.names];
  }
  if (view.current && view.previous) removeOldest(state, worker, index, ctx);
  setStep(worker, 'creating');
  const config = containerConfig(worker, view, spec, envNames);
  toRuntime(state, ctx, { type: 'cri-create-container', requestId: newCall(state, ctx, 'create', worker.uid, index), sandboxId: worker.sandbox?.id ?? '', config });
}

/** An object that the pod waited for has arrived. */
export function environmentArrived(state: KubeletState, worker: PodWorker, ctx: Context): void {
  const index = worker.start?.queue[0];
  if (index !== undefined && worker.start?.step === 'resolvingEnvironment') create(state, worker, index, ctx);
}

/** One dead container is kept for its logs (MaxPerPodContainerCount); those before it are removed. */
function removeOldest(state: KubeletState, worker: PodWorker, index: number, ctx: Context): void {
  const oldest = worker.containers[index]?.previous;
  if (!oldest) return;
  setView(worker, index, { previous: undefined });
  toRuntime(state, ctx, { type: 'cri-remove-container', requestId: newCall(state, ctx, 'remove', worker.uid, index), containerId: oldest.id });
}

const NO_WORDS: readonly string[] = [];

function containerConfig(worker: PodWorker, view: ContainerView, spec: Container, envNames: readonly string[]): ContainerConfig {
  const limits = spec.resources?.limits;
  return {
    name: view.name, attempt: attemptOf(worker, view), image: spec.image ?? '', command: spec.command ?? NO_WORDS, args: spec.args ?? NO_WORDS, envNames,
    containerPorts: spec.ports?.map(({ containerPort }) => containerPort) ?? [], mountPaths: spec.volumeMounts?.map(({ mountPath }) => mountPath) ?? NO_WORDS,
    stdin: spec.stdin === true, stdinOnce: spec.stdinOnce === true, tty: spec.tty === true, hostname: worker.pod.spec?.hostname ?? worker.pod.metadata.name ?? '', memoryLimitBytes: limits?.['memory'] === undefined ? 0 : value(limits['memory']),
    cpuLimitMilli: limits?.['cpu'] === undefined ? 0 : milliValue(limits['cpu']), behavior: behaviorOf(worker.pod.metadata.annotations, view.name, view.kind === 'init'),
  };
}

/** The restart count of the next container: from the runtime's records, else from the API's. */
function attemptOf(worker: PodWorker, view: ContainerView): number {
  const last = view.current ?? view.previous;
  if (last) return last.attempt + 1;
  const list = view.kind === 'container' ? worker.status?.containerStatuses : worker.status?.initContainerStatuses;
  return list?.find(({ name }) => name === view.name)?.restartCount ?? 0;
}

export function createAnswered(state: KubeletState, worker: PodWorker, call: Call, response: CreateContainerResponse, ctx: Context): void {
  if (!isExpected(worker, call.view, 'creating')) return;
  const view = worker.containers[call.view] as ContainerView;
  if (response.error) {
    containerEvent(state, ctx, worker.pod, view, 'Warning', 'Failed', `Error: ${response.error.message}`);
    fail(worker, call.view, 'CreateContainerError', response.error.message);
    return;
  }
  containerEvent(state, ctx, worker.pod, view, 'Normal', 'Created', 'Container created');
  setStep(worker, 'starting', response.containerId);
  toRuntime(state, ctx, { type: 'cri-start-container', requestId: newCall(state, ctx, 'start', worker.uid, call.view), containerId: response.containerId });
}

export function startAnswered(state: KubeletState, worker: PodWorker, call: Call, response: StartContainerResponse, ctx: Context): void {
  if (!isExpected(worker, call.view, 'starting')) return;
  const view = worker.containers[call.view] as ContainerView;
  if (response.error) {
    containerEvent(state, ctx, worker.pod, view, 'Warning', 'Failed', `Error: ${response.error.message}`);
    fail(worker, call.view, 'RunContainerError', response.error.message);
    return;
  }
  containerEvent(state, ctx, worker.pod, view, 'Normal', 'Started', 'Container started');
  const hook = specOf(worker.pod, view).lifecycle?.postStart;
  if (!hook) {
    started(worker, call.view);
    return;
  }
  setStep(worker, 'postStart');
  runHook(state, worker, call.view, hook, worker.start?.containerId ?? '', 'post-start', ctx);
}

function started(worker: PodWorker, index: number): void {
  setView(worker, index, { waiting: undefined });
  next(worker);
}

/** @param response undefined: a sleep is over */
export function postStartAnswered(state: KubeletState, worker: PodWorker, index: number, response: ExecSyncResponse | ConnectResponse | undefined, ctx: Context): void {
  if (!isExpected(worker, index, 'postStart')) return;
  const view = worker.containers[index] as ContainerView;
  const hook = specOf(worker.pod, view).lifecycle?.postStart;
  if (!response || !hook || hookSucceeded(response)) {
    started(worker, index);
    return;
  }
  containerEvent(state, ctx, worker.pod, view, 'Warning', 'FailedPostStartHook', 'PostStartHook failed');
  killContainer(state, worker, { view: index, message: 'FailedPostStartHook', reason: '' }, ctx);
  fail(worker, index, 'PostStartHookError', hookFailure(worker, view, hook, response, formatPod(worker.pod)));
}
