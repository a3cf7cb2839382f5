// Custom resources are served as long as their definitions are established: caches, routes and discovery follow.
import { customKinds } from '../../api/custom/kind.ts';
import type { CustomResourceDefinition } from '../../api/generated/types.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf } from '../../api/meta.ts';
import { equal } from '../../api/validation/metadata.ts';
import type { EtcdCancelWatch } from '../../etcd/messages.ts';
import { ETCD } from '../../etcd/messages.ts';
import type { Context } from '../../kernel/actor.ts';
import { fill } from '../caches.ts';
import { Scheme } from '../scheme.ts';
import type { Resource } from '../scheme.ts';
import type { Server } from '../server.ts';
import { closeWatch } from '../storage/watch.ts';
import { WatchCache } from '../watch-cache.ts';
import { isEstablished } from './conditions.ts';
import { definitionsOf } from './lookup.ts';

/** A definition and its kinds, which are made anew when its spec or its accepted names change. */
export interface KnownDefinition { readonly definition: CustomResourceDefinition; readonly kinds: readonly Kind[] }

/** Serves what is defined now. */
export function refreshDefinitions(server: Server, ctx: Context): void {
  const known = new Map<string, KnownDefinition>();
  const kinds: Kind[] = [];
  for (const definition of definitionsOf(server)) {
    if (!isEstablished(definition)) continue;
    const { uid = '' } = definition.metadata;
    const before = server.definitions.get(uid);
    const now = before && isSame(before.definition, definition) ? before : { definition, kinds: customKinds(definition) };
    known.set(uid, now);
    kinds.push(...now.kinds);
  }
  server.definitions = known;
  const { scheme } = server;
  if (kinds.length === scheme.custom.length && kinds.every((kind, i) => kind === scheme.custom[i])) return;
  server.scheme = new Scheme(scheme.builtIn, kinds);
  adaptCaches(server, ctx);
}

function isSame(a: CustomResourceDefinition, b: CustomResourceDefinition): boolean {
  return equal(a.spec, b.spec) && equal(a.status?.acceptedNames, b.status?.acceptedNames);
}

/** A definition that changed gets a new cache: its objects may look different now, and whoever watches has to look again. */
function adaptCaches(server: Server, ctx: Context): void {
  const caches = new Map([...server.caches].filter(([, { resource }]) => !resource.custom));
  const fresh: string[] = [];
  for (const resource of server.scheme.resources) {
    if (!isStorage(resource)) continue;
    const before = server.caches.get(resource.prefix);
    if (before?.resource.kind === resource.kind) caches.set(resource.prefix, before);
    else {
      caches.set(resource.prefix, new WatchCache(resource));
      fresh.push(resource.prefix);
    }
  }
  const gone = [...server.caches].filter(([prefix, cache]) => caches.get(prefix) !== cache).map(([prefix]) => prefix);
  for (const prefix of gone) stopServing(server, prefix, ctx);
  server.caches = caches;
  for (const prefix of fresh) fill(server, prefix, ctx);
}

/** Whether a resource is the version in which custom resources are stored. */
function isStorage({ custom, kind }: Resource): boolean {
  return custom && kind.storedAs?.apiVersion === apiVersionOf(kind.group, kind.version);
}

function stopServing(server: Server, prefix: string, ctx: Context): void {
  for (const { prefix: watched, watcher } of server.watches.values()) {
    if (watched === prefix) closeWatch(server, watcher.client, watcher.requestId, true, ctx);
  }
  for (const [watchId, watch] of server.etcdWatches) {
    if (watch.prefix !== prefix) continue;
    server.etcdWatches.delete(watchId);
    const cancel: EtcdCancelWatch = { type: 'etcd-cancel-watch', watchId };
    ctx.send(ETCD, cancel);
  }
}
