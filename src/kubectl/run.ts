import type { CustomResourceDefinition, JsonObject } from '../sim/api/generated/types.ts';
import { goYaml } from '../base/go-yaml.ts';
import type { ApiResponse, RequestOptions } from '../sim/apiserver/messages.ts';
import type { RequestSpec } from '../sim/client/requests.ts';
import type { Arguments } from './arguments.ts';
import type { Found } from './get.ts';
import type { Manifest } from './manifest.ts';
import type { Mapping } from './mapping.ts';
import { sortedKeys } from './templates.ts';
import type { FieldProblem, ObjectDiff } from './messages.ts';

/** One object that a command is about. */
export interface Item {
  readonly kind: Mapping;
  readonly namespace: string;
  readonly name: string;
  /** From a file: where, and the object as written. */
  readonly file: string;
  readonly document: number;
  readonly object: JsonObject | undefined;
}

/** A command under way. Items are worked on one after the other, as kubectl does. */
export interface Run {
  readonly id: number;
  readonly args: Arguments;
  items: readonly Item[];
  /** What the files hold, while the API server is asked for kinds that are not built in. */
  unmapped: Manifest | undefined;
  index: number;
  /** What the request under way is for; each verb has its own words. */
  phase: string;
  /** The request under way, and the live object that an earlier one of this item found. */
  sent: RequestSpec | undefined;
  live: JsonObject | undefined;
  /** Of get: what was found, and the definition of the custom resource that is asked for. */
  found: readonly Found[];
  definition: CustomResourceDefinition | undefined;
  stdout: string;
  stderr: readonly string[];
  /** What the last error is told as if it stays the only one. */
  alone: string | undefined;
  problems: readonly FieldProblem[];
  diffs: readonly ObjectDiff[];
  exitCode: number | undefined;
}

/** What a verb does next about the current item: ask the API server, or be done with it. */
export type Step = { readonly phase: string; readonly request: RequestSpec } | 'done';

/** A verb of kubectl. `begin` is called for each item; `answer` until it returns 'done'. */
export interface Verb {
  readonly name: string;
  begin(run: Run, item: Item): Step;
  answer(run: Run, item: Item, response: ApiResponse): Step;
  /** After the last item, at `unixUs`. */
  finish?(run: Run, unixUs: number): void;
}

/** `deployment.apps/web`, as kubectl names objects. */
export function printedName(item: Item): string {
  return `${printedKind(item.kind)}/${item.name}`;
}

export function printedKind({ kind, group }: Pick<Mapping, 'kind' | 'group'>): string {
  return `${kind.toLowerCase()}${group ? `.${group}` : ''}`;
}

export function say(run: Run, line: string): void {
  run.stdout += `${line}\n`;
}

export function dryRunSuffix(dryRun: string): string {
  return dryRun === 'server' ? ' (server dry run)' : dryRun === 'client' ? ' (dry run)' : '';
}

/** What a command line selects by its labels or takes as a whole. */
export function selectors({ args: { flags } }: Run): RequestOptions {
  return { ...(flags['selector'] !== undefined && { labelSelector: flags['selector'] }), ...(flags['field-selector'] !== undefined && { fieldSelector: flags['field-selector'] }) };
}

/** Says what became of an object: in words, or as -o wants it. */
export function report(run: Run, item: Item, word: string, object: unknown): void {
  const { output = '', 'dry-run': dryRun = 'none' } = run.args.flags;
  switch (output) {
    case 'name': return say(run, printedName(item));
    case 'yaml': return say(run, goYaml(withoutManagedFields(object)).replace(/\n$/, ''));
    case 'json': return say(run, JSON.stringify(sortedKeys(withoutManagedFields(object)), null, 4));
    default: return say(run, `${printedName(item)} ${word}${dryRunSuffix(dryRun)}`);
  }
}

/** An object as it is printed unless somebody asks for more. */
export function withoutManagedFields(object: unknown): unknown {
  const { metadata } = object as { readonly metadata?: { readonly managedFields?: unknown } };
  if (metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...kept } = metadata;
  return { ...object as object, metadata: kept };
}

/** Options of a write: a dry run where asked for; unknown fields are errors as kubectl's --validate default wants, where there is that flag. */
export function withOptions(request: RequestSpec, run: Run): RequestSpec {
  const { verb, flags } = run.args;
  const dryRun = flags['dry-run'] === 'server' || verb === 'diff';
  const options: RequestOptions = { fieldManager: MANAGERS[verb] ?? `kubectl-${verb}`, fieldValidation: VALIDATING.has(verb) ? VALIDATION[flags['validate'] ?? 'true'] ?? 'Strict' : 'Warn', ...(dryRun && { dryRun }) };
  return { ...request, options };
}

const MANAGERS: Readonly<Record<string, string>> = { apply: 'kubectl-client-side-apply', diff: 'kubectl-client-side-apply' };
const VALIDATING = new Set(['apply', 'create', 'diff']);
const VALIDATION: Readonly<Record<string, 'Strict' | 'Warn' | 'Ignore'>> = { true: 'Strict', strict: 'Strict', warn: 'Warn', false: 'Ignore', ignore: 'Ignore' };

/** What the server warns of, each once. */
export function warnOf(run: Run, { warnings }: ApiResponse): void {
  for (const warning of warnings) if (!run.stderr.includes(`Warning: ${warning}`)) complain(run, `Warning: ${warning}`, []);
}

export function isRefused({ code }: ApiResponse): boolean {
  return code < 200 || code >= 300;
}

export function complain(run: Run, line: string, problems: readonly FieldProblem[]): void {
  run.stderr = [...run.stderr, line];
  run.problems = [...run.problems, ...problems];
}

/** `Error from server (Reason): …`, as kubectl words a response that is a failure. */
export function statusText(response: ApiResponse, context: string): string {
  const { reason, message = `unexpected code ${response.code}` } = response.body as { readonly reason?: string; readonly message?: string };
  return response.code === 0 ? `Unable to connect to the server: ${message}` : `Error from server${reason ? ` (${reason})` : ''}: ${context}${message}`;
}

interface Status { readonly reason?: string; readonly message?: string; readonly details?: { readonly kind?: string; readonly name?: string; readonly causes?: readonly { readonly field?: string; readonly message?: string }[] } }

/** How kubectl words the refusal of an invalid object if it is the only thing to say (models checkErr). */
function invalidText({ reason, details }: Status): string | undefined {
  if (reason !== 'Invalid' || details === undefined) return undefined;
  const { kind = '', name = '', causes = [] } = details;
  const errors = [...new Set(causes.map(({ field = '', message = '' }) => (field === '' ? message : `${field}: ${message}`)))];
  const subject = kind === '' && name === '' ? 'The request is invalid' : `The ${kind} ${JSON.stringify(name)} is invalid`;
  return errors.length === 0 ? subject : errors.length === 1 ? `${subject}: ${errors[0] ?? ''}` : `${subject}: \n${errors.map((error) => `* ${error}`).join('\n')}`;
}

/** `Error from server (Reason): …` for a Status, and a problem for each field that it names. */
export function complainOfStatus(run: Run, item: Item, response: ApiResponse, context: string): void {
  const status = response.body as Status;
  run.alone = invalidText(status);
  const message = status.message ?? `unexpected code ${response.code}`;
  const text = statusText(response, context);
  const at = { file: item.file, document: item.document, object: printedName(item), line: 0, column: 0 };
  const causes = (status.details?.causes ?? []).map((cause) => ({ ...at, field: cause.field ?? '', message: cause.message ?? message }));
  const strict = [...message.matchAll(/(unknown|duplicate) field "([^"]+)"/g)].map((match) => ({ ...at, field: match[2] ?? '', message: match[0] }));
  const found = causes.length > 0 ? causes : strict;
  complain(run, text, found.length > 0 ? found : [{ ...at, field: '', message }]);
}
