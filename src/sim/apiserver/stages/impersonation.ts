import { record } from '../call.ts';
import type { Call } from '../call.ts';
import type { StageOutcome } from '../messages.ts';
import type { Server } from '../server.ts';
import { Refusal, forbidden } from '../status.ts';
import { authorize, forbiddenText } from './authorization/authorizer.ts';
import { userOf } from './authentication.ts';

const NOT_ASKED: StageOutcome = { stage: 'impersonation', outcome: 'skipped', code: 'notAsked', params: {} };
const ACCOUNT = 'system:serviceaccount:';

interface Wish { readonly group: string; readonly resource: string; readonly namespace: string; readonly name: string }

/** Lets a user who may do so act as somebody else (Impersonate-User and -Group). Throws Refusal (403). */
export function impersonation(server: Server, call: Call): void {
  const { impersonate } = call.request.credentials;
  if (!impersonate) return record(call, NOT_ASKED);
  for (const wish of wishesOf(impersonate.user, impersonate.groups)) {
    const attributes = { ...wish, user: call.user, verb: 'impersonate', version: 'v1', subresource: '', fieldSelector: undefined };
    const decision = authorize(server, attributes);
    if (!decision.allowed) throw new Refusal(forbidden(wish, wish.name, forbiddenText(attributes, decision)));
  }
  call.user = userOf(impersonate);
  record(call, { stage: 'impersonation', outcome: 'changed', code: 'actsAs', params: { user: impersonate.user } });
}

function wishesOf(user: string, groups: readonly string[]): readonly Wish[] {
  const [namespace = '', name = ''] = user.startsWith(ACCOUNT) ? user.slice(ACCOUNT.length).split(':') : [];
  const whom: Wish = name === '' ? { group: '', resource: 'users', namespace: '', name: user } : { group: '', resource: 'serviceaccounts', namespace, name };
  return [whom, ...groups.map((group) => ({ group: '', resource: 'groups', namespace: '', name: group }))];
}
