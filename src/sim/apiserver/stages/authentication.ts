import type { Context } from '../../kernel/actor.ts';
import { NOBODY, record } from '../call.ts';
import type { Call, User } from '../call.ts';
import type { Credentials, StageOutcome } from '../messages.ts';
import type { Server } from '../server.ts';
import { Refusal, unauthorized } from '../status.ts';
import { authenticateToken, userOf } from '../tokens.ts';

const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'], uid: '', extra: {} };

const SERVICE_ACCOUNT = 'system:serviceaccount:';

interface Known { readonly user: User; readonly outcome: StageOutcome }

/** By the credentials object, which a component makes once. */
const known = new WeakMap<Credentials, Known>();

/** Finds out who asks: a client certificate's subject, a bearer token, or nobody. Throws Refusal (401). */
export function authentication(server: Server, call: Call, ctx: Context): void {
  const { credentials } = call.request;
  if (credentials.token !== undefined) return byToken(server, call, credentials.token, ctx);
  let entry = known.get(credentials);
  if (!entry) {
    const user = userOf(credentials);
    // Components that act as service accounts have tokens; inside the simulation nobody needs to write and read them.
    entry = { user, outcome: outcomeOf(user.name.startsWith(SERVICE_ACCOUNT) ? 'bearerToken' : 'clientCertificate', user) };
    known.set(credentials, entry);
  }
  call.user = entry.user;
  record(call, entry.outcome);
}

function byToken(server: Server, call: Call, token: string, ctx: Context): void {
  if (token === '') {
    if (!server.config.anonymousAuth) throw new Refusal(unauthorized());
    call.user = ANONYMOUS;
    return record(call, outcomeOf('anonymous', ANONYMOUS));
  }
  const verdict = authenticateToken(server, token, ctx.unixUs);
  call.user = verdict.ok ? verdict.user : NOBODY;
  if (!verdict.ok) throw new Refusal(unauthorized());
  record(call, outcomeOf('bearerToken', verdict.user));
}

function outcomeOf(code: string, { name, groups }: User): StageOutcome {
  return { stage: 'authentication', outcome: 'passed', code, params: { user: name, groups: groups.join(', ') } };
}
