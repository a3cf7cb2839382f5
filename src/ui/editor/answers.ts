// What the API server said to the last command, and where in the text it meant.
import { create } from 'zustand';
import { usePorts } from '../ports.ts';
import { notify, reasonOf } from '../shared/notices.ts';
import i18next from 'i18next';
import type { ApplyAnswer, DiffAnswer, FieldProblem } from './contract.ts';
import { activeFile, type EditorFile, flushEdits, useFiles } from './files.ts';
import { fieldInMessage } from './fieldPath.ts';
import type { TextRange } from './locateField.ts';

export interface LocatedProblem {
  readonly problem: FieldProblem;
  /** Absent where the file has no such place. */
  readonly range?: TextRange;
}

export interface ShownAnswer {
  readonly fileId: string;
  readonly dryRun: boolean;
  readonly lines: ApplyAnswer['lines'];
  readonly problems: readonly LocatedProblem[];
}

interface AnswersState {
  readonly pending: 'apply' | 'dryRun' | undefined;
  readonly answer: ShownAnswer | undefined;
  /** Counts commands, so that an answer to an earlier one is not shown over a later one's. */
  readonly turn: number;
  /** A place that the text should show and select; a new object each time. */
  readonly reveal: { readonly fileId: string; readonly range: TextRange } | undefined;
}

export const useAnswers = create<AnswersState>()(() => ({ pending: undefined, answer: undefined, turn: 0, reveal: undefined }));

const reason = (error: unknown): string => i18next.t('problem.failed', { ns: 'editor', reason: reasonOf(error) });

/** Finds each problem's place. The YAML library is loaded only now: most answers have no problems. */
export async function locateProblems(text: string, problems: readonly FieldProblem[]): Promise<readonly LocatedProblem[]> {
  if (problems.length === 0) return [];
  const { locateField } = await import('./locateField.ts');
  return problems.map((problem) => {
    const { line, column } = problem;
    const given = line > 0 ? { startLine: line, startColumn: Math.max(1, column), endLine: line, endColumn: Math.max(1, column) + 1 } : undefined;
    const range = given ?? locateField(text, problem.document, problem.field || fieldInMessage(problem.message));
    return { problem, ...(range && { range }) };
  });
}

function fileToSend(): EditorFile | undefined {
  flushEdits();
  const file = activeFile(useFiles.getState());
  if (file === undefined || file.text.trim() === '') {
    notify(i18next.t('emptyFile', { ns: 'editor' }));
    return undefined;
  }
  return file;
}

/** Sends the active file, as kubectl apply does, and shows the answer when the command has ended. */
export async function applyFile(dryRun: boolean): Promise<void> {
  const port = usePorts.getState().editor;
  const file = fileToSend();
  if (file === undefined) return;
  if (port === undefined) {
    notify(i18next.t('notConnected', { ns: 'editor' }));
    return;
  }
  const turn = useAnswers.getState().turn + 1;
  useAnswers.setState({ turn, pending: dryRun ? 'dryRun' : 'apply', answer: undefined });
  const isCurrent = (): boolean => useAnswers.getState().turn === turn;
  try {
    const { lines, problems } = await port.apply({ fileName: file.name, text: file.text, dryRun });
    const located = await locateProblems(file.text, problems);
    if (isCurrent()) useAnswers.setState({ pending: undefined, answer: { fileId: file.id, dryRun, lines, problems: located } });
  } catch (error) {
    if (!isCurrent()) return;
    useAnswers.setState({ pending: undefined });
    notify(reason(error), { kind: 'problem' });
  }
}

/** What applying the active file would change; undefined where there is nothing to ask or no one to answer. */
export async function diffFile(): Promise<{ readonly file: EditorFile; readonly diff: DiffAnswer } | undefined> {
  const port = usePorts.getState().editor;
  const file = fileToSend();
  if (file === undefined || port === undefined) return undefined;
  const diff = await port.diff({ fileName: file.name, text: file.text });
  return { file, diff };
}

export function clearAnswer(): void {
  useAnswers.setState({ answer: undefined });
}

export function revealRange(fileId: string, range: TextRange): void {
  useFiles.setState({ activeId: fileId });
  useAnswers.setState({ reveal: { fileId, range } });
}
