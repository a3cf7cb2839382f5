// Questions for a student before the answer is shown, taken from the attempt itself.
import type { Attempt } from '../../sim/scheduler/framework/attempt.ts';
import { filterColumns } from './steps.ts';
import type { Step } from './steps.ts';

export interface Question {
  readonly id: string;
  /** Asked before this step is shown. */
  readonly before: number;
  readonly kind: 'refusal' | 'winner' | 'preemption';
  readonly node: string;
  readonly choices: readonly string[];
  /** Any of these is right. */
  readonly right: readonly string[];
}

/** The choice that says that nobody refuses, or that no node is helped. */
export const NOBODY = '';
const REFUSALS_MAX = 3;
const CHOICES_MAX = 5;

/** At most `max` of them, the wanted ones among them, in their own order. */
function some(all: readonly string[], wanted: readonly string[], max: number): readonly string[] {
  const chosen = new Set(wanted.slice(0, max));
  for (const each of all) if (chosen.size < max) chosen.add(each);
  return all.filter((each) => chosen.has(each));
}

function refusalQuestions(attempt: Attempt, steps: readonly Step[]): readonly Question[] {
  const columns = filterColumns(attempt);
  const asked = new Set<string>();
  return (attempt.detail?.filter ?? []).flatMap((row, node): readonly Question[] => {
    if (!row.first || asked.has(row.first.plugin) || asked.size >= REFUSALS_MAX) return [];
    asked.add(row.first.plugin);
    const before = steps.findIndex((step) => step.station === 'filter' && step.node === node);
    const right = [row.first.plugin];
    return [{ id: `refusal ${row.node}`, before, kind: 'refusal', node: row.node, choices: [...some(columns, right, CHOICES_MAX - 1), NOBODY], right }];
  });
}

function winnerQuestion({ detail, outcome }: Attempt, steps: readonly Step[]): readonly Question[] {
  if (outcome !== 'scheduled' || !detail || detail.feasible.length < 2) return [];
  const before = steps.findIndex((step) => step.station === 'preScore' || step.station === 'score');
  return [{ id: 'winner', before, kind: 'winner', node: '', choices: some(detail.feasible, detail.best, CHOICES_MAX + 1), right: detail.best }];
}

function preemptionQuestion({ preemption, detail }: Attempt, steps: readonly Step[]): readonly Question[] {
  const before = steps.findIndex((step) => step.station === 'postFilter');
  if (before === -1 || !preemption) return [];
  const nodes = (detail?.filter ?? []).map((row) => row.node);
  const right = preemption.nominated ? [preemption.nominated.node] : [NOBODY];
  return [{ id: 'preemption', before, kind: 'preemption', node: '', choices: [...some(nodes, right, CHOICES_MAX - 1), NOBODY], right }];
}

/** The questions of an attempt in the order of its steps. */
export function questionsOf(attempt: Attempt, steps: readonly Step[]): readonly Question[] {
  return [...refusalQuestions(attempt, steps), ...winnerQuestion(attempt, steps), ...preemptionQuestion(attempt, steps)].filter(({ before }) => before > 0).sort((a, b) => a.before - b.before);
}

/** How far one may go towards `wanted` before a question has to be answered, and which. */
export function upTo(questions: readonly Question[], answered: ReadonlyMap<string, string>, wanted: number): { readonly index: number; readonly question: Question | undefined } {
  const question = questions.find(({ id, before }) => before <= wanted && !answered.has(id));
  return question ? { index: question.before - 1, question } : { index: wanted, question: undefined };
}
