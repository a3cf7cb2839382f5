// How many pods of a disruption budget are expected, healthy and may go (models pkg/controller/disruption).
import { formatTime, parseTime } from '../../../base/time.ts';
import type {
  Condition, Deployment, LabelSelector, OwnerReference, Pod, PodDisruptionBudget, PodDisruptionBudgetStatus, ReplicaSet, ReplicationController, StatefulSet,
} from '../../api/generated/types.ts';
import { keyFor } from '../../api/meta.ts';
import type { Scope } from '../controller.ts';
import { controllerOf } from '../owners.ts';
import { isReady } from '../pods.ts';

/** How long an eviction that was allowed may take until the pod counts again (DeletionTimeout). */
export const DELETION_TIMEOUT_US = 120_000_000;

export interface Scale { readonly uid: string; readonly replicas: number }

type Workload = ReplicaSet | ReplicationController | StatefulSet | Deployment;

/** The object whose scale decides how many pods there should be, as the caches know it; undefined if it is none of the common kinds. */
function cachedScale(owner: OwnerReference, namespace: string | undefined, scope: Scope): Scale | undefined {
  const find = <T extends Workload>(informer: string, name: string, uid: string): T | undefined => {
    const object = scope.informer(informer).get(keyFor(namespace, name)) as T | undefined;
    return object?.metadata.uid === uid ? object : undefined;
  };
  const scale = (object: Workload | undefined): Scale | undefined => object && { uid: object.metadata.uid ?? '', replicas: object.spec?.replicas ?? 1 };
  switch (`${owner.kind}.${groupOf(owner)}`) {
    case 'ReplicationController.': return scale(find<ReplicationController>('replicationcontrollers', owner.name, owner.uid));
    case 'StatefulSet.apps': return scale(find<StatefulSet>('statefulsets', owner.name, owner.uid));
    case 'ReplicaSet.apps': {
      const replicaSet = find<ReplicaSet>('replicasets', owner.name, owner.uid);
      const above = replicaSet && controllerOf(replicaSet);
      if (!above) return scale(replicaSet);
      // A ReplicaSet that something else manages says nothing by itself.
      return above.kind === 'Deployment' && groupOf(above) === 'apps' ? scale(find<Deployment>('deployments', above.name, above.uid)) : undefined;
    }
    default: return undefined;
  }
}

export function groupOf({ apiVersion }: Pick<OwnerReference, 'apiVersion'>): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** What the API server said of the scale of owners that no cache holds, by their uid: it, or why there is none. */
export type Scales = ReadonlyMap<string, Scale | string>;

export interface Expected {
  readonly pods: number;
  readonly healthy: number;
  /** Some pods have no controller, and the budget would need one. */
  readonly unmanaged: boolean;
  readonly problem: string | undefined;
}

/** An integer, or a percentage of `total` rounded up. */
function scaledUp(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);
}

/** Whether the number of pods that there should be is asked of what manages them. */
function needsScale({ spec = {} }: PodDisruptionBudget): boolean {
  return spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string';
}

/** What manages the pods, each once, with the first of its pods; empty if the budget does not ask. */
function ownersOf(budget: PodDisruptionBudget, pods: readonly Pod[]): ReadonlyMap<string, { readonly owner: OwnerReference; readonly pod: Pod }> {
  const found = new Map<string, { readonly owner: OwnerReference; readonly pod: Pod }>();
  for (const pod of needsScale(budget) ? pods : []) {
    const owner = controllerOf(pod);
    if (owner && !found.has(owner.uid)) found.set(owner.uid, { owner, pod });
  }
  return found;
}

/** Owners of the pods whose scale only the API server knows. */
export function ownersToAsk(budget: PodDisruptionBudget, pods: readonly Pod[], scope: Scope): readonly OwnerReference[] {
  return [...ownersOf(budget, pods).values()].filter(({ owner, pod }) => !cachedScale(owner, pod.metadata.namespace, scope)).map(({ owner }) => owner);
}

export function expectedOf(budget: PodDisruptionBudget, pods: readonly Pod[], scope: Scope, asked: Scales): Expected {
  const { maxUnavailable, minAvailable } = budget.spec ?? {};
  if (!needsScale(budget)) return { pods: typeof minAvailable === 'number' ? pods.length : 0, healthy: typeof minAvailable === 'number' ? minAvailable : 0, unmanaged: false, problem: undefined };
  const scales = new Map<string, number>();
  const unmanaged = pods.some((pod) => !controllerOf(pod));
  for (const { owner, pod } of ownersOf(budget, pods).values()) {
    const scale = cachedScale(owner, pod.metadata.namespace, scope) ?? asked.get(owner.uid) ?? `found no controllers for pod ${JSON.stringify(pod.metadata.name)}`;
    if (typeof scale === 'string') return { pods: 0, healthy: 0, unmanaged, problem: scale };
    scales.set(scale.uid, scale.replicas);
  }
  const total = [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
  const healthy = maxUnavailable === undefined ? scaledUp(minAvailable ?? 0, total) : Math.max(0, total - scaledUp(maxUnavailable, total));
  return { pods: total, healthy, unmanaged, problem: undefined };
}

/** Pods that were promised to go: those still awaited, those that did not go in time, and when to look again. */
export interface Disrupted {
  readonly awaited: Readonly<Record<string, string>>;
  readonly overdue: readonly Pod[];
  readonly recheckUs: number | undefined;
}

export function disruptedOf(budget: PodDisruptionBudget, pods: readonly Pod[], unixUs: number): Disrupted {
  const promised = budget.status?.disruptedPods ?? {};
  const awaited: Record<string, string> = {};
  const overdue: Pod[] = [];
  let recheckUs: number | undefined;
  for (const pod of pods) {
    const { name = '', deletionTimestamp } = pod.metadata;
    const since = promised[name];
    if (since === undefined || deletionTimestamp !== undefined) continue;
    const leftUs = (parseTime(since) ?? 0) + DELETION_TIMEOUT_US - unixUs;
    if (leftUs < 0) overdue.push(pod);
    else {
      recheckUs = Math.min(recheckUs ?? Infinity, leftUs);
      awaited[name] = since;
    }
  }
  return { awaited, overdue, recheckUs };
}

export function healthyCount(pods: readonly Pod[], { awaited }: Disrupted): number {
  return pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && awaited[pod.metadata.name ?? ''] === undefined && isReady(pod)).length;
}

/** The status that follows; the same object if nothing changed. */
export function nextStatus(budget: PodDisruptionBudget, expected: Expected, currentHealthy: number, { awaited }: Disrupted, unixUs: number): PodDisruptionBudgetStatus {
  const { status = {}, metadata } = budget;
  const disruptionsAllowed = expected.pods > 0 ? Math.max(0, currentHealthy - expected.healthy) : 0;
  const conditions = withCondition(status.conditions ?? [], disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods', '', metadata.generation, unixUs);
  const next: PodDisruptionBudgetStatus = {
    conditions, currentHealthy, desiredHealthy: expected.healthy, ...(Object.keys(awaited).length > 0 ? { disruptedPods: awaited } : {}),
    disruptionsAllowed, expectedPods: expected.pods, observedGeneration: metadata.generation,
  };
  return sameStatus(status, next) ? status : next;
}

/** The budget cannot be computed: nothing may go (failSafe). */
export function failedStatus({ status = {} }: PodDisruptionBudget, problem: string, unixUs: number): PodDisruptionBudgetStatus {
  return { ...status, disruptionsAllowed: 0, conditions: withCondition(status.conditions ?? [], 'SyncFailed', problem, status.observedGeneration, unixUs) };
}

function withCondition(conditions: readonly Condition[], reason: string, message: string, observedGeneration: number | undefined, unixUs: number): readonly Condition[] {
  const type = 'DisruptionAllowed';
  const old = conditions.find((condition) => condition.type === type);
  const status = reason === 'SufficientPods' ? 'True' : 'False';
  if (old && old.status === status && old.reason === reason && old.message === message && old.observedGeneration === observedGeneration) return conditions;
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime : formatTime(unixUs);
  const next: Condition = { type, status, ...(observedGeneration !== undefined && { observedGeneration }), lastTransitionTime, reason, message };
  return old ? conditions.map((condition) => (condition === old ? next : condition)) : [...conditions, next];
}

function sameStatus(a: PodDisruptionBudgetStatus, b: PodDisruptionBudgetStatus): boolean {
  return a.currentHealthy === b.currentHealthy && a.desiredHealthy === b.desiredHealthy && a.expectedPods === b.expectedPods && a.disruptionsAllowed === b.disruptionsAllowed
    && a.observedGeneration === b.observedGeneration && a.conditions === b.conditions && JSON.stringify(a.disruptedPods ?? {}) === JSON.stringify(b.disruptedPods ?? {});
}

/** As Go prints a *metav1.LabelSelector. */
export function goSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.keys(matchLabels).toSorted().map((key) => `${key}: ${matchLabels[key]},`).join('');
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`).join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}
