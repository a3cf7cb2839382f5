// How many pods of a disruption budget are expected, healthy and may go (models pkg/controller/disruption).
import { formatTime, parseTime } from '../../../base/time.ts';
import type {
  Condition, Deployment, LabelSelector, Pod, PodDisruptionBudget, PodDisruptionBudgetStatus, ReplicaSet, ReplicationController, StatefulSet,
} from '../../api/generated/types.ts';
import { keyFor } from '../../api/meta.ts';
import type { Scope } from '../controller.ts';
import { controllerOf } from '../owners.ts';
import { isReady } from '../pods.ts';

/** How long an eviction that was allowed may take until the pod counts again (DeletionTimeout). */
export const DELETION_TIMEOUT_US = 120_000_000;

interface Scale { readonly uid: string; readonly replicas: number }

/** The object whose scale decides how many pods there should be; undefined if there is none of a known kind. */
function scaleOf(pod: Pod, scope: Scope): Scale | undefined {
  const owner = controllerOf(pod);
  if (!owner) return undefined;
  const find = <T extends ReplicaSet | ReplicationController | StatefulSet | Deployment>(informer: string, name: string, uid: string): T | undefined => {
    const object = scope.informer(informer).get(keyFor(pod.metadata.namespace, name)) as T | undefined;
    return object?.metadata.uid === uid ? object : undefined;
  };
  const scale = (object: ReplicaSet | ReplicationController | StatefulSet | Deployment | undefined): Scale | undefined => object && { uid: object.metadata.uid ?? '', replicas: object.spec?.replicas ?? 1 };
  switch (owner.kind) {
    case 'ReplicationController': return scale(find<ReplicationController>('replicationcontrollers', owner.name, owner.uid));
    case 'StatefulSet': return scale(find<StatefulSet>('statefulsets', owner.name, owner.uid));
    case 'ReplicaSet': {
      const replicaSet = find<ReplicaSet>('replicasets', owner.name, owner.uid);
      const above = replicaSet && controllerOf(replicaSet);
      return above?.kind === 'Deployment' ? scale(find<Deployment>('deployments', above.name, above.uid)) : scale(replicaSet);
    }
    default: return undefined;
  }
}

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

export function expectedOf({ spec = {} }: PodDisruptionBudget, pods: readonly Pod[], scope: Scope): Expected {
  const { maxUnavailable, minAvailable } = spec;
  if (maxUnavailable === undefined && typeof minAvailable === 'number') return { pods: pods.length, healthy: minAvailable, unmanaged: false, problem: undefined };
  const scales = new Map<string, number>();
  let unmanaged = false;
  for (const pod of pods) {
    if (!controllerOf(pod)) {
      unmanaged = true;
      continue;
    }
    const scale = scaleOf(pod, scope);
    if (!scale) return { pods: 0, healthy: 0, unmanaged, problem: `found no controllers for pod ${JSON.stringify(pod.metadata.name)}` };
    scales.set(scale.uid, scale.replicas);
  }
  const total = [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
  if (maxUnavailable !== undefined) return { pods: total, healthy: Math.max(0, total - scaledUp(maxUnavailable, total)), unmanaged, problem: undefined };
  return { pods: total, healthy: minAvailable === undefined ? 0 : scaledUp(minAvailable, total), unmanaged, problem: undefined };
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
export function failedStatus({ status = {}, metadata }: PodDisruptionBudget, problem: string, unixUs: number): PodDisruptionBudgetStatus {
  return { ...status, disruptionsAllowed: 0, conditions: withCondition(status.conditions ?? [], 'SyncFailed', problem, metadata.generation, unixUs) };
}

function withCondition(conditions: readonly Condition[], reason: string, message: string, observedGeneration: number | undefined, unixUs: number): readonly Condition[] {
  const type = 'DisruptionAllowed';
  const old = conditions.find((condition) => condition.type === type);
  const status = reason === 'SufficientPods' ? 'True' : 'False';
  if (old && old.status === status && old.reason === reason && old.message === message && old.observedGeneration === observedGeneration) return conditions;
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime : formatTime(unixUs);
  const next: Condition = { type, status, observedGeneration, lastTransitionTime, reason, message };
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
