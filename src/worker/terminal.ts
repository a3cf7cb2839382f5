// Clients outside of the page, as the worker sees them: their HTTP requests become inputs of the world, and what the API
// server sends back is found in the trace and written as HTTP again.
import { byResource } from '../sim/api/kinds/index.ts';
import type { Kind } from '../sim/api/kind.ts';
import { parseGoJson } from '../sim/api/go-json.ts';
import { present, presentEvent, presentStatus } from '../sim/apiserver/http/present.ts';
import type { HttpResponse } from '../sim/apiserver/http/present.ts';
import { opensStream } from '../sim/apiserver/http/query-options.ts';
import { translate } from '../sim/apiserver/http/request.ts';
import type { HttpRequest, Presentation, Translated, YamlReader } from '../sim/apiserver/http/request.ts';
import type { OpenApiSource } from '../sim/apiserver/config.ts';
import { definitionsOf } from '../sim/apiserver/definitions/lookup.ts';
import { API_SERVER } from '../sim/apiserver/messages.ts';
import type { ApiRequest, ApiResponse, StreamChunk, WatchEnd, WatchEvent } from '../sim/apiserver/messages.ts';
import type { Server } from '../sim/apiserver/server.ts';
import { failure } from '../sim/apiserver/status.ts';
import type { Kernel } from '../sim/kernel/kernel.ts';
import type { Session } from '../sim/session.ts';
import { TERMINAL } from '../kubectl/terminal.ts';
import type { TerminalRequest } from '../kubectl/terminal.ts';
import type { TerminalAnswer } from './protocol.ts';

/** The bridge sends JSON only. */
const readJson: YamlReader = (text) => {
  const parsed = parseGoJson(text);
  return parsed.ok ? { ok: true, document: parsed.document, errors: [] } : { ok: false, message: parsed.message };
};
const writeJson = (value: unknown): string => JSON.stringify(value);

export function translateHttp(http: HttpRequest): Translated {
  return translate(http, readJson);
}

/** The message of an input; requests that the translation refuses never come so far. */
export function terminalRequest(http: HttpRequest): TerminalRequest | undefined {
  const translated = translateHttp(http);
  return translated.ok ? { type: 'terminal-request', request: translated.request } : undefined;
}

type FromServer = ApiResponse | WatchEvent | WatchEnd | StreamChunk;
interface Connection { readonly connection: string; readonly request: ApiRequest | Omit<ApiRequest, 'requestId'>; readonly presentation: Presentation; readonly kind: Kind | undefined; first: boolean }

const UNAVAILABLE = (why: string): HttpResponse => {
  const status = failure(503, 'ServiceUnavailable', why, {});
  return { status: 503, headers: { 'content-type': 'application/json' }, body: `${writeJson(status)}\n` };
};
export const IN_THE_PAST = UNAVAILABLE('the page looks at an earlier moment: go to its newest one, or branch off there, and try again');
const GONE_BACK = UNAVAILABLE('the page has gone back to a moment before this request');

/** The requests that wait for an answer, and the streams that are open, by the number of the message that gave them to the world. */
export class Terminal {
  schemas: OpenApiSource | undefined;
  private readonly open = new Map<number, Connection>();
  private scanned = 0;
  private pending: TerminalAnswer[] = [];

  /** True for streams: watches, logs that are followed, commands. */
  isOpen(connection: string): number | undefined {
    for (const [messageId, each] of this.open) if (each.connection === connection) return messageId;
    return undefined;
  }

  expect(kernel: Kernel, messageId: number, connection: string, { request, presentation }: Extract<Translated, { readonly ok: true }>): void {
    this.open.set(messageId, { connection, request, presentation, kind: kindOf(kernel, presentation), first: true });
    if (request.verb === 'watch') this.pending.push({ connection, type: 'line', text: '', contentType: 'application/json' });
  }

  forget(messageId: number): void {
    this.open.delete(messageId);
  }

  /** Answers at once. */
  answer(connection: string, response: HttpResponse): void {
    this.pending.push({ connection, type: 'answer', response });
  }

  /** What no request changes: OpenAPI documents, and of a copy of the world versions, groups, health. */
  document(kernel: Kernel, translated: Extract<Translated, { readonly ok: true }>): HttpResponse {
    const { path } = translated.presentation.info;
    const server = kernel.stateOf(API_SERVER) as Server | undefined;
    const found = server && path.startsWith('/openapi/') ? this.schemas?.(path, server.scheme.catalog, definitionsOf(server)) : undefined;
    return found ? { status: 200, headers: { 'content-type': 'application/json' }, body: writeJson(found) } : askCopy(kernel, translated);
  }

  /** What has come for clients since the last time. */
  collect(session: Session): readonly TerminalAnswer[] {
    const { position, kernel } = session;
    if (position < this.scanned) this.hangUp();
    if (this.open.size > 0) for (let at = this.scanned + 1; at <= position; at++) this.hear(kernel, at);
    this.scanned = position;
    const answers = this.pending;
    this.pending = [];
    return answers;
  }

  /** The world has gone back: what was asked has not been asked any more. */
  private hangUp(): void {
    for (const { connection, first, request } of this.open.values()) {
      this.pending.push(first && request.verb !== 'watch' ? { connection, type: 'answer', response: GONE_BACK } : { connection, type: 'end', exitCode: 1 });
    }
    this.open.clear();
  }

  private hear(kernel: Kernel, position: number): void {
    const entry = kernel.trace.get(kernel.trace.idAt(position));
    if (!entry || entry.from === entry.to || kernel.actorId(entry.to) !== TERMINAL) return;
    const message = entry.body as FromServer;
    const connection = this.open.get(message.requestId);
    if (connection) this.write(message, connection, (kernel.config.epochUs + entry.deliverUs) / 1000);
  }

  private write(message: FromServer, open: Connection, nowMs: number): void {
    const { connection, presentation, kind } = open;
    switch (message.type) {
      case 'api-response':
        this.open.delete(message.requestId);
        this.answer(connection, present(message, presentation, kind, nowMs, writeJson));
        return;
      case 'watch-event':
        if (kind) this.pending.push({ connection, type: 'line', text: presentEvent(message, presentation, kind, open.first, nowMs), contentType: 'application/json' });
        open.first = false;
        return;
      case 'stream-chunk':
        open.first = false;
        this.pending.push({ connection, type: 'chunk', chunk: message });
        if (message.done) this.open.delete(message.requestId);
        return;
      case 'watch-end': this.end(message.requestId, connection, 0);
    }
  }

  private end(messageId: number, connection: string, exitCode: number): void {
    this.open.delete(messageId);
    this.pending.push({ connection, type: 'end', exitCode });
  }
}

function kindOf(kernel: Kernel, { info: { isResource, group, version, resource } }: Presentation): Kind | undefined {
  if (!isResource) return undefined;
  return byResource(group, version, resource) ?? (kernel.stateOf(API_SERVER) as Server | undefined)?.scheme.find(group, version, resource)?.kind;
}

export function refused(translated: Extract<Translated, { readonly ok: false }>): HttpResponse {
  return presentStatus(translated.status, translated.presentation, writeJson);
}

const PATIENCE_US = 34_000_000;

/** A request that changes nothing and is answered as a whole. */
export function isRead(request: Omit<ApiRequest, 'requestId'>): boolean {
  return (request.verb === 'get' || request.verb === 'list') && !opensStream(request.subresource) && request.options.log?.follow !== true;
}

/** Asks a copy of the world, which goes as far ahead as the answer takes. */
export function askCopy(kernel: Kernel, translated: Extract<Translated, { readonly ok: true }>): HttpResponse {
  // At the very beginning of a world there is none yet.
  if (kernel.stateOf(API_SERVER) === undefined) return UNAVAILABLE('the API server does not answer');
  const copy = kernel.copy();
  const message: TerminalRequest = { type: 'terminal-request', request: translated.request };
  const messageId = copy.input(TERMINAL, message);
  const untilUs = copy.nowUs + PATIENCE_US;
  while (copy.nextTimeUs() <= untilUs) {
    const body = copy.trace.get(copy.step())?.body as FromServer | undefined;
    if (body?.type === 'api-response' && body.requestId === messageId) return present(body, translated.presentation, kindOf(copy, translated.presentation), (copy.config.epochUs + copy.nowUs) / 1000, writeJson);
  }
  return UNAVAILABLE('the API server does not answer');
}
