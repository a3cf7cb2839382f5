// The Kubernetes REST API over HTTP, in front of a simulated world.
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { exchange } from './exchange.ts';
import { isForeign } from './guard.ts';
import { answerWith, readBody, refuse } from './http.ts';
import type { Begin } from './http.ts';
import { upgrade } from './upgrade.ts';
import { serveSim } from './sim-routes.ts';
import type { WorldServer } from './world-server.ts';

/** As Go's server: selectors may be long. */
const HEADER_BYTES = 1024 * 1024;

/** A serving certificate with its key, and the authority whose client certificates are believed; all in PEM. */
export interface TlsOptions { readonly certificate: string; readonly key: string; readonly authority: string }
export interface FacadeOptions { readonly port: number; readonly host: string; readonly tls?: TlsOptions }

/** Listens on loopback unless told otherwise. Answers only requests that name this host and come from no other site. */
export function serve(world: WorldServer, { port, host, tls }: FacadeOptions): Promise<Server> {
  const begin: Begin = (http, sink) => {
    const stream = exchange(world, http, sink);
    return stream && { stop: () => world.stop(stream.requestId), send: (sent) => world.feed(stream.requestId, sent), timeoutSeconds: stream.timeoutSeconds };
  };
  const server = listener(tls, (request, response) => {
    readBody(request).then((body) => handle(world, begin, request, response, body), () => response.destroy());
  });
  server.on('upgrade', (request, socket, head) => {
    try {
      upgrade(begin, request, request.url ?? '/', socket, head);
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

/** Over TLS a client may show a certificate; whether it is a good one is for authentication to say. */
function listener(tls: TlsOptions | undefined, answer: RequestListener): Server {
  if (!tls) return createServer({ maxHeaderSize: HEADER_BYTES }, answer);
  const { certificate: cert, key, authority: ca } = tls;
  return createTlsServer({ maxHeaderSize: HEADER_BYTES, cert, key, ca, requestCert: true, rejectUnauthorized: false }, answer);
}

function handle(world: WorldServer, begin: Begin, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const { method = 'GET', url = '/' } = request;
  if (isForeign(request)) return refuse(response, 403, 'Forbidden', 'requests from other sites and to other hosts are refused');
  try {
    if (url.startsWith('/sim/v1/')) return serveSim(world, method, url, body.toString('utf8'), response);
    answerWith(begin, request, response, url, body);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (response.headersSent) response.end();
    else refuse(response, 500, 'InternalError', `Internal error occurred: ${message}`);
  }
}
