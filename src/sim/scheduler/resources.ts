// How much a pod asks for: models component-helpers' resource.PodRequests and the scheduler's framework.Resource.
import type { Container, ContainerStatus, Pod } from '../api/generated/types.ts';
import type { QuantityText } from '../api/quantity.ts';
import { milliValue, value } from '../api/quantity.ts';

export type ResourceList = { readonly [name: string]: QuantityText };

/** What a container without a request counts for when nodes are scored (GetNonzeroRequests). */
const DEFAULT_MILLI_CPU_REQUEST = 100;
const DEFAULT_MEMORY_REQUEST_BYTES = 200 * 1024 * 1024;

const NATIVE = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods']);

/** Extended, huge page and attachable-volume resources: what the scheduler counts as plain integers. */
export function isScalarResource(name: string): boolean {
  if (NATIVE.has(name)) return false;
  if (name.startsWith('hugepages-') || name.startsWith('attachable-volumes-')) return true;
  if (name.startsWith('requests.')) return false;
  return name.includes('/');
}

/** Pod-level requests exist for cpu, memory and huge pages only. */
function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** Amounts by resource: thousandths of a cpu, bytes, and whole numbers for the rest. */
export class Resources {
  milliCPU = 0;
  memory = 0;
  ephemeralStorage = 0;
  scalar: Map<string, number> | undefined = undefined;

  get(name: string): number {
    switch (name) {
      case 'cpu': return this.milliCPU;
      case 'memory': return this.memory;
      case 'ephemeral-storage': return this.ephemeralStorage;
      default: return this.scalar?.get(name) ?? 0;
    }
  }

  set(name: string, amount: number): void {
    switch (name) {
      case 'cpu': this.milliCPU = amount; break;
      case 'memory': this.memory = amount; break;
      case 'ephemeral-storage': this.ephemeralStorage = amount; break;
      default: if (isScalarResource(name)) (this.scalar ??= new Map()).set(name, amount);
    }
  }

  addList(list: ResourceList | undefined): void {
    for (const name in list) this.set(name, this.get(name) + amountOf(name, list[name] ?? 0));
  }

  add(other: Resources): void {
    this.milliCPU += other.milliCPU;
    this.memory += other.memory;
    this.ephemeralStorage += other.ephemeralStorage;
    other.scalar?.forEach((amount, name) => this.set(name, this.get(name) + amount));
  }

  raiseTo(other: Resources): void {
    this.milliCPU = Math.max(this.milliCPU, other.milliCPU);
    this.memory = Math.max(this.memory, other.memory);
    this.ephemeralStorage = Math.max(this.ephemeralStorage, other.ephemeralStorage);
    other.scalar?.forEach((amount, name) => this.set(name, Math.max(this.get(name), amount)));
  }
}

/** A quantity in the unit that the scheduler counts that resource in. */
export function amountOf(name: string, quantity: QuantityText): number {
  return name === 'cpu' ? milliValue(quantity) : value(quantity);
}

export interface RequestOptions {
  /** Count 100m and 200Mi for a container that names no cpu or memory request. */
  readonly nonMissing: boolean;
  /** Let the pod's own spec.resources replace the sum of its containers. */
  readonly podLevel: boolean;
}

function largestOf(...lists: readonly (ResourceList | undefined)[]): ResourceList {
  const result: Record<string, QuantityText> = {};
  for (const list of lists) {
    for (const [name, quantity] of Object.entries(list ?? {})) {
      const known = result[name];
      if (known === undefined || amountOf(name, quantity) > amountOf(name, known)) result[name] = quantity;
    }
  }
  return result;
}

function resizeInfeasible(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some((c) => c.type === 'PodResizePending' && c.reason === 'Infeasible' && c.status === 'True');
}

/** While a container is resized in place, the larger of old and new is held; an infeasible wish is not. */
function containerRequests(pod: Pod, container: Container, statuses: readonly ContainerStatus[] | undefined): ResourceList | undefined {
  const requests = container.resources?.requests;
  if (statuses === undefined) return requests;
  const status = statuses.find((s) => s.name === container.name);
  if (status?.resources === undefined || isUnresized(status, container)) return requests;
  const actual = [status.resources.requests, status.allocatedResources];
  return resizeInfeasible(pod) ? largestOf(...actual) : largestOf(requests, ...actual);
}

/** The kubelet reports the very resources of the spec: nothing is under way. */
function isUnresized({ resources, allocatedResources }: ContainerStatus, container: Container): boolean {
  return resources === container.resources && (allocatedResources === undefined || allocatedResources === resources?.requests);
}

/** Whether a pod asks for what its spec says and nothing else: no container's status holds other resources. */
export function requestsFollowSpec({ spec, status }: Pod): boolean {
  if (status?.resources !== undefined) return false;
  for (const each of status?.initContainerStatuses ?? []) if (each.resources !== undefined) return false;
  for (const each of status?.containerStatuses ?? []) {
    const container = each.resources === undefined ? undefined : spec?.containers.find(({ name }) => name === each.name);
    if (container && !isUnresized(each, container)) return false;
  }
  return true;
}

function totalOf(list: ResourceList | undefined, options: RequestOptions): Resources {
  const total = new Resources();
  total.addList(list);
  if (options.nonMissing) {
    if (list?.['cpu'] === undefined) total.milliCPU = DEFAULT_MILLI_CPU_REQUEST;
    if (list?.['memory'] === undefined) total.memory = DEFAULT_MEMORY_REQUEST_BYTES;
  }
  return total;
}

/** Init containers run one by one, beside the sidecars started before them: the pod needs the largest moment. */
function addInitContainers(total: Resources, pod: Pod, options: RequestOptions): void {
  const sidecars = new Resources();
  const peak = new Resources();
  for (const container of pod.spec?.initContainers ?? []) {
    const sidecar = container.restartPolicy === 'Always';
    const own = totalOf(sidecar ? containerRequests(pod, container, pod.status?.initContainerStatuses) : container.resources?.requests, options);
    if (sidecar) {
      total.add(own);
      sidecars.add(own);
      peak.raiseTo(sidecars);
    } else {
      own.add(sidecars);
      peak.raiseTo(own);
    }
  }
  total.raiseTo(peak);
}

function applyPodLevel(total: Resources, pod: Pod): void {
  const requests = pod.spec?.resources?.requests;
  if (requests === undefined) return;
  const effective = pod.status?.resources === undefined ? requests
    : largestOf(requests, pod.status.resources.requests, pod.status.allocatedResources);
  for (const [name, quantity] of Object.entries(effective)) {
    if (isPodLevelResource(name)) total.set(name, amountOf(name, quantity));
  }
}

/** The requests of a whole pod: containers, sidecars, init containers, pod-level requests and overhead. */
export function podRequests(pod: Pod, options: RequestOptions): Resources {
  const total = new Resources();
  for (const container of pod.spec?.containers ?? []) {
    total.add(totalOf(containerRequests(pod, container, pod.status?.containerStatuses), options));
  }
  if (pod.spec?.initContainers !== undefined) addInitContainers(total, pod, options);
  if (options.podLevel) applyPodLevel(total, pod);
  if (pod.spec?.overhead !== undefined) total.addList(pod.spec.overhead);
  return total;
}
