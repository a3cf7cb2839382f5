// A sync that talks to the API server and to the storage, written straight down: it stops at the first call that has no
// answer yet, and is run again from the top with all answers so far when one arrives.
import type { ApiObject } from '../../api/meta.ts';
import type { EventDraft } from '../../client/events.ts';
import type { RequestSpec } from '../../client/requests.ts';
import type { CsiCall, CsiControllerResponse } from './messages.ts';

export interface ApiAnswer { readonly code: number; readonly body: ApiObject }
export type Answer = ApiAnswer | CsiControllerResponse;
export type Call = { readonly to: 'api'; readonly spec: RequestSpec } | { readonly to: 'storage'; readonly call: CsiCall };

/** What a sync has got so far. Plain data. */
export interface FlowState { readonly entries: readonly unknown[]; readonly events: number }
export const NEW_FLOW: FlowState = { entries: [], events: 0 };

/** How far one run came. `error` ends the sync; it is tried again later. */
export interface FlowOutcome {
  readonly state: FlowState;
  readonly events: readonly EventDraft[];
  readonly call?: Call;
  readonly error?: string;
}

class Waiting {
  readonly call: Call;

  constructor(call: Call) {
    this.call = call;
  }
}

export class FlowError extends Error {
  override readonly name = 'FlowError';
}

export class Flow {
  readonly entries: unknown[];
  readonly events: EventDraft[] = [];
  private at = 0;

  constructor(entries: readonly unknown[]) {
    this.entries = entries.slice();
  }

  /** The answer to a request, whatever its code. */
  api(spec: RequestSpec): ApiAnswer {
    return this.next({ to: 'api', spec }) as ApiAnswer;
  }

  /** The answer to a request that must succeed, or end as `accepted` says. */
  write(spec: RequestSpec, ...accepted: readonly number[]): ApiObject {
    const { code, body } = this.api(spec);
    if ((code >= 200 && code < 300) || accepted.includes(code)) return body;
    throw new FlowError((body as ApiObject & { readonly message?: string }).message ?? `code ${code}`);
  }

  storage(call: CsiCall): CsiControllerResponse {
    return this.next({ to: 'storage', call }) as CsiControllerResponse;
  }

  /** A value that may be another later, such as what a cache holds. */
  remember<T>(compute: () => T): T {
    if (this.at >= this.entries.length) this.entries.push(compute());
    return this.entries[this.at++] as T;
  }

  event(event: EventDraft): void {
    this.events.push(event);
  }

  private next(call: Call): Answer {
    if (this.at >= this.entries.length) throw new Waiting(call);
    return this.entries[this.at++] as Answer;
  }
}

export function runFlow(state: FlowState, body: (flow: Flow) => void): FlowOutcome {
  const flow = new Flow(state.entries);
  let ending: Waiting | FlowError | undefined;
  try {
    body(flow);
  } catch (thrown) {
    if (!(thrown instanceof Waiting) && !(thrown instanceof FlowError)) throw thrown;
    ending = thrown;
  }
  const events = flow.events.slice(state.events);
  const next: FlowState = { entries: flow.entries, events: flow.events.length };
  if (ending instanceof Waiting) return { state: next, events, call: ending.call };
  return ending ? { state: next, events, error: ending.message } : { state: next, events };
}

export function answered(state: FlowState, answer: Answer): FlowState {
  return { ...state, entries: [...state.entries, answer] };
}
