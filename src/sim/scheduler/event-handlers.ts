// What kube-scheduler does when it hears of a change (eventhandlers.go): keep its picture of the cluster, put pods into
// the queue, and wake waiting pods that the change may help.
import type { Node, Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { keyOf } from '../api/meta.ts';
import type { Change } from '../client/informer.ts';
import type { Context } from '../kernel/actor.ts';
import type { ClusterEvent } from './framework/events.ts';
import { nodeUpdateEvents, objectEvent, podUpdateEvents } from './framework/object-events.ts';
import { EVENT_RESOURCES } from './informers.ts';
import { podInfoOf } from './pod-info.ts';
import type { SchedulerState } from './state.ts';

export function onChange(state: SchedulerState, change: Change, ctx: Context): void {
  switch (change.informer) {
    case 'pods': return onPod(state, change, ctx);
    case 'nodes': return onNode(state, change, ctx);
    default: return onOther(state, change, ctx);
  }
}

const isAssigned = (pod: Pod): boolean => Boolean(pod.spec?.nodeName);

function onPod(state: SchedulerState, { type, object, old }: Change, ctx: Context): void {
  const pod = object as Pod;
  const before = old as Pod | undefined;
  if (type === 'deleted') return podGone(state, before ?? pod, ctx);
  if (isAssigned(pod)) return podAssigned(state, pod, before, ctx);
  if (state.cache.isAssumed(keyOf(pod)) || !state.frameworkFor(pod)) return;
  nominate(state, pod);
  if (before) state.queue.update(before, pod, state.queueContext(ctx));
  else state.queue.add(pod, state.queueContext(ctx));
}

/** A pod that was promised room keeps its claim on it over a restart of the scheduler. */
function nominate(state: SchedulerState, pod: Pod): void {
  const node = pod.status?.nominatedNodeName;
  const info = podInfoOf(pod);
  if (node) state.nominator.add(info, node);
}

function podAssigned(state: SchedulerState, pod: Pod, before: Pod | undefined, ctx: Context): void {
  const key = keyOf(pod);
  const wasWaiting = before && !isAssigned(before);
  if (wasWaiting) {
    state.queue.delete(key);
    state.nominator.delete(key);
  }
  state.cache.setPod(pod);
  if (!before || wasWaiting) return wake(state, objectEvent('AssignedPod', 'Add'), undefined, pod, ctx);
  for (const event of podUpdateEvents(before, pod)) wake(state, event, before, pod, ctx);
}

function podGone(state: SchedulerState, pod: Pod, ctx: Context): void {
  const key = keyOf(pod);
  state.nominator.delete(key);
  if (isAssigned(pod)) {
    state.cache.removePod(key);
    return wake(state, objectEvent('AssignedPod', 'Delete'), pod, undefined, ctx);
  }
  state.queue.delete(key);
  if (state.cache.isAssumed(key)) state.cache.forgetPod(key);
}

function onNode(state: SchedulerState, { type, object, old }: Change, ctx: Context): void {
  const node = object as Node;
  if (type === 'deleted') {
    state.cache.removeNode(node.metadata.name ?? '');
    return wake(state, objectEvent('Node', 'Delete'), old, undefined, ctx);
  }
  state.cache.setNode(node);
  if (!old) return wake(state, objectEvent('Node', 'Add'), undefined, node, ctx);
  for (const event of nodeUpdateEvents(old as Node, node)) wake(state, event, old, node, ctx);
}

function onOther(state: SchedulerState, { informer, type, object, old }: Change, ctx: Context): void {
  state.listers.changed(informer);
  const resource = EVENT_RESOURCES.get(informer);
  if (!resource) return;
  const after = type === 'deleted' ? undefined : object;
  wake(state, objectEvent(resource, type === 'added' ? 'Add' : type === 'deleted' ? 'Delete' : 'Update'), old, after, ctx);
}

/** Moves the pods that the event may help; they are tried because of the message that is being handled. */
export function wake(state: SchedulerState, event: ClusterEvent, before: ApiObject | undefined, after: ApiObject | undefined, ctx: Context): void {
  state.queue.moveAll(event, before, after, state.queueContext(ctx));
}
