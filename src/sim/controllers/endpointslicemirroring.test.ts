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
});
