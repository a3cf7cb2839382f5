// Answers of the runtime and of the storage plugin, and events of containers: each goes to the pod that waits for it.
import { unreachable } from '../../../base/assert.ts';
import type { Context } from '../../kernel/actor.ts';
import type { ConnectResponse, ContainerEvent, CriResponse, CsiResponse, ExecSyncResponse, ListResponse, RuntimeCondition, RuntimeSandbox, StatusResponse } from '../messages.ts';
import { newCall, takeCall, toRuntime } from './calls.ts';
import { onPublished, onStaged, onUnpublished, onUnstaged } from './devices.ts';
import { preStopAnswered, stopAnswered } from './kill.ts';
import { registerSoon, setTroubles } from './node-status.ts';
import { onProbeAnswer, syncProbes } from './prober.ts';
import { createAnswered, imageStatusAnswered, postStartAnswered, pullAnswered, startAnswered } from './start.ts';
import type { Call, KubeletState, PodWorker } from './state.ts';
import { refreshStatus } from './status-manager.ts';
import { removeSandbox } from './pods.ts';
import { adoptContainer, advance, hasEnded, mountNow, requestSync, sandboxCreated, sandboxStopped, unmounted } from './sync.ts';

export function onNodeAnswer(state: KubeletState, message: CriResponse | CsiResponse, ctx: Context): void {
  const call = takeCall(state, message.requestId);
  if (!call) return;
  switch (message.type) {
    case 'cri-status-response': onStatus(state, message, ctx); return;
    case 'cri-list-response':
      if (state.listed) onRelist(state, message, ctx);
      else onList(state, message, ctx);
      return;
    case 'cri-update-runtime-config-response': if (!message.error) setTroubles(state, state.runtimeTrouble, '', ctx); return;
    case 'csi-node-get-info-response': state.drivers = message.drivers; return;
    case 'cri-remove-pod-sandbox-response': case 'cri-remove-container-response': return;
    case 'csi-node-stage-volume-response':
      for (const uid of onStaged(state, call, message.error, ctx)) resumeMount(state, uid, ctx);
      return;
    case 'csi-node-unstage-volume-response':
      onUnstaged(state, call, ctx);
      for (const uid of state.pods.keys()) if (state.pods.get(uid)?.volumes.some(({ phase }) => phase === 'staging')) resumeMount(state, uid, ctx);
      return;
    case 'cri-pull-image-response': {
      const worker = pullAnswered(state, call, message, ctx);
      if (worker) advance(state, worker, ctx);
      return;
    }
    case 'csi-node-publish-volume-response': onPublished(state, call, message.error, ctx); break;
    case 'csi-node-unpublish-volume-response': onUnpublished(state, call, ctx); break;
    default:
  }
  const worker = state.pods.edit(call.uid);
  if (worker) onPodAnswer(state, worker, call, message, ctx);
}

function resumeMount(state: KubeletState, uid: string, ctx: Context): void {
  const worker = state.pods.edit(uid);
  if (worker) mountNow(state, worker, ctx);
}

type PodAnswer = Exclude<CriResponse | CsiResponse, { readonly type: 'cri-status-response' | 'cri-list-response' | 'cri-update-runtime-config-response' | 'csi-node-get-info-response'
  | 'cri-remove-pod-sandbox-response' | 'cri-remove-container-response' | 'csi-node-stage-volume-response' | 'csi-node-unstage-volume-response' | 'cri-pull-image-response' }>;

function onPodAnswer(state: KubeletState, worker: PodWorker, call: Call, message: PodAnswer, ctx: Context): void {
  switch (message.type) {
    case 'cri-run-pod-sandbox-response': sandboxCreated(state, worker, message, ctx); return;
    case 'cri-stop-pod-sandbox-response': sandboxStopped(state, worker, message, ctx); return;
    case 'csi-node-unpublish-volume-response': unmounted(state, worker, ctx); return;
    case 'cri-image-status-response': imageStatusAnswered(state, worker, call, message, ctx); break;
    case 'cri-create-container-response': createAnswered(state, worker, call, message, ctx); break;
    case 'cri-start-container-response': startAnswered(state, worker, call, message, ctx); break;
    case 'cri-stop-container-response': stopAnswered(state, worker, call.view, message.error, ctx); break;
    case 'cri-exec-sync-response': case 'connect-response': onCommand(state, worker, call, message, ctx); break;
    case 'csi-node-publish-volume-response': break;
    default: unreachable(message);
  }
  advance(state, worker, ctx);
}

function onCommand(state: KubeletState, worker: PodWorker, call: Call, response: ExecSyncResponse | ConnectResponse, ctx: Context): void {
  if (call.kind === 'post-start') postStartAnswered(state, worker, call.view, response, ctx);
  else if (call.kind === 'pre-stop') preStopAnswered(state, worker, call.view, response, ctx);
  else onProbe(state, worker, call, response, ctx);
}

/** A changed result shows in the status at once; what it means for the containers is for the next sync. */
function onProbe(state: KubeletState, worker: PodWorker, call: Call, response: ExecSyncResponse | ConnectResponse, ctx: Context): void {
  const changed = onProbeAnswer(state, worker, call, response, ctx);
  if (changed === undefined) return;
  refreshStatus(state, worker, ctx);
  if (call.detail === 'readiness') syncProbes(worker, ctx);
  else requestSync(state, worker, ctx);
}

/** `NetworkReady=false reason:… message:…`, as the real condition prints itself. */
function conditionText(name: string, { ready, reason, message }: RuntimeCondition): string {
  return ready ? '' : `container runtime ${name === 'NetworkReady' ? 'network ' : ''}not ready: ${name}=false reason:${reason} message:${message}`;
}

function onStatus(state: KubeletState, message: StatusResponse, ctx: Context): void {
  if (message.error) return;
  state.runtimeVersion = message.version;
  // What happened while the runtime could not be heard is found by listing everything again.
  if (state.listed && state.runtimeTrouble !== '') relist(state, ctx);
  setTroubles(state, conditionText('RuntimeReady', message.runtimeReady), conditionText('NetworkReady', message.networkReady), ctx);
}

/** What is there when the kubelet starts: kept until the pods are known. */
function onList(state: KubeletState, message: ListResponse, ctx: Context): void {
  if (message.error) return;
  state.listed = true;
  state.images = message.images;
  for (const sandbox of message.sandboxes) {
    const found = state.found.get(sandbox.podUid) ?? { sandboxes: [], containers: [] };
    state.found.set(sandbox.podUid, { ...found, sandboxes: [...found.sandboxes, sandbox] });
  }
  for (const container of message.containers) {
    const found = state.found.get(container.podUid) ?? { sandboxes: [], containers: [] };
    state.found.set(container.podUid, { ...found, containers: [...found.containers, container] });
  }
  registerSoon(state, ctx);
}

/** The relist of the PLEG, for when events may have been missed. */
export function relist(state: KubeletState, ctx: Context): void {
  for (const call of state.calls.values()) if (call.kind === 'list') return;
  toRuntime(state, ctx, { type: 'cri-list', requestId: newCall(state, ctx, 'list', '', 0) });
}

function onRelist(state: KubeletState, { sandboxes, containers, error }: ListResponse, ctx: Context): void {
  if (error) return;
  const changed = new Set<string>();
  for (const sandbox of sandboxes) {
    const worker = state.pods.edit(sandbox.podUid);
    if (!worker) removeSandbox(state, sandbox.id, ctx);
    else if (adoptSandbox(worker, sandbox)) changed.add(worker.uid);
  }
  for (const container of containers) {
    const worker = state.pods.edit(container.podUid);
    if (worker && adoptContainer(worker, container)) changed.add(worker.uid);
  }
  for (const uid of changed) resync(state, uid, ctx);
}

/** Takes over what the runtime says of a sandbox; one that the worker does not know is left for removal. */
function adoptSandbox(worker: PodWorker, sandbox: RuntimeSandbox): boolean {
  if (worker.sandbox?.id === sandbox.id) {
    if (worker.sandbox.state === sandbox.state) return false;
    worker.sandbox = sandbox;
    return true;
  }
  if (!worker.oldSandboxes.includes(sandbox.id)) worker.oldSandboxes = [...worker.oldSandboxes, sandbox.id];
  return false;
}

function resync(state: KubeletState, uid: string, ctx: Context): void {
  const worker = state.pods.edit(uid);
  if (!worker) return;
  if (hasEnded(worker)) advance(state, worker, ctx);
  else requestSync(state, worker, ctx);
}

export function onContainerEvent(state: KubeletState, { container }: ContainerEvent, ctx: Context): void {
  const worker = state.pods.edit(container.podUid);
  if (worker && adoptContainer(worker, container)) resync(state, worker.uid, ctx);
}
