// CEL expressions, compiled and run.
import type { Environment, ParseResult } from '@marcbachmann/cel-js';
import { EvaluationError } from '@marcbachmann/cel-js';
import { celIssues } from './errors.ts';
import { isCelFunction } from './library.ts';

export type CelOutcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

export interface CelProgram {
  /** As CEL names it: `bool`, `list<int>`. */
  readonly outputType: string;
  /** Names of the variables that the expression reads. */
  readonly variables: ReadonlySet<string>;
  /** The message of a failure is cel-go's. */
  run(variables: Readonly<Record<string, unknown>>): CelOutcome;
}

export type CelCompilation = { readonly ok: true; readonly program: CelProgram } | { readonly ok: false; readonly message: string };

/** Compiles an expression and checks its types. */
export function compileCel(env: Environment, text: string): CelCompilation {
  let parsed: ParseResult;
  try {
    parsed = env.parse(text);
  } catch (error) {
    return { ok: false, message: celIssues(text, error, isCelFunction) };
  }
  const checked = parsed.check();
  if (!checked.valid) return { ok: false, message: celIssues(text, checked.error, isCelFunction) };
  return { ok: true, program: { outputType: checked.type ?? 'dyn', variables: identifiersIn(parsed.ast), run: (variables) => run(parsed, variables) } };
}

function run(parsed: ParseResult, variables: Readonly<Record<string, unknown>>): CelOutcome {
  try {
    return { ok: true, value: parsed({ ...variables }) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { ok: false, message: error instanceof EvaluationError ? runtimeMessage(error) : error.message };
  }
}

function runtimeMessage(error: EvaluationError): string {
  const { code, summary } = error;
  switch (code) {
    case 'no_such_key': return summary.replace(/^No such key: /, 'no such key: ');
    case 'index_out_of_bounds': return `index out of bounds: ${/index (-?\d+)/.exec(summary)?.[1] ?? ''}`;
    case 'no_such_overload': case 'no_matching_overload': return 'no such overload';
    case 'modulo_by_zero': return 'modulus by zero';
    case 'numeric_overflow': return 'integer overflow';
    default: return summary;
  }
}

function identifiersIn(root: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null && 'op' in value && 'args' in value) {
      if (value.op === 'id' && typeof value.args === 'string') found.add(value.args);
      else walk(value.args);
    }
  };
  walk(root);
  return found;
}
