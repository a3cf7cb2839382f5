// The legacy token of a service account: a JWT without expiry (models serviceaccount.LegacyClaims).
import type { Prng } from '../../../base/prng.ts';
import type { Secret, ServiceAccount } from '../../api/generated/types.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SIGNATURE_BYTES = 256;

function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}

function encode(bytes: readonly number[]): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 63);
    text += (b === undefined ? '=' : ALPHABET.charAt((bits >> 6) & 63)) + (c === undefined ? '=' : ALPHABET.charAt(bits & 63));
  }
  return text;
}

/** Standard base64 of the text as UTF-8. */
export function base64(text: string): string {
  return encode(utf8(text));
}

function urlSafe(encoded: string): string {
  return encoded.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Header, claims and a signature that nobody can check: the bytes are random. */
export function legacyToken(account: ServiceAccount, secret: Secret, random: Prng): string {
  const { namespace, name } = account.metadata;
  const claims = {
    iss: 'kubernetes/serviceaccount',
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': secret.metadata.name,
    'kubernetes.io/serviceaccount/service-account.name': name,
    'kubernetes.io/serviceaccount/service-account.uid': account.metadata.uid,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
  const signature = Array.from({ length: SIGNATURE_BYTES }, () => random.below(256));
  return [base64('{"alg":"RS256","kid":""}'), base64(JSON.stringify(claims)), encode(signature)].map(urlSafe).join('.');
}
