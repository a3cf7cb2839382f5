// The Kubernetes REST API over HTTP, in front of a simulated world.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { JsonObject } from '../sim/api/generated/types.ts';
import type { HttpResponse } from '../sim/apiserver/http/present.ts';
import { OPENAPI_V2_ANSWER, OPENAPI_V2_PROTOBUF, openApiV2Protobuf } from './openapi-protobuf.ts';
import { jsonOfProtobuf } from './protobuf.ts';
import { upgrade } from './exec.ts';
import { isForeign } from './guard.ts';
import { credentialsOf } from './credentials.ts';
import { exchange } from './exchange.ts';
import { serveSim } from './sim-routes.ts';
import type { WorldServer } from './world-server.ts';

/** More of a body is read and thrown away: what is kept is enough to see that it is too large. */
const KEPT_BYTES = 8 * 1024 * 1024;

/** As Go's server: selectors may be long. */
const HEADER_BYTES = 1024 * 1024;
/** A watcher that does not read is let go before it has taken so much memory. */
const UNREAD_BYTES = 64 * 1024 * 1024;
/** Node's timers count in 32 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface FacadeOptions { readonly port: number; readonly host: string }

/** Listens on loopback unless told otherwise. Answers only requests that name this host and come from no other site. */
export function serve(world: WorldServer, { port, host }: FacadeOptions): Promise<Server> {
  const server = createServer({ maxHeaderSize: HEADER_BYTES }, (request, response) => {
    readBody(request).then((body) => handle(world, request, response, body), () => response.destroy());
  });
  server.on('upgrade', (request, socket, head) => {
    try {
      upgrade(world, request, socket, head);
    } catch {
      socket.destroy();
    }
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

function readBody(request: IncomingMessage): Promise<Buffer> {
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

function handle(world: WorldServer, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const { method = 'GET', url = '/' } = request;
  if (isForeign(request)) return refuse(response, 403, 'Forbidden', 'requests from other sites and to other hosts are refused');
  try {
    if (url.startsWith('/sim/v1/')) return serveSim(world, method, url, body.toString('utf8'), response);
    serveApi(world, request, response, method, url, body);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (response.headersSent) response.end();
    else refuse(response, 500, 'InternalError', `Internal error occurred: ${message}`);
  }
}

function serveApi(world: WorldServer, request: IncomingMessage, response: ServerResponse, method: string, url: string, body: Buffer): void {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]));
  const lines = new Lines(response);
  const stream = exchange(world, { method, url, ...asText(headers, body), credentials: credentialsOf(request) }, {
    answer: (answer) => send(response, answer),
    ...(headers['accept']?.startsWith(OPENAPI_V2_PROTOBUF) && { openApi: (document: JsonObject) => sendOpenApi(response, document) }),
    line: (text, contentType) => {
      if (!response.headersSent) startStream(response, contentType);
      if (text !== '') lines.add(text);
    },
    end: () => lines.end(),
  });
  if (stream && !response.writableEnded) endInTime(world, response, stream.requestId, stream.timeoutSeconds);
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
function endInTime(world: WorldServer, response: ServerResponse, requestId: number, timeoutSeconds: number | undefined): void {
  const timer = timeoutSeconds === undefined ? undefined : setTimeout(() => response.end(), Math.min(Math.max(0, timeoutSeconds * 1000), LONGEST_TIMER_MS));
  response.on('close', () => {
    clearTimeout(timer);
    world.stop(requestId);
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

function refuse(response: ServerResponse, code: number, reason: string, message: string): void {
  const body = `${JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code })}\n`;
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
