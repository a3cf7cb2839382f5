// The subsets of an Endpoints object in their canonical form (models pkg/api/v1/endpoints RepackSubsets).
import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from '../../api/generated/types.ts';
import { findPort, orderSubsetPorts } from '../endpointslice/ports.ts';
import { isReady, isTerminal } from '../pods.ts';

/** An Endpoints object holds no more addresses than this. */
export const MAX_ADDRESSES = 1000;

interface Entry { readonly address: EndpointAddress; readonly ready: boolean }

function addressOf(pod: Pod, service: Service): EndpointAddress | undefined {
  const ipv6 = service.spec?.ipFamilies?.[0] === 'IPv6';
  const ip = pod.status?.podIPs?.find((entry) => (entry.ip ?? '').includes(':') === ipv6)?.ip;
  if (!ip) return undefined;
  const { hostname = '', subdomain = '', nodeName } = pod.spec ?? {};
  const { namespace, name, uid } = pod.metadata;
  return {
    ip, ...(hostname !== '' && subdomain === service.metadata.name ? { hostname } : {}), ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const entry of service.spec?.ports ?? []) {
    const port = findPort(pod, entry);
    if (port === undefined) continue;
    const { name = '', protocol, appProtocol } = entry;
    ports.push({ ...(name === '' ? {} : { name }), port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) });
  }
  return ports;
}

const keyOfPort = ({ name, port, protocol, appProtocol }: EndpointPort): string => JSON.stringify([name, port, protocol, appProtocol]);

/** The subsets that a service's pods make: addresses grouped by the ports that all of them have. */
export function subsetsOf(service: Service, pods: Iterable<Pod>): readonly EndpointSubset[] {
  const { publishNotReadyAddresses: publish = false, ports = [], clusterIP } = service.spec ?? {};
  if (ports.length === 0 && clusterIP !== 'None') return [];
  const byPort = new Map<string, { readonly port: EndpointPort | undefined; readonly entries: Map<string, Entry> }>();
  for (const pod of pods) {
    if (isTerminal(pod) || (pod.metadata.deletionTimestamp !== undefined && !publish)) continue;
    const address = addressOf(pod, service);
    if (!address) continue;
    const key = `${address.ip} ${pod.metadata.uid}`;
    const entry: Entry = { address, ready: publish || isReady(pod) };
    // A headless service may have no ports: then there is one group without.
    for (const port of ports.length === 0 ? [undefined] : portsOf(service, pod)) {
      const name = port ? keyOfPort(port) : '';
      let group = byPort.get(name);
      if (!group) byPort.set(name, group = { port, entries: new Map() });
      group.entries.set(key, entry);
    }
  }
  return repack([...byPort.values()]);
}

/** Subsets that somebody wrote, in canonical form: an address that is not ready in one of them is not ready. */
export function repackSubsets(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const byPort = new Map<string, { readonly port: EndpointPort | undefined; readonly entries: Map<string, Entry> }>();
  const known = new Map<string, EndpointAddress>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    for (const port of ports.length === 0 ? [undefined] : ports) {
      const name = port ? keyOfPort(port) : '';
      let group = byPort.get(name);
      if (!group) byPort.set(name, group = { port, entries: new Map() });
      for (const [list, ready] of [[addresses, true], [notReadyAddresses, false]] as const) {
        for (const each of list) {
          const key = `${each.ip} ${each.targetRef?.uid ?? ''}`;
          const address = known.get(key) ?? each;
          known.set(key, address);
          if (group.entries.get(key)?.ready !== false) group.entries.set(key, { address, ready });
        }
      }
    }
  }
  return repack([...byPort.values()]);
}

function repack(groups: readonly { readonly port: EndpointPort | undefined; readonly entries: ReadonlyMap<string, Entry> }[]): readonly EndpointSubset[] {
  const byAddresses = new Map<string, { readonly ports: EndpointPort[]; readonly entries: readonly Entry[] }>();
  for (const { port, entries } of groups) {
    const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    const key = groups.length === 1 ? '' : sorted.map(([name, { ready }]) => `${name} ${ready}`).join('\n');
    const found = byAddresses.get(key);
    if (!found) byAddresses.set(key, { ports: port ? [port] : [], entries: sorted.map(([, entry]) => entry) });
    else if (port) found.ports.push(port);
  }
  return [...byAddresses.values()].map(({ ports, entries }) => {
    const ready = entries.filter((entry) => entry.ready).map(({ address }) => address);
    const notReady = entries.filter((entry) => !entry.ready).map(({ address }) => address);
    return {
      ...(ready.length > 0 ? { addresses: ready } : {}), ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(ports.length > 0 ? { ports: orderSubsetPorts(ports) } : {}),
    };
  });
}

/** At most MAX_ADDRESSES, ready ones first, of each subset in proportion to its size; the same subsets if they fit (truncateEndpoints). */
export function truncate(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const ready = subsets.reduce((sum, { addresses = [] }) => sum + addresses.length, 0);
  const notReady = subsets.reduce((sum, { notReadyAddresses = [] }) => sum + notReadyAddresses.length, 0);
  if (ready + notReady <= MAX_ADDRESSES) return subsets;
  const room = ready > MAX_ADDRESSES ? MAX_ADDRESSES : MAX_ADDRESSES - ready;
  const total = ready > MAX_ADDRESSES ? ready : notReady;
  let left = room;
  const take = (addresses: readonly EndpointAddress[] = []): readonly EndpointAddress[] => {
    const taken = addresses.slice(0, Math.min(left, Math.ceil((addresses.length / total) * room)));
    left -= taken.length;
    return taken;
  };
  return subsets.map(({ addresses = [], notReadyAddresses = [], ports }) => {
    const kept = ready > MAX_ADDRESSES ? { addresses: take(addresses), notReadyAddresses: [] } : { addresses, notReadyAddresses: take(notReadyAddresses) };
    return { ...(kept.addresses.length > 0 && { addresses: kept.addresses }), ...(kept.notReadyAddresses.length > 0 && { notReadyAddresses: kept.notReadyAddresses }), ...(ports && { ports }) };
  });
}

const sameAddress = (a: EndpointAddress, b: EndpointAddress): boolean =>
  a.ip === b.ip && a.hostname === b.hostname && a.nodeName === b.nodeName && a.targetRef?.uid === b.targetRef?.uid && a.targetRef?.name === b.targetRef?.name;

function sameList<T>(a: readonly T[] = [], b: readonly T[] = [], same: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((item, i) => same(item, b[i] as T));
}

/** Equal but for the resourceVersions of the pods that they refer to. */
export function sameSubsets(a: readonly EndpointSubset[] | undefined, b: readonly EndpointSubset[]): boolean {
  return sameList(a, b, (x, y) => sameList(x.addresses, y.addresses, sameAddress) && sameList(x.notReadyAddresses, y.notReadyAddresses, sameAddress)
    && sameList(x.ports, y.ports, (p, q) => keyOfPort(p) === keyOfPort(q)));
}
