// What the editor needs from a session: sending a file as kubectl apply would, and what would change.

export interface ApplyRequest {
  readonly fileName: string;
  /** The whole file: YAML or JSON, any number of documents. Parsed by the receiver, never on the page. */
  readonly text: string;
  /** Everything is checked and nothing is stored, as `--dry-run=server`. */
  readonly dryRun: boolean;
}

/** A complaint about one field, as the API server words it. */
export interface FieldProblem {
  /** As in a Status cause: `spec.template.spec.containers[0].image`, `metadata.labels[app]`. Empty: the whole document. */
  readonly path: string;
  readonly message: string;
}

export interface DocumentOutcome {
  /** Which document of the file, from 0; empty documents count. */
  readonly documentIndex: number;
  /** As kubectl prints it: `deployment.apps/web`. Absent where the document could not be read that far. */
  readonly ref?: string;
  readonly result: 'created' | 'configured' | 'unchanged' | 'deleted' | 'refused';
  readonly problems: readonly FieldProblem[];
  /** Warnings that the API server sent along. */
  readonly warnings: readonly string[];
}

/** Text that is not YAML. Line and column count from 1 in the whole file. */
export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface ApplyAnswer {
  /** In the order of the file; after a syntax problem, what was sent before it, as kubectl does. */
  readonly outcomes: readonly DocumentOutcome[];
  readonly syntax?: SyntaxProblem;
}

export interface DiffDocument {
  readonly ref: string;
  /** YAML of the live object; absent where there is none yet. */
  readonly live?: string;
  /** YAML of what the API server would hold after applying, as `kubectl diff` shows it. */
  readonly proposed: string;
}

export interface DiffAnswer {
  readonly documents: readonly DiffDocument[];
  readonly problems: ApplyAnswer;
}

export interface EditorPort {
  /** Rejects only when the session itself failed; refusals are part of the answer. */
  apply(request: ApplyRequest): Promise<ApplyAnswer>;
  diff(request: Omit<ApplyRequest, 'dryRun'>): Promise<DiffAnswer>;
}
