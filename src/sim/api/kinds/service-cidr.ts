// ServiceCIDRs and IPAddresses (models pkg/registry/networking/servicecidr and ipaddress).
import type { IPAddress, ParentReference, ServiceCIDR } from '../generated/types.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { isIpv4, parseCidr, validateCidr, validateIp } from '../validation/ip.ts';
import { collect, fieldImmutable, immutable } from '../validation/metadata.ts';
import type { NameRule } from '../validation/names.ts';
import { dns1123Subdomain, pathSegmentName, subdomainName } from '../validation/names.ts';
import { defineKind, keep, keepMeta } from './define.ts';

const rangesPath = new Path('spec').child('cidrs');
const parentPath = new Path('spec').child('parentRef');

function validateRanges(ranges: readonly string[], errors: Errors): void {
  if (ranges.length === 0) {
    errors.required(rangesPath, 'at least one CIDR required');
    return;
  }
  if (ranges.length > 2) {
    errors.invalid(rangesPath, { CIDRs: ranges }, 'may only hold up to 2 values');
    return;
  }
  ranges.forEach((range, i) => validateCidr(range, rangesPath.index(i), errors));
  const [first, second] = ranges.map((range) => parseCidr(range));
  if (first && second && isIpv4(first.ip) === isIpv4(second.ip)) {
    errors.invalid(rangesPath, ranges, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64');
  }
}

function validateRangeChanges(next: readonly string[], old: readonly string[], errors: Errors): void {
  if (next.length === old.length) {
    old.forEach((range, i) => {
      if (range !== next[i]) errors.invalid(rangesPath.index(i), next[i], fieldImmutable);
    });
  } else if (old.length === 1 && next.length === 2) {
    if (next[0] !== old[0]) errors.invalid(rangesPath.index(0), next[0], fieldImmutable);
    validateRanges(next, errors);
  } else {
    errors.invalid(rangesPath, next.length === 0 ? null : next, fieldImmutable);
  }
}

export const serviceCidrKind = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io', version: 'v1', kind: 'ServiceCIDR', plural: 'servicecidrs', namespaced: false,
  subresources: ['status'],
  schema: schemaName('networking.v1', 'ServiceCIDR'),
  nameRule: subdomainName,
  prepareForCreate: (item) => ({ ...item, status: {} }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: ({ spec }, errors) => validateRanges(spec?.cidrs ?? [], errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateRangeChanges(next.spec?.cidrs ?? [], old.spec?.cidrs ?? [], errors);
  },
  status: {
    prepareForUpdate: (next, old) => keepMeta(keep(next, old, 'spec'), old),
    validateUpdate: (_next, _old, _errors, checks) => checks.metadata(),
  },
  row: ({ metadata, spec }, nowMs) => [metadata.name ?? '', (spec?.cidrs ?? []).join(','), age(metadata.creationTimestamp, nowMs)],
});

/** The name is the address. */
const addressName: NameRule = (name) => {
  const prefix = `Invalid value: ${JSON.stringify(name)}: `;
  return collect((errors) => validateIp(name, parentPath, errors)).map(({ message }) => message.slice(prefix.length));
};

function validateParent({ group, resource, name, namespace }: ParentReference, errors: Errors): void {
  if (group) errors.invalidAll(parentPath.child('group'), group, dns1123Subdomain(group));
  for (const [part, text] of [['resource', resource], ['name', name]] as const) {
    if (!text) errors.required(parentPath.child(part));
    else errors.invalidAll(parentPath.child(part), text, pathSegmentName(text, false));
  }
  if (namespace) errors.invalidAll(parentPath.child('namespace'), namespace, pathSegmentName(namespace, false));
}

function parentCell(parent: ParentReference | undefined): string {
  if (parent === undefined) return '<none>';
  const resource = parent.group ? `${parent.resource}.${parent.group}` : parent.resource;
  return `${resource.toLowerCase()}${parent.namespace ? `/${parent.namespace}` : ''}/${parent.name}`;
}

export const ipAddressKind = defineKind<IPAddress>({
  group: 'networking.k8s.io', version: 'v1', kind: 'IPAddress', plural: 'ipaddresses', shortNames: ['ip'], namespaced: false,
  schema: schemaName('networking.v1', 'IPAddress'),
  nameRule: addressName,
  validate: ({ spec }, errors) => {
    if (spec?.parentRef) validateParent(spec.parentRef, errors);
    else errors.required(parentPath);
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.all();
    checks.metadata();
    const parent = next.spec?.parentRef;
    const shown = parent === undefined ? null : { Group: parent.group ?? '', Resource: parent.resource, Namespace: parent.namespace ?? '', Name: parent.name };
    immutable(parent, old.spec?.parentRef, parentPath, errors, shown);
  },
  row: ({ metadata, spec }, nowMs) => [metadata.name ?? '', parentCell(spec?.parentRef), age(metadata.creationTimestamp, nowMs)],
});
