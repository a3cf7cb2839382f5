import { NOBODY, record } from '../call.ts';
import type { Call, User } from '../call.ts';
import type { Credentials, StageOutcome } from '../messages.ts';
import type { Server } from '../server.ts';
import { Refusal, unauthorized } from '../status.ts';
import { userOfToken } from '../tokens.ts';

const NO_EXTRA: User['extra'] = {};
const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'], uid: '', extra: NO_EXTRA };
const AUTHENTICATED = 'system:authenticated';

interface Known { readonly user: User; readonly outcome: StageOutcome }

/** By the credentials object, which a component makes once. */
const known = new WeakMap<Credentials, Known>();

/** Finds out who asks: a client certificate's subject, a bearer token, or nobody. Throws Refusal (401). */
export function authentication(server: Server, call: Call): void {
  const { credentials } = call.request;
  if (credentials.token !== undefined) return byToken(server, call, credentials.token);
  let entry = known.get(credentials);
  if (!entry) known.set(credentials, entry = { user: userOf(credentials), outcome: outcomeOf('clientCertificate', userOf(credentials)) });
  call.user = entry.user;
  record(call, entry.outcome);
}

function byToken(server: Server, call: Call, token: string): void {
  const user = token === '' ? ANONYMOUS : userOfToken(server, token);
  call.user = user ?? NOBODY;
  if (!user) throw new Refusal(unauthorized());
  record(call, outcomeOf(token === '' ? 'anonymous' : 'bearerToken', user));
}

function outcomeOf(code: string, { name, groups }: User): StageOutcome {
  return { stage: 'authentication', outcome: 'passed', code, params: { user: name, groups: groups.join(', ') } };
}

export function userOf({ user, groups, uid = '', extra = NO_EXTRA }: Omit<Credentials, 'token'>): User {
  return { name: user, groups: groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED], uid, extra };
}
