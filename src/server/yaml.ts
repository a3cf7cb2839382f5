import { LineCounter, isCollection, isMap, isScalar, parseDocument, visit } from 'yaml';
import type { Document, YAMLParseError } from 'yaml';
import type { Json } from '../sim/api/generated/types.ts';
import { documentOf } from '../sim/api/go-json.ts';
import type { YamlReader } from '../sim/apiserver/http/request.ts';
import { jsonTags } from '../kubectl/manifest.ts';

const MAX_ALIASES = 100;
/** Real objects are a dozen levels deep; Go gives up at 10,000, where a reader that recurses has long run out of stack. */
const MAX_DEPTH = 1_000;
const TOO_DEEP = 'yaml: exceeded max depth of 10000';
const CONTROL = /(?![\t\n\r\x85])\p{Cc}|[\ufffe\uffff]/u;

/** Reads a YAML body as sigs.k8s.io/yaml does: YAML 1.1, the first document, and keys that stand twice are told, not refused. */
export const readYaml: YamlReader = (text) => {
  if (CONTROL.test(text)) return { ok: false, message: 'yaml: control characters are not allowed' };
  if (isDeep(text)) return { ok: false, message: TOO_DEEP };
  const lines = new LineCounter();
  const parsed = parseDocument(text, { version: '1.1', customTags: jsonTags, lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  const error = parsed.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (error) return { ok: false, message: `yaml: ${problemOf(error, text, lines)}` };
  const cyclic = cyclicAnchor(parsed);
  if (cyclic !== undefined) return { ok: false, message: `yaml: anchor '${cyclic}' value contains itself` };
  const errors = repeatedKeys(parsed, lines);
  try {
    return { ok: true, document: documentOf((parsed.toJS({ maxAliasCount: MAX_ALIASES }) ?? null) as Json), errors };
  } catch (thrown) {
    const anchor = /^Unresolved alias .*: (.*)$/.exec(thrown instanceof Error ? thrown.message : '')?.[1];
    return { ok: false, message: anchor === undefined ? 'yaml: document contains excessive aliasing' : `yaml: unknown anchor '${anchor}' referenced` };
  }
};

/** Whether brackets or indentation nest deeper than anything reasonable; a cheap bound, not the exact depth. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return /^(?:[-?] ?){500}/m.test(text) || new RegExp(`^ {${MAX_DEPTH * 2}}`, 'm').test(text);
}

function repeatedKeys(parsed: Document.Parsed, lines: LineCounter): readonly string[] {
  const errors: string[] = [];
  visit(parsed, {
    Map: (_key, map) => {
      if (!isMap(map)) return;
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) errors.push(`line ${lines.linePos(key.range?.[0] ?? 0).line}: key "${name}" already set in map`);
        seen.add(name);
      }
    },
  });
  return errors;
}

/** The name of an anchor that is used inside of what it stands for. */
function cyclicAnchor(parsed: Document.Parsed): string | undefined {
  let found: string | undefined;
  visit(parsed, {
    Alias: (_key, { source }, path) => {
      if (!path.some((node) => isCollection(node) && node.anchor === source)) return undefined;
      found = source;
      return visit.BREAK;
    },
  });
  return found;
}

const CANNOT_START = 'found character that cannot start any token';

/** An error in Go's words. Its reader names the line of what it was in the middle of, unless that began on the first line. */
function problemOf({ code, message, pos }: YAMLParseError, text: string, lines: LineCounter): string {
  const line = lines.linePos(pos[0]).line - 1;
  const last = text.split('\n').length - 1;
  switch (code) {
    case 'TAB_AS_INDENT': {
      const before = text.split('\n')[line - 1] ?? '';
      if (/(^|[:-])\s*$/.test(before)) return scanned(line, line, CANNOT_START);
      return scanned(line - 1, line, 'found a tab character that violates indentation');
    }
    case 'BLOCK_AS_IMPLICIT_KEY': return scanned(line, line, 'mapping values are not allowed in this context');
    case 'BAD_DQ_ESCAPE': return scanned(line, line, 'found unknown escape character');
    case 'BAD_SCALAR_START': return scanned(line, line, CANNOT_START);
    case 'MISSING_CHAR': {
      if (message.includes('quote')) return scanned(openQuoteLine(text, pos[0]), last, 'found unexpected end of stream');
      if (message.includes('Implicit map keys')) return scanned(line, line + 1, "could not find expected ':'");
      if (message.includes('end with')) return parsedAt(line, last, `did not find expected ',' or '${message.at(-1) ?? ''}'`);
      return parsedAt(line, line, 'did not find expected key');
    }
    case 'BAD_INDENT': return message.includes('Flow') ? parsedAt(line, line, "did not find expected ',' or '}'") : parsedAt(0, line, 'did not find expected key');
    default: return parsedAt(0, line, 'did not find expected key');
  }
}

/** The scanner counts on to the next line before it gives up. Lines count from 0. */
function scanned(context: number, problem: number, message: string): string {
  const line = context || problem;
  return line === 0 ? message : `line ${line + 1}: ${message}`;
}

function parsedAt(context: number, problem: number, message: string): string {
  const line = context || problem;
  return line === 0 ? message : `line ${line}: ${message}`;
}

/** The line on which the text that ends at `offset` without its closing quote began. */
function openQuoteLine(text: string, offset: number): number {
  const quote = Math.max(text.lastIndexOf('"', offset - 1), text.lastIndexOf("'", offset - 1));
  return quote < 0 ? 0 : text.slice(0, quote).split('\n').length - 1;
}
