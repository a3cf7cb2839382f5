import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Credentials } from '../sim/apiserver/messages.ts';

type Identity = Omit<Credentials, 'impersonate'>;

/** Without TLS a local client that shows nothing is the administrator. */
export const ADMIN: Identity = { user: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const ANONYMOUS: Identity = { user: '', groups: [], token: '' };
/** No token reads like that: a certificate that this authority did not sign is refused as a wrong token is. */
const REFUSED: Identity = { user: '', groups: [], token: '-' };

/** Connections on which somebody showed a token. */
const identified = new WeakSet<object>();

/**
 * Who a request says it is, and whom it wants to act as. Over TLS that is the client's certificate (CN the user, O the
 * groups), else its bearer token, else nobody. Without TLS a client that never shows credentials is the administrator; one
 * that shows them on a connection and then leaves them out means to be anonymous, as does one that tries another scheme.
 */
export function credentialsOf(request: IncomingMessage): Credentials {
  const base = request.socket instanceof TLSSocket ? overTls(request, request.socket) : identity(request);
  const user = request.headers['impersonate-user'];
  if (typeof user !== 'string') return base;
  const uid = request.headers['impersonate-uid'];
  const extra = extraOf(request);
  return { ...base, impersonate: { user, groups: listOf(request, 'impersonate-group'), ...(typeof uid === 'string' && { uid }), ...(Object.keys(extra).length > 0 && { extra }) } };
}

const byToken = (token: string): Identity => ({ user: '', groups: [], token });

function bearer({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** The order of the real authenticators: a certificate before a token. */
function overTls(request: IncomingMessage, socket: TLSSocket): Identity {
  const shown = socket.getPeerX509Certificate();
  const token = bearer(request);
  if (shown && socket.authorized) {
    const { CN, O: organizations = [] } = socket.getPeerCertificate().subject as { readonly CN?: string; readonly O?: string | readonly string[] };
    if (CN !== undefined) return { user: CN, groups: [organizations].flat(), extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${shown.fingerprint256.replaceAll(':', '').toLowerCase()}`] } };
  }
  if (token !== undefined) return byToken(token);
  return shown && !socket.authorized ? REFUSED : ANONYMOUS;
}

function identity(request: IncomingMessage): Identity {
  if (request.headers.authorization === undefined) return identified.has(request.socket) ? ANONYMOUS : ADMIN;
  const token = bearer(request);
  if (token === undefined) return ANONYMOUS;
  identified.add(request.socket);
  return byToken(token);
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
