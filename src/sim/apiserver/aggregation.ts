// Groups that the API server does not serve itself (models kube-aggregator): who asks is found out and allowed here, the
// answer is the backend's.
import type { JsonObject } from '../api/generated/types.ts';
import type { ActorId, Body, Context } from '../kernel/actor.ts';
import type { Call } from './call.ts';
import { resumed } from './call.ts';
import type { ApiRequest } from './messages.ts';
import { expectAnswer, finish } from './server.ts';
import type { Server } from './server.ts';

export const METRICS_SERVER = 'metrics-server';

/** Which actor answers for a group and version, as an APIService would say; without that actor the group is not served. */
const BACKENDS: Readonly<Record<string, ActorId | undefined>> = { 'metrics.k8s.io/v1beta1': METRICS_SERVER };

/** A request passed on to a backend. */
export interface AggregatedRequest extends Body { readonly type: 'aggregated-request'; readonly id: number; readonly request: ApiRequest }
/** What the backend says. */
export interface AggregatedResponse extends Body { readonly type: 'aggregated-response'; readonly id: number; readonly code: number; readonly body: JsonObject }

const PROXY_US = 200;

export function backendOf({ group, version, resource }: ApiRequest, ctx: Context): ActorId | undefined {
  const backend = resource === '' ? undefined : BACKENDS[`${group}/${version}`];
  return backend !== undefined && ctx.exists(backend) ? backend : undefined;
}

export function passOn(server: Server, call: Call, backend: ActorId, ctx: Context): void {
  const message: AggregatedRequest = { type: 'aggregated-request', id: expectAnswer(server, { step: 'aggregated', call }, ctx), request: call.request };
  ctx.send(backend, message, PROXY_US);
}

export function onAggregatedResponse(server: Server, { id, code, body }: AggregatedResponse, ctx: Context): void {
  const pending = server.pending.get(id)?.pending;
  server.pending.delete(id);
  if (pending?.step === 'aggregated') finish(server, resumed(pending.call), code, body, 0, ctx);
}
