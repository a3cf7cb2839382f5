import type { Node, Pod } from '../../api/generated/types.ts';
import type { Collision } from '../framework/attempt.ts';
import { Action } from '../framework/events.ts';
import type { Handle, Plugin } from '../framework/plugin.ts';
import type { Status } from '../framework/status.ts';
import { unresolvable, unschedulable } from '../framework/status.ts';
import type { NodeInfo } from '../node-info.ts';
import type { NodeResourcesFitArgs } from '../plugin-args.ts';
import type { PodInfo } from '../pod-info.ts';
import { podInfoOf } from '../pod-info.ts';
import { amountOf, podRequests } from '../resources.ts';
import { fitScorer } from '../scoring-strategy.ts';

const NAME = 'NodeResourcesFit';

interface Wanted {
  readonly milliCPU: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** Extended resources and huge pages, by name. */
  readonly scalar: readonly (readonly [string, number])[];
}

// Bits of a shortage; each combination has one shared Status.
const PODS = 1;
const CPU = 2;
const MEMORY = 4;
const EPHEMERAL_STORAGE = 8;
const BEYOND_CAPACITY = 16;
const REASONS = ['Too many pods', 'Insufficient cpu', 'Insufficient memory', 'Insufficient ephemeral-storage'] as const;

function refusalOf(shortage: number, scalars: readonly string[]): Status {
  const reasons = [...REASONS.filter((_, bit) => (shortage & (1 << bit)) !== 0), ...scalars.map((name) => `Insufficient ${name}`)];
  return (shortage & BEYOND_CAPACITY) === 0 ? unschedulable(NAME, ...reasons) : unresolvable(NAME, ...reasons);
}

const REFUSALS: readonly Status[] = Array.from({ length: 32 }, (_, shortage) => refusalOf(shortage, []));

function shortageOf(wanted: Wanted, node: NodeInfo): number {
  let shortage = node.pods.length + 1 > node.allowedPodNumber ? PODS : 0;
  if (wanted.milliCPU > 0 && wanted.milliCPU > node.allocatableMilliCPU - node.requestedMilliCPU) {
    shortage |= wanted.milliCPU > node.allocatableMilliCPU ? CPU | BEYOND_CAPACITY : CPU;
  }
  if (wanted.memory > 0 && wanted.memory > node.allocatableMemory - node.requestedMemory) {
    shortage |= wanted.memory > node.allocatableMemory ? MEMORY | BEYOND_CAPACITY : MEMORY;
  }
  if (wanted.ephemeralStorage > 0 && wanted.ephemeralStorage > node.allocatableEphemeralStorage - node.requestedEphemeralStorage) {
    shortage |= wanted.ephemeralStorage > node.allocatableEphemeralStorage ? EPHEMERAL_STORAGE | BEYOND_CAPACITY : EPHEMERAL_STORAGE;
  }
  return shortage;
}

/** Why the node cannot hold what is wanted. More than its capacity: no eviction helps. */
function check(wanted: Wanted, node: NodeInfo): Status | undefined {
  let shortage = shortageOf(wanted, node);
  let scalars: string[] | undefined;
  for (const [name, amount] of wanted.scalar) {
    const capacity = node.allocatable(name);
    if (amount <= capacity - node.requested(name)) continue;
    if (amount > capacity) shortage |= BEYOND_CAPACITY;
    (scalars ??= []).push(name);
  }
  if (scalars !== undefined) return refusalOf(shortage, scalars);
  return shortage === 0 ? undefined : REFUSALS[shortage];
}

function wantedBy(info: PodInfo, args: NodeResourcesFitArgs): Wanted {
  const { milliCPU, memory, ephemeralStorage, scalar } = info.requests;
  const ignored = (name: string) => args.ignoredResources.includes(name) || args.ignoredResourceGroups.includes(name.split('/')[0] ?? '');
  const amounts = [...(scalar ?? [])].filter(([name, amount]) => amount > 0 && !ignored(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return { milliCPU, memory, ephemeralStorage, scalar: amounts };
}

/** Where the pod asks for a resource: for itself as a whole, or in the first container that does. */
function requestPath(pod: Pod, resource: string): string {
  if (pod.spec?.resources?.requests?.[resource] !== undefined) return `spec.resources.requests["${resource}"]`;
  const index = (pod.spec?.containers ?? []).findIndex((container) => container.resources?.requests?.[resource] !== undefined);
  return index < 0 ? 'spec.initContainers' : `spec.containers[${index}].resources.requests["${resource}"]`;
}

/** Every resource that the node is short of, in the scheduler's units. */
function shortages(wanted: Wanted, pod: PodInfo, node: NodeInfo): readonly Collision[] {
  const amounts = [['cpu', wanted.milliCPU], ['memory', wanted.memory], ['ephemeral-storage', wanted.ephemeralStorage], ...wanted.scalar] as const;
  const short = amounts.filter(([name, amount]) => amount > 0 && amount > node.allocatable(name) - node.requested(name)).map(([resource, amount]) => ({
    code: amount > node.allocatable(resource) ? 'beyondCapacity' : 'insufficient',
    pod: requestPath(pod.pod, resource),
    node: `status.allocatable["${resource}"]`,
    params: { resource, wanted: amount, used: node.requested(resource), capacity: node.allocatable(resource) },
  }));
  if (node.pods.length + 1 <= node.allowedPodNumber) return short;
  return [{ code: 'tooManyPods', node: 'status.allocatable["pods"]', params: { used: node.pods.length, capacity: node.allowedPodNumber } }, ...short];
}

/** Whether what went away (a pod, or the larger wish of one) is a resource that the pod wants. */
function freesWanted(pod: Pod, before: Pod | undefined, after: Pod | undefined): boolean {
  if (before === undefined) return false;
  const wanted = podInfoOf(pod).requests;
  const old = podInfoOf(before).requests;
  const now = after === undefined ? undefined : podInfoOf(after).requests;
  if (after === undefined) return before.spec?.nodeName !== undefined && before.spec.nodeName !== '';
  const names = ['cpu', 'memory', 'ephemeral-storage', ...(wanted.scalar?.keys() ?? [])];
  return names.some((name) => wanted.get(name) > 0 && old.get(name) > (now?.get(name) ?? 0));
}

/** A node that came or changed helps when the pod would fit on it were it empty, and something it wants has grown. */
function nodeMayFit(pod: Pod, before: Node | undefined, after: Node | undefined): boolean {
  const wanted = podInfoOf(pod).requests;
  const amounts = [['cpu', wanted.milliCPU], ['memory', wanted.memory], ['ephemeral-storage', wanted.ephemeralStorage], ...(wanted.scalar ?? [])] as const;
  const capacity = (node: Node | undefined, name: string) => amountOf(name, node?.status?.allocatable?.[name] ?? 0);
  if (amounts.some(([name, amount]) => amount > 0 && amount > capacity(after, name))) return false;
  if (before === undefined) return true;
  return capacity(after, 'pods') > capacity(before, 'pods')
    || amounts.some(([name, amount]) => amount > 0 && capacity(after, name) > capacity(before, name));
}

/**
 * Models NodeResourcesFit: requests against what is allocatable and not yet requested; scores by strategy. The score
 * of the incoming pod leaves its pod-level requests out and counts 100m and 200Mi for containers that name none.
 */
export function nodeResourcesFit(args: NodeResourcesFitArgs): Plugin<Wanted, readonly number[]> {
  const { resources } = args.scoringStrategy;
  const scorer = fitScorer(args.scoringStrategy);
  return {
    name: NAME,
    nodeLocal: true,
    scoreNodeLocal: true,
    events: [
      {
        resource: 'AssignedPod',
        action: Action.Delete | Action.UpdatePodScaleDown,
        hint: (pod, before, after) => freesWanted(pod, before as Pod | undefined, after as Pod | undefined),
      },
      { resource: 'UnscheduledPod', action: Action.UpdatePodScaleDown, hint: (pod, _before, after) => after?.metadata.uid === pod.metadata.uid },
      {
        resource: 'Node',
        action: Action.Add | Action.UpdateNodeAllocatable,
        hint: (pod, before, after) => nodeMayFit(pod, before as Node | undefined, after as Node | undefined),
      },
    ],
    preFilter: (_handle: Handle, pod) => ({ state: wantedBy(pod, args) }),
    filter: (wanted, _pod, node) => check(wanted, node),
    explainFilter: shortages,
    preScore(_handle, pod) {
      const requests = podRequests(pod.pod, { nonMissing: true, podLevel: false });
      return { state: resources.map(({ name }) => requests.get(name)) };
    },
    score: (amounts, _pod, node) => scorer.score(node, amounts),
    explainScore: (amounts, _pod, node) => scorer.explain(node, amounts),
  };
}
