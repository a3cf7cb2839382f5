// The format of recorded exchanges: requests to a real API server, and what it answered.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** null takes a header out that is sent otherwise. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly as?: { readonly user: string; readonly groups?: readonly string[]; readonly uid?: string };
  /** '' is anonymous, absent the administrator. */
  readonly token?: string;
  /** JSON, or text that is sent as it is; with `${variables}`. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly warnings?: readonly string[];
  readonly allow?: string;
  readonly retryAfter?: string;
  /** Of a watch: the list of its events. */
  readonly body: unknown;
}

export interface Step {
  readonly name: string;
  readonly request: RecordedRequest;
  /** How long the recorder waited before the request, for controllers of the server itself. */
  readonly settleMs?: number;
  readonly watch?: { readonly events: number; readonly timeoutMs?: number };
  /** Variables that the answer sets, by their paths in it. */
  readonly capture?: Readonly<Record<string, string>>;
  /** Paths of which only the presence is compared. */
  readonly ignore?: readonly string[];
  readonly keepManagedFields?: boolean;
  /** The real server lists such errors in random order. */
  readonly unordered?: boolean;
  readonly expect: Answer;
}

export interface Scenario { readonly id: string; readonly title: string; readonly tags: readonly string[]; readonly steps: readonly Step[] }

/** All that the project carries. `file` is for programs that are bundled, and so stand elsewhere. */
export function loadScenarios(file: string | URL = new URL('fixtures/exchanges.ndjson.gz', import.meta.url)): readonly Scenario[] {
  const packed = readFileSync(file);
  return gunzipSync(packed).toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Scenario);
}
