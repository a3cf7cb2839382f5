// The state of an API server, and the few things that all of its parts do: asking etcd, answering, telling watchers.
import type { ActorId, Context } from '../kernel/actor.ts';
import type { JsonObject } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { ETCD } from '../etcd/messages.ts';
import type { Compare, EtcdRange, EtcdTxn, Operation } from '../etcd/messages.ts';
import { again } from './call.ts';
import type { Call } from './call.ts';
import type { ServerConfig } from './config.ts';
import type { KnownDefinition } from './definitions/registry.ts';
import type { ApiRequest, ApiResponse, RequestExplanation, StageOutcome, WatchEvent } from './messages.ts';
import type { Pending } from './pending.ts';
import type { PodStream } from './storage/pod-streams.ts';
import type { Resource, Scheme } from './scheme.ts';
import type { ServiceAllocator } from './service-allocator.ts';
import { NoSuchPath, Refusal, RetryLater } from './status.ts';
import type { Status } from './status.ts';
import { asVersion } from './versions.ts';
import { WatchCache } from './watch-cache.ts';
import type { Deliver, Watcher } from './watch-cache.ts';

/** Something that waits, and since when; the oldest comes first. */
export interface Waiting { readonly pending: Pending; readonly sinceUs: number }
/** A watch that this server has on etcd. It is fresh until its first message, which tells all that was missed. */
export interface EtcdWatchState { readonly prefix: string; readonly fresh: boolean }

export interface EventLease { readonly id: number; readonly expiresUs: number; readonly keys: number }

/** State of the actor `kube-apiserver`. */
export interface Server {
  readonly config: ServerConfig;
  scheme: Scheme;
  /** By uid. */
  definitions: ReadonlyMap<string, KnownDefinition>;
  /** By Resource.prefix: versions of one resource share a cache. */
  caches: ReadonlyMap<string, WatchCache>;
  /** What waits for etcd, by the number of the etcd request; or for a part of itself. */
  pending: Map<number, Waiting>;
  nextId: number;
  /** Watches on etcd, by their number. */
  etcdWatches: Map<number, EtcdWatchState>;
  /** Open watches of clients. */
  watches: Map<string, { readonly prefix: string; readonly watcher: Watcher }>;
  /** What kubelets were asked on behalf of clients, by the number of the question. */
  streams: Map<number, PodStream>;
  /** The highest request number of each client: a lower one means that the client started anew. */
  clients: Map<ActorId, number>;
  phase: 'starting' | 'ready';
  /** Requests that came before the caches were filled. */
  early: { readonly request: ApiRequest; readonly client: ActorId }[];
  /** The latest revision that etcd spoke of: a hole means that messages were lost. */
  revision: number;
  eventLease: EventLease | undefined;
  /** The revision that the next compaction goes to; 0 before the first one. */
  compactTo: number;
  allocator: ServiceAllocator;
  /** The batch of bootstrap objects under way, and how many of it are missing. */
  bootstrap: { batch: number; missing: number };
  timerArmed: boolean;
  /** Results of the server's own requests that nobody has looked at yet; empty between messages. */
  results: { readonly parent: number; readonly response: ApiResponse }[];
}

export function cacheOf(server: Server, resource: Resource): WatchCache {
  const cache = server.caches.get(resource.prefix);
  if (!cache) throw new Error(`no cache for ${resource.name}`);
  return cache;
}

/** The cache of `pods` or `resourcequotas`, for admission and the like; undefined where the kind is not served. */
export function cacheNamed(server: Server, name: string): WatchCache | undefined {
  return server.caches.get(server.scheme.prefixes.get(name) ?? '');
}

// ---- etcd ----

const NO_OPERATIONS: readonly Operation[] = [];
/** How long a request may take (handlers' requestTimeoutUpperBound). */
export const REQUEST_TIMEOUT_US = 34_000_000;
const TIMEOUT_CHECK = { type: 'request-timeouts' } as const;

/** Remembers what to do with etcd's answer; returns the number to ask under. */
export function expectAnswer(server: Server, pending: Pending, ctx: Context): number {
  const id = server.nextId++;
  server.pending.set(id, { pending, sinceUs: ctx.nowUs });
  if (!server.timerArmed) {
    server.timerArmed = true;
    ctx.after(REQUEST_TIMEOUT_US, TIMEOUT_CHECK);
  }
  return id;
}

export function askRange(server: Server, pending: Pending, range: { key: string; rangeEnd?: string; revision?: number; limit?: number }, processingUs: number, ctx: Context): void {
  const message: EtcdRange = {
    type: 'etcd-range', requestId: expectAnswer(server, pending, ctx), key: range.key, rangeEnd: range.rangeEnd ?? '', revision: range.revision ?? 0, limit: range.limit ?? 0,
  };
  ctx.send(ETCD, message, processingUs);
}

export function askTxn(server: Server, pending: Pending, txn: { compares: readonly Compare[]; success: readonly Operation[]; failure?: readonly Operation[] }, processingUs: number, ctx: Context): void {
  const message: EtcdTxn = {
    type: 'etcd-txn', requestId: expectAnswer(server, pending, ctx), compares: txn.compares, success: txn.success, failure: txn.failure ?? NO_OPERATIONS,
  };
  ctx.send(ETCD, message, processingUs);
}

// ---- answers ----

/** Answers a call and says what its stages did. */
export function finish(server: Server, call: Call, code: number, body: ApiResponse['body'], processingUs: number, ctx: Context): void {
  const response: ApiResponse = { type: 'api-response', requestId: call.request.requestId, code, body, warnings: call.warnings };
  if (call.client === '') {
    server.results.push({ parent: call.parent, response });
    return;
  }
  const explanation: RequestExplanation = { about: 'request', stages: call.stages, code };
  ctx.explain(explanation);
  ctx.send(call.client, response, processingUs);
}

/** Answers a call with the Status that refuses it. */
export function refuse(server: Server, call: Call, status: Status, processingUs: number, ctx: Context): void {
  const code = status.code ?? 500;
  const outcome: StageOutcome = { stage: call.stage, outcome: 'refused', code: status.reason ?? 'Error', params: { message: status.message ?? '', code } };
  call.stages = [...call.stages, outcome];
  finish(server, call, code, status as unknown as JsonObject, processingUs, ctx);
}

const REFUSAL_US = 300;
const NOT_FOUND_TEXT: JsonObject = { plainText: '404 page not found\n' };

/** Does a part of a call's work: a Refusal becomes its answer, and what asks for more time gets another attempt. */
export function guard(server: Server, call: Call, ctx: Context, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof RetryLater && call.tries + 1 < error.attempts) retryLater(server, call, error.delayUs, ctx);
    else if (error instanceof Refusal || error instanceof RetryLater) refuse(server, call, error.status, REFUSAL_US, ctx);
    else if (error instanceof NoSuchPath) finish(server, call, 404, NOT_FOUND_TEXT, REFUSAL_US, ctx);
    else throw error;
  }
}

/** Sent to oneself when a call is to be handled once more. */
export interface RequestRetry { readonly type: 'request-retry'; readonly id: number }

function retryLater(server: Server, call: Call, delayUs: number, ctx: Context): void {
  const id = expectAnswer(server, { step: 'retry', call: { ...again(call), tries: call.tries + 1 } }, ctx);
  const timer: RequestRetry = { type: 'request-retry', id };
  ctx.after(delayUs, timer);
}

/** Says how far a call has come that now waits for etcd. */
export function explainWaiting(call: Call, ctx: Context): void {
  if (call.client === '') return;
  const explanation: RequestExplanation = { about: 'request', stages: call.stages, code: 0 };
  ctx.explain(explanation);
}

// ---- watchers ----

/** How events reach the watchers of clients. */
export function delivery(resource: Resource, ctx: Context): Deliver {
  return (watcher, type, object) => sendEvent(resource, watcher, type, object, ctx);
}

export function sendEvent(resource: Resource, watcher: Watcher, event: WatchEvent['event'], object: ApiObject, ctx: Context): void {
  const message: WatchEvent = { type: 'watch-event', requestId: watcher.requestId, resource: resource.resource, event, object: watcher.view && event !== 'BOOKMARK' && event !== 'ERROR' ? asVersion(watcher.view, object) : object };
  ctx.send(watcher.client, message);
}

// ---- cloning ----

export function cloneServer(server: Server): Server {
  return {
    ...server,
    caches: new Map([...server.caches].map(([prefix, cache]) => [prefix, cache.clone()])),
    pending: new Map(server.pending), etcdWatches: new Map(server.etcdWatches), watches: new Map(server.watches), streams: new Map(server.streams), clients: new Map(server.clients), early: server.early.slice(),
    allocator: server.allocator.clone(), bootstrap: { ...server.bootstrap }, results: server.results.slice(),
  };
}

export function newCaches(scheme: Scheme): ReadonlyMap<string, WatchCache> {
  const caches = new Map<string, WatchCache>();
  for (const resource of scheme.resources) if (!resource.kind.storedAs) caches.set(resource.prefix, new WatchCache(resource));
  return caches;
}
