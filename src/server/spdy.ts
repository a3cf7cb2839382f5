// The frames of SPDY/3.1 as far as kubectl's port-forward speaks it: streams that a client opens, and their bytes. No library
// for it is kept up any more; the form is that of the protocol's draft.
import { constants, createDeflate, createInflate } from 'node:zlib';
import type { Deflate, Inflate } from 'node:zlib';

const WORDS = 'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection '
  + 'content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match '
  + 'if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after '
  + 'server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin';
const REST = '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad '
  + 'Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 '
  + 'Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age='
  + 'gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';
/** What both ends take for already said when they compress headers. */
export const DICTIONARY = Buffer.concat([...WORDS.split(' ').map((word) => counted(word.replace('_', ' '))), Buffer.from(REST)]);

const VERSION = 3;
const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const FIN = 1;
const HEAD_BYTES = 8;
/** More is no frame of a port-forward. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024 - 1;

export interface SpdyHandlers {
  /** Writes to the other end. */
  send(bytes: Buffer): void;
  open(stream: number, headers: ReadonlyMap<string, string>): void;
  data(stream: number, bytes: Buffer, isLast: boolean): void;
  /** The client gives a stream up, or (0) all of them. */
  gone(stream: number): void;
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export class SpdyServer {
  private readonly handlers: SpdyHandlers;
  private readonly inflate: Inflate = createInflate({ dictionary: DICTIONARY });
  private readonly deflate: Deflate = createDeflate({ dictionary: DICTIONARY });
  private rest: Buffer = Buffer.alloc(0);
  /** Headers depend on those before them, and are unpacked beside: frames wait for each other. */
  private done: Promise<void> = Promise.resolve();

  constructor(handlers: SpdyHandlers) {
    this.handlers = handlers;
    this.inflate.on('error', () => handlers.gone(0));
  }

  receive(bytes: Buffer): void {
    this.rest = Buffer.concat([this.rest, bytes]);
    while (this.rest.length >= HEAD_BYTES) {
      const length = this.rest.readUIntBE(5, 3);
      if (length > FRAME_BYTES_MAX) return this.handlers.gone(0);
      if (this.rest.length < HEAD_BYTES + length) return;
      const frame = this.rest.subarray(0, HEAD_BYTES + length);
      this.rest = this.rest.subarray(HEAD_BYTES + length);
      this.done = this.done.then(() => this.take(frame)).catch(() => this.handlers.gone(0));
    }
  }

  /** Bytes on a stream; with `isLast` this end of it is closed. */
  write(stream: number, bytes: Uint8Array, isLast: boolean): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(stream);
    head.writeUInt8(isLast ? FIN : 0, 4);
    head.writeUIntBE(bytes.length, 5, 3);
    this.handlers.send(Buffer.concat([head, bytes]));
  }

  private async take(frame: Buffer): Promise<void> {
    const first = frame.readUInt32BE();
    const flags = frame.readUInt8(4);
    const body = frame.subarray(HEAD_BYTES);
    if (first < 0x80000000) return this.handlers.data(first, body, (flags & FIN) !== 0);
    switch (first & 0xffff) {
      case SYN_STREAM: return this.opened(body, (flags & FIN) !== 0);
      case RST_STREAM: return this.handlers.gone(body.readUInt32BE());
      case PING: return this.handlers.send(frame);
      case GOAWAY: return this.handlers.gone(0);
      default:
    }
  }

  private async opened(body: Buffer, isClosed: boolean): Promise<void> {
    const stream = body.readUInt32BE();
    const headers = headersOf(await through(this.inflate, body.subarray(10)));
    // The answer has no headers of its own.
    const block = await through(this.deflate, Buffer.alloc(4), constants.Z_SYNC_FLUSH);
    const reply = Buffer.alloc(HEAD_BYTES + 4);
    reply.writeUInt32BE(0x80000000 + VERSION * 0x10000 + SYN_REPLY);
    reply.writeUIntBE(4 + block.length, 5, 3);
    reply.writeUInt32BE(stream, HEAD_BYTES);
    this.handlers.send(Buffer.concat([reply, block]));
    this.handlers.open(stream, headers);
    if (isClosed) this.handlers.data(stream, Buffer.alloc(0), true);
  }
}

/** What a compressor makes of these bytes. */
function through(stream: Inflate | Deflate, bytes: Buffer, flush?: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    const collect = (): void => {
      const parts: Buffer[] = [];
      for (let part = stream.read() as Buffer | null; part; part = stream.read() as Buffer | null) parts.push(part);
      stream.off('error', reject);
      resolve(Buffer.concat(parts));
    };
    stream.write(bytes, () => (flush === undefined ? collect() : stream.flush(flush, collect)));
  });
}

function headersOf(block: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = 4;
  const text = (): string => {
    const length = block.readUInt32BE(at);
    at += 4 + length;
    return block.toString('utf8', at - length, at);
  };
  for (let left = block.readUInt32BE(0); left > 0; left--) {
    const name = text();
    headers.set(name.toLowerCase(), text());
  }
  return headers;
}
