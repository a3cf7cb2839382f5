// The conditions that the kubelet owns (models pkg/kubelet/status generate.go), with its reasons and messages.
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../api/generated/types.ts';

export type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

export const KUBELET_CONDITIONS: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized', 'ContainersReady', 'PodReadyToStartContainers', 'AllContainersRestarting']);

export const TRUE: Verdict = { status: 'True' };
export const FALSE: Verdict = { status: 'False' };

/** Go's %s of a []string. */
function goList(names: readonly string[]): string {
  return `[${names.join(' ')}]`;
}

function falseBecause(reason: string, message?: string): Verdict {
  return message === undefined ? { status: 'False', reason } : { status: 'False', reason, message };
}

/** A container of the pod with its status. */
export interface StatusOf { readonly name: string; readonly kind: 'init' | 'sidecar' | 'container'; readonly status: ContainerStatus }

const UNREADY: readonly string[] = [];

/** Names of the containers of which something does not hold, in the order of the spec. */
function namesWhere(list: readonly StatusOf[], fails: (each: StatusOf) => boolean): readonly string[] {
  let names: string[] | undefined;
  for (const each of list) if (fails(each)) (names ??= []).push(each.name);
  return names ?? UNREADY;
}

const isUnready = ({ kind, status }: StatusOf): boolean => kind !== 'init' && !status.ready;
const isIncomplete = ({ kind, status }: StatusOf): boolean => (kind === 'sidecar' ? status.started !== true : kind === 'init' && !status.ready);

export function containersReady(list: readonly StatusOf[], phase: PodStatus['phase']): Verdict {
  if (phase === 'Succeeded') return falseBecause('PodCompleted');
  if (phase === 'Failed') return falseBecause('PodFailed');
  const unready = namesWhere(list, isUnready);
  return unready.length === 0 ? TRUE : falseBecause('ContainersNotReady', `containers with unready status: ${goList(unready)}`);
}

/** Ready is ContainersReady and every readiness gate. */
export function podReady(pod: Pod, containers: Verdict, conditions: readonly PodCondition[]): Verdict {
  if (containers.status !== 'True') return containers;
  const missing: string[] = [];
  for (const gate of pod.spec?.readinessGates ?? []) {
    const condition = conditions.find((each) => each.type === gate.conditionType);
    if (!condition) missing.push(`corresponding condition of pod readiness gate "${gate.conditionType}" does not exist.`);
    else if (condition.status !== 'True') missing.push(`the status of pod readiness gate "${gate.conditionType}" is not "True", but ${condition.status}`);
  }
  return missing.length === 0 ? TRUE : falseBecause('ReadinessGatesNotReady', missing.join(', '));
}

const COMPLETED: Verdict = { status: 'True', reason: 'PodCompleted' };

export function initialized(list: readonly StatusOf[], phase: PodStatus['phase'], old: PodCondition | undefined): Verdict {
  if (phase === 'Succeeded') return COMPLETED;
  const incomplete = namesWhere(list, isIncomplete);
  // Once initialized a pod stays so, even if its init containers run again.
  if (incomplete.length === 0 || old?.status === 'True') return TRUE;
  const started = list.some(({ kind, status }) => kind === 'container' && (status.state?.running !== undefined || status.state?.terminated !== undefined));
  return started ? TRUE : falseBecause('ContainersNotInitialized', `containers with incomplete status: ${goList(incomplete)}`);
}

/**
 * A condition as it is to be written: the transition time stays unless the status changes.
 * @param now RFC 3339
 */
export function condition(type: string, verdict: Verdict, old: PodCondition | undefined, generation: number | undefined, now: string): PodCondition {
  const lastTransitionTime = old?.status === verdict.status ? old.lastTransitionTime ?? now : now;
  const { status, reason, message } = verdict;
  if (old && old.status === status && old.lastTransitionTime === lastTransitionTime && old.observedGeneration === generation
    && (old.reason ?? '') === (reason ?? '') && (old.message ?? '') === (message ?? '')) return old;
  const made: { -readonly [K in keyof PodCondition]: PodCondition[K] } = { type, status, lastTransitionTime };
  if (generation !== undefined) made.observedGeneration = generation;
  if (reason !== undefined) made.reason = reason;
  if (message !== undefined) made.message = message;
  return made;
}
