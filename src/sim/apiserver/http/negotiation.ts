// Which form an answer takes (models endpoints/handlers/negotiation and the router's own checks).
import { failure, unsupportedMedia } from '../status.ts';
import type { Status } from '../status.ts';

/** `as` is what a client asked to have the object converted to: Table, PartialObjectMetadata, PartialObjectMetadataList. */
export interface OutputForm {
  readonly media: 'json' | 'yaml';
  readonly as: string;
  /** Version of meta.k8s.io that the conversion is written in. */
  readonly asVersion: string;
  readonly pretty: boolean;
}

interface MediaRange { readonly type: string; readonly params: Readonly<Record<string, string>> }

export const JSON_FORM: OutputForm = { media: 'json', as: '', asVersion: 'v1', pretty: false };
const MEDIA: Readonly<Record<string, OutputForm['media'] | undefined>> = { 'application/json': 'json', 'application/yaml': 'yaml', '*/*': 'json' };
const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const STREAMED = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
const CONVERSIONS = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);
const META_VERSIONS = new Set(['v1', 'v1beta1']);

/** The parts of an Accept header, best quality first. */
function parseAccept(header: string): readonly MediaRange[] {
  const ranges = header.split(',').map((part) => {
    const [type = '', ...params] = part.split(';').map((text) => text.trim());
    const pairs = params.map((param) => param.split('=')).map(([name = '', value = '']) => [name, value] as const);
    return { type, params: Object.fromEntries(pairs) as Record<string, string> };
  });
  const quality = ({ params }: MediaRange): number => (params['q'] === undefined ? 1 : Number(params['q']) || 0);
  return ranges.toSorted((a, b) => quality(b) - quality(a));
}

/** The form of an answer, or the 406. `streams` is true for lists, which can be watched. */
export function negotiate(accept: string | undefined, streams: boolean): OutputForm | Status {
  if (accept === undefined || accept === '') return JSON_FORM;
  const ranges = parseAccept(accept);
  if (!ranges.some(({ type }) => routable(type))) {
    return unroutable([...ACCEPTED, ...(streams ? STREAMED : [])]);
  }
  for (const { type, params } of ranges) {
    const media = MEDIA[type] ?? (type === 'application/*' ? 'json' : undefined);
    if (!media) continue;
    const { as = '', g = '', v = '' } = params;
    if (as !== '' && !(CONVERSIONS.has(as) && g === 'meta.k8s.io' && META_VERSIONS.has(v))) continue;
    return { media, as, asVersion: v === '' ? 'v1' : v, pretty: params['pretty'] === '1' };
  }
  return notAcceptable();
}

/** What Go's strconv.ParseBool takes for true. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
/** Programs that show an answer to a person. */
const READERS = ['curl', 'Wget', 'Mozilla/5.0'];

/** Whether JSON is indented: as ?pretty says, else by who asks (models isPrettyPrint). */
export function isPretty(wish: string | undefined, userAgent: string | undefined): boolean {
  if (wish !== undefined && wish !== '') return TRUE.has(wish);
  return userAgent !== undefined && READERS.some((reader) => userAgent.startsWith(reader));
}

/** Why a discovery document or the version cannot be written as it is asked for; undefined if it can. */
export function documentRefusal(path: string, accept: string | undefined, negotiated: OutputForm | Status): Status | undefined {
  // A client that takes nothing but protobuf gets JSON rather than nothing.
  if (accept?.includes('protobuf')) return undefined;
  const parts = path.split('/').filter((part) => part !== '');
  if (parts[0] === 'version') return 'kind' in negotiated || negotiated.media === 'yaml' ? unroutable(['application/json']) : undefined;
  if (!('kind' in negotiated) || (parts[0] !== 'api' && parts[0] !== 'apis')) return undefined;
  // Lists of groups are not served by the router.
  return parts[0] === 'apis' && parts.length < 3 ? notAcceptable() : negotiated;
}

function unroutable(produced: readonly string[]): Status {
  return failure(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${produced.join(', ')}`, {});
}

function routable(type: string): boolean {
  return type === '*/*' || type === 'application/json' || type === 'application/yaml' || type === 'application/vnd.kubernetes.protobuf';
}

export function notAcceptable(): Status {
  return failure(406, 'NotAcceptable', `only the following media types are accepted: ${ACCEPTED.join(', ')}`);
}

/** Streams are not written as YAML. */
export function notStreamable(): Status {
  return failure(406, 'NotAcceptable', `only the following media types are accepted: ${STREAMED.join(', ')}`);
}

/** How a body is written; the 415 for other types. An empty content type stands for JSON. */
export function bodyMedia(contentType: string | undefined): 'json' | 'yaml' | 'protobuf' | Status {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  switch (type) {
    case '': case 'application/json': return 'json';
    case 'application/yaml': return 'yaml';
    case 'application/vnd.kubernetes.protobuf': return 'protobuf';
    default: return unsupportedMedia(ACCEPTED);
  }
}

export function unsupportedPatch(): Status {
  return failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}
