// The container runtime of a node (containerd): images, sandboxes, containers and their processes, behind CRI.
import { unreachable } from '../../../base/assert.ts';
import { LazyMap } from '../../../base/lazy-map.ts';
import type { Actor, Context, StartMessage } from '../../kernel/actor.ts';
import { instanceOf } from '../../kernel/actor.ts';
import type { CniResponse, CriRequest, ListRequest, ListResponse, MachineMessage, StatusRequest, StatusResponse, StreamRequest } from '../messages.ts';
import { connect, createContainer, endProcess, execDone, execSync, killContainer, startContainer } from './containers.ts';
import { imageStatus, pullDone, pullImage } from './image-store.ts';
import { onCniResponse, removePodSandbox, runPodSandbox, stopPodSandbox, updateRuntimeConfig } from './sandboxes.ts';
import { answer, cloneRuntime } from './state.ts';
import type { ContainerRecord, RuntimeState, RuntimeTimer } from './state.ts';
import { attach, exec } from './commands.ts';
import { portForward } from './forwards.ts';
import { readLog } from './logs.ts';
import { stopContainer } from './stop.ts';
import { endStream, onInput, onStreamDue } from './streams.ts';

export const RUNTIME_VERSION = '2.0.7';
const FIRST_PID = 1_200;
/** What containerd says of a container whose process it cannot find again after a restart. */
const UNKNOWN_EXIT = { exitCode: 255, reason: 'Unknown' };
const NETWORK_NOT_READY = { ready: false, reason: 'NetworkPluginNotReady', message: 'Network plugin returns error: cni plugin not initialized' };
const READY = { ready: true, reason: '', message: '' };

type RuntimeMessage = CriRequest | StreamRequest | CniResponse | MachineMessage | RuntimeTimer | StartMessage;

function newState(nodeName: string): RuntimeState {
  return {
    nodeName, on: true, networkReady: false, podCidr: '', sandboxSerial: 0, nextPid: FIRST_PID, nextCallId: 1,
    images: new LazyMap(), sandboxes: new LazyMap(), networks: new LazyMap(), containers: new LazyMap(), cniCalls: new LazyMap(), execs: new LazyMap(), streams: new LazyMap(), accesses: new LazyMap(),
  };
}

function receive(state: RuntimeState, message: RuntimeMessage, ctx: Context): void {
  if (!state.on && message.type !== 'power-on') return;
  switch (message.type) {
    case 'cri-status': status(state, message, ctx); return;
    case 'cri-list': list(state, message, ctx); return;
    case 'cri-update-runtime-config': updateRuntimeConfig(state, message, ctx); return;
    case 'cri-run-pod-sandbox': runPodSandbox(state, message, ctx); return;
    case 'cri-stop-pod-sandbox': stopPodSandbox(state, message, ctx); return;
    case 'cri-remove-pod-sandbox': removePodSandbox(state, message, ctx); return;
    case 'cri-image-status': imageStatus(state, message, ctx); return;
    case 'cri-pull-image': pullImage(state, message, ctx); return;
    case 'cri-create-container': createContainer(state, message, ctx); return;
    case 'cri-start-container': startContainer(state, message, ctx); return;
    case 'cri-stop-container': stopContainer(state, message, ctx); return;
    case 'cri-remove-container':
      state.containers.delete(message.containerId);
      state.accesses.delete(message.containerId);
      answer(state, ctx, { type: 'cri-remove-container-response', requestId: message.requestId });
      return;
    case 'cri-exec-sync': execSync(state, message, ctx); return;
    case 'connect': connect(state, message, ctx); return;
    case 'read-log': readLog(state, message, ctx); return;
    case 'cri-exec': exec(state, message, ctx); return;
    case 'stream-end': endStream(state, message.requestId, ctx); return;
    case 'cri-attach': attach(state, message, ctx); return;
    case 'cri-port-forward': portForward(state, message, ctx); return;
    case 'stream-input': onInput(state, message, ctx); return;
    case 'stream-due': onStreamDue(state, message.requestId, ctx); return;
    case 'cni-add-response': case 'cni-del-response': case 'cni-config-response': onCniResponse(state, message, ctx); return;
    case 'process-exit': endProcess(state, message.containerId, message.exitCode, message.reason, ctx); return;
    case 'pull-done': pullDone(state, message, ctx); return;
    case 'exec-done': execDone(state, message, ctx); return;
    case 'power-off': powerOff(state, ctx); return;
    case 'power-on': powerOn(state, ctx); return;
    case 'kill-container': killContainer(state, message, ctx); return;
    case 'start': return;
    default: unreachable(message);
  }
}

function status(state: RuntimeState, { requestId }: StatusRequest, ctx: Context): void {
  const response: StatusResponse = {
    type: 'cri-status-response', requestId, runtimeReady: READY, networkReady: state.networkReady ? READY : NETWORK_NOT_READY, version: RUNTIME_VERSION,
  };
  answer(state, ctx, response);
}

function list(state: RuntimeState, { requestId }: ListRequest, ctx: Context): void {
  const response: ListResponse = {
    type: 'cri-list-response', requestId, sandboxes: [...state.sandboxes.values()], containers: [...state.containers.values()].map((record) => record.container),
    images: [...state.images.values()],
  };
  answer(state, ctx, response);
}

/** All that was in memory is gone: processes, namespaces, interfaces. What is on the disk waits for the next start. */
function powerOff(state: RuntimeState, ctx: Context): void {
  for (const record of state.containers.values()) if (record.exitTimer !== 0) ctx.cancel(record.exitTimer);
  state.on = false;
  state.networkReady = false;
  state.networks.clear();
  state.cniCalls.clear();
  state.execs.clear();
  state.streams.clear();
}

/** containerd reads its records again: the sandboxes are not ready and the containers have ended, nobody saw how. */
function powerOn(state: RuntimeState, ctx: Context): void {
  state.on = true;
  state.nextPid = FIRST_PID;
  for (const [id, sandbox] of state.sandboxes) state.sandboxes.set(id, { ...sandbox, state: 'SANDBOX_NOTREADY' });
  for (const [id, record] of state.containers) state.containers.set(id, afterReboot(record, ctx.unixUs));
}

function afterReboot(record: ContainerRecord, unixUs: number): ContainerRecord {
  if (record.container.state !== 'CONTAINER_RUNNING') return record;
  const container = { ...record.container, ...UNKNOWN_EXIT, state: 'CONTAINER_EXITED' as const, finishedUnixUs: unixUs };
  return { ...record, container, exitTimer: 0, exitAtUs: 0, stopWaiters: [] };
}

export const containerRuntime: Actor<RuntimeState, RuntimeMessage> = {
  kind: 'container-runtime',
  init: (id) => newState(instanceOf(id)),
  receive,
  clone: cloneRuntime,
};
