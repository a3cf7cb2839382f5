// Requests that the server makes of itself, as the loopback client of the real one does; they pass no network.
import type { Context } from '../kernel/actor.ts';
import { newCall } from './call.ts';
import type { ApiRequest, Credentials } from './messages.ts';
import type { DefinitionPending, FlowSchemaPending } from './pending.ts';
import type { Resource } from './scheme.ts';
import { expectAnswer, guard } from './server.ts';
import type { Server } from './server.ts';
import { authentication } from './stages/authentication.ts';
import { removeCollection } from './storage/collection.ts';
import { create } from './storage/create.ts';
import { remove } from './storage/delete.ts';
import { update } from './storage/update.ts';

const LOOPBACK: Credentials = { user: 'system:apiserver', groups: ['system:masters'] };

type Own = Pick<ApiRequest, 'verb'> & Partial<Pick<ApiRequest, 'subresource' | 'namespace' | 'name' | 'body'>>;

/** `pending` gets the answer. */
export function askOneself(server: Server, resource: Resource, own: Own, pending: DefinitionPending | FlowSchemaPending | { readonly step: 'bootstrap' }, ctx: Context): void {
  const request: ApiRequest = {
    type: 'api-request', requestId: 0, group: resource.group, version: resource.kind.version, resource: resource.resource, subresource: '', namespace: '', name: '',
    options: {}, patchType: undefined, body: undefined, credentials: LOOPBACK, userAgent: 'kube-apiserver', ...own,
  };
  const call = { ...newCall(request, '', ctx.nowUs), parent: expectAnswer(server, pending, ctx), resource };
  authentication(server, call, ctx);
  guard(server, call, ctx, () => {
    switch (own.verb) {
      case 'create': return create(server, call, ctx);
      case 'update': return update(server, call, ctx);
      case 'delete': return remove(server, call, ctx);
      case 'deletecollection': return removeCollection(server, call, ctx);
      default: throw new Error(`the server does not ask itself to ${own.verb}`);
    }
  });
}
