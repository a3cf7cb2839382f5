import { describe, expect, it } from 'vitest';
import { allKinds } from '../api/kinds/index.ts';
import type { ApiObject } from '../api/meta.ts';
import { PODS } from '../api/resources.ts';
import type { Identity } from '../client/client.ts';
import { createRequest, deleteRequest, getRequest, listRequest } from '../client/requests.ts';
import type { ApiResponse } from './messages.ts';
import { TestWorld } from './testing.ts';

const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
const NODES = { group: '', version: 'v1', resource: 'nodes' };
const AUTHENTICATION = { group: 'authentication.k8s.io', version: 'v1' };
const API = 'https://kubernetes.default.svc';
const pod: ApiObject & { readonly spec: object } = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { serviceAccountName: 'robot', nodeName: 'n', containers: [{ name: 'app', image: 'nginx' }] } };

function newWorld(): TestWorld {
  const tokens = { hush: { user: 'bob', groups: ['readers'] } };
  const world = new TestWorld(allKinds, [], {}, { tokens });
  world.must(createRequest(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } }, 'default'));
  return world;
}

interface Wish { readonly audiences?: readonly string[]; readonly expirationSeconds?: number; readonly boundObjectRef?: { readonly kind: string; readonly apiVersion: string; readonly name: string } }
interface Issued { readonly status: { readonly token: string; readonly expirationTimestamp: string } }
interface Reviewed { readonly authenticated?: boolean; readonly error?: string; readonly audiences?: readonly string[]; readonly user: { readonly username?: string; readonly extra?: Record<string, readonly string[]> } }

const request = (world: TestWorld, spec: Wish = {}): string => world.must<Issued>(createRequest(ACCOUNTS, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }, 'default', 'token', 'robot')).status.token;
const asked = (token: string, audiences: readonly string[]): object => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, ...(audiences.length > 0 && { audiences }) } });
const review = (world: TestWorld, token: string, ...audiences: readonly string[]): Reviewed =>
  world.must<{ readonly status: Reviewed }>(createRequest({ ...AUTHENTICATION, resource: 'tokenreviews' }, asked(token, audiences), '')).status;
const holder = (token: string): Identity => ({ credentials: { user: '', groups: [], token }, userAgent: 'test', qps: 50, burst: 100 });
const listPods = (world: TestWorld, token: string): ApiResponse => world.ask(listRequest(PODS, 'default', {}), holder(token));

describe('the token of a service account', () => {
  it('names it until it expires, and for the minute that clocks may differ', () => {
    const world = newWorld();
    const token = request(world, { expirationSeconds: 600 });
    expect(review(world, token)).toMatchObject({ authenticated: true, audiences: [API], user: { username: 'system:serviceaccount:default:robot' } });
    expect(listPods(world, token)).toMatchObject({ code: 403, body: { message: expect.stringContaining('User "system:serviceaccount:default:robot" cannot list resource "pods"') as string } });
    world.run(650);
    expect(review(world, token).authenticated).toBe(true);
    world.run(20);
    expect(review(world, token)).toEqual({ user: {}, error: '[invalid bearer token, service account token has expired]' });
    expect(listPods(world, token)).toMatchObject({ code: 401, body: { message: 'Unauthorized', reason: 'Unauthorized' } });
  });

  it('is for its audiences alone', () => {
    const world = newWorld();
    const token = request(world, { audiences: ['vault', 'mail'] });
    expect(review(world, token, 'vault', 'other')).toMatchObject({ authenticated: true, audiences: ['vault'] });
    expect(review(world, token)).toEqual({ user: {}, error: `[invalid bearer token, token audiences ["vault" "mail"] is invalid for the target audiences ["${API}"]]` });
    expect(listPods(world, token).code).toBe(401);
  });

  it('ends with its account, which is not the one that is made anew under its name', () => {
    const world = newWorld();
    const token = request(world);
    world.must(deleteRequest(ACCOUNTS, 'default', 'robot'));
    expect(review(world, token).error).toBe('[invalid bearer token, serviceaccounts "robot" not found]');
    const made = world.must(createRequest(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } }, 'default'));
    expect(review(world, token).error).toMatch(new RegExp(`^\\[invalid bearer token, service account UID \\(${made.metadata.uid}\\) does not match claim \\([-0-9a-f]{36}\\)\\]$`));
  });

  it('tells of the pod it is bound to, and ends with it', () => {
    const world = newWorld();
    world.must(createRequest(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }, ''));
    world.must(createRequest(PODS, pod, 'default'));
    const token = request(world, { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' } });
    const { uid } = world.must(getRequest(PODS, 'default', 'p')).metadata;
    const extra = review(world, token).user.extra ?? {};
    expect(extra).toMatchObject({ 'authentication.kubernetes.io/pod-name': ['p'], 'authentication.kubernetes.io/pod-uid': [uid], 'authentication.kubernetes.io/node-name': ['n'] });
    expect(extra['authentication.kubernetes.io/credential-id']?.[0]).toMatch(/^JTI=[-0-9a-f]{36}$/);
    world.must(deleteRequest(PODS, 'default', 'p', { gracePeriodSeconds: 0 }));
    expect(review(world, token).error).toBe('[invalid bearer token, service account token has been invalidated]');
  });

  it.each([['Secret', SECRETS, 'default'], ['Node', NODES, '']])('ends with its %s', (kind, gvr, namespace) => {
    const world = newWorld();
    world.must(createRequest(gvr, { apiVersion: 'v1', kind, metadata: { name: 'x' } }, namespace));
    const token = request(world, { boundObjectRef: { apiVersion: 'v1', kind, name: 'x' } });
    expect(review(world, token).authenticated).toBe(true);
    world.must(deleteRequest(gvr, namespace, 'x'));
    expect(listPods(world, token).code).toBe(401);
  });

  it('cannot be made by hand', () => {
    const world = newWorld();
    const [head, payload = '', signature] = request(world).split('.');
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as object;
    const forged = btoa(JSON.stringify({ ...claims, exp: 9_999_999_999 })).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    expect(listPods(world, `${head}.${forged}.${signature}`).code).toBe(401);
  });
});

describe('a token that the server was started with', () => {
  it('names its user, to the API server alone', () => {
    const world = newWorld();
    expect(review(world, 'hush')).toMatchObject({ authenticated: true, audiences: [API], user: { username: 'bob', groups: ['readers', 'system:authenticated'] } });
    expect(world.ask(createRequest({ ...AUTHENTICATION, resource: 'tokenreviews' }, asked('hush', ['vault']), ''))).toMatchObject({ code: 500, body: { message: 'Internal error occurred: error validating audiences' } });
    expect(review(world, 'nobody')).toEqual({ user: {}, error: 'invalid bearer token' });
  });
});
