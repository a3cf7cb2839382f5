import type { JsonObject } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Context } from '../../kernel/actor.ts';
import { resourceOf, resumed, subCall } from '../call.ts';
import type { Call } from '../call.ts';
import type { ApiRequest, ApiResponse } from '../messages.ts';
import { deleteOptionsOf } from '../options.ts';
import type { CollectionPending } from '../pending.ts';
import { expectAnswer, finish, guard, refuse } from '../server.ts';
import type { Server } from '../server.ts';
import type { Status } from '../status.ts';
import { remove, warnOfOrphans } from './delete.ts';
import { list } from './read.ts';

const ANSWER_US = 200;

interface ListBody { readonly items: readonly ApiObject[] }

/** DELETE of a collection: lists it, then deletes one object after another (registry.Store.DeleteCollection). Throws Refusal. */
export function removeCollection(server: Server, call: Call, ctx: Context): void {
  call.stage = 'decode';
  const options = deleteOptionsOf(call);
  warnOfOrphans(call, options);
  const pending: CollectionPending = { step: 'collection', call, list: undefined, next: -1, options };
  const listing = subCall(call, { ...call.request, verb: 'list', body: undefined }, expectAnswer(server, pending, ctx), resourceOf(call));
  guard(server, listing, ctx, () => list(server, listing, ctx));
}

/** The list, or the deletion of one item, is done. */
export function onCollectionStep(server: Server, pending: CollectionPending, response: ApiResponse, ctx: Context): void {
  const call = resumed(pending.call);
  const failed = response.code >= 400 && !(response.code === 404 && pending.next >= 0);
  if (failed) return refuse(server, call, response.body as unknown as Status, ANSWER_US, ctx);
  const listed = pending.list ?? response.body;
  const { items } = listed as unknown as ListBody;
  const next = pending.next + 1;
  const item = items[next];
  if (!item) return finish(server, call, 200, listed, ANSWER_US, ctx);
  const step: CollectionPending = { ...pending, call, list: listed as JsonObject, next };
  const { namespace = '', name = '' } = item.metadata;
  const request: ApiRequest = { ...call.request, verb: 'delete', namespace, name, body: pending.options, options: { dryRun: call.request.options.dryRun } };
  const deletion = subCall(call, request, expectAnswer(server, step, ctx), resourceOf(call));
  guard(server, deletion, ctx, () => remove(server, deletion, ctx));
}
