import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiObject } from '../sim/api/meta.ts';
import { serve } from './facade.ts';
import { WorldServer } from './world-server.ts';

const STATE: readonly ApiObject[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default', uid: 'u1', resourceVersion: '41', creationTimestamp: '2026-01-05T09:00:00Z' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', uid: 'u2', resourceVersion: '17', creationTimestamp: '2026-01-05T09:00:00Z' } },
  { apiVersion: 'example.org/v1', kind: 'Rocket', metadata: { name: 'one', namespace: 'default', uid: 'u3', resourceVersion: '99' } },
];

let server: Server;
let base: string;
let world: WorldServer;

beforeAll(async () => {
  world = new WorldServer({ seed: 1, components: ['apiserver'], options: {}, nodes: [], state: { items: STATE, unixUs: 1_767_603_600_000_000 } });
  server = await serve(world, { port: 0, host: '127.0.0.1' });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const get = async (path: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> => (await fetch(base + path, { headers })).json() as Promise<Record<string, unknown>>;
const post = (path: string, body: unknown): Promise<Response> => fetch(base + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

describe('a served world', () => {
  it('begins with a given state at its own revisions, and names what it cannot serve', async () => {
    expect(await get('/api/v1/namespaces/default/configmaps/settings')).toMatchObject({ metadata: { resourceVersion: '41' } });
    expect(world.unknown).toEqual({ 'example.org/v1 Rocket': 1 });
  });

  it('lets time pass before anybody has asked for anything', () => {
    const quiet = new WorldServer({ seed: 2, components: ['apiserver'], options: {}, nodes: [] });
    expect(() => quiet.advance(1_000_000)).not.toThrow();
  });

  it('publishes its schemas with their descriptions', async () => {
    const { paths } = await get('/openapi/v3') as { paths: Record<string, unknown> };
    expect(Object.keys(paths)).toContain('apis/apps/v1');
    const document = JSON.stringify(await get('/openapi/v3/api/v1'));
    expect(document).toContain('Pod is a collection of containers that can run on a host.');
  });

  it('prints scales as tables', async () => {
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
    await post('/apis/apps/v1/namespaces/default/deployments', { metadata: { name: 'web' }, spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template } });
    const table = await get('/apis/apps/v1/namespaces/default/deployments/web/scale', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(table).toMatchObject({ kind: 'Table', columnDefinitions: [{ name: 'Name' }, { name: 'Desired' }, { name: 'Available' }, { name: 'Age' }], rows: [{ cells: ['web', 3, 0, '0s'] }] });
  });

  it('selects events by the object that they are about', async () => {
    await post('/api/v1/namespaces/default/events', { metadata: { name: 'e1' }, involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' }, reason: 'Started', message: 'x', type: 'Normal' });
    const selected = await get('/api/v1/events?fieldSelector=involvedObject.name%3Dweb');
    expect(selected['items']).toHaveLength(1);
    expect(await get('/api/v1/events?fieldSelector=involvedObject.name%3Dother')).toMatchObject({ items: [] });
  });

  it('reads protobuf bodies', async () => {
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    const create = (body: Buffer): Promise<Response> => fetch(`${base}/api/v1/namespaces/default/configmaps`, { method: 'POST', body: new Uint8Array(body), headers });
    const type = Buffer.from('\n\x0f\n\x02v1\x12\tConfigMap', 'latin1');
    const whole = Buffer.concat([Buffer.from('k8s\0'), type, Buffer.from('\x12\x0d\n\x0b\n\tsettings2', 'latin1')]);
    const cut = await create(whole.subarray(0, whole.length - 4));
    expect([cut.status, await cut.json()]).toMatchObject([400, { reason: 'BadRequest' }]);
    const created = await create(whole);
    expect([created.status, await created.json()]).toMatchObject([201, { kind: 'ConfigMap', metadata: { name: 'settings2' } }]);
  });
});
