import { describe, expect, it } from 'vitest';
import type { Endpoint, EndpointSlice, Node, Service } from '../../api/generated/types.ts';
import { Informer } from '../../client/informer.ts';
import { NO_HINTS, isOverloaded, sharesOf, withHints } from './hints.ts';
import type { Hinted, ServiceHints } from './hints.ts';

interface NodeSpec { readonly zone?: string; readonly cpu: string; readonly ready?: boolean; readonly labels?: Readonly<Record<string, string>> }

function nodes(specs: readonly NodeSpec[]): Informer {
  const informer = new Informer({ name: 'nodes', gvr: { group: '', version: 'v1', resource: 'nodes' } });
  specs.forEach(({ zone, cpu, ready = true, labels }, at) => {
    const node: Node = {
      apiVersion: 'v1', kind: 'Node', metadata: { name: `n${at}`, labels: { ...(zone !== undefined && { 'topology.kubernetes.io/zone': zone }), ...labels } },
      status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
    };
    informer.put(node);
  });
  return informer;
}

const service = (mode?: string, trafficDistribution?: Service['spec']): Service => ({
  apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'x', ...(mode !== undefined && { annotations: { 'service.kubernetes.io/topology-mode': mode } }) }, spec: { ...trafficDistribution },
});
const endpoint = (zone: string | undefined, ready = true, forZone?: string): Endpoint => ({
  addresses: ['10.0.0.1'], conditions: { ready }, nodeName: 'n0', ...(zone !== undefined && { zone }), ...(forZone !== undefined && { hints: { forZones: [{ name: forZone }] } }),
});
const slice = (name: string, endpoints: readonly Endpoint[]): EndpointSlice => ({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name, namespace: 'x' }, addressType: 'IPv4', endpoints, ports: [] });
const zonesOf = (slices: readonly EndpointSlice[]): readonly string[] => slices.map(({ endpoints = [] }) => endpoints.map(({ hints }) => hints?.forZones?.map(({ name }) => name).join('+') ?? '-').join(' '));

describe('hints of spec.trafficDistribution', () => {
  const given = (trafficDistribution: 'PreferClose' | 'PreferSameNode' | 'PreferSameZone', endpoints: readonly Endpoint[]): Hinted =>
    withHints(service(undefined, { trafficDistribution }), 'IPv4', { create: [slice('s', endpoints)], update: [], unchanged: [] }, NO_HINTS, nodes([]));

  it.each([
    ['PreferClose', [{ forZones: [{ name: 'za' }] }, undefined, undefined]],
    ['PreferSameZone', [{ forZones: [{ name: 'za' }] }, undefined, undefined]],
    ['PreferSameNode', [{ forNodes: [{ name: 'n0' }], forZones: [{ name: 'za' }] }, { forNodes: [{ name: 'n0' }] }, undefined]],
  ] as const)('%s: only ready endpoints have them, and nodes need no zone', (distribution, hints) => {
    const { create } = given(distribution, [endpoint('za'), endpoint(undefined), endpoint('za', false)]);
    expect(create[0]?.endpoints?.map((each) => each.hints)).toEqual(hints);
  });

  it('leaves an unready endpoint as it is, and rewrites slices with wrong hints alone', () => {
    const right = slice('right', [endpoint('za', true, 'za'), endpoint('za', false, 'zb')]);
    const wrong = slice('wrong', [endpoint('za', true, 'zb')]);
    const { update } = withHints(service(undefined, { trafficDistribution: 'PreferSameZone' }), 'IPv4', { create: [], update: [], unchanged: [right, wrong] }, NO_HINTS, nodes([]));
    expect(update.map(({ metadata }) => metadata.name)).toEqual(['wrong']);
    expect(zonesOf(update)).toEqual(['za']);
  });
});

describe('hints of topology-mode Auto', () => {
  const three: readonly NodeSpec[] = [{ zone: 'za', cpu: '4' }, { zone: 'zb', cpu: '4' }, { zone: 'zc', cpu: '4' }];
  const auto = (endpoints: readonly Endpoint[], specs: readonly NodeSpec[], before: ServiceHints = NO_HINTS): Hinted =>
    withHints(service('Auto'), 'IPv4', { create: [slice('s', endpoints)], update: [], unchanged: [] }, before, nodes(specs));

  it.each<readonly [string, readonly NodeSpec[], readonly string[], string]>([
    ['as many endpoints as processors everywhere', three, ['za', 'zb', 'zc'], 'za zb zc'],
    ['a zone without endpoints gets some of the others', three, ['za', 'za', 'za', 'zb', 'zb', 'zb'], 'zc za za zc zb zb'],
    ['a larger zone gets more', [{ zone: 'za', cpu: '6' }, { zone: 'zb', cpu: '2' }], ['za', 'za', 'zb', 'zb'], 'za za za zb'],
    ['half an endpoint too many stays', [{ zone: 'za', cpu: '1' }, { zone: 'zb', cpu: '1' }], ['za', 'za', 'za', 'za', 'zb', 'zb', 'zb'], 'za za za za zb zb zb'],
  ])('%s', (_name, specs, zones, wanted) => {
    const { create, events, hints } = auto(zones.map((zone) => endpoint(zone)), specs);
    expect(zonesOf(create)).toEqual([wanted]);
    expect(events).toEqual([{ type: 'Normal', reason: 'TopologyAwareHintsEnabled', message: 'Topology Aware Hints has been enabled, addressType: IPv4' }]);
    expect(hints.populated).toBe(true);
  });

  it.each<readonly [string, readonly NodeSpec[], readonly Endpoint[]]>([
    ['Insufficient Node information: allocatable CPU or zone not specified on one or more nodes', [...three, { cpu: '1' }], [endpoint('za'), endpoint('zb'), endpoint('zc')]],
    ['Insufficient Node information: allocatable CPU or zone not specified on one or more nodes', [{ zone: 'za', cpu: '4' }, { zone: 'zb', cpu: '4', ready: false }], [endpoint('za'), endpoint('za')]],
    ['Insufficient number of endpoints (2 endpoints, 3 zones)', three, [endpoint('za'), endpoint('zb'), endpoint('zc', false)]],
    ['Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (4 endpoints, 3 zones)', [{ zone: 'za', cpu: '10' }, { zone: 'zb', cpu: '1' }, { zone: 'zc', cpu: '1' }], ['za', 'za', 'zb', 'zc'].map((zone) => endpoint(zone))],
    ['One or more endpoints do not have a zone specified', three, [endpoint('za'), endpoint('zb'), endpoint(undefined)]],
  ])('says why there are none: %s', (why, specs, endpoints) => {
    const { create, events, hints } = auto(endpoints, specs);
    expect(zonesOf(create)).toEqual([endpoints.map(() => '-').join(' ')]);
    expect(events).toEqual([{ type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: `${why}, addressType: IPv4` }]);
    expect(hints).toEqual(NO_HINTS);
  });

  it('does not count control plane nodes', () => {
    expect(sharesOf(nodes([{ cpu: '8', labels: { 'node-role.kubernetes.io/control-plane': '' } }, { zone: 'za', cpu: '1' }, { zone: 'zb', cpu: '3' }]))).toEqual(new Map([['za', 0.25], ['zb', 0.75]]));
  });

  it('keeps slices whose hints still do, and gives up when the annotation goes', () => {
    const kept = slice('kept', [endpoint('za', true, 'za'), endpoint('zb', true, 'zb')]);
    const before: ServiceHints = { populated: true, families: new Map([['IPv4', new Map([['za', 1], ['zb', 1]])]]) };
    const informer = nodes([{ zone: 'za', cpu: '1' }, { zone: 'zb', cpu: '1' }]);
    const still = withHints(service('auto'), 'IPv4', { create: [], update: [], unchanged: [kept] }, before, informer);
    expect(still).toMatchObject({ create: [], update: [], events: [] });
    const gone = withHints(service(), 'IPv4', { create: [], update: [], unchanged: [kept] }, before, informer);
    expect(zonesOf(gone.update)).toEqual(['- -']);
    expect(gone.events.map(({ message }) => message)).toEqual(['Topology Aware Hints has been disabled, addressType: IPv4']);
    expect(gone.hints.populated).toBe(false);
  });

  it.each([
    [{ za: 5, zb: 5 }, { za: 0.5, zb: 0.5 }, false], [{ za: 8, zb: 2 }, { za: 0.5, zb: 0.5 }, true], [{ za: 6, zb: 4 }, { za: 0.5, zb: 0.5 }, true],
    [{ za: 6, zb: 5 }, { za: 0.5, zb: 0.5 }, false], [{ za: 5 }, { za: 0.9, zb: 0.1 }, true], [{ za: 5 }, undefined, true], [{}, undefined, false],
  ])('knows when %o no longer suits %o', (given, shares, overloaded) => {
    const hints: ServiceHints = { populated: true, families: new Map([['IPv4', new Map(Object.entries(given))]]) };
    expect(isOverloaded(hints, shares && new Map(Object.entries(shares)))).toBe(overloaded);
  });
});
