// Startup, liveness and readiness probes (models pkg/kubelet/prober worker.go): one worker for each probe of a running
// container, ticking with its period; thresholds turn single answers into results.
import type { Probe } from '../../api/generated/types.ts';
import type { Context } from '../../kernel/actor.ts';
import type { ConnectResponse, ExecSyncResponse } from '../messages.ts';
import { errorText, newCall, takeCall, toRuntime } from './calls.ts';
import { isRunning, probeOf, resultOf, setView, specOf } from './containers.ts';
import { containerEvent } from './events.ts';
import { portOf } from './hooks.ts';
import type { Call, ContainerView, KubeletState, PodWorker, ProbeState, ProbeTimer, ProbeType } from './state.ts';

const TYPES: readonly ProbeType[] = ['startup', 'liveness', 'readiness'];
const INITIAL: Readonly<Record<ProbeType, ProbeState['result']>> = { startup: 'unknown', liveness: 'success', readiness: 'failure' };
const TITLES: Readonly<Record<ProbeType, string>> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };

function probeSpec(worker: Readonly<PodWorker>, view: ContainerView, type: ProbeType): Probe | undefined {
  const spec = specOf(worker.pod, view);
  return type === 'startup' ? spec.startupProbe : type === 'liveness' ? spec.livenessProbe : spec.readinessProbe;
}

function periodUs(probe: Probe): number {
  return (probe.periodSeconds ?? 10) * 1_000_000;
}

function setProbe(worker: PodWorker, index: number, next: ProbeState): void {
  const view = worker.containers[index] as ContainerView;
  setView(worker, index, { probes: [...view.probes.filter((probe) => probe.type !== next.type), next] });
}

/** Whether the container's startup is over, as far as other probes are concerned. */
function hasStarted(worker: Readonly<PodWorker>, view: ContainerView): boolean {
  return specOf(worker.pod, view).startupProbe === undefined || resultOf(view, 'startup') === 'success';
}

/**
 * Keeps the workers in step with the containers; to be called whenever the status was worked out. A container that is
 * started but not ready is probed for readiness at once.
 */
export function syncProbes(worker: PodWorker, ctx: Context): void {
  worker.containers.forEach((view, index) => {
    const spec = specOf(worker.pod, view);
    if (!isRunning(view) || !(spec.startupProbe || spec.livenessProbe || spec.readinessProbe)) return;
    for (const type of TYPES) {
      const probe = probeSpec(worker, view, type);
      if (probe) syncProbe(worker, index, type, probe, ctx);
    }
  });
}

function syncProbe(worker: PodWorker, index: number, type: ProbeType, spec: Probe, ctx: Context): void {
  const view = worker.containers[index] as ContainerView;
  const containerId = view.current?.id ?? '';
  let probe = probeOf(view, type);
  if (probe?.containerId !== containerId) {
    if (probe && probe.timer !== 0) ctx.cancel(probe.timer);
    probe = { type, containerId, result: INITIAL[type], lastResult: '', resultRun: 0, onHold: false, timer: 0, call: 0 };
    setProbe(worker, index, probe);
  }
  if (worker.phase === 'terminating' && type !== 'readiness') return;
  if (probe.onHold || probe.call !== 0 || (type === 'startup' ? probe.result === 'success' : !hasStarted(worker, view))) return;
  if (type === 'readiness' && probe.result !== 'success') schedule(worker, index, probe, 0, ctx);
  else if (probe.timer === 0) schedule(worker, index, probe, untilTick(worker, spec, ctx), ctx);
}

/** Tickers started when the pod was first synced. */
function untilTick(worker: Readonly<PodWorker>, spec: Probe, ctx: Context): number {
  const period = periodUs(spec);
  const since = ctx.nowUs - worker.addedUs;
  return (Math.floor(since / period) + 1) * period - since;
}

function schedule(worker: PodWorker, index: number, probe: ProbeState, delayUs: number, ctx: Context): void {
  if (probe.timer !== 0) ctx.cancel(probe.timer);
  const timer: ProbeTimer = { type: 'probe-timer', uid: worker.uid, view: index, probe: probe.type };
  setProbe(worker, index, { ...probe, timer: ctx.after(delayUs, timer) });
}

export function stopProbes(state: KubeletState, worker: PodWorker, ctx: Context, types: readonly ProbeType[] = TYPES): void {
  worker.containers.forEach((view, index) => {
    if (view.probes.length === 0) return;
    for (const probe of view.probes) {
      if (!types.includes(probe.type)) continue;
      if (probe.timer !== 0) ctx.cancel(probe.timer);
      if (probe.call !== 0) takeCall(state, probe.call);
    }
    setView(worker, index, { probes: view.probes.map((probe) => (types.includes(probe.type) ? { ...probe, timer: 0, call: 0, onHold: true } : probe)) });
  });
}

export function onProbeTimer(state: KubeletState, worker: PodWorker, { view: index, probe: type }: ProbeTimer, ctx: Context): void {
  const view = worker.containers[index];
  const probe = view && probeOf(view, type);
  const spec = view && probeSpec(worker, view, type);
  if (!view || !probe || !spec || probe.timer !== ctx.messageId) return;
  const next: ProbeState = { ...probe, timer: 0 };
  if (!isRunning(view) || view.current?.id !== probe.containerId) {
    setProbe(worker, index, next);
    return;
  }
  schedule(worker, index, next, periodUs(spec), ctx);
  const startedUs = Math.floor(view.current.startedUnixUs / 1_000_000) * 1_000_000;
  if (probe.call !== 0 || ctx.unixUs - startedUs < (spec.initialDelaySeconds ?? 0) * 1_000_000) return;
  const call = newCall(state, ctx, 'probe', worker.uid, index, type);
  setProbe(worker, index, { ...(probeOf(worker.containers[index] as ContainerView, type) as ProbeState), call });
  send(state, worker, view, spec, call, ctx);
}

function send(state: KubeletState, worker: PodWorker, view: ContainerView, spec: Probe, requestId: number, ctx: Context): void {
  const containerId = view.current?.id ?? '';
  const timeoutSeconds = spec.timeoutSeconds ?? 1;
  if (spec.exec) {
    toRuntime(state, ctx, { type: 'cri-exec-sync', requestId, containerId, command: spec.exec.command ?? [], timeoutSeconds });
    return;
  }
  const handler = spec.httpGet ? 'httpGet' : spec.grpc ? 'grpc' : 'tcpSocket';
  const port = portOf(specOf(worker.pod, view), spec.httpGet?.port ?? spec.grpc?.port ?? spec.tcpSocket?.port);
  toRuntime(state, ctx, { type: 'connect', requestId, containerId, handler, port, path: spec.httpGet?.path ?? '/', timeoutSeconds });
}

/** Takes the answer to a probe. Returns the new result if it changed, with the type of the probe. */
export function onProbeAnswer(state: KubeletState, worker: PodWorker, call: Call, response: ExecSyncResponse | ConnectResponse, ctx: Context): ProbeState['result'] {
  const view = worker.containers[call.view] as ContainerView;
  const type = call.detail as ProbeType;
  const probe = probeOf(view, type);
  const spec = probeSpec(worker, view, type);
  if (!probe || !spec || probe.call !== response.requestId) return undefined;
  const idle: ProbeState = { ...probe, call: 0 };
  setProbe(worker, call.view, idle);
  if (!isRunning(view) || view.current?.id !== probe.containerId) return undefined;
  const verdict = verdictOf(worker, view, spec, response);
  if (verdict.kind === 'error') {
    containerEvent(state, ctx, worker.pod, view, 'Warning', 'Unhealthy', `${TITLES[type]} probe errored and resulted in unknown state: ${verdict.text}`);
    return undefined;
  }
  if (verdict.kind === 'failure') containerEvent(state, ctx, worker.pod, view, 'Warning', 'Unhealthy', `${TITLES[type]} probe failed: ${verdict.text}`);
  return count(worker, call.view, idle, spec, verdict.kind, ctx);
}

function count(worker: PodWorker, index: number, probe: ProbeState, spec: Probe, result: 'success' | 'failure', ctx: Context): ProbeState['result'] {
  const resultRun = probe.lastResult === result ? probe.resultRun + 1 : 1;
  const threshold = result === 'failure' ? spec.failureThreshold ?? 3 : spec.successThreshold ?? 1;
  if (resultRun < threshold) {
    setProbe(worker, index, { ...probe, lastResult: result, resultRun });
    return undefined;
  }
  // Failed liveness and every verdict on the startup end the probing until there is another container.
  const onHold = probe.type === 'startup' || (probe.type === 'liveness' && result === 'failure');
  if (onHold && probe.timer !== 0) ctx.cancel(probe.timer);
  setProbe(worker, index, { ...probe, lastResult: result, resultRun: onHold ? 0 : resultRun, result, onHold, timer: onHold ? 0 : probe.timer });
  return probe.result === result ? undefined : result;
}

type Verdict = { readonly kind: 'success' } | { readonly kind: 'failure' | 'error'; readonly text: string };
const SUCCESS: Verdict = { kind: 'success' };

function verdictOf(worker: PodWorker, view: ContainerView, spec: Probe, response: ExecSyncResponse | ConnectResponse): Verdict {
  if (response.type === 'cri-exec-sync-response') {
    if (response.error?.code === 'DeadlineExceeded') {
      return { kind: 'failure', text: `command timed out: "${(spec.exec?.command ?? []).join(' ')}" timed out after ${spec.timeoutSeconds ?? 1}s` };
    }
    if (response.error) return { kind: 'error', text: errorText(response.error) };
    return response.exitCode === 0 ? SUCCESS : { kind: 'failure', text: response.output };
  }
  const port = portOf(specOf(worker.pod, view), spec.httpGet?.port ?? spec.grpc?.port ?? spec.tcpSocket?.port);
  const address = `${spec.httpGet?.host ?? spec.tcpSocket?.host ?? worker.status?.podIP ?? ''}:${port}`;
  if (spec.grpc) return grpcVerdict(address, spec, response);
  const refused = `dial tcp ${address}: connect: connection refused`;
  if (!spec.httpGet) return response.outcome === 'answered' ? SUCCESS : { kind: 'failure', text: refused };
  const path = spec.httpGet.path ?? '';
  const url = `${(spec.httpGet.scheme ?? 'HTTP').toLowerCase()}://${address}${path.startsWith('/') ? path : `/${path}`}`;
  if (response.outcome !== 'answered') return { kind: 'failure', text: `Get "${url}": ${refused}` };
  return response.statusCode < 400 ? SUCCESS : { kind: 'failure', text: `HTTP probe failed with statuscode: ${response.statusCode}` };
}

function grpcVerdict(address: string, spec: Probe, response: ConnectResponse): Verdict {
  if (response.outcome !== 'answered') return { kind: 'failure', text: `timeout: failed to connect service "${address}" within ${spec.timeoutSeconds ?? 1}s: context deadline exceeded` };
  return response.statusCode === 200 ? SUCCESS : { kind: 'failure', text: 'service unhealthy (responded with "NOT_SERVING")' };
}
