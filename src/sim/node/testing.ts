// A small world for tests: nodes and an API server that only stores. It keeps to what kubelets need of the real one:
// lists, watches with field selectors, status patches, graceful deletion.
import { formatTime } from '../../base/time.ts';
import type { Event, JsonObject, Node, Pod } from '../api/generated/types.ts';
import { apiVersionOf } from '../api/meta.ts';
import type { ApiObject } from '../api/meta.ts';
import { applyStrategicMergePatch } from '../api/patch.ts';
import { schemaName, schemaOf } from '../api/schema.ts';
import { API_SERVER } from '../apiserver/messages.ts';
import type { ApiPing, ApiRequest, ApiResponse, ToApiServer, WatchEvent, WatchEventType } from '../apiserver/messages.ts';
import type { Actor, ActorId, Body, Context, StartMessage } from '../kernel/actor.ts';
import { Kernel } from '../kernel/kernel.ts';
import { nodeActors, nodeParts } from './index.ts';
import { runtimeId } from './messages.ts';

interface Watch { readonly client: ActorId; readonly requestId: number }
/** Watches are filed under `resource?selector`. */
interface Store { revision: number; objects: Map<string, ApiObject>; watches: Map<string, readonly Watch[]>; uids: number }
interface Put extends Body { readonly type: 'put'; readonly object: ApiObject; readonly resource: string }
interface Remove extends Body { readonly type: 'remove'; readonly key: string; readonly graceSeconds: number }
type FakeMessage = ToApiServer | StartMessage | Put | Remove | ApiPing;

const LATENCY_US = 1_000;
const keyOf = (resource: string, namespace: string, name: string): string => `${resource}/${namespace}/${name}`;

/** The selectors of kubelets that an object fulfils. */
function selectorsOf(object: ApiObject): readonly string[] {
  return ['', `metadata.name=${object.metadata.name}`, `spec.nodeName=${(object as Pod).spec?.nodeName}`];
}

/** Status patches are merged as the real server merges them: by the merge keys of the kind's schema. */
function merged(object: ApiObject, patch: unknown): ApiObject {
  const schema = SCHEMAS[object.kind];
  if (!schema) throw new Error(`the kubelet patches a ${object.kind}`);
  return applyStrategicMergePatch(object as unknown as JsonObject, patch as JsonObject, schemaOf(schema)) as unknown as ApiObject;
}

const SCHEMAS: Readonly<Record<string, string>> = {
  Pod: schemaName('core.v1', 'Pod'), Node: schemaName('core.v1', 'Node'), Event: schemaName('core.v1', 'Event'), Lease: schemaName('coordination.v1', 'Lease'),
};

function answer(ctx: Context, to: ActorId, requestId: number, code: number, body: unknown): void {
  const response: ApiResponse = { type: 'api-response', requestId, code, body: body as ApiObject, warnings: [] };
  ctx.send(to, response, LATENCY_US);
}

function failure(ctx: Context, request: ApiRequest, code: number, reason: string, message: string): void {
  answer(ctx, ctx.from, request.requestId, code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, message, code });
}

function notify(store: Store, ctx: Context, resource: string, event: WatchEventType, object: ApiObject): void {
  for (const selector of selectorsOf(object)) {
    for (const watch of store.watches.get(`${resource}?${selector}`) ?? []) {
      const message: WatchEvent = { type: 'watch-event', requestId: watch.requestId, resource, event, object };
      ctx.send(watch.client, message, LATENCY_US);
    }
  }
}

function write(store: Store, ctx: Context, resource: string, object: ApiObject): ApiObject {
  const { namespace = '', name = '' } = object.metadata;
  const key = keyOf(resource, namespace, name);
  const old = store.objects.get(key);
  const metadata = {
    ...object.metadata, resourceVersion: String(++store.revision), uid: object.metadata.uid ?? old?.metadata.uid ?? `uid-${++store.uids}`,
    creationTimestamp: object.metadata.creationTimestamp ?? formatTime(ctx.unixUs),
  };
  const stored = { ...object, metadata };
  store.objects.set(key, stored);
  notify(store, ctx, resource, old ? 'MODIFIED' : 'ADDED', stored);
  return stored;
}

function remove(store: Store, ctx: Context, key: string, graceSeconds: number | undefined): ApiObject | undefined {
  const object = store.objects.get(key);
  if (!object) return undefined;
  const resource = key.split('/')[0] ?? '';
  const grace = graceSeconds ?? (resource === 'pods' ? (object as Pod).spec?.terminationGracePeriodSeconds ?? 30 : 0);
  if (resource === 'pods' && grace > 0) {
    const metadata = { ...object.metadata, deletionTimestamp: formatTime(ctx.unixUs + grace * 1_000_000), deletionGracePeriodSeconds: grace, generation: (object.metadata.generation ?? 1) + 1 };
    return write(store, ctx, resource, { ...object, metadata });
  }
  store.objects.delete(key);
  const gone = { ...object, metadata: { ...object.metadata, resourceVersion: String(++store.revision) } };
  notify(store, ctx, resource, 'DELETED', gone);
  return gone;
}

function serve(store: Store, request: ApiRequest, ctx: Context): void {
  const { verb, resource, namespace, name, requestId, options } = request;
  const key = keyOf(resource, namespace, name);
  const selector = options.fieldSelector ?? '';
  switch (verb) {
    case 'list': {
      const items = [...store.objects].filter(([at, object]) => at.startsWith(`${resource}/`) && selectorsOf(object).includes(selector)).map(([, object]) => object);
      answer(ctx, ctx.from, requestId, 200, { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: String(store.revision) }, items });
      return;
    }
    case 'watch': {
      const at = `${resource}?${selector}`;
      store.watches.set(at, [...(store.watches.get(at) ?? []), { client: ctx.from, requestId }]);
      return;
    }
    case 'create': {
      const object = request.body as ApiObject;
      const at = keyOf(resource, namespace, object.metadata.name ?? '');
      if (store.objects.has(at)) failure(ctx, request, 409, 'AlreadyExists', `${resource} "${object.metadata.name}" already exists`);
      else answer(ctx, ctx.from, requestId, 201, write(store, ctx, resource, { ...object, metadata: { ...object.metadata, ...(namespace !== '' && { namespace }) } }));
      return;
    }
    default: onOne(store, request, key, ctx);
  }
}

function onOne(store: Store, request: ApiRequest, key: string, ctx: Context): void {
  const { verb, resource, name, requestId } = request;
  const object = store.objects.get(key);
  if (!object) {
    failure(ctx, request, 404, 'NotFound', `${resource} "${name}" not found`);
    return;
  }
  switch (verb) {
    case 'get': answer(ctx, ctx.from, requestId, 200, object); return;
    case 'update': answer(ctx, ctx.from, requestId, 200, write(store, ctx, resource, request.body as ApiObject)); return;
    case 'patch': answer(ctx, ctx.from, requestId, 200, write(store, ctx, resource, merged(object, request.body))); return;
    case 'delete': answer(ctx, ctx.from, requestId, 200, remove(store, ctx, key, (request.body as { readonly gracePeriodSeconds?: number } | undefined)?.gracePeriodSeconds)); return;
    default: failure(ctx, request, 405, 'MethodNotAllowed', verb);
  }
}

export const fakeApiServer: Actor<Store, FakeMessage> = {
  kind: API_SERVER,
  init: () => ({ revision: 1, objects: new Map(), watches: new Map(), uids: 0 }),
  receive(store, message, ctx) {
    switch (message.type) {
      case 'api-request': serve(store, message, ctx); return;
      case 'api-connect':
        for (const [at, watches] of store.watches) if (watches.some(({ client }) => client === ctx.from)) store.watches.set(at, watches.filter(({ client }) => client !== ctx.from));
        return;
      case 'api-ping': ctx.send(ctx.from, { type: 'api-pong' }); return;
      case 'put': write(store, ctx, message.resource, message.object); return;
      case 'remove': remove(store, ctx, message.key, message.graceSeconds < 0 ? undefined : message.graceSeconds); return;
      case 'watch-stop': case 'stream-sent': case 'start':
    }
  },
  clone: (store) => ({ ...store, objects: new Map(store.objects), watches: new Map(store.watches) }),
};

interface SwitchNode extends Body { readonly type: 'switch'; readonly node: string; readonly on: boolean }
interface AddNode extends Body { readonly type: 'add'; readonly node: string }

function nodeArgs(name: string): unknown {
  const index = Number(name.split('-')[1] ?? 1);
  return { machine: { name, cpu: '4', memory: '8Gi', pods: 110, zone: 'zone-a' }, index, options: {} };
}

/** Starts machines and turns them off and on, as the cluster does. */
const power: Actor<{ readonly nodes: Set<string> }, SwitchNode | AddNode | StartMessage> = {
  kind: 'power',
  init: () => ({ nodes: new Set() }),
  receive(state, message, ctx) {
    if (message.type === 'start') return;
    if (message.type === 'add') {
      state.nodes.add(message.node);
      for (const id of nodeParts(message.node)) ctx.spawn(id, nodeArgs(message.node));
      return;
    }
    const others = nodeParts(message.node).filter((id) => id !== runtimeId(message.node));
    for (const id of others) if (message.on) ctx.spawn(id, nodeArgs(message.node)); else ctx.halt(id);
    ctx.send(runtimeId(message.node), { type: message.on ? 'power-on' : 'power-off' });
  },
  clone: (state) => ({ nodes: new Set(state.nodes) }),
};

export const EPOCH_US = 1_767_225_600_000_000;

/** Nodes over the storing API server, driven from outside. */
export class NodeWorld {
  readonly kernel: Kernel;

  constructor(nodes: readonly string[] = ['node-1'], seed = 1) {
    this.kernel = new Kernel({ seed, epochUs: EPOCH_US, actors: [fakeApiServer as Actor, power as Actor, ...nodeActors], freeze: true });
    this.kernel.spawn(API_SERVER, undefined, 0);
    this.kernel.spawn('power', undefined, 0);
    for (const node of nodes) this.input('power', { type: 'add', node } as AddNode);
    this.run(2);
  }

  input(to: ActorId, body: Body): void {
    this.kernel.input(to, body);
  }

  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs + seconds * 1_000_000);
  }

  put(resource: string, object: ApiObject): void {
    this.input(API_SERVER, { type: 'put', resource, object } as Put);
  }

  get store(): Store {
    return this.kernel.stateOf(API_SERVER) as Store;
  }

  switchNode(node: string, on: boolean): void {
    this.input('power', { type: 'switch', node, on } as SwitchNode);
  }

  /** A pod bound to a node, with the defaults that the API server would give it. */
  addPod(name: string, spec: Partial<Pod['spec']> & { readonly containers: NonNullable<Pod['spec']>['containers'] }, annotations: Readonly<Record<string, string>> = {}, node = 'node-1'): void {
    const pod: Pod = {
      apiVersion: apiVersionOf('', 'v1') as 'v1', kind: 'Pod', metadata: { name, namespace: 'default', uid: `pod-${name}`, generation: 1, annotations },
      spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, nodeName: node, ...spec },
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: formatTime(EPOCH_US) }] },
    };
    this.put('pods', pod);
  }

  deletePod(name: string, graceSeconds = -1): void {
    this.input(API_SERVER, { type: 'remove', key: keyOf('pods', 'default', name), graceSeconds } as Remove);
  }

  pod(name: string): Pod | undefined {
    return this.store.objects.get(keyOf('pods', 'default', name)) as Pod | undefined;
  }

  node(name = 'node-1'): Node | undefined {
    return this.store.objects.get(keyOf('nodes', '', name)) as Node | undefined;
  }

  object(resource: string, namespace: string, name: string): ApiObject | undefined {
    return this.store.objects.get(keyOf(resource, namespace, name));
  }

  /** Events about an object, `REASON ×COUNT: MESSAGE`, in the order of their creation. */
  events(name: string): readonly string[] {
    const events: string[] = [];
    for (const [key, object] of this.store.objects) {
      const event = object as Event;
      if (key.startsWith('events/') && event.involvedObject.name === name) events.push(`${event.reason}${(event.count ?? 1) > 1 ? ` ×${event.count}` : ''}: ${event.message}`);
    }
    return events;
  }

  status(name: string): string {
    const pod = this.pod(name);
    const state = pod?.status?.containerStatuses?.[0]?.state;
    return state?.waiting?.reason ?? state?.terminated?.reason ?? pod?.status?.phase ?? 'gone';
  }

  ready(name: string): boolean {
    return this.pod(name)?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  }

  restarts(name: string): number {
    return this.pod(name)?.status?.containerStatuses?.[0]?.restartCount ?? 0;
  }

  /** Messages between actors since an id, as `from → to: what`, without leases, events and timers. */
  transcript(sinceId: number): readonly string[] {
    const lines: string[] = [];
    for (let id = sinceId + 1; id <= this.kernel.lastId; id++) {
      const entry = this.kernel.trace.get(id);
      if (!entry || entry.from === entry.to) continue;
      const text = describe(entry.body);
      if (text !== '') lines.push(`${this.kernel.actorId(entry.from).split('/')[0]} → ${this.kernel.actorId(entry.to).split('/')[0]}: ${text}`);
    }
    return lines;
  }
}

function describe(body: Body): string {
  switch (body.type) {
    case 'api-request': {
      const { verb, resource, subresource } = body as ApiRequest;
      return resource === 'leases' || resource === 'events' ? '' : `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
    }
    case 'api-response': return '';
    case 'watch-event': return `${(body as WatchEvent).event} ${(body as WatchEvent).resource}`;
    default: return body.type;
  }
}
