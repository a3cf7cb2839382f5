// JSON Patch (RFC 6902) with the quirks of the library that the API server uses: `replace` and `copy` accept a missing
// key of an object, negative indices count from the end, and the messages are its own.
import type { Json, JsonObject } from './generated/types.ts';
import { setMember } from './go-json.ts';
import { PatchError } from './patch-error.ts';

const maxOperations = 10_000;

interface Operation { readonly [key: string]: Json | undefined }
type Container = { readonly kind: 'object'; readonly members: Record<string, Json | undefined> } | { readonly kind: 'array'; readonly items: Json[] };

/** Applies the operations in order. Throws PatchError: 400 for a malformed patch, 413 for too many operations, 422 if one does not apply. */
export function applyJsonPatch(document: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch)) throw new PatchError(400, `error decoding patch: json: cannot unmarshal ${jsonKind(patch)} into Go value of type []handlers.jsonPatchOp`);
  if (patch.length > maxOperations) throw new PatchError(413, `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`);
  let root = document as Json;
  for (const operation of patch as readonly Json[]) root = applyOperation(root, operation);
  return root as JsonObject;
}

function jsonKind(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? 'array' : typeof value;
}

function applyOperation(root: Json, raw: Json): Json {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    throw new PatchError(400, `error decoding patch: json: cannot unmarshal ${jsonKind(raw)} into Go value of type handlers.jsonPatchOp`);
  }
  const operation = raw as Operation;
  switch (operation['op']) {
    case 'add': return add(root, pathOf(operation, 'add operation failed to decode path'), operation['value'] ?? null, 'add');
    case 'remove': return remove(root, pathOf(operation, 'remove operation failed to decode path'), 'remove');
    case 'replace': return replace(root, pathOf(operation, 'replace operation failed to decode path'), operation['value'] ?? null);
    case 'move': return move(root, operation);
    case 'test': return test(root, pathOf(operation, 'test operation failed to decode path'), operation['value'] ?? null);
    case 'copy': return copy(root, operation);
    default: return fail(`Unexpected kind: ${typeof operation['op'] === 'string' ? operation['op'] : 'unknown'}`);
  }
}

function fail(message: string): never {
  throw new PatchError(422, message);
}

const missingValue = 'missing value';

function pathOf(operation: Operation, failure: string): string {
  const path = operation['path'];
  return typeof path === 'string' ? path : fail(`${failure}: ${missingValue}`);
}

function fromOf(operation: Operation, what: string): string {
  const from = operation['from'];
  return typeof from === 'string' ? from : fail(`${what} operation failed to decode from: ${missingValue}`);
}

function unescape(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function childOf(parent: Json, key: string): Json | undefined {
  if (Array.isArray(parent)) {
    const index = indexOf(key, parent.length, false);
    return index === undefined ? undefined : (parent[index] as Json);
  }
  return parent !== null && typeof parent === 'object' ? (parent as JsonObject)[key] : undefined;
}

/** A writable copy of the container at all but the last part of the path, and what puts it back; undefined if there is none. */
function openParent(root: Json, path: string): { readonly container: Container; readonly key: string; readonly close: () => Json } | undefined {
  const parts = path.split('/');
  if (parts.length < 2) return undefined;
  const keys = parts.slice(1).map(unescape);
  const key = keys.pop() ?? '';
  const chain: Json[] = [root];
  for (const part of keys) {
    const next = childOf(chain[chain.length - 1] as Json, part);
    if (next === undefined || next === null || typeof next !== 'object') return undefined;
    chain.push(next);
  }
  const container = containerOf(chain[chain.length - 1] as Json);
  const close = (): Json => {
    let value: Json = container.kind === 'array' ? container.items : (container.members as JsonObject);
    for (let i = keys.length - 1; i >= 0; i--) value = withChild(chain[i] as Json, keys[i] ?? '', value);
    return value;
  };
  return { container, key, close };
}

function containerOf(value: Json): Container {
  return Array.isArray(value) ? { kind: 'array', items: [...(value as readonly Json[])] } : { kind: 'object', members: { ...(value as JsonObject) } };
}

function withChild(parent: Json, key: string, value: Json): Json {
  if (Array.isArray(parent)) return parent.map((item: Json, i) => (i === indexOf(key, parent.length, false) ? value : item));
  const members = { ...(parent as JsonObject) } as Record<string, Json | undefined>;
  setMember(members, key, value);
  return members as JsonObject;
}

/** An index within [0, length), or [0, length] for insertion; undefined if the text is none. */
function indexOf(key: string, length: number, insertion: boolean): number | undefined {
  if (!/^[+-]?\d+$/.test(key)) return undefined;
  const size = insertion ? length + 1 : length;
  const index = Number(key);
  if (index >= size || index < -size) return undefined;
  return index < 0 ? index + size : index;
}

function badIndex(key: string): string {
  return /^[+-]?\d+$/.test(key) ? `Unable to access invalid index: ${Number(key)}: invalid index referenced` : `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
}

function add(root: Json, path: string, value: Json, what: string): Json {
  const parent = openParent(root, path);
  if (parent === undefined) return fail(`${what} operation does not apply: doc is missing ${what === 'add' ? '' : 'destination '}path: ${what === 'add' ? JSON.stringify(path) : path}: ${missingValue}`);
  const { container, key, close } = parent;
  if (container.kind === 'object') {
    setMember(container.members, key, value);
    return close();
  }
  const index = key === '-' ? container.items.length : indexOf(key, container.items.length, true);
  if (index === undefined) return fail(`error in ${what} for path: '${path}': ${/^[+-]?\d+$/.test(key) ? badIndex(key) : `value was not a proper array index: '${key}': ${badIndex(key)}`}`);
  container.items.splice(index, 0, value);
  return close();
}

function remove(root: Json, path: string, what: string): Json {
  const parent = openParent(root, path);
  if (parent === undefined) return fail(`${what} operation does not apply: doc is missing path: ${JSON.stringify(path)}: ${missingValue}`);
  const { container, key, close } = parent;
  if (container.kind === 'object') {
    if (!Object.hasOwn(container.members, key)) return fail(`error in ${what} for path: '${path}': Unable to remove nonexistent key: ${key}: ${missingValue}`);
    delete container.members[key];
    return close();
  }
  const index = indexOf(key, container.items.length, false);
  if (index === undefined) return fail(`error in ${what} for path: '${path}': ${badIndex(key)}`);
  container.items.splice(index, 1);
  return close();
}

function replace(root: Json, path: string, value: Json): Json {
  if (path === '') return value !== null && typeof value === 'object' ? value : fail('replace operation value must be object or array: %!w(<nil>)');
  const parent = openParent(root, path);
  if (parent === undefined) return fail(`replace operation does not apply: doc is missing path: ${path}: ${missingValue}`);
  const { container, key, close } = parent;
  if (container.kind === 'object') {
    setMember(container.members, key, value);
    return close();
  }
  const index = indexOf(key, container.items.length, false);
  if (index === undefined) return fail(`replace operation does not apply: doc is missing key: ${path}: ${missingValue}`);
  container.items[index] = value;
  return close();
}

function valueAt(root: Json, path: string, what: string, onMissing: string): Json {
  const parent = openParent(root, path);
  if (parent === undefined) return fail(`${what} operation does not apply: ${onMissing}: ${path}: ${missingValue}`);
  const { container, key } = parent;
  if (container.kind === 'object') return container.members[key] ?? null;
  const index = indexOf(key, container.items.length, false);
  return index === undefined ? fail(`error in ${what} for ${what === 'copy' ? 'from' : 'path'}: '${what === 'move' ? key : path}': ${badIndex(key)}`) : container.items[index] ?? null;
}

function move(root: Json, operation: Operation): Json {
  const from = fromOf(operation, 'move');
  const value = valueAt(root, from, 'move', 'doc is missing from path');
  const removed = remove(root, from, 'move');
  return add(removed, pathOf(operation, 'move operation failed to decode path'), value, 'move');
}

function copy(root: Json, operation: Operation): Json {
  const from = fromOf(operation, 'copy');
  const value = valueAt(root, from, 'copy', 'doc is missing from path');
  return add(root, pathOf(operation, 'copy operation failed to decode path'), value, 'copy');
}

function test(root: Json, path: string, expected: Json): Json {
  const value = path === '' ? root : valueAt(root, path, 'test', 'is missing path');
  return jsonEqual(value, expected) ? root : fail(`testing value ${path} failed: test failed`);
}

/** Structural equality of JSON values; members that are undefined count as absent. */
export function jsonEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item: Json, i) => jsonEqual(item, b[i] as Json));
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  for (const key of Object.keys(left)) if (!jsonEqual(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}
