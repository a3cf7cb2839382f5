// What controllers ask of a pod (models pkg/api/v1/pod and the pod filters of pkg/controller).
import { parseTime } from '../../base/time.ts';
import type { Pod, PodCondition } from '../api/generated/types.ts';

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  const conditions = pod.status?.conditions;
  if (!conditions) return undefined;
  for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

export function isReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Since when the pod is ready, in microseconds since 1970; 0 if it is not, or does not say. */
export function readySinceUs(pod: Pod): number {
  const condition = podCondition(pod, 'Ready');
  return condition?.status === 'True' && condition.lastTransitionTime ? parseTime(condition.lastTransitionTime) ?? 0 : 0;
}

/** Ready, and for at least minReadySeconds. */
export function isAvailable(pod: Pod, minReadySeconds: number, unixUs: number): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = readySinceUs(pod);
  return since > 0 && since + minReadySeconds * 1_000_000 <= unixUs;
}

export function isTerminal(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Neither finished nor being deleted: what counts as a replica. */
export function isActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isTerminal(pod);
}

/** Being deleted, and its containers may still run. */
export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isTerminal(pod);
}
