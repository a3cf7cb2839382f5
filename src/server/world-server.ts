import type { Kind } from '../sim/api/kind.ts';
import { byResource } from '../sim/api/kinds/index.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import { apiServerActor } from '../sim/apiserver/actor.ts';
import type { ApiRequest } from '../sim/apiserver/messages.ts';
import { API_SERVER } from '../sim/apiserver/messages.ts';
import { openApi } from '../sim/apiserver/openapi/index.ts';
import type { Server } from '../sim/apiserver/server.ts';
import { snapshotEntries } from '../sim/apiserver/snapshot.ts';
import { allKinds } from '../sim/api/kinds/index.ts';
import { CLUSTER } from '../sim/cluster.ts';
import type { Boot, Component, MachineSpec } from '../sim/cluster.ts';
import type { EtcdState } from '../sim/etcd/actor.ts';
import { ETCD } from '../sim/etcd/messages.ts';
import type { Actor, Body } from '../sim/kernel/actor.ts';
import { hashWorld } from '../sim/kernel/hash.ts';
import type { Kernel } from '../sim/kernel/kernel.ts';
import { createWorld } from '../sim/world.ts';
import { kubectlActor } from '../kubectl/actor.ts';
import { METRICS_SERVER } from '../sim/apiserver/aggregation.ts';
import type { AggregatedRequest } from '../sim/apiserver/aggregation.ts';
import { backendActor } from './backends.ts';
import type { BackendState } from './backends.ts';
import { gatewayActor } from './gateway.ts';
import type { ServerConfig } from '../sim/apiserver/config.ts';
import { ADMIN } from './credentials.ts';
import { opensStream } from '../sim/apiserver/http/query-options.ts';
import type { Sent } from '../sim/node/messages.ts';
import type { GatewayOutput, GatewayRequest, GatewaySent, GatewayState, GatewayStop } from './gateway.ts';

export interface WorldServerOptions {
  readonly seed: number;
  readonly components: readonly Component[];
  readonly options: Readonly<Record<string, string>>;
  readonly nodes: readonly MachineSpec[];
  /** Objects that are there from the beginning, as they are; the clock starts at `unixUs`. */
  readonly state?: { readonly items: readonly ApiObject[]; readonly unixUs: number };
  /** What time it is, where no state says it; absent: that of every new world. */
  readonly unixUs?: number;
  /** Users who show one of these tokens; absent: an administrator with ADMIN_TOKEN. */
  readonly tokens?: ServerConfig['tokens'];
}

export type Listener = (output: GatewayOutput) => void;

/** The token of the administrator of a world that is served without TLS; without any token a local client is the administrator as well. */
const ADMIN_TOKEN = 'admin-token';
const GATEWAY = 'gateway';
const ETCD_UP_US = 500_000;
/** How long a cluster takes to start before requests come. */
const START_US = 20_000_000;
/** A served world runs for days: of its messages the last ones are kept. */
const TRACE_LIMIT = 500_000;
const ANSWER_WITHIN_US = 70_000_000;
/** Time that may pass at once when a stream is opened; afterwards it goes with the world's clock. */
const STREAM_OPENS_WITHIN_US = 100_000;
const BUDGET = 20_000_000;
/** What a definition of resources needs to take effect; a client that hurries would find it half done. */
const DEFINITION_SETTLES_US = 100_000;

/** Answered as long as the client listens. */
export function isStream({ verb, subresource, options }: Omit<ApiRequest, 'requestId'>): boolean {
  return verb === 'watch' || opensStream(subresource) || options.log?.follow === true;
}

/** Whether a request changes what the server serves. */
function definesResources({ verb, resource }: Omit<ApiRequest, 'requestId'>): boolean {
  return resource === 'customresourcedefinitions' && verb !== 'get' && verb !== 'list' && verb !== 'watch';
}

/** What makes virtual time pass for a world that does not hurry with requests. */
export interface Clock { catchUp(): void; expect(): void }

/** A world behind requests. Without a clock each is carried through at once, whatever virtual time that takes. */
export class WorldServer {
  readonly kernel: Kernel;
  /** How many objects of the given state no API serves, by `apiVersion kind`. */
  unknown: Readonly<Record<string, number>> = {};
  /** Hears what the API server asks of backends outside of the world. */
  onBackendRequest: ((request: AggregatedRequest) => void) | undefined;
  clock: Clock | undefined;
  /** Requests that wait for their answer, streams not among them. */
  private readonly awaited = new Set<number>();
  private nextRequestId = 1;
  private listeners = new Map<number, Listener>();

  constructor({ seed, components, options, nodes, state, unixUs = state?.unixUs, tokens = { [ADMIN_TOKEN]: ADMIN } }: WorldServerOptions) {
    const extraActors = [kubectlActor as Actor, gatewayActor as Actor, backendActor as Actor, apiServerActor(allKinds, { openApi, tokens }) as Actor];
    this.kernel = createWorld({ seed, extraActors, traceLimit: TRACE_LIMIT, ...(unixUs !== undefined && { epochUs: unixUs - START_US }) });
    const boot: Boot = { type: 'boot', components, nodes, options };
    this.kernel.input(CLUSTER, boot);
    this.kernel.runUntil(ETCD_UP_US);
    if (state) this.load(state.items);
    this.kernel.runUntil(START_US, BUDGET);
  }

  /** Sends a request; the listener hears the answer and, for a watch, its events until `stop`. */
  send(request: Omit<ApiRequest, 'requestId'>, listener: Listener): number {
    const requestId = this.nextRequestId++;
    this.listeners.set(requestId, listener);
    const message: GatewayRequest = { type: 'gateway-request', request: { ...request, requestId } };
    if (this.clock) return this.sendInTime(message, listener, this.clock);
    this.kernel.input(GATEWAY, message);
    let answered = false;
    const untilUs = this.kernel.nowUs + (isStream(request) ? STREAM_OPENS_WITHIN_US : ANSWER_WITHIN_US);
    while (!answered && this.kernel.nextTimeUs() <= untilUs) {
      this.kernel.step();
      answered = this.dispatch(requestId);
    }
    if (answered && definesResources(request)) this.advance(DEFINITION_SETTLES_US);
    return requestId;
  }

  get isAwaited(): boolean {
    return this.awaited.size > 0;
  }

  /** The request comes in now, and its answer when it is time for it. */
  private sendInTime(message: GatewayRequest, listener: Listener, clock: Clock): number {
    const { request } = message;
    const { requestId } = request;
    clock.catchUp();
    if (definesResources(request)) this.listeners.set(requestId, (output) => setTimeout(() => listener(output), DEFINITION_SETTLES_US / 1000));
    if (!isStream(request)) this.awaited.add(requestId);
    this.kernel.input(GATEWAY, message);
    clock.expect();
    return requestId;
  }

  /** More of what a client sends on a stream that it has open. */
  feed(requestId: number, sent: Sent): void {
    if (!this.listeners.has(requestId)) return;
    const message: GatewaySent = { type: 'gateway-sent', requestId, sent };
    this.clock?.catchUp();
    this.kernel.input(GATEWAY, message);
    this.clock?.expect();
  }

  stop(requestId: number): void {
    if (!this.listeners.delete(requestId)) return;
    this.awaited.delete(requestId);
    const message: GatewayStop = { type: 'gateway-stop', requestId };
    this.kernel.input(GATEWAY, message);
  }

  /** Lets virtual time pass. Throws EventBudgetError when the world does not come to the end of it. */
  advance(us: number): void {
    const untilUs = this.kernel.nowUs + us;
    const limit = this.kernel.delivered + BUDGET;
    while (this.kernel.nextTimeUs() <= untilUs && this.kernel.delivered < limit) {
      this.kernel.step();
      this.dispatch(0);
    }
    this.kernel.runUntil(untilUs, BUDGET);
  }

  input(to: string, body: Body): void {
    this.kernel.input(to, body);
    this.advance(0);
  }

  hash(): string {
    return hashWorld(this.kernel.checkpoint());
  }

  kindOf(group: string, version: string, resource: string): Kind | undefined {
    return byResource(group, version, resource) ?? (this.kernel.stateOf(API_SERVER) as Server | undefined)?.scheme.find(group, version, resource)?.kind;
  }

  /** Gives out what came back; true if the awaited request was answered for good. */
  private dispatch(awaited: number): boolean {
    this.dispatchToBackends();
    // An actor has no state before its first message.
    const output = (this.kernel.stateOf(GATEWAY) as GatewayState | undefined)?.output;
    if (!output || output.length === 0) return false;
    let answered = false;
    for (const message of output.splice(0)) {
      const listener = this.listeners.get(message.requestId);
      this.awaited.delete(message.requestId);
      if (message.type !== 'watch-event' && !(message.type === 'stream-chunk' && !message.done)) this.listeners.delete(message.requestId);
      if (message.type === 'api-response' && message.requestId === awaited) answered = true;
      listener?.(message);
    }
    return answered;
  }

  private dispatchToBackends(): void {
    const asked = (this.kernel.stateOf(METRICS_SERVER) as BackendState | undefined)?.output;
    if (!asked || asked.length === 0) return;
    for (const request of asked.splice(0)) this.onBackendRequest?.(request);
  }

  /** Puts objects into etcd before the API server starts, as a restored backup would. */
  private load(items: readonly ApiObject[]): void {
    const { entries, unknown } = snapshotEntries(allKinds, items);
    (this.kernel.stateOf(ETCD) as EtcdState).store.restore(entries);
    const counts: Record<string, number> = {};
    for (const { apiVersion, kind } of unknown) counts[`${apiVersion} ${kind}`] = (counts[`${apiVersion} ${kind}`] ?? 0) + 1;
    this.unknown = counts;
  }
}
