import type { Kind } from '../api/kind.ts';
import type { EtcdResponse, FromEtcd } from '../etcd/messages.ts';
import type { KubeletStream } from '../node/messages.ts';
import type { Actor, ActorId, Context, StartMessage } from '../kernel/actor.ts';
import { onAggregatedResponse } from './aggregation.ts';
import type { AggregatedResponse } from './aggregation.ts';
import { continueBootstrap } from './bootstrap.ts';
import { BOOKMARK_TICK, BOOKMARK_US, becomesReady, fill, fillAll, hear, onBookmarkTick, onFilled, onWatchEvent, resync } from './caches.ts';
import { DEFAULT_CONFIG, withFlags } from './config.ts';
import type { ServerConfig } from './config.ts';
import { COMPACT_TICK, COMPACT_US, onCompactStep, onCompactTick } from './compactor.ts';
import { followDefinitions, onDefinitionWritten } from './definitions/controller.ts';
import { DEFINITIONS } from './definitions/lookup.ts';
import { refreshDefinitions } from './definitions/registry.ts';
import { followFlowControl } from './flow-control.ts';
import { API_SERVER } from './messages.ts';
import type { ApiPong, ApiRequest, ToApiServer } from './messages.ts';
import { expire, handle, onRetry, resume, resumeParent } from './pipeline.ts';
import { Scheme } from './scheme.ts';
import { REQUEST_TIMEOUT_US, cloneServer, newCaches } from './server.ts';
import type { RequestRetry, Server } from './server.ts';
import { ServiceAllocator } from './service-allocator.ts';
import { closeStreams, onKubeletStream, onKubeletTimeout, onStreamSent } from './storage/pod-streams.ts';
import type { KubeletTimeout } from './storage/pod-streams.ts';
import { closeWatch } from './storage/watch.ts';
import type { WatchTimeout } from './storage/watch.ts';

type Timer = typeof BOOKMARK_TICK | typeof COMPACT_TICK | { readonly type: 'request-timeouts' } | WatchTimeout | RequestRetry | KubeletTimeout;
export type ApiServerMessage = ToApiServer | KubeletStream | FromEtcd | AggregatedResponse | StartMessage | Timer;

const PONG: ApiPong = { type: 'api-pong' };

/** The actor `kube-apiserver` that serves these kinds. Its clients are all others; it alone speaks to etcd. */
export function apiServerActor(kinds: readonly Kind[], config: Partial<ServerConfig> = {}): Actor<Server, ApiServerMessage> {
  const scheme = new Scheme(kinds);
  return {
    kind: API_SERVER,
    init: (_id, args) => newServer(scheme, withFlags({ ...DEFAULT_CONFIG, ...config }, args)),
    receive(server, message, ctx) {
      dispatch(server, message, ctx);
      for (let result = server.results.shift(); result; result = server.results.shift()) onOwnResult(server, result, ctx);
    },
    clone: cloneServer,
  };
}

function newServer(scheme: Scheme, config: ServerConfig): Server {
  return {
    config, scheme, definitions: new Map(), caches: newCaches(scheme), pending: new Map(), nextId: 1, etcdWatches: new Map(), watches: new Map(), streams: new Map(), clients: new Map(), phase: 'starting', early: [], revision: 0,
    eventLease: undefined, compactTo: 0, allocator: new ServiceAllocator(config.serviceRange), bootstrap: { batch: 0, missing: 0 }, timerArmed: false, results: [],
  };
}

function dispatch(server: Server, message: ApiServerMessage, ctx: Context): void {
  switch (message.type) {
    case 'api-request': return onRequest(server, message, ctx.from, ctx);
    case 'etcd-watch-event': {
      const cache = onWatchEvent(server, message, ctx);
      if (!cache) return;
      followFlowControl(server, cache, message, ctx);
      return followDefinitions(server, cache, message, ctx);
    }
    case 'etcd-response': return onEtcdResponse(server, message, ctx);
    case 'aggregated-response': return onAggregatedResponse(server, message, ctx);
    case 'start': return start(server, ctx);
    case 'watch-stop':
      if (server.streams.size > 0) closeStreams(server, ctx.from, message.requestId, ctx);
      return closeWatch(server, ctx.from, message.requestId, false, ctx);
    case 'stream-sent': return onStreamSent(server, message, ctx.from, ctx);
    case 'kubelet-stream': return onKubeletStream(server, message, ctx);
    case 'kubelet-timeout': return onKubeletTimeout(server, message, ctx);
    case 'api-ping': ctx.send(ctx.from, PONG); return;
    case 'api-connect': return forgetClient(server, ctx.from, ctx);
    case 'bookmark-tick': return onBookmarkTick(server, ctx);
    case 'compact-tick': return onCompactTick(server, ctx);
    case 'watch-timeout': return closeWatch(server, message.client, message.requestId, true, ctx);
    case 'request-retry': return onRetry(server, message, ctx);
    case 'request-timeouts': return onTimeouts(server, ctx);
  }
}

function start(server: Server, ctx: Context): void {
  fillAll(server, ctx);
  ctx.after(BOOKMARK_US, BOOKMARK_TICK);
  ctx.after(COMPACT_US, COMPACT_TICK);
}

function onRequest(server: Server, request: ApiRequest, client: ActorId, ctx: Context): void {
  // Clients number their requests upwards: a number that was used already belongs to a client that started anew.
  if (request.requestId <= (server.clients.get(client) ?? 0)) forgetClient(server, client, ctx);
  server.clients.set(client, request.requestId);
  if (server.phase === 'ready') handle(server, request, client, ctx);
  else server.early.push({ request, client });
}

function forgetClient(server: Server, client: ActorId, ctx: Context): void {
  server.clients.delete(client);
  if (server.streams.size > 0) closeStreams(server, client, undefined, ctx);
  for (const { watcher } of server.watches.values()) if (watcher.client === client) closeWatch(server, client, watcher.requestId, false, ctx);
}

function onEtcdResponse(server: Server, response: EtcdResponse, ctx: Context): void {
  const pending = server.pending.get(response.requestId)?.pending;
  server.pending.delete(response.requestId);
  // The compactor's own key is the only one that nobody watches.
  hear(server, response.revision, pending?.step === 'compact' ? 1 : 0, ctx);
  if (!pending) return;
  switch (pending.step) {
    case 'fill': {
      const cache = onFilled(server, pending, response, ctx);
      if (cache?.resource.name === DEFINITIONS) refreshDefinitions(server, ctx);
      if (cache && becomesReady(server)) onReady(server, ctx);
      return;
    }
    case 'compact': return onCompactStep(server, pending, response, ctx);
    case 'bootstrap': case 'definition': case 'flow-schema': return;
    default: resume(server, pending, response, ctx);
  }
}

function onReady(server: Server, ctx: Context): void {
  continueBootstrap(server, ctx);
  const early = server.early;
  server.early = [];
  for (const { request, client } of early) handle(server, request, client, ctx);
}

function onOwnResult(server: Server, { parent, response }: Server['results'][number], ctx: Context): void {
  const waiting = server.pending.get(parent)?.pending;
  switch (waiting?.step) {
    case 'bootstrap':
      server.pending.delete(parent);
      server.bootstrap.missing--;
      return continueBootstrap(server, ctx);
    case 'flow-schema': server.pending.delete(parent); return;
    case 'definition':
      server.pending.delete(parent);
      return onDefinitionWritten(server, waiting.name, response.code, ctx);
    default: return resumeParent(server, parent, response, ctx);
  }
}

/** Gives up what has waited for too long. etcd was silent: its connection is opened anew, and caches that were not filled are. */
function onTimeouts(server: Server, ctx: Context): void {
  server.timerArmed = false;
  const overdue = [...server.pending].filter(([, { sinceUs }]) => sinceUs <= ctx.nowUs - REQUEST_TIMEOUT_US);
  for (const [id, { pending }] of overdue) {
    server.pending.delete(id);
    if (pending.step === 'fill') fill(server, pending.prefix, ctx);
    else if (pending.step !== 'bootstrap' && pending.step !== 'compact' && pending.step !== 'definition' && pending.step !== 'flow-schema') expire(server, pending, ctx);
  }
  if (overdue.length > 0 && server.phase === 'ready') resync(server, server.revision, ctx);
  const [oldest] = server.pending.values();
  if (!oldest) return;
  server.timerArmed = true;
  ctx.after(Math.max(0, oldest.sinceUs + REQUEST_TIMEOUT_US - ctx.nowUs), { type: 'request-timeouts' });
}
