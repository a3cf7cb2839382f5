// What objects count against quotas (models pkg/quota/v1/evaluator/core and the generic object count).
import { parseTime } from '../../../../base/time.ts';
import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '../../../api/generated/types.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { compareQuantities, parseQuantity, quantityFromValue } from '../../../api/quantity.ts';
import type { Quantity } from '../../../api/quantity.ts';
import { podAmounts } from './pod-resources.ts';
import { add } from './resource-list.ts';
import type { Amounts } from './resource-list.ts';

const ONE = quantityFromValue(1);
const ZERO = quantityFromValue(0);
/** Billionths in one. */
const NANO = 1_000_000_000n;

/** Plain counts, by the names that were there before `count/…`. */
const legacyNames: Readonly<Record<string, string>> = {
  configmaps: 'configmaps', resourcequotas: 'resourcequotas', replicationcontrollers: 'replicationcontrollers', secrets: 'secrets',
};

const POD_NAMES = ['count/pods', 'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage', 'pods'];
const POD_REQUIRED = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);
const SERVICE_NAMES = ['count/services', 'services', 'services.nodeports', 'services.loadbalancers'];
const CLASS_SUFFIX = '.storageclass.storage.k8s.io/';

/** `resource` is `pods` or `deployments.apps`; what of a quota's names concerns it. */
export function namesFor(resource: string, hard: Iterable<string>): readonly string[] {
  const names = [...hard];
  switch (resource) {
    case 'pods': return names.filter((name) => POD_NAMES.includes(name) || /^(?:requests\.)?hugepages-/.test(name) || /^requests\.[^/]+\//.test(name));
    case 'services': return names.filter((name) => SERVICE_NAMES.includes(name));
    case 'persistentvolumeclaims':
      return names.filter((name) => ['count/persistentvolumeclaims', 'persistentvolumeclaims', 'requests.storage'].includes(name) || name.includes(CLASS_SUFFIX));
    default: return names.filter((name) => name === `count/${resource}` || name === legacyNames[resource]);
  }
}

/** How much an object counts; at `unixUs` (µs since 1970), by which a pod may be overdue to go. */
export function usageOf(resource: string, object: ApiObject, unixUs = 0): Amounts {
  switch (resource) {
    case 'pods': return podUsage(object as Pod, unixUs);
    case 'services': return serviceUsage(object as Service);
    case 'persistentvolumeclaims': return claimUsage(object as PersistentVolumeClaim);
    default: {
      const legacy = legacyNames[resource];
      return new Map([[`count/${resource}`, ONE], ...(legacy === undefined ? [] : [[legacy, ONE] as const])]);
    }
  }
}

/** A pod that takes up nothing any more: it has ended, or should be gone by now (the opposite of QuotaV1Pod). */
export function hasEnded({ status, metadata }: Pod, unixUs: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return unixUs > (parseTime(deletionTimestamp) ?? 0) + deletionGracePeriodSeconds * 1_000_000;
}

function podUsage(pod: Pod, unixUs: number): Amounts {
  const { spec } = pod;
  const usage = new Map<string, Quantity>([['count/pods', ONE]]);
  return hasEnded(pod, unixUs) || !spec ? usage : add(usage, resourceUsage(podAmounts(spec, 'requests'), podAmounts(spec, 'limits')));
}

function resourceUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage = new Map<string, Quantity>([['pods', ONE]]);
  for (const [name, quantity] of requests) {
    usage.set(`requests.${name}`, quantity);
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-')) usage.set(name, quantity);
  }
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const limit = limits.get(name);
    if (limit) usage.set(`limits.${name}`, limit);
  }
  return usage;
}

function serviceUsage({ spec }: Service): Amounts {
  const nodePorts = (spec?.ports ?? []).length;
  const balanced = spec?.type === 'LoadBalancer';
  const counted = balanced && spec.allocateLoadBalancerNodePorts === false ? (spec.ports ?? []).filter(({ nodePort }) => nodePort).length : nodePorts;
  return new Map([
    ['count/services', ONE], ['services', ONE], ['services.loadbalancers', balanced ? ONE : ZERO],
    ['services.nodeports', balanced || spec?.type === 'NodePort' ? quantityFromValue(counted) : ZERO],
  ]);
}

function claimUsage({ spec, metadata, status }: PersistentVolumeClaim): Amounts {
  const usage = new Map<string, Quantity>([['count/persistentvolumeclaims', ONE], ['persistentvolumeclaims', ONE]]);
  const className = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '';
  if (className !== '') usage.set(`${className}${CLASS_SUFFIX}persistentvolumeclaims`, ONE);
  const requested = spec?.resources?.requests?.['storage'];
  if (requested === undefined) return usage;
  const storage = largest(parseQuantity(requested), status?.allocatedResources?.['storage']);
  usage.set('requests.storage', storage);
  if (className !== '') usage.set(`${className}${CLASS_SUFFIX}requests.storage`, storage);
  return usage;
}

/** A claim counts with what is being allocated to it, if that is more than it asks for now; in whole bytes. */
function largest(requested: Quantity, allocated: string | number | undefined): Quantity {
  const other = allocated === undefined ? requested : parseQuantity(allocated);
  const most = compareQuantities(other, requested) > 0 ? other : requested;
  return most.nano % NANO === 0n ? most : { ...most, nano: (most.nano / NANO + 1n) * NANO };
}

/** Whether a change of such an object can change usage at all. */
export function counts(resource: string, operation: 'CREATE' | 'UPDATE' | 'DELETE', subresource: string): boolean {
  if (operation === 'CREATE') return subresource === '';
  if (operation === 'DELETE') return false;
  switch (resource) {
    case 'pods': return subresource === 'resize';
    case 'services': case 'persistentvolumeclaims': return subresource === '';
    default: return false;
  }
}

/** What a pod leaves open that a quota wants to know: `must specify limits.cpu for: app`; '' if nothing. */
export function missingOf(resource: string, object: ApiObject, names: readonly string[]): string {
  if (resource !== 'pods') return '';
  const { spec } = object as Pod;
  if (!spec || spec.resources?.requests || spec.resources?.limits) return '';
  const missing = new Map<string, string[]>();
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const { requests = {}, limits = {} } = container.resources ?? {};
    for (const name of names) {
      if (!POD_REQUIRED.has(name)) continue;
      const [part, what] = name.startsWith('limits.') ? [limits, name.slice(7)] : [requests, name.replace('requests.', '')];
      if (part[what] === undefined) missing.set(name, [...(missing.get(name) ?? []), container.name]);
    }
  }
  if (missing.size === 0) return '';
  const parts = [...missing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, containers]) => `${name} for: ${containers.toSorted().join(',')}`);
  return `must specify ${parts.join('; ')}`;
}

// ---- scopes ----

interface ScopeTerm { readonly scopeName: string; readonly operator: string; readonly values?: readonly string[] }

/** Whether a quota's scopes include the object. Only pods (and claims, by their class of attributes) have scopes. */
export function inScopes(resource: string, quota: ResourceQuota, object: ApiObject): boolean {
  const terms: readonly ScopeTerm[] = [
    ...(quota.spec?.scopes ?? []).map((scopeName): ScopeTerm => ({ scopeName, operator: 'Exists' })), ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (terms.length === 0) return true;
  if (resource === 'persistentvolumeclaims') return terms.every((term) => claimInScope(term, object as PersistentVolumeClaim));
  return resource === 'pods' && terms.every((term) => podInScope(term, object as Pod));
}

/** By the classes of attributes that a claim asks for, has, or is changing to. */
function claimInScope(term: ScopeTerm, { spec, status }: PersistentVolumeClaim): boolean {
  if (term.scopeName !== 'VolumeAttributesClass') return false;
  const classes = [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName].filter((name) => name !== undefined && name !== '');
  return classes.length === 0 ? matchesClass(term, '') : classes.some((name) => matchesClass(term, name ?? ''));
}

/** What the scope Terminating means: the pod may run so long and no longer. */
export function isTimeLimited({ spec }: Pod): boolean {
  return (spec?.activeDeadlineSeconds ?? -1) >= 0;
}

function podInScope(term: ScopeTerm, pod: Pod): boolean {
  switch (term.scopeName) {
    case 'Terminating': return isTimeLimited(pod);
    case 'NotTerminating': return !isTimeLimited(pod);
    case 'BestEffort': return isBestEffort(pod);
    case 'NotBestEffort': return !isBestEffort(pod);
    case 'PriorityClass': return matchesClass(term, pod.spec?.priorityClassName ?? '');
    case 'CrossNamespacePodAffinity': return reachesOut(pod);
    default: return false;
  }
}

function matchesClass({ operator, values = [] }: ScopeTerm, name: string): boolean {
  switch (operator) {
    case 'Exists': return name !== '';
    case 'DoesNotExist': return name === '';
    case 'In': return name !== '' && values.includes(name);
    case 'NotIn': return !values.includes(name);
    default: return false;
  }
}

function isBestEffort({ spec }: Pod): boolean {
  const positive = (list: Readonly<Record<string, string | number>> | undefined): boolean => ['cpu', 'memory'].some((name) => parseQuantity(list?.[name] ?? '0').nano > 0n);
  const parts = [spec?.resources, ...[...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ resources }) => resources)];
  return !parts.some((resources) => positive(resources?.requests) || positive(resources?.limits));
}

function reachesOut({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) => {
    const terms = [...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm)];
    return terms.some(({ namespaces, namespaceSelector }) => (namespaces ?? []).length > 0 || namespaceSelector !== undefined);
  });
}
