// NetworkPolicies (models pkg/registry/networking/networkpolicy).
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from '../generated/types.ts';
import { change, each, fill } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { formatLabelSelector } from '../selectors.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import type { IpRange } from '../validation/ip.ts';
import { cidrWarnings, parseCidr, validateLegacyCidr } from '../validation/ip.ts';
import { collect, validateLabelSelector } from '../validation/metadata.ts';
import { portName, portNumber, subdomainName } from '../validation/names.ts';
import { defineKind } from './define.ts';

const specPath = new Path('spec');
const protocols = ['TCP', 'UDP', 'SCTP'];
const policyTypes = ['Ingress', 'Egress'];

interface Rules {
  readonly allowInvalidValues: boolean;
  /** Ranges that the policy had before. */
  readonly knownRanges: readonly string[];
}

function defaultSpec(before: NetworkPolicySpec): NetworkPolicySpec {
  const port = (item: NetworkPolicyPort): NetworkPolicyPort => fill(item, { protocol: 'TCP' });
  let spec = change(before, 'ingress', (rules) => each(rules, (rule) => change(rule, 'ports', (ports) => each(ports, port))));
  spec = change(spec, 'egress', (rules) => each(rules, (rule) => change(rule, 'ports', (ports) => each(ports, port))));
  if ((spec.policyTypes ?? []).length > 0) return spec;
  return { ...spec, policyTypes: (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'] };
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: Path, errors: Errors): void {
  const endPath = path.child('endPort');
  if (protocol !== undefined && !protocols.includes(protocol)) errors.notSupported(path.child('protocol'), protocol, protocols);
  if (port === undefined) {
    if (endPort !== undefined) errors.invalid(endPath, endPort, 'may not be specified when `port` is not specified');
  } else if (typeof port === 'number') {
    errors.invalidAll(path.child('port'), port, portNumber(port));
    if (endPort === undefined) return;
    if (endPort < port) errors.invalid(endPath, port, 'must be greater than or equal to `port`');
    errors.invalidAll(endPath, endPort, portNumber(endPort));
  } else {
    if (endPort !== undefined) errors.invalid(endPath, endPort, 'may not be specified when `port` is non-numeric');
    errors.invalidAll(path.child('port'), port, portName(port));
  }
}

function contains(outer: IpRange, inner: IpRange): boolean {
  if (outer.network.bytes.length !== inner.network.bytes.length || outer.prefix >= inner.prefix) return false;
  return outer.network.bytes.every((byte, i) => {
    const mask = (0xff << Math.max(0, Math.min(8, (i + 1) * 8 - outer.prefix))) & 0xff;
    return ((inner.network.bytes[i] ?? 0) & mask) === byte;
  });
}

function validateBlock({ cidr, except = [] }: IPBlock, rules: Rules, path: Path, errors: Errors): void {
  if (!cidr) {
    errors.required(path.child('cidr'));
    return;
  }
  validateLegacyCidr(cidr, path.child('cidr'), errors, rules.knownRanges);
  const outer = parseCidr(cidr);
  if (outer === undefined) return;
  except.forEach((text, i) => {
    const at = path.child('except').index(i);
    validateLegacyCidr(text, at, errors, rules.knownRanges);
    const inner = parseCidr(text);
    if (inner !== undefined && !contains(outer, inner)) errors.invalid(at, text, 'must be a strict subset of `cidr`');
  });
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, rules: Rules, path: Path, errors: Errors): void {
  const { allowInvalidValues } = rules;
  validateLabelSelector(podSelector, path.child('podSelector'), errors, { allowInvalidValues });
  validateLabelSelector(namespaceSelector, path.child('namespaceSelector'), errors, { allowInvalidValues });
  if (ipBlock) validateBlock(ipBlock, rules, path.child('ipBlock'), errors);
  if (!podSelector && !namespaceSelector && !ipBlock) errors.required(path, 'must specify a peer');
  else if (ipBlock && (podSelector ?? namespaceSelector)) errors.forbidden(path, 'may not specify both ipBlock and another peer');
}

/** The rules of both directions with the names of their peers. */
function directions(spec: NetworkPolicySpec): readonly { readonly path: Path; readonly ports: readonly NetworkPolicyPort[]; readonly peers: readonly NetworkPolicyPeer[]; readonly peersPath: Path }[] {
  return [
    ...(spec.ingress ?? []).map((rule, i) => ({ path: specPath.child('ingress').index(i), ports: rule.ports ?? [], peers: rule.from ?? [], peersPath: specPath.child('ingress').index(i).child('from') })),
    ...(spec.egress ?? []).map((rule, i) => ({ path: specPath.child('egress').index(i), ports: rule.ports ?? [], peers: rule.to ?? [], peersPath: specPath.child('egress').index(i).child('to') })),
  ];
}

function validateSpec(spec: NetworkPolicySpec, rules: Rules, errors: Errors): void {
  validateLabelSelector(spec.podSelector, specPath.child('podSelector'), errors, { allowInvalidValues: rules.allowInvalidValues });
  for (const { path, ports, peers, peersPath } of directions(spec)) {
    ports.forEach((port, i) => validatePort(port, path.child('ports').index(i), errors));
    peers.forEach((peer, i) => validatePeer(peer, rules, peersPath.index(i), errors));
  }
  const types: readonly string[] = spec.policyTypes ?? [];
  const at = specPath.child('policyTypes');
  if (types.length > policyTypes.length) errors.invalid(at, types, 'may not specify more than two policyTypes');
  else types.forEach((type, i) => {
    if (!policyTypes.includes(type)) errors.notSupported(at.index(i), type, policyTypes);
  });
}

const emptySpec: NetworkPolicySpec = {};

function rulesFor(old: NetworkPolicySpec): Rules {
  const blocks = directions(old).flatMap(({ peers }) => peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock] : [])));
  return {
    allowInvalidValues: collect((errors) => validateLabelSelector(old.podSelector, specPath, errors)).length > 0,
    knownRanges: blocks.flatMap(({ cidr, except = [] }) => [cidr, ...except]),
  };
}

export const networkPolicyKind = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy', plural: 'networkpolicies', shortNames: ['netpol'], namespaced: true,
  schema: schemaName('networking.v1', 'NetworkPolicy'),
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (policy) => change(policy, 'spec', defaultSpec),
  validate: ({ spec }, errors) => validateSpec(spec ?? emptySpec, { allowInvalidValues: false, knownRanges: [] }, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateSpec(next.spec ?? emptySpec, rulesFor(old.spec ?? emptySpec), errors);
  },
  warnings: ({ spec }) => directions(spec ?? emptySpec).flatMap(({ peers, peersPath }) => peers.flatMap(({ ipBlock }, i) => {
    if (ipBlock === undefined) return [];
    const at = peersPath.index(i).child('ipBlock');
    return [...cidrWarnings(ipBlock.cidr, at.child('cidr')), ...(ipBlock.except ?? []).flatMap((text, j) => cidrWarnings(text, at.child('except').index(j)))];
  })),
  row: ({ metadata, spec }, nowMs) => [metadata.name ?? '', formatLabelSelector(spec?.podSelector ?? {}), age(metadata.creationTimestamp, nowMs)],
});
