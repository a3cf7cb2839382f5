// What the editor needs from a session: sending a file as kubectl apply does, what would change, and which kinds there are.
import type { FieldProblem } from '../../worker/protocol.ts';
import type { Live } from '../shared/live.ts';

export type { FieldProblem } from '../../worker/protocol.ts';

export interface ApplyRequest {
  readonly fileName: string;
  /** The whole file: YAML or JSON, any number of documents. Parsed by the receiver, never on the page. */
  readonly text: string;
  /** Everything is checked and nothing is stored, as `--dry-run=server`. */
  readonly dryRun: boolean;
}

export interface ApplyAnswer {
  /** What kubectl printed, line by line. A problem's line may repeat one of `problems`. */
  readonly lines: readonly { readonly text: string; readonly problem: boolean }[];
  /** What was refused, and where in the file. A line of 0 is unknown; then `document` and `field` say where. */
  readonly problems: readonly FieldProblem[];
}

export interface DiffDocument {
  /** As kubectl prints it: `deployment.apps/web`. */
  readonly object: string;
  /** YAML of the live object; empty where there is none yet. */
  readonly live: string;
  /** YAML of what the API server would hold after applying, as `kubectl diff` compares it. */
  readonly proposed: string;
}

export interface DiffAnswer {
  readonly documents: readonly DiffDocument[];
  readonly answer: ApplyAnswer;
}

/**
 * Both answers come when the command has ended in virtual time, which may need playing or stepping. They reject when
 * the session failed or the command was undone; refusals by the API server are part of the answer.
 */
export interface EditorPort {
  /** The CustomResourceDefinitions in the cluster at the playhead. */
  readonly definitions: Live<readonly object[]>;
  apply(request: ApplyRequest): Promise<ApplyAnswer>;
  diff(request: Omit<ApplyRequest, 'dryRun'>): Promise<DiffAnswer>;
}
