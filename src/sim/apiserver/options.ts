// Options of requests: DeleteOptions from a body, selectors and resource versions from a query.
import { decodeBody, splitGroupVersion } from '../api/decode-body.ts';
import { parseGoJson } from '../api/go-json.ts';
import type { ParsedJson } from '../api/go-json.ts';
import { apiVersionOf } from '../api/meta.ts';
import type { FieldError } from '../api/meta.ts';
import { parseSelector } from '../api/selector-parser.ts';
import { parseFieldSelector, SelectorError } from '../api/selectors.ts';
import { Errors } from '../api/validation/field.ts';
import { EncodedBody } from './body.ts';
import type { Call } from './call.ts';
import { resourceOf } from './call.ts';
import type { RequestOptions } from './messages.ts';
import { selectableFieldsOf } from './scheme.ts';
import { Refusal, badRequest, invalid, unclassified } from './status.ts';
import type { Scope } from './watch-cache.ts';

/** meta/v1 DeleteOptions, as far as it changes anything. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

const NO_OPTIONS: DeleteOptions = {};
const PROPAGATION = ['Foreground', 'Background', 'Orphan', 'nil'];
const OPTIONS_SCHEME = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27';
const deleteOptionsKind = { group: '', version: 'v1', kind: 'DeleteOptions', schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' };

/** The options of a DELETE or deletecollection; throws Refusal (400, 422). */
export function deleteOptionsOf(call: Call): DeleteOptions {
  const { body, options } = call.request;
  const sent = body === undefined ? NO_OPTIONS : body instanceof EncodedBody ? decodeDeleteOptions(body) : (body as DeleteOptions);
  const errors = validateDeleteOptions(sent);
  if (errors.length > 0) throw new Refusal(invalid('meta.k8s.io', 'DeleteOptions', '', errors));
  return options.dryRun ? { ...sent, dryRun: ['All'] } : sent;
}

/** DeleteOptions belong to every group, and nothing else is in the scheme that they are read by. */
function decodeDeleteOptions({ content, unreadable }: EncodedBody): DeleteOptions {
  if (unreadable !== undefined) throw new Refusal(badRequest(unreadable));
  const parsed = content.document ? { ok: true as const, document: content.document } : parseGoJson(content.text);
  if (!parsed.ok) throw new Refusal(badRequest(`couldn't get version/kind; json parse error: ${parsed.message}`));
  const { apiVersion, kind } = membersOf(parsed.document.value);
  const sent = typeof apiVersion === 'string' ? splitGroupVersion(apiVersion) : undefined;
  const expected = sent === undefined || sent.version === '' ? deleteOptionsKind : { ...deleteOptionsKind, ...sent };
  if (typeof kind === 'string' && kind !== '' && kind !== expected.kind) {
    throw new Refusal(badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersionOf(expected.group, expected.version))} in scheme ${JSON.stringify(OPTIONS_SCHEME)}`));
  }
  const result = decodeBody({ ...content, document: parsed.document }, expected, 'Ignore');
  if (!result.ok) throw new Refusal(badRequest(decoderWords(result.message)));
  return result.object as unknown as DeleteOptions;
}

function membersOf(value: ParsedJson): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as { readonly [key: string]: unknown } : {};
}

/** Without what other requests put around them. */
function decoderWords(message: string): string {
  return /^the object provided is unrecognized \(must be of type DeleteOptions\): (.*) \([^()]*\)$/s.exec(message)?.[1] ?? message.replace(/^\w+ in version "[^"]*" cannot be handled as a DeleteOptions: /, '');
}

function validateDeleteOptions({ propagationPolicy, orphanDependents, dryRun }: DeleteOptions): readonly FieldError[] {
  const errors = new Errors();
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    errors.invalid('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set');
  }
  if (propagationPolicy !== undefined && !PROPAGATION.includes(propagationPolicy)) errors.notSupported('propagationPolicy', propagationPolicy, PROPAGATION);
  if ((dryRun ?? []).some((value) => value !== 'All')) errors.notSupported('dryRun', dryRun, ['All']);
  return errors.list;
}

/** What a list or watch selects; throws Refusal (400) for selectors that cannot be read or fields that the kind lacks. */
export function scopeOf(call: Call): Scope {
  const { options, namespace } = call.request;
  const resource = resourceOf(call);
  const view = resource.kind.storedAs ? resource : undefined;
  if (options.labelSelector === undefined && options.fieldSelector === undefined) return { namespace, name: '', labels: undefined, fields: undefined, view };
  try {
    const labels = options.labelSelector ? parseSelector(options.labelSelector) : undefined;
    const fields = options.fieldSelector ? parseFieldSelector(options.fieldSelector).map((term) => renamed(resource.name, term)) : undefined;
    const exact = (field: string): string => fields?.find((term) => term.field === field && !term.negated)?.value ?? '';
    for (const { field } of fields ?? []) checkField(call, field);
    return { namespace: namespace === '' ? exact('metadata.namespace') : namespace, name: exact('metadata.name'), labels, fields: fields?.length ? fields : undefined, view };
  } catch (error) {
    if (error instanceof SelectorError) throw new Refusal(badRequest(error.message));
    throw error;
  }
}

/** Kinds without fields of their own word it differently from those with a conversion function. */
function checkField(call: Call, field: string): void {
  const resource = resourceOf(call);
  const known = selectableFieldsOf(resource.kind);
  if (known.includes(field)) return;
  const own = resource.custom || known.some((name) => name !== 'metadata.name' && name !== 'metadata.namespace');
  // Without a conversion function the namespace may be asked for even where there is none.
  if (!own && field === 'metadata.namespace') return;
  const supported = resource.name === 'jobs.batch' ? `field label ${JSON.stringify(field)} not supported for Job` : `field label not supported: ${field}`;
  throw new Refusal(badRequest(own ? supported : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`));
}

/** Clients of long ago ask for a pod's node by another name. */
function renamed<T extends { readonly field: string }>(resource: string, term: T): T {
  return resource === 'pods' && term.field === 'spec.host' ? { ...term, field: 'spec.nodeName' } : term;
}

/** A resourceVersion as a number: 0 for '' too. Throws Refusal for anything but an unsigned integer. */
export function parseResourceVersion(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  throw new Refusal(unclassified(`resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`));
}

/** Models metainternalversion validation of ListOptions; throws Refusal (422). */
export function checkListOptions(options: RequestOptions, watch: boolean): void {
  const errors = new Errors();
  if (watch) checkWatchOptions(options, errors);
  else checkList(options, errors);
  if (errors.length > 0) throw new Refusal(invalid('meta.k8s.io', 'ListOptions', '', errors.list));
}

const MATCH = 'resourceVersionMatch';

function checkList(options: RequestOptions, errors: Errors): void {
  const { resourceVersionMatch: match, resourceVersion = '' } = options;
  if (match) {
    if (resourceVersion === '') errors.forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (options.continue) errors.forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
    if (match !== 'Exact' && match !== 'NotOlderThan') errors.notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']);
    if (match === 'Exact' && resourceVersion === '0') errors.forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (options.sendInitialEvents !== undefined) errors.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list');
}

function checkWatchOptions(options: RequestOptions, errors: Errors): void {
  const { resourceVersionMatch: match } = options;
  if (options.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  // A watch of the state of now is one with its initial events.
  const startsNow = !match && options.sendInitialEvents === undefined && ['', '0'].includes(options.resourceVersion ?? '');
  if (options.continue && startsNow) errors.forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
  if (!match) return;
  if (options.sendInitialEvents === undefined) errors.forbidden(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if (match !== 'NotOlderThan') errors.notSupported(MATCH, match, ['NotOlderThan']);
  if (options.continue) errors.forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
}
