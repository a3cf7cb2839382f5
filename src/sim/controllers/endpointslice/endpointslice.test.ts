import { describe, expect, it } from 'vitest';
import type { Endpoints, EndpointSlice, Node, Pod, Service } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { endpointsController } from '../endpoints/index.ts';
import { truncate } from '../endpoints/subsets.ts';
import { TestKit } from '../testkit.ts';
import { endpointSliceController } from './index.ts';
import { fnv128a, orderSlicePorts, orderSubsetPorts } from './ports.ts';

const S = 1_000_000;
const namespace = (object: ApiObject): readonly string[] => [object.metadata.namespace ?? ''];
const indexers = {
  pods: { namespace }, services: { namespace },
  endpointslices: { service: ({ metadata }: ApiObject) => [`${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`] },
};
const options = { 'endpointslice-updates-batch-period': 0, 'endpoint-updates-batch-period': 0, 'max-endpoints-per-slice': 100 };
type Kit = TestKit<unknown, unknown>;

function kit(): Kit {
  const k = new TestKit<unknown, unknown>(endpointSliceController as never, options, indexers);
  for (const [name, zone] of [['n1', 'za'], ['n2', 'zb']] as const) k.put<Node>('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } } });
  return k;
}

const service = (spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'x', uid: 'svc', creationTimestamp: '2026-01-01T00:00:00Z', labels: { team: 'a' } },
  spec: { clusterIP: '10.96.0.9', ipFamilies: ['IPv4'], ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }], selector: { app: 'web' }, ...spec },
});

function pod(i: number, ready: boolean, extra: { readonly deleting?: boolean; readonly phase?: string; readonly node?: string } = {}): Pod {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name: `p${i}`, namespace: 'x', uid: `u${i}`, labels: { app: 'web' }, ...(extra.deleting ? { deletionTimestamp: '2026-01-01T00:01:00Z' } : {}) },
    spec: { containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 9090, protocol: 'TCP' }] }], nodeName: extra.node ?? 'n1' },
    status: { phase: extra.phase ?? 'Running', podIP: `10.0.0.${i}`, podIPs: [{ ip: `10.0.0.${i}` }], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:30Z' }] } as Pod['status'],
  };
}

/** The slices in the store. The kit does not count generations: every write gets one more, as the API server would do. */
function slices(k: Kit): readonly EndpointSlice[] {
  return k.all<EndpointSlice>('endpointslices');
}
const states = (slice: EndpointSlice | undefined): readonly string[] => (slice?.endpoints ?? []).map(({ conditions }) => `${conditions?.ready} ${conditions?.serving} ${conditions?.terminating}`);

describe('endpointslice controller', () => {
  it('begins with an empty slice, fills that very one and empties it again', () => {
    const k = kit();
    k.put('services', service());
    k.run();
    expect(slices(k)).toMatchObject([{ endpoints: [], ports: [], metadata: { labels: { team: 'a', 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' } } }]);
    const [empty] = slices(k);
    k.put('pods', pod(1, true));
    k.run(10 * S);
    expect(slices(k)).toMatchObject([{
      metadata: { name: empty?.metadata.name, annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:30Z' } },
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'n1', zone: 'za', targetRef: { kind: 'Pod', name: 'p1', uid: 'u1' }, conditions: { ready: true, serving: true, terminating: false } }],
    }]);
    k.remove('pods', 'x/p1');
    k.run(20 * S);
    expect(slices(k)).toMatchObject([{ metadata: { name: empty?.metadata.name }, endpoints: [], ports: [] }]);
  });

  it('tells ready, serving and terminating apart, and publishes what is not ready if asked', () => {
    const k = kit();
    k.put('pods', pod(1, true));
    k.put('pods', pod(2, false));
    k.put('pods', pod(3, true, { deleting: true }));
    k.put('pods', pod(4, true, { phase: 'Succeeded' }));
    k.put('services', service());
    k.run();
    expect(states(slices(k)[0]).toSorted()).toEqual(['false false false', 'false true true', 'true true false']);
    k.put('services', service({ publishNotReadyAddresses: true }));
    k.run(10 * S);
    expect(states(slices(k)[0]).toSorted()).toEqual(['true false false', 'true true false', 'true true true']);
  });

  it('cuts at 100, fills up before it adds, and drops a slice that becomes empty', () => {
    const k = kit();
    for (let i = 1; i <= 120; i++) k.put('pods', pod(i, true));
    k.put('services', service());
    k.run();
    expect(slices(k).map((slice) => slice.endpoints?.length)).toEqual([100, 20]);
    const second = slices(k)[1]?.endpoints?.map(({ targetRef }) => targetRef?.name) ?? [];
    for (const name of second) k.remove('pods', `x/${name}`);
    k.run(60 * S);
    expect(slices(k).map((slice) => slice.endpoints?.length)).toEqual([100]);
  });

  it('groups pods by the numbers that port names have on them', () => {
    const k = kit();
    k.put('pods', pod(1, true));
    k.put('services', service({ ports: [{ name: 'web', port: 80, targetPort: 'http', protocol: 'TCP' }, { name: 'none', port: 81, targetPort: 'absent', protocol: 'TCP' }] }));
    k.run();
    expect(slices(k)[0]?.ports).toEqual([{ name: 'web', port: 9090, protocol: 'TCP' }]);
  });

  it('gives hints for trafficDistribution', () => {
    const k = kit();
    k.put('pods', pod(1, true));
    k.put('services', service({ trafficDistribution: 'PreferSameZone' }));
    k.run();
    expect(slices(k)[0]?.endpoints?.[0]?.hints).toEqual({ forZones: [{ name: 'za' }] });
    k.put('services', service());
    k.run(10 * S);
    expect(slices(k)[0]?.endpoints?.[0]?.hints).toBeUndefined();
  });

  it('leaves services without selector and of type ExternalName alone', () => {
    const k = kit();
    k.put('services', service({ selector: undefined }));
    k.put('services', { ...service({ type: 'ExternalName' }), metadata: { name: 'other', namespace: 'x' } });
    k.run();
    expect(k.log).toEqual([]);
  });

  it('reports a pod on a node that does not exist', () => {
    const k = kit();
    k.put('pods', pod(1, true, { node: 'gone' }));
    k.put('services', service());
    k.run();
    expect(k.events[0]?.message).toBe('Error updating Endpoint Slices for Service x/web: skipping Pod p1 for Service x/web: Node gone Not Found');
  });
});

describe('the work of a sync', () => {
  it('takes time by the number of pods, so that changes of a large service come together', () => {
    const k = kit();
    for (let i = 1; i <= 150; i++) k.put('pods', pod(i, true));
    k.put('services', service());
    const effortUs = (): number | undefined => endpointSliceController.effortUs?.('x/web', k.state as never, k.scope);
    expect(effortUs()).toBe(0);
    k.run();
    expect(effortUs()).toBe(3000);
  });
});

describe('order of ports', () => {
  const dns = { name: 'dns', port: 53, protocol: 'UDP' } as const;
  const http = { name: 'http', port: 8080, protocol: 'TCP' } as const;
  const metrics = { name: 'metrics', port: 9100, protocol: 'TCP' } as const;

  it('is that of the real controllers', () => {
    expect(orderSlicePorts([metrics, dns, http])).toEqual([http, dns, metrics]);
    expect(orderSubsetPorts([metrics, dns, http])).toEqual([http, metrics, dns]);
  });

  it('hashes as FNV-1a does', () => {
    expect(fnv128a('').toString(16)).toBe('6c62272e07bb014262b821756295c58d');
    expect(fnv128a('a').toString(16)).toBe('d228cb696f1a8caf78912b704e4a8964');
  });
});

describe('endpoints controller', () => {
  const endpointsKit = (): Kit => new TestKit<unknown, unknown>(endpointsController as never, options, indexers);
  const endpoints = (k: Kit): Endpoints | undefined => k.get<Endpoints>('endpoints', 'x/web');

  it('keeps ready and not ready addresses, and forgets terminating pods', () => {
    const k = endpointsKit();
    k.put('services', service());
    k.run();
    expect(endpoints(k)).toMatchObject({ metadata: { labels: { team: 'a', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } } });
    expect(endpoints(k)?.subsets).toBeUndefined();
    k.put('pods', pod(1, true));
    k.put('pods', pod(2, false));
    k.put('pods', pod(3, true, { deleting: true }));
    k.run(S);
    expect(endpoints(k)?.subsets).toMatchObject([{ addresses: [{ ip: '10.0.0.1', nodeName: 'n1' }], notReadyAddresses: [{ ip: '10.0.0.2' }], ports: [{ port: 8080, protocol: 'TCP' }] }]);
    k.remove('services', 'x/web');
    k.run(2 * S);
    expect(endpoints(k)).toBeUndefined();
  });

  it('marks what does not fit', () => {
    const k = endpointsKit();
    for (let i = 1; i <= 1001; i++) k.put('pods', pod(i, true));
    k.put('services', service());
    k.run(S);
    expect(endpoints(k)?.metadata.annotations).toMatchObject({ 'endpoints.kubernetes.io/over-capacity': 'truncated' });
    expect(endpoints(k)?.subsets?.[0]?.addresses?.length).toBe(1000);
  });

  it.each([
    [[900, 300], [0, 50], [750, 250], [0, 0]],
    [[400, 200], [300, 300], [400, 200], [200, 200]],
    [[999, 0], [0, 4], [999, 0], [0, 1]],
  ])('cuts subsets in proportion: %o ready, %o not', (ready, notReady, keptReady, keptNotReady) => {
    const list = (count: number): readonly { readonly ip: string }[] => Array.from({ length: count }, (_, at) => ({ ip: `10.1.${at >> 8}.${at & 255}` }));
    const cut = truncate(ready.map((count, at) => ({ addresses: list(count), notReadyAddresses: list(notReady[at] ?? 0) })));
    expect(cut.map(({ addresses = [] }) => addresses.length)).toEqual(keptReady);
    expect(cut.map(({ notReadyAddresses = [] }) => notReadyAddresses.length)).toEqual(keptNotReady);
  });

  it('takes over Endpoints that do not bear its mark', () => {
    const k = endpointsKit();
    k.put('endpoints', { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web', namespace: 'x', labels: { team: 'a' } } });
    k.put('services', service());
    k.run(S);
    expect(endpoints(k)?.metadata.labels).toEqual({ team: 'a', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' });
  });
});
