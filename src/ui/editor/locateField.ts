// From a field that the API server names to the place in the text that the visitor wrote.
import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml';
import { parseFieldPath, type PathStep } from './fieldPath.ts';

/** Lines and columns count from 1; the end column is one past the last character, as in Monaco. */
export interface TextRange {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}
export interface Located extends TextRange {
  /** False where the field itself is not in the text and its nearest parent is marked. */
  readonly exact: boolean;
}

/** A document as a slice of the file. */
interface Slice {
  readonly start: number;
  readonly end: number;
}

/** Beyond this, parsing one document would make the page wait; its first line is marked instead. */
const PARSE_LIMIT = 1_000_000;

/**
 * The documents of a YAML stream as slices of it, counted as the `yaml` library counts them: what stands before the
 * first `---` is a document only if it has more than comments and directives.
 */
export function splitDocuments(text: string): readonly Slice[] {
  const slices: Slice[] = [];
  let start = 0;
  let marked = false;
  const close = (end: number): void => {
    if (marked || /^(?!\s*(#|%|\.\.\.|$)).*\S/m.test(text.slice(start, end))) slices.push({ start, end });
  };
  for (const match of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    close(match.index);
    start = match.index;
    marked = true;
  }
  close(text.length);
  return slices;
}

interface Found {
  readonly node: Node | null;
  /** The key that leads to the node, absent for entries of lists and the root. */
  readonly key?: Node;
}

function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function matches(entry: unknown, fields: Readonly<Record<string, string>>): boolean {
  return isMap(entry) && Object.entries(fields).every(([name, value]) => String(entry.get(name)) === value);
}

/** One step down from a node; undefined where there is nothing of that name. */
function step(node: Node | null, next: PathStep): Found | undefined {
  switch (next.kind) {
    case 'key': {
      if (!isMap(node)) return undefined;
      const pair = node.items.find((item) => keyText(item) === next.key);
      return pair && { node: isNode(pair.value) ? pair.value : null, ...(isNode(pair.key) && { key: pair.key }) };
    }
    case 'index': {
      const entry = isSeq(node) ? node.items[next.index] : undefined;
      return isNode(entry) ? { node: entry } : undefined;
    }
    case 'match': {
      const entry = isSeq(node) ? node.items.find((item) => matches(item, next.fields)) : undefined;
      return isNode(entry) ? { node: entry } : undefined;
    }
  }
}

/** What to underline: a short value itself, else the key of a block, else the entry's first line. */
function offsetsOf({ node, key }: Found): readonly [number, number] | undefined {
  if ((isScalar(node) || isAlias(node)) && node.range && node.range[1] > node.range[0]) return [node.range[0], node.range[1]];
  const marked = key ?? node;
  return marked?.range ? [marked.range[0], marked.range[1]] : undefined;
}

function firstLineOf(text: string, slice: Slice): readonly [number, number] {
  const body = text.slice(slice.start, slice.end);
  const line = /^(?!---)[ \t]*[^\s#].*$/m.exec(body);
  const start = slice.start + (line?.index ?? 0);
  return [start, start + (line?.[0].trimEnd().length ?? 3)];
}

/** Line and column of an offset, without a table of all lines. */
function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

/** A range that ends where its first line ends, if it would go on: a mark over many lines says nothing. */
function rangeOf(text: string, [start, end]: readonly [number, number], exact: boolean): Located {
  const lineEnd = text.indexOf('\n', start);
  const stop = Math.max(start + 1, lineEnd === -1 ? end : Math.min(end, lineEnd));
  const from = positionAt(text, start);
  return { startLine: from.line, startColumn: from.column, endLine: from.line, endColumn: from.column + (stop - start), exact };
}

/**
 * Where in `text` the field `fieldPath` of the document `documentIndex` (from 0) stands: its value, or its key where
 * the value is a block, or its nearest parent where it is missing, or the document's first line.
 * Undefined only when the file has no such document.
 */
export function locateField(text: string, documentIndex: number, fieldPath: string): Located | undefined {
  const slice = splitDocuments(text)[documentIndex];
  if (slice === undefined) return undefined;
  const wholeDocument = rangeOf(text, firstLineOf(text, slice), fieldPath === '');
  if (fieldPath === '' || slice.end - slice.start > PARSE_LIMIT) return wholeDocument;
  const { contents } = parseDocument(text.slice(slice.start, slice.end), { logLevel: 'silent', uniqueKeys: false });
  let found: Found = { node: contents };
  let best: Found | undefined;
  let exact = true;
  for (const next of parseFieldPath(fieldPath)) {
    const below = step(found.node, next);
    if (below === undefined) {
      exact = false;
      break;
    }
    found = below;
    best = below;
  }
  const offsets = best && offsetsOf(best);
  if (offsets === undefined) return { ...wholeDocument, exact: false };
  return rangeOf(text, [offsets[0] + slice.start, offsets[1] + slice.start], exact);
}
