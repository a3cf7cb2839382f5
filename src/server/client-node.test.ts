// The client library that most programs in JavaScript use, against a served world.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { AppsV1Api, Attach, CoreV1Api, Exec, KubeConfig, PatchStrategy, PortForward, makeInformer, setHeaderOptions } from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from './facade.ts';
import { WorldServer } from './world-server.ts';

const TICK_MS = 20;
const POD: V1Pod = { metadata: { name: 'box' }, spec: { containers: [{ name: 'main', image: 'busybox:1.36', command: ['sh', '-c', 'echo hello; sleep 3600'] }] } };

let server: Server;
let clock: NodeJS.Timeout;
let config: KubeConfig;
let core: CoreV1Api;

beforeAll(async () => {
  const machine = { name: 'node-1', cpu: '4', memory: '8Gi', pods: 110, zone: 'zone-a' };
  const world = new WorldServer({ seed: 1, components: ['apiserver', 'controller-manager', 'scheduler', 'nodes'], options: {}, nodes: [machine] });
  server = await serve(world, { port: 0, host: '127.0.0.1' });
  // Ten times as fast as the wall clock: nobody has to wait for an image.
  clock = setInterval(() => world.advance(TICK_MS * 10_000), TICK_MS);
  config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'world', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true }, { name: 'admin' });
  core = config.makeApiClient(CoreV1Api);
});
afterAll(() => {
  clearInterval(clock);
  server.closeAllConnections();
  server.close();
});

const inDefault = { namespace: 'default' };
const box = { ...inDefault, name: 'box' };
const contentType = (strategy: string): ReturnType<typeof setHeaderOptions> => setHeaderOptions('Content-Type', strategy);

describe('@kubernetes/client-node', () => {
  it('follows pods with an informer: added, running, gone', async () => {
    const seen: string[] = [];
    const informer = makeInformer(config, '/api/v1/namespaces/default/pods', () => core.listNamespacedPod(inDefault));
    const phases: Record<'add' | 'update' | 'delete', (pod: V1Pod) => void> = {
      add: (pod) => seen.push(`added ${pod.metadata?.name}`), update: (pod) => seen.push(pod.status?.phase ?? ''), delete: (pod) => seen.push(`gone ${pod.metadata?.name}`),
    };
    for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, phases[verb]);
    await informer.start();
    await core.createNamespacedPod({ ...inDefault, body: POD });
    await expect.poll(() => seen, { timeout: 60_000 }).toContain('Running');
    expect(seen[0]).toBe('added box');
    expect((await core.listNamespacedPod({ ...inDefault, fieldSelector: 'status.phase=Running' })).items.map(({ metadata }) => metadata?.name)).toEqual(['box']);
    await informer.stop();
  });

  it('patches, applies on the server, and is told what is wrong', async () => {
    const patched = await core.patchNamespacedPod({ ...box, body: { metadata: { labels: { tier: 'front' } } } }, contentType(PatchStrategy.MergePatch));
    expect(patched.metadata?.labels).toMatchObject({ tier: 'front' });
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'blue' } };
    const applied = await core.patchNamespacedConfigMap({ ...inDefault, name: 'settings', fieldManager: 'test', body }, contentType(PatchStrategy.ServerSideApply));
    expect([applied.data, applied.metadata?.managedFields?.[0]]).toMatchObject([{ colour: 'blue' }, { manager: 'test', operation: 'Apply' }]);
    await expect(core.readNamespacedPod({ ...inDefault, name: 'nobody' })).rejects.toMatchObject({ code: 404, body: expect.stringContaining('pods \\"nobody\\" not found') as string });
    await expect(config.makeApiClient(AppsV1Api).createNamespacedDeployment({ ...inDefault, body: { metadata: { name: 'x' } } as never })).rejects.toMatchObject({ code: 422 });
  });

  it('reads logs and runs commands', async () => {
    expect(await core.readNamespacedPodLog(box)).toBe('hello\n');
    let printed = '';
    const out = new Writable({ write: (chunk: Buffer, _encoding, done) => { printed += chunk.toString(); done(); } });
    const status = await new Promise<unknown>((resolve, reject) => {
      new Exec(config).exec('default', 'box', 'main', ['echo', 'inside'], out, out, null, false, resolve).catch(reject);
    });
    expect([printed, status]).toMatchObject(['inside\n', { status: 'Success' }]);
  });

  it('types into commands, attaches, and speaks to ports', async () => {
    const heard = (): { readonly stream: Writable; text: string } => {
      const found = { text: '', stream: new Writable({ write: (chunk: Buffer, _encoding, done) => { found.text += chunk.toString(); done(); } }) };
      return found;
    };
    const cat = heard();
    await new Exec(config).exec('default', 'box', 'main', ['head', '-n', '1'], cat.stream, cat.stream, Readable.from(['typed\n', 'more\n']), false);
    const clock = heard();
    await core.createNamespacedPod({ ...inDefault, body: { metadata: { name: 'clock' }, spec: { containers: [{ name: 'main', image: 'busybox:1.36', command: ['sh', '-c', 'while true; do echo tick; sleep 1; done'] }, { name: 'web', image: 'nginx:1.27' }] } } });
    await expect.poll(async () => (await core.readNamespacedPod({ ...inDefault, name: 'clock' })).status?.phase, { timeout: 60_000 }).toBe('Running');
    const attached = await new Attach(config).attach('default', 'clock', 'main', clock.stream, clock.stream, null, false);
    await expect.poll(() => clock.text, { timeout: 20_000 }).toContain('tick\ntick\n');
    attached.close();
    const answer = heard();
    await new PortForward(config).portForward('default', 'clock', [80], answer.stream, null, Readable.from(['GET / HTTP/1.0\r\n\r\n']));
    await expect.poll(() => answer.text, { timeout: 20_000 }).toMatch(/^HTTP\/1\.1 200 OK\r\nServer: nginx\/1\.27\r\n/);
    await expect.poll(() => cat.text, { timeout: 20_000 }).toBe('typed\n');
  });
});
