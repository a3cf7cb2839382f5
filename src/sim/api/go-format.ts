// How Go prints values in error messages.
import type { Json, JsonObject } from './generated/types.ts';

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f', '\v': '\\v', '\u0007': '\\a',
};
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
// Characters that strconv.Quote writes as escapes: controls, separators other than the space, unassigned and private ones.
const unprintable = /[\p{C}\p{Z}]/u;

/** %q: a double-quoted Go string literal (strconv.Quote). */
export function goQuote(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  let out = '"';
  for (const c of text) out += escapes[c] ?? (c === ' ' || !unprintable.test(c) ? c : escapeRune(c));
  return `${out}"`;
}

function escapeRune(c: string): string {
  const code = c.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** %v of JSON decoded into interfaces: `map[a:1 b:[x y]]`, keys sorted, strings bare, null as `<nil>`. */
export function goValue(value: Json | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  const object = value as JsonObject;
  return `map[${Object.keys(object).sort().map((key) => `${key}:${goValue(object[key])}`).join(' ')}]`;
}

const htmlEscapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' };

/** encoding/json.Marshal of a value whose members are already in Go's order: like JSON.stringify, with <, > and & escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => htmlEscapes[c] ?? c);
}
