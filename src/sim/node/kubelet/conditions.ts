// The conditions that the kubelet owns (models pkg/kubelet/status generate.go), with its reasons and messages.
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../api/generated/types.ts';

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

export const KUBELET_CONDITIONS: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized', 'ContainersReady', 'PodReadyToStartContainers', 'AllContainersRestarting']);

const TRUE: Verdict = { status: 'True' };

/** Go's %s of a []string. */
function goList(names: readonly string[]): string {
  return `[${names.join(' ')}]`;
}

function falseBecause(reason: string, message?: string): Verdict {
  return message === undefined ? { status: 'False', reason } : { status: 'False', reason, message };
}

function unreadyMessage(unknown: readonly string[], bad: readonly string[], word: string): string {
  const parts: string[] = [];
  if (unknown.length > 0) parts.push(`containers with unknown status: ${goList(unknown)}`);
  if (bad.length > 0) parts.push(`containers with ${word} status: ${goList(bad)}`);
  return parts.join(', ');
}

export function containersReady(pod: Pod, statuses: ReadonlyMap<string, ContainerStatus>, phase: PodStatus['phase']): Verdict {
  const unknown: string[] = [];
  const unready: string[] = [];
  for (const list of [pod.spec?.initContainers, pod.spec?.containers]) {
    for (const { name, restartPolicy } of list ?? []) {
      if (list === pod.spec?.initContainers && restartPolicy !== 'Always') continue;
      const status = statuses.get(name);
      if (!status) unknown.push(name);
      else if (!status.ready) unready.push(name);
    }
  }
  if (phase === 'Succeeded' && unknown.length === 0) return falseBecause('PodCompleted');
  if (phase === 'Failed') return falseBecause('PodFailed');
  const message = unreadyMessage(unknown, unready, 'unready');
  return message === '' ? TRUE : falseBecause('ContainersNotReady', message);
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

export function initialized(pod: Pod, statuses: ReadonlyMap<string, ContainerStatus>, phase: PodStatus['phase'], old: PodCondition | undefined): Verdict {
  const unknown: string[] = [];
  const incomplete: string[] = [];
  for (const { name, restartPolicy } of pod.spec?.initContainers ?? []) {
    const status = statuses.get(name);
    if (!status) unknown.push(name);
    else if (restartPolicy === 'Always' ? status.started !== true : !status.ready) incomplete.push(name);
  }
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'True', reason: 'PodCompleted' };
  const started = (pod.spec?.containers ?? []).some(({ name }) => {
    const state = statuses.get(name)?.state;
    return state?.running !== undefined || state?.terminated !== undefined;
  });
  const message = unreadyMessage(unknown, incomplete, 'incomplete');
  // Once initialized a pod stays so, even if its init containers run again.
  if (started || message === '' || old?.status === 'True') return TRUE;
  return falseBecause('ContainersNotInitialized', message);
}

/**
 * A condition as it is to be written: the transition time stays unless the status changes.
 * @param now RFC 3339
 */
export function condition(type: string, verdict: Verdict, old: PodCondition | undefined, generation: number | undefined, now: string): PodCondition {
  const lastTransitionTime = old?.status === verdict.status ? old.lastTransitionTime ?? now : now;
  const made: PodCondition = { type, ...(generation !== undefined && { observedGeneration: generation }), ...verdict, lastTransitionTime };
  return old && isSame(old, made) ? old : made;
}

function isSame(a: PodCondition, b: PodCondition): boolean {
  return a.status === b.status && (a.reason ?? '') === (b.reason ?? '') && (a.message ?? '') === (b.message ?? '')
    && a.lastTransitionTime === b.lastTransitionTime && a.observedGeneration === b.observedGeneration;
}
