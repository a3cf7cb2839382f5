import type { Container, LimitRange, PersistentVolumeClaim, Pod } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { compareQuantities, formatQuantity, parseQuantity, quantityValue } from '../../api/quantity.ts';
import type { Quantity } from '../../api/quantity.ts';
import { withMeta } from '../object.ts';
import { forbid, lookUpAll } from './plugin.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';
import { podAmounts } from './quota/pod-resources.ts';
import { amountsOf } from './quota/resource-list.ts';
import type { Amounts } from './quota/resource-list.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

type Limit = NonNullable<LimitRange['spec']>['limits'][number];
interface Usage { readonly type: string; readonly requests: Amounts; readonly limits: Amounts }

/** Models LimitRanger: fills in what a namespace's LimitRanges say containers ask for by default, and checks the bounds. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  resources: ['pods', 'persistentvolumeclaims', 'pods/resize'],
  operations: ['CREATE', 'UPDATE'],
  admit(object, attributes) {
    if (!applies(object, attributes) || object.kind !== 'Pod') return object;
    return rangesOf(attributes).reduce<ApiObject>((pod, range) => withDefaults(pod as Pod, range), object);
  },
  validate(object, attributes) {
    if (!object || !applies(object, attributes)) return;
    for (const range of rangesOf(attributes)) {
      const problems = [...new Set(problemsOf(object, range))];
      if (problems.length > 0) forbid(attributes, object, problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`);
    }
  },
};

function applies(object: ApiObject, { operation, old, call }: Attributes): boolean {
  if (old?.metadata.deletionTimestamp) return false;
  return object.kind !== 'Pod' || operation === 'CREATE' || call.request.subresource === 'resize';
}

function rangesOf(attributes: Attributes): readonly LimitRange[] {
  return lookUpAll(attributes, 'limitranges', attributes.call.request.namespace) as readonly LimitRange[];
}

// ---- defaults ----

function withDefaults(pod: Pod, range: LimitRange): Pod {
  const requests = new Map<string, string>();
  const limits = new Map<string, string>();
  for (const limit of range.spec?.limits ?? []) {
    if (limit.type !== 'Container') continue;
    for (const [name, quantity] of Object.entries(limit.defaultRequest ?? {})) requests.set(name, String(quantity));
    for (const [name, quantity] of Object.entries(limit.default ?? {})) limits.set(name, String(quantity));
  }
  if (requests.size + limits.size === 0) return pod;
  const notes: string[] = [];
  const fill = (what: string) => <C extends Container>(container: C): C => {
    const setRequests = [...requests.keys()].filter((name) => container.resources?.requests?.[name] === undefined).sort();
    const setLimits = [...limits.keys()].filter((name) => container.resources?.limits?.[name] === undefined).sort();
    if (setRequests.length > 0) notes.push(`${setRequests.join(', ')} request for ${what} ${container.name}`);
    if (setLimits.length > 0) notes.push(`${setLimits.join(', ')} limit for ${what} ${container.name}`);
    if (setRequests.length + setLimits.length === 0) return container;
    const resources = { ...container.resources, ...merged('limits', container, limits), ...merged('requests', container, requests) };
    return { ...container, resources };
  };
  const containers = (pod.spec?.containers as readonly Container[] | null | undefined)?.map(fill('container')) ?? [];
  const initContainers = pod.spec?.initContainers?.map(fill('init container'));
  if (notes.length === 0) return pod;
  const spec = { ...pod.spec, containers, ...(initContainers ? { initContainers } : {}) };
  const annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
  return { ...withMeta(pod, { annotations }), spec } as Pod;
}

function merged(part: 'limits' | 'requests', { resources }: Container, defaults: ReadonlyMap<string, string>): Partial<NonNullable<Container['resources']>> {
  const all = { ...Object.fromEntries(defaults), ...resources?.[part] };
  return Object.keys(all).length > 0 ? { [part]: all } : {};
}

// ---- bounds ----

function problemsOf(object: ApiObject, range: LimitRange): string[] {
  return (range.spec?.limits ?? []).flatMap((limit) => (object.kind === 'Pod' ? podProblems(object as Pod, limit) : claimProblems(object as PersistentVolumeClaim, limit)));
}

function podProblems({ spec }: Pod, limit: Limit): string[] {
  if (!spec) return [];
  if (limit.type === 'Container') {
    return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) => {
      const usage = { type: 'Container', requests: amountsOf(resources?.requests), limits: amountsOf(resources?.limits) };
      return bounds(usage, limit);
    });
  }
  return limit.type === 'Pod' ? bounds({ type: 'Pod', requests: podAmounts(spec, 'requests'), limits: podAmounts(spec, 'limits') }, limit) : [];
}

function bounds(usage: Usage, limit: Limit): string[] {
  return [
    ...Object.entries(limit.min ?? {}).map(([name, bound]) => belowMin(usage, name, parseQuantity(bound))),
    ...Object.entries(limit.max ?? {}).map(([name, bound]) => aboveMax(usage, name, parseQuantity(bound))),
    ...Object.entries(limit.maxLimitRequestRatio ?? {}).map(([name, bound]) => aboveRatio(usage, name, parseQuantity(bound))),
  ].filter((problem) => problem !== '');
}

function claimProblems({ spec }: PersistentVolumeClaim, limit: Limit): string[] {
  if (limit.type !== 'PersistentVolumeClaim') return [];
  const usage: Usage = { type: 'PersistentVolumeClaim', requests: amountsOf(spec?.resources?.requests), limits: new Map() };
  return [
    ...Object.entries(limit.min ?? {}).map(([name, bound]) => belowMin(usage, name, parseQuantity(bound))),
    ...Object.entries(limit.max ?? {}).map(([name, bound]) => aboveMaxRequest(usage, name, parseQuantity(bound))),
  ].filter((problem) => problem !== '');
}

function belowMin({ type, requests, limits }: Usage, name: string, bound: Quantity): string {
  const rule = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = requests.get(name);
  const limit = limits.get(name);
  if (!request) return `${rule}.  No request is specified`;
  if (compareQuantities(request, bound) < 0) return `${rule}, but request is ${formatQuantity(request)}`;
  return limit && compareQuantities(limit, bound) < 0 ? `${rule}, but limit is ${formatQuantity(limit)}` : '';
}

function aboveMax({ type, requests, limits }: Usage, name: string, bound: Quantity): string {
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = requests.get(name);
  const limit = limits.get(name);
  if (!limit) return `${rule}.  No limit is specified`;
  if (compareQuantities(limit, bound) > 0) return `${rule}, but limit is ${formatQuantity(limit)}`;
  return request && compareQuantities(request, bound) > 0 ? `${rule}, but request is ${formatQuantity(request)}` : '';
}

function aboveMaxRequest({ type, requests }: Usage, name: string, bound: Quantity): string {
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = requests.get(name);
  if (!request) return `${rule}.  No request is specified`;
  return compareQuantities(request, bound) > 0 ? `${rule}, but request is ${formatQuantity(request)}` : '';
}

const MICRO = 1_000_000n;

function aboveRatio({ type, requests, limits }: Usage, name: string, bound: Quantity): string {
  const rule = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  const request = requests.get(name);
  const limit = limits.get(name);
  if (!request || request.nano === 0n) return `${rule}, but no request is specified or request is 0`;
  if (!limit || limit.nano === 0n) return `${rule}, but no limit is specified or limit is 0`;
  if (limit.nano * 1_000_000_000n <= bound.nano * request.nano) return '';
  const ratio = Number((limit.nano * MICRO * 10n) / request.nano) / (Number(MICRO) * 10);
  return quantityValue(bound) >= 0 ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : '';
}
