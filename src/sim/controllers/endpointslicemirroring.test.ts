import { describe, expect, it } from 'vitest';
import type { Endpoints, EndpointSlice, Service } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { endpointSliceMirroringController } from './endpointslicemirroring.ts';
import { TestKit } from './testkit.ts';

const indexers = { endpointslices: { service: ({ metadata }: ApiObject) => [`${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`] } };
const options = { 'mirroring-endpointslice-updates-batch-period': 0, 'mirroring-max-endpoints-per-subset': 2 };
type Kit = TestKit<unknown, unknown>;
const newKit = (): Kit => new TestKit<unknown, unknown>(endpointSliceMirroringController as never, options, indexers);
const service = (selector?: Readonly<Record<string, string>>): Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'ext', namespace: 'x' }, spec: { ports: [{ port: 80 }], ...(selector ? { selector } : {}) } });
const endpoints = (...ips: readonly string[]): Endpoints => ({
  apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'ext', namespace: 'x', uid: 'e' }, subsets: [{ addresses: ips.map((ip) => ({ ip })), ports: [{ port: 8080, protocol: 'TCP' }] }],
});
const slices = (k: Kit): readonly EndpointSlice[] => k.all<EndpointSlice>('endpointslices');

describe('endpointslice mirroring controller', () => {
  it('copies, follows and deletes', () => {
    const k = newKit();
    k.put('services', service());
    k.put('endpoints', endpoints('10.1.2.3', '10.1.2.4'));
    k.run();
    expect(slices(k)).toMatchObject([{
      metadata: { labels: { 'kubernetes.io/service-name': 'ext', 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' }, ownerReferences: [{ kind: 'Endpoints', uid: 'e' }] },
      addressType: 'IPv4', endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }, { addresses: ['10.1.2.4'] }], ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    }]);
    k.put('endpoints', endpoints('10.1.2.3'));
    k.run();
    expect(slices(k).map((slice) => slice.endpoints?.length)).toEqual([1]);
    k.remove('endpoints', 'x/ext');
    k.run();
    expect(slices(k)).toEqual([]);
  });

  it('cuts large subsets and says so', () => {
    const k = newKit();
    k.put('services', service());
    k.put('endpoints', endpoints('10.0.0.1', '10.0.0.2', '10.0.0.3'));
    k.run();
    expect(slices(k)[0]?.endpoints?.length).toBe(2);
    expect(k.events[0]?.message).toBe('A max of 2 addresses can be mirrored to EndpointSlices per Endpoints subset. 1 addresses were skipped');
  });

  it('leaves services with a selector to others', () => {
    const k = newKit();
    k.put('services', service({ app: 'web' }));
    k.put('endpoints', endpoints('10.0.0.1'));
    k.run();
    expect(k.log).toEqual([]);
  });

  const ofPort = (port: number, ips: readonly string[], notReady: readonly string[] = []) =>
    ({ addresses: ips.map((ip) => ({ ip })), notReadyAddresses: notReady.map((ip) => ({ ip })), ports: [{ port, protocol: 'TCP' as const }] });
  const withSubsets = (...subsets: readonly ReturnType<typeof ofPort>[]): Endpoints => ({ ...endpoints(), subsets });
  const content = (k: Kit) => slices(k).map(({ addressType, endpoints: all = [], ports = [] }) =>
    `${addressType} ${ports.map(({ port }) => port).join()}: ${all.map(({ addresses, conditions }) => `${addresses[0]}${conditions?.ready === true ? '' : '!'}`).toSorted().join(' ')}`).toSorted();
  const started = (first: Endpoints): Kit => {
    const k = newKit();
    k.put('services', service());
    k.put('endpoints', first);
    k.run();
    return k;
  };

  it.each([
    ['subsets of one port are one slice', [ofPort(80, ['10.0.0.1']), ofPort(80, ['10.0.0.2'])], ['IPv4 80: 10.0.0.1 10.0.0.2']],
    ['an address is ready only where it is ready everywhere', [ofPort(80, ['10.0.0.1']), ofPort(80, [], ['10.0.0.1'])], ['IPv4 80: 10.0.0.1!']],
    ['ports of the same addresses share a slice', [ofPort(80, ['10.0.0.1']), ofPort(81, ['10.0.0.1'])], ['IPv4 80,81: 10.0.0.1']],
    ['families are apart', [ofPort(80, ['10.0.0.1', 'fd00::1'])], ['IPv4 80: 10.0.0.1', 'IPv6 80: fd00::1']],
  ])('%s', (_name, subsets, expected) => {
    const sorted = (text: string): string => text.replace(/ [\d,]+:/, (ports) => ` ${ports.slice(1, -1).split(',').toSorted().join()}:`);
    expect(content(started(withSubsets(...subsets))).map(sorted)).toEqual(expected);
  });

  it('uses a slice again for other ports of its family, not of the other one', () => {
    const k = started(withSubsets(ofPort(80, ['10.0.0.1'])));
    const name = slices(k)[0]?.metadata.name;
    k.put('endpoints', withSubsets(ofPort(81, ['10.0.0.1'])));
    k.run();
    expect(content(k)).toEqual(['IPv4 81: 10.0.0.1']);
    expect(slices(k)[0]?.metadata.name).toBe(name);
    k.put('endpoints', withSubsets(ofPort(81, ['fd00::1'])));
    k.run();
    expect(content(k)).toEqual(['IPv6 81: fd00::1']);
    expect(slices(k)[0]?.metadata.name).not.toBe(name);
  });

  it('gives slices to the Endpoints that took the place of their owner', () => {
    const k = started(endpoints('10.0.0.1'));
    const again = endpoints('10.0.0.1');
    k.put('endpoints', { ...again, metadata: { ...again.metadata, uid: 'f' } });
    k.run();
    expect(slices(k).map(({ metadata }) => metadata.ownerReferences?.map(({ uid }) => uid))).toEqual([['f']]);
  });

  it('makes no slices of Endpoints that are going', () => {
    const going = endpoints('10.0.0.1');
    const k = started({ ...going, metadata: { ...going.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example/hold'] } });
    expect(slices(k)).toEqual([]);
  });
});
