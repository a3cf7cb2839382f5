// What the editor says of a kind that nobody serves: the schema alone would list every kind that there is.
import i18next from 'i18next';

/** A kind and where it is served. */
export interface KnownKind { readonly apiVersion: string; readonly kind: string }

/** The part of an editor's mark that matters here. Lines and columns count from 1. */
export interface Mark {
  readonly startLineNumber: number;
  readonly startColumn: number;
  readonly endLineNumber: number;
  readonly endColumn: number;
  readonly message: string;
  readonly code?: string | { readonly value: string };
}

/** The code of a value that is none of those allowed. */
const NOT_ALLOWED = '1';
const IDENTITY = /^(apiVersion|kind):[ \t]+(["']?)([^"'#\s]+)\2/;

interface Written { readonly value: string; readonly line: number; readonly column: number }

/** The apiVersion and kind of the document around a line, as written in block style. */
function identityAround(lines: readonly string[], line: number): { readonly apiVersion?: Written; readonly kind?: Written } {
  let first = line;
  while (first > 1 && !lines[first - 1]?.startsWith('---')) first--;
  const found: { apiVersion?: Written; kind?: Written } = {};
  for (let number = first; number <= lines.length; number++) {
    const text = lines[number - 1] ?? '';
    if (number > first && text.startsWith('---')) break;
    const match = IDENTITY.exec(text);
    if (match) found[match[1] === 'kind' ? 'kind' : 'apiVersion'] ??= { value: match[3] ?? '', line: number, column: text.indexOf(match[3] ?? '') + 1 };
  }
  return found;
}

const groupOf = (apiVersion: string): string => apiVersion.slice(0, Math.max(0, apiVersion.lastIndexOf('/')));

function explain(apiVersion: string, kind: string, known: readonly KnownKind[]): string {
  const say = (key: 'elsewhere' | 'others' | 'none', all: readonly string[]): string => i18next.t(`unknownKind.${key}`, { ns: 'editor', apiVersion, kind, all: [...new Set(all)].join(', ') });
  const others = known.filter((each) => each.apiVersion === apiVersion).map((each) => each.kind);
  const elsewhere = known.filter((each) => each.kind === kind && (others.length > 0 || groupOf(apiVersion) === '' || groupOf(each.apiVersion) === groupOf(apiVersion))).map((each) => each.apiVersion);
  if (elsewhere.length > 0) return say('elsewhere', elsewhere);
  return others.length > 0 ? say('others', others) : say('none', []);
}

/** The marks of a file; those about a kind that nobody serves become one for each document, at the kind, in plain words. */
export function withKindsExplained<M extends Mark>(marks: readonly M[], lines: () => readonly string[], known: readonly KnownKind[]): readonly M[] {
  const isCandidate = ({ code }: M): boolean => code === NOT_ALLOWED;
  if (!marks.some(isCandidate)) return marks;
  const all = lines();
  const explained = new Set<number>();
  return marks.flatMap((mark) => {
    if (!isCandidate(mark) || !IDENTITY.test(all[mark.startLineNumber - 1] ?? '')) return [mark];
    const { apiVersion, kind } = identityAround(all, mark.startLineNumber);
    if (!apiVersion || !kind || known.some((each) => each.apiVersion === apiVersion.value && each.kind === kind.value)) return [mark];
    if (explained.has(kind.line)) return [];
    explained.add(kind.line);
    const place = { startLineNumber: kind.line, endLineNumber: kind.line, startColumn: kind.column, endColumn: kind.column + kind.value.length };
    return [{ ...mark, ...place, message: explain(apiVersion.value, kind.value, known), source: '', code: '' }];
  });
}
