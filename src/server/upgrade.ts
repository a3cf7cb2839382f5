// Requests that want a connection of their own: commands in containers and attached clients, whose WebSocket has numbered
// channels (v5.channel.k8s.io; models apimachinery's remotecommand protocol), and forwarded ports.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { bytesOfText, textOfBytes } from '../base/byte-text.ts';
import type { HttpResponse } from '../sim/apiserver/http/present.ts';
import type { StreamChunk } from '../sim/apiserver/messages.ts';
import { isForeign } from './guard.ts';
import { httpRequestOf, statusResponse } from './http.ts';
import type { Begin, OpenExchange } from './http.ts';
import { PortChannels, PortForward, TUNNEL } from './port-forward.ts';

const CHANNELS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
/** Version 5: the channel that comes next is closed. */
const CLOSE = 255;
const WEBSOCKET_ONLY = statusResponse(400, 'BadRequest', `only WebSocket connections are served here, with the subprotocol ${CHANNELS[0]} or ${TUNNEL}`);
const FORBIDDEN = statusResponse(403, 'Forbidden', 'requests from other sites and to other hosts are refused');

const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => CHANNELS.find((protocol) => offered.has(protocol)) ?? false });
/** The tunnel's name has a slash, which is not allowed in the name of a subprotocol: it is agreed on by hand. */
const tunnels = new WebSocketServer({ noServer: true });
tunnels.on('headers', (headers) => void headers.push(`Sec-WebSocket-Protocol: ${TUNNEL}`));

/** Answers a request that wants another protocol than HTTP. */
export function upgrade(begin: Begin, request: IncomingMessage, url: string, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  if (isForeign(request)) return refuse(socket, FORBIDDEN);
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const ports = pathname.endsWith('/portforward') ? searchParams.getAll('ports').flatMap((each) => each.split(',')).map(Number) : undefined;
  const connection = new Connection(request, socket, head, ports);
  connection.begun(begin(httpRequestOf(request, url, Buffer.alloc(0)), connection));
}

/** One end of an open WebSocket. */
interface Channels { give(chunk: StreamChunk): void; end(exitCode: number): void }

/** Waits for the world's first word: only then it is known whether there is a connection at all. */
class Connection {
  private channels: Channels | undefined;
  private open: OpenExchange | undefined;
  private isGone = false;
  private readonly request: IncomingMessage;
  private readonly socket: Duplex;
  private readonly head: Buffer;

  /** Of a port-forward. */
  private readonly ports: readonly number[] | undefined;

  constructor(request: IncomingMessage, socket: Duplex, head: Buffer, ports: readonly number[] | undefined) {
    this.ports = ports;
    this.request = request;
    this.socket = socket;
    this.head = head;
    socket.on('close', () => {
      this.isGone = true;
      this.open?.stop();
    });
  }

  begun(open: OpenExchange | undefined): void {
    this.open = open;
    if (this.isGone) open?.stop();
  }

  answer(response: HttpResponse): void {
    if (this.channels) this.channels.end(1);
    else refuse(this.socket, response);
  }

  line(): void {
    // Only streams come here, and their parts come as chunks.
  }

  chunk(chunk: StreamChunk): void {
    if (this.request.headers.upgrade?.toLowerCase() !== 'websocket') return refuse(this.socket, WEBSOCKET_ONLY);
    if (!this.channels) this.accept();
    this.channels?.give(chunk);
  }

  end(exitCode = 0): void {
    this.channels?.end(exitCode);
  }

  private accept(): void {
    const exchange = (): OpenExchange | undefined => this.open;
    const { headers } = this.request;
    const isTunnel = headers['sec-websocket-protocol']?.split(/, */).includes(TUNNEL) ?? false;
    if (isTunnel) delete headers['sec-websocket-protocol'];
    const take = (socket: WebSocket): void => {
      this.channels = isTunnel ? new PortForward(socket, exchange) : this.ports ? new PortChannels(socket, exchange, this.ports) : new ProcessChannels(socket, exchange);
    };
    (isTunnel ? tunnels : sockets).handleUpgrade(this.request, this.socket, this.head, take);
  }
}

/** The streams of a process. */
class ProcessChannels implements Channels {
  private readonly socket: WebSocket;

  constructor(socket: WebSocket, exchange: () => OpenExchange | undefined) {
    this.socket = socket;
    const send = (text: string, end: boolean): void => exchange()?.send({ connection: 0, port: 0, text, end });
    socket.on('message', (bytes: Buffer) => {
      if (bytes[0] === STDIN) send(textOfBytes(bytes.subarray(1)), false);
      else if (bytes[0] === CLOSE && bytes[1] === STDIN) send('', true);
    });
  }

  give({ text, to }: StreamChunk): void {
    if (text !== '') this.write(to === 'err' ? STDERR : STDOUT, bytesOfText(text));
  }

  end(exitCode: number): void {
    this.write(ERROR, Buffer.from(JSON.stringify(exitStatus(exitCode))));
    this.socket.close(1000);
  }

  private write(channel: number, bytes: Uint8Array): void {
    this.socket.send(Buffer.concat([Buffer.from([channel]), bytes]));
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
