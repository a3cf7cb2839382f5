import type { LazyMap } from '../../../base/lazy-map.ts';
import type { Context, TimerId } from '../../kernel/actor.ts';
import { kubeletId } from '../messages.ts';
import type { CniResult, ContainerConfig, ContainerEvent, CriResponse, LogOptions, RuntimeContainer, RuntimeImage, RuntimeSandbox, StreamPart } from '../messages.ts';
import type { ProcessPlan } from '../process.ts';
import type { Access } from '../server-programs.ts';
import type { FileEvent } from '../shell-files.ts';
import type { ProcessInput } from '../shell-input.ts';

/** A container with what the runtime knows of its process. Immutable: a change makes a new record. */
export interface ContainerRecord {
  readonly container: RuntimeContainer;
  readonly config: ContainerConfig;
  readonly plan: ProcessPlan;
  readonly files: readonly FileEvent[];
  /** What its own process could read so far. */
  readonly input: ProcessInput;
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
  /** The last requests that servers with a log of them answered, by container. */
  readonly accesses: LazyMap<string, readonly Access[]>;
  /** What clients have open, by the API server's number. */
  readonly streams: LazyMap<number, RuntimeStream>;
}

interface OfContainer { readonly containerId: string; readonly timer: TimerId }
/** A log that is followed. What was printed until `sentUs` after the start has been sent. */
export interface LogStream extends OfContainer { readonly kind: 'log'; readonly options: LogOptions; readonly sentUs: number }
/** A command that somebody waits for. */
export interface CommandStream extends OfContainer {
  readonly kind: 'command';
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  /** When it began, after the start of the container's process. */
  readonly beganUs: number;
  readonly input: ProcessInput;
  /** The line that is being typed. */
  readonly typed: string;
  /** How much of what it prints has been sent. */
  readonly sentParts: number;
}
/** Somebody at the streams of a container's own process. */
export interface AttachStream extends OfContainer { readonly kind: 'attach'; readonly stdin: boolean; readonly tty: boolean; readonly typed: string; readonly sentUs: number }
/** Connections to ports of a pod: what has come of each and was no whole request yet. */
export interface ForwardStream { readonly kind: 'forward'; readonly sandboxId: string; readonly connections: ReadonlyMap<number, string> }
export type RuntimeStream = LogStream | CommandStream | AttachStream | ForwardStream;

/** The process of a container ended: by itself, by a signal, or by the OOM killer. */
export interface ProcessExit { readonly type: 'process-exit'; readonly containerId: string; readonly exitCode: number; readonly reason: string }
export interface PullDone { readonly type: 'pull-done'; readonly requestId: number; readonly image: string }
export interface ExecDone { readonly type: 'exec-done'; readonly requestId: number; readonly exitCode: number; readonly output: string; readonly timedOut: boolean }
/** Something more of a stream is due. */
export interface StreamDue { readonly type: 'stream-due'; readonly requestId: number }
export type RuntimeTimer = ProcessExit | PullDone | ExecDone | StreamDue;

export function cloneRuntime(state: RuntimeState): RuntimeState {
  return {
    ...state, images: state.images.clone(), sandboxes: state.sandboxes.clone(), networks: state.networks.clone(), containers: state.containers.clone(),
    cniCalls: state.cniCalls.clone(), execs: state.execs.clone(), streams: state.streams.clone(), accesses: state.accesses.clone(),
  };
}

/** Sends an answer or an event to the node's kubelet, after `processingUs` of work. */
export function answer(state: RuntimeState, ctx: Context, response: CriResponse | ContainerEvent | StreamPart, processingUs = 0): void {
  ctx.send(kubeletId(state.nodeName), response, processingUs);
}
