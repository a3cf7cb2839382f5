// Ingresses (models pkg/registry/networking/ingress and pkg/apis/networking/validation).
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressServiceBackend, IngressSpec, IngressTLS, TypedLocalObjectReference } from '../generated/types.ts';
import { goQuote } from '../go-format.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { parseIp } from '../validation/ip.ts';
import { ingressPath, validateLoadBalancerAddress } from '../validation/load-balancer.ts';
import { collect } from '../validation/metadata.ts';
import { dns1123Label, dns1123Subdomain, pathSegmentName, portName, portNumber, subdomainName, wildcardSubdomain } from '../validation/names.ts';
import { defineKind, keep } from './define.ts';
import { balancerCell } from './service.ts';

const specPath = new Path('spec');
const classAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badSuffixes = ['/..', '/.'];

/** What stored Ingresses may keep that new ones may not have. */
interface Rules { readonly anySecretName: boolean; readonly anyWildcardRule: boolean }

function validateReference({ apiGroup, kind, name }: TypedLocalObjectReference, path: Path, errors: Errors): void {
  if (apiGroup !== undefined && apiGroup !== null) errors.invalidAll(path.child('apiGroup'), apiGroup, dns1123Subdomain(apiGroup));
  for (const [part, text] of [['kind', kind], ['name', name]] as const) {
    if (text === '') errors.required(path.child(part));
    else errors.invalidAll(path.child(part), text, pathSegmentName(text, false));
  }
}

function validateService({ name, port = {} }: IngressServiceBackend, path: Path, errors: Errors): void {
  const at = path.child('service');
  if (!name) errors.required(at.child('name'));
  else errors.invalidAll(at.child('name'), name, dns1123Label(name));
  if (port.name && port.number) errors.invalid(path, '', 'cannot set both port name & port number');
  else if (port.name) errors.invalidAll(at.child('port').child('name'), port.name, portName(port.name));
  else if (port.number) errors.invalidAll(at.child('port').child('number'), port.number, portNumber(port.number));
  else errors.required(path, 'port name or number is required');
}

function validateBackend({ resource, service }: IngressBackend, path: Path, errors: Errors): void {
  if (resource && service) errors.invalid(path, '', 'cannot set both resource and service backends');
  else if (resource) validateReference(resource, path.child('resource'), errors);
  else if (service) validateService(service, path, errors);
  else errors.invalid(path, '', 'resource or service backend is required');
}

function validatePath({ path: text = '', pathType, backend }: HTTPIngressPath, path: Path, errors: Errors): void {
  if (pathType === undefined || pathType === null) {
    errors.required(path.child('pathType'), 'pathType must be specified');
    return;
  }
  const at = path.child('path');
  if (!pathTypes.includes(pathType)) errors.notSupported(path.child('pathType'), pathType, pathTypes);
  else if (pathType === 'ImplementationSpecific') {
    if (text !== '' && !text.startsWith('/')) errors.invalid(at, text, 'must be an absolute path');
  } else {
    if (!text.startsWith('/')) errors.invalid(at, text, 'must be an absolute path');
    for (const bad of badSequences) if (text.includes(bad)) errors.invalid(at, text, `must not contain '${bad}'`);
    for (const bad of badSuffixes) if (text.endsWith(bad)) errors.invalid(at, text, `cannot end with '${bad}'`);
  }
  validateBackend(backend ?? {}, path.child('backend'), errors);
}

function validateRuleValue({ http }: IngressRule, path: Path, errors: Errors): void {
  if (!http) return;
  const at = path.child('http').child('paths');
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.required(at);
  paths.forEach((item, i) => validatePath(item, at.index(i), errors));
}

function hostProblems(host: string): readonly string[] {
  return host.includes('*') ? wildcardSubdomain(host) : dns1123Subdomain(host);
}

function validateRule(rule: IngressRule, rules: Rules, path: Path, errors: Errors): void {
  const { host = '' } = rule;
  if (host !== '') {
    if (parseIp(host) !== undefined) errors.invalid(path.child('host'), host, 'must be a DNS name, not an IP address');
    errors.invalidAll(path.child('host'), host, hostProblems(host));
  }
  if (!host.includes('*') || !rules.anyWildcardRule) validateRuleValue(rule, path, errors);
}

function validateTls({ hosts = [], secretName = '' }: IngressTLS, rules: Rules, path: Path, errors: Errors): void {
  hosts.forEach((host, i) => errors.invalidAll(path.child('hosts').index(i), host, hostProblems(host)));
  if (!rules.anySecretName && secretName !== '') errors.invalidAll(path.child('secretName'), secretName, subdomainName(secretName, false));
}

function validateSpec(spec: IngressSpec, rules: Rules, errors: Errors): void {
  if ((spec.rules ?? []).length === 0 && spec.defaultBackend === undefined) errors.invalid(specPath, null, 'either `defaultBackend` or `rules` must be specified');
  if (spec.defaultBackend) validateBackend(spec.defaultBackend, specPath.child('defaultBackend'), errors);
  spec.rules?.forEach((rule, i) => validateRule(rule, rules, specPath.child('rules').index(i), errors));
  spec.tls?.forEach((tls, i) => validateTls(tls, rules, specPath.child('tls').index(i), errors));
  if (spec.ingressClassName !== undefined) errors.invalidAll(specPath.child('ingressClassName'), spec.ingressClassName, subdomainName(spec.ingressClassName, false));
}

function rulesFor({ spec }: Ingress): Rules {
  return {
    anySecretName: (spec?.tls ?? []).some(({ secretName = '' }) => secretName !== '' && subdomainName(secretName, false).length > 0),
    anyWildcardRule: (spec?.rules ?? []).some((rule) => rule.host?.includes('*') === true && collect((errors) => validateRuleValue(rule, specPath, errors)).length > 0),
  };
}

const noExceptions: Rules = { anySecretName: false, anyWildcardRule: false };

const maxHosts = 3;

function hostsCell(rules: readonly IngressRule[]): string {
  const hosts: string[] = [];
  for (const { host } of rules) {
    // Whatever follows the third host counts as more, even a rule without a host.
    if (hosts.length === maxHosts) return `${hosts.join(',')} + ${rules.length - maxHosts} more...`;
    if (host) hosts.push(host);
  }
  return hosts.length === 0 ? '*' : hosts.join(',');
}

export const ingressKind = defineKind<Ingress>({
  group: 'networking.k8s.io', version: 'v1', kind: 'Ingress', plural: 'ingresses', shortNames: ['ing'], namespaced: true,
  subresources: ['status'],
  schema: schemaName('networking.v1', 'Ingress'),
  generation: ['spec'],
  nameRule: subdomainName,
  prepareForCreate: (ingress) => ({ ...ingress, status: { loadBalancer: {} } }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: ({ metadata, spec = {} }, errors) => {
    validateSpec(spec, noExceptions, errors);
    const annotation = metadata.annotations?.[classAnnotation];
    if (annotation !== undefined && spec.ingressClassName !== undefined && annotation !== spec.ingressClassName) {
      errors.invalid(new Path('annotations').child(classAnnotation), annotation, 'must match `ingressClassName` when both are specified');
    }
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    checks.names();
    validateSpec(next.spec ?? {}, rulesFor(old), errors);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, old, errors, checks) => {
      checks.metadata();
      const before = (old.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
      next.status?.loadBalancer?.ingress?.forEach((address, i) => validateLoadBalancerAddress(address, before, ingressPath.index(i), errors));
    },
  },
  warnings: ({ metadata, spec }, old) => {
    const hasAnnotation = metadata.annotations?.[classAnnotation] !== undefined && spec?.ingressClassName === undefined;
    return old === undefined && hasAnnotation ? [`annotation ${goQuote(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`] : [];
  },
  row: ({ metadata, spec = {}, status }, nowMs) => [
    metadata.name ?? '', spec.ingressClassName ?? '<none>', hostsCell(spec.rules ?? []), balancerCell(status?.loadBalancer?.ingress), (spec.tls ?? []).length > 0 ? '80, 443' : '80',
    age(metadata.creationTimestamp, nowMs),
  ],
});
