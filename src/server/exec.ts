// `kubectl exec`: a WebSocket with numbered channels (v5.channel.k8s.io; models apimachinery's remotecommand protocol).
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { HttpResponse } from '../sim/apiserver/http/present.ts';
import { isForeign } from './guard.ts';
import { httpRequestOf, statusResponse } from './http.ts';
import type { Begin } from './http.ts';

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const STDOUT = 1;
const ERROR = 3;
const WEBSOCKET_ONLY = statusResponse(400, 'BadRequest', 'only WebSocket connections are served here, with the subprotocol v5.channel.k8s.io');
const FORBIDDEN = statusResponse(403, 'Forbidden', 'requests from other sites and to other hosts are refused');

const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false });

/** Answers a request that wants another protocol than HTTP: only commands in containers do. */
export function upgrade(begin: Begin, request: IncomingMessage, url: string, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  if (isForeign(request)) return refuse(socket, FORBIDDEN);
  const connection = new ExecConnection(request, socket, head);
  const open = begin(httpRequestOf(request, url, Buffer.alloc(0)), connection);
  connection.onGone = () => open?.stop();
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

  answer(response: HttpResponse): void {
    if (this.open) this.open.close(1011);
    else refuse(this.socket, response);
  }

  line(text: string): void {
    if (this.request.headers.upgrade?.toLowerCase() !== 'websocket') return refuse(this.socket, WEBSOCKET_ONLY);
    if (!this.open) sockets.handleUpgrade(this.request, this.socket, this.head, (open) => { this.open = open; });
    if (text !== '') this.write(STDOUT, text);
  }

  end(exitCode = 0): void {
    this.write(ERROR, JSON.stringify(exitStatus(exitCode)));
    this.open?.close(1000);
  }

  private write(channel: number, text: string): void {
    this.open?.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
  }
}

/** What kubectl makes its own exit code of. */
function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  const details = { causes: [{ reason: 'ExitCode', message: String(exitCode) }] };
  return { metadata: {}, status: 'Failure', message: `command terminated with non-zero exit code: exit status ${exitCode}`, reason: 'NonZeroExitCode', details };
}

function refuse(socket: Duplex, { status, body }: HttpResponse): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}
