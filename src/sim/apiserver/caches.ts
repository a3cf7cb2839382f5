// How the caches are filled from etcd and kept up to date, and how they recover.
import { prefixEnd } from '../etcd/key-space.ts';
import type { EtcdCancelWatch, EtcdResponse, EtcdWatch, EtcdWatchEvent } from '../etcd/messages.ts';
import { ETCD } from '../etcd/messages.ts';
import type { Context } from '../kernel/actor.ts';
import type { FillPending } from './pending.ts';
import { askRange, delivery, sendEvent } from './server.ts';
import type { Server } from './server.ts';
import { adopt } from './service-allocator.ts';
import { bookmarkOf, closeWatch } from './storage/watch.ts';
import type { WatchCache, Watcher } from './watch-cache.ts';

/** Reads everything of every resource (the cachers' reflectors, when the server starts). */
export function fillAll(server: Server, ctx: Context): void {
  for (const prefix of server.caches.keys()) fill(server, prefix, ctx);
}

export function fill(server: Server, prefix: string, ctx: Context): void {
  const pending: FillPending = { step: 'fill', prefix };
  askRange(server, pending, { key: prefix, rangeEnd: prefixEnd(prefix) }, 0, ctx);
}

/** Takes over what was read and watches from there; returns the cache. */
export function onFilled(server: Server, { prefix }: FillPending, response: EtcdResponse, ctx: Context): WatchCache | undefined {
  const cache = server.caches.get(prefix);
  const result = response.results[0];
  if (!cache || result?.op !== 'range') return undefined;
  cache.replace(result.kvs, response.revision, ctx.nowUs, delivery(cache.resource, ctx));
  server.revision = Math.max(server.revision, response.revision);
  if (cache.resource.name === 'services') adopt(server.allocator, result.kvs.map(({ value }) => value));
  watchFrom(server, prefix, response.revision + 1, ctx);
  return cache;
}

/** Whether the last cache that was missing has now been filled. */
export function becomesReady(server: Server): boolean {
  if (server.phase === 'ready') return false;
  for (const cache of server.caches.values()) if (!cache.ready) return false;
  server.phase = 'ready';
  return true;
}

function watchFrom(server: Server, prefix: string, startRevision: number, ctx: Context): void {
  const watchId = server.nextId++;
  server.etcdWatches.set(watchId, { prefix, fresh: true });
  const watch: EtcdWatch = { type: 'etcd-watch', watchId, prefix, startRevision };
  ctx.send(ETCD, watch);
}

/** Applies what etcd reports; returns the cache that changed. */
export function onWatchEvent(server: Server, event: EtcdWatchEvent, ctx: Context): WatchCache | undefined {
  const watch = server.etcdWatches.get(event.watchId);
  const cache = watch && server.caches.get(watch.prefix);
  if (!watch || !cache) return undefined;
  if (event.compactRevision > 0) {
    server.etcdWatches.delete(event.watchId);
    fill(server, watch.prefix, ctx);
    return undefined;
  }
  if (watch.fresh) {
    server.etcdWatches.set(event.watchId, { prefix: watch.prefix, fresh: false });
    server.revision = Math.max(server.revision, event.revision);
  } else if (!hear(server, event.revision, 1, ctx)) return undefined;
  const deliver = delivery(cache.resource, ctx);
  for (const change of event.events) cache.apply(change, ctx.nowUs, deliver);
  return cache;
}

/**
 * Notes the revision that etcd speaks of, which may be `step` further than the last one: every revision is reported to
 * somebody here, so a hole means that messages were lost. A real connection would break then; the watches are renewed.
 * @returns false if there was a hole
 */
export function hear(server: Server, revision: number, step: number, ctx: Context): boolean {
  const before = server.revision;
  if (revision > before) server.revision = revision;
  if (revision <= before + step || server.phase !== 'ready') return true;
  resync(server, before, ctx);
  return false;
}

/** Opens all watches anew, from after `revision`. */
export function resync(server: Server, revision: number, ctx: Context): void {
  for (const watchId of server.etcdWatches.keys()) {
    const cancel: EtcdCancelWatch = { type: 'etcd-cancel-watch', watchId };
    ctx.send(ETCD, cancel);
  }
  server.etcdWatches.clear();
  for (const [prefix, cache] of server.caches) if (cache.ready) watchFrom(server, prefix, revision + 1, ctx);
}

export const BOOKMARK_US = 60_000_000;
export const BOOKMARK_TICK = { type: 'bookmark-tick' } as const;

/** Once a minute: tells watchers how far they are, ends old watches, and forgets those of clients that are gone. */
export function onBookmarkTick(server: Server, ctx: Context): void {
  for (const cache of server.caches.values()) {
    const over: Watcher[] = [];
    const bookmark = cache.revision > cache.bookmarkedRevision ? bookmarkOf(cache.resource, cache.revision, false) : undefined;
    cache.bookmarkedRevision = cache.revision;
    cache.forEachWatcher((watcher) => {
      if (watcher.deadlineUs <= ctx.nowUs || !ctx.exists(watcher.client)) over.push(watcher);
      else if (bookmark && watcher.bookmarks) sendEvent(cache.resource, watcher, 'BOOKMARK', bookmark, ctx);
    });
    for (const { client, requestId } of over) closeWatch(server, client, requestId, ctx.exists(client), ctx);
  }
  ctx.after(BOOKMARK_US, BOOKMARK_TICK);
}
