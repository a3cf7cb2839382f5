// From a service and its pods to slices: what to create, update and delete so that they hold just the right endpoints,
// with as few writes as possible (models endpointslice/reconciler.go).
import type { Endpoint, EndpointSlice, Node, Pod, Service } from '../../api/generated/types.ts';
import type { Informer } from '../../client/informer.ts';
import { controllerRef } from '../owners.ts';
import { isReady, isTerminal } from '../pods.ts';
import { withHints } from './hints.ts';
import type { HintEvent, ServiceHints } from './hints.ts';
import { portSet, servicePorts } from './ports.ts';
import type { PortSet } from './ports.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const ZONE = 'topology.kubernetes.io/zone';
const RESERVED = new Set([SERVICE_NAME, MANAGED_BY, HEADLESS]);

type AddressType = 'IPv4' | 'IPv6';
type Labels = Readonly<Record<string, string>>;

export interface Changes {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
  /** What could not be done; the rest is done all the same. */
  readonly problems: readonly string[];
  readonly events: readonly HintEvent[];
  readonly hints: ServiceHints;
}

export interface Input {
  readonly service: Service;
  readonly pods: readonly Pod[];
  readonly existing: readonly EndpointSlice[];
  readonly nodes: Informer;
  /** --max-endpoints-per-slice */
  readonly limit: number;
  readonly hints: ServiceHints;
}

export function reconcileSlices(input: Input): Changes {
  const { service, existing } = input;
  const families = addressTypes(service);
  let { hints } = input;
  const parts = families.map((family) => {
    const part = reconcileFamily({ ...input, hints }, family, existing.filter(({ addressType }) => addressType === family));
    ({ hints } = part);
    return part;
  });
  const foreign = existing.filter(({ addressType }) => !families.some((family) => family === addressType));
  return {
    create: parts.flatMap((part) => part.create), update: parts.flatMap((part) => part.update),
    remove: [...parts.flatMap((part) => part.remove), ...foreign], problems: parts.flatMap((part) => part.problems),
    events: parts.flatMap((part) => part.events), hints,
  };
}

function addressTypes({ spec = {} }: Service): readonly AddressType[] {
  const families = (spec.ipFamilies ?? []).filter((family) => family === 'IPv4' || family === 'IPv6');
  if (families.length > 0) return families;
  const { clusterIP = '' } = spec;
  if (clusterIP === '' || clusterIP === 'None') return ['IPv4', 'IPv6'];
  return clusterIP.includes(':') ? ['IPv6'] : ['IPv4'];
}

/** All that a service wants for one set of ports. */
interface Wanted { readonly ports: PortSet; readonly endpoints: Map<string, Endpoint> }

function reconcileFamily(input: Input, family: AddressType, existing: readonly EndpointSlice[]): Changes {
  const { service } = input;
  const owned = existing.filter((slice) => slice.metadata.ownerReferences?.some(({ uid, kind, apiVersion }) => uid === service.metadata.uid && kind === 'Service' && apiVersion === 'v1'));
  const remove = existing.filter((slice) => !owned.includes(slice));
  const problems: string[] = [];
  const wanted = wantedEndpoints(input, family, problems);
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of owned) {
    const { key } = portSet(slice.ports ?? []);
    const group = byPorts.get(key);
    if (group) group.push(slice);
    else byPorts.set(key, [slice]);
  }
  const create: EndpointSlice[] = [];
  const update: EndpointSlice[] = [];
  for (const [key, group] of wanted) {
    const changes = reconcilePorts(input, family, byPorts.get(key) ?? [], group);
    create.push(...changes.create);
    update.push(...changes.update);
    remove.push(...changes.remove);
  }
  for (const [key, slices] of byPorts) if (!wanted.has(key)) remove.push(...slices);
  if (existing.length === remove.length && create.length === 0) keepPlaceholder(input, family, create, remove);
  const touched = new Set([...update, ...remove].map(({ metadata }) => metadata.name));
  const unchanged = existing.filter(({ metadata }) => !touched.has(metadata.name));
  return reuse(service, { ...withHints(service, family, { create, update, unchanged }, input.hints, input.nodes), remove, problems });
}

/** A service always has a slice: without endpoints it is an empty one without ports. */
function keepPlaceholder({ service }: Input, family: AddressType, create: EndpointSlice[], remove: EndpointSlice[]): void {
  const placeholder = newSlice(service, family, [], []);
  const [only] = remove;
  const same = remove.length === 1 && only !== undefined && only.addressType === family && (only.endpoints ?? []).length === 0
    && (only.ports ?? []).length === 0 && sameRecord(only.metadata.labels, placeholder.metadata.labels);
  if (same) remove.length = 0;
  else create.push(placeholder);
}

// ---- wanted endpoints ----

function wantedEndpoints({ service, pods, nodes }: Input, family: AddressType, problems: string[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  const publish = service.spec?.publishNotReadyAddresses === true;
  for (const pod of pods) {
    if (isTerminal(pod) || (pod.status?.podIPs ?? []).length === 0) continue;
    const ports = servicePorts(service, pod);
    let group = wanted.get(ports.key);
    if (!group) wanted.set(ports.key, group = { ports, endpoints: new Map() });
    const nodeName = pod.spec?.nodeName ?? '';
    const node = nodes.get(nodeName) as Node | undefined;
    if (!node && !publish) {
      problems.push(`skipping Pod ${pod.metadata.name} for Service ${service.metadata.namespace}/${service.metadata.name}: Node ${nodeName} Not Found`);
      continue;
    }
    const endpoint = endpointOf(pod, node?.metadata.labels?.[ZONE] ?? '', service, publish, family);
    if (endpoint.addresses.length > 0) group.endpoints.set(keyOfEndpoint(endpoint), endpoint);
  }
  return wanted;
}

interface Known { readonly zone: string; readonly publish: boolean; readonly family: AddressType; readonly service: string; readonly endpoint: Endpoint }
const knownEndpoints = new WeakMap<Pod, Known>();

/** Remembered by pod object: between two syncs of a large service hardly any pod has changed. */
function endpointOf(pod: Pod, zone: string, service: Service, publish: boolean, family: AddressType): Endpoint {
  const { name = '' } = service.metadata;
  const known = knownEndpoints.get(pod);
  if (known && known.zone === zone && known.publish === publish && known.family === family && known.service === name) return known.endpoint;
  const endpoint = podToEndpoint(pod, zone, name, publish, family);
  knownEndpoints.set(pod, { zone, publish, family, service: name, endpoint });
  return endpoint;
}

function podToEndpoint(pod: Pod, zone: string, serviceName: string, publish: boolean, family: AddressType): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const { hostname = '', subdomain = '', nodeName } = pod.spec ?? {};
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: (pod.status?.podIPs ?? []).map(({ ip }) => ip ?? '').filter((ip) => ip !== '' && ip.includes(':') === (family === 'IPv6')),
    conditions: { ready: publish || (serving && !terminating), serving, terminating },
    ...(hostname !== '' && subdomain === serviceName ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(zone === '' ? {} : { zone }),
  };
}

const endpointKeys = new WeakMap<Endpoint, string>();

/** What makes two endpoints the same one: addresses, hostname and the object they stand for. */
function keyOfEndpoint(endpoint: Endpoint): string {
  let key = endpointKeys.get(endpoint);
  if (key === undefined) {
    const { addresses, hostname = '', targetRef } = endpoint;
    endpointKeys.set(endpoint, key = `${addresses.join(',')} ${hostname} ${targetRef?.namespace ?? ''}/${targetRef?.name ?? ''}`);
  }
  return key;
}

function sameBeyondKey(a: Endpoint, b: Endpoint): boolean {
  return a.nodeName === b.nodeName && a.zone === b.zone && a.targetRef?.uid === b.targetRef?.uid && a.conditions?.ready === b.conditions?.ready
    && a.conditions?.serving === b.conditions?.serving && a.conditions?.terminating === b.conditions?.terminating;
}

// ---- slices of one set of ports ----

interface Drafts { readonly create: EndpointSlice[]; readonly update: EndpointSlice[]; readonly remove: EndpointSlice[] }

function reconcilePorts({ service, limit }: Input, family: AddressType, existing: readonly EndpointSlice[], { ports, endpoints }: Wanted): Drafts {
  const left = new Map(endpoints);
  const changed: EndpointSlice[] = [];
  let unchanged: EndpointSlice[] = [];
  const remove: EndpointSlice[] = [];
  for (const slice of existing) {
    const next = keepWanted(slice, service, left);
    if (next === slice) unchanged.push(slice);
    else if ((next.endpoints ?? []).length === 0 && (slice.endpoints ?? []).length > 0) remove.push(slice);
    else changed.push(next);
  }
  // The fullest of the slices that are written anyway are filled up first.
  const update = changed.toSorted((a, b) => (b.endpoints?.length ?? 0) - (a.endpoints?.length ?? 0)).map((slice) => fill(slice, left, limit));
  const create: EndpointSlice[] = [];
  while (left.size > 0) {
    const target = left.size < limit ? closestToFull(unchanged, left.size, limit) : undefined;
    if (target) {
      unchanged = unchanged.filter((slice) => slice !== target);
      update.push(fill(target, left, limit));
    } else create.push(fill(newSlice(service, family, ports.ports, []), left, limit));
  }
  return { create, update, remove };
}

/** The slice without endpoints that are not wanted, and with what changed; the same slice if nothing does. */
function keepWanted(slice: EndpointSlice, service: Service, left: Map<string, Endpoint>): EndpointSlice {
  const endpoints: Endpoint[] = [];
  let changed = false;
  for (const endpoint of slice.endpoints ?? []) {
    const key = keyOfEndpoint(endpoint);
    const wanted = left.get(key);
    if (!wanted) {
      changed = true;
      continue;
    }
    left.delete(key);
    const same = sameBeyondKey(endpoint, wanted);
    if (!same) changed = true;
    endpoints.push(same ? endpoint : wanted);
  }
  const labels = sliceLabels(service);
  const relabelled = !sameRecord(unreserved(slice.metadata.labels), unreserved(labels));
  if (!changed && !relabelled) return slice;
  return { ...slice, endpoints: changed ? endpoints : slice.endpoints, metadata: { ...slice.metadata, labels } };
}

function fill(slice: EndpointSlice, left: Map<string, Endpoint>, limit: number): EndpointSlice {
  const endpoints = slice.endpoints ?? [];
  const room = limit - endpoints.length;
  if (left.size === 0 || room <= 0) return slice;
  const added: Endpoint[] = [];
  for (const [key, endpoint] of left) {
    if (added.length === room) break;
    added.push(endpoint);
    left.delete(key);
  }
  return { ...slice, endpoints: [...endpoints, ...added] };
}

/** The slice that comes closest to full when it takes all that is left; undefined if none has room. */
function closestToFull(slices: readonly EndpointSlice[], count: number, limit: number): EndpointSlice | undefined {
  let closest = limit;
  let found: EndpointSlice | undefined;
  for (const slice of slices) {
    const room = limit - count - (slice.endpoints?.length ?? 0);
    if (room < 0 || room >= closest) continue;
    closest = room;
    found = slice;
  }
  return found;
}

function newSlice(service: Service, addressType: AddressType, ports: EndpointSlice['ports'], endpoints: readonly Endpoint[]): EndpointSlice {
  const { name = '', namespace } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
    metadata: { generateName: `${name}-`, namespace, labels: sliceLabels(service), ownerReferences: [controllerRef(service)] },
    addressType, endpoints, ports,
  };
}

function sliceLabels({ metadata, spec = {} }: Service): Labels {
  const { clusterIP = '' } = spec;
  const headless = clusterIP === '' || clusterIP === 'None';
  return { ...unreserved(metadata.labels), ...(headless ? { [HEADLESS]: '' } : {}), [SERVICE_NAME]: metadata.name ?? '', [MANAGED_BY]: MANAGER };
}

function unreserved(labels: Labels = {}): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !RESERVED.has(key)));
}

function sameRecord(a: Labels = {}, b: Labels = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** Instead of deleting one slice and creating another, the old one takes the new content. */
function reuse(service: Service, changes: Changes): Changes {
  const create = changes.create.slice();
  const update = changes.update.slice();
  const remove: EndpointSlice[] = [];
  for (const slice of changes.remove) {
    const last = create.at(-1);
    const mine = slice.metadata.ownerReferences?.some(({ uid }) => uid === service.metadata.uid) ?? false;
    if (last && mine && slice.addressType === last.addressType) {
      create.pop();
      update.push({ ...last, metadata: { ...last.metadata, name: slice.metadata.name } });
    } else remove.push(slice);
  }
  return { ...changes, create, update, remove };
}
