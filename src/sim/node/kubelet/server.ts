// The kubelet's own server (port 10250): logs, commands, attached clients and forwarded ports, which the API server asks for on behalf of a client
// (models pkg/kubelet/server and validateContainerLogStatus).
import type { ContainerStatus } from '../../api/generated/types.ts';
import { API_SERVER } from '../../apiserver/messages.ts';
import type { Context } from '../../kernel/actor.ts';
import { runtimeId } from '../messages.ts';
import type { ContainerAttachRequest, ContainerExecRequest, ContainerLogsRequest, KubeletServerRequest, KubeletStream, PodForwardRequest, StreamPart, StreamRequest } from '../messages.ts';
import type { ContainerView, KubeletState, PodWorker } from './state.ts';

export function onServerRequest(state: KubeletState, request: KubeletServerRequest, ctx: Context): void {
  switch (request.type) {
    case 'kubelet-logs': readLogs(state, request, ctx); return;
    case 'kubelet-exec': case 'kubelet-attach': connect(state, request, ctx); return;
    case 'kubelet-port-forward': portForward(state, request, ctx); return;
    case 'kubelet-input': toRuntime(state, { ...request, type: 'stream-input' }, ctx); return;
    case 'kubelet-stop': toRuntime(state, { type: 'stream-end', requestId: request.requestId }, ctx);
  }
}

/** What the runtime's side sends goes on to the API server. */
export function onStreamPart(part: StreamPart, ctx: Context): void {
  const message: KubeletStream = { ...part, type: 'kubelet-stream' };
  ctx.send(API_SERVER, message);
}

function toRuntime(state: KubeletState, request: StreamRequest, ctx: Context): void {
  ctx.send(runtimeId(state.nodeName), request);
}

function refuse(requestId: number, status: number, text: string, ctx: Context): void {
  const message: KubeletStream = { type: 'kubelet-stream', requestId, status, text, to: 'out', connection: 0, closes: false, done: true, exitCode: 0 };
  ctx.send(API_SERVER, message);
}

type Found = { readonly worker: Readonly<PodWorker>; readonly view: ContainerView } | undefined;

function find(state: KubeletState, namespace: string, pod: string, container: string): Found {
  for (const worker of state.pods.values()) {
    if (worker.key !== `${namespace}/${pod}`) continue;
    const view = worker.containers.find(({ name }) => name === container);
    if (view) return { worker, view };
  }
  return undefined;
}

function readLogs(state: KubeletState, { requestId, namespace, pod, container, options }: ContainerLogsRequest, ctx: Context): void {
  const found = find(state, namespace, pod, container);
  if (!found) return refuse(requestId, 400, `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod)} is not available`, ctx);
  const id = logOf(found, options.previous);
  if (id === undefined) return refuse(requestId, 400, whyNot(found, pod, options.previous), ctx);
  toRuntime(state, { type: 'read-log', requestId, containerId: id, options }, ctx);
}

function statusOf({ worker, view }: NonNullable<Found>): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = worker.status ?? {};
  return [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === view.name);
}

/** The container whose log is meant: a container that waits to be started again still has that of its last run. */
function logOf({ view: { current, previous } }: NonNullable<Found>, ofPrevious: boolean): string | undefined {
  if (ofPrevious) return current?.state === 'CONTAINER_EXITED' && !previous ? undefined : previous?.id;
  const wasStarted = (current?.startedUnixUs ?? 0) > 0;
  return wasStarted ? current?.id : previous?.id;
}

function whyNot(found: NonNullable<Found>, pod: string, ofPrevious: boolean): string {
  const name = JSON.stringify(found.view.name);
  if (ofPrevious) return `previous terminated container ${name} in pod ${JSON.stringify(pod)} not found`;
  const reason = statusOf(found)?.state?.waiting?.reason ?? 'ContainerCreating';
  const waits = `container ${name} in pod ${JSON.stringify(pod)} is waiting to start: `;
  switch (reason) {
    case 'ErrImagePull': return `${waits}image can't be pulled`;
    case 'ImagePullBackOff': return `${waits}trying and failing to pull image`;
    default: return waits + reason;
  }
}

/** A command in a container, or the streams of its own process. */
function connect(state: KubeletState, request: ContainerExecRequest | ContainerAttachRequest, ctx: Context): void {
  const { requestId, namespace, pod, container, stdin, tty } = request;
  const current = find(state, namespace, pod, container)?.view.current;
  if (current?.state !== 'CONTAINER_RUNNING') return refuse(requestId, 404, `container not found (${JSON.stringify(container)})`, ctx);
  const streams = { requestId, containerId: current.id, stdin, tty };
  toRuntime(state, request.type === 'kubelet-exec' ? { type: 'cri-exec', ...streams, command: request.command } : { type: 'cri-attach', ...streams }, ctx);
}

function portForward(state: KubeletState, { requestId, namespace, pod }: PodForwardRequest, ctx: Context): void {
  for (const worker of state.pods.values()) {
    if (worker.key !== `${namespace}/${pod}`) continue;
    if (!worker.sandbox) break;
    return toRuntime(state, { type: 'cri-port-forward', requestId, sandboxId: worker.sandbox.id }, ctx);
  }
  refuse(requestId, 404, 'pod does not exist', ctx);
}
