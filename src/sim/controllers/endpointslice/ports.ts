// Ports of endpoints: which a service has on a pod, and the order in which the real controllers keep them.
import type { DiscoveryEndpointPort, EndpointPort, Pod, Service, ServicePort } from '../../api/generated/types.ts';

const FNV_OFFSET = 0x6c62272e07bb014262b821756295c58dn;
const FNV_PRIME = 0x0000000001000000000000000000013bn;
const MASK = (1n << 128n) - 1n;

/** FNV-1a, 128 bits, of ASCII text. */
export function fnv128a(text: string): bigint {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) hash = ((hash ^ BigInt(text.charCodeAt(i) & 0xff)) * FNV_PRIME) & MASK;
  return hash;
}

function sortByHash<T>(ports: readonly T[], dump: (port: T) => string): readonly T[] {
  if (ports.length < 2) return ports;
  const hashed = ports.map((port) => ({ port, hash: fnv128a(dump(port)) }));
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0)).map(({ port }) => port);
}

const pointer = (type: string, value: string | number | undefined): string => `(*${type})${value ?? '<nil>'}`;

/** Ports of an EndpointSlice are ordered by the hash of Go's dump of them (portsInOrder). */
export function orderSlicePorts(ports: readonly DiscoveryEndpointPort[]): readonly DiscoveryEndpointPort[] {
  return sortByHash(ports, ({ name, protocol, port, appProtocol }) =>
    `(v1.EndpointPort){Name:${pointer('string', name)} Protocol:${pointer('v1.Protocol', protocol)} Port:${pointer('int32', port)} AppProtocol:${pointer('string', appProtocol)}}`);
}

/** The same for Endpoints, whose port type has other fields (portsByHash). */
export function orderSubsetPorts(ports: readonly EndpointPort[]): readonly EndpointPort[] {
  return sortByHash(ports, ({ name = '', protocol = '', port, appProtocol }) =>
    `(v1.EndpointPort){Name:(string)${name} Port:(int32)${port} Protocol:(v1.Protocol)${protocol} AppProtocol:${pointer('string', appProtocol)}}`);
}

/** The number behind a service's targetPort on this pod; undefined if no container has a port of that name and protocol. */
export function findPort(pod: Pod, { targetPort, port, protocol }: ServicePort): number | undefined {
  if (targetPort === undefined) return port;
  if (typeof targetPort === 'number') return targetPort;
  const sidecars = pod.spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? [];
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const found = container.ports?.find((candidate) => candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

/** One set of ports and a text that is equal for equal sets. */
export interface PortSet { readonly ports: readonly DiscoveryEndpointPort[]; readonly key: string }

const NONE: PortSet = { ports: [], key: '[]' };
const ofService = new WeakMap<Service, PortSet>();

export function portSet(ports: readonly DiscoveryEndpointPort[]): PortSet {
  const ordered = orderSlicePorts(ports);
  return { ports: ordered, key: JSON.stringify(ordered.map(({ name, protocol, port, appProtocol }) => [name, protocol, port, appProtocol])) };
}

/** The ports that a service has on a pod. They depend on the pod only where the service names ports by name. */
export function servicePorts(service: Service, pod: Pod): PortSet {
  const { ports = [] } = service.spec ?? {};
  if (ports.length === 0) return NONE;
  const known = ofService.get(service);
  if (known) return known;
  const found: DiscoveryEndpointPort[] = [];
  for (const entry of ports) {
    const port = findPort(pod, entry);
    if (port !== undefined) found.push({ name: entry.name ?? '', port, protocol: entry.protocol, ...(entry.appProtocol === undefined ? {} : { appProtocol: entry.appProtocol }) });
  }
  const set = portSet(found);
  if (ports.every(({ targetPort }) => typeof targetPort === 'number')) ofService.set(service, set);
  return set;
}
