// Node's HTTP around exchanges with a world, wherever that world is: in this process, or in an open page.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../sim/api/generated/types.ts';
import type { HttpResponse } from '../sim/apiserver/http/present.ts';
import type { HttpRequest } from '../sim/apiserver/http/request.ts';
import type { Sent } from '../sim/node/messages.ts';
import { credentialsOf } from './credentials.ts';
import type { Sink } from './exchange.ts';
import { OPENAPI_V2_ANSWER, OPENAPI_V2_PROTOBUF, openApiV2Protobuf } from './openapi-protobuf.ts';
import { jsonOfProtobuf } from './protobuf.ts';

/** More of a body is read and thrown away: what is kept is enough to see that it is too large. */
const KEPT_BYTES = 8 * 1024 * 1024;

/** A watcher that does not read is let go before it has taken so much memory. */
const UNREAD_BYTES = 64 * 1024 * 1024;
/** Node's timers count in 32 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** An exchange that goes on: a watch, a log that is followed, the streams of a process, forwarded ports. */
export interface OpenExchange { stop(): void; send(sent: Sent): void; readonly timeoutSeconds: number | undefined }

/** Carries a request to a world; what comes back goes to the sink, at once or later. */
export type Begin = (http: HttpRequest, sink: Sink) => OpenExchange | undefined;

export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= KEPT_BYTES) chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

/** The request as the API's translation reads it; `url` is without what a proxy put before it. */
export function httpRequestOf(request: IncomingMessage, url: string, body: Buffer): HttpRequest {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]));
  return { method: request.method ?? 'GET', url, ...asText(headers, body), credentials: credentialsOf(request) };
}

/** Answers one request with what an exchange says. */
export function answerWith(begin: Begin, request: IncomingMessage, response: ServerResponse, url: string, body: Buffer): void {
  const lines = new Lines(response);
  const open = begin(httpRequestOf(request, url, body), {
    answer: (answer) => send(response, answer),
    ...(request.headers.accept?.startsWith(OPENAPI_V2_PROTOBUF) && { openApi: (document: JsonObject) => sendOpenApi(response, document) }),
    line: (text, contentType) => {
      if (!response.headersSent) startStream(response, contentType);
      if (text !== '') lines.add(text);
    },
    end: () => lines.end(),
  });
  if (open && !response.writableEnded) endInTime(open, response);
}

const LINES_AFTER_MS = 2;

/** The lines of a stream. Who writes is answered before watchers hear of it, which in a real server are served beside. */
class Lines {
  private static readonly waiting = new Set<Lines>();
  private readonly response: ServerResponse;
  private text = '';

  constructor(response: ServerResponse) {
    this.response = response;
  }

  add(text: string): void {
    this.text += text;
    if (Lines.waiting.size === 0) setTimeout(Lines.writeAll, LINES_AFTER_MS);
    Lines.waiting.add(this);
  }

  end(): void {
    this.write();
    this.response.end();
  }

  private static readonly writeAll = (): void => {
    for (const lines of Lines.waiting) lines.write();
    Lines.waiting.clear();
  };

  private write(): void {
    if (this.text === '' || this.response.writableEnded || this.response.destroyed) return;
    this.response.write(this.text);
    this.text = '';
    if (this.response.writableLength > UNREAD_BYTES) this.response.destroy();
  }
}

function sendOpenApi(response: ServerResponse, document: JsonObject): void {
  const body = openApiV2Protobuf(document);
  response.writeHead(200, { 'content-type': OPENAPI_V2_ANSWER, 'content-length': body.length });
  response.end(body);
}

type Headers = Readonly<Record<string, string | undefined>>;

/** A body as text; protobuf becomes JSON, which is what everything behind this reads. */
function asText(headers: Headers, body: Buffer): { readonly headers: Headers; readonly body: string } {
  const isProtobuf = headers['content-type']?.startsWith('application/vnd.kubernetes.protobuf') ?? false;
  const json = isProtobuf ? jsonOfProtobuf(body) : undefined;
  return json === undefined ? { headers, body: body.toString('utf8') } : { headers: { ...headers, 'content-type': 'application/json' }, body: json };
}

/** With a clock that stands still the server's own timeout never comes: the wall clock ends the stream as well. */
function endInTime(open: OpenExchange, response: ServerResponse): void {
  const timer = open.timeoutSeconds === undefined ? undefined : setTimeout(() => response.end(), Math.min(Math.max(0, open.timeoutSeconds * 1000), LONGEST_TIMER_MS));
  response.on('close', () => {
    clearTimeout(timer);
    open.stop();
  });
}

function startStream(response: ServerResponse, contentType: string): void {
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-cache, private', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
}

function send(response: ServerResponse, answer: HttpResponse): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]));
  response.writeHead(answer.status, { ...headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
}

/** A Status made here, for what never came to an API server. */
export function statusResponse(code: number, reason: string, message: string): HttpResponse {
  const body = `${JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code })}\n`;
  return { status: code, headers: { 'content-type': 'application/json' }, body };
}

export function refuse(response: ServerResponse, code: number, reason: string, message: string): void {
  send(response, statusResponse(code, reason, message));
}
