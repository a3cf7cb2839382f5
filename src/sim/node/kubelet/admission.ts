// Whether this node can take a pod that was bound to it (models pkg/kubelet/lifecycle predicates over the scheduler's
// AdmissionCheck): resources first, then node affinity, node name, host ports and NoExecute taints. First failure counts.
import type { Container, Node, Pod, Taint, Toleration } from '../../api/generated/types.ts';
import { milliValue, value } from '../../api/quantity.ts';
import { matchesNodeSelector } from '../../api/selectors.ts';

export interface Rejection { readonly reason: string; readonly message: string }

interface Totals { cpuMilli: number; memory: number; ephemeral: number; scalars: Map<string, number> }

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods']);

function newTotals(): Totals {
  return { cpuMilli: 0, memory: 0, ephemeral: 0, scalars: new Map() };
}

function amounts(container: Pick<Container, 'resources'>): Totals {
  const totals = newTotals();
  for (const [name, quantity] of Object.entries(container.resources?.requests ?? {})) {
    if (name === 'cpu') totals.cpuMilli = milliValue(quantity);
    else if (name === 'memory') totals.memory = value(quantity);
    else if (name === 'ephemeral-storage') totals.ephemeral = value(quantity);
    else totals.scalars.set(name, value(quantity));
  }
  return totals;
}

function add(into: Totals, other: Totals): void {
  into.cpuMilli += other.cpuMilli;
  into.memory += other.memory;
  into.ephemeral += other.ephemeral;
  for (const [name, amount] of other.scalars) into.scalars.set(name, (into.scalars.get(name) ?? 0) + amount);
}

function atLeast(into: Totals, other: Totals): void {
  into.cpuMilli = Math.max(into.cpuMilli, other.cpuMilli);
  into.memory = Math.max(into.memory, other.memory);
  into.ephemeral = Math.max(into.ephemeral, other.ephemeral);
  for (const [name, amount] of other.scalars) into.scalars.set(name, Math.max(into.scalars.get(name) ?? 0, amount));
}

const requestsOf = new WeakMap<object, Totals>();

/** The requests of a pod, remembered by its spec. Not to be changed. */
function podRequests(pod: Pod): Totals {
  if (!pod.spec) return newTotals();
  let totals = requestsOf.get(pod.spec);
  if (!totals) requestsOf.set(pod.spec, totals = sumRequests(pod));
  return totals;
}

/** Containers together, or the largest init container with the sidecars before it; plus overhead (resource.PodRequests). */
function sumRequests(pod: Pod): Totals {
  const total = newTotals();
  for (const container of pod.spec?.containers ?? []) add(total, amounts(container));
  const sidecars = newTotals();
  const starting = newTotals();
  for (const container of pod.spec?.initContainers ?? []) {
    const own = amounts(container);
    if (container.restartPolicy === 'Always') {
      add(total, own);
      add(sidecars, own);
      atLeast(starting, sidecars);
      continue;
    }
    add(own, sidecars);
    atLeast(starting, own);
  }
  atLeast(total, starting);
  if (pod.spec?.overhead) add(total, amounts({ resources: { requests: pod.spec.overhead } }));
  return total;
}

/** The first reason why `pod` does not fit beside `others`; undefined: admitted. */
export function rejectionOf(pod: Pod, node: Node, others: readonly Pod[]): Rejection | undefined {
  return resourceRejection(pod, node, others) ?? predicateRejection(pod, node, others);
}

function outOf(resource: string, requested: number, used: number, capacity: number): Rejection {
  return { reason: `OutOf${resource}`, message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}` };
}

function resourceRejection(pod: Pod, node: Node, others: readonly Pod[]): Rejection | undefined {
  const allocatable = node.status?.allocatable ?? {};
  const pods = value(allocatable['pods'] ?? 0);
  if (others.length + 1 > pods) return outOf('pods', 1, others.length, pods);
  const wanted = podRequests(pod);
  const used = newTotals();
  for (const other of others) add(used, podRequests(other));
  const cpu = milliValue(allocatable['cpu'] ?? 0);
  if (wanted.cpuMilli > 0 && wanted.cpuMilli > cpu - used.cpuMilli) return outOf('cpu', wanted.cpuMilli, used.cpuMilli, cpu);
  const memory = value(allocatable['memory'] ?? 0);
  if (wanted.memory > 0 && wanted.memory > memory - used.memory) return outOf('memory', wanted.memory, used.memory, memory);
  const ephemeral = value(allocatable['ephemeral-storage'] ?? 0);
  if (wanted.ephemeral > 0 && wanted.ephemeral > ephemeral - used.ephemeral) return outOf('ephemeral-storage', wanted.ephemeral, used.ephemeral, ephemeral);
  for (const [name, amount] of wanted.scalars) {
    // Extended resources that the node does not have are somebody else's to check.
    const capacity = allocatable[name];
    if (STANDARD.has(name) || capacity === undefined || amount === 0) continue;
    const taken = used.scalars.get(name) ?? 0;
    if (amount > value(capacity) - taken) return outOf(name, amount, taken, value(capacity));
  }
  return undefined;
}

function predicate(name: string, text: string): Rejection {
  return { reason: name, message: `Predicate ${name} failed: ${text}` };
}

function predicateRejection(pod: Pod, node: Node, others: readonly Pod[]): Rejection | undefined {
  const spec = pod.spec;
  const labels = node.metadata.labels ?? {};
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const selected = Object.entries(spec?.nodeSelector ?? {}).every(([key, wanted]) => labels[key] === wanted);
  if (!selected || (required && !matchesNodeSelector(required, node))) return predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  if (spec?.nodeName !== undefined && spec.nodeName !== node.metadata.name) return predicate('NodeName', "node(s) didn't match the requested node name");
  const ports = hostPorts(pod);
  if (ports.length > 0) {
    const taken = new Set(others.flatMap(hostPorts));
    if (ports.some((port) => taken.has(port))) return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  }
  const untolerated = (node.spec?.taints ?? []).some((taint) => taint.effect === 'NoExecute' && !(spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint)));
  return untolerated ? predicate('TaintToleration', "node(s) had taints that the pod didn't tolerate") : undefined;
}

function hostPorts(pod: Pod): readonly string[] {
  const ports: string[] = [];
  for (const container of pod.spec?.containers ?? []) {
    for (const port of container.ports ?? []) if (port.hostPort) ports.push(`${port.protocol ?? 'TCP'}/${port.hostIP ?? ''}/${port.hostPort}`);
  }
  return ports;
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (!toleration.key && toleration.operator !== 'Exists') return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
}
