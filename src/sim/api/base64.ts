// Base64 as Go's StdEncoding reads it: line breaks are skipped, anything else outside the alphabet is an error with its offset.

export type BytesOutcome = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly offset: number };

const canonical = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Checks base64 and returns its canonical text; `offset` of a failure is the byte that Go names. */
export function decodeBytes(text: string): BytesOutcome {
  if (canonical.test(text)) return { ok: true, text };
  const digits: number[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text.charAt(at);
    if (c === '\n' || c === '\r') {
      at++;
      continue;
    }
    const digit = alphabet.indexOf(c);
    if (digit >= 0) {
      digits.push(digit);
      at++;
      continue;
    }
    if (c !== '=') return { ok: false, offset: at };
    const offset = paddingFault(text, at, digits.length % 4);
    return offset === undefined ? { ok: true, text: encodeDigits(digits) } : { ok: false, offset };
  }
  const rest = digits.length % 4;
  return rest === 0 ? { ok: true, text: encodeDigits(digits) } : { ok: false, offset: text.length - rest };
}

/** Canonical base64 of bytes. */
export function encodeBytes(bytes: Uint8Array): string {
  const digits: number[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.subarray(at, at + 3);
    digits.push(a >> 2, ((a & 3) << 4) | ((b ?? 0) >> 4));
    if (b !== undefined) digits.push(((b & 15) << 2) | ((c ?? 0) >> 6));
    if (c !== undefined) digits.push(c & 63);
  }
  return encodeDigits(digits);
}

/** How many bytes a canonical base64 text stands for. */
export function byteLength(text: string): number {
  return (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
}

/** The bytes that a canonical base64 text stands for, one character each. */
export function latin1Text(text: string): string {
  let out = '';
  let bits = 0;
  let count = 0;
  for (const c of text) {
    if (c === '=') break;
    bits = ((bits << 6) | alphabet.indexOf(c)) & 0x3fff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += String.fromCharCode((bits >> count) & 0xff);
  }
  return out;
}

function paddingFault(text: string, at: number, digitsInGroup: number): number | undefined {
  if (digitsInGroup < 2) return at;
  let next = skipBreaks(text, at + 1);
  if (digitsInGroup === 2) {
    if (next >= text.length) return text.length;
    if (text.charAt(next) !== '=') return next;
    next = skipBreaks(text, next + 1);
  }
  return next < text.length ? next : undefined;
}

function skipBreaks(text: string, at: number): number {
  let next = at;
  while (text.charAt(next) === '\n' || text.charAt(next) === '\r') next++;
  return next;
}

/** Writes sextets again, with bits that fall outside whole bytes cleared. */
function encodeDigits(digits: readonly number[]): string {
  const rest = digits.length % 4;
  let out = '';
  digits.forEach((digit, i) => {
    const last = i === digits.length - 1;
    const kept = last && rest === 2 ? digit & 0x30 : last && rest === 3 ? digit & 0x3c : digit;
    out += alphabet.charAt(kept);
  });
  return rest === 0 ? out : out + '='.repeat(4 - rest);
}
