import { apiVersionOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { prefixEnd } from '../../etcd/key-space.ts';
import type { EtcdResponse } from '../../etcd/messages.ts';
import type { Context } from '../../kernel/actor.ts';
import type { ActorId } from '../../kernel/actor.ts';
import { resourceOf, resumed } from '../call.ts';
import type { Call } from '../call.ts';
import type { RequestExplanation, WatchEnd } from '../messages.ts';
import { checkListOptions, parseResourceVersion, scopeOf } from '../options.ts';
import type { WatchPending } from '../pending.ts';
import type { Resource } from '../scheme.ts';
import { askRange, cacheOf, delivery, explainWaiting, guard, sendEvent } from '../server.ts';
import type { Server } from '../server.ts';
import { recordCache, recordRead, recordWaiting } from '../stages/etcd.ts';
import { Refusal, expired, methodNotAllowed } from '../status.ts';
import { watcherKey } from '../watch-cache.ts';
import type { Scope, Watcher } from '../watch-cache.ts';

const WATCH_US = 400;
/** A watch without timeoutSeconds ends after half an hour to an hour (--min-request-timeout). */
const MIN_TIMEOUT_US = 1_800_000_000;
const NEVER_US = Number.MAX_SAFE_INTEGER;

/** Sent to oneself when a watch with its own timeout ends. */
export interface WatchTimeout { readonly type: 'watch-timeout'; readonly client: ActorId; readonly requestId: number }

/** Opens a watch (models cacher.Watch). Throws Refusal. */
export function watch(server: Server, call: Call, ctx: Context): void {
  const resource = resourceOf(call);
  const { options } = call.request;
  if (!resource.kind.verbs.includes('watch')) throw new Refusal(methodNotAllowed());
  checkListOptions(options, true);
  const scope = scopeOf(call);
  const revision = parseResourceVersion(options.resourceVersion);
  if (!options.resourceVersion && options.sendInitialEvents !== false) return openConsistent(server, call, scope, ctx);
  recordCache(call);
  open(server, call, scope, options.resourceVersion ? revision : cacheOf(server, resource).revision, ctx);
  explainOpen(call, ctx);
}

/** Without a resourceVersion a watch begins with the state of now: etcd says what that is. */
function openConsistent(server: Server, call: Call, scope: Scope, ctx: Context): void {
  const { prefix } = resourceOf(call);
  recordWaiting(call, 'read', prefix);
  explainWaiting(call, ctx);
  const pending: WatchPending = { step: 'watch', call, scope };
  askRange(server, pending, { key: prefix, rangeEnd: prefixEnd(prefix), limit: 1 }, WATCH_US, ctx);
}

export function onWatchRevision(server: Server, pending: WatchPending, response: EtcdResponse, ctx: Context): void {
  const call = resumed(pending.call);
  const { prefix } = resourceOf(call);
  const cache = cacheOf(server, resourceOf(call));
  cache.revision = Math.max(cache.revision, response.revision);
  recordRead(call, prefix, response.revision, ctx.nowUs - call.receivedUs);
  guard(server, call, ctx, () => {
    open(server, call, pending.scope, 0, ctx);
    explainOpen(call, ctx);
  });
}

function explainOpen(call: Call, ctx: Context): void {
  const explanation: RequestExplanation = { about: 'request', stages: call.stages, code: 200 };
  ctx.explain(explanation);
}

/** `from` 0: begin with all objects as ADDED, or with now for those who have asked for none of them. */
function open(server: Server, call: Call, scope: Scope, from: number, ctx: Context): void {
  const resource = resourceOf(call);
  const cache = cacheOf(server, resource);
  const { options, requestId } = call.request;
  const initial = options.sendInitialEvents ?? from === 0;
  const revision = from === 0 ? cache.revision : from;
  const since = initial ? cache.revision : revision;
  const watcher: Watcher = {
    ...scope, client: call.client, requestId, filed: cache.filingOf(scope), bookmarks: options.allowWatchBookmarks ?? false,
    deadlineUs: deadline(call, ctx), fromRevision: since,
  };
  const tooOld = initial ? undefined : cache.tooOld(revision);
  if (tooOld) return sendExpired(resource, watcher, revision, tooOld.oldest, ctx);
  if (initial) sendInitial(resource, watcher, cache.list(scope), cache.revision, options.sendInitialEvents === true, ctx);
  else cache.replay(watcher, revision, delivery(resource, ctx));
  cache.addWatcher(watcher);
  server.watches.set(watcherKey(call.client, requestId), { prefix: resource.prefix, watcher });
}

function deadline(call: Call, ctx: Context): number {
  const { timeoutSeconds } = call.request.options;
  if (timeoutSeconds === undefined || timeoutSeconds === 0) return ctx.nowUs + MIN_TIMEOUT_US + ctx.random.below(MIN_TIMEOUT_US);
  const timer: WatchTimeout = { type: 'watch-timeout', client: call.client, requestId: call.request.requestId };
  // A time in the past has come at once.
  ctx.after(Math.max(0, timeoutSeconds) * 1_000_000, timer);
  return NEVER_US;
}

function sendInitial(resource: Resource, watcher: Watcher, objects: readonly ApiObject[], revision: number, bookmark: boolean, ctx: Context): void {
  for (const object of objects) sendEvent(resource, watcher, 'ADDED', object, ctx);
  if (bookmark && watcher.bookmarks) sendEvent(resource, watcher, 'BOOKMARK', bookmarkOf(resource, revision, true), ctx);
}

function sendExpired(resource: Resource, watcher: Watcher, revision: number, oldest: number, ctx: Context): void {
  const status = expired(`too old resource version: ${revision} (${oldest})`) as unknown as ApiObject;
  sendEvent(resource, watcher, 'ERROR', status, ctx);
  const end: WatchEnd = { type: 'watch-end', requestId: watcher.requestId };
  ctx.send(watcher.client, end);
}

const INITIAL_END = { 'k8s.io/initial-events-end': 'true' };

/** An object with nothing in it but how far the watch has come. */
export function bookmarkOf({ kind }: Resource, revision: number, initialEnd: boolean): ApiObject {
  const metadata = { resourceVersion: String(revision), ...(initialEnd ? { annotations: INITIAL_END } : {}) };
  return { kind: kind.kind, apiVersion: apiVersionOf(kind.group, kind.version), metadata };
}

/** Forgets a watch; tells its client if the server ends it. */
export function closeWatch(server: Server, client: ActorId, requestId: number, tell: boolean, ctx: Context): void {
  const key = watcherKey(client, requestId);
  const open_ = server.watches.get(key);
  if (!open_) return;
  server.watches.delete(key);
  server.caches.get(open_.prefix)?.removeWatcher(open_.watcher);
  if (!tell) return;
  const end: WatchEnd = { type: 'watch-end', requestId };
  ctx.send(client, end);
}
