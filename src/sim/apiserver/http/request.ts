// An HTTP request as a request of the API, with the refusals that come before any handler.
import type { BodyText } from '../../api/decode-body.ts';
import type { ParsedDocument } from '../../api/go-json.ts';
import { byteLength } from '../../api/validation/field.ts';
import { EncodedBody } from '../body.ts';
import { aggregatedForm } from '../documents.ts';
import type { ApiRequest, Credentials, PatchType, RequestOptions, RequestVerb } from '../messages.ts';
import { parseQuery, patchTypes, requestInfo } from '../routes.ts';
import type { Query, RequestInfo } from '../routes.ts';
import { Refusal, failure, methodNotAllowed, noSuchResource } from '../status.ts';
import type { Status } from '../status.ts';
import { JSON_FORM, bodyMedia, documentRefusal, isPretty, negotiate, notStreamable, unsupportedPatch } from './negotiation.ts';
import type { OutputForm } from './negotiation.ts';
import { deleteOptions, listOptions, logOptions, opensStream, streamOptions, writeOptions } from './query-options.ts';
import { includeObjectOf } from './table.ts';

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly credentials: Credentials;
}

/** Reads YAML as Go's reader does: the document as JSON, and the keys that it saw twice; or why it cannot be read. */
export type YamlReader = (text: string) =>
  | { readonly ok: true; readonly document: ParsedDocument; readonly errors: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** How the answer is to be written. */
export interface Presentation {
  readonly form: OutputForm;
  readonly query: Query;
  readonly info: RequestInfo;
  readonly head: boolean;
  /** Discovery was asked for as one document. */
  readonly aggregated: RequestOptions['discovery'];
}

/** The request, but for the number that its sender gives it; if it is to be refused, that is one of its options. */
export type Translated = { readonly request: Omit<ApiRequest, 'requestId'>; readonly presentation: Presentation }
  & ({ readonly ok: true } | { readonly ok: false; readonly status: Status });

const BODY_LIMIT_BYTES = 3_145_728;

export function translate(http: HttpRequest, readYaml: YamlReader): Translated {
  const question = http.url.indexOf('?');
  const path = question < 0 ? http.url : http.url.slice(0, question);
  const query = parseQuery(question < 0 ? '' : http.url.slice(question + 1));
  const info = requestInfo(http.method, path, query);
  const negotiated = negotiate(http.headers['accept'], info.verb === 'list' || info.verb === 'watch');
  const form = indented('kind' in negotiated ? JSON_FORM : negotiated, http, path, query);
  const presentation: Presentation = { form, query, info, head: http.method === 'HEAD', aggregated: info.isResource ? undefined : aggregatedForm(http.headers['accept']) };
  const request = (parts: Parts): Omit<ApiRequest, 'requestId'> => ({ ...address(info), ...parts, type: 'api-request', credentials: http.credentials, userAgent: http.headers['user-agent'] ?? '' });
  try {
    if (info.isResource && 'kind' in negotiated) throw new Refusal(negotiated);
    // Rows of a stream cannot be refused any more once it has begun.
    if (info.verb === 'watch' && form.media === 'yaml') throw new Refusal(notStreamable());
    if (info.verb === 'watch' && form.as === 'Table') includeObjectOf(query.get('includeObject')?.[0]);
    const parts = info.isResource ? resourceRequest(http, info, query, readYaml) : { options: documentOptions(http, path, negotiated), patchType: undefined, body: undefined };
    return { ok: true, presentation, request: request(parts) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, status: error.status, presentation, request: request({ options: { refusal: error.status }, patchType: undefined, body: undefined }) };
    throw error;
  }
}

/** The version and the list of paths are always indented, OpenAPI documents never. */
function indented(form: OutputForm, { headers }: HttpRequest, path: string, query: Query): OutputForm {
  const always = path === '/' || path === '/version' || path === '/version/';
  const pretty = always || (!path.startsWith('/openapi') && (form.pretty || isPretty(query.get('pretty')?.[0], headers['user-agent'])));
  return pretty === form.pretty ? form : { ...form, pretty };
}

function documentOptions({ headers }: HttpRequest, path: string, negotiated: OutputForm | Status): RequestOptions {
  const discovery = aggregatedForm(headers['accept']);
  if (discovery) return { discovery };
  const refusal = documentRefusal(path, headers['accept'], negotiated);
  return refusal ? { refusal } : {};
}

type Address = Pick<ApiRequest, 'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name'>;

/** Paths outside resources have the path as their name. */
function address({ isResource, verb, group, version, resource, subresource, namespace, name, path }: RequestInfo): Address {
  if (!isResource) return { verb: verb as RequestVerb, group: '', version: '', resource: '', subresource: '', namespace: '', name: path };
  return { verb: verb as RequestVerb, group, version, resource, subresource, namespace, name: verb === 'list' || verb === 'deletecollection' || verb === 'watch' ? '' : name };
}

interface Parts { readonly options: RequestOptions; readonly patchType: PatchType | undefined; readonly body: unknown }

function resourceRequest(http: HttpRequest, info: RequestInfo, query: Query, readYaml: YamlReader): Parts {
  if (byteLength(http.body) > BODY_LIMIT_BYTES) throw new Refusal(failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT_BYTES}`));
  switch (info.verb) {
    case 'get':
      // No route takes HEAD.
      if (http.method !== 'GET') throw new Refusal(methodNotAllowed());
      return { options: getOptions(info, query), patchType: undefined, body: undefined };
    case 'list': case 'watch':
      if (http.method !== 'GET') throw new Refusal(methodNotAllowed());
      return { options: listOptions(query), patchType: undefined, body: undefined };
    case 'create':
      if (info.name !== '' && info.subresource === '') throw new Refusal(methodNotAllowed());
      if (opensStream(info.subresource)) return { options: streamOptions(query), patchType: undefined, body: undefined };
      return { options: writeOptions(query, 'CreateOptions', undefined), patchType: undefined, body: encoded(http, readYaml) };
    case 'update':
      if (info.name === '') throw new Refusal(methodNotAllowed());
      return { options: writeOptions(query, 'UpdateOptions', undefined), patchType: undefined, body: encoded(http, readYaml) };
    case 'patch': return patchParts(http, info, query, readYaml);
    case 'delete': return { options: {}, patchType: undefined, body: http.body === '' ? deleteOptions(query) : encoded(http, readYaml) };
    case 'deletecollection': return { options: listOptions(query), patchType: undefined, body: http.body === '' ? deleteOptions(query) : encoded(http, readYaml) };
    default: throw new Refusal(info.resource === '' ? noSuchResource() : methodNotAllowed());
  }
}

function getOptions({ subresource }: RequestInfo, query: Query): RequestOptions {
  if (subresource === 'log') return logOptions(query);
  return opensStream(subresource) ? streamOptions(query) : readOptions(query);
}

function readOptions(query: Query): RequestOptions {
  const resourceVersion = query.get('resourceVersion')?.[0];
  return resourceVersion === undefined ? {} : { resourceVersion };
}

function patchParts(http: HttpRequest, info: RequestInfo, query: Query, readYaml: YamlReader): Parts {
  if (info.name === '') throw new Refusal(methodNotAllowed());
  const type = (http.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const patchType = patchTypes[type];
  if (!patchType) throw new Refusal(unsupportedPatch());
  const options = writeOptions(query, 'PatchOptions', patchType);
  if (patchType !== 'apply') return { options, patchType, body: new EncodedBody({ text: http.body }) };
  return { options, patchType, body: yamlBody(http.body, readYaml) };
}

function encoded(http: HttpRequest, readYaml: YamlReader): EncodedBody {
  const media = bodyMedia(http.headers['content-type']);
  switch (media) {
    case 'json': return new EncodedBody({ text: http.body });
    case 'yaml': return yamlBody(http.body, readYaml);
    case 'protobuf': return new EncodedBody({ text: http.body }, 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
    default: throw new Refusal(media);
  }
}

function yamlBody(text: string, readYaml: YamlReader): EncodedBody {
  const read = readYaml(text);
  if (!read.ok) return new EncodedBody({ text }, read.message);
  const content: BodyText = { text, document: read.document, yamlErrors: read.errors };
  return new EncodedBody(content);
}
