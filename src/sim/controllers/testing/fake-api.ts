// A small API server for tests of controllers: it stores what it gets, keeps versions and generations, and tells its
// watchers. It validates nothing. Pods start and stop by themselves like those of the recordings' fake kubelet.
import { formatTime } from '../../../base/time.ts';
import type { JsonObject, Pod } from '../../api/generated/types.ts';
import { generateName } from '../../api/names.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { API_SERVER } from '../../apiserver/messages.ts';
import type { ApiRequest, ApiResponse, ToApiServer, WatchEvent, WatchEventType } from '../../apiserver/messages.ts';
import type { Actor, ActorId, Context } from '../../kernel/actor.ts';

const START_US = 400_000;
const STOP_US = 300_000;
const GAP_US = 250_000;

/** Something done from outside: a user's request without all of its frame. */
export interface Do { readonly type: 'do'; readonly verb: 'create' | 'update' | 'delete' | 'patch-spec'; readonly resource: string; readonly object: ApiObject }
interface PodTimer { readonly type: 'pod'; readonly key: string; readonly uid: string; readonly what: 'start' | 'gone' }

interface Watch { readonly to: ActorId; readonly requestId: number; readonly resource: string }

export interface FakeApiState {
  version: number;
  objects: Map<string, ApiObject>;
  watches: Watch[];
  log: string[];
  /** Refuses the creation of more pods than this. */
  podQuota: number;
  nextPodUs: number;
  /** Every version of every object but pods, in order. */
  history: ApiObject[];
}

export interface FakeApiArgs { readonly podQuota?: number }

export const fakeApi: Actor<FakeApiState, ToApiServer | Do | PodTimer | { readonly type: 'start' }> = {
  kind: API_SERVER,
  init: (_id, args) => ({
    version: 1, objects: new Map(), watches: [], log: [], podQuota: (args as FakeApiArgs | undefined)?.podQuota ?? Infinity, nextPodUs: 0, history: [],
  }),
  receive: (state, message, ctx) => new Server(state, ctx).receive(message),
  clone: (state) => ({ ...state, objects: new Map(state.objects), watches: [...state.watches], log: [...state.log], history: [...state.history] }),
};

interface Answer { readonly code: number; readonly body: ApiObject }

class Server {
  private readonly state: FakeApiState;
  private readonly ctx: Context;

  constructor(state: FakeApiState, ctx: Context) {
    this.state = state;
    this.ctx = ctx;
  }

  receive(message: ToApiServer | Do | PodTimer | { readonly type: 'start' }): void {
    switch (message.type) {
      case 'start': return;
      case 'api-connect': this.state.watches = this.state.watches.filter((watch) => watch.to !== this.ctx.from); return;
      case 'api-ping': this.ctx.send(this.ctx.from, { type: 'api-pong' }); return;
      case 'watch-stop': case 'stream-sent': return;
      case 'api-request': this.onRequest(message); return;
      case 'do': this.perform(message); return;
      case 'pod': this.onPodTimer(message);
    }
  }

  private onRequest(request: ApiRequest): void {
    if (request.verb === 'watch') {
      this.state.watches.push({ to: this.ctx.from, requestId: request.requestId, resource: request.resource });
      return;
    }
    const { code, body } = this.answer(request);
    const sub = request.subresource === '' ? '' : `/${request.subresource}`;
    if (request.verb !== 'list' && request.verb !== 'get') this.state.log.push(`${code} ${request.verb} ${request.resource}${sub} ${request.name || (body.metadata.name ?? '')}`);
    const response: ApiResponse = { type: 'api-response', requestId: request.requestId, code, body, warnings: [] };
    this.ctx.send(this.ctx.from, response, 1000);
  }

  private answer(request: ApiRequest): Answer {
    const { resource, namespace, name } = request;
    const old = this.state.objects.get(`${resource}/${keyFor(namespace, name)}`);
    switch (request.verb) {
      case 'list': return { code: 200, body: this.list(resource) };
      case 'create': return this.create(resource, namespace, request.body as ApiObject);
      case 'get': return old ? { code: 200, body: old } : status(404, 'NotFound', `${resource} "${name}" not found`);
      case 'delete': return old ? { code: 200, body: this.remove(resource, old) } : status(404, 'NotFound', `${resource} "${name}" not found`);
      case 'update': return old ? this.update(request, old) : status(404, 'NotFound', `${resource} "${name}" not found`);
      case 'patch': return old ? { code: 200, body: this.store(resource, patched(old, request.body as JsonObject), old) } : status(404, 'NotFound', `${resource} "${name}" not found`);
      default: throw new Error(`the fake server does not know ${request.verb}`);
    }
  }

  private list(resource: string): ApiObject {
    const items = [...this.state.objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object);
    return { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: String(this.state.version) }, items } as ApiObject;
  }

  private create(resource: string, namespace: string, body: ApiObject): Answer {
    const name = body.metadata.name ?? generateName(body.metadata.generateName ?? '', this.random5());
    if (resource === 'pods' && this.count('pods') >= this.state.podQuota) return status(403, 'Forbidden', `pods "${name}" is forbidden: exceeded quota: pods`);
    const key = `${resource}/${keyFor(namespace, name)}`;
    if (this.state.objects.has(key)) return status(409, 'AlreadyExists', `${resource} "${name}" already exists`);
    const metadata = { ...body.metadata, name, ...(namespace !== '' && { namespace }), uid: `${resource}-${this.state.version}-${this.random5()}`, creationTimestamp: formatTime(this.ctx.unixUs), generation: 1 };
    const created = resource === 'pods' ? { ...body, metadata, status: { phase: 'Pending' } } : { ...body, metadata };
    return { code: 201, body: this.store(resource, created, undefined) };
  }

  private update(request: ApiRequest, old: ApiObject): Answer {
    const body = request.body as ApiObject;
    if (body.metadata.resourceVersion !== old.metadata.resourceVersion) {
      return status(409, 'Conflict', `Operation cannot be fulfilled on ${request.resource} "${request.name}": the object has been modified; please apply your changes to the latest version and try again`);
    }
    const status_ = { ...old, metadata: { ...old.metadata, annotations: body.metadata.annotations }, status: (body as { status?: unknown }).status };
    const next = request.subresource === 'status' ? status_ : { ...body, status: (old as { status?: unknown }).status };
    return { code: 200, body: this.store(request.resource, next, old) };
  }

  private remove(resource: string, old: ApiObject): ApiObject {
    if (resource !== 'pods') {
      this.drop(resource, old);
      return old;
    }
    if (old.metadata.deletionTimestamp !== undefined) return old;
    this.podTimer(old, 'gone', STOP_US);
    return this.store(resource, { ...old, metadata: { ...old.metadata, deletionTimestamp: formatTime(this.ctx.unixUs), deletionGracePeriodSeconds: 30 } }, old);
  }

  private drop(resource: string, old: ApiObject): void {
    const gone = { ...old, metadata: { ...old.metadata, resourceVersion: String(++this.state.version) } };
    this.state.objects.delete(`${resource}/${keyOf(old)}`);
    this.tell(resource, 'DELETED', gone);
  }

  private store(resource: string, object: ApiObject, old: ApiObject | undefined): ApiObject {
    const specs = [object, old].map((version) => JSON.stringify((version as { spec?: unknown } | undefined)?.spec));
    const generation = (old?.metadata.generation ?? 0) + (specs[0] === specs[1] ? 0 : 1);
    const stored = { ...object, metadata: { ...object.metadata, generation, resourceVersion: String(++this.state.version) } };
    this.state.objects.set(`${resource}/${keyOf(stored)}`, stored);
    if (resource !== 'pods') this.state.history.push(stored);
    this.tell(resource, old ? 'MODIFIED' : 'ADDED', stored);
    if (resource === 'pods' && !old) this.podTimer(stored, 'start', START_US);
    return stored;
  }

  private tell(resource: string, event: WatchEventType, object: ApiObject): void {
    for (const watch of this.state.watches) {
      if (watch.resource !== resource) continue;
      const message: WatchEvent = { type: 'watch-event', requestId: watch.requestId, resource, event, object };
      this.ctx.send(watch.to, message, 1000);
    }
  }

  private podTimer(pod: ApiObject, what: PodTimer['what'], delayUs: number): void {
    const dueUs = Math.max(this.ctx.nowUs + delayUs, this.state.nextPodUs);
    this.state.nextPodUs = dueUs + GAP_US;
    const timer: PodTimer = { type: 'pod', key: keyOf(pod), uid: pod.metadata.uid ?? '', what };
    this.ctx.after(dueUs - this.ctx.nowUs, timer);
  }

  private onPodTimer({ key, uid, what }: PodTimer): void {
    const pod = this.state.objects.get(`pods/${key}`) as Pod | undefined;
    if (pod?.metadata.uid !== uid) return;
    if (what === 'gone') this.drop('pods', pod);
    else if (pod.metadata.deletionTimestamp === undefined && pod.metadata.annotations?.['never'] === undefined) {
      const ready = { type: 'Ready', status: 'True', lastTransitionTime: formatTime(this.ctx.unixUs) };
      this.store('pods', { ...pod, spec: { ...pod.spec, nodeName: targetOf(pod) ?? 'node-1' }, status: { phase: 'Running', conditions: [ready] } } as ApiObject, pod);
    }
  }

  private perform({ verb, resource, object }: Do): void {
    const old = this.state.objects.get(`${resource}/${keyOf(object)}`);
    if (verb === 'create') this.create(resource, object.metadata.namespace ?? '', object);
    else if (old && verb === 'delete') this.remove(resource, old);
    else if (old && verb === 'update') this.store(resource, { ...object, metadata: { ...old.metadata, ...object.metadata } }, old);
    else if (old) this.store(resource, { ...old, spec: { ...(old as { spec?: object }).spec, ...(object as { spec?: object }).spec } } as ApiObject, old);
  }

  private count(resource: string): number {
    let count = 0;
    for (const key of this.state.objects.keys()) if (key.startsWith(`${resource}/`)) count++;
    return count;
  }

  private random5(): string {
    const letters = 'bcdfghjklmnpqrstvwxz2456789';
    return Array.from({ length: 5 }, () => letters[this.ctx.random.below(letters.length)]).join('');
  }
}

function targetOf(pod: Pod): string | undefined {
  return pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
}

function status(code: number, reason: string, message: string): Answer {
  return { code, body: { apiVersion: 'v1', kind: 'Status', metadata: {}, code, reason, message, status: 'Failure' } as ApiObject };
}

/** Merges, with owner references by uid and `$patch: delete`. */
function patched(old: ApiObject, patch: JsonObject): ApiObject {
  const { metadata = {}, ...rest } = patch as unknown as Partial<ApiObject>;
  const { ownerReferences, ...others } = metadata as ApiObject['metadata'];
  const owners = new Map((old.metadata.ownerReferences ?? []).map((owner) => [owner.uid, owner]));
  for (const owner of ownerReferences ?? []) {
    if ((owner as unknown as { readonly $patch?: string }).$patch === 'delete') owners.delete(owner.uid);
    else owners.set(owner.uid, owner);
  }
  return { ...old, ...rest, metadata: { ...old.metadata, ...others, ownerReferences: [...owners.values()] } };
}
