// Sets of field paths (models structured-merge-diff's fieldpath.Set and the FieldsV1 format).
import type { Json, JsonObject } from '../../api/generated/types.ts';
import { goJson, goQuote, goValue } from '../../api/go-format.ts';

/** One step of a path as FieldsV1 writes it: `f:name`, `k:{"name":"app"}`, `v:"x"`, `i:0`. */
export type PathElement = string;
export type Path = readonly PathElement[];

/**
 * A set of paths as a tree: `members` are the paths that end here, `children` those that go on. Only whoever builds a set
 * changes it; no child is empty.
 */
export class FieldSet {
  readonly members = new Set<PathElement>();
  readonly children = new Map<PathElement, FieldSet>();

  get empty(): boolean {
    return this.members.size === 0 && this.children.size === 0;
  }

  /** For building. */
  setChild(element: PathElement, child: FieldSet | undefined): void {
    if (child && !child.empty) this.children.set(element, child);
  }
}

export const EMPTY_SET = new FieldSet();

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

export function setOf(...paths: readonly Path[]): FieldSet {
  const set = new FieldSet();
  for (const path of paths) insert(set, path);
  return set;
}

function insert(set: FieldSet, path: Path): void {
  let at = set;
  path.forEach((element, i) => {
    if (i === path.length - 1) {
      at.members.add(element);
      return;
    }
    let next = at.children.get(element);
    if (!next) at.children.set(element, next = new FieldSet());
    at = next;
  });
}

export function has(set: FieldSet, [element, ...rest]: Path): boolean {
  if (element === undefined) return false;
  if (rest.length === 0) return set.members.has(element);
  const child = set.children.get(element);
  return child !== undefined && has(child, rest);
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a.empty) return b;
  if (b.empty) return a;
  const out = new FieldSet();
  for (const member of a.members) out.members.add(member);
  for (const member of b.members) out.members.add(member);
  for (const [element, child] of a.children) out.children.set(element, union(child, b.children.get(element) ?? EMPTY_SET));
  for (const [element, child] of b.children) if (!a.children.has(element)) out.children.set(element, child);
  return out;
}

/** The paths of `a` that are not in `b`; what lies below a path of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (a.empty || b.empty) return a;
  const out = new FieldSet();
  for (const member of a.members) if (!b.members.has(member)) out.members.add(member);
  for (const [element, child] of a.children) out.setChild(element, difference(child, b.children.get(element) ?? EMPTY_SET));
  return out;
}

/** The paths of `a` that are neither in `b` nor below a path of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (a.empty || b.empty) return a;
  const out = new FieldSet();
  for (const member of a.members) if (!b.members.has(member)) out.members.add(member);
  for (const [element, child] of a.children) {
    if (!b.members.has(element)) out.setChild(element, recursiveDifference(child, b.children.get(element) ?? EMPTY_SET));
  }
  return out;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const out = new FieldSet();
  for (const member of a.members) if (b.members.has(member)) out.members.add(member);
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (other) out.setChild(element, intersection(child, other));
  }
  return out;
}

/** All paths, those that end first before those that go on, each in the order of their elements. */
export function pathsOf(set: FieldSet): readonly Path[] {
  const out: Path[] = [];
  const walk = (at: FieldSet, prefix: Path): void => {
    for (const member of sorted(at.members)) out.push([...prefix, member]);
    for (const element of sorted(at.children.keys())) walk(at.children.get(element) ?? EMPTY_SET, [...prefix, element]);
  };
  walk(set, []);
  return out;
}

/** As in messages: `.spec.template.spec.containers[name="app"].image`. */
export function pathText(path: Path): string {
  return path.map(elementText).join('');
}

export function elementText(element: PathElement): string {
  const rest = element.slice(2);
  switch (element.charAt(0)) {
    case 'f': return `.${rest}`;
    case 'k': return `[${Object.entries(JSON.parse(rest) as JsonObject).map(([name, value]) => `${name}=${valueText(value ?? null)}`).join(',')}]`;
    case 'v': return `[=${valueText(JSON.parse(rest) as Json)}]`;
    default: return `[${rest}]`;
  }
}

function valueText(value: Json): string {
  return value === null ? 'null' : typeof value === 'string' ? goQuote(value) : goValue(value);
}

/** FieldsV1. */
export function toFields(set: FieldSet): JsonObject {
  const out: Record<string, Json> = {};
  for (const element of sorted(new Set([...set.members, ...set.children.keys()]))) {
    const child = set.children.get(element);
    const member = set.members.has(element);
    out[element] = child ? { ...(member ? { '.': {} } : {}), ...toFields(child) } : {};
  }
  return out;
}

/** Reads FieldsV1; undefined if it is malformed. */
export function fromFields(fields: JsonObject): FieldSet | undefined {
  const out = new FieldSet();
  for (const [element, value] of Object.entries(fields)) {
    if (element === '.') continue;
    if (!/^(?:[fkvi]):/.test(element) || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const inner = value as JsonObject;
    const child = fromFields(inner);
    if (!child) return undefined;
    if (child.empty || inner['.'] !== undefined) out.members.add(element);
    out.setChild(element, child);
  }
  return out;
}

const ranks = 'fkvi';

/** Fields by name, then keys, values and indexes by what they hold (models PathElement.Compare). */
function compareElements(a: PathElement, b: PathElement): number {
  const rank = ranks.indexOf(a.charAt(0)) - ranks.indexOf(b.charAt(0));
  if (rank !== 0) return rank;
  if (a.startsWith('f:')) return compareScalars(a, b);
  const left = JSON.parse(a.slice(2)) as Json;
  const right = JSON.parse(b.slice(2)) as Json;
  return a.startsWith('k:') ? compareKeys(left as JsonObject, right as JsonObject) : compareScalars(left, right);
}

function compareKeys(a: JsonObject, b: JsonObject): number {
  const left = Object.entries(a);
  const right = Object.entries(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [name = '', value = null] = left[i] ?? [];
    const [otherName = '', otherValue = null] = right[i] ?? [];
    const order = compareScalars(name, otherName) || compareScalars(value, otherValue);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Numbers before strings before booleans. */
function compareScalars(a: Json, b: Json): number {
  const kinds = ['number', 'string', 'boolean'];
  const kind = kinds.indexOf(typeof a) - kinds.indexOf(typeof b);
  if (kind !== 0) return kind;
  return a === b ? 0 : (a as string) < (b as string) ? -1 : 1;
}

function sorted(elements: Iterable<PathElement>): readonly PathElement[] {
  return [...elements].sort(compareElements);
}

/** The element of a list item that its keys name. */
export function keyElement(keys: readonly (readonly [string, Json])[]): PathElement {
  return `k:${goJson(Object.fromEntries([...keys].sort(([a], [b]) => (a < b ? -1 : 1))))}`;
}

export function valueElement(value: Json): PathElement {
  return `v:${goJson(value)}`;
}
