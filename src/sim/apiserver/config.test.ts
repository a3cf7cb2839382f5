import { describe, expect, it } from 'vitest';
import type { Pod, Service } from '../api/generated/types.ts';
import { allKinds } from '../api/kinds/index.ts';
import { NAMESPACES, PODS } from '../api/resources.ts';
import type { Identity } from '../client/client.ts';
import { createRequest, getRequest } from '../client/requests.ts';
import { DEFAULT_CONFIG, withFlags } from './config.ts';
import { addressAt, offsetOf, serviceRange } from './service-range.ts';
import { ADMIN, TestWorld } from './testing.ts';

const SERVICES = { group: '', version: 'v1', resource: 'services' };
const service = (name: string, clusterIP?: string): Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }], ...(clusterIP !== undefined && { clusterIP }) } });
const newWorld = (flags: Readonly<Record<string, string>>): TestWorld => new TestWorld(allKinds, [], {}, withFlags(DEFAULT_CONFIG, { flags }));
const messageOf = (world: TestWorld, object: Service): unknown => (world.ask(createRequest(SERVICES, object, 'default')).body as { readonly message?: string }).message;

describe('--service-cluster-ip-range', () => {
  it('is where the addresses of Services come from', () => {
    const world = newWorld({ 'service-cluster-ip-range': '10.0.0.0/24' });
    expect(world.must<Service>(getRequest(SERVICES, 'default', 'kubernetes')).spec?.clusterIP).toBe('10.0.0.1');
    expect(world.must<Service>(createRequest(SERVICES, service('a'), 'default')).spec?.clusterIP).toMatch(/^10\.0\.0\.\d+$/);
    expect(world.must<Service>(createRequest(SERVICES, service('b', '10.0.0.12'), 'default')).spec?.clusterIPs).toEqual(['10.0.0.12']);
    expect(messageOf(world, service('c', '10.0.0.12'))).toContain('failed to allocate IP 10.0.0.12: provided IP is already allocated');
    expect(messageOf(world, service('c', '10.0.1.12'))).toContain('failed to allocate IP 10.0.1.12: the provided network does not match the current range');
    expect(messageOf(world, service('c', '10.0.0.255'))).toContain('the provided IP (10.0.0.255) is not in the valid range. The range of valid IPs is 10.0.0.0/24');
  });

  it('is taken from only when a Service stays', () => {
    const world = newWorld({ 'service-cluster-ip-range': '10.7.0.0/29' });
    const tried = createRequest(SERVICES, service('a'), 'default');
    expect(world.must<Service>({ ...tried, options: { dryRun: true } }).spec?.clusterIP).toBe('10.7.0.0');
    const given = ['a', 'b', 'c', 'd', 'e'].map((name) => world.must<Service>(createRequest(SERVICES, service(name), 'default')).spec?.clusterIP);
    expect(new Set(given)).toEqual(new Set(['10.7.0.2', '10.7.0.3', '10.7.0.4', '10.7.0.5', '10.7.0.6']));
    expect(messageOf(world, service('f'))).toContain('range is full');
  });

  it('must be an IPv4 network that is neither too large nor too small', () => {
    expect(() => serviceRange('10.0.0.0')).toThrow('invalid argument "10.0.0.0" for "--service-cluster-ip-range" flag');
    expect(() => serviceRange('fd00::/112')).toThrow('it takes one IPv4 network');
    expect(() => serviceRange('10.0.0.0/11')).toThrow('specified --service-cluster-ip-range is too large; for 32-bit addresses, the mask must be >= 12');
    expect(() => serviceRange('10.0.0.0/30')).toThrow('the service cluster IP range must be at least 8 IP addresses');
  });

  it('counts its addresses', () => {
    const range = serviceRange('192.168.255.7/16');
    expect(range).toMatchObject({ cidr: '192.168.0.0/16', size: 65_534, staticSize: 256 });
    for (const offset of [0, 1, 256, 65_535]) expect(offsetOf(range, addressAt(range, offset))).toBe(offset);
    expect([addressAt(range, 257), offsetOf(range, '192.169.0.0'), offsetOf(range, '::1')]).toEqual(['192.168.1.1', undefined, undefined]);
    expect(['10.0.0.0/24', '10.0.0.0/28', '10.0.0.0/29', '10.0.0.0/12'].map((cidr) => serviceRange(cidr).staticSize)).toEqual([16, 16, 0, 256]);
  });
});

describe('--disable-admission-plugins', () => {
  it('leaves these plugins out and no others', () => {
    const world = newWorld({ 'disable-admission-plugins': 'ServiceAccount,DefaultTolerationSeconds' });
    world.must(createRequest(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bare' } }, ''));
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'app', image: 'nginx' }] } };
    const { spec } = world.must<Pod>(createRequest(PODS, pod, 'bare'));
    expect(spec?.serviceAccountName).toBeUndefined();
    expect(spec?.volumes).toBeUndefined();
    expect(spec?.tolerations).toBeUndefined();
    expect(spec?.priority).toBe(0);
  });
});

describe('--authorization-mode and --anonymous-auth', () => {
  const namespace = getRequest(NAMESPACES, '', 'kube-system');
  const anna: Identity = { ...ADMIN, credentials: { user: 'anna', groups: [] } };
  const nobody: Identity = { ...ADMIN, credentials: { user: '', groups: [], token: '' } };
  const reasons = (flags: Readonly<Record<string, string>>): readonly unknown[] => [anna, nobody].map((identity) => {
    const { code, body } = newWorld(flags).ask(namespace, identity);
    return code === 200 ? 'OK' : (body as { readonly message?: string }).message?.replace(/^.*at the cluster scope|^.*in the namespace "kube-system"/, '...');
  });

  it('decide together who may do what', () => {
    expect(reasons({})).toEqual(['...', '...']);
    expect(reasons({ 'anonymous-auth': 'false' })).toEqual(['...', 'Unauthorized']);
    expect(reasons({ 'authorization-mode': 'RBAC,AlwaysAllow' })).toEqual(['OK', 'Unauthorized']);
    expect(reasons({ 'authorization-mode': 'RBAC,AlwaysDeny' })).toEqual(['...: Everything is forbidden.', '...: Everything is forbidden.']);
  });

  it('are heard by reviews', () => {
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec: { user: 'bob', resourceAttributes: { verb: 'create', resource: 'pods', namespace: 'x' } } };
    const gvr = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };
    const statusWith = (mode: string): unknown => (newWorld({ 'authorization-mode': mode }).ask(createRequest(gvr, review, '')).body as { readonly status?: unknown }).status;
    expect(['AlwaysAllow', 'RBAC', 'AlwaysDeny'].map(statusWith)).toEqual([{ allowed: true }, { allowed: false }, { allowed: false, reason: 'Everything is forbidden.' }]);
  });

  it('refuse what is no mode', () => {
    expect(() => withFlags(DEFAULT_CONFIG, { flags: { 'authorization-mode': 'RBAC,Magic' } })).toThrow('authorization-mode "Magic" is not a valid mode');
    expect(() => withFlags(DEFAULT_CONFIG, { flags: { 'anonymous-auth': 'maybe' } })).toThrow('invalid argument "maybe" for "--anonymous-auth" flag');
  });
});
