// Endpoints, the old form of EndpointSlices (models pkg/registry/core/endpoint).
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from '../generated/types.ts';
import { change, each, fill } from '../defaults/fill.ts';
import { age, listWithMore } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { ipWarnings, validateEndpointIp, validateLegacyIp } from '../validation/ip.ts';
import { dns1123Label, dns1123Subdomain, portNumber, qualifiedName, subdomainName } from '../validation/names.ts';
import { defineKind, equal } from './define.ts';

const subsetsPath = new Path('subsets');
const protocols = ['SCTP', 'TCP', 'UDP'];

function validateAddress({ ip, hostname, nodeName }: EndpointAddress, path: Path, errors: Errors): void {
  validateLegacyIp(ip, path.child('ip'), errors);
  if (hostname) errors.invalidAll(path.child('hostname'), hostname, dns1123Label(hostname));
  if (nodeName !== undefined) errors.invalidAll(path.child('nodeName'), nodeName, dns1123Subdomain(nodeName));
  validateEndpointIp(ip, path.child('ip'), errors);
}

function validatePort({ name, port, protocol, appProtocol }: EndpointPort, needsName: boolean, path: Path, errors: Errors): void {
  if (name) errors.invalidAll(path.child('name'), name, dns1123Label(name));
  else if (needsName) errors.required(path.child('name'));
  errors.invalidAll(path.child('port'), port, portNumber(port));
  if (!protocol) errors.required(path.child('protocol'));
  else if (!protocols.includes(protocol)) errors.notSupported(path.child('protocol'), protocol, protocols);
  if (appProtocol !== undefined) errors.invalidAll(path.child('appProtocol'), appProtocol, qualifiedName(appProtocol));
}

function validateSubset({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset, path: Path, errors: Errors): void {
  if (addresses.length === 0 && notReadyAddresses.length === 0) errors.required(path, 'must specify `addresses` or `notReadyAddresses`');
  addresses.forEach((address, i) => validateAddress(address, path.child('addresses').index(i), errors));
  notReadyAddresses.forEach((address, i) => validateAddress(address, path.child('notReadyAddresses').index(i), errors));
  ports.forEach((port, i) => validatePort(port, ports.length > 1, path.child('ports').index(i), errors));
}

/** Checks what changed; subsets that are as they were stay accepted. */
function validateSubsets(next: Endpoints, old: Endpoints, errors: Errors): void {
  if (!equal(next.subsets ?? [], old.subsets ?? [])) next.subsets?.forEach((subset, i) => validateSubset(subset, subsetsPath.index(i), errors));
}

function subsetCells({ addresses = [], ports = [] }: EndpointSubset): readonly string[] {
  if (ports.length === 0) return addresses.map(({ ip }) => ip);
  return ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`));
}

export const endpointsKind = defineKind<Endpoints>({
  group: '', version: 'v1', kind: 'Endpoints', plural: 'endpoints', singular: 'endpoints', shortNames: ['ep'], namespaced: true,
  schema: schemaName('core.v1', 'Endpoints'),
  createOnUpdate: true,
  nameRule: subdomainName,
  defaults: (endpoints) => change(endpoints, 'subsets', (subsets) => each(subsets, (subset) => change(subset, 'ports', (ports) => each(ports, (port) => fill(port, { protocol: 'TCP' }))))),
  validate: ({ subsets }, errors) => subsets?.forEach((subset, i) => validateSubset(subset, subsetsPath.index(i), errors)),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    checks.names();
    validateSubsets(next, old, errors);
  },
  warnings: ({ metadata, subsets = [] }) => {
    if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
    return subsets.flatMap((subset, i) => (['addresses', 'notReadyAddresses'] as const).flatMap((member) =>
      (subset[member] ?? []).flatMap(({ ip }, j) => ipWarnings(ip, subsetsPath.index(i).child(member).index(j).child('ip')))));
  },
  row: ({ metadata, subsets = [] }, nowMs) => [
    metadata.name ?? '', subsets.length === 0 ? '<none>' : listWithMore(subsets.flatMap(subsetCells), 3), age(metadata.creationTimestamp, nowMs),
  ],
});
