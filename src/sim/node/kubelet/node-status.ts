// The node's own business with the API server: registration, status, CSINode (models kubelet_node_status.go).
import type { CSINode, JsonObject, Node, NodeStatus } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { CSI_NODES, NODES } from '../../api/resources.ts';
import { API_SERVER } from '../../apiserver/messages.ts';
import type { ApiResponse, ToApiServer } from '../../apiserver/messages.ts';
import { createRequest, getRequest, patchRequest } from '../../client/requests.ts';
import type { Context } from '../../kernel/actor.ts';
import { isRuntimeSilent, newCall, toCsi, toRuntime } from './calls.ts';
import { nodeEvent } from './events.ts';
import { initialNode, nodeStatus, PRESSURE_EVENTS } from './node-object.ts';
import { sameJson } from './equal.ts';
import { ensureLease, heartbeat, startLease } from './lease.ts';
import type { KubeletState, NodeTimer } from './state.ts';
import { nodeStatusPatch } from './status-patch.ts';

const REGISTER_FIRST_US = 100_000;
const REGISTER_MAX_US = 7_000_000;
/** nodeStatusUpdateFrequency: changes that can wait go out with the next tick. */
const STATUS_TICK_US = 10_000_000;
/** nodeStatusReportFrequency. */
const STATUS_REPORT_US = 300_000_000;

const nodeTimer = (what: NodeTimer['what']): NodeTimer => ({ type: 'node-timer', what });

/** systemd starts the kubelet when the runtime is up; until that answers it is asked again (updateRuntimeUp). */
const RUNTIME_FIRST_US = 500_000;
const RUNTIME_CHECK_US = 5_000_000;

/** A connection of an earlier life is given up; then the runtime is waited for. */
export function startKubelet(state: KubeletState, ctx: Context): void {
  const hello: ToApiServer = { type: 'api-connect' };
  ctx.send(API_SERVER, hello);
  nodeEvent(state, ctx, 'Normal', 'Starting', 'Starting kubelet.');
  ctx.after(RUNTIME_FIRST_US, nodeTimer('runtime'));
  startLease(ctx);
}

/** Asks the runtime how it is and what it holds. */
export function askRuntime(state: KubeletState, ctx: Context): void {
  if (state.listed) return;
  for (const [requestId, { kind }] of state.calls) if (kind === 'status' || kind === 'list' || kind === 'csi-info') state.calls.delete(requestId);
  toRuntime(state, ctx, { type: 'cri-status', requestId: newCall(state, ctx, 'status', '', 0) });
  toRuntime(state, ctx, { type: 'cri-list', requestId: newCall(state, ctx, 'list', '', 0) });
  toCsi(state, ctx, { type: 'csi-node-get-info', requestId: newCall(state, ctx, 'csi-info', '', 0) });
  ctx.after(RUNTIME_CHECK_US, nodeTimer('runtime'));
}

// ---- registration ----

export function registerSoon(state: KubeletState, ctx: Context): void {
  ctx.after(Math.min(REGISTER_FIRST_US * 2 ** Math.min(state.registerTries++, 10), REGISTER_MAX_US), nodeTimer('register'));
}

export function register(state: KubeletState, ctx: Context): void {
  state.client.request(ctx, createRequest(NODES, initialNode(state, ctx.unixUs), ''), { kind: 'register', uid: '' });
}

export function onRegistered(state: KubeletState, response: ApiResponse, ctx: Context): void {
  if (response.code === 409) {
    state.client.request(ctx, getRequest(NODES, '', state.nodeName), { kind: 'get-node', uid: '' });
    return;
  }
  if (response.code !== 200 && response.code !== 201) {
    registerSoon(state, ctx);
    return;
  }
  const reconciling = reconcilePatch(state, response.body as ApiObject as Node);
  if (reconciling) {
    state.client.request(ctx, patchRequest(NODES, '', state.nodeName, 'strategic', reconciling), { kind: 'get-node', uid: '' });
    return;
  }
  const reboot = state.node === undefined && (response.body as ApiObject as Node).status?.nodeInfo?.bootID !== state.bootId;
  state.registered = true;
  state.node = response.body as ApiObject as Node;
  for (const reason of PRESSURE_EVENTS) nodeEvent(state, ctx, 'Normal', reason, `Node ${state.nodeName} status is now: ${reason}`);
  nodeEvent(state, ctx, 'Normal', 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
  if (reboot) nodeEvent(state, ctx, 'Warning', 'Rebooted', `Node ${state.nodeName} has been rebooted, boot id: ${state.bootId}`);
  state.client.watch(ctx, { name: 'nodes', gvr: NODES, options: { fieldSelector: `metadata.name=${state.nodeName}` } });
  configureNetwork(state, ctx);
  writeCsiNode(state, ctx);
  writeNodeStatus(state, ctx);
  ctx.after(STATUS_REPORT_US / 2 + ctx.random.below(STATUS_REPORT_US), nodeTimer('status'));
  ensureLease(state, ctx);
}

/**
 * What a Node that was there before its kubelet lacks: the labels and the annotation that a kubelet gives it, and the
 * provider's pod CIDR. undefined if it has all of that.
 */
function reconcilePatch(state: KubeletState, { metadata: { labels = {}, annotations = {} }, spec }: Node): JsonObject | undefined {
  const { metadata, spec: own } = initialNode(state, 0);
  const missing = (wanted: Readonly<Record<string, string>> = {}, present: Readonly<Record<string, string>> = {}): Record<string, string> =>
    Object.fromEntries(Object.entries(wanted).filter(([key]) => key.includes('kubernetes.io/') && present[key] === undefined));
  const patch = { labels: missing(metadata.labels, labels), annotations: missing(metadata.annotations, annotations) };
  const network = spec?.podCIDR === undefined && own?.podCIDR !== undefined ? { podCIDR: own.podCIDR, podCIDRs: [own.podCIDR] } : undefined;
  if (Object.keys(patch.labels).length + Object.keys(patch.annotations).length === 0 && !network) return undefined;
  return { metadata: patch, ...(network && { spec: network }) };
}

/** The runtime gets the pod CIDR as soon as the Node has one. */
export function configureNetwork(state: KubeletState, ctx: Context): void {
  const podCidr = state.node?.spec?.podCIDR;
  if (podCidr === undefined || state.networkTrouble === '') return;
  for (const call of state.calls.values()) if (call.kind === 'config') return;
  toRuntime(state, ctx, { type: 'cri-update-runtime-config', requestId: newCall(state, ctx, 'config', '', 0), podCidr });
}

function writeCsiNode(state: KubeletState, ctx: Context): void {
  const csiNode: CSINode = {
    apiVersion: 'storage.k8s.io/v1', kind: 'CSINode',
    metadata: { name: state.nodeName, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: state.nodeName, uid: state.node?.metadata.uid ?? '' }] },
    spec: { drivers: state.drivers.map(({ name, nodeId, maxVolumesPerNode }) => ({ name, nodeID: nodeId, topologyKeys: [], allocatable: { count: maxVolumesPerNode } })) },
  };
  state.client.request(ctx, createRequest(CSI_NODES, csiNode, ''), { kind: 'csi-node', uid: '' });
}

// ---- status ----

/** Something of the node's status changed that can wait for the next tick. */
export function requestNodeStatus(state: KubeletState, ctx: Context): void {
  const sinceUs = ctx.nowUs - state.startedUs;
  const dueUs = state.startedUs + (Math.floor(sinceUs / STATUS_TICK_US) + 1) * STATUS_TICK_US;
  if (!state.registered || (state.nodeStatusTimer !== 0 && state.nodeStatusDueUs <= dueUs)) return;
  state.nodeStatusDueUs = dueUs;
  state.nodeStatusTimer = ctx.after(dueUs - ctx.nowUs, nodeTimer('status'));
}

/** The periodic report, or a tick that was asked for. */
export function onStatusTimer(state: KubeletState, ctx: Context): void {
  if (ctx.messageId === state.nodeStatusTimer) state.nodeStatusTimer = 0;
  else ctx.after(STATUS_REPORT_US, nodeTimer('status'));
  if (state.registered) writeNodeStatus(state, ctx);
}

const HEARTBEAT_ONLY = (status: NodeStatus): NodeStatus => ({ ...status, conditions: status.conditions?.map((each) => ({ ...each, lastHeartbeatTime: '' })) });

/** Patches the node's status if it changed, or if it was last reported five minutes ago. */
export function writeNodeStatus(state: KubeletState, ctx: Context): void {
  const old = state.node?.status ?? {};
  const next = nodeStatus(state, old, ctx.unixUs);
  const changed = !sameJson(HEARTBEAT_ONLY(old), { ...HEARTBEAT_ONLY(old), ...HEARTBEAT_ONLY(next) });
  if (state.nodeStatusInFlight) {
    if (changed) requestNodeStatus(state, ctx);
    return;
  }
  if (!changed && ctx.nowUs - state.nodeStatusSentUs < STATUS_REPORT_US / 2) return;
  const patch = nodeStatusPatch(old, next);
  if (!patch) return;
  announceReadiness(state, old, next, ctx);
  state.nodeStatusInFlight = true;
  state.nodeStatusSentUs = ctx.nowUs;
  state.client.request(ctx, patchRequest(NODES, '', state.nodeName, 'strategic', patch, 'status'), { kind: 'node-status', uid: '' }, heartbeat(state));
}

function announceReadiness(state: KubeletState, old: NodeStatus, next: NodeStatus, ctx: Context): void {
  const readyOf = (status: NodeStatus): string | undefined => status.conditions?.find(({ type }) => type === 'Ready')?.status;
  if (readyOf(old) === readyOf(next)) return;
  const reason = readyOf(next) === 'True' ? 'NodeReady' : 'NodeNotReady';
  nodeEvent(state, ctx, 'Normal', reason, `Node ${state.nodeName} status is now: ${reason}`);
}

export function onNodeStatusWritten(state: KubeletState, response: ApiResponse, ctx: Context): void {
  state.nodeStatusInFlight = false;
  if (response.code === 200) adoptNode(state, response.body as ApiObject as Node);
  else requestNodeStatus(state, ctx);
  // What changed while the write was under way.
  if (response.code === 200 && state.node && !sameReadiness(state, state.node)) writeNodeStatus(state, ctx);
}

/** Whether the API says of the node's readiness what the kubelet thinks. */
export function sameReadiness(state: KubeletState, node: Node): boolean {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return ready === (state.runtimeTrouble === '' && state.networkTrouble === '');
}

export function adoptNode(state: KubeletState, node: Node): void {
  if (Number(node.metadata.resourceVersion ?? 0) >= Number(state.node?.metadata.resourceVersion ?? 0)) state.node = node;
}

/** Asks again when the runtime has not answered for half a minute, and says so in the node's status. */
export function watchRuntime(state: KubeletState, ctx: Context): void {
  if (!isRuntimeSilent(state, ctx.nowUs)) return;
  toRuntime(state, ctx, { type: 'cri-status', requestId: newCall(state, ctx, 'status', '', 0) });
  setTroubles(state, 'container runtime is down', state.networkTrouble, ctx);
}

/** Takes over what is wrong with the runtime and the network ('' is nothing) and reports a change at once. */
export function setTroubles(state: KubeletState, runtime: string, network: string, ctx: Context): void {
  if (state.runtimeTrouble === runtime && state.networkTrouble === network) return;
  state.runtimeTrouble = runtime;
  state.networkTrouble = network;
  if (state.registered) writeNodeStatus(state, ctx);
}
