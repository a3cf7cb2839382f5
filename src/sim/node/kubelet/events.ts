// What the kubelet records about its node and its pods: one place through which every event goes.
import type { Pod } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Identity } from '../../client/client.ts';
import type { Context } from '../../kernel/actor.ts';
import type { ContainerView, KubeletState, NodeTimer } from './state.ts';

type EventType = 'Normal' | 'Warning';

/** Events have their own client: --event-qps and --event-burst do not hold the kubelet's other requests back. */
const eventIdentities = new WeakMap<Identity, Identity>();
function eventIdentity(identity: Identity): Identity {
  let own = eventIdentities.get(identity);
  if (!own) eventIdentities.set(identity, own = { ...identity, userAgent: `${identity.userAgent} events` });
  return own;
}

/** The kubelet refers to its node by name alone: the uid of the reference is the name. */
function nodeReference(nodeName: string): ApiObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, uid: nodeName } };
}

export function nodeEvent(state: KubeletState, ctx: Context, type: EventType, reason: string, message: string): void {
  state.recorder.record({ about: nodeReference(state.nodeName), type, reason, message }, ctx, ctx.cause);
  sendEvents(state, ctx);
}

export function podEvent(state: KubeletState, ctx: Context, pod: Pod, type: EventType, reason: string, message: string): void {
  state.recorder.record({ about: pod, type, reason, message }, ctx, ctx.cause);
  sendEvents(state, ctx);
}

export function containerEvent(state: KubeletState, ctx: Context, pod: Pod, view: ContainerView, type: EventType, reason: string, message: string): void {
  const fieldPath = `spec.${view.kind === 'container' ? 'containers' : 'initContainers'}{${view.name}}`;
  state.recorder.record({ about: pod, type, reason, message, fieldPath }, ctx, ctx.cause);
  sendEvents(state, ctx);
}

/** Sends what the recorder has ready; events leave one after the other. */
export function sendEvents(state: KubeletState, ctx: Context): void {
  const request = state.recorder.next(ctx);
  if (!request) return;
  const cause = ctx.cause;
  if (state.recorder.cause !== 0) ctx.cause = state.recorder.cause;
  state.client.request(ctx, request, { kind: 'event', uid: '' }, eventIdentity(state.client.identity));
  ctx.cause = cause;
}

export function onEventAnswer(state: KubeletState, code: number, ctx: Context): void {
  const waitUs = state.recorder.onAnswer(code, ctx);
  const timer: NodeTimer = { type: 'node-timer', what: 'events' };
  if (waitUs > 0) ctx.after(waitUs, timer);
  else sendEvents(state, ctx);
}
