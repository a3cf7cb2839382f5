// The part of an object's YAML around one field, with that field's lines marked.
import { yamlText } from '../yaml-text.ts';

export interface ExcerptLine { readonly text: string; readonly marked: boolean; readonly absent: boolean }

type Key = string | number;

/** `spec.containers[0].resources.requests["cpu"]` → ['spec', 'containers', 0, 'resources', 'requests', 'cpu']. */
export function parsePath(path: string): readonly Key[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, plain]) => (quoted ?? (index === undefined ? plain ?? '' : Number(index))));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const childOf = (value: unknown, key: Key): unknown => (Array.isArray(value) ? value[Number(key)] : isRecord(value) ? value[String(key)] : undefined);
const NEIGHBOURS = 2;

/** Lines of a value as YAML. */
function yamlOf(value: unknown): readonly string[] {
  return yamlText(value).trimEnd().split('\n');
}

/** What tells an item of a list apart from the others: its name or key, shown above the field. */
function identity(item: unknown, next: Key | undefined): readonly string[] {
  if (!isRecord(item)) return [];
  return ['name', 'topologyKey', 'key'].filter((name) => name !== next && typeof item[name] === 'string').slice(0, 1).map((name) => `${name}: ${String(item[name])}`);
}

function scalarNeighbours(parent: unknown, key: Key): { readonly before: readonly string[]; readonly after: readonly string[] } {
  if (!isRecord(parent)) return { before: [], after: [] };
  const keys = Object.keys(parent);
  const at = keys.indexOf(String(key));
  const show = (names: readonly string[]): readonly string[] => names.filter((name) => typeof parent[name] !== 'object').flatMap((name) => yamlOf({ [name]: parent[name] }));
  return at === -1 ? { before: show(keys.slice(-NEIGHBOURS)), after: [] } : { before: show(keys.slice(Math.max(0, at - NEIGHBOURS), at)), after: show(keys.slice(at + 1, at + 1 + NEIGHBOURS)) };
}

/** The excerpt around `path`; a field that the object does not have stands there as absent. */
export function excerpt(object: unknown, path: string): readonly ExcerptLine[] {
  const keys = parsePath(path);
  const lines: ExcerptLine[] = [];
  let indent = '';
  const add = (texts: readonly string[], marked: boolean, absent = false): void => { for (const text of texts) lines.push({ text: indent + text, marked, absent }); };
  let value: unknown = object;
  for (const [depth, key] of keys.entries()) {
    const inside = childOf(value, key);
    const last = depth === keys.length - 1;
    if (last || inside === undefined) {
      const shown = typeof key === 'number' ? [] : scalarNeighbours(value, key);
      const { before, after } = 'before' in shown ? shown : { before: [], after: [] };
      add(before, false);
      if (inside === undefined) add([`${keys.slice(depth).filter((each) => typeof each === 'string').join('.')}:`], true, true);
      else add(typeof key === 'number' ? yamlOf([inside]) : yamlOf({ [key]: inside }), true);
      add(after, false);
      return lines;
    }
    if (typeof key === 'number') {
      const [first, ...rest] = identity(inside, keys[depth + 1]);
      if (first === undefined) add(['-'], false);
      else add([`- ${first}`], false);
      indent += '  ';
      add(rest, false);
    } else {
      add([`${/^[\w./-]+$/.test(key) ? key : JSON.stringify(key)}:`], false);
      indent += typeof keys[depth + 1] === 'number' ? '' : '  ';
    }
    value = inside;
  }
  return lines;
}

/** The excerpts of several fields one after the other, each line once. */
export function excerpts(object: unknown, paths: readonly string[]): readonly ExcerptLine[] {
  const [first, ...others] = [...new Set(paths)];
  if (first === undefined) return [];
  const lines = [...excerpt(object, first)];
  for (const path of others) {
    const more = excerpt(object, path);
    let shared = 0;
    while (shared < more.length && lines.some((line) => line.text === more[shared]?.text && !line.marked) && !more[shared]?.marked) shared++;
    lines.push(...more.slice(shared));
  }
  return lines;
}
