import { allKinds, byKind } from '../sim/api/kinds/index.ts';
import type { Kind } from '../sim/api/kind.ts';
import type { JsonObject } from '../sim/api/generated/types.ts';
import type { Arguments } from './arguments.ts';
import { parseManifest } from './manifest.ts';
import type { ManifestDocument } from './manifest.ts';
import type { FieldProblem, FileText } from './messages.ts';
import type { Item } from './run.ts';

export interface Found { readonly items: readonly Item[]; readonly problems: readonly FieldProblem[] }

const problem = (message: string, file = '', document = 0): FieldProblem => ({ file, document, object: '', field: '', message, line: 0, column: 0 });

/** The objects that a command line means: those in its files, or those that it names. */
export function findItems(args: Arguments, files: readonly FileText[]): Found {
  if (args.files.length === 0) return namedItems(args);
  const items: Item[] = [];
  const problems: FieldProblem[] = [];
  for (const name of args.files) {
    const file = files.find((each) => each.name === name);
    if (!file) {
      problems.push(problem(`error: the path "${name}" does not exist`, name));
      continue;
    }
    const manifest = parseManifest(file);
    for (const document of manifest.documents) {
      const item = itemOf(document, args);
      if ('message' in item) problems.push(item);
      else items.push(item);
    }
    problems.push(...manifest.problems);
  }
  if (items.length === 0 && problems.length === 0) problems.push(problem(`error: no objects passed to ${args.verb}`, args.files[0]));
  return { items, problems };
}

function itemOf({ file, document, object }: ManifestDocument, args: Arguments): Item | FieldProblem {
  const { kind: kindName, apiVersion } = object;
  const shown = JSON.stringify(object).slice(0, 200);
  if (typeof kindName !== 'string' || kindName === '') return problem(`error: unable to decode "${file}": Object 'Kind' is missing in '${shown}'`, file, document);
  if (typeof apiVersion !== 'string' || apiVersion === '') return { ...problem(`error: unable to decode "${file}": Object 'apiVersion' is missing in '${shown}'`, file, document), field: 'kind' };
  const metadata = (object['metadata'] ?? {}) as JsonObject;
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : '';
  const kind = byKind(apiVersion, kindName);
  if (!kind) {
    const message = `error: resource mapping not found for name: "${name}" namespace: "${namespaceOf(metadata)}" from "${file}": no matches for kind "${kindName}" in version "${apiVersion}"\nensure CRDs are installed first`;
    return { ...problem(message, file, document), field: 'kind' };
  }
  if (name === '' && (args.verb !== 'create' || typeof metadata['generateName'] !== 'string')) {
    return { ...problem('error: error when retrieving current configuration: resource name may not be empty', file, document), field: 'metadata.name' };
  }
  const namespace = kind.namespaced ? namespaceOf(metadata) || args.namespace || 'default' : '';
  const complete = kind.namespaced ? { ...object, metadata: { ...metadata, namespace } } : object;
  return { kind, namespace, name, file, document, object: complete };
}

function namespaceOf(metadata: JsonObject): string {
  return typeof metadata['namespace'] === 'string' ? metadata['namespace'] : '';
}

/** `deployment web api` or `deployment/web pod/a`; `rollout restart deployment/web` has a word more in front. */
function namedItems(args: Arguments): Found {
  const words = args.verb === 'rollout' ? args.words.slice(1) : args.words;
  const nodes = args.verb === 'cordon' || args.verb === 'uncordon';
  const pairs: (readonly [string, string])[] = words.every((word) => word.includes('/'))
    ? words.map((word) => [word.slice(0, word.indexOf('/')), word.slice(word.indexOf('/') + 1)] as const)
    : words.slice(nodes ? 0 : 1).map((name) => [nodes ? 'nodes' : words[0] ?? '', name] as const);
  if (pairs.length === 0) return { items: [], problems: [problem('error: You must provide one or more resources by argument or filename.')] };
  const items: Item[] = [];
  for (const [resource, name] of pairs) {
    const kind = resourceNamed(resource);
    if (!kind) return { items: [], problems: [problem(`error: the server doesn't have a resource type "${resource}"`)] };
    items.push({ kind, namespace: kind.namespaced ? args.namespace || 'default' : '', name, file: '', document: 0, object: undefined });
  }
  return { items, problems: [] };
}

/** By plural, singular, short name or kind, with or without the group: `deploy`, `deployments.apps`. */
function resourceNamed(text: string): Kind | undefined {
  const [word = '', ...group] = text.toLowerCase().split('.');
  return allKinds.find((kind) => (kind.plural === word || kind.singular === word || kind.shortNames.includes(word))
    && (group.length === 0 || kind.group === group.join('.')));
}
