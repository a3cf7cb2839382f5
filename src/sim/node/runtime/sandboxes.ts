// Pod sandboxes: namespaces held open by a pause container, connected to the network by the CNI plugin.
import type { Context } from '../../kernel/actor.ts';
import { HOST_NETWORK_NAMESPACE, netnsPath, newContainerId, newNamespaces } from '../linux.ts';
import { cniId } from '../messages.ts';
import type {
  CniAddRequest, CniConfigRequest, CniDelRequest, CniResponse, CniResult, RemovePodSandboxRequest, RpcError, RunPodSandboxRequest, RunPodSandboxResponse,
  RuntimeSandbox, StopPodSandboxRequest, UpdateRuntimeConfigRequest,
} from '../messages.ts';
import { endProcess } from './containers.ts';
import { answer } from './state.ts';
import type { CniCall, RuntimeState } from './state.ts';

/** unshare and bind mounts of the namespaces, before CNI is called. */
const NAMESPACES_US = 20_000;
const NAMESPACES_JITTER_US = 20_000;
/** Creating and starting the pause container. */
const PAUSE_US = 60_000;
const PAUSE_JITTER_US = 60_000;
const TEARDOWN_US = 20_000;

export function runPodSandbox(state: RuntimeState, { requestId, config }: RunPodSandboxRequest, ctx: Context): void {
  const id = newContainerId(ctx.random);
  const sandbox: RuntimeSandbox = {
    id, podUid: config.podUid, namespace: config.namespace, name: config.name, attempt: config.attempt, state: 'SANDBOX_NOTREADY',
    hostNetwork: config.hostNetwork, ip: '', namespaces: newNamespaces(state.sandboxSerial++, config.hostNetwork), pausePid: 0, createdUnixUs: ctx.unixUs,
  };
  state.sandboxes.set(id, sandbox);
  const processingUs = NAMESPACES_US + ctx.random.below(NAMESPACES_JITTER_US);
  if (config.hostNetwork) {
    startPause(state, sandbox, '', requestId, ctx, processingUs);
    return;
  }
  const call: CniAddRequest = {
    type: 'cni-add', requestId: newCniCall(state, { kind: 'add', sandboxId: id, requestId }), containerId: id, netns: netnsPath(id), ifName: 'eth0',
    podNamespace: config.namespace, podName: config.name,
  };
  ctx.send(cniId(state.nodeName), call, processingUs);
}

/** Starts the pause container in its namespaces: the sandbox is ready and the kubelet gets its address. */
function startPause(state: RuntimeState, sandbox: RuntimeSandbox, ip: string, requestId: number, ctx: Context, alreadyUs = 0): void {
  const ready: RuntimeSandbox = { ...sandbox, state: 'SANDBOX_READY', ip, pausePid: state.nextPid++ };
  state.sandboxes.set(sandbox.id, ready);
  const response: RunPodSandboxResponse = { type: 'cri-run-pod-sandbox-response', requestId, sandbox: ready };
  answer(state, ctx, response, alreadyUs + PAUSE_US + ctx.random.below(PAUSE_JITTER_US));
}

function newCniCall(state: RuntimeState, call: CniCall): number {
  const id = state.nextCallId++;
  state.cniCalls.set(id, call);
  return id;
}

export function onCniResponse(state: RuntimeState, message: CniResponse, ctx: Context): void {
  const call = state.cniCalls.get(message.requestId);
  if (!call) return;
  state.cniCalls.delete(message.requestId);
  switch (message.type) {
    case 'cni-add-response': networkAdded(state, call, message.result, message.error, ctx); return;
    case 'cni-del-response':
      state.networks.delete(call.sandboxId);
      if (call.requestId !== 0) answer(state, ctx, { type: 'cri-stop-pod-sandbox-response', requestId: call.requestId }, TEARDOWN_US);
      return;
    case 'cni-config-response':
      state.networkReady = true;
      answer(state, ctx, { type: 'cri-update-runtime-config-response', requestId: call.requestId });
  }
}

function networkAdded(state: RuntimeState, call: CniCall, result: CniResult | undefined, error: RpcError | undefined, ctx: Context): void {
  const sandbox = state.sandboxes.get(call.sandboxId);
  if (!sandbox) return;
  if (result) {
    state.networks.set(sandbox.id, result);
    startPause(state, sandbox, result.address.split('/')[0] ?? '', call.requestId, ctx);
    return;
  }
  state.sandboxes.delete(sandbox.id);
  const message = `failed to setup network for sandbox "${sandbox.id}": plugin type="bridge" failed (add): ${error?.message ?? ''}`;
  const response: RunPodSandboxResponse = { type: 'cri-run-pod-sandbox-response', requestId: call.requestId, sandbox: undefined, error: { code: 'Unknown', message } };
  answer(state, ctx, response);
}

/** Containers that still run are killed, then the network is given back. Stopping twice does nothing. */
export function stopPodSandbox(state: RuntimeState, { requestId, sandboxId }: StopPodSandboxRequest, ctx: Context): void {
  const sandbox = state.sandboxes.get(sandboxId);
  for (const record of state.containers.values()) {
    if (record.container.sandboxId === sandboxId && record.container.state === 'CONTAINER_RUNNING') endProcess(state, record.container.id, 137, 'Error', ctx);
  }
  if (sandbox?.state === 'SANDBOX_READY') state.sandboxes.set(sandboxId, { ...sandbox, state: 'SANDBOX_NOTREADY' });
  if (!sandbox || sandbox.namespaces.network === HOST_NETWORK_NAMESPACE || !state.networks.has(sandboxId)) {
    answer(state, ctx, { type: 'cri-stop-pod-sandbox-response', requestId }, TEARDOWN_US);
    return;
  }
  const call: CniDelRequest = {
    type: 'cni-del', requestId: newCniCall(state, { kind: 'del', sandboxId, requestId }), containerId: sandboxId, netns: netnsPath(sandboxId), ifName: 'eth0',
  };
  ctx.send(cniId(state.nodeName), call);
}

/** Forgets a sandbox and all its containers; what was not stopped is stopped first. */
export function removePodSandbox(state: RuntimeState, { requestId, sandboxId }: RemovePodSandboxRequest, ctx: Context): void {
  if (state.networks.delete(sandboxId)) {
    const call: CniDelRequest = { type: 'cni-del', requestId: newCniCall(state, { kind: 'del', sandboxId, requestId: 0 }), containerId: sandboxId, netns: netnsPath(sandboxId), ifName: 'eth0' };
    ctx.send(cniId(state.nodeName), call);
  }
  state.sandboxes.delete(sandboxId);
  for (const [id, record] of state.containers) {
    if (record.container.sandboxId !== sandboxId) continue;
    endProcess(state, id, 137, 'Error', ctx);
    state.containers.delete(id);
  }
  answer(state, ctx, { type: 'cri-remove-pod-sandbox-response', requestId });
}

/** The kubelet tells the node's pod CIDR: the runtime writes the CNI configuration from its template. */
export function updateRuntimeConfig(state: RuntimeState, { requestId, podCidr }: UpdateRuntimeConfigRequest, ctx: Context): void {
  state.podCidr = podCidr;
  const call: CniConfigRequest = { type: 'cni-config', requestId: newCniCall(state, { kind: 'config', sandboxId: '', requestId }), podCidr };
  ctx.send(cniId(state.nodeName), call);
}
