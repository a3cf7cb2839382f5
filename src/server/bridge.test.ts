import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpRequest } from '../worker/protocol.ts';
import { Bridge } from './bridge.ts';
import type { Page } from './bridge.ts';

interface Sent { readonly event: string; readonly payload: { readonly connection: string; readonly http: HttpRequest } }

/** A page that keeps what it is sent, and answers a request as told. */
class FakePage implements Page {
  readonly sent: Sent[] = [];
  onGone: () => void = () => undefined;
  onRequest: (connection: string, http: HttpRequest) => void = () => undefined;

  send(event: string, payload: unknown): void {
    const sent = { event, payload } as Sent;
    this.sent.push(sent);
    if (event === 'wheelhouse:gone') this.onGone();
    if (event === 'wheelhouse:request') this.onRequest(sent.payload.connection, sent.payload.http);
  }
}

let server: Server;
let base: string;
let pages: Set<Page>;
let bridge: Bridge;

beforeEach(async () => {
  pages = new Set();
  bridge = new Bridge(pages);
  server = createServer((request, response) => bridge.handle(request, response));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => { server.close(); });

function openPage(): FakePage {
  const page = new FakePage();
  pages.add(page);
  return page;
}

const pods = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"kind":"PodList","apiVersion":"v1","items":[]}\n' };

describe('the bridge', () => {
  it('says clearly that no page is open, or several', async () => {
    const none = await fetch(`${base}/api/v1/pods`);
    expect([none.status, await none.json()]).toMatchObject([503, { kind: 'Status', reason: 'ServiceUnavailable' }]);
    openPage();
    openPage();
    const many = await fetch(`${base}/api/v1/pods`);
    expect([many.status, await many.json()]).toMatchObject([409, { kind: 'Status', reason: 'Conflict' }]);
  });

  it('hands a request to the page and its answer back, in YAML if that is wanted', async () => {
    const page = openPage();
    page.onRequest = (connection) => bridge.hear([{ connection, type: 'answer', response: pods }]);
    expect(await (await fetch(`${base}/api/v1/pods?limit=5`, { headers: { accept: 'application/yaml' } })).text()).toBe('apiVersion: v1\nitems: []\nkind: PodList\n');
    expect(page.sent[0]?.payload.http).toMatchObject({ method: 'GET', url: '/api/v1/pods?limit=5', headers: { accept: 'application/json' }, credentials: { user: 'kubernetes-admin' } });
  });

  it('gives the page JSON, whatever was sent', async () => {
    const page = openPage();
    page.onRequest = (connection) => bridge.hear([{ connection, type: 'answer', response: pods }]);
    await fetch(`${base}/api/v1/namespaces`, { method: 'POST', body: 'kind: Namespace\nmetadata: {name: a}\n', headers: { 'content-type': 'application/yaml' } });
    await fetch(`${base}/api/v1/namespaces/a`, { method: 'PATCH', body: 'metadata: {name: a}\n', headers: { 'content-type': 'application/apply-patch+yaml' } });
    const protobuf = Buffer.from('k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x05\n\x03\n\x01a', 'latin1');
    await fetch(`${base}/api/v1/namespaces/a/configmaps`, { method: 'POST', body: new Uint8Array(protobuf), headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } });
    expect(page.sent.map(({ payload: { http } }) => [http.headers['content-type'], http.body])).toEqual([
      ['application/json', '{"kind":"Namespace","metadata":{"name":"a"}}'], ['application/apply-patch+yaml', '{"metadata":{"name":"a"}}'],
      ['application/json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}'],
    ]);
  });

  it('streams a watch until the page ends it, and tells the page when the client goes', async () => {
    const page = openPage();
    page.onRequest = (connection) => bridge.hear([{ connection, type: 'line', text: '', contentType: 'application/json' }]);
    const response = await fetch(`${base}/api/v1/pods?watch=true`);
    const { connection } = page.sent[0]?.payload ?? { connection: '' };
    bridge.hear([{ connection, type: 'line', text: '{"type":"ADDED"}\n', contentType: 'application/json' }, { connection, type: 'end', exitCode: 0 }]);
    expect(await response.text()).toBe('{"type":"ADDED"}\n');
    const gone = new Promise<void>((resolve) => {
      page.onGone = resolve;
    });
    const abort = new AbortController();
    await fetch(`${base}/api/v1/pods?watch=true`, { signal: abort.signal });
    abort.abort();
    await gone;
    expect(page.sent.at(-1)?.event).toBe('wheelhouse:gone');
  });

  it('does not leave a client waiting for a page that is closed', async () => {
    const page = openPage();
    page.onRequest = () => bridge.leave(page);
    const response = await fetch(`${base}/api/v1/pods`);
    expect([response.status, await response.json()]).toMatchObject([503, { message: 'the page was closed or loaded again before it could answer' }]);
  });

  it('answers no web page and no other host', async () => {
    openPage();
    const fromSite = await fetch(`${base}/api/v1/pods`, { headers: { origin: 'http://localhost:3000' } });
    expect([fromSite.status, await fromSite.json()]).toMatchObject([403, { reason: 'Forbidden' }]);
  });
});
