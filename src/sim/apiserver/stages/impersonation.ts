// Acting as somebody else (models the constrained impersonation filter: four narrow modes, then the old one).
import { record } from '../call.ts';
import type { Call, User } from '../call.ts';
import type { Credentials, StageOutcome } from '../messages.ts';
import type { Server } from '../server.ts';
import { Refusal, forbidden } from '../status.ts';
import { authorize, forbiddenText } from './authorization/authorizer.ts';
import { checkRequest } from './authorization/index.ts';

const NOT_ASKED: StageOutcome = { stage: 'impersonation', outcome: 'skipped', code: 'notAsked', params: {} };
const AUTHENTICATION_GROUP = 'authentication.k8s.io';
const NODE_NAME = 'authentication.kubernetes.io/node-name';
const MASTERS = 'system:masters';
const ANONYMOUS = 'system:anonymous';
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';
/** So many checks are tried as one for everything first. */
const MANY = 4;

type Wanted = NonNullable<Credentials['impersonate']>;

interface Mode {
  /** '' for the old one, which checks only the user that is wanted. */
  readonly name: string;
  suits(wanted: Wanted, requestor: User): boolean;
}

const MODES: readonly Mode[] = [
  { name: 'associated-node', suits: (wanted, requestor) => onlyName(wanted) && nodeOf(wanted.user) !== undefined && isOnNode(requestor, nodeOf(wanted.user)) },
  { name: 'arbitrary-node', suits: (wanted) => onlyName(wanted) && nodeOf(wanted.user) !== undefined },
  { name: 'serviceaccount', suits: (wanted) => onlyName(wanted) && accountOf(wanted.user) !== undefined },
  { name: 'user-info', suits: (wanted) => nodeOf(wanted.user) === undefined && accountOf(wanted.user) === undefined },
  { name: '', suits: () => true },
];

/** Lets a user who may do so act as somebody else (Impersonate-… headers). Throws Refusal (403) with the first mode's words. */
export function impersonation(server: Server, call: Call): void {
  const { impersonate } = call.request.credentials;
  if (!impersonate) return record(call, NOT_ASKED);
  let first: Refusal | undefined;
  for (const mode of MODES) {
    if (!mode.suits(impersonate, call.user)) continue;
    try {
      if (mode.name !== '') checkRequest(server, call, `impersonate-on:${mode.name}:${call.request.verb}`);
      checkWanted(server, call, mode.name, impersonate);
      call.user = actualUser(impersonate, mode.name);
      record(call, { stage: 'impersonation', outcome: 'changed', code: 'actsAs', params: { user: impersonate.user } });
      return;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      first ??= error;
    }
  }
  if (first) throw first;
}

function onlyName({ uid = '', groups, extra = {} }: Wanted): boolean {
  return uid === '' && groups.length === 0 && Object.keys(extra).length === 0;
}

function nodeOf(user: string): string | undefined {
  return /^system:node:([a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*)$/.exec(user)?.[1];
}

function accountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

function isOnNode({ name, extra }: User, node: string | undefined): boolean {
  const on = extra[NODE_NAME] ?? [];
  return accountOf(name) !== undefined && on.length === 1 && on[0] === node;
}

interface Wish { readonly group: string; readonly resource: string; readonly subresource: string; readonly namespace: string; readonly name: string }

/** Throws Refusal (403). */
function checkWanted(server: Server, call: Call, mode: string, { user, groups, uid = '', extra = {} }: Wanted): void {
  const verb = mode === '' ? 'impersonate' : `impersonate:${mode}`;
  const group = mode === '' ? '' : AUTHENTICATION_GROUP;
  const wish = (resource: string, name: string, subresource = ''): Wish => ({ group: resource === 'uids' || resource === 'userextras' ? AUTHENTICATION_GROUP : group, resource, subresource, namespace: '', name });
  const check = (wanted: Wish): void => checkWish(server, call, verb, wanted);
  check(userWish(mode, user, group));
  if (uid !== '') check(wish('uids', uid));
  if (mode !== '' && groups.includes(MASTERS)) refuse(call, verb, wish('groups', MASTERS), 'impersonating the system:masters group is not allowed');
  if (mode !== '' && groups.includes('')) refuse(call, verb, wish('groups', ''), 'impersonating the empty string group is not allowed');
  const extras = Object.entries(extra).flatMap(([key, values]) => values.map((value) => wish('userextras', value, key)));
  for (const [wishes, all] of [[groups.map((name) => wish('groups', name)), wish('groups', '*')], [extras, wish('userextras', '*', '*')]] as const) {
    if (mode !== '' && wishes.length >= MANY && isAllowed(server, call, verb, all)) continue;
    for (const wanted of wishes) check(wanted);
  }
}

function userWish(mode: string, user: string, group: string): Wish {
  const account = accountOf(user);
  if (account) return { group, resource: 'serviceaccounts', subresource: '', ...account };
  const node = mode === '' ? undefined : nodeOf(user);
  if (node === undefined) return { group, resource: 'users', subresource: '', namespace: '', name: user };
  return { group, resource: 'nodes', subresource: '', namespace: '', name: mode === 'associated-node' ? '*' : node };
}

function isAllowed(server: Server, { user }: Call, verb: string, wish: Wish): boolean {
  return authorize(server, { ...wish, user, verb, version: 'v1', fieldSelector: undefined }).allowed;
}

function checkWish(server: Server, call: Call, verb: string, wish: Wish): void {
  const decision = authorize(server, { ...wish, user: call.user, verb, version: 'v1', fieldSelector: undefined });
  if (!decision.allowed) refuse(call, verb, wish, decision.reason);
}

function refuse({ user }: Call, verb: string, wish: Wish, reason: string): never {
  const attributes = { ...wish, user, verb, version: 'v1', fieldSelector: undefined };
  throw new Refusal(forbidden(wish, wish.name, forbiddenText(attributes, { allowed: false, authorizer: 'none', reason })));
}

/** Who acts from now on; accounts and nodes have groups of their own. */
function actualUser({ user, groups, uid = '', extra = {} }: Wanted, mode: string): User {
  const account = accountOf(user);
  let all = groups;
  if (account && groups.length === 0) all = ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
  else if (mode.endsWith('-node')) all = ['system:nodes'];
  const last = user === ANONYMOUS ? UNAUTHENTICATED : all.includes(UNAUTHENTICATED) ? undefined : AUTHENTICATED;
  return { name: user, groups: last === undefined || all.includes(last) ? all : [...all, last], uid, extra };
}
