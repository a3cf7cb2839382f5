import type { DaemonSet } from '../../api/generated/types.ts';

/** How many nodes may have two pods, or none, during a rolling update. Percentages round up. */
export interface Limits { readonly surge: number; readonly unavailable: number }

function scaled(value: number | string | undefined, total: number): number {
  if (typeof value === 'number') return value;
  const match = /^(\d+)%$/.exec(value ?? '0%');
  return match ? Math.ceil((Number(match[1]) * total) / 100) : 0;
}

function surge(set: DaemonSet, nodes: number): number {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  return type === 'RollingUpdate' ? scaled(rollingUpdate?.maxSurge, nodes) : 0;
}

export function allowsSurge(set: DaemonSet): boolean {
  return surge(set, 1) > 0;
}

/** If both come to nothing one node may be without a pod: else nothing could move. */
export function limits(set: DaemonSet, nodes: number): Limits {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  const most = { surge: surge(set, nodes), unavailable: type === 'RollingUpdate' ? scaled(rollingUpdate?.maxUnavailable, nodes) : 0 };
  return nodes > 0 && most.surge === 0 && most.unavailable === 0 ? { surge: 0, unavailable: 1 } : most;
}
