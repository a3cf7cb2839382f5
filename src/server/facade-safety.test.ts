import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from './facade.ts';
import { WorldServer } from './world-server.ts';

let server: Server;
let port: number;

beforeAll(async () => {
  server = await serve(new WorldServer({ seed: 1, components: ['apiserver'], options: {}, nodes: [] }), { port: 0, host: '127.0.0.1' });
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => new Promise((resolve) => {
  server.closeAllConnections();
  server.close(resolve);
}));

interface Answer { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }

function ask(method: string, path: string, headers: Record<string, string> = {}, body: string | Buffer = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What comes back for bytes that need not be HTTP. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (data) => {
      text += data.toString('latin1');
      socket.end();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => resolve(text));
  });
}

const namespaces = '/api/v1/namespaces';
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('the façade keeps to this machine', () => {
  it('listens on loopback', () => {
    expect((server.address() as AddressInfo).address).toBe('127.0.0.1');
  });

  it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST', '127.9.9.9'])('is reached as %s', async (host) => {
    expect((await ask('GET', namespaces, { host: `${host}:${port}` })).status).toBe(200);
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:8080', '10.0.0.1', 'localhost@evil.example'])('refuses the host %j (DNS rebinding)', async (host) => {
    const { status, text } = await ask('GET', namespaces, { host });
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403 });
  });

  it.each(['https://evil.example', 'http://localhost.evil.example', 'null', 'file://', 'http://localhost@evil.example'])('refuses pages of %s', async (origin) => {
    expect((await ask('POST', namespaces, { origin, 'content-type': 'text/plain' }, '{}')).status).toBe(403);
    expect((await ask('GET', namespaces, { origin })).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('refuses what other sites embed, which has no origin', async () => {
    expect((await ask('GET', '/sim/v1/hash', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    expect((await ask('GET', namespaces, { 'sec-fetch-site': 'none' })).status).toBe(200);
  });

  it('refuses connections of other sites, too', async () => {
    const upgrade = (headers: string): Promise<string> => raw(`GET /api/v1/namespaces/default/pods/a/exec?command=sh HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n\r\n`);
    expect(await upgrade('Host: evil.example')).toContain('403');
    expect(await upgrade('Host: localhost\r\nOrigin: https://evil.example')).toContain('403');
  });
});

describe('the façade under bad input', () => {
  it('refuses a body over 3 MiB with a Status, and goes on', async () => {
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'large' }, data: { a: 'x'.repeat(3 * 1024 * 1024) } });
    for (const sent of [body, `${body}${' '.repeat(12 * 1024 * 1024)}`]) {
      const { status, text } = await ask('POST', configMaps, { 'content-type': 'application/json' }, sent);
      expect(status).toBe(413);
      expect(JSON.parse(text)).toMatchObject({ kind: 'Status', status: 'Failure', message: 'Request entity too large: limit is 3145728', reason: 'RequestEntityTooLarge', code: 413 });
    }
    expect((await ask('GET', `${configMaps}/large`)).status).toBe(404);
  });

  it('takes bytes that are no UTF-8 as Go does', async () => {
    const body = Buffer.concat([Buffer.from('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bytes"},"data":{"a":"'), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from('"}}')]);
    expect((await ask('POST', configMaps, { 'content-type': 'application/json' }, body)).status).toBe(201);
    expect(JSON.parse((await ask('GET', `${configMaps}/bytes`)).text)).toMatchObject({ data: { a: '\ufffd\ufffd\ufffd' } });
  });

  it.each(['GARBAGE\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', `GET /${'x'.repeat(2_000_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 'POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n', '\0\0\0\0\r\n\r\n'])('survives what is no HTTP', async (bytes) => {
    expect(await raw(bytes)).toMatch(/^(HTTP\/1\.1 4\d\d .*)?/);
    expect((await ask('GET', '/healthz')).text).toBe('ok');
  });

  it('takes long selectors, and clients that leave in the middle', async () => {
    expect((await ask('GET', `${configMaps}?labelSelector=${'a%20in%20(b),'.repeat(4000)}a`)).status).toBe(200);
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(`POST ${configMaps} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"kind":`, () => socket.destroy()));
      socket.on('close', () => resolve());
    });
    expect((await ask('GET', '/readyz')).status).toBe(200);
  });

  it('lets a client that shows a token once be anonymous without it on that connection', async () => {
    const both = 'GET /api HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer admin-token\r\n\r\nGET /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const text = await new Promise<string>((resolve) => {
      let received = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(both));
      socket.on('data', (data) => { received += data.toString(); });
      socket.on('close', () => resolve(received));
    });
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(text).toContain('HTTP/1.1 403 Forbidden');
    expect((await ask('GET', '/api', { authorization: 'Basic YTpi' })).status).toBe(403);
    expect((await ask('GET', '/api')).status).toBe(200);
  });
});
