import type { PlanExplanation } from '../controller.ts';
import type { PodSet, PodSetKind } from './kind.ts';
import type { Counts } from './status.ts';

export type Action = PlanExplanation['actions'][number];

/** What a sync saw, what the object asks for, and what is done about the difference. */
export function explain(kind: PodSetKind, key: string, set: PodSet, counts: Counts, actions: readonly Action[]): PlanExplanation {
  const { replicas, ready, available, terminating } = counts;
  return {
    about: 'plan', controller: kind.controller, key, observed: { replicas, ready, available, terminating },
    desired: { replicas: set.spec?.replicas ?? 1 }, actions,
  };
}
