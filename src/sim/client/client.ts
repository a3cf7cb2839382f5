import { API_SERVER } from '../apiserver/messages.ts';
import type { ApiRequest, ApiResponse, Credentials, FromApiServer, RequestOptions, WatchEvent, WatchStop } from '../apiserver/messages.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Context } from '../kernel/actor.ts';
import { Informer } from './informer.ts';
import type { Change, InformerSpec } from './informer.ts';
import { newTokenBucket, reserveUs } from './rate-limiter.ts';
import type { TokenBucket } from './rate-limiter.ts';
import { listRequest, watchRequest } from './requests.ts';
import type { RequestSpec } from './requests.ts';

/** Who asks: a component may speak under several names (each controller has its own service account). */
export interface Identity {
  readonly userAgent: string;
  readonly credentials: Credentials;
  /** client-go's --kube-api-qps and --kube-api-burst; one bucket per user agent. qps 0: no limit. */
  readonly qps: number;
  readonly burst: number;
}

export interface ClientTick { readonly type: 'client-tick' }
export interface InformerRetry { readonly type: 'informer-retry'; readonly informer: string }
/** Messages that belong to the client inside an actor; hand them all to `receive`. */
export type ClientMessage = FromApiServer | ClientTick | InformerRetry;

/** `tag` is the continuation: plain data that the asker gets back with the answer. */
interface Pending<T> { readonly tag: T | undefined; readonly informer: string; readonly request: ApiRequest; readonly sentUs: number }

export type ClientEvent<T> =
  | { readonly kind: 'response'; readonly tag: T; readonly request: ApiRequest; readonly response: ApiResponse }
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'synced'; readonly informer: string };

const TICK_US = 15_000_000;
const SILENCE_US = 30_000_000;
const REQUEST_TIMEOUT_US = 34_000_000;
const RETRY_US = 800_000;
const RETRY_MAX_US = 30_000_000;
const NONE: readonly never[] = [];

/** The answer that a client makes up when none came in time: code 0, as a network error has no HTTP code. */
function timeoutResponse(requestId: number): ApiResponse {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'Timeout', message: 'net/http: request canceled (Client.Timeout exceeded while awaiting headers)', code: 0 };
  return { type: 'api-response', requestId, code: 0, body, warnings: NONE };
}

/**
 * The part of client-go that every component carries: requests with rate limits and timeouts, informers that LIST and
 * WATCH and recover, and the health check that finds a dead connection (HTTP/2 ping after 30 s of silence).
 */
export class ApiClient<T> {
  readonly identity: Identity;
  readonly informers = new Map<string, Informer>();
  private nextRequestId = 1;
  private pending = new Map<number, Pending<T>>();
  private buckets = new Map<string, TokenBucket>();
  private watches = new Map<number, string>();
  private lastHeardUs = 0;
  private pingedUs = -1;
  private ticking = false;

  constructor(identity: Identity) {
    this.identity = identity;
  }

  /** Starts an informer; its changes come out of `receive`. */
  watch(ctx: Context, spec: InformerSpec): void {
    const informer = new Informer(spec);
    this.informers.set(spec.name, informer);
    this.list(ctx, informer);
  }

  /** Ends an informer: the resource is gone. What it knew is forgotten without a word. */
  unwatch(ctx: Context, name: string): void {
    const informer = this.informers.get(name);
    if (!informer) return;
    this.informers.delete(name);
    if (!this.watches.delete(informer.requestId)) return;
    const stop: WatchStop = { type: 'watch-stop', requestId: informer.requestId };
    ctx.send(API_SERVER, stop);
  }

  informer(name: string): Informer {
    const informer = this.informers.get(name);
    if (!informer) throw new Error(`no informer ${name}`);
    return informer;
  }

  get allSynced(): boolean {
    for (const informer of this.informers.values()) if (!informer.synced) return false;
    return true;
  }

  get pendingCount(): number {
    return this.pending.size;
  }

  request(ctx: Context, spec: RequestSpec, tag: T, identity: Identity = this.identity): void {
    this.send(ctx, spec, identity, { tag, informer: '' });
  }

  /** Handles one message of the API server or one of the client's own timers. */
  receive(ctx: Context, message: ClientMessage): readonly ClientEvent<T>[] {
    switch (message.type) {
      case 'watch-event': this.lastHeardUs = ctx.nowUs; return this.onWatchEvent(ctx, message);
      case 'api-response': this.lastHeardUs = ctx.nowUs; return this.onResponse(ctx, message);
      case 'watch-end': this.lastHeardUs = ctx.nowUs; this.onWatchEnd(ctx, message.requestId); return NONE;
      case 'api-pong': this.lastHeardUs = ctx.nowUs; this.pingedUs = -1; return NONE;
      case 'informer-retry': this.onRetry(ctx, message.informer); return NONE;
      case 'client-tick': return this.onTick(ctx);
    }
  }

  clone(): ApiClient<T> {
    const copy = new ApiClient<T>(this.identity);
    for (const [name, informer] of this.informers) copy.informers.set(name, informer.clone());
    copy.nextRequestId = this.nextRequestId;
    copy.pending = new Map(this.pending);
    copy.buckets = new Map([...this.buckets].map(([name, bucket]) => [name, { ...bucket }]));
    copy.watches = new Map(this.watches);
    copy.lastHeardUs = this.lastHeardUs;
    copy.pingedUs = this.pingedUs;
    copy.ticking = this.ticking;
    return copy;
  }

  private send(ctx: Context, spec: RequestSpec, identity: Identity, who: { readonly tag: T | undefined; readonly informer: string }): number {
    const requestId = this.nextRequestId++;
    const { verb, gvr, subresource, namespace, name, options, patchType, body } = spec;
    const request: ApiRequest = {
      type: 'api-request', requestId, verb, group: gvr.group, version: gvr.version, resource: gvr.resource, subresource, namespace, name,
      options, patchType, body, credentials: identity.credentials, userAgent: identity.userAgent,
    };
    const waitUs = identity.qps > 0 ? reserveUs(this.bucket(identity), ctx.nowUs) : 0;
    if (verb === 'watch') this.watches.set(requestId, who.informer);
    else this.pending.set(requestId, { tag: who.tag, informer: who.informer, request, sentUs: ctx.nowUs + waitUs });
    ctx.send(API_SERVER, request, waitUs);
    if (!this.ticking) this.tick(ctx);
    return requestId;
  }

  private bucket(identity: Identity): TokenBucket {
    let bucket = this.buckets.get(identity.userAgent);
    if (!bucket) this.buckets.set(identity.userAgent, bucket = newTokenBucket(identity.qps, identity.burst));
    return bucket;
  }

  private list(ctx: Context, informer: Informer): void {
    informer.phase = 'listing';
    const options: RequestOptions = { ...informer.spec.options, resourceVersion: '0' };
    informer.requestId = this.send(ctx, listRequest(informer.spec.gvr, '', options), unlimitedOf(this.identity), { tag: undefined, informer: informer.spec.name });
  }

  private startWatch(ctx: Context, informer: Informer): void {
    informer.phase = 'watching';
    const options: RequestOptions = { ...informer.spec.options, resourceVersion: informer.resourceVersion, allowWatchBookmarks: true };
    informer.requestId = this.send(ctx, watchRequest(informer.spec.gvr, '', options), unlimitedOf(this.identity), { tag: undefined, informer: informer.spec.name });
  }

  private onResponse(ctx: Context, response: ApiResponse): readonly ClientEvent<T>[] {
    const watch = this.watches.get(response.requestId);
    if (watch !== undefined) return this.onWatchRefused(ctx, response, watch);
    const pending = this.pending.get(response.requestId);
    if (!pending) return NONE;
    this.pending.delete(response.requestId);
    if (pending.informer !== '') return this.onList(ctx, response, this.informers.get(pending.informer));
    return [{ kind: 'response', tag: pending.tag as T, request: pending.request, response }];
  }

  private onList(ctx: Context, response: ApiResponse, informer: Informer | undefined): readonly ClientEvent<T>[] {
    if (informer?.requestId !== response.requestId) return NONE;
    if (response.code !== 200) {
      this.retry(ctx, informer);
      return NONE;
    }
    const list = response.body as unknown as { readonly metadata: { readonly resourceVersion: string }; readonly items: readonly ApiObject[] };
    informer.resourceVersion = list.metadata.resourceVersion;
    informer.failures = 0;
    const events: ClientEvent<T>[] = informer.replace(list.items).map((change) => ({ kind: 'change', change }));
    if (!informer.synced) events.push({ kind: 'synced', informer: informer.spec.name });
    informer.synced = true;
    this.startWatch(ctx, informer);
    return events;
  }

  private onWatchEvent(ctx: Context, event: WatchEvent): readonly ClientEvent<T>[] {
    const informer = this.informers.get(this.watches.get(event.requestId) ?? '');
    if (!informer || informer.requestId !== event.requestId) return NONE;
    if (event.event === 'ERROR') {
      this.watches.delete(event.requestId);
      this.list(ctx, informer);
      return NONE;
    }
    informer.resourceVersion = event.object.metadata.resourceVersion ?? informer.resourceVersion;
    if (event.event === 'BOOKMARK') return NONE;
    const change = event.event === 'DELETED' ? informer.remove(event.object) : informer.put(event.object);
    return change ? [{ kind: 'change', change }] : NONE;
  }

  /** A watch is answered with a response only when it is refused: expired (410) lists again, the rest waits. */
  private onWatchRefused(ctx: Context, response: ApiResponse, name: string): readonly ClientEvent<T>[] {
    this.watches.delete(response.requestId);
    const informer = this.informers.get(name);
    if (informer?.requestId !== response.requestId) return NONE;
    if (response.code === 410) this.list(ctx, informer);
    else this.retry(ctx, informer);
    return NONE;
  }

  private onWatchEnd(ctx: Context, requestId: number): void {
    const informer = this.informers.get(this.watches.get(requestId) ?? '');
    this.watches.delete(requestId);
    if (informer?.requestId === requestId) this.startWatch(ctx, informer);
  }

  private retry(ctx: Context, informer: Informer): void {
    informer.phase = 'waiting';
    const delayUs = Math.min(RETRY_US * 2 ** Math.min(informer.failures++, 10), RETRY_MAX_US);
    const timer: InformerRetry = { type: 'informer-retry', informer: informer.spec.name };
    ctx.after(delayUs + ctx.random.below(delayUs), timer);
  }

  private onRetry(ctx: Context, name: string): void {
    const informer = this.informers.get(name);
    if (informer?.phase === 'waiting') this.list(ctx, informer);
  }

  private tick(ctx: Context): void {
    this.ticking = true;
    const timer: ClientTick = { type: 'client-tick' };
    ctx.after(TICK_US, timer);
  }

  private onTick(ctx: Context): readonly ClientEvent<T>[] {
    this.ticking = false;
    const events = this.expire(ctx.nowUs - REQUEST_TIMEOUT_US);
    if (this.pingedUs >= 0) this.reconnect(ctx);
    else if (this.watches.size > 0 && ctx.nowUs - this.lastHeardUs >= SILENCE_US) {
      this.pingedUs = ctx.nowUs;
      ctx.send(API_SERVER, { type: 'api-ping' });
    }
    if (!this.ticking && (this.watches.size > 0 || this.pending.size > 0)) this.tick(ctx);
    return events;
  }

  /** Gives up requests sent before `sentBeforeUs`. */
  private expire(sentBeforeUs: number): readonly ClientEvent<T>[] {
    const events: ClientEvent<T>[] = [];
    for (const [requestId, pending] of this.pending) {
      if (pending.sentUs > sentBeforeUs || pending.informer !== '') continue;
      this.pending.delete(requestId);
      events.push({ kind: 'response', tag: pending.tag as T, request: pending.request, response: timeoutResponse(requestId) });
    }
    return events;
  }

  /** The connection is dead: open a new one and take the watches up where they were. */
  private reconnect(ctx: Context): void {
    this.pingedUs = -1;
    this.lastHeardUs = ctx.nowUs;
    this.watches.clear();
    for (const [requestId, pending] of this.pending) if (pending.informer !== '') this.pending.delete(requestId);
    ctx.send(API_SERVER, { type: 'api-connect' });
    for (const informer of this.informers.values()) {
      if (informer.phase === 'watching') this.startWatch(ctx, informer);
      else if (informer.phase === 'listing') this.list(ctx, informer);
    }
  }
}

const unlimited = new WeakMap<Identity, Identity>();
/** LIST and WATCH of informers are not held back by the request limiter. */
function unlimitedOf(identity: Identity): Identity {
  let copy = unlimited.get(identity);
  if (!copy) unlimited.set(identity, copy = { ...identity, qps: 0 });
  return copy;
}
