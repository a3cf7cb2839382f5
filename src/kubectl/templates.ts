// -o jsonpath and -o custom-columns (models client-go's util/jsonpath and kubectl's pkg/cmd/get/customcolumn).
import type { Json } from '../sim/api/generated/types.ts';
import { parseJsonPath } from '../sim/api/json-path.ts';
import { alignedLines } from './table-text.ts';

type Part = { readonly text: string } | { readonly path: string } | { readonly range: string; readonly parts: readonly Part[] };

const EXPRESSION = /\{((?:"(?:\\.|[^"\\])*"|'[^']*'|[^{}"'])*)\}/g;

/** What a jsonpath template makes of a value; undefined if it cannot be read. */
export function fillTemplate(template: string, value: Json): string | undefined {
  const read = readParts(tokens(template));
  return read && fill(read.parts, value);
}

type Token = { readonly text: string } | { readonly expression: string };

function tokens(template: string): readonly Token[] {
  const found: Token[] = [];
  let at = 0;
  for (const match of template.matchAll(EXPRESSION)) {
    if (match.index > at) found.push({ text: template.slice(at, match.index) });
    found.push({ expression: (match[1] ?? '').trim() });
    at = match.index + match[0].length;
  }
  if (at < template.length) found.push({ text: template.slice(at) });
  return found;
}

/** The parts up to the end of a range, and how many tokens they took. */
function readParts(all: readonly Token[], from = 0): { readonly parts: readonly Part[]; readonly next: number } | undefined {
  const parts: Part[] = [];
  for (let i = from; i < all.length; i++) {
    const token = all[i];
    if (!token) break;
    if ('text' in token) parts.push(token);
    else if (token.expression === 'end') return { parts, next: i };
    else if (token.expression.startsWith('range ')) {
      const inner = readParts(all, i + 1);
      if (!inner) return undefined;
      parts.push({ range: token.expression.slice('range '.length).trim(), parts: inner.parts });
      i = inner.next;
    } else if (token.expression.startsWith('"')) parts.push({ text: JSON.parse(token.expression) as string });
    else if (parseJsonPath(token.expression) === undefined) return undefined;
    else parts.push({ path: token.expression });
  }
  return { parts, next: all.length };
}

function fill(parts: readonly Part[], value: Json): string {
  return parts.map((part) => {
    if ('text' in part) return part.text;
    if ('path' in part) return find(part.path, value).map(shown).join(' ');
    return find(part.range, value).map((each) => fill(part.parts, each)).join('');
  }).join('');
}

const find = (path: string, value: Json): readonly Json[] => parseJsonPath(path)?.(value) ?? [];
const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(sortedKeys(value)));

/** Members in the order of their names, as Go writes maps. */
export function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sortedKeys(each)]));
}

/** A table of paths: `NAME:.metadata.name,NODE:.spec.nodeName`. */
export function customColumns(spec: string, objects: readonly Json[], headers: boolean): readonly string[] {
  const columns = spec.split(',').map((column) => ({ name: column.slice(0, column.indexOf(':')), path: column.slice(column.indexOf(':') + 1).replace(/^\{(.*)\}$/, '$1') }));
  const rows = objects.map((object) => columns.map(({ path }) => {
    const values = find(path.startsWith('.') ? path : `.${path}`, object);
    return values.length === 0 ? '<none>' : values.map(shown).join(',');
  }));
  return alignedLines(headers ? [columns.map(({ name }) => name), ...rows] : rows);
}
