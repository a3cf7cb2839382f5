import type { JsonObject } from '../sim/api/generated/types.ts';
import type { ApiResponse } from '../sim/apiserver/messages.ts';
import type { RequestSpec } from '../sim/client/requests.ts';
import type { Arguments } from './arguments.ts';
import type { Manifest } from './manifest.ts';
import type { Mapping } from './mapping.ts';
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
  stdout: readonly string[];
  stderr: readonly string[];
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
}

/** `deployment.apps/web`, as kubectl names objects. */
export function printedName(item: Item): string {
  return `${item.kind.kind.toLowerCase()}${item.kind.group ? `.${item.kind.group}` : ''}/${item.name}`;
}

export function say(run: Run, line: string): void {
  run.stdout = [...run.stdout, line];
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

/** `Error from server (Reason): …` for a Status, and a problem for each field that it names. */
export function complainOfStatus(run: Run, item: Item, response: ApiResponse, context: string): void {
  const status = response.body as { readonly reason?: string; readonly message?: string; readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] } };
  const message = status.message ?? `unexpected code ${response.code}`;
  const text = statusText(response, context);
  const at = { file: item.file, document: item.document, object: printedName(item), line: 0, column: 0 };
  const causes = (status.details?.causes ?? []).map((cause) => ({ ...at, field: cause.field ?? '', message: cause.message ?? message }));
  const strict = [...message.matchAll(/(unknown|duplicate) field "([^"]+)"/g)].map((match) => ({ ...at, field: match[2] ?? '', message: match[0] }));
  const found = causes.length > 0 ? causes : strict;
  complain(run, text, found.length > 0 ? found : [{ ...at, field: '', message }]);
}
