// The binding cycle: what is written for a scheduled pod, one after the other, beside the next scheduling cycles.
import type { PersistentVolumeClaim, Pod } from '../api/generated/types.ts';
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import { keyFor, keyOf } from '../api/meta.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, PODS } from '../api/resources.ts';
import type { ApiResponse } from '../apiserver/messages.ts';
import { createRequest, patchRequest, updateRequest } from '../client/requests.ts';
import type { Context } from '../kernel/actor.ts';
import { failed } from './failure.ts';
import { objectEvent } from './framework/object-events.ts';
import type { BindWrite } from './framework/plugin.ts';
import { wake } from './event-handlers.ts';
import { recordEvent } from './record.ts';
import { identityOf } from './state.ts';
import type { Binding, SchedulerState } from './state.ts';

const RESOURCES: Readonly<Record<string, GroupVersionResource>> = { persistentvolumes: PERSISTENT_VOLUMES, persistentvolumeclaims: PERSISTENT_VOLUME_CLAIMS };
const BINDING = 'pods/binding';
const NOMINATION = 'pods/status';
const VOLUMES_PERIOD_US = 1_000_000;
/** bindTimeoutSeconds of the plugin VolumeBinding. */
const VOLUMES_LIMIT_US = 600_000_000;

/** Time to look whether the volumes of a binding are bound. */
export interface VolumesCheck { readonly type: 'volumes-check'; readonly key: string; readonly uid: string; readonly untilUs: number }

/**
 * Begins with the first write. A pod whose volumes have to be bound first waits for a while: everybody is told where it is
 * going to be (models NominatedNodeNameForExpectation).
 */
export function startBinding(state: SchedulerState, binding: Binding, ctx: Context): void {
  const { item: { key, pod }, node, writes } = binding;
  const tells = writes.length > 1 && pod.status?.nominatedNodeName !== node;
  const complete: Binding = tells ? { ...binding, writes: [{ verb: 'update', resource: NOMINATION, object: { ...pod, status: { nominatedNodeName: node } } as Pod }, ...writes] } : binding;
  state.bindings.set(key, complete);
  sendNext(state, complete, ctx);
}

/** An answer to a write of a binding cycle. */
export function onBindAnswer(state: SchedulerState, key: string, uid: string, response: ApiResponse, ctx: Context): void {
  const binding = state.bindings.get(key);
  if (!binding || binding.item.pod.metadata.uid !== uid) return;
  const done = binding.writes[binding.next];
  // Not to be able to tell is no reason not to bind.
  if ((response.code < 200 || response.code >= 300) && done?.resource !== NOMINATION) return bindingFailed(state, binding, response, ctx);
  const next: Binding = { ...binding, next: binding.next + 1 };
  if (done?.resource === BINDING) return bound(state, next, ctx);
  const last = next.writes[next.next]?.resource === BINDING;
  const waiting: Binding = { ...next, waitsForVolumes: last };
  state.bindings.set(key, waiting);
  if (last) lookLater(waiting, ctx.nowUs + VOLUMES_LIMIT_US, ctx);
  else sendNext(state, waiting, ctx);
}

function lookLater({ item }: Binding, untilUs: number, ctx: Context): void {
  const check: VolumesCheck = { type: 'volumes-check', key: item.key, uid: item.pod.metadata.uid ?? '', untilUs };
  ctx.after(VOLUMES_PERIOD_US, check);
}

/** Looks whether the volumes of a binding are bound by now (BindPodVolumes asks once a second, the first time after one). */
export function onVolumesCheck(state: SchedulerState, { key, uid, untilUs }: VolumesCheck, ctx: Context): void {
  const binding = state.bindings.get(key);
  if (!binding?.waitsForVolumes || binding.item.pod.metadata.uid !== uid) return;
  if (state.client.informer('pods').get(key)?.metadata.uid !== uid) return giveUp(state, binding, 'binding volumes: pod does not exist any more', ctx);
  const reset = claimsOf(binding.item.pod).find((claim) => wasReset(state, binding, claim));
  if (reset !== undefined) return giveUp(state, binding, `binding volumes: provisioning failed for PVC "${reset.slice(reset.indexOf('/') + 1)}"`, ctx);
  if (!claimsOf(binding.item.pod).every((claim) => isBound(state, claim))) {
    if (ctx.nowUs < untilUs) lookLater(binding, untilUs, ctx);
    else giveUp(state, binding, 'binding volumes: context deadline exceeded', ctx);
    return undefined;
  }
  const ready: Binding = { ...binding, waitsForVolumes: false };
  state.bindings.set(key, ready);
  return sendNext(state, ready, ctx);
}

/** The provisioner takes the selected node away again when it cannot make a volume there. */
function wasReset(state: SchedulerState, { writes }: Binding, key: string): boolean {
  if (isBound(state, key) || !writes.some(({ resource, object }) => resource === 'persistentvolumeclaims' && keyOf(object) === key)) return false;
  return state.listers.get('persistentvolumeclaims', key)?.metadata.annotations?.['volume.kubernetes.io/selected-node'] === undefined;
}

function claimsOf(pod: Pod): readonly string[] {
  const namespace = pod.metadata.namespace ?? '';
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [keyFor(namespace, volume.persistentVolumeClaim.claimName)];
    return volume.ephemeral ? [keyFor(namespace, `${pod.metadata.name}-${volume.name}`)] : [];
  });
}

function isBound(state: SchedulerState, key: string): boolean {
  const claim = state.listers.get('persistentvolumeclaims', key) as PersistentVolumeClaim | undefined;
  return Boolean(claim?.spec?.volumeName) && claim?.metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined;
}

function sendNext(state: SchedulerState, binding: Binding, ctx: Context): void {
  const write = binding.writes[binding.next];
  if (!write) return;
  state.client.request(ctx, requestFor(write), { kind: 'bind', key: binding.item.key, uid: binding.item.pod.metadata.uid ?? '' }, identityOf(state.flags));
}

function requestFor({ resource, object }: BindWrite): ReturnType<typeof createRequest> {
  const { namespace = '', name = '' } = object.metadata;
  if (resource === BINDING) return createRequest(PODS, object, namespace, 'binding', name);
  if (resource === NOMINATION) return patchRequest(PODS, namespace, name, 'strategic', { metadata: { uid: object.metadata.uid }, status: (object as Pod).status }, 'status');
  const gvr = RESOURCES[resource];
  if (!gvr) throw new Error(`a binding cycle cannot write ${resource}`);
  return updateRequest(gvr, object);
}

function bound(state: SchedulerState, { item, node }: Binding, ctx: Context): void {
  state.bindings.delete(item.key);
  state.queue.done(item.key);
  recordEvent(state, { regarding: item.pod, type: 'Normal', reason: 'Scheduled', action: 'Binding', note: `Successfully assigned ${item.key} to ${node}` }, ctx);
}

function bindingFailed(state: SchedulerState, binding: Binding, response: ApiResponse, ctx: Context): void {
  giveUp(state, binding, (response.body as { readonly message?: string }).message ?? `code ${response.code}`, ctx);
}

/** The room is given back, which may help others, and the pod is tried again after a backoff. */
function giveUp(state: SchedulerState, binding: Binding, message: string, ctx: Context): void {
  const { item } = binding;
  state.bindings.delete(item.key);
  state.cache.forgetPod(item.key);
  wake(state, objectEvent('AssignedPod', 'Delete'), item.pod as ApiObject, undefined, ctx);
  const plugin = binding.writes[binding.next]?.resource === BINDING && !binding.waitsForVolumes ? 'binding rejected: running Bind plugin "DefaultBinder"' : 'running PreBind plugin "VolumeBinding"';
  failed(state, item, { reason: 'SchedulerError', message: `${plugin}: ${message}`, unschedulablePlugins: [], nominate: undefined }, ctx);
}
