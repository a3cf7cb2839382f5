// CEL expressions, compiled and run.
import type { Environment, ParseResult } from '@marcbachmann/cel-js';
import { EvaluationError } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { parseTime } from '../../../base/time.ts';
import { parseGoDuration } from '../go-duration.ts';
import { adjust, matchMethod } from './adjustments.ts';
import { celIssueAt, celIssues } from './errors.ts';
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
    adjust(parsed.ast);
  } catch (error) {
    return { ok: false, message: celIssues(text, error, isCelFunction) };
  }
  const checked = parsed.check();
  const literal = checked.valid ? literalIssue(text, parsed.ast) : undefined;
  if (literal !== undefined) return { ok: false, message: literal };
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
    case 'invalid_regular_expression': return regexProblem(/^Invalid regular expression: (.*)$/s.exec(summary)?.[1] ?? '') ?? summary;
    default: {
      const wanted = conversions[code];
      return wanted === undefined ? summary : `type conversion error from 'string' to '${wanted}'`;
    }
  }
}

/** What a text could not be made into. */
const conversions: Readonly<Record<string, string | undefined>> = {
  int_conversion_error: 'int', uint_conversion_error: 'uint', double_conversion_error: 'double', bool_conversion_error: 'bool',
  invalid_timestamp: 'google.protobuf.Timestamp', invalid_duration: 'google.protobuf.Duration',
};

/** Why Go cannot compile a regular expression; undefined if it can. */
function regexProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Texts that stand in an expression are read when it is compiled (cel-go's literal validators). */
function literalIssue(text: string, node: unknown): string | undefined {
  if (Array.isArray(node)) return firstOf(node, (child) => literalIssue(text, child));
  if (!isNode(node)) return undefined;
  const [name, ...rest] = Array.isArray(node.args) ? (node.args as readonly unknown[]) : [];
  const given = rest.at(-1);
  const literal = Array.isArray(given) && given.length === 1 ? given[0] as unknown : undefined;
  if ((node.op === 'call' || node.op === 'rcall') && typeof name === 'string' && isNode(literal) && literal.op === 'value' && typeof literal.args === 'string' && isBad(name, literal.args)) {
    return celIssueAt(text, literal.start, `invalid ${name === matchMethod ? 'matches' : name} argument`);
  }
  return literalIssue(text, node.args);
}

interface AstNode { readonly op: string; readonly args: unknown; readonly start: number }

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function firstOf(list: readonly unknown[], find: (item: unknown) => string | undefined): string | undefined {
  for (const item of list) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isBad(name: string, literal: string): boolean {
  switch (name) {
    case matchMethod: case 'matches': return regexProblem(literal) !== undefined;
    case 'timestamp': return parseTime(literal) === undefined;
    case 'duration': return !parseGoDuration(literal).ok;
    default: return false;
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
