// Metrics APIs that run outside of the world: an APIService that leads to a service of this machine is answered by it, as
// kube-aggregator would. Other machines are not reached.
import { request as httpsRequest } from 'node:https';
import type { APIService, JsonObject, Service } from '../sim/api/generated/types.ts';
import { METRICS_SERVER } from '../sim/apiserver/aggregation.ts';
import type { AggregatedRequest, AggregatedResponse } from '../sim/apiserver/aggregation.ts';
import { API_SERVER } from '../sim/apiserver/messages.ts';
import type { ApiRequest, Credentials } from '../sim/apiserver/messages.ts';
import type { EtcdState } from '../sim/etcd/actor.ts';
import { ETCD } from '../sim/etcd/messages.ts';
import type { Actor, StartMessage } from '../sim/kernel/actor.ts';
import type { WorldServer } from './world-server.ts';

interface BackendAnswer { readonly type: 'backend-answer'; readonly id: number; readonly code: number; readonly body: JsonObject }
/** Requests that have not been fetched yet. */
export interface BackendState { output: AggregatedRequest[] }

/** Stands in the world for a backend outside of it: requests are fetched, answers come as inputs. */
export const backendActor: Actor<BackendState, AggregatedRequest | BackendAnswer | StartMessage> = {
  kind: METRICS_SERVER,
  init: () => ({ output: [] }),
  receive(state, message, ctx) {
    if (message.type === 'aggregated-request') state.output.push(message);
    else if (message.type === 'backend-answer') {
      const response: AggregatedResponse = { type: 'aggregated-response', id: message.id, code: message.code, body: message.body };
      ctx.send(API_SERVER, response);
    }
  },
  clone: ({ output }) => ({ output: output.slice() }),
};

export interface Target { readonly host: string; readonly port: number; readonly path: string; readonly verify: boolean }
export interface Answer { readonly code: number; readonly body: JsonObject }
/** Asks a backend; rejects when it cannot be reached. */
export type Ask = (target: Target) => Promise<Answer>;

const ADMIN: Credentials = { user: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);
const TIMEOUT_MS = 5000;
const UNAVAILABLE: JsonObject = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'service unavailable', reason: 'ServiceUnavailable', code: 503 };

/** GET over TLS. */
export const askOverTls: Ask = ({ host, port, path, verify }) => new Promise((resolve, reject) => {
  const call = httpsRequest({ host, port, path, rejectUnauthorized: verify, timeout: TIMEOUT_MS }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () => {
      try {
        resolve({ code: response.statusCode ?? 500, body: JSON.parse(Buffer.concat(parts).toString('utf8')) as JsonObject });
      } catch (error) {
        reject(error as Error);
      }
    });
  });
  call.on('timeout', () => call.destroy(new Error('timeout')));
  call.on('error', reject);
  call.end();
});

/** Follows the APIServices of a world from now on. */
export function bridgeBackends(world: WorldServer, ask: Ask = askOverTls): void {
  new Bridge(world, ask).follow();
}

const apiServices = { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices', namespace: '', patchType: undefined, body: undefined, credentials: ADMIN, userAgent: 'kube-aggregator' } as const;

class Bridge {
  private readonly world: WorldServer;
  private readonly ask: Ask;
  /** By group and version. */
  private readonly services = new Map<string, APIService>();

  constructor(world: WorldServer, ask: Ask) {
    this.world = world;
    this.ask = ask;
    world.onBackendRequest = (request) => void this.answer(request);
  }

  follow(): void {
    this.world.send({ ...apiServices, type: 'api-request', verb: 'watch', subresource: '', name: '', options: {} }, (output) => {
      if (output.type === 'watch-end') setImmediate(() => this.follow());
      // The world is in the middle of a step.
      else if (output.type === 'watch-event') setImmediate(() => this.onService(output.event, output.object as APIService));
    });
  }

  private onService(event: string, service: APIService): void {
    const { group = '', version = '', service: reference } = service.spec ?? {};
    const name = `${group}/${version}`;
    if (name !== 'metrics.k8s.io/v1beta1' || !reference) return;
    const known = this.services.has(name);
    if (event === 'DELETED') {
      this.services.delete(name);
      return;
    }
    this.services.set(name, service);
    if (known) return;
    this.world.input(METRICS_SERVER, { type: 'start' });
    void this.probe(service, `/apis/${name}`);
  }

  /** Asks for the group's discovery document and says in the status whether it came. */
  private async probe(service: APIService, path: string): Promise<void> {
    const target = this.targetOf(service, path);
    const reached = target !== undefined && await this.ask(target).then(({ code }) => code < 300, () => false);
    const passed = { status: 'True', reason: 'Passed', message: 'all checks passed' };
    const failed = { status: 'False', reason: 'FailedDiscoveryCheck', message: `failing or missing response from ${path}` };
    const condition = { type: 'Available', lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ''), ...(reached ? passed : failed) };
    this.world.send({ ...apiServices, type: 'api-request', verb: 'patch', subresource: 'status', name: service.metadata.name ?? '', options: {}, patchType: 'merge', body: { status: { conditions: [condition] } } }, () => undefined);
  }

  private async answer({ id, request }: AggregatedRequest): Promise<void> {
    const service = this.services.get(`${request.group}/${request.version}`);
    const target = service && this.targetOf(service, pathOf(request));
    const answer = await (target && this.ask(target).catch(() => undefined));
    const message: BackendAnswer = { type: 'backend-answer', id, ...(answer ?? { code: 503, body: UNAVAILABLE }) };
    this.world.input(METRICS_SERVER, message);
  }

  /** undefined: there is no such service, or it is not on this machine. */
  private targetOf({ spec }: APIService, path: string): Target | undefined {
    const { namespace = '', name = '', port = 443 } = spec?.service ?? {};
    const key = `/registry/services/specs/${namespace}/${name}`;
    const [found] = (this.world.kernel.stateOf(ETCD) as EtcdState).store.range(key, '', 0, 1).kvs;
    const host = (found?.value as Service | undefined)?.spec?.externalName ?? '';
    return LOOPBACK.has(host) ? { host, port, path, verify: spec?.insecureSkipTLSVerify !== true } : undefined;
  }
}

function pathOf({ group, version, namespace, resource, name, options }: ApiRequest): string {
  const query = new URLSearchParams({ ...(options.labelSelector !== undefined && { labelSelector: options.labelSelector }) }).toString();
  return [`/apis/${group}/${version}`, namespace === '' ? '' : `/namespaces/${namespace}`, `/${resource}`, name === '' ? '' : `/${name}`, query === '' ? '' : `?${query}`].join('');
}
