// Who a client is over TLS: its certificate, its token, or nobody.
import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { serve } from './facade.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { Authority } from './pki.ts';
import type { Pair } from './pki.ts';
import { signRequests } from './signer.ts';
import { WorldServer } from './world-server.ts';

let authority: Authority;
let server: Server;
let world: WorldServer;

beforeAll(async () => {
  authority = await Authority.create();
  const tls = { ...await authority.issueServing(['localhost', '127.0.0.1']), authority: authority.certificate };
  world = new WorldServer({ seed: 1, components: ['apiserver'], options: {}, nodes: [], tokens: { hush: { user: 'bob', groups: ['readers'] } } });
  server = await serve(world, { port: 0, host: '127.0.0.1', tls });
  signRequests(world, authority);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Sent { readonly method?: string; readonly body?: object; readonly pair?: Pair; readonly token?: string; readonly contentType?: string }
interface Answer { readonly status: number; readonly body: Record<string, unknown> }

function ask(path: string, { method = 'GET', body, pair, token, contentType = 'application/json' }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({
      host: '127.0.0.1', port: (server.address() as AddressInfo).port, path, method, ca: authority.certificate, agent: false,
      headers: { 'content-type': contentType, ...(token !== undefined && { authorization: `Bearer ${token}` }) }, ...(pair && { cert: pair.certificate, key: pair.key }),
    }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => { text += part; });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> }));
    });
    call.on('error', reject);
    call.end(body ? JSON.stringify(body) : undefined);
  });
}

const whoAmI = (sent: Sent): Promise<Answer> => ask('/apis/authentication.k8s.io/v1/selfsubjectreviews', { ...sent, method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } });
const admin = (): Promise<Pair> => authority.issueClient({ name: 'root', groups: ['system:masters'] });

describe('over TLS', () => {
  it('a certificate names the user and the groups', async () => {
    const pair = await authority.issueClient({ name: 'anna', groups: ['dev', 'ops'] });
    const { status, body } = await whoAmI({ pair });
    expect([status, body]).toMatchObject([201, { status: { userInfo: { username: 'anna', groups: ['dev', 'ops', 'system:authenticated'] } } }]);
    const extra = (body['status'] as { readonly userInfo: { readonly extra: Record<string, readonly string[]> } }).userInfo.extra;
    expect(extra['authentication.kubernetes.io/credential-id']?.[0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/);
  });

  it('a token does, and a certificate goes before it', async () => {
    expect((await whoAmI({ token: 'hush' })).body).toMatchObject({ status: { userInfo: { username: 'bob', groups: ['readers', 'system:authenticated'] } } });
    expect((await whoAmI({ token: 'hush', pair: await admin() })).body).toMatchObject({ status: { userInfo: { username: 'root' } } });
  });

  it('without either a client is nobody, and with a wrong one it is refused', async () => {
    expect(await ask('/api/v1/namespaces')).toMatchObject({ status: 403, body: { message: 'namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster scope' } });
    expect(await ask('/api/v1/namespaces', { token: 'admin-token' })).toMatchObject({ status: 401, body: { message: 'Unauthorized', reason: 'Unauthorized', code: 401 } });
    const stranger = await (await Authority.create()).issueClient({ name: 'root', groups: ['system:masters'] });
    expect(await ask('/api/v1/namespaces', { pair: stranger })).toMatchObject({ status: 401 });
    expect(await ask('/api/v1/namespaces', { pair: await admin() })).toMatchObject({ status: 200 });
  });

  it('an approved request for a certificate is signed, and what is signed is believed', async () => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const asked = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=carl, O=sailors', keys, signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' } });
    const pair = await admin();
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const spec = { request: Buffer.from(asked.toString('pem')).toString('base64'), signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
    const { body } = await ask(path, { method: 'POST', pair, body: { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'carl' }, spec } });
    const approval = { ...body, status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Test' }] } };
    expect(await ask(`${path}/carl/approval`, { method: 'PUT', pair, body: approval })).toMatchObject({ status: 200 });
    const certificateOf = async (): Promise<string | undefined> => ((await ask(`${path}/carl`, { pair })).body['status'] as { readonly certificate?: string }).certificate;
    await expect.poll(certificateOf).toBeDefined();
    const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    const carl = { certificate: Buffer.from(await certificateOf() ?? '', 'base64').toString('utf8'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
    expect((await whoAmI({ pair: carl })).body).toMatchObject({ status: { userInfo: { username: 'carl', groups: ['sailors', 'system:authenticated'] } } });
  });
});

describe('a kubeconfig', () => {
  it('has one context a user, is read by its owner, and overwrites its like alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wheelhouse-'));
    const file = join(folder, 'config');
    const access = { server: 'https://127.0.0.1:1', authority: authority.certificate, users: [{ name: 'admin', certificate: 'c', key: 'k' }, { name: 'bob', token: 'hush' }] };
    writeKubeconfig(file, access);
    writeKubeconfig(file, access);
    const written = parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    expect(written).toMatchObject({ 'current-context': 'admin', contexts: [{ name: 'admin' }, { name: 'bob' }], users: [{ user: { 'client-key-data': 'aw==' } }, { user: { token: 'hush' } }] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(file, 'clusters: [{name: production}]\n');
    expect(() => writeKubeconfig(file, access)).toThrow('name another file');
    expect(readFileSync(file, 'utf8')).toContain('production');
    rmSync(folder, { recursive: true });
  });
});
