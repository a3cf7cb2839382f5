// Objects seen through their schema: which fields they have, how two of them differ, merging, and taking fields away
// (models structured-merge-diff's typed package).
import { jsonEqual } from '../../api/patch.ts';
import type { Json, JsonObject } from '../../api/generated/types.ts';
import type { Field, Schema } from '../../api/schema.ts';
import { EMPTY_SET, FieldSet, fieldElement, keyElement, valueElement } from './field-set.ts';
import type { PathElement } from './field-set.ts';

/** A schema with what the field says about lists. */
export type TypeRef = Pick<Field, 'schema' | 'listType' | 'listMapKeys'>;

const NO_KEYS: readonly string[] = [];
const references = new WeakMap<Schema, TypeRef>();

export function typeOf(schema: Schema): TypeRef {
  let type = references.get(schema);
  if (!type) references.set(schema, type = { schema, listType: undefined, listMapKeys: NO_KEYS });
  return type;
}

export type Shape = 'map' | 'list' | 'scalar' | 'atomic';

/** How a value of the type is taken apart. Free-form JSON has the shape of its value, its lists in one piece. */
export function shapeOf({ schema, listType }: TypeRef, value: Json | undefined): Shape {
  switch (schema.type) {
    case 'struct': case 'map': return schema.mapType === 'atomic' ? 'atomic' : 'map';
    case 'array': return listType === 'map' || listType === 'set' ? 'list' : 'atomic';
    case 'any': return Array.isArray(value) ? 'atomic' : typeof value === 'object' && value !== null ? 'map' : 'scalar';
    default: return 'scalar';
  }
}

/** The type of a member of a map; undefined for a field that a struct does not have. */
export function memberType({ schema }: TypeRef, name: string): TypeRef | undefined {
  switch (schema.type) {
    case 'struct': case 'map': return schema.fields.get(name) ?? (schema.items && typeOf(schema.items));
    default: return typeOf(schema);
  }
}

function itemType({ schema }: TypeRef): TypeRef {
  return typeOf(schema.items ?? schema);
}

function isNamed({ schema }: TypeRef, name: string): boolean {
  return schema.type === 'struct' && schema.fields.has(name);
}

export function membersOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value as JsonObject : NO_MEMBERS;
}
const NO_MEMBERS: JsonObject = {};
const NO_ITEMS: readonly Json[] = [];

function itemsOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : NO_ITEMS;
}

/** The path element of a list's item, or why it has none. */
export function itemElement({ schema, listType, listMapKeys }: TypeRef, item: Json): PathElement | { readonly error: string } {
  if (listType === 'set') {
    if (item === null) return { error: "associative list without keys has an element that's an explicit null" };
    if (Array.isArray(item)) return { error: 'not supported: associative list with lists as elements' };
    return typeof item === 'object' ? { error: "associative list without keys has an element that's a map type" } : valueElement(item);
  }
  if (item === null) return { error: 'associative list with keys may not have a null element' };
  if (typeof item !== 'object' || Array.isArray(item)) return { error: 'associative list with keys may not have non-map elements' };
  const keys: (readonly [string, Json])[] = [];
  for (const name of listMapKeys) {
    const value = (item as JsonObject)[name] ?? schema.items?.fields.get(name)?.defaultValue;
    if (value !== undefined) keys.push([name, value]);
  }
  if (keys.length > 0) return keyElement(keys);
  return { error: `associative list with keys has an element that omits all key fields [${listMapKeys.map((key) => `"${key}"`).join(' ')}] (and doesn't have default values for any key fields)` };
}

/** The items of a list by path element; items that cannot be named are left out. */
function itemsByElement(type: TypeRef, list: readonly Json[]): ReadonlyMap<PathElement, readonly Json[]> {
  const out = new Map<PathElement, Json[]>();
  for (const item of list) {
    const element = itemElement(type, item);
    if (typeof element !== 'string') continue;
    const same = out.get(element);
    if (same) same.push(item);
    else out.set(element, [item]);
  }
  return out;
}

// ---- fields ----

/** The fields that a value sets. */
export function fieldsOf(value: Json, type: TypeRef): FieldSet {
  const out = new FieldSet();
  collect(value, type, out);
  return out;
}

/** Adds what is below a value; true if the value itself is a field. */
function collect(value: Json, type: TypeRef, out: FieldSet): boolean {
  switch (shapeOf(type, value)) {
    case 'scalar': case 'atomic': return true;
    case 'list': {
      for (const [element, items] of itemsByElement(type, itemsOf(value))) {
        out.members.add(element);
        if (items.length === 1) out.setChild(element, collected(items[0] ?? null, itemType(type)));
      }
      return false;
    }
    case 'map': {
      const members = membersOf(value);
      for (const name of Object.keys(members)) collectMember(name, members[name], type, out);
      return false;
    }
  }
}

function collected(value: Json, type: TypeRef): FieldSet {
  const child = new FieldSet();
  collect(value, type, child);
  return child;
}

function collectMember(name: string, value: Json | undefined, type: TypeRef, out: FieldSet): void {
  const member = memberType(type, name);
  if (value === undefined || !member) return;
  const child = new FieldSet();
  const itself = collect(value, member, child);
  const element = fieldElement(name);
  if (itself || value === null || isEmptyMap(value) || !isNamed(type, name)) out.members.add(element);
  out.setChild(element, child);
}

function isEmptyMap(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

// ---- comparing ----

/** What changed on the way from one object to another. */
export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

export function compare(before: Json, after: Json, type: TypeRef): Comparison {
  const out = { removed: new FieldSet(), modified: new FieldSet(), added: new FieldSet() };
  compareInside(before, after, type, out);
  return out;
}

type Change = keyof Comparison;

/** Notes what differs below a value; the result is how the value itself changed. */
function compareInside(before: Json | undefined, after: Json | undefined, type: TypeRef, out: Comparison): Change | undefined {
  if (before === after) return undefined;
  const whole: Change | undefined = before === undefined ? 'added' : after === undefined ? 'removed' : undefined;
  const shape = shapeOf(type, before ?? after);
  if (shape === 'scalar' || shape === 'atomic' || bothEmpty(before, after)) {
    return whole ?? (jsonEqual(before, after) ? undefined : 'modified');
  }
  if (shape === 'list') compareItems(before, after, type, out);
  else compareMembers(before, after, type, out);
  return whole;
}

function bothEmpty(before: Json | undefined, after: Json | undefined): boolean {
  return isEmpty(before) && isEmpty(after);
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || (Array.isArray(value) ? value.length === 0 : isEmptyMap(value));
}

function compareMembers(before: Json | undefined, after: Json | undefined, type: TypeRef, out: Comparison): void {
  const left = membersOf(before);
  const right = membersOf(after);
  const compareMember = (name: string): void => {
    const member = memberType(type, name);
    if (left[name] !== right[name] && member) note(fieldElement(name), left[name], right[name], member, out);
  };
  for (const name of Object.keys(left)) compareMember(name);
  for (const name of Object.keys(right)) if (left[name] === undefined) compareMember(name);
}

/** Items that share an element are compared as one. */
function compareItems(before: Json | undefined, after: Json | undefined, type: TypeRef, out: Comparison): void {
  const left = itemsByElement(type, itemsOf(before));
  const right = itemsByElement(type, itemsOf(after));
  const item = itemType(type);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const old = left.get(element) ?? NO_ITEMS;
    const now = right.get(element) ?? NO_ITEMS;
    if (old.length <= 1 && now.length <= 1) note(element, old[0], now[0], item, out);
    else if (old.length >= 2 && now.length >= 2) {
      if (!jsonEqual(old, now)) out.modified.members.add(element);
    } else if (old.length >= 2) {
      if (now.length > 0) note(element, undefined, now[0], item, out);
      out.removed.members.add(element);
    } else {
      if (old.length > 0) note(element, old[0], undefined, item, out);
      out.added.members.add(element);
    }
  }
}

function note(element: PathElement, before: Json | undefined, after: Json | undefined, type: TypeRef, out: Comparison): void {
  const inside: Comparison = { removed: new FieldSet(), modified: new FieldSet(), added: new FieldSet() };
  const change = compareInside(before, after, type, inside);
  if (change) out[change].members.add(element);
  out.removed.setChild(element, inside.removed);
  out.modified.setChild(element, inside.modified);
  out.added.setChild(element, inside.added);
}

// ---- merging ----

/** The live value with what the configuration sets; undefined if nothing is left. */
export function merge(live: Json | undefined, config: Json | undefined, type: TypeRef): Json | undefined {
  if (config === undefined || live === config) return live;
  const shape = shapeOf(type, config ?? live);
  if (live === undefined || shape === 'scalar' || shape === 'atomic' || bothEmpty(live, config)) return config;
  return shape === 'list' ? mergeItems(itemsOf(live), itemsOf(config), type) : mergeMembers(membersOf(live), membersOf(config), type);
}

function mergeMembers(live: JsonObject, config: JsonObject, type: TypeRef): JsonObject {
  const out: Record<string, Json | undefined> = { ...live };
  for (const name of Object.keys(config)) {
    const member = memberType(type, name);
    if (member) out[name] = merge(live[name], config[name], member);
  }
  return out as JsonObject;
}

/** The configuration's items in its order; the live object's others where they were between them. */
function mergeItems(live: readonly Json[], config: readonly Json[], type: TypeRef): readonly Json[] {
  const liveElements = live.map((item) => itemElement(type, item));
  const configElements = config.map((item) => itemElement(type, item));
  const liveItems = itemsByElement(type, live);
  const configItems = itemsByElement(type, config);
  const shared = configElements.filter((element) => typeof element === 'string' && liveItems.has(element));
  const merged = new Set<unknown>();
  const out: Json[] = [];
  let nextShared = 0;
  const takeConfig = (index: number): void => {
    const element = configElements[index];
    merged.add(element);
    const same = typeof element === 'string' ? (liveItems.get(element) ?? NO_ITEMS) : NO_ITEMS;
    // Items that the live object has twice are replaced and not merged.
    out.push(merge(same.length === 1 ? same[0] : undefined, config[index], itemType(type)) ?? null);
    if (element === shared[nextShared]) nextShared++;
  };
  for (let l = 0, c = 0; l < live.length || c < config.length;) {
    const element = liveElements[l];
    const known = typeof element === 'string' && configItems.has(element);
    if (l < live.length && c < config.length) {
      if (element === configElements[c]) {
        takeConfig(c++);
        l++;
        continue;
      }
      if (known && shared[nextShared] !== undefined && shared[nextShared] !== element) {
        l++;
        continue;
      }
    }
    if (l < live.length && !known) {
      out.push(live[l++] ?? null);
      continue;
    }
    if (l < live.length && merged.has(element)) l++;
    if (c < config.length) takeConfig(c++);
  }
  return out;
}

// ---- removing ----

/** The value without the given fields. What loses its last member stays as an empty map or list. */
export function without(value: Json, fields: FieldSet, type: TypeRef): Json {
  if (fields.empty || value === null) return value;
  switch (shapeOf(type, value)) {
    case 'scalar': return value;
    case 'atomic': return Array.isArray(value) ? [] : {};
    case 'list': return withoutItems(itemsOf(value), fields, type);
    case 'map': return withoutMembers(membersOf(value), fields, type);
  }
}

function withoutItems(items: readonly Json[], fields: FieldSet, type: TypeRef): readonly Json[] {
  const out: Json[] = [];
  for (const item of items) {
    const element = itemElement(type, item);
    if (typeof element !== 'string') out.push(item);
    else if (!fields.members.has(element)) out.push(without(item, fields.children.get(element) ?? EMPTY_SET, itemType(type)));
  }
  return out;
}

function withoutMembers(members: JsonObject, fields: FieldSet, type: TypeRef): JsonObject {
  const out: Record<string, Json | undefined> = {};
  for (const name of Object.keys(members)) {
    const element = fieldElement(name);
    const value = members[name];
    if (value === undefined || fields.members.has(element)) continue;
    const inside = fields.children.get(element);
    const member = memberType(type, name);
    out[name] = inside && member ? without(value, inside, member) : value;
  }
  return out as JsonObject;
}

/** The set with each struct field on the way of a path as a path of its own (EnsureNamedFieldsAreMembers). */
export function withNamedFields(set: FieldSet, type: TypeRef): FieldSet {
  const out = new FieldSet();
  for (const member of set.members) out.members.add(member);
  for (const [element, child] of set.children) {
    const name = element.slice(2);
    const named = element.startsWith('f:');
    if (named && isNamed(type, name)) out.members.add(element);
    const inside = named ? memberType(type, name) : itemType(type);
    out.children.set(element, inside ? withNamedFields(child, inside) : child);
  }
  return out;
}
