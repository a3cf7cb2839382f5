// Taints and tolerations (component-helpers scheduling/corev1). The operators Lt and Gt are off in 1.36.
import type { Taint, Toleration } from '../api/generated/types.ts';

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator) {
    case 'Exists': return true;
    case undefined: case 'Equal': return (toleration.value ?? '') === (taint.value ?? '');
    case 'Gt': case 'Lt': return false;
  }
}

export function toleratedByAny(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return tolerations !== undefined && tolerations.some((toleration) => tolerates(toleration, taint));
}

/** Whether some taint keeps new pods away and is not tolerated. */
export function hasForbiddingTaint(taints: readonly Taint[] | undefined, tolerations: readonly Toleration[] | undefined): boolean {
  if (taints === undefined) return false;
  for (const taint of taints) {
    if (taint.effect !== 'PreferNoSchedule' && !toleratedByAny(tolerations, taint)) return true;
  }
  return false;
}
