// Tokens of service accounts: JSON Web Tokens with the claims of the real ones. Nobody outside the simulation has to verify
// them, so the signature is made of their own digest; inside, they are believed as long as the account exists.
import { sha256 } from '../../base/sha256.ts';
import { decodeUtf8, encodeUtf8 } from '../api/utf8.ts';
import { encodeBytes } from '../api/base64.ts';
import type { User } from './call.ts';
import { cacheNamed } from './server.ts';
import type { Server } from './server.ts';

/** The audience of tokens that name none: the API server itself. */
export const AUDIENCE = 'https://kubernetes.default.svc';
const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const HEADER = '{"alg":"RS256","kid":"wheelhouse"}';
/** An RSA signature has 256 bytes. */
const DIGESTS = 8;

interface Named { readonly name?: string; readonly uid?: string }

interface Claims {
  readonly sub?: string;
  readonly 'kubernetes.io'?: { readonly serviceaccount?: Named; readonly pod?: Named; readonly secret?: Named; readonly node?: Named };
  readonly 'kubernetes.io/serviceaccount/service-account.uid'?: string;
}

export interface BoundToken { readonly namespace: string; readonly name: string; readonly uid: string; readonly audiences: readonly string[]; readonly issuedUs: number; readonly expiresUs: number; readonly id: string; readonly bound?: BoundObject }
/** A Pod, Secret or Node that has to exist as long as the token is to be believed; `claim` is its kind in small letters. */
export interface BoundObject { readonly resource: string; readonly namespaced: boolean; readonly claim: string; readonly name: string; readonly uid: string }

/** A bound token (models serviceaccount.Claims). Times are microseconds since 1970. */
export function tokenFor({ namespace, name, uid, audiences, issuedUs, expiresUs, id, bound }: BoundToken): string {
  const issued = Math.floor(issuedUs / 1_000_000);
  const claims = {
    aud: audiences, exp: Math.floor(expiresUs / 1_000_000), iat: issued, iss: ISSUER, jti: id,
    'kubernetes.io': { namespace, ...(bound && { [bound.claim]: { name: bound.name, uid: bound.uid } }), serviceaccount: { name, uid } }, nbf: issued, sub: `system:serviceaccount:${namespace}:${name}`,
  };
  const signed = `${urlSafe(encodeUtf8(HEADER))}.${urlSafe(encodeUtf8(JSON.stringify(claims)))}`;
  const signature = Uint8Array.from(Array.from({ length: DIGESTS }, (_, i) => [...sha256(`${i}.${signed}`)]).flat());
  return `${signed}.${urlSafe(encodeBytes(signature))}`;
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

/** The service account that a token was made for, as long as that account exists. */
export function userOfToken(server: Server, token: string): User | undefined {
  const claims = claimsOf(token);
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(claims?.sub ?? '') ?? [];
  if (!claims || namespace === undefined || name === undefined) return undefined;
  const uid = claims['kubernetes.io']?.serviceaccount?.uid ?? claims['kubernetes.io/serviceaccount/service-account.uid'];
  const account = cacheNamed(server, 'serviceaccounts')?.get(namespace, name);
  return account && account.metadata.uid === uid && isAlive(server, namespace, claims) ? serviceAccountUser(namespace, name, uid ?? '') : undefined;
}

/** Whether what a token is bound to is still there. */
function isAlive(server: Server, namespace: string, claims: Claims): boolean {
  const { pod, secret, node } = claims['kubernetes.io'] ?? {};
  const exists = (resource: string, where: string, object: Named | undefined): boolean =>
    object === undefined || cacheNamed(server, resource)?.get(where, object.name ?? '')?.metadata.uid === object.uid;
  return exists('pods', namespace, pod) && exists('secrets', namespace, secret) && exists('nodes', '', node);
}

export function serviceAccountUser(namespace: string, name: string, uid: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`, uid, extra: {},
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}
