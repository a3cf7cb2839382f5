// Services (models pkg/registry/core/service). Cluster IPs and node ports are given out by the server.
import type { Service, ServicePort, ServiceSpec } from '../generated/types.ts';
import { change, each, fill, without } from '../defaults/fill.ts';
import { age, formatLabels } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { Path } from '../validation/field.ts';
import { cidrWarnings, ipWarnings } from '../validation/ip.ts';
import { ingressPath, validateServiceAddresses } from '../validation/load-balancer.ts';
import { labelName } from '../validation/names.ts';
import { isExternallyAccessible, needsHealthCheck, validateService, validateServiceChanges } from '../validation/service.ts';
import { defineKind, equal, keep } from './define.ts';

const specPath = new Path('spec');
const affinitySeconds = 10_800;
const emptySpec: ServiceSpec = {};

function defaultPort(port: ServicePort): ServicePort {
  const typed = fill(port, { protocol: 'TCP' });
  return typed.targetPort ? typed : { ...typed, targetPort: typed.port };
}

function defaultAffinity(before: ServiceSpec): ServiceSpec {
  const spec = before.sessionAffinity ? before : { ...before, sessionAffinity: 'None' as const };
  if (spec.sessionAffinity === 'None') return without(spec, 'sessionAffinityConfig');
  if (spec.sessionAffinity !== 'ClientIP' || spec.sessionAffinityConfig?.clientIP?.timeoutSeconds !== undefined) return spec;
  return { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: affinitySeconds } } };
}

function defaultSpec(before: ServiceSpec): ServiceSpec {
  let spec = defaultAffinity(before);
  if (!spec.type) spec = { ...spec, type: 'ClusterIP' };
  spec = change(spec, 'ports', (ports) => each(ports, defaultPort));
  if (isExternallyAccessible(spec) && !spec.externalTrafficPolicy) spec = { ...spec, externalTrafficPolicy: 'Cluster' };
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer' || spec.type === 'ClusterIP') spec = fill(spec, { internalTrafficPolicy: 'Cluster' });
  return spec.type === 'LoadBalancer' ? fill(spec, { allocateLoadBalancerNodePorts: true }) : spec;
}

function defaultService(before: Service): Service {
  const service = change(before, 'spec', defaultSpec);
  if (service.spec?.type !== 'LoadBalancer') return service;
  return change(service, 'status', (status) => change(status, 'loadBalancer', (balancer) => change(balancer, 'ingress', (list) =>
    each(list, (ingress) => (ingress.ip ? fill(ingress, { ipMode: 'VIP' }) : ingress)))));
}

function usesNodePorts({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

function nodePorts({ ports = [] }: ServiceSpec): readonly number[] {
  return ports.flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
}

/** Clears what no longer makes sense when the type changes, unless the client changed it as well (dropTypeDependentFields). */
function withoutOldFields(before: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let spec = before;
  if (old.type !== 'ExternalName' && spec.type === 'ExternalName') {
    if ((spec.clusterIP ?? '') === (old.clusterIP ?? '') && equal(spec.clusterIPs ?? [], old.clusterIPs ?? [])) spec = without(without(spec, 'clusterIP'), 'clusterIPs');
    if (equal(spec.ipFamilies, old.ipFamilies)) spec = without(spec, 'ipFamilies');
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) spec = without(spec, 'ipFamilyPolicy');
  }
  const oldPorts = nodePorts(old);
  if (usesNodePorts(old) && !usesNodePorts(spec) && nodePorts(spec).every((port) => oldPorts.includes(port))) {
    spec = change(spec, 'ports', (ports) => each(ports, (port) => without(port, 'nodePort')));
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec) && spec.healthCheckNodePort === old.healthCheckNodePort) spec = without(spec, 'healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) spec = without(spec, 'allocateLoadBalancerNodePorts');
    if (spec.loadBalancerClass === old.loadBalancerClass) spec = without(spec, 'loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec) && spec.externalTrafficPolicy === old.externalTrafficPolicy) spec = without(spec, 'externalTrafficPolicy');
  return spec;
}

/** The policy was once filled in where it means nothing; it is not shown there. */
function withoutInternalPolicy(service: Service): Service {
  return service.spec?.type === 'ExternalName' ? change(service, 'spec', (spec) => without(spec, 'internalTrafficPolicy')) : service;
}

function prepareForUpdate(before: Service, old: Service): Service {
  const next = withoutInternalPolicy(before);
  const kept = change(keep(next, old, 'status'), 'spec', (spec) => withoutOldFields(spec, old.spec ?? emptySpec));
  return kept.spec?.type === 'LoadBalancer' || kept.status?.loadBalancer?.ingress === undefined ? kept : { ...kept, status: { ...kept.status, loadBalancer: {} } };
}

function ignoredWarnings(spec: ServiceSpec): readonly string[] {
  const warnings: string[] = [];
  if (spec.type !== 'ClusterIP' || spec.clusterIP !== 'None') return warnings;
  if (spec.loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services');
  if ((spec.externalIPs ?? []).length > 0) warnings.push('spec.externalIPs is ignored for headless services');
  if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  return warnings;
}

function warningsOf({ metadata, spec = emptySpec }: Service): readonly string[] {
  const warnings: string[] = [];
  const hints = 'service.kubernetes.io/topology-aware-hints';
  if (metadata.annotations?.[hints] !== undefined) warnings.push(`annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`);
  const isHeadless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  const externalIps = spec.externalIPs ?? [];
  if (spec.clusterIP && spec.clusterIP !== 'None') spec.clusterIPs?.forEach((ip, i) => warnings.push(...ipWarnings(ip, specPath.child('clusterIPs').index(i))));
  warnings.push(...ignoredWarnings(spec));
  externalIps.forEach((ip, i) => warnings.push(...ipWarnings(ip, specPath.child('externalIPs').index(i))));
  if (externalIps.length > 0 && !isHeadless && spec.type !== 'ExternalName') warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  if (spec.loadBalancerIP) warnings.push(...ipWarnings(spec.loadBalancerIP, specPath.child('loadBalancerIP')));
  spec.loadBalancerSourceRanges?.forEach((range, i) => warnings.push(...cidrWarnings(range, specPath.child('loadBalancerSourceRanges').index(i))));
  if (spec.type === 'ExternalName' && externalIps.length > 0) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (spec.type !== 'ExternalName' && spec.externalName) warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (spec.trafficDistribution === 'PreferClose') warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return warnings;
}

/** IPs or names of load balancers, sorted. */
export function balancerCell(list: readonly { readonly ip?: string; readonly hostname?: string }[] | undefined): string {
  return [...new Set((list ?? []).map(({ ip, hostname }) => ip || (hostname ?? '')).filter((text) => text !== ''))].sort().join(',');
}

function externalCell({ spec = emptySpec, status }: Service): string {
  const ips = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP': case 'NodePort': return ips.length > 0 ? ips.join(',') : '<none>';
    case 'LoadBalancer': return [balancerCell(status?.loadBalancer?.ingress), ...ips].filter((text) => text !== '').join(',') || '<pending>';
    case 'ExternalName': return spec.externalName ?? '';
    case undefined: return '<unknown>';
  }
}

function portCell({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol ?? ''}` : `${port}/${protocol ?? ''}`;
}

export const serviceKind = defineKind<Service>({
  group: '', version: 'v1', kind: 'Service', plural: 'services', shortNames: ['svc'], categories: ['all'], namespaced: true,
  subresources: ['proxy', 'status'],
  schema: schemaName('core.v1', 'Service'),
  createOnUpdate: true,
  nameRule: labelName,
  defaults: defaultService,
  prepareForCreate: (service) => ({ ...withoutInternalPolicy(service), status: { loadBalancer: {} } }),
  prepareForUpdate,
  validate: (service, errors) => validateService(service, undefined, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateServiceChanges(next.spec ?? emptySpec, old.spec ?? emptySpec, errors);
    validateService(next, old, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, old, errors, checks) => {
      checks.metadata();
      const addresses = next.status?.loadBalancer?.ingress ?? [];
      if (next.spec?.type !== 'LoadBalancer' && addresses.length > 0) errors.forbidden(ingressPath, "may only be used when `spec.type` is 'LoadBalancer'");
      else validateServiceAddresses(addresses, old.status?.loadBalancer?.ingress ?? [], errors);
    },
  },
  warnings: warningsOf,
  selectableFields: ({ spec }) => ({ 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' }),
  row: (service, nowMs) => {
    const { metadata, spec = emptySpec } = service;
    const ports = (spec.ports ?? []).map(portCell).join(',');
    return [metadata.name ?? '', spec.type ?? '', spec.clusterIPs?.[0] ?? '<none>', externalCell(service), ports || '<none>', age(metadata.creationTimestamp, nowMs), formatLabels(spec.selector)];
  },
});
