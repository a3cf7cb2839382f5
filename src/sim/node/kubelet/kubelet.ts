// The kubelet: registers its node and keeps it reported, watches the pods bound to it, and brings each to what its spec
// says with the help of the container runtime, the network plugin (through the runtime) and the storage plugin.
import { unreachable } from '../../../base/assert.ts';
import { LazyMap } from '../../../base/lazy-map.ts';
import type { Node } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { PODS } from '../../api/resources.ts';
import { ApiClient } from '../../client/client.ts';
import type { ClientEvent, ClientMessage, Identity } from '../../client/client.ts';
import type { Change } from '../../client/informer.ts';
import { EventRecorder } from '../../client/events.ts';
import { instanceOf } from '../../kernel/actor.ts';
import type { Actor, Context, StartMessage } from '../../kernel/actor.ts';
import type { NodeArgs } from '../args.ts';
import type { ContainerEvent, CriResponse, CsiResponse, KubeletServerRequest, StreamPart } from '../messages.ts';
import { onContainerEvent, onNodeAnswer, relist } from './answers.ts';
import { expiredCalls } from './calls.ts';
import { onEventAnswer, sendEvents } from './events.ts';
import { graceExpired, preStopAnswered } from './kill.ts';
import { onLeaseAnswer, onLeaseTimer } from './lease.ts';
import { bootIdOf, KUBELET_VERSION } from './node-object.ts';
import { adoptNode, askRuntime, configureNetwork, onNodeStatusWritten, onRegistered, onStatusTimer, register, requestNodeStatus, sameReadiness, startKubelet, watchRuntime } from './node-status.ts';
import { onObject } from './objects.ts';
import { onPodChange, removeOrphans } from './pods.ts';
import { onProbeTimer } from './prober.ts';
import { onServerRequest, onStreamPart } from './server.ts';
import { environmentArrived, postStartAnswered } from './start.ts';
import { cloneKubelet, newPods } from './state.ts';
import type { KubeletState, KubeletTag, KubeletTimer, NodeTimer, PodTimer, PodWorker } from './state.ts';
import { onPodDeleted, onStatusRetry, onStatusWritten } from './status-manager.ts';
import { advance, mountNow, requestSync, unmounted } from './sync.ts';

type KubeletMessage = ClientMessage | KubeletServerRequest | StreamPart | CriResponse | CsiResponse | ContainerEvent | KubeletTimer | StartMessage;

/** --kube-api-qps and --kube-api-burst. */
const QPS = 50;
const BURST = 100;

function identityOf(nodeName: string): Identity {
  return {
    userAgent: `kubelet/${KUBELET_VERSION} (linux/amd64) kubernetes`, qps: QPS, burst: BURST,
    credentials: { user: `system:node:${nodeName}`, groups: ['system:nodes', 'system:authenticated'] },
  };
}

const NO_MACHINE: NodeArgs = { machine: { name: '', cpu: '0', memory: '0', pods: 0, zone: '' }, index: 0, options: {} };

function newState(nodeName: string, args: NodeArgs): KubeletState {
  return {
    nodeName, args, client: new ApiClient<KubeletTag>(identityOf(nodeName)), recorder: new EventRecorder('kubelet', nodeName), pods: newPods(), found: new LazyMap(),
    calls: new LazyMap(), nextCallId: 1, startedUs: 0, bootId: '', node: undefined, listed: false, registered: false, registerTries: 0,
    runtimeTrouble: 'container runtime status check may not have completed yet', networkTrouble: 'network state unknown', runtimeVersion: 'Unknown', images: [], drivers: [],
    nodeStatusTimer: 0, nodeStatusDueUs: 0, nodeStatusSentUs: 0, nodeStatusInFlight: false, lease: undefined, pulls: [], statusQueue: new LazyMap(), statusInFlight: '',
    objects: new LazyMap(), objectWaiters: new LazyMap(), devices: new LazyMap(),
  };
}

function receive(state: KubeletState, message: KubeletMessage, ctx: Context): void {
  switch (message.type) {
    case 'start': start(state, ctx); return;
    case 'watch-event': case 'api-response': case 'watch-end': case 'api-pong': case 'client-tick': case 'informer-retry':
      for (const event of state.client.receive(ctx, message)) onClientEvent(state, event, ctx);
      return;
    case 'cri-container-event': onContainerEvent(state, message, ctx); return;
    case 'pod-timer': onPodTimer(state, message, ctx); return;
    case 'probe-timer': {
      const worker = state.pods.edit(message.uid);
      if (worker) onProbeTimer(state, worker, message, ctx);
      return;
    }
    case 'node-timer': onNodeTimer(state, message, ctx); return;
    case 'kubelet-logs': case 'kubelet-exec': case 'kubelet-attach': case 'kubelet-port-forward': case 'kubelet-input': case 'kubelet-stop': onServerRequest(state, message, ctx); return;
    case 'stream-part': onStreamPart(message, ctx); return;
    case 'status-retry': onStatusRetry(state, message.uid, ctx); return;
    default: onNodeAnswer(state, message, ctx);
  }
}

function start(state: KubeletState, ctx: Context): void {
  // Message ids never come again, so an answer to an earlier life cannot be taken for one to this life.
  state.nextCallId = ctx.messageId;
  state.startedUs = ctx.nowUs;
  state.bootId = bootIdOf(state.nodeName, ctx.nowUs);
  startKubelet(state, ctx);
}

function onNodeTimer(state: KubeletState, { what }: NodeTimer, ctx: Context): void {
  switch (what) {
    case 'runtime': askRuntime(state, ctx); return;
    case 'register': register(state, ctx); return;
    case 'lease':
      onLeaseTimer(state, ctx);
      if (state.calls.size === 0) return;
      watchRuntime(state, ctx);
      expireCalls(state, ctx);
      return;
    case 'status': onStatusTimer(state, ctx); return;
    case 'events': sendEvents(state, ctx); return;
    default: unreachable(what);
  }
}

function expireCalls(state: KubeletState, ctx: Context): void {
  const expired = expiredCalls(state, ctx.nowUs);
  for (const response of expired) onNodeAnswer(state, response, ctx);
  if (expired.length > 0 && state.listed) relist(state, ctx);
}

function onPodTimer(state: KubeletState, timer: PodTimer, ctx: Context): void {
  const worker = state.pods.edit(timer.uid);
  if (!worker) return;
  switch (timer.what) {
    case 'requeue':
      worker.requeueTimer = 0;
      requestSync(state, worker, ctx);
      return;
    case 'deadline':
      worker.deadlineTimer = 0;
      requestSync(state, worker, ctx);
      return;
    case 'mount':
      worker.mountTimer = 0;
      mountNow(state, worker, ctx);
      return;
    case 'unmounted': if (worker.phase === 'unmounting') unmounted(state, worker, ctx); return;
    case 'post-start': postStartAnswered(state, worker, timer.view, undefined, ctx); break;
    case 'pre-stop': preStopAnswered(state, worker, timer.view, undefined, ctx); break;
    case 'ordering': graceExpired(state, worker, timer.view, ctx); break;
    default: unreachable(timer.what);
  }
  advance(state, worker, ctx);
}

// ---- the API server ----

function onClientEvent(state: KubeletState, event: ClientEvent<KubeletTag>, ctx: Context): void {
  switch (event.kind) {
    case 'change':
      if (event.change.informer === 'nodes') onNodeChange(state, event.change, ctx);
      else onPodChange(state, event.change, ctx);
      return;
    case 'synced':
      // Pods come after the node: admission needs it.
      if (event.informer === 'nodes') state.client.watch(ctx, { name: 'pods', gvr: PODS, options: { fieldSelector: `spec.nodeName=${state.nodeName}` } });
      else removeOrphans(state, ctx);
      return;
    case 'response': onResponse(state, event, ctx);
  }
}

function onResponse(state: KubeletState, { tag, request, response }: Extract<ClientEvent<KubeletTag>, { kind: 'response' }>, ctx: Context): void {
  switch (tag.kind) {
    case 'register': case 'get-node': onRegistered(state, response, ctx); return;
    case 'node-status': onNodeStatusWritten(state, response, ctx); return;
    case 'csi-node': return;
    case 'lease-get': case 'lease-create': case 'lease-update': onLeaseAnswer(state, tag.kind, response, ctx); return;
    case 'pod-status': onStatusWritten(state, tag.uid, response, ctx); return;
    case 'pod-delete': onPodDeleted(state, tag.uid, response, ctx); return;
    case 'event': onEventAnswer(state, response.code, ctx); return;
    case 'object':
      for (const uid of onObject(state, request, response, ctx)) resume(state, state.pods.edit(uid), ctx);
      return;
    default: unreachable(tag.kind);
  }
}

/** An object that the pod refers to has arrived. */
function resume(state: KubeletState, worker: PodWorker | undefined, ctx: Context): void {
  if (!worker) return;
  if (worker.phase === 'mountingVolumes' && worker.mountTimer === 0) mountNow(state, worker, ctx);
  else if (worker.phase === 'startingContainers') {
    environmentArrived(state, worker, ctx);
    advance(state, worker, ctx);
  }
}

/** The node's own object: its pod CIDR, and the volumes that the attach-detach controller has attached. */
function onNodeChange(state: KubeletState, change: Change, ctx: Context): void {
  if (change.type === 'deleted') return;
  const before = state.node;
  adoptNode(state, change.object as ApiObject as Node);
  configureNetwork(state, ctx);
  // Somebody else has changed what the kubelet reports: the node was given up while it could not be heard.
  if (state.node && !sameReadiness(state, state.node)) requestNodeStatus(state, ctx);
  const [old, now] = [before?.status, state.node?.status];
  if (old?.volumesAttached === now?.volumesAttached && old?.volumesInUse === now?.volumesInUse) return;
  for (const uid of state.pods.keys()) {
    if (!state.pods.get(uid)?.volumes.some((volume) => volume.phase === 'waitingForAttach')) continue;
    const worker = state.pods.edit(uid);
    if (worker) mountNow(state, worker, ctx);
  }
}

export const kubelet: Actor<KubeletState, KubeletMessage> = {
  kind: 'kubelet',
  init: (id, args) => newState(instanceOf(id), (args as NodeArgs | undefined) ?? NO_MACHINE),
  receive,
  clone: cloneKubelet,
};
