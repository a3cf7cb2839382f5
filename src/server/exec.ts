// `kubectl exec`: a WebSocket with numbered channels (v5.channel.k8s.io; models apimachinery's remotecommand protocol).
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { presentStatus } from '../sim/apiserver/http/present.ts';
import { translate } from '../sim/apiserver/http/request.ts';
import type { JsonObject } from '../sim/api/generated/types.ts';
import { badRequest, failure } from '../sim/apiserver/status.ts';
import type { Status } from '../sim/apiserver/status.ts';
import { credentialsOf } from './credentials.ts';
import type { GatewayOutput } from './gateway.ts';
import { isForeign } from './guard.ts';
import type { WorldServer } from './world-server.ts';
import { goYaml } from './go-yaml.ts';
import { readYaml } from './yaml.ts';

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const STDOUT = 1;
const ERROR = 3;
const WEBSOCKET_ONLY = badRequest('only WebSocket connections are served here, with the subprotocol v5.channel.k8s.io');
const FORBIDDEN = failure(403, 'Forbidden', 'requests from other sites and to other hosts are refused', {});

const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false });

/** Answers a request that wants another protocol than HTTP: only commands in containers do. */
export function upgrade(world: WorldServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  if (isForeign(request)) return refuse(socket, FORBIDDEN);
  const { method = 'GET', url = '/' } = request;
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]));
  const translated = translate({ method, url, headers, body: '', credentials: credentialsOf(request) }, readYaml);
  if (!translated.ok) return refuse(socket, translated.status);
  const connection = new ExecConnection(request, socket, head);
  const requestId = world.send(translated.request, (output) => connection.hear(output));
  connection.onGone = () => world.stop(requestId);
}

/** Waits for the world's first word: only then it is known whether there is a connection at all. */
class ExecConnection {
  onGone: () => void = () => undefined;
  private open: WebSocket | undefined;
  private readonly request: IncomingMessage;
  private readonly socket: Duplex;
  private readonly head: Buffer;

  constructor(request: IncomingMessage, socket: Duplex, head: Buffer) {
    this.request = request;
    this.socket = socket;
    this.head = head;
    socket.on('close', () => this.onGone());
  }

  hear(output: GatewayOutput): void {
    if (output.type === 'api-response' && !this.open) return refuse(this.socket, output.body as unknown as Status);
    if (output.type !== 'stream-chunk') return this.end(failure(500, 'InternalError', 'the stream was cut off', {}));
    const isWebSocket = this.request.headers.upgrade?.toLowerCase() === 'websocket';
    if (!isWebSocket) return refuse(this.socket, WEBSOCKET_ONLY);
    if (!this.open) sockets.handleUpgrade(this.request, this.socket, this.head, (open) => { this.open = open; });
    if (output.text !== '') this.write(STDOUT, output.text);
    if (output.done) this.end(exitStatus(output.exitCode));
  }

  private write(channel: number, text: string): void {
    this.open?.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
  }

  private end(status: Status | JsonObject): void {
    this.write(ERROR, JSON.stringify(status));
    this.open?.close(1000);
  }
}

/** What kubectl makes its own exit code of. */
function exitStatus(exitCode: number): JsonObject {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  const details = { causes: [{ reason: 'ExitCode', message: String(exitCode) }] };
  return { metadata: {}, status: 'Failure', message: `command terminated with non-zero exit code: exit status ${exitCode}`, reason: 'NonZeroExitCode', details } as unknown as JsonObject;
}

function refuse(socket: Duplex, status: Status): void {
  const form = { media: 'json', as: '', asVersion: 'v1', pretty: false } as const;
  const info = { isResource: false, path: '', verb: '', group: '', version: '', namespace: '', resource: '', subresource: '', name: '', rest: [] };
  const { body } = presentStatus(status, { form, query: new Map(), info, head: false, aggregated: undefined }, goYaml);
  const code = status.code ?? 500;
  socket.end(`HTTP/1.1 ${code} ${status.reason ?? 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}
