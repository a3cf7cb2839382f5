// The kubelet's own server (port 10250): logs and commands, which the API server asks for on behalf of a client
// (models pkg/kubelet/server and validateContainerLogStatus).
import type { ContainerStatus } from '../../api/generated/types.ts';
import { API_SERVER } from '../../apiserver/messages.ts';
import type { Context } from '../../kernel/actor.ts';
import { runtimeId } from '../messages.ts';
import type { ContainerExecRequest, ContainerLogsRequest, KubeletServerRequest, KubeletStream, StreamPart, StreamRequest } from '../messages.ts';
import type { ContainerView, KubeletState, PodWorker } from './state.ts';

export function onServerRequest(state: KubeletState, request: KubeletServerRequest, ctx: Context): void {
  switch (request.type) {
    case 'kubelet-logs': readLogs(state, request, ctx); return;
    case 'kubelet-exec': exec(state, request, ctx); return;
    case 'kubelet-stop': toRuntime(state, { type: 'stream-end', requestId: request.requestId }, ctx);
  }
}

/** What the runtime's side sends goes on to the API server. */
export function onStreamPart({ requestId, status, text, done, exitCode }: StreamPart, ctx: Context): void {
  const message: KubeletStream = { type: 'kubelet-stream', requestId, status, text, done, exitCode };
  ctx.send(API_SERVER, message);
}

function toRuntime(state: KubeletState, request: StreamRequest, ctx: Context): void {
  ctx.send(runtimeId(state.nodeName), request);
}

function refuse(requestId: number, status: number, text: string, ctx: Context): void {
  const message: KubeletStream = { type: 'kubelet-stream', requestId, status, text, done: true, exitCode: 0 };
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

function exec(state: KubeletState, { requestId, namespace, pod, container, command }: ContainerExecRequest, ctx: Context): void {
  const found = find(state, namespace, pod, container);
  const current = found?.view.current;
  if (current?.state !== 'CONTAINER_RUNNING') return refuse(requestId, 404, `container not found (${JSON.stringify(container)})`, ctx);
  toRuntime(state, { type: 'cri-exec', requestId, containerId: current.id, command }, ctx);
}
