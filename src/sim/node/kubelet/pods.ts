// Pods of this node as the API server tells of them: admission, new workers, changes, deletions (models HandlePodAdditions,
// HandlePodUpdates, HandlePodRemoves and the clean-up of what nobody asks for any more).
import type { Pod } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Change } from '../../client/informer.ts';
import type { Context } from '../../kernel/actor.ts';
import type { RuntimeContainer, RuntimeSandbox } from '../messages.ts';
import { rejectionOf } from './admission.ts';
import { newCall, toRuntime } from './calls.ts';
import { newViews } from './containers.ts';
import { podEvent } from './events.ts';
import type { PodActionsExplanation } from './pod-actions.ts';
import { isTerminal } from './pod-status.ts';
import type { ContainerView, KubeletState, PodWorker } from './state.ts';
import { adoptVersion, queueStatus, reconcileStatus, rejectPod } from './status-manager.ts';
import { removePod, requestEnd, requestSync } from './sync.ts';
import { newVolumes } from './volumes.ts';

export function onPodChange(state: KubeletState, change: Change, ctx: Context): void {
  const pod = change.object as ApiObject as Pod;
  const uid = pod.metadata.uid ?? '';
  switch (change.type) {
    case 'added': addPod(state, pod, ctx); return;
    case 'updated': {
      // Deleted and made anew under the same name while the watch was away.
      const before = change.old?.metadata.uid;
      if (before !== undefined && before !== uid) {
        podGone(state, before, ctx);
        addPod(state, pod, ctx);
      } else updatePod(state, pod, ctx);
      return;
    }
    case 'deleted': podGone(state, uid, ctx);
  }
}

function newWorker(state: KubeletState, pod: Pod, ctx: Context): PodWorker {
  const uid = pod.metadata.uid ?? '';
  const worker: PodWorker = {
    owner: { owner: true }, uid, key: keyOf(pod), pod, gone: false, phase: 'synced', busy: false, pending: false, endRequested: false, syncError: false, backoffUntilUs: 0,
    requeueTimer: 0, statusTimer: 0, deadlineTimer: 0, addedUs: ctx.nowUs, sandbox: undefined, oldSandboxes: [], containers: newViews(pod), volumes: newVolumes(pod), mountBackoffUs: 0, mountTimer: 0,
    start: undefined, kills: [], graceOverride: -1, failure: undefined, status: undefined,
  };
  const found = state.found.get(uid);
  state.found.delete(uid);
  if (found) takeOver(worker, found.sandboxes, found.containers);
  return state.pods.add(uid, worker);
}

/** What an earlier life of the kubelet, or of the machine, left in the runtime. */
function takeOver(worker: PodWorker, sandboxes: readonly RuntimeSandbox[], containers: readonly RuntimeContainer[]): void {
  const byAttempt = sandboxes.toSorted((a, b) => b.attempt - a.attempt);
  worker.sandbox = byAttempt[0];
  worker.oldSandboxes = byAttempt.slice(1).map(({ id }) => id);
  worker.containers = worker.containers.map((view): ContainerView => {
    const [current, previous] = containers.filter(({ name }) => name === view.name).toSorted((a, b) => b.attempt - a.attempt);
    return { ...view, current, previous };
  });
}

function addPod(state: KubeletState, pod: Pod, ctx: Context): void {
  const worker = newWorker(state, pod, ctx);
  if (isTerminal(pod.status?.phase)) {
    addEnded(state, worker, ctx);
    return;
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    requestEnd(state, worker, ctx);
    return;
  }
  const rejection = state.node && rejectionOf(pod, state.node, activePods(state, worker.uid));
  const explanation: PodActionsExplanation = {
    about: 'podActions', pod: worker.key, phase: worker.phase,
    actions: [rejection ? { code: 'reject', params: { reason: rejection.reason, message: rejection.message } } : { code: 'admit', params: { node: state.nodeName } }],
  };
  ctx.explain(explanation);
  if (!rejection) {
    requestSync(state, worker, ctx);
    return;
  }
  worker.phase = 'rejected';
  podEvent(state, ctx, pod, 'Warning', rejection.reason, rejection.message);
  rejectPod(state, worker, rejection.reason, rejection.message, ctx);
}

/** A pod that had ended before this kubelet saw it: what is left of it is taken down. */
function addEnded(state: KubeletState, worker: PodWorker, ctx: Context): void {
  worker.status = worker.pod.status;
  if (worker.sandbox?.state === 'SANDBOX_READY') {
    requestEnd(state, worker, ctx);
    return;
  }
  worker.phase = 'terminated';
  if (worker.pod.metadata.deletionTimestamp !== undefined) queueStatus(state, worker.uid, ctx);
}

/** Pods that were admitted and have not ended: what a new one must fit beside. */
function activePods(state: KubeletState, except: string): readonly Pod[] {
  const pods: Pod[] = [];
  for (const worker of state.pods.values()) {
    const ended = worker.phase === 'terminated' || worker.phase === 'unmounting' || worker.phase === 'rejected';
    if (worker.uid !== except && !ended) pods.push(worker.pod);
  }
  return pods;
}

function updatePod(state: KubeletState, pod: Pod, ctx: Context): void {
  const worker = state.pods.edit(pod.metadata.uid ?? '');
  if (!worker) {
    addPod(state, pod, ctx);
    return;
  }
  const before = worker.pod;
  adoptVersion(worker, pod);
  const { deletionTimestamp, deletionGracePeriodSeconds, generation } = worker.pod.metadata;
  if (deletionTimestamp !== undefined) {
    if (worker.phase === 'terminated' || worker.phase === 'rejected') queueStatus(state, worker.uid, ctx);
    else if (!worker.endRequested || before.metadata.deletionGracePeriodSeconds !== deletionGracePeriodSeconds) requestEnd(state, worker, ctx);
    return;
  }
  const gated = (pod.spec?.readinessGates ?? []).length > 0 && before !== worker.pod;
  if (before.metadata.generation !== generation || gated) requestSync(state, worker, ctx);
  else reconcileStatus(state, worker, ctx);
}

/** The API server has forgotten the pod: whatever of it still runs here is ended without delay. */
function podGone(state: KubeletState, uid: string, ctx: Context): void {
  const worker = state.pods.edit(uid);
  if (!worker) return;
  worker.gone = true;
  state.statusQueue.delete(uid);
  if (worker.phase === 'terminated' || worker.phase === 'rejected') {
    removePod(state, worker, ctx);
    return;
  }
  worker.graceOverride = 0;
  requestEnd(state, worker, ctx);
}

/** Sandboxes whose pods the API server does not know: they are stopped and removed. */
export function removeOrphans(state: KubeletState, ctx: Context): void {
  for (const [uid, { sandboxes }] of state.found) {
    state.found.delete(uid);
    for (const { id } of sandboxes) removeSandbox(state, id, ctx);
  }
}

/** A sandbox that belongs to no pod. */
export function removeSandbox(state: KubeletState, sandboxId: string, ctx: Context): void {
  toRuntime(state, ctx, { type: 'cri-stop-pod-sandbox', requestId: newCall(state, ctx, 'stop-sandbox', '', 0), sandboxId });
  toRuntime(state, ctx, { type: 'cri-remove-pod-sandbox', requestId: newCall(state, ctx, 'remove-sandbox', '', 0), sandboxId });
}

