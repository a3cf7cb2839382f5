// The way of a request through the server: the handler chain in its real order, then the verb's own handling; and how
// it goes on when etcd has answered.
import type { JsonObject } from '../api/generated/types.ts';
import type { EtcdResponse } from '../etcd/messages.ts';
import type { ActorId, Context } from '../kernel/actor.ts';
import { backendOf, passOn } from './aggregation.ts';
import { again, newCall, resourceOf, resumed } from './call.ts';
import type { Call } from './call.ts';
import type { ApiRequest, ApiResponse } from './messages.ts';
import type { CallPending, CreatePending, UpdatePending } from './pending.ts';
import { componentStatuses, isComponentStatus } from './component-statuses.ts';
import { definitionsOf } from './definitions/lookup.ts';
import { checkCustom } from './definitions/serve.ts';
import { apiGroup } from './discovery.ts';
import { documentAt, takesOnlyGet } from './documents.ts';
import { metricsAt } from './metrics.ts';
import { isReview, review } from './reviews.ts';
import { requestToken } from './token-request.ts';
import { cacheOf, finish, guard, refuse } from './server.ts';
import type { RequestRetry, Server } from './server.ts';
import { audit } from './stages/audit.ts';
import { authentication } from './stages/authentication.ts';
import { authorization } from './stages/authorization/index.ts';
import { decode } from './stages/decode.ts';
import { impersonation } from './stages/impersonation.ts';
import { priorityAndFairness } from './stages/priority-and-fairness.ts';
import { isPodStream, podStream } from './storage/pod-streams.ts';
import { NoSuchPath, Refusal, failure, internalError, methodNotAllowed, noSuchResource, notFound, timeout } from './status.ts';
import type { Status } from './status.ts';
import { onCollectionStep, removeCollection } from './storage/collection.ts';
import { create, onCreated, writeCreate } from './storage/create.ts';
import { onDeleteRead, onErased, onMarked, remove } from './storage/delete.ts';
import { onLease } from './storage/event-lease.ts';
import { evict, onEvictionStep } from './storage/eviction.ts';
import { onQuotaWritten } from './storage/quota.ts';
import { get, list, onGot, onListed } from './storage/read.ts';
import { bindingKind } from './storage/subresources.ts';
import { onRefreshed, onUpdated, update, writeUpdate } from './storage/update.ts';
import { onWatchRevision, watch } from './storage/watch.ts';

/** The handler chain (DefaultBuildHandlerChain): who asks, may they, and does anybody write it down. */
const CHAIN = [
  { stage: 'authentication', run: authentication },
  { stage: 'audit', run: (_: Server, call: Call) => audit(call) },
  { stage: 'impersonation', run: impersonation },
  { stage: 'priorityAndFairness', run: (_: Server, call: Call) => priorityAndFairness(call) },
  { stage: 'authorization', run: authorization },
] as const;

/** Handles a request up to its message to etcd, or up to the answer. */
export function handle(server: Server, request: ApiRequest, client: ActorId, ctx: Context): void {
  const call = newCall(request, client, ctx.nowUs);
  guard(server, call, ctx, () => {
    for (const { stage, run } of CHAIN) {
      call.stage = stage;
      run(server, call, ctx);
    }
    const backend = request.options.refusal ? undefined : backendOf(request, ctx);
    if (backend !== undefined) return passOn(server, call, backend, ctx);
    routeAndServe(server, call, ctx);
  });
}

function routeAndServe(server: Server, call: Call, ctx: Context): void {
  const { refusal } = call.request.options;
  route(server, call);
  if (refusal && call.request.resource !== '') throw new Refusal(refusal);
  serve(server, call, ctx);
}

/** What may be done with each subresource. */
const subresourceVerbs: Readonly<Record<string, readonly string[] | undefined>> = {
  status: ['get', 'patch', 'update'], scale: ['get', 'patch', 'update'], ephemeralcontainers: ['get', 'patch', 'update'], resize: ['get', 'patch', 'update'],
  approval: ['get', 'patch', 'update'], finalize: ['update'], binding: ['create'], eviction: ['create'], token: ['create'], log: ['get'],
  exec: ['create', 'get'], attach: ['create', 'get'], portforward: ['create', 'get'], proxy: ['create', 'delete', 'get', 'patch', 'update'],
};

/** Finds what the path names. Throws Refusal (404, 405). */
function route(server: Server, call: Call): void {
  const { group, version, resource, subresource, verb, name, options } = call.request;
  call.stage = 'decode';
  if (resource === '') return;
  if (!server.scheme.catalog.resources[group === '' ? version : `${group}/${version}`]) throw isGroup(server, group) ? new Refusal(noSuchResource()) : new NoSuchPath();
  if (isReview(group, version, resource)) {
    if (verb !== 'create' || subresource !== '') throw new Refusal(methodNotAllowed());
    return;
  }
  if (isComponentStatus(call.request)) return;
  if (isLegacyBinding(call.request)) {
    if (verb !== 'create' || name !== '') throw new Refusal(name === '' ? methodNotAllowed() : noSuchResource());
    return;
  }
  const found = server.scheme.find(group, version, resource);
  if (found?.custom) checkCustom(server, call, found);
  if (!found || !knows(found.kind.subresources, subresource)) throw new Refusal(noSuchResource());
  checkScope(call.request, found.kind.namespaced);
  call.resource = found;
  const verbs = subresource === '' ? found.kind.verbs : (subresourceVerbs[subresource] ?? []);
  if (!(verbs as readonly string[]).includes(verb) || (verb === 'create' && subresource === '' && name !== '')) throw new Refusal(methodNotAllowed());
  // That the router finds no method for a path is known before any warning about what it serves.
  if (options.refusal?.code === 405) return;
  const warning = deprecations[`${version} ${found.name}`];
  if (warning !== undefined) call.warnings = call.routeWarnings = [warning];
}

/** Groups of custom resources are not among those that the router knows. */
function isGroup({ scheme: { catalog, resources } }: Server, group: string): boolean {
  return group === '' || (apiGroup(catalog, group) !== undefined && !resources.some(({ custom, kind }) => custom && kind.group === group));
}

/** Objects are reached in their namespace; without one there are but lists of all. Throws Refusal (404, 405). */
function checkScope({ verb, namespace, name }: ApiRequest, namespaced: boolean): void {
  if (!namespaced) {
    if (namespace !== '') throw new Refusal(noSuchResource());
  } else if (namespace === '' && verb !== 'list' && verb !== 'watch') throw new Refusal(name === '' ? methodNotAllowed() : noSuchResource());
}

/** POST namespaces/x/bindings, the old way of binding a pod: the pod's name is the binding's. */
function isLegacyBinding({ group, version, resource, namespace }: ApiRequest): boolean {
  return resource === 'bindings' && group === '' && version === 'v1' && namespace !== '';
}

const deprecations: Readonly<Record<string, string | undefined>> = {
  'v1 endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
};

function knows(subresources: readonly string[], subresource: string): boolean {
  return subresource === '' || subresources.includes(subresource);
}

/** The verb's own handling. Throws Refusal. */
function serve(server: Server, call: Call, ctx: Context): void {
  const { verb, subresource } = call.request;
  if (isPodStream(subresource)) return podStream(server, call, ctx);
  if (subresource === 'proxy') throw new Refusal(unreachable(server, call));
  if (!call.resource) return serveUnstored(server, call, ctx);
  switch (verb) {
    case 'get': return get(server, call, ctx);
    case 'list': return list(server, call, ctx);
    case 'watch': return watch(server, call, ctx);
    case 'create': return serveCreate(server, call, ctx);
    case 'update': case 'patch': return update(server, call, ctx);
    case 'delete': return remove(server, call, ctx);
    case 'deletecollection': return removeCollection(server, call, ctx);
  }
}

/** Services and pods are proxied by `scheme:name:port`. */
function unreachable(server: Server, call: Call): Status {
  const { namespace, name } = call.request;
  const parts = name.split(':');
  const object = parts[parts.length === 3 ? 1 : 0] ?? '';
  if (!cacheOf(server, resourceOf(call)).get(namespace, object)) return notFound(call.request, object);
  return failure(501, 'NotImplemented', 'Wheelhouse does not simulate proxy: the ports of a pod are reached by kubectl port-forward');
}

/** What is not kept in etcd. */
function serveUnstored(server: Server, call: Call, ctx: Context): void {
  if (call.request.resource === '') serveDocument(server, call, ctx);
  else if (isComponentStatus(call.request)) componentStatuses(server, call, ctx);
  else if (isLegacyBinding(call.request)) bindByName(server, call, ctx);
  else review(server, call, ctx);
}

function bindByName(server: Server, call: Call, ctx: Context): void {
  const { name = '' } = decode(call, bindingKind).metadata;
  update(server, { ...call, resource: server.scheme.named('pods'), request: { ...call.request, resource: 'pods', subresource: 'binding', name } }, ctx);
}

const DOCUMENT_US = 200;

/** Paths outside resources: their request has no resource and the path as its name. */
function serveDocument(server: Server, call: Call, ctx: Context): void {
  const document = metricsAt(call.request.name, server) ?? documentAt(call.request.name, call.request.options.discovery, { catalog: server.scheme.catalog, config: server.config, definitions: definitionsOf(server) });
  if (!document) throw new Refusal(noSuchResource());
  // The verb of such a path is the method.
  if (document.code === 200 && (call.request.verb as string) !== 'get' && takesOnlyGet(call.request.name)) throw new Refusal(methodNotAllowed());
  if (document.code === 200 && call.request.options.refusal) throw new Refusal(call.request.options.refusal);
  finish(server, call, document.code, document.body as JsonObject, DOCUMENT_US, ctx);
}

function serveCreate(server: Server, call: Call, ctx: Context): void {
  switch (call.request.subresource) {
    case '': return create(server, call, ctx);
    case 'binding': return update(server, call, ctx);
    case 'eviction': return evict(server, call, ctx);
    case 'token': return requestToken(server, call, ctx);
    default: throw new Refusal(methodNotAllowed());
  }
}

/** Goes on with what waited for an answer of etcd. */
export function resume(server: Server, pending: CallPending, response: EtcdResponse, ctx: Context): void {
  if (response.error !== undefined && pending.step !== 'list') {
    return refuse(server, resumed(pending.call), internalError(response.error), 0, ctx);
  }
  switch (pending.step) {
    case 'create': return onCreated(server, pending, response, ctx);
    case 'update': return onUpdated(server, pending, response, ctx);
    case 'lease': {
      onLease(server, pending, response, ctx);
      return writeAfter(server, pending.write, ctx);
    }
    case 'refresh': return onRefreshed(server, pending, response, ctx);
    case 'get': return onGot(server, pending, response, ctx);
    case 'list': return onListed(server, pending, response, ctx);
    case 'watch': return onWatchRevision(server, pending, response, ctx);
    case 'delete-read': return onDeleteRead(server, pending, response, ctx);
    case 'delete-mark': return onMarked(server, pending, response, ctx);
    case 'delete': return onErased(server, pending, response, ctx);
    case 'quota': return onQuotaWritten(server, pending, response, write, ctx);
    case 'collection': case 'eviction': case 'retry': case 'aggregated': throw new Error(`etcd answers a ${pending.step}, which asked it nothing`);
  }
}

function write(server: Server, pending: CreatePending | UpdatePending, ctx: Context): void {
  if (pending.step === 'create') writeCreate(server, pending, ctx);
  else writeUpdate(server, pending, ctx);
}

function writeAfter(server: Server, pending: CreatePending | UpdatePending, ctx: Context): void {
  const call = resumed(pending.call);
  guard(server, call, ctx, () => write(server, { ...pending, call }, ctx));
}

/** Goes on with what waited for a request that the server made itself. */
export function resumeParent(server: Server, parent: number, response: ApiResponse, ctx: Context): void {
  const pending = server.pending.get(parent)?.pending;
  server.pending.delete(parent);
  if (pending?.step === 'collection') onCollectionStep(server, pending, response, ctx);
  else if (pending?.step === 'eviction') onEvictionStep(server, pending, response, ctx);
}

/** Another attempt of a call that was put off. */
export function onRetry(server: Server, { id }: RequestRetry, ctx: Context): void {
  const pending = server.pending.get(id)?.pending;
  server.pending.delete(id);
  if (pending?.step !== 'retry') return;
  const call = resumed(pending.call);
  // A custom resource whose objects were not known yet has not been found.
  guard(server, call, ctx, () => (call.resource ? serve(server, call, ctx) : routeAndServe(server, call, ctx)));
}

const TIMED_OUT = timeout('request did not complete within requested timeout - context deadline exceeded', 0);

/** Answers a call that etcd left waiting for too long. */
export function expire(server: Server, pending: CallPending, ctx: Context): void {
  refuse(server, again(pending.call), TIMED_OUT, 0, ctx);
}
