// postStart and preStop hooks: a command, a request, a connection, or a sleep (models pkg/kubelet/lifecycle handlers.go).
import type { Container, LifecycleHandler } from '../../api/generated/types.ts';
import type { Context } from '../../kernel/actor.ts';
import type { ConnectResponse, ExecSyncResponse } from '../messages.ts';
import { newCall, toRuntime } from './calls.ts';
import { specOf } from './containers.ts';
import type { ContainerView, KubeletState, PodTimer, PodWorker } from './state.ts';

/** Resolves a port that may be a name. 0 when the container does not have it. */
export function portOf(spec: Container, port: number | string | undefined): number {
  if (typeof port === 'number') return port;
  const named = spec.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? (Number(port) || 0);
}

/** Starts a hook; the answer comes as a call of that kind or as a pod timer. */
export function runHook(state: KubeletState, worker: PodWorker, index: number, handler: LifecycleHandler, containerId: string, kind: 'post-start' | 'pre-stop', ctx: Context): void {
  if (handler.sleep) {
    const timer: PodTimer = { type: 'pod-timer', uid: worker.uid, what: kind, view: index };
    ctx.after(handler.sleep.seconds * 1_000_000, timer);
    return;
  }
  const requestId = newCall(state, ctx, kind, worker.uid, index);
  if (handler.exec) {
    toRuntime(state, ctx, { type: 'cri-exec-sync', requestId, containerId, command: handler.exec.command ?? [], timeoutSeconds: 0 });
    return;
  }
  const spec = specOf(worker.pod, worker.containers[index] as ContainerView);
  const port = portOf(spec, handler.httpGet?.port ?? handler.tcpSocket?.port);
  toRuntime(state, ctx, { type: 'connect', requestId, containerId, handler: handler.httpGet ? 'httpGet' : 'tcpSocket', port, path: handler.httpGet?.path ?? '', timeoutSeconds: 0 });
}

/** A hook fails when its command does, or when nobody answers; the status of an HTTP answer does not matter. */
export function hookSucceeded(response: ExecSyncResponse | ConnectResponse): boolean {
  if (response.error) return false;
  return response.type === 'cri-exec-sync-response' ? response.exitCode === 0 : response.outcome === 'answered';
}

/** What the pod's status says of a postStart hook that failed. */
export function hookFailure(worker: PodWorker, view: ContainerView, handler: LifecycleHandler, response: ExecSyncResponse | ConnectResponse, podName: string): string {
  if (handler.exec && response.type === 'cri-exec-sync-response') {
    const error = response.error ? response.error.message : `command '${(handler.exec.command ?? []).join(' ')}' exited with ${response.exitCode}: ${response.output}`;
    return `Exec lifecycle hook ([${(handler.exec.command ?? []).join(' ')}]) for Container "${view.name}" in Pod "${podName}" failed - error: ${error}, message: ${JSON.stringify(response.output)}`;
  }
  const port = portOf(specOf(worker.pod, view), handler.httpGet?.port);
  const address = `${handler.httpGet?.host ?? worker.sandbox?.ip ?? ''}:${port}`;
  const path = handler.httpGet?.path ?? '';
  return `HTTP lifecycle hook (${path}) for Container "${view.name}" in Pod "${podName}" failed - error: Get "http://${address}${path.startsWith('/') ? path : `/${path}`}": dial tcp ${address}: connect: connection refused`;
}
