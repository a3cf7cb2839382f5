// Query parameters as options of a request, with the errors of the real conversion and validation.
import { parseTime } from '../../../base/time.ts';
import type { LogOptions } from '../../node/messages.ts';
import type { FieldError } from '../../api/meta.ts';
import { Errors, byteLength } from '../../api/validation/field.ts';
import type { DeleteOptions } from '../options.ts';
import type { PatchType, RequestOptions } from '../messages.ts';
import { isTrue } from '../routes.ts';
import type { Query } from '../routes.ts';
import { Refusal, badRequest, invalid } from '../status.ts';

function integer(query: Query, name: string): number | undefined {
  const text = query.get(name)?.[0];
  if (text === undefined) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw new Refusal(badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`));
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Refusal(badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`));
  return value;
}

/** Only what the query has: absent options stay absent. */
function present<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

/** Options of a list or watch. Throws Refusal (400). */
export function listOptions(query: Query): RequestOptions {
  const text = (name: string): string | undefined => query.get(name)?.[0];
  const flag = (name: string): boolean | undefined => (query.has(name) ? isTrue(query, name) : undefined);
  return present<RequestOptions>({
    labelSelector: text('labelSelector'), fieldSelector: text('fieldSelector'), resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'), limit: integer(query, 'limit'), continue: text('continue'),
    timeoutSeconds: integer(query, 'timeoutSeconds'), allowWatchBookmarks: flag('allowWatchBookmarks'), sendInitialEvents: flag('sendInitialEvents'),
  });
}

/** Options of pods/log (PodLogOptions). Throws Refusal (400). */
export function logOptions(query: Query): RequestOptions {
  const flag = (name: string): boolean => query.has(name) && isTrue(query, name);
  const sinceTime = parseTime(query.get('sinceTime')?.[0] ?? '');
  const log: LogOptions = {
    follow: flag('follow'), previous: flag('previous'), timestamps: flag('timestamps'), tailLines: integer(query, 'tailLines'), limitBytes: integer(query, 'limitBytes'),
    sinceSeconds: integer(query, 'sinceSeconds') ?? 0, sinceUnixUs: sinceTime ?? 0,
  };
  return { container: query.get('container')?.[0] ?? '', log };
}

/** Options of pods/exec, pods/attach and pods/portforward (PodExecOptions and its like). */
export function streamOptions(query: Query): RequestOptions {
  const flag = (name: string): boolean => query.has(name) && isTrue(query, name);
  return { container: query.get('container')?.[0] ?? '', command: query.get('command') ?? [], streams: { stdin: flag('stdin'), tty: flag('tty') } };
}

export function opensStream(subresource: string): boolean {
  return subresource === 'exec' || subresource === 'attach' || subresource === 'portforward';
}

const MANAGER_MAX = 128;

/** Options of a write, checked as CreateOptions, UpdateOptions or PatchOptions. Throws Refusal (422). */
export function writeOptions(query: Query, kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions', patchType: PatchType | undefined): RequestOptions {
  const errors = new Errors();
  const force = query.has('force') ? isTrue(query, 'force') : undefined;
  const fieldManager = query.get('fieldManager')?.[0];
  if (kind === 'PatchOptions') checkPatch(patchType, fieldManager, force, errors);
  checkManager(fieldManager ?? '', errors);
  const dryRun = checkDryRun(query, errors);
  const fieldValidation = query.get('fieldValidation')?.[0];
  if (fieldValidation !== undefined && !['', 'Ignore', 'Warn', 'Strict'].includes(fieldValidation)) {
    errors.notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']);
  }
  refuse(kind, errors.list);
  const validation = fieldValidation === 'Ignore' || fieldValidation === 'Strict' ? fieldValidation : 'Warn';
  return present<RequestOptions>({ dryRun: dryRun || undefined, fieldManager, fieldValidation: validation, force });
}

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new Refusal(invalid('meta.k8s.io', kind, '', errors));
}

function checkPatch(patchType: PatchType | undefined, fieldManager: string | undefined, force: boolean | undefined, errors: Errors): void {
  if (patchType === 'apply') {
    if (!fieldManager) errors.required('fieldManager', 'is required for apply patch');
  } else if (force !== undefined) errors.forbidden('force', 'may not be specified for non-apply patch');
}

function checkManager(manager: string, errors: Errors): void {
  if (byteLength(manager) > MANAGER_MAX) errors.tooLong('fieldManager', MANAGER_MAX);
  let at = 0;
  for (const character of manager) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      errors.invalid('fieldManager', manager, `invalid character U+${code.toString(16).toUpperCase().padStart(4, '0')} (at position ${at})`);
    }
    at += character.length;
  }
}

function checkDryRun(query: Query, errors: Errors): boolean {
  const values = query.get('dryRun');
  if (!values) return false;
  if (values.some((value) => value !== 'All')) errors.notSupported('dryRun', values, ['All']);
  return true;
}

/** DeleteOptions out of a query, for requests without a body; they are checked where a body's are. Throws Refusal (400). */
export function deleteOptions(query: Query): DeleteOptions {
  const text = (name: string): string | undefined => query.get(name)?.[0];
  const preconditions = present({ uid: text('uid'), resourceVersion: text('resourceVersion') });
  return present<DeleteOptions>({
    gracePeriodSeconds: integer(query, 'gracePeriodSeconds'), propagationPolicy: text('propagationPolicy') as DeleteOptions['propagationPolicy'],
    orphanDependents: query.has('orphanDependents') ? isTrue(query, 'orphanDependents') : undefined, dryRun: query.get('dryRun'),
    preconditions: Object.keys(preconditions).length > 0 ? preconditions : undefined,
  });
}
