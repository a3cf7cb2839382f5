// Where a visitor is in the attempt on screen, what was predicted, and the tally over all attempts.
import { create } from 'zustand';
import { questionsOf, upTo } from '../../view/scheduling/predict.ts';
import type { Question } from '../../view/scheduling/predict.ts';
import { stepOf, stepsOf, toNode, toStation } from '../../view/scheduling/steps.ts';
import type { Station, Step } from '../../view/scheduling/steps.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { readStored, writeStored } from '../../view/storage.ts';

/** A cell that is pointed at, which may be another than the one of the step. */
export interface Cell { readonly station: 'filter' | 'score'; readonly node: number; readonly plugin: number }

interface Walk {
  readonly messageId: number;
  readonly found: FoundAttempt | undefined;
  readonly steps: readonly Step[];
  readonly index: number;
  readonly playing: boolean;
  readonly predicting: boolean;
  readonly questions: readonly Question[];
  /** Choices by question; a question that was skipped has none. */
  readonly answered: ReadonlyMap<string, string>;
  readonly question: Question | undefined;
  /** The step that was wanted when the question came up. */
  readonly wanted: number;
  readonly pointed: Cell | undefined;
  /** The cell that was clicked: it stays when the pointer leaves it. */
  readonly pinned: Cell | undefined;
  readonly asked: number;
  readonly right: number;
}

const NO_ANSWERS: ReadonlyMap<string, string> = new Map();
const tally = (readStored('predict.tally') ?? '0/0').split('/').map((part) => Math.max(0, Number(part) || 0));

export const useWalk = create<Walk>(() => ({
  messageId: 0, found: undefined, steps: [], index: 0, playing: false, predicting: readStored('predict') === 'yes', questions: [], answered: NO_ANSWERS, question: undefined, wanted: 0, pointed: undefined, pinned: undefined,
  right: tally[0] ?? 0, asked: tally[1] ?? 0,
}));

/** The step at which the decision is known. */
function tellingStep(steps: readonly Step[]): number {
  const at = steps.findIndex((step) => step.part === 'choose' || step.part === 'only');
  if (at !== -1) return at;
  // Where evicting is of no use, the filters are what tells.
  const weighed = steps.some((step) => step.part === 'candidate');
  const filtered = steps.findLastIndex((step) => step.station === 'filter');
  return weighed || filtered === -1 ? steps.length - 1 : filtered;
}

/** Takes up an attempt: where its decision is known, or at its beginning when predictions are wanted. */
export function takeUp(messageId: number, found: FoundAttempt): void {
  const before = useWalk.getState();
  if (before.messageId === messageId && before.found === found) return;
  const steps = stepsOf(found.attempt);
  const same = before.messageId === messageId && before.steps.length === steps.length;
  const questions = questionsOf(found.attempt, steps);
  useWalk.setState({
    messageId, found, steps, questions, playing: false, pointed: undefined, pinned: undefined,
    ...(!same && { index: before.predicting ? 0 : tellingStep(steps), answered: NO_ANSWERS, question: undefined, wanted: 0 }),
  });
}

export function goTo(wanted: number): void {
  const { steps, questions, answered, predicting } = useWalk.getState();
  const target = Math.min(steps.length - 1, Math.max(0, wanted));
  const { index, question } = predicting ? upTo(questions, answered, target) : { index: target, question: undefined };
  useWalk.setState({ index, question, wanted: target, pointed: undefined, pinned: undefined, ...((question || index === steps.length - 1) && { playing: false }) });
}

export function stepBy(direction: 1 | -1, by: 'step' | 'node' | 'station' = 'step'): void {
  const { steps, index } = useWalk.getState();
  goTo(by === 'step' ? index + direction : by === 'node' ? toNode(steps, index, direction) : toStation(steps, index, direction));
}

export function goToStation(station: Station): void {
  const { steps } = useWalk.getState();
  const last = steps.findLastIndex((step) => step.station === station);
  if (last !== -1) goTo(last);
}

/** Goes to where a cell is decided; one that never is only gets pointed at. */
export function goToCell(cell: Cell): void {
  const { steps, index } = useWalk.getState();
  const station = cell.station === 'score' && (steps[index]?.station === 'normalise' || steps.findIndex((step) => step.station === 'score') < 0) ? 'normalise' : cell.station;
  const at = stepOf(steps, station, cell.node, cell.plugin);
  if (at !== -1 && at > index) goTo(at);
  useWalk.setState({ pinned: cell });
}

export function point(pointed: Cell | undefined): void {
  useWalk.setState({ pointed });
}

export function setPlaying(playing: boolean): void {
  const { index, steps } = useWalk.getState();
  if (playing && index >= steps.length - 1) goTo(0);
  useWalk.setState({ playing });
}

function keepTally(right: number, asked: number): void {
  useWalk.setState({ right, asked });
  writeStored('predict.tally', `${right}/${asked}`);
}

/** Begins at the queue, so that nothing is given away. */
export function setPredicting(predicting: boolean): void {
  writeStored('predict', predicting ? 'yes' : undefined);
  useWalk.setState({ predicting, question: undefined, answered: NO_ANSWERS, pointed: undefined, playing: false, ...(predicting && { index: 0 }) });
}

export function resetTally(): void {
  keepTally(0, 0);
}

export function answerQuestion(choice: string): void {
  const { question, answered, right, asked } = useWalk.getState();
  if (!question || answered.has(question.id)) return;
  useWalk.setState({ answered: new Map(answered).set(question.id, choice) });
  keepTally(right + Number(question.right.includes(choice)), asked + 1);
}

/** After the answer, or without one: on to what was wanted. */
export function leaveQuestion(): void {
  const { question, answered, wanted } = useWalk.getState();
  if (!question) return;
  if (!answered.has(question.id)) useWalk.setState({ answered: new Map(answered).set(question.id, '(skipped)') });
  goTo(wanted);
}

/** Whether the decision may be told: always, except before it is reached while predicting. */
export function isTold({ predicting, index, steps }: Pick<Walk, 'predicting' | 'index' | 'steps'>): boolean {
  return !predicting || index >= tellingStep(steps);
}
