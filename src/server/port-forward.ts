// `kubectl port-forward`: SPDY in the messages of a WebSocket (models client-go's and apimachinery's tunneling of
// portforward.k8s.io). Each connection of the client has a stream for its bytes and one that says why there are none.
import type { WebSocket } from 'ws';
import { bytesOfText, textOfBytes } from '../base/byte-text.ts';
import type { StreamChunk } from '../sim/apiserver/messages.ts';
import type { OpenExchange } from './http.ts';
import { SpdyServer } from './spdy.ts';

export const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
const NOTHING = new Uint8Array();

/** The older form, which client libraries use: one connection to each port, with two channels that begin with its number. */
export class PortChannels {
  private readonly socket: WebSocket;
  private readonly ports: readonly number[];

  constructor(socket: WebSocket, exchange: () => OpenExchange | undefined, ports: readonly number[]) {
    this.socket = socket;
    this.ports = ports;
    for (const [i, port] of ports.entries()) {
      const number = Buffer.alloc(2);
      number.writeUInt16LE(port);
      this.write(2 * i, number);
      this.write(2 * i + 1, number);
    }
    socket.on('message', (bytes: Buffer) => {
      const [channel = 0] = bytes;
      const port = ports[channel / 2];
      if (port !== undefined) exchange()?.send({ connection: 1 + channel / 2, port, text: textOfBytes(bytes.subarray(1)), end: false });
    });
  }

  give({ connection, text, to, closes }: StreamChunk): void {
    if (text !== '') this.write(2 * (connection - 1) + (to === 'err' ? 1 : 0), bytesOfText(text));
    if (closes && this.ports.length === 1) this.end();
  }

  end(): void {
    this.socket.close(1000);
  }

  private write(channel: number, bytes: Uint8Array): void {
    this.socket.send(Buffer.concat([Buffer.from([channel]), bytes]));
  }
}

/** The streams of one connection; 0: not opened yet. */
interface Pair { readonly port: number; data: number; error: number }

export class PortForward {
  private readonly socket: WebSocket;
  private readonly exchange: () => OpenExchange | undefined;
  private readonly spdy: SpdyServer;
  /** By the client's number of the connection, which begins with 0. */
  private readonly pairs = new Map<number, Pair>();

  constructor(socket: WebSocket, exchange: () => OpenExchange | undefined) {
    this.socket = socket;
    this.exchange = exchange;
    this.spdy = new SpdyServer({
      send: (bytes) => socket.send(bytes), open: (stream, headers) => this.open(stream, headers), data: (stream, bytes, isLast) => this.data(stream, bytes, isLast),
      gone: (stream) => (stream === 0 ? socket.close(1000) : this.data(stream, Buffer.alloc(0), true)),
    });
    socket.on('message', (bytes: Buffer) => this.spdy.receive(bytes));
  }

  /** What comes from the pod. */
  give({ connection, text, to, closes }: StreamChunk): void {
    const pair = this.pairs.get(connection - 1);
    if (!pair) return;
    if (to === 'err') this.spdy.write(pair.error, bytesOfText(text), true);
    else if (text !== '') this.spdy.write(pair.data, bytesOfText(text), false);
    if (!closes) return;
    this.pairs.delete(connection - 1);
    if (to === 'out') this.spdy.write(pair.error, NOTHING, true);
    this.spdy.write(pair.data, NOTHING, true);
  }

  end(): void {
    this.socket.close(1000);
  }

  private open(stream: number, headers: ReadonlyMap<string, string>): void {
    const request = Number(headers.get('requestid') ?? 0);
    const pair = this.pairs.get(request) ?? { port: Number(headers.get('port') ?? 0), data: 0, error: 0 };
    if (headers.get('streamtype') === 'error') pair.error = stream;
    else pair.data = stream;
    this.pairs.set(request, pair);
    // Who connects to a port finds out at once whether anything listens there.
    if (pair.data === stream) this.exchange()?.send({ connection: request + 1, port: pair.port, text: '', end: false });
  }

  private data(stream: number, bytes: Buffer, end: boolean): void {
    for (const [request, { port, data }] of this.pairs) {
      if (data === stream) this.exchange()?.send({ connection: request + 1, port, text: textOfBytes(bytes), end });
    }
  }
}
