// Logs of containers: what their process prints, and the requests that a server writes down.
import { formatMicroTime } from '../../../base/time.ts';
import type { Context } from '../../kernel/actor.ts';
import type { CatalogueImage } from '../image-catalogue.ts';
import { resolveImage } from '../images.ts';
import type { LogOptions, ReadLogRequest } from '../messages.ts';
import { bytesOfText } from '../../../base/byte-text.ts';
import { printedBy } from '../process.ts';
import type { PrintedLine } from '../process.ts';
import { accessLine, answerHttp, startLines } from '../server-programs.ts';
import type { Access } from '../server-programs.ts';
import { servedFrom } from './served.ts';
import type { ContainerRecord, LogStream, RuntimeState } from './state.ts';
import { keep, runSinceUs, sendPart } from './stream-parts.ts';

/** How far ahead the next line of a followed log is looked for. */
const LOOK_AHEAD_US = 3_600_000_000;
/** Of a server's requests so many are kept. */
const ACCESSES_MAX = 64;

/** The lines of a container's log: until now, and when the next one is due (Infinity: nobody knows). */
function linesOf(state: RuntimeState, record: ContainerRecord, ctx: Context): { readonly lines: readonly PrintedLine[]; readonly nextUs: number } {
  const { container, config, input } = record;
  const found = resolveImage(config.image);
  if ('code' in found || container.startedUnixUs === 0) return { lines: [], nextUs: Infinity };
  const runs = container.state === 'CONTAINER_RUNNING';
  const sinceUs = runSinceUs(record, ctx);
  const all = record.plan.listensFromUs < Infinity && found.image.accessLog
    ? served(state, record, found.image)
    : printedBy(found.image, config, container.startedUnixUs, sinceUs + (runs ? LOOK_AHEAD_US : 0), input);
  const lines = all.filter(({ atUs }) => atUs <= sinceUs);
  return { lines, nextUs: runs ? (all[lines.length]?.atUs ?? Infinity) - sinceUs : Infinity };
}

function served(state: RuntimeState, record: ContainerRecord, image: CatalogueImage): readonly PrintedLine[] {
  const { container, config, plan } = record;
  const start = startLines(image, config, container.startedUnixUs).map((text) => ({ atUs: plan.listensFromUs, text }));
  const accesses = (state.accesses.get(container.id) ?? []).map((access) => ({ atUs: access.unixUs - container.startedUnixUs, text: lineOf(state, record, image, access) }));
  return [...start, ...accesses];
}

function lineOf(state: RuntimeState, record: ContainerRecord, image: CatalogueImage, access: Access): string {
  const [method = '', path = '', version = ''] = access.request.split(' ');
  const { body } = answerHttp(access.status, { method, path, version, headers: [] }, servedFrom(state, record, image, access.unixUs));
  return accessLine(image.accessLog ?? 'apache', access, bytesOfText(body).length);
}

/** A server has answered a request: it writes that down, if its image does so. */
export function noteAccess(state: RuntimeState, record: ContainerRecord, access: Access, ctx: Context): void {
  const found = resolveImage(record.config.image);
  if ('code' in found || !found.image.accessLog) return;
  const { id } = record.container;
  state.accesses.set(id, [...(state.accesses.get(id) ?? []).slice(1 - ACCESSES_MAX), access]);
  if (state.streams.size > 0) for (const [requestId, stream] of state.streams) if (stream.kind === 'log' && stream.containerId === id) followLog(state, requestId, stream, ctx);
}

export function readLog(state: RuntimeState, { requestId, containerId, options }: ReadLogRequest, ctx: Context): void {
  const record = state.containers.get(containerId);
  if (!record) return sendPart(state, requestId, { status: 400, text: `failed to try resolving symlinks in path "/var/log/containers/${containerId}.log": no such file or directory`, done: true }, ctx);
  const { lines, nextUs } = linesOf(state, record, ctx);
  const fromUnixUs = Math.max(options.sinceUnixUs, options.sinceSeconds > 0 ? ctx.unixUs - options.sinceSeconds * 1_000_000 : 0);
  const recent = lines.filter(({ atUs }) => record.container.startedUnixUs + atUs >= fromUnixUs);
  const shown = options.tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - options.tailLines));
  const follows = options.follow && record.container.state === 'CONTAINER_RUNNING';
  sendPart(state, requestId, { text: textOf(shown, record, options), done: !follows }, ctx);
  if (follows) keep(state, requestId, { kind: 'log', containerId, options, sentUs: runSinceUs(record, ctx), timer: 0 }, nextUs, ctx);
}

function textOf(lines: readonly PrintedLine[], { container }: ContainerRecord, { timestamps, limitBytes }: LogOptions): string {
  const text = lines.map((line) => `${timestamps ? `${timeOf(container.startedUnixUs + line.atUs)} ` : ''}${line.text}\n`).join('');
  return limitBytes === undefined ? text : text.slice(0, limitBytes);
}

/** As the runtime writes it, with nanoseconds. */
function timeOf(unixUs: number): string {
  return formatMicroTime(unixUs).replace('Z', '000Z');
}

/** What has been printed since the last time; the end of the process ends it. */
export function followLog(state: RuntimeState, requestId: number, stream: LogStream, ctx: Context): void {
  const record = state.containers.get(stream.containerId);
  if (!record) return;
  const { lines, nextUs } = linesOf(state, record, ctx);
  const text = textOf(lines.filter(({ atUs }) => atUs > stream.sentUs), record, stream.options);
  const ended = record.container.state !== 'CONTAINER_RUNNING';
  if (text !== '' || ended) sendPart(state, requestId, { text, done: ended }, ctx);
  if (!ended) keep(state, requestId, { ...stream, sentUs: runSinceUs(record, ctx) }, nextUs, ctx);
}
