// Reads JSON as Go does: same errors, duplicate keys noticed, numbers that JavaScript would change kept as text.
// The fast path is JSON.parse; the exact parser below runs only when something needs it.
import type { Json, JsonObject } from './generated/types.ts';

/** A number whose text matters: a fraction, an exponent, or more digits than a double holds. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What the exact parser yields in place of plain JSON. */
export type ParsedJson = null | boolean | number | string | NumberText | readonly ParsedJson[] | { readonly [key: string]: ParsedJson | undefined };

export interface ParsedDocument {
  readonly value: ParsedJson;
  /** All members, in order, of the objects that have a key twice. */
  readonly duplicates: ReadonlyMap<object, readonly (readonly [string, ParsedJson])[]>;
}

export type ParseOutcome = { readonly ok: true; readonly document: ParsedDocument } | { readonly ok: false; readonly message: string };

export const noDuplicates: ReadonlyMap<object, readonly (readonly [string, ParsedJson])[]> = new Map();
const maxDepth = 1_000;

/** Wraps a value that did not come from text. */
export function documentOf(value: Json): ParsedDocument {
  return { value, duplicates: noDuplicates };
}

/** Parses a JSON text. The message of a failure is that of Go's encoding/json. */
export function parseGoJson(text: string): ParseOutcome {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return parseExactly(text);
  }
  const survey = surveyText(text);
  if (survey.depth > maxDepth) return { ok: false, message: 'exceeded max depth' };
  if (survey.oddNumbers || survey.colons !== countMembers(value)) return parseExactly(text);
  return { ok: true, document: { value, duplicates: noDuplicates } };
}

/** Replaces number texts by numbers, for free-form JSON. */
export function plainJson(value: ParsedJson): Json {
  if (value instanceof NumberText) return Number(value.text);
  if (Array.isArray(value)) return mapUnchanged(value, plainJson);
  if (value === null || typeof value !== 'object') return value;
  let out: Record<string, Json | undefined> | undefined;
  const object = value as { readonly [key: string]: ParsedJson | undefined };
  for (const key of Object.keys(object)) {
    const member = object[key];
    if (member === undefined) continue;
    const plain = plainJson(member);
    if (plain !== member) {
      out ??= { ...(object as JsonObject) };
      setMember(out, key, plain);
    }
  }
  return out ?? (object as JsonObject);
}

/** `duplicate field "spec.replicas"` for every member that a JSON text has twice, in the order of the text. */
export function duplicateFields({ value, duplicates }: ParsedDocument): readonly string[] {
  if (duplicates.size === 0) return [];
  const found: string[] = [];
  const walk = (at: ParsedJson, path: string): void => {
    if (Array.isArray(at)) at.forEach((item: ParsedJson, i) => walk(item, `${path}[${i}]`));
    else if (at !== null && typeof at === 'object' && !(at instanceof NumberText)) walkMembers(at as { readonly [key: string]: ParsedJson | undefined }, path);
  };
  const walkMembers = (object: { readonly [key: string]: ParsedJson | undefined }, path: string): void => {
    const seen = new Set<string>();
    for (const [key, member] of duplicates.get(object) ?? Object.entries(object)) {
      const inner = path === '' ? key : `${path}.${key}`;
      if (seen.has(key)) found.push(`duplicate field ${JSON.stringify(inner)}`);
      seen.add(key);
      walk(member ?? null, inner);
    }
  };
  walk(value, '');
  return found;
}

/** Assigns a member even when its name is `__proto__`. */
export function setMember<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

function mapUnchanged(values: readonly ParsedJson[], change: (value: ParsedJson) => Json): readonly Json[] {
  let out: Json[] | undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as ParsedJson;
    const changed = change(value);
    if (out === undefined && changed !== value) out = values.slice(0, i) as Json[];
    if (out !== undefined) out.push(changed);
  }
  return out ?? (values as readonly Json[]);
}

function countMembers(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item);
    return count;
  }
  const object = value as JsonObject;
  for (const key of Object.keys(object)) count += 1 + countMembers(object[key] ?? null);
  return count;
}

const quote = 0x22;
const backslash = 0x5c;

interface Survey { readonly colons: number; readonly depth: number; readonly oddNumbers: boolean }

/** One pass over valid JSON: how many members it has, how deep it is, and whether a number is more than a plain integer. */
function surveyText(text: string): Survey {
  let colons = 0;
  let depth = 0;
  let deepest = 0;
  let oddNumbers = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === quote) {
      i++;
      while (text.charCodeAt(i) !== quote) i += text.charCodeAt(i) === backslash ? 2 : 1;
    } else if (c === 0x3a) {
      colons++;
    } else if (c === 0x7b || c === 0x5b) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (c === 0x7d || c === 0x5d) {
      depth--;
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      const start = i;
      while (isNumberPart(text.charCodeAt(i + 1))) i++;
      if (i - start >= 15 || /[.eE]/.test(text.slice(start, i + 1)) || (c === 0x2d && text.charCodeAt(start + 1) === 0x30)) oddNumbers = true;
    }
  }
  return { colons, depth: deepest, oddNumbers };
}

function isNumberPart(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || c === 0x2e || c === 0x65 || c === 0x45 || c === 0x2b || c === 0x2d;
}

function parseExactly(text: string): ParseOutcome {
  const parser = new ExactParser(text);
  try {
    return { ok: true, document: { value: parser.document(), duplicates: parser.duplicates } };
  } catch (error) {
    if (error instanceof SyntaxFault) return { ok: false, message: error.message };
    throw error;
  }
}

class SyntaxFault extends Error {}

class ExactParser {
  readonly duplicates = new Map<object, readonly (readonly [string, ParsedJson])[]>();
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): ParsedJson {
    const value = this.value(0);
    this.skipSpace();
    if (this.at < this.text.length) this.fail('after top-level value');
    return value;
  }

  private fail(context: string): never {
    if (this.at >= this.text.length) throw new SyntaxFault('unexpected end of JSON input');
    throw new SyntaxFault(`invalid character ${quoteCharacter(firstByte(this.text, this.at))} ${context}`);
  }

  private skipSpace(): void {
    while (/[ \t\r\n]/.test(this.text.charAt(this.at))) this.at++;
  }

  private value(depth: number): ParsedJson {
    if (depth > maxDepth) throw new SyntaxFault('exceeded max depth');
    this.skipSpace();
    switch (this.text.charAt(this.at)) {
      case '{': return this.object(depth);
      case '[': return this.array(depth);
      case '"': return this.string();
      case 't': return this.literal('true', true);
      case 'f': return this.literal('false', false);
      case 'n': return this.literal('null', null);
      default: return this.number();
    }
  }

  private literal<T>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++, this.at++) {
      if (this.text.charAt(this.at) !== word.charAt(i)) this.fail(`in literal ${word} (expecting ${quoteCharacter(word.charAt(i))})`);
    }
    return value;
  }

  private object(depth: number): ParsedJson {
    const members: [string, ParsedJson][] = [];
    const object: Record<string, ParsedJson> = {};
    this.at++;
    this.skipSpace();
    if (this.text.charAt(this.at) === '}') this.at++;
    else this.members(depth, members);
    for (const [key, value] of members) setMember(object, key, value);
    if (Object.keys(object).length !== members.length) this.duplicates.set(object, members);
    return object;
  }

  private members(depth: number, members: [string, ParsedJson][]): void {
    for (;;) {
      this.skipSpace();
      if (this.text.charAt(this.at) !== '"') this.fail('looking for beginning of object key string');
      const key = this.string();
      this.skipSpace();
      if (this.text.charAt(this.at) !== ':') this.fail('after object key');
      this.at++;
      members.push([key, this.value(depth + 1)]);
      this.skipSpace();
      const next = this.text.charAt(this.at);
      if (next !== ',' && next !== '}') this.fail('after object key:value pair');
      this.at++;
      if (next === '}') return;
    }
  }

  private array(depth: number): ParsedJson {
    const items: ParsedJson[] = [];
    this.at++;
    this.skipSpace();
    if (this.text.charAt(this.at) === ']') {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value(depth + 1));
      this.skipSpace();
      const next = this.text.charAt(this.at);
      if (next !== ',' && next !== ']') this.fail('after array element');
      this.at++;
      if (next === ']') return items;
    }
  }

  private string(): string {
    const start = this.at++;
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c === quote) break;
      if (!(c >= 0x20)) this.fail('in string literal');
      this.at++;
      if (c === backslash) this.escape();
    }
    this.at++;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private escape(): void {
    const c = this.text.charAt(this.at);
    if (!'"\\/bfnrtu'.includes(c) || c === '') this.fail('in string escape code');
    this.at++;
    if (c !== 'u') return;
    for (let i = 0; i < 4; i++, this.at++) {
      if (!/[0-9a-fA-F]/.test(this.text.charAt(this.at))) this.fail('in \\u hexadecimal character escape');
    }
  }

  private number(): number | NumberText {
    const start = this.at;
    const negative = this.text.charAt(this.at) === '-';
    if (negative) this.at++;
    const first = this.text.charAt(this.at);
    if (!isDigit(first)) this.fail(negative ? 'in numeric literal' : 'looking for beginning of value');
    if (first === '0') this.at++;
    else this.digits();
    let plain = true;
    if (this.text.charAt(this.at) === '.') {
      plain = false;
      this.at++;
      if (!isDigit(this.text.charAt(this.at))) this.fail('after decimal point in numeric literal');
      this.digits();
    }
    if (/[eE]/.test(this.text.charAt(this.at))) {
      plain = false;
      this.at++;
      if (/[+-]/.test(this.text.charAt(this.at))) this.at++;
      if (!isDigit(this.text.charAt(this.at))) this.fail('in exponent of numeric literal');
      this.digits();
    }
    const digits = this.text.slice(start, this.at);
    return plain && digits.length <= 15 && digits !== '-0' ? Number(digits) : new NumberText(digits);
  }

  private digits(): void {
    while (isDigit(this.text.charAt(this.at))) this.at++;
  }
}

function isDigit(c: string): boolean {
  return c >= '0' && c <= '9' && c.length === 1;
}

/** Go looks at bytes: of a character beyond ASCII it sees the first byte of its UTF-8 form. */
function firstByte(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6));
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12));
  return String.fromCharCode(0xf0 | (code >> 18));
}

const namedCharacters: Readonly<Record<string, string>> = {
  "'": "\\'", '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f', '\v': '\\v', '\u0007': '\\a',
};

function quoteCharacter(c: string): string {
  const named = namedCharacters[c];
  if (named !== undefined) return `'${named}'`;
  const code = c.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  if (code >= 0x80 && code < 0xa1) return `'\\u${code.toString(16).padStart(4, '0')}'`;
  return `'${c}'`;
}
