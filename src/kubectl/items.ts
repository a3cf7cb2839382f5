import type { JsonObject } from '../sim/api/generated/types.ts';
import type { Arguments } from './arguments.ts';
import { generate } from './generators.ts';
import { changesIn } from './metadata.ts';
import { parseManifest } from './manifest.ts';
import type { Manifest, ManifestDocument } from './manifest.ts';
import { mappingFor, mappingNamed, mappingsIn } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import type { FieldProblem, FileText } from './messages.ts';
import type { Item } from './run.ts';

/** The objects of a command; `isUnsure` if a kind or resource is not built in and was not among the custom ones either. */
export interface Found { readonly items: readonly Item[]; readonly problems: readonly FieldProblem[]; readonly isUnsure: boolean }

const problem = (message: string, file = '', document = 0): FieldProblem => ({ file, document, object: '', field: '', message, line: 0, column: 0 });

/** Reads the files that a command line names. */
export function readFiles(args: Arguments, files: readonly FileText[]): Manifest {
  const documents: ManifestDocument[] = [];
  const problems: FieldProblem[] = [];
  for (const name of args.files) {
    const file = files.find((each) => each.name === name);
    const manifest = file ? parseManifest(file) : { documents: [], problems: [problem(`error: the path "${name}" does not exist`, name)] };
    for (const document of manifest.documents) documents.push(document);
    problems.push(...manifest.problems);
  }
  return { documents, problems };
}

/**
 * The objects that a command line means: those in its files, or those that it names. Kinds are resolved for all of them
 * before anything is done, so an object below its own new definition is not found yet, as with the real kubectl.
 */
export function findItems(args: Arguments, { documents, problems: unreadable }: Manifest, custom: readonly Mapping[]): Found {
  if (args.files.length === 0) return ownItems(args, custom);
  const items: Item[] = [];
  const problems: FieldProblem[] = [];
  let isUnsure = false;
  for (const document of documents) {
    const item = itemOf(document, args, custom);
    if ('kind' in item) items.push(item);
    else {
      problems.push(item);
      isUnsure ||= isUnmapped(document.object, custom);
    }
  }
  problems.push(...unreadable);
  if (items.length === 0 && problems.length === 0) problems.push(problem(`error: no objects passed to ${args.verb}`, args.files[0]));
  return { items, problems, isUnsure };
}

function isUnmapped({ apiVersion, kind }: JsonObject, custom: readonly Mapping[]): boolean {
  return typeof apiVersion === 'string' && typeof kind === 'string' && mappingFor(apiVersion, kind, custom) === undefined;
}

function itemOf({ file, document, object }: ManifestDocument, args: Arguments, custom: readonly Mapping[]): Item | FieldProblem {
  const { kind: kindName, apiVersion } = object;
  const shown = JSON.stringify(object).slice(0, 200);
  if (typeof kindName !== 'string' || kindName === '') return problem(`error: unable to decode "${file}": Object 'Kind' is missing in '${shown}'`, file, document);
  if (typeof apiVersion !== 'string' || apiVersion === '') return { ...problem(`error: unable to decode "${file}": Object 'apiVersion' is missing in '${shown}'`, file, document), field: 'kind' };
  const metadata = (object['metadata'] ?? {}) as JsonObject;
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : '';
  const kind = mappingFor(apiVersion, kindName, custom);
  if (!kind) {
    const message = `error: resource mapping not found for name: "${name}" namespace: "${namespaceOf(metadata)}" from "${file}": no matches for kind "${kindName}" in version "${apiVersion}"\nensure CRDs are installed first`;
    return { ...problem(message, file, document), field: 'kind' };
  }
  if (name === '' && (args.verb !== 'create' || typeof metadata['generateName'] !== 'string')) {
    return { ...problem('error: error when retrieving current configuration: resource name may not be empty', file, document), field: 'metadata.name' };
  }
  if (kind.namespaced && args.namespace !== '' && namespaceOf(metadata) !== '' && namespaceOf(metadata) !== args.namespace) {
    return problem(`error: the namespace from the provided object "${namespaceOf(metadata)}" does not match the namespace "${args.namespace}". You must pass '--namespace=${namespaceOf(metadata)}' to perform this operation.`, file, document);
  }
  const namespace = kind.namespaced ? namespaceOf(metadata) || args.namespace || 'default' : '';
  const complete = kind.namespaced ? { ...object, metadata: { ...metadata, namespace } } : object;
  return { kind, namespace, name, file, document, object: complete };
}

function namespaceOf(metadata: JsonObject): string {
  return typeof metadata['namespace'] === 'string' ? metadata['namespace'] : '';
}

/** What a command line says without files. */
function ownItems(args: Arguments, custom: readonly Mapping[]): Found {
  if (args.verb === 'get') return listedItems(args, custom);
  if (args.verb !== 'create' && args.verb !== 'run') return namedItems(args, custom);
  const generated = args.verb === 'create' && args.words.length === 0 ? { error: 'error: must specify one of -f and -k' } : generate(args);
  if ('error' in generated) return { items: [], problems: [problem(generated.error)], isUnsure: false };
  const item = itemOf({ file: '', document: 0, object: generated.object }, args, custom);
  return 'kind' in item ? { items: [item], problems: [], isUnsure: false } : { items: [], problems: [item], isUnsure: false };
}

const REQUIRED = `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.

error: Required resource not specified.
Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).
See 'kubectl get -h' for help and examples`;

/** What get is about: `pods,svc`, `all`, `pods a b` or `pod/a svc/b`. Without a name it is everything of a kind. */
function listedItems(args: Arguments, custom: readonly Mapping[]): Found {
  const pairs: (readonly [string, string])[] = args.words.every((word) => word.includes('/'))
    ? args.words.map((word) => [word.slice(0, word.indexOf('/')), word.slice(word.indexOf('/') + 1)] as const)
    : (args.words[0] ?? '').split(',').flatMap((resource) => (args.words.length > 1 ? args.words.slice(1) : ['']).map((name) => [resource, name] as const));
  if (pairs.length === 0) return { items: [], problems: [problem(REQUIRED)], isUnsure: false };
  const items: Item[] = [];
  let isCategory = false;
  for (const [resource, name] of pairs) {
    const named = mappingNamed(resource, custom);
    const kinds = named ? [named] : mappingsIn(resource, custom);
    isCategory ||= !named;
    if (kinds.length === 0) return { items: [], problems: [problem(`error: the server doesn't have a resource type "${resource}"`)], isUnsure: true };
    for (const kind of kinds) items.push({ kind, namespace: kind.namespaced && args.flags['all-namespaces'] !== 'true' ? args.namespace || 'default' : '', name, file: '', document: 0, object: undefined });
  }
  // Custom resources may be in a category too.
  return { items, problems: [], isUnsure: isCategory };
}

/** All objects of these kinds, or those with some labels: items without a name stand for whatever there is. */
function selectedItems(resources: string, args: Arguments, custom: readonly Mapping[]): Found {
  const items: Item[] = [];
  for (const resource of resources.split(',')) {
    const named = mappingNamed(resource, custom);
    const kinds = named ? [named] : mappingsIn(resource, custom);
    if (kinds.length === 0) return { items: [], problems: [problem(`error: the server doesn't have a resource type "${resource}"`)], isUnsure: true };
    for (const kind of kinds) items.push({ kind, namespace: kind.namespaced && args.flags['all-namespaces'] !== 'true' ? args.namespace || 'default' : '', name: '', file: '', document: 0, object: undefined });
  }
  return { items, problems: [], isUnsure: false };
}

/** `deployment web api` or `deployment/web pod/a`; `rollout restart deployment/web` has a word more in front. */
function namedItems(args: Arguments, custom: readonly Mapping[]): Found {
  const words = args.verb === 'rollout' ? args.words.slice(1) : args.verb === 'label' || args.verb === 'annotate' ? args.words.slice(0, changesIn(args).from) : args.words;
  const nodes = args.verb === 'cordon' || args.verb === 'uncordon';
  const pairs: (readonly [string, string])[] = words.every((word) => word.includes('/'))
    ? words.map((word) => [word.slice(0, word.indexOf('/')), word.slice(word.indexOf('/') + 1)] as const)
    : words.slice(nodes ? 0 : 1).map((name) => [nodes ? 'nodes' : words[0] ?? '', name] as const);
  const isSelection = args.flags['all'] === 'true' || args.flags['selector'] !== undefined;
  if (isSelection && words.length === 1) return selectedItems(words[0] ?? '', args, custom);
  if (pairs.length === 0) return { items: [], problems: [problem('error: You must provide one or more resources by argument or filename.')], isUnsure: false };
  const items: Item[] = [];
  for (const [resource, name] of pairs) {
    const kind = mappingNamed(resource, custom);
    if (!kind) return { items: [], problems: [problem(`error: the server doesn't have a resource type "${resource}"`)], isUnsure: true };
    items.push({ kind, namespace: kind.namespaced ? args.namespace || 'default' : '', name, file: '', document: 0, object: undefined });
  }
  return { items, problems: [], isUnsure: false };
}
