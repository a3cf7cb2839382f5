// Objects that pods refer to: ConfigMaps, Secrets, claims, volumes. The real kubelet watches each while a pod needs it;
// here they are read when needed and believed for a minute, which is how often it looks at volumes again.
import type { ApiObject, GroupVersionResource } from '../../api/meta.ts';
import type { ApiRequest, ApiResponse } from '../../apiserver/messages.ts';
import { getRequest } from '../../client/requests.ts';
import type { Context } from '../../kernel/actor.ts';
import type { CachedObject, KubeletState } from './state.ts';

const FOUND_US = 60_000_000;
/** Shorter than the first retry: what is missing is asked for again each time. */
const MISSING_US = 400_000;

function keyOf(resource: string, namespace: string, name: string): string {
  return `${resource}/${namespace}/${name}`;
}

/** The object if it is known, else 'waiting': it was asked for, and the pod is taken up again when the answer comes. */
export function fetchObject(state: KubeletState, ctx: Context, gvr: GroupVersionResource, namespace: string, name: string, uid: string): CachedObject | 'waiting' {
  const key = keyOf(gvr.resource, namespace, name);
  const cached = state.objects.get(key);
  if (cached && ctx.nowUs - cached.fetchedUs < (cached.object ? FOUND_US : MISSING_US)) return cached;
  const waiters = state.objectWaiters.get(key);
  if (waiters?.includes(uid)) return 'waiting';
  state.objectWaiters.set(key, [...(waiters ?? []), uid]);
  if (!waiters) state.client.request(ctx, getRequest(gvr, namespace, name), { kind: 'object', uid: '' });
  return 'waiting';
}

/** Files the answer; returns the pods that waited for it. */
export function onObject(state: KubeletState, request: ApiRequest, response: ApiResponse, ctx: Context): readonly string[] {
  const key = keyOf(request.resource, request.namespace, request.name);
  const singular = request.resource.slice(0, -1);
  const told = (response.body as { readonly message?: string }).message ?? '';
  const found: CachedObject = response.code === 200
    ? { object: response.body as ApiObject, problem: '', fetchedUs: ctx.nowUs }
    : { object: undefined, problem: response.code === 404 && (singular === 'configmap' || singular === 'secret') ? `${singular} "${request.name}" not found` : told, fetchedUs: ctx.nowUs };
  state.objects.set(key, found);
  const waiters = state.objectWaiters.get(key) ?? [];
  state.objectWaiters.delete(key);
  return waiters;
}
