import type { JsonObject } from '../../api/generated/types.ts';
import { apiVersionOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { prefixEnd } from '../../etcd/key-space.ts';
import type { EtcdResponse, KeyValue } from '../../etcd/messages.ts';
import { ERR_COMPACTED } from '../../etcd/store.ts';
import type { Context } from '../../kernel/actor.ts';
import { resourceOf, resumed, subjectOf } from '../call.ts';
import type { Call } from '../call.ts';
import { checkListOptions, parseResourceVersion, scopeOf } from '../options.ts';
import { definitionOf } from '../definitions/lookup.ts';
import type { GetPending, ListPending } from '../pending.ts';
import { keyIn } from '../scheme.ts';
import type { Resource } from '../scheme.ts';
import { askRange, cacheOf, explainWaiting, finish, guard } from '../server.ts';
import type { Server } from '../server.ts';
import { recordCache, recordRead, recordWaiting } from '../stages/etcd.ts';
import { Refusal, RetryLater, expired, notFound, tooLargeResourceVersion } from '../status.ts';
import { asVersion } from '../versions.ts';
import { encodeContinue, planList } from './list-plan.ts';
import type { ListPlan } from './list-plan.ts';
import { answerOf } from './subresources.ts';

const GET_US = 350;
const LIST_US = 600;
const LIST_OBJECT_US = 4;
const ANSWER_US = 150;

/** GET of one object: from etcd, or from the cache if any version will do. Throws Refusal. */
export function get(server: Server, call: Call, ctx: Context): void {
  const resource = resourceOf(call);
  const { namespace, name, options } = call.request;
  const key = keyIn(resource, namespace, name);
  if (options.resourceVersion === undefined || options.resourceVersion === '') {
    recordWaiting(call, 'read', key);
    explainWaiting(call, ctx);
    const pending: GetPending = { step: 'get', call, key };
    return askRange(server, pending, { key }, GET_US, ctx);
  }
  const cache = cacheOf(server, resource);
  checkFresh(parseResourceVersion(options.resourceVersion), Math.max(cache.revision, server.revision));
  recordCache(call);
  answerGet(server, call, cache.getByKey(key), GET_US, ctx);
}

export function onGot(server: Server, pending: GetPending, response: EtcdResponse, ctx: Context): void {
  const call = resumed(pending.call);
  const result = response.results[0];
  const object = result?.op === 'range' ? result.kvs[0]?.value : undefined;
  recordRead(call, pending.key, response.revision, ctx.nowUs - call.receivedUs);
  guard(server, call, ctx, () => answerGet(server, call, object, ANSWER_US, ctx));
}

function answerGet(server: Server, call: Call, object: ApiObject | undefined, processingUs: number, ctx: Context): void {
  if (!object) throw new Refusal(notFound(subjectOf(call), call.request.name));
  finish(server, call, 200, answerOf(call, asVersion(resourceOf(call), object)).body, processingUs, ctx);
}

const FRESH_WAIT_US = 3_000_000;

/** Waits three seconds for a revision that the cache has not reached. */
function checkFresh(wanted: number, current: number): void {
  if (wanted > current) throw new RetryLater(FRESH_WAIT_US, 2, tooLargeResourceVersion(wanted, current));
}

/** GET of a collection. Throws Refusal. */
export function list(server: Server, call: Call, ctx: Context): void {
  checkListOptions(call.request.options, false);
  const plan = planList(call.request.options, scopeOf(call));
  const cache = cacheOf(server, resourceOf(call));
  if (plan.from === 'cache') {
    // Other resources may have moved etcd on; of this one nothing is missing up to what the server has heard.
    checkFresh(plan.revision, Math.max(cache.revision, server.revision));
    recordCache(call);
    return answerFromCache(server, call, plan, Math.max(cache.revision, plan.revision), ctx);
  }
  const prefix = prefixOf(resourceOf(call), plan);
  recordWaiting(call, 'read', prefix);
  explainWaiting(call, ctx);
  const pending: ListPending = { step: 'list', call, plan };
  if (plan.from === 'consistent') return askRange(server, pending, { key: prefix, rangeEnd: prefixEnd(prefix), limit: 1 }, LIST_US, ctx);
  askRange(server, pending, { key: prefix + plan.startKey, rangeEnd: prefixEnd(prefix), revision: plan.revision }, LIST_US, ctx);
}

export function onListed(server: Server, pending: ListPending, response: EtcdResponse, ctx: Context): void {
  const call = resumed(pending.call);
  const { plan } = pending;
  const prefix = prefixOf(resourceOf(call), plan);
  recordRead(call, prefix, response.revision, ctx.nowUs - call.receivedUs);
  guard(server, call, ctx, () => {
    if (plan.from === 'consistent') {
      const cache = cacheOf(server, resourceOf(call));
      cache.revision = Math.max(cache.revision, response.revision);
      return answerFromCache(server, call, plan, response.revision, ctx);
    }
    if (response.error !== undefined) throw new Refusal(rangeError(plan, response));
    const result = response.results[0];
    answerFromRange(server, call, plan, result?.op === 'range' ? result.kvs : [], plan.revision || response.revision, ctx);
  });
}

const CONTINUE_EXPIRED = 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

function rangeError(plan: ListPlan, { error, revision }: EtcdResponse): Refusal['status'] {
  if (error !== ERR_COMPACTED) return tooLargeResourceVersion(plan.revision, revision);
  return expired(plan.startKey === '' ? 'The resourceVersion for the provided list is too old.' : CONTINUE_EXPIRED);
}

function prefixOf(resource: Resource, { scope }: ListPlan): string {
  return resource.kind.namespaced && scope.namespace !== '' ? `${resource.prefix}${scope.namespace}/` : resource.prefix;
}

function answerFromCache(server: Server, call: Call, plan: ListPlan, revision: number, ctx: Context): void {
  const resource = resourceOf(call);
  const objects = cacheOf(server, resource).list(plan.scope);
  page(server, call, plan, objects, objects.length, (object) => keyIn(resource, object.metadata.namespace ?? '', object.metadata.name ?? ''), revision, ctx);
}

/** A range has everything from the start key on; the selection happens here, as in the real server. */
function answerFromRange(server: Server, call: Call, plan: ListPlan, kvs: readonly KeyValue[], revision: number, ctx: Context): void {
  const cache = cacheOf(server, resourceOf(call));
  const keys = new Map(kvs.map(({ key, value }) => [value, key]));
  const { scope } = plan;
  const selected = kvs.map(({ value }) => value).filter((object) => cache.matches(scope, object) && (scope.name === '' || object.metadata.name === scope.name));
  page(server, call, plan, selected, kvs.length, (object) => keys.get(object) ?? '', revision, ctx);
}

interface ListMeta { resourceVersion: string; continue?: string; remainingItemCount?: number }

function page(server: Server, call: Call, plan: ListPlan, objects: readonly ApiObject[], total: number, keyOf: (object: ApiObject) => string, revision: number, ctx: Context): void {
  const { kind, custom } = resourceOf(call);
  const metadata: ListMeta = { resourceVersion: String(revision) };
  let items = objects;
  if (plan.limit > 0 && objects.length > plan.limit) {
    items = objects.slice(0, plan.limit);
    const prefix = prefixOf(resourceOf(call), plan);
    metadata.continue = encodeContinue(keyOf(items[items.length - 1] as ApiObject).slice(prefix.length), revision);
    if (!plan.scope.labels && !plan.scope.fields) metadata.remainingItemCount = total - plan.limit;
  }
  if (kind.storedAs) items = items.map((item) => asVersion(resourceOf(call), item));
  const listKind = (custom ? definitionOf(server, kind)?.spec.names.listKind : undefined) ?? `${kind.kind}List`;
  const body = { kind: listKind, apiVersion: apiVersionOf(kind.group, kind.version), metadata, items } as unknown as JsonObject;
  finish(server, call, 200, body, LIST_US + items.length * LIST_OBJECT_US, ctx);
}
