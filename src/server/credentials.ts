import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../sim/apiserver/messages.ts';

/** The token of the administrator of a served world; without any token a local client is the administrator as well. */
const ADMIN_TOKEN = 'admin-token';
const ADMIN: Omit<Credentials, 'impersonate'> = { user: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/** Who a request says it is: its bearer token, and whom it wants to act as. */
export function credentialsOf(request: IncomingMessage): Credentials {
  const token = /^Bearer (.*)$/i.exec(request.headers.authorization ?? '')?.[1];
  const base: Credentials = token === undefined || token === ADMIN_TOKEN ? ADMIN : { user: '', groups: [], token };
  const user = request.headers['impersonate-user'];
  if (typeof user !== 'string') return base;
  const uid = request.headers['impersonate-uid'];
  return { ...base, impersonate: { user, groups: listOf(request, 'impersonate-group'), ...(typeof uid === 'string' && { uid }) } };
}

/** All values of a header that may come several times; Node joins them otherwise. */
function listOf(request: IncomingMessage, name: string): readonly string[] {
  const values: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) if (request.rawHeaders[i]?.toLowerCase() === name) values.push(request.rawHeaders[i + 1] ?? '');
  return values;
}
