// What happens to a pod that could not be scheduled: back into the queue, an event, a condition, and room made for it.
import { formatTime } from '../../base/time.ts';
import type { Pod, PodCondition } from '../api/generated/types.ts';
import { keyOf } from '../api/meta.ts';
import { PODS } from '../api/resources.ts';
import { deleteRequest, patchRequest } from '../client/requests.ts';
import type { Context } from '../kernel/actor.ts';
import type { Victims } from './framework/plugin.ts';
import { podInfoOf } from './pod-info.ts';
import type { QueuedPod } from './queue.ts';
import { recordEvent } from './record.ts';
import type { SchedulerState } from './state.ts';

export interface Failure {
  readonly reason: 'Unschedulable' | 'SchedulerError';
  readonly message: string;
  readonly unschedulablePlugins: readonly string[];
  /** A node to be nominated for the pod; '' takes the nomination away, undefined leaves it. */
  readonly nominate: string | undefined;
}

/** Models handleSchedulingFailure: requeue, nomination, FailedScheduling event, PodScheduled condition. */
export function failed(state: SchedulerState, item: QueuedPod, failure: Failure, ctx: Context): void {
  const known = state.client.informer('pods').get(item.key) as Pod | undefined;
  const current = known?.metadata.uid === item.pod.metadata.uid ? known : undefined;
  if (!current || current.spec?.nodeName) {
    state.queue.done(item.key);
    return;
  }
  const { unschedulablePlugins } = failure;
  state.queue.addUnschedulable({ ...item, pod: current }, { unschedulablePlugins, pendingPlugins: [] }, state.queueContext(ctx));
  if (failure.nominate) state.nominator.add(podInfoOf(current), failure.nominate);
  else if (failure.nominate === '') state.nominator.delete(item.key);
  recordEvent(state, { regarding: current, type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: truncated(failure.message) }, ctx);
  patchCondition(state, current, failure, ctx);
}

/** Event notes hold 1024 bytes (truncateMessage). */
function truncated(message: string): string {
  const max = 1024;
  const suffix = ' ...';
  return message.length <= max ? message : message.slice(0, max - suffix.length) + suffix;
}

function patchCondition(state: SchedulerState, pod: Pod, { reason, message, nominate }: Failure, ctx: Context): void {
  const before = pod.status?.conditions?.find((each) => each.type === 'PodScheduled');
  const nomination = nominate !== undefined && nominate !== (pod.status?.nominatedNodeName ?? '');
  if (before?.status === 'False' && before.reason === reason && before.message === message && !nomination) return;
  const condition: PodCondition = {
    type: 'PodScheduled', status: 'False', reason, message, observedGeneration: pod.metadata.generation ?? 0, lastProbeTime: null as unknown as string,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime ?? formatTime(ctx.unixUs) : formatTime(ctx.unixUs),
  };
  const status = { conditions: [condition], ...(nomination && { nominatedNodeName: nominate === '' ? null : nominate }) };
  const { namespace = '', name = '', uid } = pod.metadata;
  state.client.request(ctx, patchRequest(PODS, namespace, name, 'strategic', { metadata: { uid }, status }, 'status'), { kind: 'status' });
}

/** Evicts the victims: each gets the condition that says why, then it is deleted (prepareCandidate). */
export function preempt(state: SchedulerState, preemptor: Pod, victims: Victims, ctx: Context): void {
  for (const { pod } of victims.pods) {
    const { namespace = '', name = '', uid } = pod.metadata;
    const condition: PodCondition = {
      type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', observedGeneration: pod.metadata.generation ?? 0,
      message: `${preemptor.spec?.schedulerName ?? 'default-scheduler'}: preempting to accommodate a higher priority pod`, lastTransitionTime: formatTime(ctx.unixUs),
    };
    state.client.request(ctx, patchRequest(PODS, namespace, name, 'strategic', { metadata: { uid }, status: { conditions: [condition] } }, 'status'), { kind: 'preempt', victim: pod });
    recordEvent(state, {
      regarding: pod, related: preemptor, type: 'Normal', reason: 'Preempted', action: 'Preempting', note: `Preempted by pod ${preemptor.metadata.uid} on node ${victims.node}`,
    }, ctx);
  }
}

export function onPreemptAnswer(state: SchedulerState, victim: Pod, code: number, ctx: Context): void {
  if (code === 404) return;
  const { namespace = '', name = '' } = victim.metadata;
  if (state.client.informer('pods').get(keyOf(victim))?.metadata.uid !== victim.metadata.uid) return;
  state.client.request(ctx, deleteRequest(PODS, namespace, name), { kind: 'evict' });
}
