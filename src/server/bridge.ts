// Requests for the world of an open page: over the development server's socket to the page, and the answers back.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Json, JsonObject } from '../sim/api/generated/types.ts';
import { plainJson } from '../sim/api/go-json.ts';
import type { HttpResponse } from '../sim/apiserver/http/present.ts';
import type { HttpRequest } from '../sim/apiserver/http/request.ts';
import type { StreamChunk } from '../sim/apiserver/messages.ts';
import type { Sent } from '../sim/node/messages.ts';
import type { TerminalAnswer } from '../worker/protocol.ts';
import { upgrade } from './upgrade.ts';
import { giveChunk } from './exchange.ts';
import type { Sink } from './exchange.ts';
import { goYaml } from '../base/go-yaml.ts';
import { isForeign } from './guard.ts';
import { answerWith, readBody, refuse, statusResponse } from './http.ts';
import type { OpenExchange } from './http.ts';
import { readYaml } from './yaml.ts';

/** A page's end of the socket. */
export interface Page { send(event: string, payload: unknown): void }
/** What a page says; `unready`: its world is still coming up, or has died. */
export type PageAnswer = TerminalAnswer | { readonly connection: string; readonly type: 'unready' };

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;
const NO_PAGE = statusResponse(503, 'ServiceUnavailable', 'no page is open whose world could answer: open the address that npm start prints');
const MANY_PAGES = statusResponse(409, 'Conflict', 'several pages are open, each with a world of its own: close all but one');
const UNREADY = statusResponse(503, 'ServiceUnavailable', 'the world of the open page is not ready: try again in a moment');

const PAGE_LEFT = statusResponse(503, 'ServiceUnavailable', 'the page was closed or loaded again before it could answer');

interface Waiting { readonly sink: Sink; readonly wantsYaml: boolean; readonly page: Page; streams: boolean }

/** `pages` are those that are open now; the set changes as they come and go. */
export class Bridge {
  private readonly waiting = new Map<string, Waiting>();
  private readonly pages: ReadonlySet<Page>;
  private count = 0;

  constructor(pages: ReadonlySet<Page>) {
    this.pages = pages;
  }

  /** Loopback only, under its own name, and no request that a web page has made. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    if (!isAllowed(request)) return refuse(response, 403, 'Forbidden', 'the bridge answers programs on this machine only');
    readBody(request).then((body) => answerWith((http, sink) => this.begin(http, sink), request, response, request.url ?? '/', body), () => response.destroy());
  }

  upgrade(request: IncomingMessage, url: string, socket: Duplex, head: Buffer): void {
    if (!isAllowed(request)) return void socket.destroy();
    upgrade((http, sink) => this.begin(http, sink), request, url, socket, head);
  }

  /** Answers of the page, each for its connection. */
  hear(answers: readonly PageAnswer[]): void {
    for (const answer of answers) {
      const waiting = this.waiting.get(answer.connection);
      if (!waiting) continue;
      if (answer.type === 'chunk') this.giveChunk(answer.connection, answer.chunk, waiting);
      else if (answer.type !== 'line') this.finish(answer, waiting);
      else {
        waiting.streams = true;
        waiting.sink.line(answer.text, answer.contentType);
      }
    }
  }

  /** A page is closed: what it was asked will not be answered. */
  leave(page: Page): void {
    for (const [connection, waiting] of this.waiting) {
      if (waiting.page !== page) continue;
      this.waiting.delete(connection);
      if (waiting.streams) waiting.sink.end(1);
      else waiting.sink.answer(PAGE_LEFT);
    }
  }

  private giveChunk(connection: string, chunk: StreamChunk, waiting: Waiting): void {
    waiting.streams = true;
    if (chunk.done) this.waiting.delete(connection);
    giveChunk(waiting.sink, chunk);
  }

  private finish(answer: Exclude<PageAnswer, { readonly type: 'line' | 'chunk' }>, { sink, wantsYaml }: Waiting): void {
    this.waiting.delete(answer.connection);
    switch (answer.type) {
      case 'unready': return sink.answer(UNREADY);
      case 'end': return sink.end(answer.exitCode);
      case 'answer': return answerInForm(answer.response, sink, wantsYaml);
    }
  }

  private begin(http: HttpRequest, sink: Sink): OpenExchange | undefined {
    const [page, ...others] = this.pages;
    if (!page || others.length > 0) {
      sink.answer(page ? MANY_PAGES : NO_PAGE);
      return undefined;
    }
    const connection = `${Date.now()}-${this.count++}`;
    const wantsYaml = http.headers['accept']?.startsWith('application/yaml') ?? false;
    this.waiting.set(connection, { sink, wantsYaml, page, streams: false });
    page.send('wheelhouse:request', { connection, http: inJson(http) });
    const stop = (): void => {
      if (this.waiting.delete(connection)) page.send('wheelhouse:gone', { connection });
    };
    const send = (sent: Sent): void => {
      if (this.waiting.has(connection)) page.send('wheelhouse:sent', { connection, sent });
    };
    return { stop, send, timeoutSeconds: undefined };
  }
}

function isAllowed(request: IncomingMessage): boolean {
  const { headers, socket } = request;
  return LOOPBACK.test(socket.remoteAddress ?? '') && !isForeign(request) && headers.origin === undefined && headers['sec-fetch-site'] === undefined;
}

/** The page reads JSON only: YAML bodies are made JSON here, and answers YAML again. */
function inJson(http: HttpRequest): HttpRequest {
  const type = http.headers['content-type'] ?? '';
  const { accept = '', ...headers } = http.headers;
  const asked = { ...headers, accept: accept.replaceAll('application/yaml', 'application/json') };
  const isYaml = type.startsWith('application/yaml');
  if (!isYaml && !type.startsWith('application/apply-patch+yaml')) return { ...http, headers: asked };
  const read = readYaml(http.body);
  if (!read.ok) return { ...http, headers: asked };
  return { ...http, body: JSON.stringify(plainJson(read.document.value)), headers: { ...asked, 'content-type': isYaml ? 'application/json' : type } };
}

function answerInForm(response: HttpResponse, sink: Sink, wantsYaml: boolean): void {
  if (sink.openApi && response.status === 200 && response.body.startsWith('{"swagger"')) return sink.openApi(JSON.parse(response.body) as JsonObject);
  if (!wantsYaml || !response.body.startsWith('{')) return sink.answer(response);
  sink.answer({ ...response, headers: { ...response.headers, 'content-type': 'application/yaml' }, body: goYaml(JSON.parse(response.body) as Json) });
}
