// The paths of one group and version as OpenAPI v3 tells them (models apiserver's endpoints installer and kube-openapi's builder).
import type { Json, JsonObject } from '../../api/generated/types.ts';
import { apiVersionOf } from '../../api/meta.ts';
import type { ResourceEntry } from '../catalog.ts';
import { returnsDeleted } from '../scheme.ts';
import parameterData from './parameters.json';
import { refTo } from './schemas.ts';

interface ParameterData { readonly in: string; readonly type: string; readonly description: string }

const parameterTexts: Readonly<Record<string, ParameterData | undefined>> = parameterData;
const LIST = ['allowWatchBookmarks', 'continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion', 'resourceVersionMatch', 'sendInitialEvents', 'timeoutSeconds', 'watch'];
const WRITE = ['dryRun', 'fieldManager', 'fieldValidation'];
const DELETE = ['dryRun', 'gracePeriodSeconds', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents', 'propagationPolicy'];
const DELETE_COLLECTION = [...DELETE, 'continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion', 'resourceVersionMatch', 'sendInitialEvents', 'timeoutSeconds'].sort();
const LOG = ['container', 'follow', 'insecureSkipTLSVerifyBackend', 'limitBytes', 'previous', 'sinceSeconds', 'stream', 'tailLines', 'timestamps'];
const APPLY_MANAGER = ' This field is required for apply requests (application/apply-patch) but optional for non-apply patch types (JsonPatch, MergePatch, StrategicMergePatch).';

const OBJECT_MEDIA = ['application/cbor', 'application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'];
const STREAM_MEDIA = [...OBJECT_MEDIA, 'application/cbor-seq', 'application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
const PATCH_MEDIA = ['application/apply-patch+cbor', 'application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'];

const META = { group: '', version: 'v1' };
const STATUS = refTo(META, 'Status');
const DEPRECATED_WATCH = "deprecated: use the 'watch' parameter with a list operation instead";

/** One resource or subresource with all that its operations are named by. */
interface Target {
  readonly group: string;
  readonly version: string;
  /** The main resource. */
  readonly owner: ResourceEntry;
  readonly entry: ResourceEntry;
  /** '' for the main resource. */
  readonly subresource: string;
  readonly custom: boolean;
}

type Paths = Record<string, Record<string, Json>>;

/** All paths of a group's version. */
export function pathsOf(group: string, version: string, entries: readonly ResourceEntry[], custom: boolean): JsonObject {
  const paths: Paths = {};
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  if (!custom) paths[`${root}/`] = { get: resourceListOperation(group, version) };
  for (const entry of entries) {
    const [plural = '', subresource = ''] = entry.name.split('/');
    const owner = entries.find(({ name }) => name === plural) ?? entry;
    const target: Target = { group, version, owner, entry, subresource, custom };
    if (subresource === '') addResource(paths, root, target);
    else addSubresource(paths, root, target);
  }
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))) as JsonObject;
}

function addResource(paths: Paths, root: string, target: Target): void {
  const { name, namespaced, verbs } = target.entry;
  const place = namespaced ? `${root}/namespaces/{namespace}/${name}` : `${root}/${name}`;
  const watchPlace = place.replace(root, `${root}/watch`);
  const has = (verb: string): boolean => verbs.includes(verb);
  const inPath = namespaced ? ['namespace'] : [];
  const collection: Record<string, Json> = {};
  const writesOnly = !has('list');
  if (has('list')) collection['get'] = listOperation(target, '');
  if (has('create')) collection['post'] = createOperation(target, writesOnly);
  if (has('deletecollection')) collection['delete'] = deleteCollectionOperation(target);
  const collectionParameters = writesOnly ? [...WRITE, ...inPath] : target.custom || has('create') ? inPath : [...LIST, ...inPath];
  paths[place] = { ...collection, parameters: parameters(target, [...collectionParameters, 'pretty']) };
  const item: Record<string, Json> = {};
  if (has('get')) item['get'] = readOperation(target);
  if (has('update')) item['put'] = replaceOperation(target);
  if (has('delete')) item['delete'] = deleteOperation(target);
  if (has('patch')) item['patch'] = patchOperation(target);
  if (Object.keys(item).length > 0) paths[`${place}/{name}`] = { ...item, parameters: parameters(target, ['name', ...inPath, 'pretty']) };
  if (namespaced && has('list')) paths[`${root}/${name}`] = { get: listOperation(target, 'ForAllNamespaces'), parameters: parameters(target, [...LIST, 'pretty']) };
  if (!has('watch') || target.custom) return;
  paths[watchPlace] = { get: watchOperation(target, 'List'), parameters: parameters(target, [...LIST, ...inPath, 'pretty']) };
  paths[`${watchPlace}/{name}`] = { get: watchOperation(target, ''), parameters: parameters(target, [...LIST, 'name', ...inPath, 'pretty']) };
  if (namespaced) paths[`${root}/watch/${name}`] = { get: watchOperation(target, 'ListForAllNamespaces'), parameters: parameters(target, [...LIST, 'pretty']) };
}

function addSubresource(paths: Paths, root: string, target: Target): void {
  const { owner, entry, subresource } = target;
  const place = `${owner.namespaced ? `${root}/namespaces/{namespace}` : root}/${owner.name}/{name}/${subresource}`;
  const inPath = owner.namespaced ? ['name', 'namespace'] : ['name'];
  if (entry.kind.endsWith('Options')) {
    const methods = subresource === 'proxy' ? ['delete', 'get', 'head', 'options', 'patch', 'post', 'put'] : ['get', 'post'];
    paths[place] = { ...Object.fromEntries(methods.map((method) => [method, connectOperation(target, method)])), parameters: parameters(target, inPath) };
    return;
  }
  const item: Record<string, Json> = {};
  if (entry.verbs.includes('get')) item['get'] = readOperation(target);
  if (entry.verbs.includes('update')) item['put'] = replaceOperation(target);
  if (entry.verbs.includes('patch')) item['patch'] = patchOperation(target);
  if (entry.verbs.includes('create')) item['post'] = createOperation(target, true);
  const more = entry.verbs.includes('create') ? WRITE : subresource === 'log' ? LOG : subresource === 'finalize' ? WRITE : [];
  paths[place] = { ...item, parameters: parameters(target, [...more, ...inPath, 'pretty']) };
}

// ---- parts ----

function parameters({ entry }: Target, names: readonly string[]): readonly JsonObject[] {
  return [...names].sort().map((name) => parameter(name, entry.kind));
}

function parameter(name: string, kind: string): JsonObject {
  if (name === 'name') return { name, in: 'path', description: `name of the ${kind}`, required: true, schema: { type: 'string', uniqueItems: true } };
  if (name === 'container') return { name, in: 'query', description: 'The container for which to stream logs. Defaults to only container if there is one container in the pod.', schema: { type: 'string', uniqueItems: true } };
  const { in: where, type, description } = parameterTexts[name] as ParameterData;
  return { name, in: where, description, ...(where === 'path' ? { required: true } : {}), schema: { type, uniqueItems: true } };
}

function kindOf({ group, version, entry }: Target): { readonly group: string; readonly version: string; readonly kind: string } {
  return { group: entry.version === undefined ? group : (entry.group ?? ''), version: entry.version ?? version, kind: entry.kind };
}

function schemaOf(target: Target, suffix = ''): JsonObject {
  const { group, version, kind } = kindOf(target);
  return refTo({ group, version }, kind + suffix);
}

/** `AppsV1`, `RbacAuthorizationV1`. */
function groupName(group: string): string {
  const base = group === '' ? 'core' : group.replace(/\.k8s\.io$/, '');
  return base.split('.').map(capitalised).join('');
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function tagOf({ group, version, custom }: Pick<Target, 'group' | 'version' | 'custom'>): string {
  const name = custom ? group.split('.').map(capitalised).join('') : groupName(group);
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${version}`;
}

/** What an operation's name has after its verb. */
function idOf(target: Target, scope = target.owner.namespaced ? 'Namespaced' : '', prefix = ''): string {
  const { group, version, owner, subresource, custom } = target;
  const named = custom ? group.split('.').map(capitalised).join('') : groupName(group);
  const sub = subresource === 'ephemeralcontainers' ? 'Ephemeralcontainers' : capitalised(subresource);
  return `${named}${capitalised(version)}${prefix}${scope}${owner.kind}${sub}`;
}

function content(media: readonly string[], schema: JsonObject): JsonObject {
  return Object.fromEntries([...media].sort().map((type) => [type, { schema }]));
}

const RESPONSES: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function responses(codes: readonly string[], media: readonly string[], schema: JsonObject): JsonObject {
  const known = Object.fromEntries(codes.map((code) => [code, { description: RESPONSES[code] ?? '', content: content(media, schema) }]));
  return { ...known, 401: { description: 'Unauthorized' } };
}

function operation(target: Target, action: string, description: string, operationId: string, rest: JsonObject): JsonObject {
  return { description, operationId, ...rest, tags: [tagOf(target)], 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': kindOf(target) };
}

function mediaOf({ custom }: Target, media: readonly string[]): readonly string[] {
  return custom ? media.filter((type) => !type.includes('protobuf') && !type.includes('stream') && !type.endsWith('seq')) : media;
}

function bodyOf(target: Target): JsonObject {
  return { content: content(target.custom ? OBJECT_MEDIA.filter((type) => type.endsWith('json') || type.endsWith('yaml')) : ['*/*'], schemaOf(target)), required: true };
}

/** `status of the specified Deployment`. */
function specified({ owner, subresource }: Target): string {
  return `${subresource === '' ? '' : `${subresource} of `}the specified ${owner.kind}`;
}

/** `a Deployment`, `an Ingress`, `Endpoints`. */
function withArticle(noun: string): string {
  if (noun.endsWith('s') && !noun.endsWith('ss')) return noun;
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

// ---- operations ----

function resourceListOperation(group: string, version: string): JsonObject {
  const target = { group, version, custom: false };
  return {
    description: 'get available resources', operationId: `get${groupName(group)}${capitalised(version)}APIResources`,
    responses: responses(['200'], OBJECT_MEDIA, refTo(META, 'APIResourceList')), tags: [tagOf(target)],
  };
}

function listOperation(target: Target, suffix: string): JsonObject {
  const id = suffix === '' ? `list${idOf(target)}` : `list${idOf(target, '')}${suffix}`;
  const query = suffix === '' && (target.custom || target.entry.verbs.includes('create')) ? { parameters: parameters(target, LIST) } : {};
  return operation(target, 'list', `list ${target.entry.verbs.includes('watch') ? 'or watch ' : ''}objects of kind ${target.entry.kind}`, id, { ...query, responses: responses(['200'], mediaOf(target, STREAM_MEDIA), schemaOf(target, 'List')) });
}

function createOperation(target: Target, atPath: boolean): JsonObject {
  const { owner, subresource } = target;
  const what = subresource === '' ? `create ${withArticle(owner.kind)}` : `create ${subresource} of ${withArticle(owner.kind)}`;
  const query = atPath ? {} : { parameters: parameters(target, WRITE) };
  return operation(target, 'post', what, `create${idOf(target)}`, { ...query, requestBody: bodyOf(target), responses: responses(['200', '201', '202'], mediaOf(target, OBJECT_MEDIA), schemaOf(target)) });
}

function deleteCollectionOperation(target: Target): JsonObject {
  const id = `delete${idOf(target, target.owner.namespaced ? 'Namespaced' : '', 'Collection')}`;
  return operation(target, 'deletecollection', `delete collection of ${target.owner.kind}`, id, {
    parameters: parameters(target, DELETE_COLLECTION), ...deleteBody(target), responses: responses(['200'], mediaOf(target, OBJECT_MEDIA), STATUS),
  });
}

function deleteBody({ custom }: Target): JsonObject {
  return { requestBody: { content: content(custom ? ['application/json', 'application/yaml'] : ['*/*'], refTo(META, 'DeleteOptions')) } };
}

function deleteOperation(target: Target): JsonObject {
  const { owner, group } = target;
  const answer = owner.kind !== 'Namespace' && returnsDeleted(group === '' ? owner.name : `${owner.name}.${group}`) ? schemaOf(target) : STATUS;
  return operation(target, 'delete', `delete ${withArticle(owner.kind)}`, `delete${idOf(target)}`, {
    parameters: parameters(target, DELETE), ...deleteBody(target), responses: responses(['200', '202'], mediaOf(target, OBJECT_MEDIA), answer),
  });
}

function readOperation(target: Target): JsonObject {
  const isLog = target.subresource === 'log';
  const answers = responses(['200'], mediaOf(target, isLog ? [...OBJECT_MEDIA, 'text/plain'] : OBJECT_MEDIA), isLog ? { type: 'string' } : schemaOf(target));
  return operation(target, 'get', `read ${specified(target)}`, `read${idOf(target)}`, { responses: answers });
}

function replaceOperation(target: Target): JsonObject {
  const query = target.subresource === 'finalize' ? {} : { parameters: parameters(target, WRITE) };
  return operation(target, 'put', `replace ${specified(target)}`, `replace${idOf(target)}`, { ...query, requestBody: bodyOf(target), responses: responses(['200', '201'], mediaOf(target, OBJECT_MEDIA), schemaOf(target)) });
}

function patchOperation(target: Target): JsonObject {
  const media = target.custom ? PATCH_MEDIA.filter((type) => !type.includes('strategic') && !type.includes('cbor')) : PATCH_MEDIA;
  const query = parameters(target, [...WRITE, 'force']).map((each) => (each['name'] === 'fieldManager' ? { ...each, description: `${parameterTexts['fieldManager']?.description ?? ''}${APPLY_MANAGER}` } : each));
  return operation(target, 'patch', `partially update ${specified(target)}`, `patch${idOf(target)}`, {
    parameters: query, requestBody: { content: content(media, refTo(META, 'Patch')), required: true }, responses: responses(['200', '201'], mediaOf(target, OBJECT_MEDIA), schemaOf(target)),
  });
}

function watchOperation(target: Target, suffix: '' | 'List' | 'ListForAllNamespaces'): JsonObject {
  const { kind } = target.owner;
  const description = suffix === ''
    ? `watch changes to an object of kind ${kind}. ${DEPRECATED_WATCH}, filtered to a single item with the 'fieldSelector' parameter.`
    : `watch individual changes to a list of ${kind}. ${DEPRECATED_WATCH}.`;
  const id = `watch${idOf(target, suffix === 'ListForAllNamespaces' ? '' : undefined)}${suffix}`;
  return operation(target, suffix === '' ? 'watch' : 'watchlist', description, id, { responses: responses(['200'], STREAM_MEDIA, refTo(META, 'WatchEvent')) });
}

function connectOperation(target: Target, method: string): JsonObject {
  const { owner, subresource } = target;
  const id = `connect${idOf(target, owner.namespaced ? 'Namespaced' : '', capitalised(method))}`;
  const answers = { 200: { description: 'OK', content: { '*/*': { schema: { type: 'string' } } } }, 401: { description: 'Unauthorized' } };
  return operation(target, 'connect', `connect ${method.toUpperCase()} requests to ${subresource} of ${owner.kind}`, id, { responses: answers });
}

const PLAIN_MEDIA = ['application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'];

function information(path: string, operationId: string, description: string, tag: string, schema: JsonObject, media: readonly string[] = PLAIN_MEDIA): JsonObject {
  return { [path]: { get: { description, operationId, responses: responses(['200'], media, schema), tags: [tag] } } };
}

/** The paths that tell what there is, by the document that has them. */
export function informationPaths(groups: readonly string[]): Readonly<Record<string, JsonObject>> {
  const group = (name: string): readonly [string, JsonObject] => {
    const tag = tagOf({ group: name, version: '', custom: false }).slice(0, -1);
    return [`apis/${name}`, information(`/apis/${name}/`, `get${groupName(name)}APIGroup`, 'get information of a group', tag, refTo(META, 'APIGroup'))];
  };
  return {
    api: information('/api/', 'getCoreAPIVersions', 'get available API versions', 'core', refTo(META, 'APIVersions')),
    apis: information('/apis/', 'getAPIVersions', 'get available API versions', 'apis', refTo(META, 'APIGroupList')),
    version: information('/version/', 'getCodeVersion', 'get the version information for this server', 'version', { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.version.Info' }, ['application/json']),
    '.well-known/openid-configuration': information(
      '/.well-known/openid-configuration/', 'getServiceAccountIssuerOpenIDConfiguration', "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'", 'WellKnown', { type: 'string' }, ['application/json'],
    ),
    'openid/v1/jwks': information(
      '/openid/v1/jwks/', 'getServiceAccountIssuerOpenIDKeyset', 'get service account issuer OpenID JSON Web Key Set (contains public token verification keys)', 'openid', { type: 'string' }, ['application/jwk-set+json'],
    ),
    ...Object.fromEntries(groups.map(group)),
  };
}

/** The version that a group's documents are told under: `apis/apps/v1`. */
export function documentKey(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${apiVersionOf(group, version)}`;
}
