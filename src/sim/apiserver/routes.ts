// Paths and what they ask for (models apiserver/pkg/endpoints/request RequestInfoFactory), both ways.
import type { PatchType } from './messages.ts';

/** What a method and a path ask for. */
export interface RequestInfo {
  readonly isResource: boolean;
  readonly path: string;
  /** For resources the API's verb, for other paths the method in small letters. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Parts of the path after the subresource: of proxy requests. */
  readonly rest: readonly string[];
}

/** Query parameters; of several values the first counts. */
export type Query = ReadonlyMap<string, readonly string[]>;

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

const methodVerbs: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** `path` is without its query. */
export function requestInfo(method: string, path: string, query: Query): RequestInfo {
  const parts = path.split('/').filter((part) => part !== '').map(decodePart);
  const other: RequestInfo = { isResource: false, path, verb: method.toLowerCase(), group: '', version: '', namespace: '', resource: '', subresource: '', name: '', rest: [] };
  const legacy = parts[0] === 'api';
  if (parts.length < (legacy ? 3 : 4) || (!legacy && parts[0] !== 'apis')) return other;
  const group = legacy ? '' : (parts[1] ?? '');
  const version = (legacy ? parts[1] : parts[2]) ?? '';
  return resourceInfo(method, path, query, group, version, parts.slice(legacy ? 2 : 3));
}

function resourceInfo(method: string, path: string, query: Query, group: string, version: string, parts: readonly string[]): RequestInfo {
  let current = parts;
  let verb = methodVerbs[method] ?? '';
  if (current[0] === 'watch' && current.length > 1) {
    verb = 'watch';
    current = current.slice(1);
  }
  let namespace = '';
  if (current[0] === 'namespaces' && current.length > 1) {
    namespace = current[1] ?? '';
    // Otherwise the namespace itself is the object, and its subresource may follow.
    if (current.length > 2 && !NAMESPACE_SUBRESOURCES.has(current[2] ?? '')) current = current.slice(2);
  }
  const [resource = '', named = '', subresource = '', ...rest] = current;
  const selected = named === '' && (verb === 'get' || verb === 'delete' || verb === 'watch') ? nameFromSelector(query) : '';
  if (named === '' && verb === 'get') verb = isTrue(query, 'watch') ? 'watch' : 'list';
  else if (named === '' && verb === 'delete') verb = 'deletecollection';
  const inNamespace = resource === 'namespaces' && group === '' ? '' : namespace;
  return { isResource: true, path, verb, group, version, namespace: inNamespace, resource, subresource, name: named || selected, rest };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A list by metadata.name asks for one object, which roles may allow by its name. */
function nameFromSelector(query: Query): string {
  const selector = query.get('fieldSelector')?.[0] ?? '';
  const match = /(?:^|,)metadata\.name==?([^,=!]+)(?:,|$)/.exec(selector);
  return match?.[1] ?? '';
}

/** strconv.ParseBool as query parameters are read: anything but `false` and `0` is true. */
export function isTrue(query: Query, name: string): boolean {
  const value = query.get(name)?.[0];
  return value !== undefined && value.toLowerCase() !== 'false' && value !== '0';
}

/** What a content type asks of a patch. */
export const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json', 'application/merge-patch+json': 'merge', 'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** `a=1&b=2` */
export function parseQuery(text: string): Map<string, string[]> {
  const query = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodePart((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
    const value = equals < 0 ? '' : decodePart(pair.slice(equals + 1).replaceAll('+', ' '));
    const values = query.get(name);
    if (values) values.push(value);
    else query.set(name, [value]);
  }
  return query;
}
