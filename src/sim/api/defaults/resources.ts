// Defaults of resource requirements: whole milli-units, requests from limits, and the pod's own from its containers'.
import type { Container, PodSpec, ResourceRequirements } from '../generated/types.ts';
import type { Quantity, QuantityText } from '../quantity.ts';
import { addQuantities, compareQuantities, formatQuantity, parseQuantity } from '../quantity.ts';

type ResourceList = Readonly<Record<string, QuantityText>>;
type Totals = Record<string, Quantity>;

const nanoPerMilli = 1_000_000n;

/** Rounds amounts up to thousandths (SetDefaults_ResourceList). */
export function roundResources<T extends { readonly limits?: ResourceList; readonly requests?: ResourceList }>(resources: T): T {
  const limits = roundList(resources.limits);
  const requests = roundList(resources.requests);
  return limits === resources.limits && requests === resources.requests ? resources : { ...resources, limits, requests };
}

function roundList(list: ResourceList | undefined): ResourceList | undefined {
  if (list === undefined) return undefined;
  let out: Record<string, QuantityText> | undefined;
  for (const name of Object.keys(list)) {
    const text = list[name] ?? '0';
    // Only n and u name parts of a milli-unit in canonical form.
    if (typeof text === 'string' && !/[nu]$/.test(text)) continue;
    const quantity = parseQuantity(text);
    const milli = quantity.nano / nanoPerMilli + (quantity.nano % nanoPerMilli > 0n ? 1n : 0n);
    out = { ...(out ?? list), [name]: formatQuantity({ nano: milli * nanoPerMilli, format: quantity.format }) };
  }
  return out ?? list;
}

/** A limit without a request is the request as well. */
export function requestsFromLimits(resources: ResourceRequirements): ResourceRequirements {
  const { limits, requests } = resources;
  if (limits === undefined) return resources;
  if (requests === undefined) return { ...resources, requests: limits };
  const missing = Object.keys(limits).some((name) => requests[name] === undefined);
  return missing ? { ...resources, requests: { ...limits, ...requests } } : resources;
}

function isHugePage(name: string): boolean {
  return name.startsWith('hugepages-');
}

function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || isHugePage(name);
}

/** Fills in the pod's own requests and limits once it has some (models defaultHugePagePodLimits and defaultPodRequests). */
export function defaultPodResources(spec: PodSpec): PodSpec {
  const own = spec.resources;
  if (own === undefined || (own.limits === undefined && own.requests === undefined)) return spec;
  const limits: Record<string, QuantityText> = { ...own.limits };
  for (const [name, amount] of Object.entries(aggregateResources(spec, 'limits'))) {
    if (isHugePage(name) && own.requests?.[name] === undefined) limits[name] ??= formatQuantity(amount);
  }
  if (Object.keys(limits).length === 0) return spec;
  const requests: Record<string, QuantityText> = { ...own.requests };
  for (const [name, amount] of Object.entries(aggregateResources(spec, 'requests'))) {
    if (isPodLevel(name) && !isHugePage(name)) requests[name] ??= formatQuantity(amount);
  }
  for (const name of Object.keys(limits)) if (isPodLevel(name)) requests[name] ??= limits[name] ?? '0';
  return { ...spec, resources: { ...own, limits, ...(Object.keys(requests).length > 0 ? { requests } : {}) } };
}

/** What the containers need together: all that run at once, or the largest init container with the sidecars before it (models AggregateContainerRequests). */
export function aggregateResources(spec: PodSpec, kind: 'limits' | 'requests'): Totals {
  const running: Totals = {};
  for (const container of spec.containers) add(running, container.resources?.[kind]);
  const sidecars: Totals = {};
  const starting: Totals = {};
  for (const container of spec.initContainers ?? []) {
    const needed = container.resources?.[kind];
    if (isSidecar(container)) {
      add(running, needed);
      add(sidecars, needed);
      raise(starting, sidecars);
    } else {
      const together: Totals = { ...sidecars };
      add(together, needed);
      raise(starting, together);
    }
  }
  raise(running, starting);
  return running;
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

function add(totals: Totals, list: ResourceList | undefined): void {
  for (const name of Object.keys(list ?? {})) {
    const amount = parseQuantity(list?.[name] ?? '0');
    const before = totals[name];
    totals[name] = before === undefined ? amount : addQuantities(before, amount);
  }
}

function raise(totals: Totals, others: Totals): void {
  for (const [name, amount] of Object.entries(others)) {
    const before = totals[name];
    if (before === undefined || compareQuantities(before, amount) < 0) totals[name] = amount;
  }
}
