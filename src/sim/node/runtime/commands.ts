// Commands that somebody runs in a container, and somebody at the streams of the container's own process. Both are worked out
// anew when more was typed or something more is due.
import type { Context } from '../../kernel/actor.ts';
import { resolveImage } from '../images.ts';
import type { CatalogueImage } from '../image-catalogue.ts';
import type { AttachRequest, ExecRequest, StreamInput } from '../messages.ts';
import { execIn, planProcess, printedParts, promptOf } from '../process.ts';
import type { ShellRun } from '../shell.ts';
import { NO_INPUT, OPEN_INPUT } from '../shell-input.ts';
import type { InputPart, ProcessInput } from '../shell-input.ts';
import { typeKeys } from '../terminal-line.ts';
import type { Typed } from '../terminal-line.ts';
import { stopContainer } from './stop.ts';
import type { AttachStream, CommandStream, ContainerRecord, ProcessExit, RuntimeState } from './state.ts';
import { keep, runSinceUs, sendPart, sendPrinted } from './stream-parts.ts';

const EXEC_US = 25_000;
/** How far ahead it is looked for what comes next. */
const LOOK_AHEAD_US = 60_000_000;

function imageOf({ config }: ContainerRecord): CatalogueImage | undefined {
  const found = resolveImage(config.image);
  return 'code' in found ? undefined : found.image;
}

/** A container whose streams can be had; else the client is refused. */
function runningOf(state: RuntimeState, doing: string, { requestId, containerId }: ExecRequest | AttachRequest, ctx: Context): ContainerRecord | undefined {
  const record = state.containers.get(containerId);
  if (record?.container.state === 'CONTAINER_RUNNING') return record;
  sendPart(state, requestId, { status: 500, text: `failed to ${doing} container: container is in ${record?.container.state ?? 'CONTAINER_UNKNOWN'} state`, done: true }, ctx);
  return undefined;
}

export function exec(state: RuntimeState, request: ExecRequest, ctx: Context): void {
  const { requestId, containerId, command, stdin, tty } = request;
  const record = runningOf(state, 'exec in', request, ctx);
  if (!record) return;
  if (imageOf(record)?.bare) {
    const text = `error executing command in container: failed to exec in container: failed to start exec "${containerId.slice(0, 12)}${requestId}": OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(command[0] ?? '')}: executable file not found in $PATH`;
    return sendPart(state, requestId, { status: 500, text, done: true }, ctx);
  }
  // The connection is there before the command has begun.
  sendPart(state, requestId, {}, ctx, EXEC_US);
  const stream: CommandStream = {
    kind: 'command', containerId, command, stdin, tty, beganUs: runSinceUs(record, ctx) + EXEC_US, input: stdin ? OPEN_INPUT : NO_INPUT, typed: '', sentParts: 0, timer: 0,
  };
  keep(state, requestId, stream, EXEC_US, ctx);
}

function runOf(record: ContainerRecord, requestId: number, { command, beganUs, input, tty }: CommandStream, untilUs: number): ShellRun {
  const image = imageOf(record);
  const { config, container } = record;
  return execIn(record.plan, record.files.filter(({ by }) => by !== requestId), beganUs, command, false, {
    input, by: requestId, record: { untilUs }, startedUnixUs: container.startedUnixUs, hostname: config.hostname, mounts: config.mountPaths, ...(tty && image && { prompt: promptOf(image) }),
  });
}

/** Sends what is due of a command, and waits for what comes next. */
export function continueCommand(state: RuntimeState, requestId: number, stream: CommandStream, ctx: Context): void {
  const record = state.containers.get(stream.containerId);
  if (!record) return;
  const nowUs = runSinceUs(record, ctx);
  const untilUs = nowUs + LOOK_AHEAD_US;
  const run = runOf(record, requestId, stream, untilUs);
  if (run.files.length > 0) state.containers.set(stream.containerId, { ...record, files: [...record.files.filter(({ by }) => by !== requestId), ...run.files] });
  const due = run.parts.filter(({ atUs }) => atUs <= nowUs);
  sendPrinted(state, requestId, due.slice(stream.sentParts), stream.tty, ctx);
  const nextUs = Math.min(run.parts[due.length]?.atUs ?? Infinity, run.end?.atUs ?? Infinity, run.end && run.end.atUs > untilUs ? untilUs : Infinity);
  if (run.end && run.end.atUs <= nowUs && due.length === run.parts.length) {
    keep(state, requestId, stream, Infinity, ctx);
    state.streams.delete(requestId);
    sendPart(state, requestId, { done: true, exitCode: run.end.exitCode }, ctx, 0);
    if (run.stopsMain) stopContainer(state, { type: 'cri-stop-container', requestId: 0, containerId: stream.containerId, timeoutSeconds: 3600 }, ctx);
  } else keep(state, requestId, { ...stream, sentParts: due.length }, Math.max(0, nextUs - nowUs), ctx);
}

/** More input, after what a terminal makes of the keys. */
function fed(state: RuntimeState, requestId: number, stream: CommandStream | AttachStream, before: ProcessInput, { text, end }: StreamInput, atUs: number, ctx: Context): { readonly input: ProcessInput; readonly typed: string } {
  if (!stream.tty) return { input: more(before, atUs, { text, interrupts: false, ends: false }, end), typed: '' };
  const typed = typeKeys(stream.typed, text);
  if (typed.echo !== '') sendPart(state, requestId, { text: typed.echo }, ctx, 0);
  return { input: more(before, atUs, typed, end), typed: typed.pending };
}

function more({ parts, endUs }: ProcessInput, atUs: number, { text, interrupts, ends }: Pick<Typed, 'text' | 'interrupts' | 'ends'>, isLast: boolean): ProcessInput {
  const key = (name: 'interrupt' | 'end'): InputPart => ({ atUs, text: '', key: name });
  const added = [...(interrupts ? [key('interrupt')] : []), ...(text === '' ? [] : [{ atUs, text }]), ...(ends ? [key('end')] : [])];
  return { parts: added.length === 0 ? parts : [...parts, ...added], endUs: isLast ? atUs : endUs };
}

export function typeIntoCommand(state: RuntimeState, requestId: number, stream: CommandStream, message: StreamInput, ctx: Context): void {
  const record = state.containers.get(stream.containerId);
  if (!record || !stream.stdin || stream.input.endUs !== undefined) return;
  const atUs = Math.max(stream.beganUs, runSinceUs(record, ctx));
  continueCommand(state, requestId, { ...stream, ...fed(state, requestId, stream, stream.input, message, atUs, ctx) }, ctx);
}

// ---- the container's own process ----

export function attach(state: RuntimeState, request: AttachRequest, ctx: Context): void {
  const { requestId, containerId, stdin, tty } = request;
  const record = runningOf(state, 'attach', request, ctx);
  if (!record) return;
  sendPart(state, requestId, {}, ctx, EXEC_US);
  keep(state, requestId, { kind: 'attach', containerId, stdin: stdin && record.config.stdin, tty: tty && record.config.tty, typed: '', sentUs: runSinceUs(record, ctx), timer: 0 }, EXEC_US, ctx);
}

/** What the process has printed since the last time. */
export function continueAttach(state: RuntimeState, requestId: number, stream: AttachStream, ctx: Context): void {
  const record = state.containers.get(stream.containerId);
  const image = record && imageOf(record);
  if (!record || !image) return;
  const nowUs = runSinceUs(record, ctx);
  const all = printedParts(image, record.config, record.container.startedUnixUs, nowUs + LOOK_AHEAD_US, record.input);
  sendPrinted(state, requestId, all.filter(({ atUs }) => atUs > stream.sentUs && atUs <= nowUs), stream.tty, ctx);
  const nextUs = all.find(({ atUs }) => atUs > nowUs)?.atUs ?? (all.length > 0 && record.plan.exit === undefined && all.some(({ atUs }) => atUs > nowUs - LOOK_AHEAD_US) ? nowUs + LOOK_AHEAD_US : Infinity);
  keep(state, requestId, { ...stream, sentUs: nowUs }, nextUs - nowUs, ctx);
}

export function typeIntoProcess(state: RuntimeState, requestId: number, stream: AttachStream, message: StreamInput, ctx: Context): void {
  const record = state.containers.get(stream.containerId);
  if (record?.container.state !== 'CONTAINER_RUNNING' || !stream.stdin || record.input.endUs !== undefined) return;
  const { input, typed } = fed(state, requestId, stream, record.input, message, runSinceUs(record, ctx), ctx);
  state.streams.set(requestId, { ...stream, typed });
  goOnWith(state, record, message.end && !record.config.stdinOnce ? { ...input, endUs: undefined } : input, ctx);
}

/** Whoever was attached is gone; with them goes the input of a process that was promised but one. */
export function leaveProcess(state: RuntimeState, { containerId, stdin }: AttachStream, ctx: Context): void {
  const record = state.containers.get(containerId);
  if (!stdin || record?.container.state !== 'CONTAINER_RUNNING' || !record.config.stdinOnce || record.input.endUs !== undefined) return;
  goOnWith(state, record, { ...record.input, endUs: runSinceUs(record, ctx) }, ctx);
}

/** The container's own process has read more: what it will do is planned anew. */
function goOnWith(state: RuntimeState, record: ContainerRecord, input: ProcessInput, ctx: Context): void {
  const image = imageOf(record);
  if (!image) return;
  const { container, config } = record;
  const plan = planProcess(image, config, input);
  const next: ContainerRecord = { ...record, plan, input, files: [...plan.files, ...record.files.filter(({ by }) => by !== 0)] };
  state.containers.set(container.id, record.stopWaiters.length > 0 ? next : withExit(next, ctx));
  for (const [requestId, stream] of state.streams) if (stream.kind === 'attach' && stream.containerId === container.id) continueAttach(state, requestId, stream, ctx);
}

function withExit(record: ContainerRecord, ctx: Context): ContainerRecord {
  const { exit } = record.plan;
  if (record.exitTimer !== 0) ctx.cancel(record.exitTimer);
  if (!exit) return { ...record, exitTimer: 0, exitAtUs: 0 };
  const inUs = Math.max(0, exit.atUs - runSinceUs(record, ctx));
  const timer: ProcessExit = { type: 'process-exit', containerId: record.container.id, exitCode: exit.exitCode, reason: exit.reason };
  return { ...record, exitTimer: ctx.after(inUs, timer), exitAtUs: ctx.nowUs + inUs };
}
