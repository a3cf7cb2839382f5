// Errors of CEL expressions in cel-go's words: `ERROR: <input>:1:5: undefined field 'b'`, the line and a caret.
import type { ASTNode } from '@marcbachmann/cel-js';
import { ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import { matchMethod } from './adjustments.ts';

const startsExpression = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

interface Issue {
  readonly offset: number;
  readonly message: string;
}

/** What is wrong with an expression, as cel-go shows it. */
export function celIssues(text: string, error: unknown, isFunction: (name: string) => boolean): string {
  if (error instanceof ParseError) return show(text, parseIssues(text, error));
  if (error instanceof CelTypeError) return show(text, [typeIssue(text, error, isFunction)]);
  throw error;
}

/** One thing that is wrong at a place of an expression. */
export function celIssueAt(text: string, offset: number, message: string): string {
  return show(text, [{ offset, message }]);
}

function show(text: string, issues: readonly Issue[]): string {
  return issues.map(({ offset, message }) => {
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - (before.lastIndexOf('\n') + 1);
    const source = (text.split('\n')[line - 1] ?? '').replaceAll('\t', ' ');
    return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${source}\n | ${'.'.repeat(column)}^`;
  }).join('\n');
}

const TOKEN = /^(\w+|"[^"]*"|'[^']*'|[<>=!]=|&&|\|\||.)/s;

function parseIssues(text: string, error: ParseError): readonly Issue[] {
  const offset = error.range?.start ?? 0;
  const token = TOKEN.exec(text.slice(offset))?.[0] ?? '<EOF>';
  const syntax = (message: string, at = offset): Issue => ({ offset: at, message: `Syntax error: ${message}` });
  switch (error.code) {
    case 'reserved_identifier': return [{ offset, message: `reserved identifier: ${token}` }];
    case 'unexpected_character': return unexpectedCharacter(text, offset, token, syntax);
    case 'unterminated_string': case 'newline_in_string': case 'unterminated_triple_quoted_string':
      return [syntax(`token recognition error at: '${text.slice(offset)}'`), syntax(`mismatched input '<EOF>' expecting ${startsExpression}`, text.length)];
    case 'expected_token': return [expectedToken(text, offset, token, error.summary, syntax)];
    default: {
      const next = text.slice(offset + token.length).trimStart();
      const word = token !== '<EOF>' && /^[\w"'([{.!-]/.test(next) ? 'extraneous' : 'mismatched';
      return [syntax(`${word} input '${token}' expecting ${startsExpression}`)];
    }
  }
}

function unexpectedCharacter(text: string, offset: number, token: string, syntax: (message: string, at?: number) => Issue): readonly Issue[] {
  if (/[\w)\]}"']/.test(token)) return [syntax(`${surplus(text, offset, token)} input '${token}' expecting <EOF>`)];
  const after = /^.\s*/s.exec(text.slice(offset))?.[0] ?? token;
  const next = offset + after.length;
  const rest = TOKEN.exec(text.slice(next))?.[0];
  const unknown = syntax(`token recognition error at: '${after}'`);
  return rest === undefined ? [unknown] : [unknown, syntax(`${surplus(text, next, rest)} input '${rest}' expecting <EOF>`, next)];
}

/** A parser takes one token to be too many, more of them to be something else. */
function surplus(text: string, offset: number, token: string): 'extraneous' | 'mismatched' {
  return text.slice(offset + token.length).trim() === '' ? 'extraneous' : 'mismatched';
}

const punctuation: Readonly<Record<string, string | undefined>> = { RPAREN: ')', RBRACKET: ']', RBRACE: '}', COLON: ':', COMMA: ',' };

function expectedToken(text: string, offset: number, token: string, summary: string, syntax: (message: string) => Issue): Issue {
  const wanted = punctuation[/^Expected (\w+)/.exec(summary)?.[1] ?? ''];
  if (wanted !== undefined) return syntax(`missing '${wanted}' at '${token}'`);
  return syntax(`no viable alternative at input '${text.slice(0, offset).trimEnd().slice(-1)}${token === '<EOF>' ? '' : token}'`);
}

function typeIssue(text: string, error: CelTypeError, isFunction: (name: string) => boolean): Issue {
  const start = error.range?.start ?? 0;
  const { node, summary } = error;
  const quoted = /'([^']*)'/.exec(summary)?.[1] ?? '';
  switch (error.code) {
    case 'unknown_variable': return { offset: start, message: `undeclared reference to '${summary.replace(/^Unknown variable: /, '')}' (in container '')` };
    case 'no_such_key': return { offset: dotBefore(text, start, node), message: `undefined field '${summary.replace(/^No such key: /, '')}'` };
    case 'cannot_index_type': if (node?.op === '[]') return indexIssue(text, start, node, quoted);
      return { offset: dotBefore(text, start, node), message: `type '${quoted}' does not support field selection` };
    case 'no_matching_overload': return callIssue(text, start, node, quoted, isFunction);
    case 'no_such_overload': return operatorIssue(text, start, node, summary.replace(/^no such overload: /, ''));
    case 'invalid_macro_argument': return { offset: start, message: summary === 'has() invalid argument' ? 'invalid argument to has() macro' : summary };
    case 'invalid_condition_type': return { offset: text.indexOf('?', start), message: `found no matching overload for '_?_:_' applied to '(${quoted})'` };
    case 'incompatible_ternary_branches': {
      const types = [...summary.matchAll(/'([^']*)'/g)].map(([, type]) => type);
      return { offset: text.indexOf('?', start), message: `found no matching overload for '_?_:_' applied to '(bool, ${types.map((type) => celTypeText(type ?? '')).join(', ')})'` };
    }
    default: return { offset: start, message: summary };
  }
}

const shortTypes: Readonly<Record<string, string | undefined>> = { 'google.protobuf.Timestamp': 'timestamp', 'google.protobuf.Duration': 'duration' };

/** `list(string)` where the library has `list<string>`. */
export function celTypeText(type: string): string {
  return type.replaceAll('<', '(').replaceAll('>', ')').replaceAll(/google\.protobuf\.(?:Timestamp|Duration)/g, (name) => shortTypes[name] ?? name);
}

/** cel-go puts the place of a selection at its dot. */
function dotBefore(text: string, start: number, node: ASTNode | undefined): number {
  return node?.op === '[]' ? text.indexOf('[', node.args[0].end) : Math.max(text.lastIndexOf('.', start), 0);
}

function indexIssue(text: string, start: number, node: ASTNode, type: string): Issue {
  const index = Array.isArray(node.args) ? node.args[1] as Partial<ASTNode> | undefined : undefined;
  const kinds: Readonly<Record<string, string | undefined>> = { string: 'string', bigint: 'int', number: 'double', boolean: 'bool' };
  const shown = index?.op === 'value' ? kinds[typeof index.args] ?? 'dyn' : 'dyn';
  return { offset: dotBefore(text, start, node), message: `found no matching overload for '_[_]' applied to '(${celTypeText(type)}, ${shown})'` };
}

function callIssue(text: string, start: number, node: ASTNode | undefined, call: string, isFunction: (name: string) => boolean): Issue {
  const [, target = '', name = '', args = ''] = /^(?:(.*)\.)?(\w+)\((.*)\)$/.exec(call.replace(matchMethod, 'matches')) ?? [];
  const from = node?.op === 'rcall' ? node.args[1].end : start;
  const offset = Math.max(text.indexOf('(', from), 0);
  if (!isFunction(name)) return { offset, message: `undeclared reference to '${name}' (in container '')` };
  return { offset, message: `found no matching overload for '${name}' applied to '${target === '' ? '' : `${celTypeText(target)}.`}(${celTypeText(args)})'` };
}

function operatorIssue(text: string, start: number, node: ASTNode | undefined, operation: string): Issue {
  const unary = /^([!-])(.*)$/.exec(operation);
  if (unary !== null && node !== undefined && (node.op === '!_' || node.op === '-_')) {
    return { offset: start, message: `found no matching overload for '${unary[1]}_' applied to '(${unary[2]})'` };
  }
  const [, left = '', operator = '', right = ''] = /^(.*) (\S+) (.*)$/.exec(operation) ?? [];
  const name = operator === 'in' ? '@in' : `_${operator}_`;
  const args = node?.args;
  const leftEnd = Array.isArray(args) && typeof args[0] === 'object' && args[0] !== null && 'end' in args[0] ? Number(args[0].end) : start;
  return { offset: Math.max(text.indexOf(operator, leftEnd), 0), message: `found no matching overload for '${name}' applied to '(${celTypeText(left)}, ${celTypeText(right)})'` };
}
