// Tokens: those that the server was started with, and service accounts', which are JSON Web Tokens with the claims of the real
// ones. Nobody outside the simulation has to verify them, so the signature is made of their own digest.
import { sha256 } from '../../base/sha256.ts';
import { parseTime } from '../../base/time.ts';
import type { ApiObject } from '../api/meta.ts';
import { decodeUtf8, encodeUtf8 } from '../api/utf8.ts';
import { encodeBytes } from '../api/base64.ts';
import type { User } from './call.ts';
import type { Credentials } from './messages.ts';
import { cacheNamed } from './server.ts';
import type { Server } from './server.ts';

/** The audience of tokens that name none: the API server itself. */
export const AUDIENCE = 'https://kubernetes.default.svc';
const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const HEADER = '{"alg":"RS256","kid":"wheelhouse"}';
const AUTHENTICATED = 'system:authenticated';
const NO_EXTRA: User['extra'] = {};
/** An RSA signature has 256 bytes. */
const DIGESTS = 8;

const LEGACY_UID = 'kubernetes.io/serviceaccount/service-account.uid';

interface Named { readonly name?: string; readonly uid?: string }

interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly jti?: string;
  readonly 'kubernetes.io'?: { readonly serviceaccount?: Named; readonly pod?: Named; readonly secret?: Named; readonly node?: Named };
  readonly [LEGACY_UID]?: string;
}

export interface BoundToken { readonly namespace: string; readonly name: string; readonly uid: string; readonly audiences: readonly string[]; readonly issuedUs: number; readonly expiresUs: number; readonly id: string; readonly bound?: BoundObject | undefined; readonly node?: Named | undefined }
/** A Pod, Secret or Node that has to exist as long as the token is to be believed; `claim` is its kind in small letters. */
export interface BoundObject { readonly resource: string; readonly namespaced: boolean; readonly claim: string; readonly name: string; readonly uid: string }

/** A bound token (models serviceaccount.Claims). Times are microseconds since 1970. */
export function tokenFor({ namespace, name, uid, audiences, issuedUs, expiresUs, id, bound, node }: BoundToken): string {
  const issued = Math.floor(issuedUs / 1_000_000);
  const claims = {
    aud: audiences, exp: Math.floor(expiresUs / 1_000_000), iat: issued, iss: ISSUER, jti: id,
    'kubernetes.io': { namespace, ...(node && { node }), ...(bound && { [bound.claim]: { name: bound.name, uid: bound.uid } }), serviceaccount: { name, uid } }, nbf: issued, sub: `system:serviceaccount:${namespace}:${name}`,
  };
  const signed = `${urlSafe(encodeUtf8(HEADER))}.${urlSafe(encodeUtf8(JSON.stringify(claims)))}`;
  return `${signed}.${signatureOf(signed)}`;
}

function signatureOf(signed: string): string {
  return urlSafe(encodeBytes(Uint8Array.from(Array.from({ length: DIGESTS }, (_, i) => [...sha256(`${i}.${signed}`)]).flat())));
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function claimsOf(token: string): Claims | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined || !/^[\w-]+$/.test(payload)) return undefined;
  const base64 = payload.replaceAll('-', '+').replaceAll('_', '/');
  try {
    const claims = JSON.parse(decodeUtf8(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='))) as unknown;
    return typeof claims === 'object' && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** Whose token it is, and which of the audiences asked for it is meant for; or what is wrong with it ('' is nothing that this server made). */
export type TokenVerdict = { readonly ok: true; readonly user: User; readonly audiences: readonly string[] } | { readonly ok: false; readonly error: string };

/** Clocks may differ by so much (go-jose's DefaultLeeway). */
const LEEWAY_S = 60;
const NOT_OURS: TokenVerdict = { ok: false, error: '' };

/** Models the union of --token-auth-file and the service account authenticators. `unixUs` is the time that a token must be valid at. */
export function authenticateToken(server: Server, token: string, unixUs: number, audiences: readonly string[] = [AUDIENCE]): TokenVerdict {
  const known = server.config.tokens[token];
  if (known) return { ok: true, user: userOf(known), audiences: audiences.includes(AUDIENCE) ? [AUDIENCE] : [] };
  const claims = claimsOf(token);
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(claims?.sub ?? '') ?? [];
  if (!claims || namespace === undefined || name === undefined) return NOT_OURS;
  const isBound = claims.iss === ISSUER;
  if (isBound && !token.endsWith(`.${signatureOf(token.slice(0, token.lastIndexOf('.')))}`)) return { ok: false, error: 'go-jose/go-jose: error in cryptographic primitive' };
  const meant = claims.aud ?? [AUDIENCE];
  const common = meant.filter((audience) => audiences.includes(audience));
  if (common.length === 0) return { ok: false, error: `token audiences ${quoted(meant)} is invalid for the target audiences ${quoted(audiences)}` };
  const error = claimError(server, claims, namespace, name, unixUs);
  if (error !== undefined) return { ok: false, error };
  const { uid = '' } = claims['kubernetes.io']?.serviceaccount ?? { uid: claims[LEGACY_UID] };
  return { ok: true, user: { ...serviceAccountUser(namespace, name, uid), extra: extraOf(claims) }, audiences: common };
}

/** As Go prints a list of strings with %q. */
function quoted(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;
}

/** Models serviceaccount.validator and legacyValidator: time, account, and what the token is bound to. */
function claimError(server: Server, claims: Claims, namespace: string, name: string, unixUs: number): string | undefined {
  const nowS = unixUs / 1_000_000;
  if (claims.nbf !== undefined && nowS + LEEWAY_S < claims.nbf) return 'service account token is not valid yet';
  if (claims.exp !== undefined && nowS - LEEWAY_S > claims.exp) return 'service account token has expired';
  const account = cacheNamed(server, 'serviceaccounts')?.get(namespace, name);
  if (!account) return `serviceaccounts ${JSON.stringify(name)} not found`;
  if (isDeleted(account, nowS)) return `service account ${namespace}/${name} has been deleted`;
  const claimed = claims['kubernetes.io']?.serviceaccount?.uid ?? claims[LEGACY_UID] ?? '';
  if (account.metadata.uid !== claimed) return `service account UID (${account.metadata.uid}) does not match claim (${claimed})`;
  const { pod, secret, node } = claims['kubernetes.io'] ?? {};
  const bound = secret ?? pod ?? node;
  if (!bound) return undefined;
  const [resource, where, kind] = secret ? ['secrets', namespace, 'secret'] as const : pod ? ['pods', namespace, 'pod'] as const : ['nodes', '', 'node'] as const;
  const object = cacheNamed(server, resource)?.get(where, bound.name ?? '');
  if (!object || isDeleted(object, nowS)) return 'service account token has been invalidated';
  if (object.metadata.uid === bound.uid) return undefined;
  return `${kind} UID (${object.metadata.uid}) does not match service account ${kind} ref claim (${bound.uid})`;
}

function isDeleted({ metadata: { deletionTimestamp } }: ApiObject, nowS: number): boolean {
  return deletionTimestamp !== undefined && (parseTime(deletionTimestamp) ?? 0) / 1_000_000 < nowS - LEEWAY_S;
}

/** What a token tells of itself and of where it is used (models ServiceAccountInfo.UserInfo). */
function extraOf({ jti, 'kubernetes.io': { pod, node } = {} }: Claims): User['extra'] {
  const key = (name: string): string => `authentication.kubernetes.io/${name}`;
  return {
    ...(jti !== undefined && { [key('credential-id')]: [`JTI=${jti}`] }),
    ...(node?.name !== undefined && { [key('node-name')]: [node.name], ...(node.uid !== undefined && { [key('node-uid')]: [node.uid] }) }),
    ...(pod && { [key('pod-name')]: [pod.name ?? ''], [key('pod-uid')]: [pod.uid ?? ''] }),
  };
}

export function serviceAccountUser(namespace: string, name: string, uid: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`, uid, extra: {},
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

/** A user as a certificate or a list of tokens names it. Whoever shows either is authenticated. */
export function userOf({ user, groups, uid = '', extra = NO_EXTRA }: Omit<Credentials, 'token'>): User {
  return { name: user, groups: groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED], uid, extra };
}
