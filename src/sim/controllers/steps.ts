// Syncs that are a long sequence of single writes, each depending on the answers before. Such a sync is written
// straight down; it stops at the first write that has no answer yet and, when the answer is there, is run again from
// the top with all answers so far. What it reads must therefore be in its input, or be remembered: then every run takes
// the same way.
import { errorText, isNamespaceTerminating, isSuccess } from './api-errors.ts';
import type { EventDraft, PlanExplanation, Round, Write, WriteResult } from './controller.ts';

export type Action = PlanExplanation['actions'][number];

/** A sync under way: what it began with, and answers and remembered values in order. Plain data. */
export interface Journal<I> {
  readonly input: I;
  readonly entries: readonly unknown[];
  /** How many events and actions earlier rounds have told already. */
  readonly events: number;
  readonly actions: number;
  /** The body has come to its end: only its last write has no answer yet. */
  readonly ended: boolean;
}

/** How a sync ends. `lastWrite` is a write that nothing depends on but whether the sync has failed. */
export interface Outcome { readonly requeueAfterUs?: number; readonly lastWrite?: Write }

class Pending {
  readonly writes: readonly Write[];

  constructor(writes: readonly Write[]) {
    this.writes = writes;
  }
}

/** Ends a sync; the key comes back with the rate limit. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  /** Nothing can be done about it: the key is left alone. */
  readonly final: boolean;

  constructor(message: string, final = false) {
    super(message);
    this.final = final;
  }
}

/** What the body of such a sync works with. */
export class Steps {
  readonly entries: unknown[];
  readonly events: EventDraft[] = [];
  readonly actions: Action[] = [];
  private at = 0;

  constructor(entries: readonly unknown[]) {
    this.entries = entries.slice();
  }

  /** Writes and gives the answer, whatever it is. */
  attempt(write: Write): WriteResult {
    return this.attemptAll([write])[0] as WriteResult;
  }

  /** Writes several at once and gives their answers in the same order. */
  attemptAll(writes: readonly Write[]): readonly WriteResult[] {
    if (writes.length === 0) return [];
    if (this.at >= this.entries.length) throw new Pending(writes);
    return this.entries[this.at++] as readonly WriteResult[];
  }

  /** Writes and gives the answer; a refusal ends the sync. */
  write(write: Write): WriteResult {
    const result = this.attempt(write);
    if (!isSuccess(result)) throw refusal(result);
    return result;
  }

  /** A value that may be another when it is asked for later, such as what a cache holds now. */
  remember<T>(compute: () => T): T {
    if (this.at >= this.entries.length) this.entries.push(compute());
    return this.entries[this.at++] as T;
  }

  event(event: EventDraft): void {
    this.events.push(event);
  }

  action(code: string, params: Action['params']): void {
    this.actions.push({ code, params });
  }
}

/** The error that a refused write is; in a namespace that goes away it is final. */
export function refusal(result: WriteResult): SyncError {
  return new SyncError(errorText(result), isNamespaceTerminating(result));
}

/**
 * Runs the body as far as its answers reach.
 * @param explain makes the explanation of the actions that this round adds
 */
export function runSteps<I>(journal: Journal<I>, body: (input: I, steps: Steps) => Outcome, explain: (input: I, actions: readonly Action[]) => PlanExplanation): Round<Journal<I>> {
  if (journal.ended) return lastAnswer(journal);
  const steps = new Steps(journal.entries);
  const ending = runBody(journal.input, steps, body);
  const events = steps.events.slice(journal.events);
  const actions = steps.actions.slice(journal.actions);
  const told = { ...(events.length > 0 && { events }), ...((actions.length > 0 || journal.entries.length === 0) && { explanation: explain(journal.input, actions) }) };
  if (ending instanceof Pending) {
    const progress: Journal<I> = { input: journal.input, entries: steps.entries, events: steps.events.length, actions: steps.actions.length, ended: false };
    return { ...told, writes: ending.writes, progress };
  }
  if (ending instanceof SyncError) return ending.final ? told : { ...told, error: ending.message };
  const { lastWrite, requeueAfterUs } = ending;
  if (!lastWrite) return { ...told, requeueAfterUs };
  return { ...told, requeueAfterUs, writes: [lastWrite], progress: { input: journal.input, entries: [], events: 0, actions: 0, ended: true } };
}

function lastAnswer<I>({ entries }: Journal<I>): Round<Journal<I>> {
  const [result] = entries[0] as readonly WriteResult[];
  if (!result || isSuccess(result) || isNamespaceTerminating(result)) return {};
  return { error: errorText(result) };
}

function runBody<I>(input: I, steps: Steps, body: (input: I, steps: Steps) => Outcome): Outcome | Pending | SyncError {
  try {
    return body(input, steps);
  } catch (thrown) {
    if (thrown instanceof Pending || thrown instanceof SyncError) return thrown;
    throw thrown;
  }
}

/** The journal of a sync that begins. */
export function beginSteps<I>(input: I): Journal<I> {
  return { input, entries: [], events: 0, actions: 0, ended: false };
}

/** The journal after the answers to the writes that it stopped at. */
export function continueSteps<I>(journal: Journal<I>, results: readonly WriteResult[]): Journal<I> {
  return { ...journal, entries: [...journal.entries, results] };
}
