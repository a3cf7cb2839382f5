// Services (models validateService and its relatives).
import type { Service, ServicePort, ServiceSpec } from '../generated/types.ts';
import { internalForm } from '../internal-form.ts';
import type { Errors } from './field.ts';
import { Path } from './field.ts';
import { isIpv4, parseIp, validateEndpointIp, validateLegacyCidr, validateLegacyIp } from './ip.ts';
import { fieldImmutable, validateLabels } from './metadata.ts';
import { dns1123Label, dns1123Subdomain, portName, portNumber, qualifiedName } from './names.ts';

const specPath = new Path('spec');
const portsPath = specPath.child('ports');
const annotationsPath = new Path('metadata').child('annotations');
const topologyHints = 'service.kubernetes.io/topology-aware-hints';
const topologyMode = 'service.kubernetes.io/topology-mode';
const sourceRanges = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const emptySpec: ServiceSpec = {};

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const affinities = ['ClientIP', 'None'];
const trafficPolicies = ['Cluster', 'Local'];
const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const families = ['IPv4', 'IPv6'];
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const maxAffinitySeconds = 86_400;

export function isHeadless(spec: ServiceSpec): boolean {
  return spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None';
}

/** Reachable from outside the cluster. */
export function isExternallyAccessible({ type, externalIPs = [] }: ServiceSpec): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIPs.length > 0);
}

export function needsHealthCheck(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

export function validateService(service: Service, old: Service | undefined, errors: Errors): void {
  const spec = service.spec ?? emptySpec;
  const { ports = [] } = spec;
  const mode = service.metadata.annotations?.[topologyMode];
  const hints = service.metadata.annotations?.[topologyHints];
  if (mode !== undefined && hints !== undefined && mode !== hints) errors.invalid(annotationsPath.key(topologyMode), mode, `must match annotations[${topologyHints}] when both are specified`);
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') errors.required(portsPath);
  validateType(spec, errors);
  const names = new Set<string>();
  ports.forEach((port, i) => validatePort(port, ports.length > 1, names, portsPath.index(i), errors));
  if (spec.selector !== undefined) validateLabels(spec.selector, specPath.child('selector'), errors);
  validateAffinity(spec, errors);
  validateClusterIps(spec, old?.spec?.clusterIPs ?? [], errors);
  spec.externalIPs?.forEach((ip, i) => {
    const count = errors.length;
    const at = specPath.child('externalIPs').index(i);
    validateLegacyIp(ip, at, errors, old?.spec?.externalIPs ?? []);
    if (errors.length === count) validateEndpointIp(ip, at, errors);
  });
  if (!spec.type) errors.required(specPath.child('type'));
  else if (!types.includes(spec.type)) errors.notSupported(specPath.child('type'), spec.type, types);
  validatePortNumbers(spec, errors);
  validateSourceRanges(service, old, errors);
  validateLoadBalancerFields(spec, errors);
  validateTraffic(spec, errors);
}

function validateType(spec: ServiceSpec, errors: Errors): void {
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    errors.invalid(specPath.child('clusterIPs').index(0), 'None', `may not be set to 'None' for ${spec.type} services`);
  }
  if (spec.type !== 'ExternalName') return;
  const never = 'may not be set for ExternalName services';
  if ((spec.clusterIPs ?? []).length > 0) errors.forbidden(specPath.child('clusterIPs'), never);
  if ((spec.ipFamilies ?? []).length > 0) errors.forbidden(specPath.child('ipFamilies'), never);
  if (spec.ipFamilyPolicy !== undefined) errors.forbidden(specPath.child('ipFamilyPolicy'), never);
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.required(specPath.child('externalName'));
  else errors.invalidAll(specPath.child('externalName'), name, dns1123Subdomain(name));
}

function validatePort(port: ServicePort, needsName: boolean, names: Set<string>, path: Path, errors: Errors): void {
  const { name = '', protocol } = port;
  if (name === '') {
    if (needsName) errors.required(path.child('name'));
  } else {
    errors.invalidAll(path.child('name'), name, dns1123Label(name));
    if (names.has(name)) errors.duplicate(path.child('name'), name);
    names.add(name);
  }
  errors.invalidAll(path.child('port'), port.port, portNumber(port.port));
  if (!protocol) errors.required(path.child('protocol'));
  else if (!protocols.includes(protocol)) errors.notSupported(path.child('protocol'), protocol, protocols);
  const target = port.targetPort ?? 0;
  errors.invalidAll(path.child('targetPort'), target, typeof target === 'number' ? portNumber(target) : portName(target));
  if (port.appProtocol !== undefined) errors.invalidAll(path.child('appProtocol'), port.appProtocol, qualifiedName(port.appProtocol));
}

function validateAffinity(spec: ServiceSpec, errors: Errors): void {
  const path = specPath.child('sessionAffinityConfig');
  const config = spec.sessionAffinityConfig;
  const affinity = spec.sessionAffinity ?? '';
  if (affinity === '') errors.required(specPath.child('sessionAffinity'));
  else if (!affinities.includes(affinity)) errors.notSupported(specPath.child('sessionAffinity'), affinity, affinities);
  if (affinity === 'None' && config !== undefined) errors.forbidden(path, 'must not be set when session affinity is None');
  if (affinity !== 'ClientIP') return;
  const needed = 'when session affinity type is ClientIP';
  const seconds = config?.clientIP?.timeoutSeconds;
  if (config === undefined) errors.required(path, needed);
  else if (config.clientIP === undefined) errors.required(path.child('clientIP'), needed);
  else if (seconds === undefined) errors.required(path.child('clientIP').child('timeoutSeconds'), needed);
  else if (seconds <= 0 || seconds > maxAffinitySeconds) errors.invalid(path.child('clientIP').child('timeoutSeconds'), seconds, `must be greater than 0 and less than ${maxAffinitySeconds}`);
}

function isIpv6Text(text: string): boolean {
  const ip = parseIp(text);
  return ip !== undefined && !isIpv4(ip);
}

/** clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy (models ValidateServiceClusterIPsRelatedFields). */
export function validateClusterIps(spec: ServiceSpec, before: readonly string[], errors: Errors): void {
  if (spec.type === 'ExternalName') return;
  const ips = spec.clusterIPs ?? [];
  const path = specPath.child('clusterIPs');
  const shown = spec.clusterIPs ?? null;
  if (spec.clusterIP) {
    if (ips.length === 0) errors.required(path);
    else if (ips[0] !== spec.clusterIP) errors.invalid(path, shown, 'first value must match `clusterIP`');
  } else if (ips.length > 0) {
    errors.invalid(path, shown, 'must be empty when `clusterIP` is not specified');
  }
  spec.ipFamilies?.forEach((family, i, all) => {
    if (!families.includes(family)) errors.notSupported(specPath.child('ipFamilies').index(i), family, families);
    if (all.indexOf(family) < i) errors.duplicate(specPath.child('ipFamilies').index(i), family);
  });
  const policy = spec.ipFamilyPolicy;
  if (policy !== undefined && !familyPolicies.includes(policy)) errors.notSupported(specPath.child('ipFamilyPolicy'), policy, familyPolicies);
  const count = errors.length;
  ips.forEach((ip, i) => {
    if (i > 0 || ip !== 'None') validateLegacyIp(ip, path.index(i), errors, before);
    else if (ips.length > 1) errors.invalid(path, shown, "'None' must be the first and only value");
  });
  const hasInvalid = errors.length > count;
  if (ips.length > 2) errors.invalid(path, shown, 'may only hold up to 2 values');
  if (hasInvalid) return;
  if (ips.length > 1 && new Set(ips.map(isIpv6Text)).size < 2) errors.invalid(path, shown, 'may specify no more than one IP for each IP family');
  if (isHeadless(spec)) return;
  ips.forEach((ip, i) => {
    const family = spec.ipFamilies?.[i];
    if (family === 'IPv4' && isIpv6Text(ip)) errors.invalid(path.index(i), ip, `expected an IPv4 value as indicated by \`ipFamilies[${i}]\``);
    if (family === 'IPv6' && !isIpv6Text(ip)) errors.invalid(path.index(i), ip, `expected an IPv6 value as indicated by \`ipFamilies[${i}]\``);
  });
}

function validatePortNumbers({ type, ports = [] }: ServiceSpec, errors: Errors): void {
  if (type === 'ClusterIP') {
    ports.forEach(({ nodePort }, i) => {
      if (nodePort) errors.forbidden(portsPath.index(i).child('nodePort'), "may not be used when `type` is 'ClusterIP'");
    });
  }
  const nodePorts = new Set<string>();
  ports.forEach(({ nodePort, protocol }, i) => {
    if (!nodePort) return;
    const key = `${protocol ?? ''} ${nodePort}`;
    if (nodePorts.has(key)) errors.duplicate(portsPath.index(i).child('nodePort'), nodePort);
    nodePorts.add(key);
  });
  const numbers = new Set<string>();
  ports.forEach(({ port, protocol = 'TCP' }, i) => {
    const key = `${protocol} ${port}`;
    if (numbers.has(key)) errors.duplicate(portsPath.index(i), internalForm({ protocol, port }, 'core.ServicePort'));
    numbers.add(key);
  });
}

function validateSourceRanges(service: Service, old: Service | undefined, errors: Errors): void {
  const spec = service.spec ?? emptySpec;
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const onlyLoadBalancers = "may only be used when `type` is 'LoadBalancer'";
  if (ranges.length > 0) {
    const path = specPath.child('LoadBalancerSourceRanges');
    if (spec.type !== 'LoadBalancer') errors.forbidden(path, onlyLoadBalancers);
    const before = (old?.spec?.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    ranges.forEach((range, i) => validateLegacyCidr(range.trim(), path.index(i), errors, before));
    return;
  }
  const text = service.metadata.annotations?.[sourceRanges];
  if (text === undefined) return;
  const path = annotationsPath.key(sourceRanges);
  if (spec.type !== 'LoadBalancer') errors.forbidden(path, onlyLoadBalancers);
  if (old?.metadata.annotations?.[sourceRanges] === text || text.trim() === '') return;
  for (const range of text.trim().split(',')) validateLegacyCidr(range.trim(), path, errors);
}

function validateLoadBalancerFields(spec: ServiceSpec, errors: Errors): void {
  const isLoadBalancer = spec.type === 'LoadBalancer';
  const onlyLoadBalancers = "may only be used when `type` is 'LoadBalancer'";
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isLoadBalancer) errors.forbidden(specPath.child('allocateLoadBalancerNodePorts'), onlyLoadBalancers);
  if (spec.allocateLoadBalancerNodePorts === undefined && isLoadBalancer) errors.required('allocateLoadBalancerNodePorts');
  validateClass(spec, errors);
}

function validateClass(spec: ServiceSpec, errors: Errors): void {
  if (spec.loadBalancerClass === undefined) return;
  const path = specPath.child('loadBalancerClass');
  if (spec.type === 'LoadBalancer') errors.invalidAll(path, spec.loadBalancerClass, qualifiedName(spec.loadBalancerClass));
  else errors.forbidden(path, "may only be used when `type` is 'LoadBalancer'");
}

function validateTraffic(spec: ServiceSpec, errors: Errors): void {
  const external = spec.externalTrafficPolicy ?? '';
  const path = specPath.child('externalTrafficPolicy');
  if (!isExternallyAccessible(spec)) {
    if (external !== '') errors.invalid(path, external, 'may only be set for externally-accessible services');
  } else if (external === '') {
    errors.required(path);
  } else if (!trafficPolicies.includes(external)) {
    errors.notSupported(path, external, trafficPolicies);
  }
  const port = spec.healthCheckNodePort ?? 0;
  const portPath = specPath.child('healthCheckNodePort');
  if (needsHealthCheck(spec)) {
    if (port === 0) errors.required(portPath);
    else errors.invalidAll(portPath, port, portNumber(port));
  } else if (port !== 0) {
    errors.invalid(portPath, port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
  }
  const internal = spec.internalTrafficPolicy;
  const internalPath = specPath.child('internalTrafficPolicy');
  if (internal === undefined) {
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer' || spec.type === 'ClusterIP') errors.required(internalPath);
  } else if (!trafficPolicies.includes(internal)) {
    errors.notSupported(internalPath, internal, trafficPolicies);
  }
  const distribution = spec.trafficDistribution;
  if (distribution !== undefined && !distributions.includes(distribution)) errors.notSupported(specPath.child('trafficDistribution'), distribution, distributions);
}

/** What may not change once it is set. */
export function validateServiceChanges(after: ServiceSpec, before: ServiceSpec, errors: Errors): void {
  const isExternal = after.type === 'ExternalName' || before.type === 'ExternalName';
  if (!isExternal) {
    validateIpChanges(after, before, errors);
    validateFamilyChanges(after, before, errors);
  }
  const classPath = specPath.child('loadBalancerClass');
  const bothBalancers = after.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (bothBalancers && after.loadBalancerClass !== before.loadBalancerClass) errors.invalid(classPath, after.loadBalancerClass ?? null, 'may not change once set');
  validateClass(after, errors);
  if (needsHealthCheck(before) && needsHealthCheck(after) && (after.healthCheckNodePort ?? 0) !== (before.healthCheckNodePort ?? 0)) {
    errors.forbidden(specPath.child('healthCheckNodePort'), fieldImmutable);
  }
}

function validateIpChanges(after: ServiceSpec, before: ServiceSpec, errors: Errors): void {
  if (isHeadless(after) && isHeadless(before)) return;
  const path = specPath.child('clusterIPs');
  const ips = after.clusterIPs ?? [];
  const old = before.clusterIPs ?? [];
  const shown = after.clusterIPs ?? null;
  if (old.length === ips.length) {
    old.forEach((ip, i) => {
      if (ip !== ips[i]) errors.invalid(path.index(i), shown, 'may not change once set');
    });
    return;
  }
  if (ips.length === 0) errors.invalid(path.index(0), shown, 'primary clusterIP can not be unset');
  else if (old.length > 0 && ips[0] !== old[0]) errors.invalid(path.index(0), shown, 'may not change once set');
  if (old.length > ips.length && ips.length === 1 && after.ipFamilyPolicy !== 'SingleStack') {
    errors.invalid(specPath.child('ipFamilyPolicy'), after.ipFamilyPolicy ?? null, "must be set to 'SingleStack' when releasing the secondary clusterIP");
  }
}

function validateFamilyChanges(after: ServiceSpec, before: ServiceSpec, errors: Errors): void {
  if (isHeadless(after) || isHeadless(before)) return;
  const path = specPath.child('ipFamilies').index(0);
  const list = after.ipFamilies ?? [];
  const old = before.ipFamilies ?? [];
  if (old.length === list.length) {
    old.forEach((family, i) => {
      if (family !== list[i]) errors.invalid(path, after.ipFamilies ?? null, 'may not change once set');
    });
    return;
  }
  const released = old.length > list.length;
  if (released && (after.clusterIPs ?? []).length === 0) errors.invalid(path, after.ipFamilies ?? null, 'primary ipFamily can not be unset');
  if (list.length > 0 && old.length > 0 && list[0] !== old[0]) errors.invalid(path, after.clusterIPs ?? null, 'may not change once set');
  if (released && list.length === 1 && after.ipFamilyPolicy !== 'SingleStack') {
    errors.invalid(specPath.child('ipFamilyPolicy'), after.ipFamilyPolicy ?? null, "must be set to 'SingleStack' when releasing the secondary ipFamily");
  }
}
