// EndpointSlices (models pkg/registry/discovery/endpointslice and pkg/apis/discovery/validation).
import type { DiscoveryEndpointPort, Endpoint, EndpointHints, EndpointSlice } from '../generated/types.ts';
import { change, each, fill, without } from '../defaults/fill.ts';
import { age, listWithMore } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { ipWarnings, isIpv4, parseIp, validateEndpointIp, validateIp, validateLegacyIp } from '../validation/ip.ts';
import { immutable, validateLabels } from '../validation/metadata.ts';
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName, subdomainName } from '../validation/names.ts';
import { countUp, defineKind, equal, withGeneration } from './define.ts';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const limits = { topologyLabels: 16, addresses: 100, ports: 20_000, endpoints: 1000, hints: 8 };
const endpointsPath = new Path('endpoints');
const portsPath = new Path('ports');
const typePath = new Path('addressType');
const zoneLabel = 'topology.kubernetes.io/zone';
const hostLabel = 'kubernetes.io/hostname';

function validateDomain(name: string, path: Path, errors: Errors): void {
  if (name === '') {
    errors.required(path);
    return;
  }
  const domain = name.replace(/\.$/, '');
  const problems = dns1123Subdomain(domain);
  const labels = domain.split('.');
  if (problems.length > 0) errors.invalid(path, domain, problems.join(','));
  else if (labels.length < 2) errors.invalid(path, domain, 'should be a domain with at least two segments separated by dots');
  else {
    const bad = labels.find((label) => dns1123Label(label).length > 0);
    if (bad !== undefined) errors.invalid(path, bad, dns1123Label(bad).join(','));
  }
}

function validateAddress(address: string, type: string, path: Path, i: number, errors: Errors): void {
  if (type === 'FQDN') validateDomain(address, path.index(i), errors);
  if (type !== 'IPv4' && type !== 'IPv6') return;
  const count = errors.length;
  const check = type === 'IPv4' ? validateLegacyIp : validateIp;
  check(address, path.index(i), errors);
  if (errors.length > count) return;
  const ip = parseIp(address);
  if (ip === undefined || isIpv4(ip) !== (type === 'IPv4')) errors.invalid(path, address, `must be an ${type} address`);
  validateEndpointIp(address, path.index(i), errors);
}

function validateHintNames(list: readonly { readonly name: string }[], path: Path, rule: (name: string) => readonly string[], errors: Errors): boolean {
  if (list.length > limits.hints) {
    errors.tooMany(path, list.length, limits.hints);
    return false;
  }
  const seen = new Set<string>();
  list.forEach(({ name }, i) => {
    const at = path.index(i).child('name');
    if (seen.has(name)) errors.duplicate(at, name);
    seen.add(name);
    errors.invalidAll(at, name, rule(name));
  });
  return true;
}

function validateHints({ forZones = [], forNodes = [] }: EndpointHints, path: Path, errors: Errors): void {
  if (validateHintNames(forZones, path.child('forZones'), labelValue, errors)) validateHintNames(forNodes, path.child('forNodes'), dns1123Subdomain, errors);
}

/** Endpoints are immutable and shared between versions of a slice: those found good for an address type are not looked at again. */
const goodEndpoints = new WeakMap<Endpoint, string>();

function validateEndpoint(endpoint: Endpoint, type: string, path: Path, errors: Errors): void {
  if (goodEndpoints.get(endpoint) === type) return;
  const count = errors.length;
  const addresses = endpoint.addresses ?? [];
  const at = path.child('addresses');
  if (addresses.length === 0) errors.required(at, 'must contain at least 1 address');
  else if (addresses.length > limits.addresses) errors.tooMany(at, addresses.length, limits.addresses);
  addresses.forEach((address, i) => validateAddress(address, type, at, i, errors));
  if (endpoint.nodeName !== undefined) errors.invalidAll(path.child('nodeName'), endpoint.nodeName, dns1123Subdomain(endpoint.nodeName));
  const topology = endpoint.deprecatedTopology;
  if (topology !== undefined) {
    const size = Object.keys(topology).length;
    if (size > limits.topologyLabels) errors.tooMany(path.child('deprecatedTopology'), size, limits.topologyLabels);
    validateLabels(topology, path.child('deprecatedTopology'), errors);
    if (topology[zoneLabel] !== undefined) errors.internal(path.child('deprecatedTopology').key(zoneLabel), 'reserved key was not removed in conversion');
  }
  if (endpoint.hostname !== undefined) errors.invalidAll(path.child('hostname'), endpoint.hostname, dns1123Label(endpoint.hostname));
  if (endpoint.hints !== undefined) validateHints(endpoint.hints, path.child('hints'), errors);
  if (errors.length === count) goodEndpoints.set(endpoint, type);
}

function validatePorts(ports: readonly DiscoveryEndpointPort[], errors: Errors): void {
  if (ports.length > limits.ports) {
    errors.tooMany(portsPath, ports.length, limits.ports);
    return;
  }
  const seen = new Set<string>();
  ports.forEach(({ name = '', protocol, appProtocol }, i) => {
    const at = portsPath.index(i);
    if (name !== '') errors.invalidAll(at.child('name'), name, dns1123Label(name));
    if (seen.has(name)) errors.duplicate(at.child('name'), name);
    seen.add(name);
    if (protocol === undefined) errors.required(at.child('protocol'));
    else if (!protocols.includes(protocol)) errors.notSupported(at.child('protocol'), protocol, protocols);
    if (appProtocol !== undefined) errors.invalidAll(at.child('appProtocol'), appProtocol, qualifiedName(appProtocol));
  });
}

function validateSlice(slice: EndpointSlice, old: EndpointSlice | undefined, errors: Errors): void {
  const type: string = slice.addressType ?? '';
  if (type === '') errors.required(typePath);
  else if (!addressTypes.includes(type)) errors.notSupported(typePath, type, addressTypes);
  validatePorts(slice.ports ?? [], errors);
  const endpoints = slice.endpoints ?? [];
  const count = errors.length;
  if (endpoints.length > limits.endpoints) errors.tooMany(endpointsPath, endpoints.length, limits.endpoints);
  else for (let i = 0; i < endpoints.length; i++) validateEndpoint(endpoints[i] as Endpoint, type, endpointsPath.index(i), errors);
  // What was accepted before stays accepted as long as nobody touches it.
  if (errors.length > count && old !== undefined && equal(old.endpoints ?? [], endpoints)) errors.list.length = count;
}

/** The old topology field cannot be written in this version; the node's name is all that is kept of it. */
function withoutTopology(endpoints: readonly Endpoint[], old: readonly Endpoint[]): readonly Endpoint[] {
  return each(endpoints, (endpoint) => {
    const topology = endpoint.deprecatedTopology;
    if (topology === undefined) return endpoint;
    const name = topology[hostLabel];
    const known = endpoint.nodeName === undefined && name !== undefined && old.some((before) => before.deprecatedTopology?.[hostLabel] === name);
    return without(known ? { ...endpoint, nodeName: name } : endpoint, 'deprecatedTopology');
  });
}

function isManaged({ metadata }: EndpointSlice): boolean {
  const manager = metadata.labels?.['endpointslice.kubernetes.io/managed-by'];
  return manager === 'endpointslice-controller.k8s.io' || manager === 'endpointslicemirroring-controller.k8s.io';
}

export const endpointSliceKind = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice', plural: 'endpointslices', namespaced: true,
  schema: schemaName('discovery.v1', 'EndpointSlice'),
  generation: [],
  nameRule: subdomainName,
  defaults: (slice) => change(slice, 'ports', (ports) => each(ports, (port) => fill(port, { name: '', protocol: 'TCP' }))),
  prepareForCreate: (slice) => change(slice, 'endpoints', (endpoints) => withoutTopology(endpoints, [])),
  prepareForUpdate: (next, old) => {
    const generation = old.metadata.generation ?? 0;
    const counted = equal(next.metadata.labels ?? {}, old.metadata.labels ?? {}) ? countUp(next, old, ['addressType', 'endpoints', 'ports']) : withGeneration(next, generation + 1);
    const touched = counted.metadata.generation !== old.metadata.generation && !equal(next.endpoints, old.endpoints);
    return touched ? change(counted, 'endpoints', (endpoints) => withoutTopology(endpoints, old.endpoints ?? [])) : counted;
  },
  validate: (slice, errors) => validateSlice(slice, undefined, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.names();
    validateSlice(next, old, errors);
    immutable(next.addressType, old.addressType, typePath, errors);
  },
  warnings: (slice, old) => {
    const warnings: string[] = [];
    if (old === undefined && slice.addressType === 'FQDN') warnings.push('spec.addressType: FQDN endpoints are deprecated');
    if (isManaged(slice)) return warnings;
    slice.endpoints?.forEach(({ addresses }, i) => addresses?.forEach((address, j) => warnings.push(...ipWarnings(address, endpointsPath.index(i).child('addresses').index(j)))));
    return warnings;
  },
  row: ({ metadata, addressType, ports, endpoints }, nowMs) => [
    metadata.name ?? '', addressType, listWithMore((ports ?? []).map(({ port, name }) => (port === undefined ? name ?? '*' : String(port))), 3) || '<unset>',
    listWithMore((endpoints ?? []).flatMap(({ addresses }) => addresses ?? []), 3) || '<unset>', age(metadata.creationTimestamp, nowMs),
  ],
});
