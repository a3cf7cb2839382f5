// A small HTTP/1.1 client that costs little of the core it shares with the server: it looks at no more of an answer than
// where it ends.
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A request, already as text; `done` hears the status. */
interface Waiting { readonly text: string; done(status: number): void }

const END_OF_HEADERS = Buffer.from('\r\n\r\n');

/** One connection that is kept open, with one request at a time. */
export class Connection {
  private readonly socket: Socket;
  private readonly waiting: Waiting[] = [];
  private current: Waiting | undefined;
  private received: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (data) => this.read(data));
    this.socket.on('error', () => this.current?.done(0));
  }

  get backlog(): number {
    return this.waiting.length + (this.current ? 1 : 0);
  }

  send(method: string, path: string, body: string, type: string, done: (status: number) => void): void {
    const length = body === '' ? '' : `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
    this.waiting.push({ text: `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${length}\r\n${body}`, done });
    this.next();
  }

  close(): void {
    this.socket.destroy();
  }

  private next(): void {
    if (this.current) return;
    this.current = this.waiting.shift();
    if (this.current) this.socket.write(this.current.text);
  }

  private read(data: Buffer): void {
    this.received = this.received.length === 0 ? data : Buffer.concat([this.received, data]);
    const end = this.received.indexOf(END_OF_HEADERS);
    if (end < 0) return;
    const head = this.received.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const total = end + END_OF_HEADERS.length + length;
    if (this.received.length < total) return;
    this.received = this.received.subarray(total);
    const done = this.current;
    this.current = undefined;
    done?.done(Number(head.slice(9, 12)));
    this.next();
  }
}

const LINE_FEED = 0x0a;
const BRACE = 0x7d;

/** A watch; it counts events, each of which is one line that ends with a brace. */
export class WatchStream {
  events = 0;
  isOpen = false;
  private readonly socket: Socket;
  private last = 0;

  constructor(port: number, path: string, opened: () => void) {
    this.socket = connect(port, '127.0.0.1', () => this.socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
    this.socket.on('data', (data) => {
      if (!this.isOpen) opened();
      this.isOpen = true;
      this.count(data);
    });
    this.socket.on('close', () => { this.isOpen = false; });
    this.socket.on('error', () => undefined);
  }

  close(): void {
    this.socket.destroy();
  }

  private count(data: Buffer): void {
    for (let at = data.indexOf(LINE_FEED); at >= 0; at = data.indexOf(LINE_FEED, at + 1)) {
      if ((at === 0 ? this.last : data[at - 1]) === BRACE) this.events++;
    }
    this.last = data[data.length - 1] ?? 0;
  }
}
