import { LineCounter, isMap, isScalar, parseAllDocuments, visit } from 'yaml';
import type { Document, Tags } from 'yaml';
import type { JsonObject } from '../sim/api/generated/types.ts';
import type { FieldProblem, FileText } from './messages.ts';

/** One YAML document (or JSON object) of a file. */
export interface ManifestDocument { readonly file: string; readonly document: number; readonly object: JsonObject }
export interface Manifest { readonly documents: readonly ManifestDocument[]; readonly problems: readonly FieldProblem[] }

/** Far above any real manifest; the API server itself refuses objects over 3 MiB. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;
const MAX_DOCUMENTS = 20_000;
const MAX_ALIASES = 100;
const MAX_NESTING = 200;

/**
 * Reads a file as kubectl does: documents up to the first broken one are kept (kubectl applies them), and the broken
 * one becomes a problem with line and column. YAML 1.1 as in sigs.k8s.io/yaml: `y`, `on` and `0777` are not strings.
 */
export function parseManifest(file: FileText): Manifest {
  const refuse = (message: string, line = 0, column = 0, document = 0): Manifest =>
    ({ documents: [], problems: [{ file: file.name, document, object: '', field: '', message, line, column }] });
  if (file.text.length > MAX_TEXT_BYTES) return refuse(`error: ${file.name} is larger than 8 MiB: split it into smaller files`);
  const control = controlCharacter(file.text);
  if (control) return refuse(`error: error parsing ${file.name}: yaml: line ${control.line}: control characters are not allowed`, control.line, control.column);
  if ((file.text.match(/^---/gm)?.length ?? 0) > MAX_DOCUMENTS) return refuse(`error: ${file.name} has more than ${MAX_DOCUMENTS} documents: split it into smaller files`);
  if (tooDeep(file.text)) return refuse(`error: error parsing ${file.name}: yaml: exceeded max depth of ${MAX_NESTING}`);
  const lines = new LineCounter();
  const parsed = parseAllDocuments(file.text, { version: '1.1', customTags: jsonTags, lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  return 'empty' in parsed ? { documents: [], problems: [] } : collect(file, parsed, lines);
}

function collect(file: FileText, parsed: readonly Document.Parsed[], lines: LineCounter): Manifest {
  const documents: ManifestDocument[] = [];
  for (const [index, doc] of parsed.entries()) {
    const problem = problemOf(file, index, doc, lines);
    if (problem) return { documents, problems: [problem] };
    if (doc.contents === null || (isScalar(doc.contents) && doc.contents.value === null)) continue;
    documents.push(...itemsOf(file.name, index, doc.toJS({ maxAliasCount: MAX_ALIASES }) as JsonObject));
  }
  return { documents, problems: [] };
}

/** `kind: List` stands for its items. */
function itemsOf(file: string, document: number, object: JsonObject): readonly ManifestDocument[] {
  if (object['kind'] !== 'List' || !Array.isArray(object['items'])) return [{ file, document, object }];
  return (object['items'] as readonly JsonObject[]).map((item) => ({ file, document, object: item }));
}

function problemOf(file: FileText, document: number, doc: Document.Parsed, lines: LineCounter): FieldProblem | undefined {
  const at = (offset: number, text: string): FieldProblem => {
    const { line, col } = lines.linePos(offset);
    return { file: file.name, document, object: '', field: '', line, column: col, message: `error: error parsing ${file.name}: error converting YAML to JSON: yaml: line ${line}: ${text}` };
  };
  const error = doc.errors[0];
  if (error) return at(error.pos[0], error.message.toLowerCase().replace(/\.$/, ''));
  if (doc.contents && !isMap(doc.contents) && !(isScalar(doc.contents) && doc.contents.value === null)) {
    return at(doc.contents.range[0], 'the document is not a mapping: an object begins with "apiVersion:" and "kind:"');
  }
  const twice = duplicateKey(doc);
  if (twice) return at(twice.offset, `mapping key "${twice.key}" already defined`);
  const bomb = aliasBomb(doc);
  return bomb === undefined ? undefined : at(bomb, 'document contains excessive aliasing');
}

/** The library's own check compares every key with every other, which takes minutes on a large map. */
function duplicateKey(doc: Document.Parsed): { readonly key: string; readonly offset: number } | undefined {
  let found: { readonly key: string; readonly offset: number } | undefined;
  visit(doc, {
    Map: (_key, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name) && name !== '<<') {
          found = { key: name, offset: key.range?.[0] ?? 0 };
          return visit.BREAK;
        }
        seen.add(name);
      }
      return undefined;
    },
  });
  return found;
}

/** Offset of an alias where expanding all of them would make too much; toJS would otherwise throw without a position. */
function aliasBomb(doc: Document.Parsed): number | undefined {
  let first: number | undefined;
  let aliases = 0;
  visit(doc, { Alias: (_key, node) => { aliases++; first ??= node.range?.[0] ?? 0; } });
  if (aliases === 0) return undefined;
  try {
    doc.toJS({ maxAliasCount: MAX_ALIASES });
    return undefined;
  } catch {
    return first;
  }
}

function controlCharacter(text: string): { readonly line: number; readonly column: number } | undefined {
  // Everything below space but tab, line feed and carriage return, and U+FFFD from undecodable bytes.
  for (let i = 0, line = 1, start = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10) { line++; start = i + 1; continue; }
    if ((code < 32 && code !== 9 && code !== 13) || code === 127 || code === 0xfffd) return { line, column: i - start + 1 };
  }
  return undefined;
}

/** Flow collections or indentation nested so deeply that a recursive parser would run out of stack. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 91 || c === 123) { if (++depth > MAX_NESTING) return true; }
    else if (c === 93 || c === 125) depth = Math.max(0, depth - 1);
    else if (c === 10) { if (text.charCodeAt(i + 1) > 32) depth = 0; }
  }
  return /^(?: {2,}|- ){200,}/m.test(text);
}

/** YAML 1.1's dates, base-60 numbers, sets and binaries stay strings, as in Go's JSON conversion. */
export function jsonTags(tags: Tags): Tags {
  const dropped = ['timestamp', 'binary', 'set', 'omap', 'pairs'];
  return tags.filter((tag) => typeof tag !== 'string' && !('format' in tag && tag.format === 'TIME') && !dropped.some((name) => tag.tag.endsWith(`:${name}`)));
}

