// Answers and watch events as HTTP writes them.
import { internalPackage } from '../../api/decode-body.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { isRegistered } from '../../api/scheme.ts';
import type { PlainText } from '../documents.ts';
import type { ApiResponse, WatchEvent } from '../messages.ts';
import { Refusal, failure } from '../status.ts';
import type { Status } from '../status.ts';
import { notAcceptable } from './negotiation.ts';
import type { Presentation } from './request.ts';
import { includeObjectOf, isList, metadataListOf, metadataOf, scalePrinter, tableOf } from './table.ts';
import type { List } from './table.ts';

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

/** Writes YAML as Go's writer does, with sorted keys. */
export type YamlWriter = (value: unknown) => string;

export function isPlainText(body: object): body is PlainText {
  return 'plainText' in body;
}

/** The answer to a request. `kind` is the one that the path names; undefined for paths outside resources. */
export function present(response: Pick<ApiResponse, 'code' | 'body' | 'warnings'>, presentation: Presentation, kind: Kind | undefined, nowMs: number, writeYaml: YamlWriter): HttpResponse {
  const { code, body, warnings } = response;
  if (presentation.aggregated && code === 200) {
    const type = `application/json;g=apidiscovery.k8s.io;v=${presentation.aggregated};as=APIGroupDiscoveryList`;
    return { status: code, headers: { 'content-type': type }, body: `${JSON.stringify(body)}\n` };
  }
  if (isPlainText(body)) return { status: code, headers: body.mediaType === '' ? {} : { 'content-type': body.mediaType ?? 'text/plain; charset=utf-8' }, body: body.plainText };
  let status = code;
  let value: unknown = body;
  if (code < 300 && kind) {
    try {
      value = converted(body as unknown as ApiObject | List, presentation, kind, nowMs);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      value = error.status;
      status = error.status.code ?? 500;
    }
  }
  return write(status, value, presentation, warnings, writeYaml);
}

/** A refusal that came before the API server was asked. */
export function presentStatus(status: Status, presentation: Presentation, writeYaml: YamlWriter): HttpResponse {
  return write(status.code ?? 500, status, presentation, [], writeYaml);
}

/** Nobody says of what type it is, so Go guesses. */
const OPEN_API_INDEX = '/openapi/v3';

function write(status: number, value: unknown, { form: asked, head, info: { path } }: Presentation, warnings: readonly string[], writeYaml: YamlWriter): HttpResponse {
  // Nobody converts a refusal, and a client that wants nothing but the converted object gets it as JSON.
  const form = status >= 400 && asked.as !== '' ? { ...asked, media: 'json' } : asked;
  const headers: Record<string, string | readonly string[]> = { 'content-type': path === OPEN_API_INDEX && status === 200 ? 'text/plain; charset=utf-8' : form.media === 'yaml' ? 'application/yaml' : 'application/json', 'cache-control': 'no-cache, private' };
  if (warnings.length > 0) headers['warning'] = warnings.map(warningHeader);
  const retry = (value as Partial<Status>).details?.retryAfterSeconds;
  if (retry !== undefined && (status === 429 || status >= 500)) headers['retry-after'] = String(retry);
  const text = form.media === 'yaml' ? writeYaml(value) : form.pretty ? JSON.stringify(value, undefined, 2) : `${JSON.stringify(value)}\n`;
  return { status, headers, body: head ? '' : text };
}

function warningHeader(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `299 - "${escaped}"`;
}

function converted(body: ApiObject | List, { form, query }: Presentation, kind: Kind, nowMs: number): unknown {
  if (body.kind === 'Status') return body;
  switch (form.as) {
    case 'Table': {
      if (!isList(body) && body.kind !== kind.kind && body.kind !== 'Scale') throw new Refusal(notAcceptable());
      const printer = body.kind === 'Scale' ? scalePrinter : kind;
      const include = includeObjectOf(query.get('includeObject')?.[0]);
      return tableOf(body, { kind: printer, version: form.asVersion, include, columns: query.get('noHeaders')?.[0] !== 'true', nowMs });
    }
    case 'PartialObjectMetadata':
      if (isList(body)) throw new Refusal(failure(406, 'NotAcceptable', `you requested PartialObjectMetadata, but the requested object is a list (${internalType(kind, 'List')})`));
      return metadataOf(body, form.asVersion, kind);
    case 'PartialObjectMetadataList':
      if (!isList(body)) throw new Refusal(failure(406, 'NotAcceptable', `you requested PartialObjectMetadataList, but the requested object is not a list (${internalType(kind, '')})`));
      return metadataListOf(body, form.asVersion, kind);
    default: return isList(body) ? shownList(body, kind) : inOrder(body);
  }
}

/** As Go prints the type that the server works with. */
function internalType({ group, kind }: Kind, suffix: 'List' | ''): string {
  return `*${internalPackage(group)}.${kind}${suffix}`;
}

/** Items of a list do not repeat their kind: Go's typed lists cannot. Those of custom resources are not typed. */
function shownList(list: List, { kind }: Kind): unknown {
  const items = list.items.map(inOrder);
  if (!isRegistered(list.apiVersion, kind)) return { ...list, items, metadata: { continue: '', ...list.metadata } };
  return { ...list, items: items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined })) };
}

type Words = Readonly<Record<string, string>>;

function sorted(words: Words | undefined): Words | undefined {
  const keys = Object.keys(words ?? {});
  if (!words || keys.every((key, at) => at === 0 || (keys[at - 1] ?? '') < key)) return words;
  return Object.fromEntries(Object.entries(words).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Go writes maps in the order of their keys: labels and annotations are where clients see it. */
function inOrder(object: ApiObject): ApiObject {
  // Reviews have no metadata.
  const { labels, annotations } = (object.metadata as ApiObject['metadata'] | undefined) ?? {};
  const [orderedLabels, orderedAnnotations] = [sorted(labels), sorted(annotations)];
  if (orderedLabels === labels && orderedAnnotations === annotations) return object;
  return { ...object, metadata: { ...object.metadata, ...(orderedLabels && { labels: orderedLabels }), ...(orderedAnnotations && { annotations: orderedAnnotations }) } };
}

/** One line of a watch stream. `first` is true for the first event, whose Table has its columns. */
export function presentEvent({ event, object }: Pick<WatchEvent, 'event' | 'object'>, { form, query }: Presentation, kind: Kind, first: boolean, nowMs: number): string {
  return `${JSON.stringify({ type: event, object: eventObject(event, object, form, query, kind, first, nowMs) })}\n`;
}

function eventObject(event: WatchEvent['event'], object: ApiObject, form: Presentation['form'], query: Presentation['query'], kind: Kind, first: boolean, nowMs: number): unknown {
  if (event === 'ERROR') return object;
  switch (form.as) {
    case 'Table': {
      if (event === 'BOOKMARK') return { ...tableOf(object, { kind, version: form.asVersion, include: 'Metadata', columns: first, nowMs }), rows: [] };
      return tableOf(object, { kind, version: form.asVersion, include: includeObjectOf(query.get('includeObject')?.[0]), columns: first, nowMs });
    }
    case 'PartialObjectMetadata': return metadataOf(object, form.asVersion, kind);
    default: return inOrder(object);
  }
}
