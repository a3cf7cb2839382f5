import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../sim/apiserver/messages.ts';

/** The token of the administrator of a served world; without any token a local client is the administrator as well. */
const ADMIN_TOKEN = 'admin-token';
const ADMIN: Omit<Credentials, 'impersonate'> = { user: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const ANONYMOUS: Omit<Credentials, 'impersonate'> = { user: '', groups: [], token: '' };

/** Connections on which somebody showed a token. */
const identified = new WeakSet<object>();

/**
 * Who a request says it is: its bearer token, and whom it wants to act as. A client that never shows credentials is the
 * administrator; one that shows them on a connection and then leaves them out means to be anonymous, as does one that
 * tries another scheme.
 */
export function credentialsOf(request: IncomingMessage): Credentials {
  const base = identity(request);
  const user = request.headers['impersonate-user'];
  if (typeof user !== 'string') return base;
  const uid = request.headers['impersonate-uid'];
  const extra = extraOf(request);
  return { ...base, impersonate: { user, groups: listOf(request, 'impersonate-group'), ...(typeof uid === 'string' && { uid }), ...(Object.keys(extra).length > 0 && { extra }) } };
}

function identity({ headers: { authorization }, socket }: IncomingMessage): Omit<Credentials, 'impersonate'> {
  if (authorization === undefined) return identified.has(socket) ? ANONYMOUS : ADMIN;
  const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (token === undefined) return ANONYMOUS;
  identified.add(socket);
  return token === ADMIN_TOKEN ? ADMIN : { user: '', groups: [], token };
}

/** All values of a header that may come several times; Node joins them otherwise. */
function listOf(request: IncomingMessage, name: string): readonly string[] {
  const values: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) if (request.rawHeaders[i]?.toLowerCase() === name) values.push(request.rawHeaders[i + 1] ?? '');
  return values;
}

const EXTRA = 'impersonate-extra-';

/** `Impersonate-Extra-Scopes: view`: the rest of the name is the key, which may be written with percents. */
function extraOf(request: IncomingMessage): Readonly<Record<string, readonly string[]>> {
  const names = Object.keys(request.headers).filter((name) => name.startsWith(EXTRA));
  return Object.fromEntries(names.map((name) => [unescaped(name.slice(EXTRA.length)), listOf(request, name)]));
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
