import { constants, createDeflate } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DICTIONARY, SpdyServer } from './spdy.ts';

function counted(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text)]);
}

/** The frames that a client opens streams with; each one's headers lean on those before. */
class Client {
  private readonly deflate = createDeflate({ dictionary: DICTIONARY });

  async open(stream: number, headers: Record<string, string>): Promise<Buffer> {
    const entries = Object.entries(headers);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(entries.length);
    const block = await new Promise<Buffer>((resolve) => {
      this.deflate.write(Buffer.concat([count, ...entries.flatMap(([name, value]) => [counted(name), counted(value)])]));
      this.deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(this.deflate.read() as Buffer));
    });
    const head = Buffer.alloc(18);
    head.writeUInt32BE(0x80030001);
    head.writeUIntBE(10 + block.length, 5, 3);
    head.writeUInt32BE(stream, 8);
    return Buffer.concat([head, block]);
  }
}

function data(stream: number, text: string, fin: boolean): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(stream);
  head.writeUInt8(fin ? 1 : 0, 4);
  head.writeUIntBE(text.length, 5, 3);
  return Buffer.concat([head, Buffer.from(text)]);
}

function newServer(): { readonly server: SpdyServer; readonly heard: string[]; readonly sent: Buffer[] } {
  const heard: string[] = [];
  const sent: Buffer[] = [];
  const server = new SpdyServer({
    send: (bytes) => void sent.push(bytes), open: (stream, headers) => void heard.push(`open ${stream} ${[...headers].join(' ')}`),
    data: (stream, bytes, isLast) => void heard.push(`data ${stream} ${bytes.toString()}${isLast ? '.' : ''}`), gone: (stream) => void heard.push(`gone ${stream}`),
  });
  return { server, heard, sent };
}

describe('SPDY/3.1', () => {
  it('opens streams and carries their bytes, however the frames are cut', async () => {
    const { server, heard, sent } = newServer();
    const client = new Client();
    const bytes = Buffer.concat([await client.open(1, { Streamtype: 'error', Port: '80' }), data(1, '', true), await client.open(3, { Streamtype: 'data', Port: '80' }), data(3, 'GET /', false)]);
    for (const byte of bytes) server.receive(Buffer.from([byte]));
    await expect.poll(() => heard).toEqual(['open 1 streamtype,error port,80', 'data 1 .', 'open 3 streamtype,data port,80', 'data 3 GET /']);
    expect(sent.map((frame) => [frame.readUInt32BE().toString(16), frame.readUInt32BE(8)])).toEqual([['80030002', 1], ['80030002', 3]]);
    server.write(3, Buffer.from('ok'), true);
    expect(sent[2]?.toString('latin1')).toBe('\0\0\0\x03\x01\0\0\x02ok');
  });

  it('answers pings, and hears of streams that are given up', async () => {
    const { server, heard, sent } = newServer();
    const ping = Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 7]);
    server.receive(ping);
    server.receive(Buffer.from([0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 5]));
    server.receive(Buffer.from([0x80, 3, 0, 7, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]));
    await expect.poll(() => heard).toEqual(['gone 3', 'gone 0']);
    expect(sent).toEqual([ping]);
  });

  it('gives up what is no SPDY', async () => {
    const { server, heard } = newServer();
    server.receive(Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9, 9]));
    await expect.poll(() => heard).toContain('gone 0');
  });
});
