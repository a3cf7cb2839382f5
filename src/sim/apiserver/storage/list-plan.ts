// How a list is served, decided from its resourceVersion, match, limit and continue (models ShouldDelegateList).
import { parseGoJson } from '../../api/go-json.ts';
import type { RequestOptions } from '../messages.ts';
import { parseResourceVersion } from '../options.ts';
import { Refusal, badRequest } from '../status.ts';
import type { Scope } from '../watch-cache.ts';

/**
 * `cache`: as it is, if it has reached `revision`. `consistent`: from the cache once it has reached etcd's revision.
 * `range`: from etcd, at a revision (0: now) and from a key on.
 */
export interface ListPlan {
  readonly from: 'cache' | 'consistent' | 'range';
  readonly scope: Scope;
  readonly revision: number;
  readonly limit: number;
  /** First key, relative to the list's prefix; '' from the beginning. */
  readonly startKey: string;
  readonly exact: boolean;
}

/** Throws Refusal (400, 500) for options that do not go together. */
export function planList(options: RequestOptions, scope: Scope): ListPlan {
  const limit = options.limit ?? 0;
  if (options.continue) {
    const token = decodeContinue(options.continue);
    if (options.resourceVersion && options.resourceVersion !== '0') throw new Refusal(badRequest('specifying resource version is not allowed when using continue'));
    return { from: 'range', scope, revision: Math.max(0, token.revision), limit, startKey: token.startKey, exact: true };
  }
  const revision = listRevision(options.resourceVersion);
  const exact = options.resourceVersionMatch === 'Exact' || (!options.resourceVersionMatch && limit > 0 && revision > 0);
  if (exact) return { from: 'range', scope, revision, limit, startKey: '', exact };
  if (!options.resourceVersion) return { from: 'consistent', scope, revision: 0, limit, startKey: '', exact: false };
  // A cached list is given whole: a client that takes any version must be able to hold it.
  return { from: 'cache', scope, revision, limit: revision === 0 ? 0 : limit, startKey: '', exact: false };
}

/** A list words it as a bad request, unlike the other verbs. */
function listRevision(text: string | undefined): number {
  try {
    return parseResourceVersion(text);
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(badRequest(`invalid resource version: ${error.message}`));
    throw error;
  }
}

interface Token { readonly revision: number; readonly startKey: string }

function decodeContinue(text: string): Token {
  const decoded = decodeBase64Url(text);
  const bad = (why: string): Refusal => new Refusal(badRequest(`invalid continue token: continue key is not valid${why}`));
  if (decoded === undefined) throw bad(`: illegal base64 data at input byte ${firstIllegal(text)}`);
  let token: { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown };
  try {
    token = JSON.parse(decoded) as typeof token;
  } catch {
    throw bad(`: ${jsonProblem(decoded)}`);
  }
  if (token.v !== 'meta.k8s.io/v1') throw bad(`: server does not recognize this encoded version ${typeof token.v === 'string' ? token.v : ''}`);
  if (typeof token.rv !== 'number' || token.rv === 0) throw bad(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof token.start !== 'string' || token.start === '') throw bad(': encoded start key empty (version meta.k8s.io/v1)');
  if (/(?:^|\/)\.{0,2}(?:\/|$)/.test(token.start)) throw bad(`: ${token.start}`);
  return { revision: token.rv, startKey: token.start };
}

/** Go names a byte beyond ASCII by its value. */
function jsonProblem(bytes: string): string {
  const first = bytes.charCodeAt(0);
  if (first >= 0x80) return `invalid character '\\u${first.toString(16).padStart(4, '0')}' looking for beginning of value`;
  const parsed = parseGoJson(bytes);
  return parsed.ok ? '' : parsed.message;
}

/** The token for what comes after `lastKey` (relative to the list's prefix). */
export function encodeContinue(lastKey: string, revision: number): string {
  const json = `{"v":"meta.k8s.io/v1","rv":${revision},"start":${JSON.stringify(`${lastKey}\u0000`)}}`;
  return encodeBase64Url(json);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function encodeBase64Url(ascii: string): string {
  let text = '';
  for (let i = 0; i < ascii.length; i += 3) {
    const group = (ascii.charCodeAt(i) << 16) | ((ascii.charCodeAt(i + 1) || 0) << 8) | (ascii.charCodeAt(i + 2) || 0);
    const characters = Math.min(4, Math.ceil(((ascii.length - i) * 8) / 6));
    for (let j = 0; j < characters; j++) text += ALPHABET.charAt((group >> (18 - 6 * j)) & 63);
  }
  return text;
}

function firstIllegal(text: string): number {
  let at = 0;
  while (at < text.length && ALPHABET.includes(text.charAt(at))) at++;
  // A text may end after two, three or four characters of a group, not after one.
  return at === text.length && at % 4 === 1 ? at - 1 : at;
}

function decodeBase64Url(text: string): string | undefined {
  if (firstIllegal(text) < text.length) return undefined;
  let bits = 0;
  let held = 0;
  let out = '';
  for (const character of text) {
    bits = ((bits << 6) | ALPHABET.indexOf(character)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += String.fromCharCode((bits >> held) & 0xff);
  }
  return out;
}
