// What is found wrong with values of custom resources.
import type { Json } from '../generated/types.ts';

export interface ValueProblem {
  readonly code: 'required' | 'enum' | 'tooLong' | 'tooMany' | 'type' | 'other';
  /** Where, `spec.size`; undefined for problems that belong to no place. */
  readonly name?: string;
  readonly text: string;
  readonly value?: Json;
  readonly limit?: number;
  /** What an enum allows. */
  readonly values?: readonly Json[];
}

export function problem(text: string): ValueProblem {
  return { code: 'other', text };
}

export function problemAt(name: string, code: ValueProblem['code'], text: string, value?: Json): ValueProblem {
  return value === undefined ? { code, name, text: `${name} in body ${text}` } : { code, name, text: `${name} in body ${text}`, value };
}

/** Problems, each text once, and how many checks were made: alternatives are compared by that. */
export class Result {
  readonly problems: ValueProblem[] = [];
  matches = 0;

  static of(found: ValueProblem): Result {
    const result = new Result();
    result.add(found);
    return result;
  }

  static counted(): Result {
    const result = new Result();
    result.matches = 1;
    return result;
  }

  get valid(): boolean {
    return this.problems.length === 0;
  }

  add(found: ValueProblem): void {
    if (!this.problems.some(({ text }) => text === found.text)) this.problems.push(found);
  }

  merge(other: Result): void {
    for (const found of other.problems) this.add(found);
    this.matches += other.matches;
  }

  /** The same count without the problems. */
  asWarnings(): Result {
    const result = new Result();
    result.matches = this.matches;
    return result;
  }
}
