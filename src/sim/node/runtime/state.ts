import type { LazyMap } from '../../../base/lazy-map.ts';
import type { Context, TimerId } from '../../kernel/actor.ts';
import { kubeletId } from '../messages.ts';
import type { CniResult, ContainerConfig, ContainerEvent, CriResponse, LogOptions, RuntimeContainer, RuntimeImage, RuntimeSandbox, StreamPart } from '../messages.ts';
import type { ProcessPlan } from '../process.ts';
import type { FileSpan } from '../shell.ts';

/** A container with what the runtime knows of its process. Immutable: a change makes a new record. */
export interface ContainerRecord {
  readonly container: RuntimeContainer;
  readonly config: ContainerConfig;
  readonly plan: ProcessPlan;
  readonly files: readonly FileSpan[];
  /** The planned end of the process, or the SIGKILL of a stop; 0 when none is due. */
  readonly exitTimer: TimerId;
  readonly exitAtUs: number;
  /** StopContainer requests that wait for the end. */
  readonly stopWaiters: readonly number[];
}

export interface CniCall {
  readonly kind: 'add' | 'del' | 'config';
  readonly sandboxId: string;
  /** The kubelet's request that waits for it. */
  readonly requestId: number;
}

/** All that one machine's runtime holds. Images and records of containers are on its disk and outlive a power failure. */
export interface RuntimeState {
  readonly nodeName: string;
  on: boolean;
  networkReady: boolean;
  podCidr: string;
  /** Counts sandboxes: their namespaces get their numbers from it. */
  sandboxSerial: number;
  nextPid: number;
  nextCallId: number;
  /** By full name: `docker.io/library/nginx:1.28`. */
  readonly images: LazyMap<string, RuntimeImage>;
  readonly sandboxes: LazyMap<string, RuntimeSandbox>;
  /** What CNI set up, by sandbox. */
  readonly networks: LazyMap<string, CniResult>;
  readonly containers: LazyMap<string, ContainerRecord>;
  readonly cniCalls: LazyMap<number, CniCall>;
  /** Commands that run in containers: ExecSync request → container. */
  readonly execs: LazyMap<number, string>;
  /** Logs that are followed and commands whose output somebody waits for, by the API server's number. */
  readonly streams: LazyMap<number, RuntimeStream>;
}

export interface RuntimeStream {
  readonly containerId: string;
  /** Of a log: what is asked for, and how many of its lines have been sent; undefined for commands. */
  readonly log: { readonly options: LogOptions; readonly sent: number } | undefined;
  readonly timer: TimerId;
}

/** The process of a container ended: by itself, by a signal, or by the OOM killer. */
export interface ProcessExit { readonly type: 'process-exit'; readonly containerId: string; readonly exitCode: number; readonly reason: string }
export interface PullDone { readonly type: 'pull-done'; readonly requestId: number; readonly image: string }
export interface ExecDone { readonly type: 'exec-done'; readonly requestId: number; readonly exitCode: number; readonly output: string; readonly timedOut: boolean }
/** The next line of a log that is followed is due. */
export interface LogDue { readonly type: 'log-due'; readonly requestId: number }
/** A command that somebody waits for has ended. */
export interface ExecEnd { readonly type: 'exec-end'; readonly requestId: number; readonly exitCode: number; readonly output: string }
export type RuntimeTimer = ProcessExit | PullDone | ExecDone | LogDue | ExecEnd;

export function cloneRuntime(state: RuntimeState): RuntimeState {
  return {
    ...state, images: state.images.clone(), sandboxes: state.sandboxes.clone(), networks: state.networks.clone(), containers: state.containers.clone(),
    cniCalls: state.cniCalls.clone(), execs: state.execs.clone(), streams: state.streams.clone(),
  };
}

/** Sends an answer or an event to the node's kubelet, after `processingUs` of work. */
export function answer(state: RuntimeState, ctx: Context, response: CriResponse | ContainerEvent | StreamPart, processingUs = 0): void {
  ctx.send(kubeletId(state.nodeName), response, processingUs);
}
