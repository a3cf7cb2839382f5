// Calls of the kubelet to the other parts of its node: numbering, what waits for the answer, and deadlines.
import type { ActorId, Context } from '../../kernel/actor.ts';
import type { CriRequest, CriResponse, CsiRequest, CsiResponse, RpcError } from '../messages.ts';
import { csiNodeId, runtimeId } from '../messages.ts';
import type { Call, CallKind, KubeletState } from './state.ts';

/** --runtime-request-timeout; RunPodSandbox gets twice that, and a stop the grace period besides. */
const REQUEST_TIMEOUT_US = 120_000_000;
/** Pulls and hooks take as long as they take; after this the connection is taken to be broken. */
const SLOW_TIMEOUT_US = 900_000_000;
/** Calls whose answers take long by nature: their silence says nothing about the runtime. */
const SLOW: ReadonlySet<CallKind> = new Set<CallKind>(['pull', 'stop', 'post-start', 'pre-stop', 'stage']);

function timeoutOf(kind: CallKind): number {
  if (kind === 'run-sandbox') return 2 * REQUEST_TIMEOUT_US;
  return kind === 'pull' || kind === 'post-start' || kind === 'pre-stop' ? SLOW_TIMEOUT_US : REQUEST_TIMEOUT_US;
}

/** A runtime that has not answered for so long is down (maxWaitForContainerRuntime). */
export const RUNTIME_SILENT_US = 30_000_000;

/**
 * Registers a call and returns its number, which the request must carry.
 * @param graceSeconds how long the call may take before its timeout begins
 */
export function newCall(state: KubeletState, ctx: Context, kind: CallKind, uid: string, view: number, detail = '', graceSeconds = 0): number {
  const requestId = state.nextCallId++;
  state.calls.set(requestId, { kind, uid, view, detail, sentUs: ctx.nowUs, timeoutUs: timeoutOf(kind) + graceSeconds * 1_000_000 });
  return requestId;
}

export function toRuntime(state: KubeletState, ctx: Context, request: CriRequest): void {
  send(ctx, runtimeId(state.nodeName), request);
}

export function toCsi(state: KubeletState, ctx: Context, request: CsiRequest): void {
  send(ctx, csiNodeId(state.nodeName), request);
}

function send(ctx: Context, to: ActorId, request: CriRequest | CsiRequest): void {
  ctx.send(to, request);
}

/** Takes the call that a response answers; undefined if nobody waits for it any more. */
export function takeCall(state: KubeletState, requestId: number): Call | undefined {
  const call = state.calls.get(requestId);
  state.calls.delete(requestId);
  return call;
}

/** Whether a call that should be quick has been out for so long that the runtime must be called down. */
export function isRuntimeSilent(state: KubeletState, nowUs: number): boolean {
  for (const call of state.calls.values()) if (!SLOW.has(call.kind) && nowUs - call.sentUs >= RUNTIME_SILENT_US) return true;
  return false;
}

const DEADLINE: RpcError = { code: 'DeadlineExceeded', message: 'context deadline exceeded' };

/** The answers that gRPC makes up for calls whose deadline has passed. */
export function expiredCalls(state: KubeletState, nowUs: number): readonly (CriResponse | CsiResponse)[] {
  const responses: (CriResponse | CsiResponse)[] = [];
  for (const [requestId, call] of state.calls) {
    if (nowUs - call.sentUs >= call.timeoutUs) responses.push(deadlineResponse(call.kind, requestId));
  }
  return responses;
}

function deadlineResponse(kind: CallKind, requestId: number): CriResponse | CsiResponse {
  const error = DEADLINE;
  switch (kind) {
    case 'status': {
      const condition = { ready: false, reason: '', message: '' };
      return { type: 'cri-status-response', requestId, runtimeReady: condition, networkReady: condition, version: '', error };
    }
    case 'list': return { type: 'cri-list-response', requestId, sandboxes: [], containers: [], images: [], error };
    case 'config': return { type: 'cri-update-runtime-config-response', requestId, error };
    case 'run-sandbox': return { type: 'cri-run-pod-sandbox-response', requestId, sandbox: undefined, error };
    case 'stop-sandbox': return { type: 'cri-stop-pod-sandbox-response', requestId, error };
    case 'remove-sandbox': return { type: 'cri-remove-pod-sandbox-response', requestId, error };
    case 'image-status': return { type: 'cri-image-status-response', requestId, image: undefined, error };
    case 'pull': return { type: 'cri-pull-image-response', requestId, image: undefined, error };
    case 'create': return { type: 'cri-create-container-response', requestId, containerId: '', error };
    case 'start': return { type: 'cri-start-container-response', requestId, error };
    case 'stop': return { type: 'cri-stop-container-response', requestId, error };
    case 'remove': return { type: 'cri-remove-container-response', requestId, error };
    case 'post-start': case 'pre-stop': case 'probe': return { type: 'cri-exec-sync-response', requestId, exitCode: 0, output: '', error };
    case 'csi-info': return { type: 'csi-node-get-info-response', requestId, drivers: [], error };
    case 'stage': return { type: 'csi-node-stage-volume-response', requestId, error };
    case 'publish': return { type: 'csi-node-publish-volume-response', requestId, error };
    case 'unpublish': return { type: 'csi-node-unpublish-volume-response', requestId, error };
    case 'unstage': return { type: 'csi-node-unstage-volume-response', requestId, error };
  }
}

/** As the kubelet prints an error that came over gRPC. */
export function errorText(error: RpcError): string {
  return `rpc error: code = ${error.code} desc = ${error.message}`;
}
