import type { ApiObject } from '../sim/api/meta.ts';

export const KUBECTL = 'kubectl';

export interface FileText { readonly name: string; readonly text: string }

/** The input that runs one command line; `args` is what follows `kubectl`. */
export interface RunCommand { readonly type: 'kubectl-run'; readonly args: readonly string[]; readonly files: readonly FileText[] }

/** An error of the parser or the API server, pointing into a file. `line` and `column` count from 1; 0 is unknown. */
export interface FieldProblem {
  readonly file: string;
  /** Index of the document in the file. */
  readonly document: number;
  /** `deployment.apps/web`; '' before it is known. */
  readonly object: string;
  /** `spec.template.spec.containers[0].image`; '' when the whole object is meant. */
  readonly field: string;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** What `kubectl diff` compares: undefined stands for an object that does not exist. */
export interface ObjectDiff { readonly object: string; readonly live: ApiObject | undefined; readonly merged: ApiObject | undefined }

export interface RunOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** undefined while the command runs. */
  readonly exitCode: number | undefined;
  readonly problems: readonly FieldProblem[];
  readonly diffs: readonly ObjectDiff[];
}
