// A small world for tests: etcd, an API server and one client that says what it is told and remembers what it hears.
import type { Actor, Body, StartMessage } from '../kernel/actor.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { Kind } from '../api/kind.ts';
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import { ApiClient } from '../client/client.ts';
import type { ClientMessage, Identity } from '../client/client.ts';
import type { InformerSpec } from '../client/informer.ts';
import { NO_OPTIONS } from '../client/requests.ts';
import type { RequestSpec } from '../client/requests.ts';
import { etcdActor } from '../etcd/actor.ts';
import type { EtcdArguments } from '../etcd/actor.ts';
import { apiServerActor } from './actor.ts';
import type { ServerConfig } from './config.ts';
import { API_SERVER } from './messages.ts';
import type { ApiRequest, ApiResponse, RequestExplanation, WatchEvent } from './messages.ts';
import type { Server } from './server.ts';

export const ADMIN: Identity = { userAgent: 'test', credentials: { user: 'admin', groups: ['system:masters'] }, qps: 0, burst: 0 };

interface Ask extends Body { readonly type: 'ask'; readonly spec: RequestSpec; readonly tag: number; readonly identity: Identity }
interface Inform extends Body { readonly type: 'inform'; readonly spec: InformerSpec }
/** A request as it is, past the client library: for watches whose events are to be seen one by one. */
interface Raw extends Body { readonly type: 'raw'; readonly request: ApiRequest }

interface ClientState { client: ApiClient<number>; answers: Map<number, ApiResponse>; events: WatchEvent[]; ended: number[] }

const RAW_FIRST_ID = 1_000_000;
/** Raw watches have a client of their own: request numbers of one client only go up. */
const WATCHER = 'client/watcher';

export const testClient: Actor<ClientState, Ask | Inform | Raw | StartMessage | ClientMessage> = {
  kind: 'client',
  init: () => ({ client: new ApiClient<number>(ADMIN), answers: new Map(), events: [], ended: [] }),
  receive(state, message, ctx) {
    switch (message.type) {
      case 'start': return;
      case 'ask': return state.client.request(ctx, message.spec, message.tag, message.identity);
      case 'inform': return state.client.watch(ctx, message.spec);
      case 'raw': ctx.send(API_SERVER, message.request); return;
      case 'watch-event': if (message.requestId >= RAW_FIRST_ID) { state.events.push(message); return; } break;
      case 'watch-end': if (message.requestId >= RAW_FIRST_ID) { state.ended.push(message.requestId); return; } break;
      case 'api-response': if (message.requestId >= RAW_FIRST_ID) { state.answers.set(message.requestId, message); return; } break;
      default:
    }
    for (const event of state.client.receive(ctx, message)) if (event.kind === 'response') state.answers.set(event.tag, event.response);
  },
  clone: (state) => ({ client: state.client.clone(), answers: new Map(state.answers), events: [...state.events], ended: [...state.ended] }),
};

/** Drives the world from outside, one request after another. */
export class TestWorld {
  readonly kernel: Kernel;
  private tags = 0;
  private rawId = RAW_FIRST_ID;

  constructor(kinds: readonly Kind[], more: readonly Actor[] = [], etcd: EtcdArguments = {}, config: Partial<ServerConfig> = {}) {
    this.kernel = new Kernel({
      seed: 7, epochUs: 1_767_225_600_000_000, actors: [etcdActor as Actor, apiServerActor(kinds, config) as Actor, testClient as Actor, ...more],
    });
    this.kernel.spawn('etcd', etcd, 0);
    this.kernel.spawn(API_SERVER, undefined, 0);
    this.kernel.spawn('client', undefined, 0);
    this.kernel.spawn(WATCHER, undefined, 0);
    this.run(1);
  }

  get server(): Server {
    return this.kernel.stateOf(API_SERVER) as Server;
  }

  /** Lets virtual time pass. */
  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs + seconds * 1_000_000);
  }

  /** Makes a request and waits for the answer (at most `seconds` of virtual time). */
  ask(spec: RequestSpec, identity: Identity = ADMIN, seconds = 10): ApiResponse {
    const tag = ++this.tags;
    this.send(spec, identity, tag);
    const end = this.kernel.nowUs + seconds * 1_000_000;
    while (!this.client.answers.has(tag) && this.kernel.nextTimeUs() <= end) this.kernel.step();
    const answer = this.client.answers.get(tag);
    if (!answer) throw new Error('no answer');
    return answer;
  }

  /** Makes a request without waiting; the answer comes out of `answer`. */
  send(spec: RequestSpec, identity: Identity = ADMIN, tag = ++this.tags): number {
    const body: Ask = { type: 'ask', spec, tag, identity };
    this.kernel.input('client', body);
    return tag;
  }

  answer(tag: number): ApiResponse | undefined {
    return this.client.answers.get(tag);
  }

  /** Makes a request whose answer must be the object or list, with a code below 300. */
  must<T = ApiObject>(spec: RequestSpec, identity: Identity = ADMIN): T {
    const { code, body } = this.ask(spec, identity);
    if (code >= 300) throw new Error(`${code}: ${JSON.stringify(body)}`);
    return body as unknown as T;
  }

  /** Opens a watch; its events are those with the returned number. */
  watch(gvr: GroupVersionResource, namespace: string, options: RequestSpec['options'] = NO_OPTIONS): number {
    const requestId = this.rawId++;
    const request: ApiRequest = {
      type: 'api-request', requestId, verb: 'watch', ...gvr, subresource: '', namespace, name: '', options, patchType: undefined, body: undefined,
      credentials: ADMIN.credentials, userAgent: 'test',
    };
    const body: Raw = { type: 'raw', request };
    this.kernel.input(WATCHER, body);
    this.run(0.1);
    return requestId;
  }

  events(watch: number): readonly WatchEvent[] {
    return this.watcher.events.filter(({ requestId }) => requestId === watch);
  }

  hasEnded(watch: number): boolean {
    return this.watcher.ended.includes(watch);
  }

  refusal(watch: number): ApiResponse | undefined {
    return this.watcher.answers.get(watch);
  }

  inform(spec: InformerSpec): void {
    const body: Inform = { type: 'inform', spec };
    this.kernel.input('client', body);
  }

  private get watcher(): ClientState {
    return this.kernel.stateOf(WATCHER) as ClientState;
  }

  get client(): ClientState {
    return this.kernel.stateOf('client') as ClientState;
  }

  /** What the server explained last about requests of this verb and resource. */
  explanationOf(verb: string, resource: string): RequestExplanation | undefined {
    let asked = 0;
    for (let id = this.kernel.lastId; id > 0; id--) {
      const body = this.kernel.trace.get(id)?.body;
      if (body?.type === 'api-request' && (body as ApiRequest).verb === verb && (body as ApiRequest).resource === resource) {
        asked = id;
        break;
      }
    }
    for (let id = this.kernel.lastId; id >= asked; id--) {
      const entry = this.kernel.trace.get(id);
      const found = entry?.explanations.find(({ about }) => about === 'request');
      if (found && this.descends(id, asked)) return found as RequestExplanation;
    }
    return undefined;
  }

  private descends(id: number, ancestor: number): boolean {
    for (let at = id; at > 0; at = this.kernel.trace.get(at)?.cause ?? 0) if (at === ancestor) return true;
    return false;
  }
}
