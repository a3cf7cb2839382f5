// What is read from a container as it goes on: its log, and the output of commands that somebody runs in it.
import { formatMicroTime } from '../../../base/time.ts';
import type { Context } from '../../kernel/actor.ts';
import { resolveImage } from '../images.ts';
import type { ExecRequest, LogOptions, ReadLogRequest, StreamPart } from '../messages.ts';
import { execIn, printedBy } from '../process.ts';
import type { PrintedLine } from '../shell.ts';
import { answer } from './state.ts';
import type { ContainerRecord, ExecEnd, LogDue, RuntimeState } from './state.ts';

const READ_US = 400;
const EXEC_US = 25_000;
/** How far ahead the next line of a followed log is looked for. */
const LOOK_AHEAD_US = 3_600_000_000;
const EXIT_CODE_SIGKILL = 137;

function send(state: RuntimeState, requestId: number, part: Partial<Omit<StreamPart, 'type' | 'requestId'>>, ctx: Context, processingUs = READ_US): void {
  const message: StreamPart = { type: 'stream-part', requestId, status: 200, text: '', done: false, exitCode: 0, ...part };
  answer(state, ctx, message, processingUs);
}

// ---- logs ----

/** The lines of a container's log: until now, and the time of the one after them (Infinity: none). */
function linesOf({ container, config }: ContainerRecord, unixUs: number): { readonly lines: readonly PrintedLine[]; readonly nextUs: number } {
  const found = resolveImage(config.image);
  if ('code' in found || container.startedUnixUs === 0) return { lines: [], nextUs: Infinity };
  const runs = container.state === 'CONTAINER_RUNNING';
  const sinceUs = (runs ? unixUs : container.finishedUnixUs) - container.startedUnixUs;
  const all = printedBy(found.image, config, container.startedUnixUs, sinceUs + (runs ? LOOK_AHEAD_US : 0));
  const lines = all.filter(({ atUs }) => atUs <= sinceUs);
  return { lines, nextUs: runs ? (all[lines.length]?.atUs ?? Infinity) - sinceUs : Infinity };
}

export function readLog(state: RuntimeState, { requestId, containerId, options }: ReadLogRequest, ctx: Context): void {
  const record = state.containers.get(containerId);
  if (!record) return send(state, requestId, { status: 400, text: `failed to try resolving symlinks in path "/var/log/containers/${containerId}.log": no such file or directory`, done: true }, ctx);
  const { lines, nextUs } = linesOf(record, ctx.unixUs);
  const fromUnixUs = Math.max(options.sinceUnixUs, options.sinceSeconds > 0 ? ctx.unixUs - options.sinceSeconds * 1_000_000 : 0);
  const recent = lines.filter(({ atUs }) => record.container.startedUnixUs + atUs >= fromUnixUs);
  const shown = options.tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - options.tailLines));
  const follows = options.follow && record.container.state === 'CONTAINER_RUNNING';
  send(state, requestId, { text: textOf(shown, record, options), done: !follows }, ctx);
  if (follows) waitForMore(state, requestId, containerId, options, lines.length, nextUs, ctx);
}

function textOf(lines: readonly PrintedLine[], { container }: ContainerRecord, { timestamps, limitBytes }: LogOptions): string {
  const text = lines.map((line) => `${timestamps ? `${timeOf(container.startedUnixUs + line.atUs)} ` : ''}${line.text}\n`).join('');
  return limitBytes === undefined ? text : text.slice(0, limitBytes);
}

/** As the runtime writes it, with nanoseconds. */
function timeOf(unixUs: number): string {
  return formatMicroTime(unixUs).replace('Z', '000Z');
}

function waitForMore(state: RuntimeState, requestId: number, containerId: string, options: LogOptions, sent: number, nextUs: number, ctx: Context): void {
  const due: LogDue = { type: 'log-due', requestId };
  const timer = nextUs === Infinity ? 0 : ctx.after(nextUs, due);
  state.streams.set(requestId, { containerId, log: { options, sent }, timer });
}

export function logDue(state: RuntimeState, requestId: number, ctx: Context): void {
  const stream = state.streams.get(requestId);
  const record = stream && state.containers.get(stream.containerId);
  if (!stream?.log || !record) return;
  const { lines, nextUs } = linesOf(record, ctx.unixUs);
  send(state, requestId, { text: textOf(lines.slice(stream.log.sent), record, stream.log.options) }, ctx);
  waitForMore(state, requestId, stream.containerId, stream.log.options, lines.length, nextUs, ctx);
}

// ---- commands ----

export function exec(state: RuntimeState, { requestId, containerId, command }: ExecRequest, ctx: Context): void {
  const record = state.containers.get(containerId);
  if (record?.container.state !== 'CONTAINER_RUNNING') {
    return send(state, requestId, { status: 500, text: `failed to exec in container: container is in ${record?.container.state ?? 'CONTAINER_UNKNOWN'} state`, done: true }, ctx);
  }
  const sinceUs = Math.max(0, ctx.unixUs - record.container.startedUnixUs);
  const run = execIn(record.plan, record.files, sinceUs, command, false, record.container.startedUnixUs);
  if (run.files.length > 0) state.containers.set(containerId, { ...record, files: run.files });
  const end: ExecEnd = { type: 'exec-end', requestId, exitCode: run.end?.exitCode ?? 0, output: run.output };
  const timer = run.end ? ctx.after(EXEC_US + run.end.atUs - sinceUs, end) : 0;
  state.streams.set(requestId, { containerId, log: undefined, timer });
  // The connection is there before the command has ended.
  send(state, requestId, { text: run.end ? '' : run.output }, ctx, EXEC_US);
}

export function execEnd(state: RuntimeState, { requestId, exitCode, output }: ExecEnd, ctx: Context): void {
  if (!state.streams.has(requestId)) return;
  state.streams.delete(requestId);
  send(state, requestId, { text: output, done: true, exitCode }, ctx, 0);
}

// ---- ends ----

/** Nobody listens any more. */
export function endStream(state: RuntimeState, requestId: number, ctx: Context): void {
  const stream = state.streams.get(requestId);
  if (stream && stream.timer !== 0) ctx.cancel(stream.timer);
  state.streams.delete(requestId);
}

/** The container's process has ended: so have its commands, and its log has its last line. */
export function endStreamsOf(state: RuntimeState, containerId: string, ctx: Context): void {
  for (const [requestId, { containerId: of, log }] of state.streams) {
    if (of !== containerId) continue;
    const record = state.containers.get(containerId);
    endStream(state, requestId, ctx);
    const rest = log && record ? textOf(linesOf(record, ctx.unixUs).lines.slice(log.sent), record, log.options) : '';
    send(state, requestId, { text: rest, done: true, exitCode: log ? 0 : EXIT_CODE_SIGKILL }, ctx);
  }
}
