// JSONPath as printer columns and selectable fields use it (models client-go/util/jsonpath): fields, quoted fields, indices,
// slices, wildcards, recursive descent and filters. Missing keys find nothing.
import type { Json, JsonObject } from './generated/types.ts';

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'descend' }
  | { readonly kind: 'union'; readonly steps: readonly Step[] }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined; readonly by: number | undefined }
  | { readonly kind: 'filter'; readonly left: Operand; readonly operator: string; readonly right: Operand | undefined };

type Operand = { readonly path: readonly Step[] } | { readonly value: Json };

/** Finds the values that a path leads to; undefined if the path cannot be read. */
export type JsonPath = (root: Json) => readonly Json[];

/** Reads a path without the braces around it: `.spec.ports[0].port`. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps = parseSteps(text);
  return steps && ((root) => follow([root], steps));
}

const token = /\.\.|\.\*|\.((?:\\.|[^.[\]\\\s'"])+)|\.(?=\[|$)|\[((?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\([^()]*(?:\([^()]*\)[^()]*)*\)|[^\]'"()])*)\]|((?:\\.|[^.[\]\\\s'"])+)/gy;

function parseSteps(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let at = text.startsWith('$') || text.startsWith('@') ? 1 : 0;
  while (at < text.length) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null || match[0] === '') return undefined;
    at += match[0].length;
    const step = stepOf(match);
    if (step === undefined) return undefined;
    if (step !== 'none') steps.push(step);
  }
  return steps;
}

function stepOf([all, name, bracket, bare]: RegExpExecArray): Step | 'none' | undefined {
  if (all === '..') return { kind: 'descend' };
  if (all === '.*' || bare === '*') return { kind: 'all' };
  if (bracket !== undefined) return bracketStep(bracket.trim());
  const field = name ?? bare;
  return field === undefined ? 'none' : { kind: 'field', name: field.replace(/\\(.)/g, '$1') };
}

function bracketStep(text: string): Step | undefined {
  if (text === '*') return { kind: 'all' };
  const filter = /^\?\((.*)\)$/s.exec(text)?.[1];
  if (filter !== undefined) return filterStep(filter.trim());
  const parts = text.match(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^,]+/g) ?? [];
  const steps = parts.map((part) => memberStep(part.trim()));
  if (steps.length === 0 || steps.includes(undefined)) return undefined;
  return steps.length === 1 ? steps[0] : { kind: 'union', steps: steps as readonly Step[] };
}

function memberStep(text: string): Step | undefined {
  const quoted = /^(['"])(.*)\1$/s.exec(text)?.[2];
  if (quoted !== undefined) return { kind: 'field', name: quoted.replace(/\\(.)/g, '$1') };
  const slice = /^(-?\d+)?(?::(-?\d+)?)?(?::(-?\d+)?)?$/.exec(text);
  if (slice === null) return undefined;
  const [, from, to, by] = slice.map((part: string | undefined) => (part === undefined ? undefined : Number(part)));
  if (text.includes(':')) return { kind: 'slice', from, to, by };
  if (from === undefined) return undefined;
  return { kind: 'slice', from, to: from === -1 ? undefined : from + 1, by: undefined };
}

function filterStep(text: string): Step | undefined {
  const [, leftText = '', operator = 'exists', rightText] = /^(.*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.*))?$/s.exec(text) ?? [];
  const left = operandOf(leftText.trim());
  const right = rightText === undefined ? undefined : operandOf(rightText.trim());
  return left === undefined || (rightText !== undefined && right === undefined) ? undefined : { kind: 'filter', left, operator, right };
}

function operandOf(text: string): Operand | undefined {
  const quoted = /^(['"])(.*)\1$/s.exec(text)?.[2];
  if (quoted !== undefined) return { value: quoted.replace(/\\(.)/g, '$1') };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { value: Number(text) };
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  const path = parseSteps(text);
  return path && { path };
}

function follow(values: readonly Json[], steps: readonly Step[]): readonly Json[] {
  let found = values;
  for (const step of steps) found = found.flatMap((value) => take(value, step));
  return found;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function childrenOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return isObject(value) ? Object.values(value).filter((member) => member !== undefined) : [];
}

function descendants(value: Json): readonly Json[] {
  return [value, ...childrenOf(value).flatMap(descendants)];
}

function take(value: Json, step: Step): readonly Json[] {
  switch (step.kind) {
    case 'all': return childrenOf(value);
    case 'descend': return descendants(value);
    case 'union': return step.steps.flatMap((each) => take(value, each));
    case 'slice': return Array.isArray(value) ? sliceOf(value as readonly Json[], step.from, step.to, step.by) : [];
    case 'filter': return childrenOf(value).filter((child) => passes(child, step.left, step.operator, step.right));
    case 'field': {
      const member = isObject(value) ? value[step.name] : undefined;
      return member === undefined ? [] : [member];
    }
  }
}

function sliceOf(list: readonly Json[], from = 0, to = list.length, by = 1): readonly Json[] {
  const part = list.slice(from, to);
  return by <= 1 ? part : part.filter((_, i) => i % by === 0);
}

function operandValue(value: Json, operand: Operand): Json | undefined {
  return 'path' in operand ? follow([value], operand.path)[0] : operand.value;
}

function passes(value: Json, left: Operand, operator: string, right: Operand | undefined): boolean {
  const a = operandValue(value, left);
  if (right === undefined) return a !== undefined;
  const b = operandValue(value, right);
  if (a === undefined || b === undefined || a === null || b === null || typeof a !== typeof b) return false;
  switch (operator) {
    case '==': return a === b;
    case '!=': return a !== b;
    case '<': return a < b;
    case '<=': return a <= b;
    case '>': return a > b;
    default: return a >= b;
  }
}
