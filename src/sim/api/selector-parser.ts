// The text form of label selectors, `a=b,c in (d,e),!f`, as kubectl's -l and the labelSelector parameter accept it
// (apimachinery labels.Parse). Tokens and messages are the real parser's.
import type { Operator, Requirement, Selector } from './selectors.ts';
import { EVERYTHING, parseInt64, SelectorError } from './selectors.ts';

type TokenKind = 'identifier' | 'operator' | 'end' | 'error';
interface Token { readonly kind: TokenKind; readonly text: string }

const SYMBOLS = new Set(['=', '==', '!=', '!', '(', ')', ',', '>', '<']);
const WORDS = new Set(['in', 'notin']);
const SPECIAL = /[=!(),<>]/;
const SPACE = /[ \t\r\n]/;
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_RULE = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  + " (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end"
  + " with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is"
  + " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const SUBDOMAIN_RULE = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and"
  + " end with an alphanumeric character (e.g. 'example.com', regex used for validation is"
  + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** What is wrong with a label key (validation.IsQualifiedName); empty when it is fine. */
export function labelKeyProblems(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [`a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const problems: string[] = [];
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const name = parts.at(-1) ?? '';
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined) {
    if (prefix.length > 253) problems.push('prefix part must be no more than 253 characters');
    if (!SUBDOMAIN.test(prefix)) problems.push(`prefix part ${SUBDOMAIN_RULE}`);
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push('name part must be no more than 63 bytes');
  if (!NAME.test(name)) problems.push(`name part ${NAME_RULE}`);
  return problems;
}

/** What is wrong with a label value (validation.IsValidLabelValue); empty when it is fine. */
function labelValueProblems(value: string): readonly string[] {
  const problems: string[] = [];
  if (value.length > 63) problems.push('must be no more than 63 bytes');
  if (value !== '' && !NAME.test(value)) problems.push(VALUE_RULE);
  return problems;
}

function scanSymbol(text: string, start: number): Token {
  let end = start + 1;
  while (end < text.length && SPECIAL.test(text.charAt(end)) && SYMBOLS.has(text.slice(start, end + 1))) end++;
  return { kind: 'operator', text: text.slice(start, end) };
}

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    if (SPACE.test(character)) {
      position++;
      continue;
    }
    let token: Token;
    if (SPECIAL.test(character)) token = scanSymbol(text, position);
    else {
      let end = position;
      while (end < text.length && !SPECIAL.test(text.charAt(end)) && !SPACE.test(text.charAt(end))) end++;
      const word = text.slice(position, end);
      token = { kind: WORDS.has(word) ? 'operator' : 'identifier', text: word };
    }
    tokens.push(token);
    position += token.text.length;
  }
  return tokens;
}

const END: Token = { kind: 'end', text: '' };

interface Cursor { readonly tokens: readonly Token[]; next: number }

/** `in` and `notin` are names wherever an operator cannot stand. */
function peek(cursor: Cursor): Token {
  const token = cursor.tokens[cursor.next] ?? END;
  return WORDS.has(token.text) ? { kind: 'identifier', text: token.text } : token;
}

function take(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.next++;
  return token;
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'operator' && token.text === text;
}

function invalid(path: string, value: string, detail: string): SelectorError {
  return new SelectorError(`unable to parse requirement: ${path}: Invalid value: ${JSON.stringify(value)}: ${detail}`);
}

function wrong(detail: string): SelectorError {
  return new SelectorError(`unable to parse requirement: ${detail}`);
}

function takeOperator(cursor: Cursor): Operator {
  const token = cursor.tokens[cursor.next++] ?? END;
  if (token.kind === 'operator') {
    switch (token.text) {
      case '=': case '==': case '!=': case 'in': case 'notin': return token.text;
      case '>': return 'gt';
      case '<': return 'lt';
    }
  }
  throw wrong(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
}

function takeList(cursor: Cursor): Set<string> {
  const values = new Set<string>();
  for (;;) {
    const token = take(cursor);
    if (token.kind === 'identifier') {
      values.add(token.text);
      const following = peek(cursor);
      if (isSymbol(following, ',')) continue;
      if (isSymbol(following, ')')) return values;
      throw wrong(`found '${following.text}', expected: ',' or ')'`);
    }
    if (!isSymbol(token, ',')) throw wrong(`found '${token.text}', expected: ',', or identifier`);
    // An empty place between commas is the empty value.
    if (values.size === 0) values.add('');
    if (isSymbol(peek(cursor), ')')) return values.add('');
    if (isSymbol(peek(cursor), ',')) {
      take(cursor);
      values.add('');
    }
  }
}

function takeSet(cursor: Cursor): readonly string[] {
  const open = take(cursor);
  if (!isSymbol(open, '(')) throw wrong(`found '${open.text}' expected: '('`);
  const first = peek(cursor);
  if (isSymbol(first, ')')) {
    take(cursor);
    // `()` means the set of the empty value.
    return [''];
  }
  if (first.kind !== 'identifier' && !isSymbol(first, ',')) throw wrong(`found '${first.text}', expected: ',', ')' or identifier`);
  const values = takeList(cursor);
  if (!isSymbol(take(cursor), ')')) throw wrong(`found '${first.text}', expected: ')'`);
  return [...values].sort();
}

function takeExact(cursor: Cursor): readonly string[] {
  const next = peek(cursor);
  if (next.kind === 'end' || isSymbol(next, ',')) return [''];
  take(cursor);
  if (next.kind !== 'identifier') throw wrong(`found '${next.text}', expected: identifier`);
  return [next.text];
}

function checkValues({ key, operator, values }: Requirement): void {
  if (operator === 'gt' || operator === 'lt') {
    for (const [i, value] of values.entries()) {
      if (parseInt64(value) === undefined) throw invalid(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer");
    }
  }
  for (const [i, value] of values.entries()) {
    const problems = labelValueProblems(value);
    if (problems.length > 0) throw invalid(`values[${i}][${key}]`, value, problems.join('; '));
  }
}

function takeRequirement(cursor: Cursor): Requirement {
  let token = take(cursor);
  const negated = isSymbol(token, '!');
  if (negated) token = take(cursor);
  if (token.kind !== 'identifier') throw wrong(`found '${token.text}', expected: identifier`);
  const problems = labelKeyProblems(token.text);
  if (problems.length > 0) throw invalid('<nil>', token.text, problems.join('; '));
  const next = peek(cursor);
  if (negated) return { key: token.text, operator: '!', values: [] };
  if (next.kind === 'end' || isSymbol(next, ',')) return { key: token.text, operator: 'exists', values: [] };
  const operator = takeOperator(cursor);
  const values = operator === 'in' || operator === 'notin' ? takeSet(cursor) : takeExact(cursor);
  const requirement = { key: token.text, operator, values };
  checkValues(requirement);
  return requirement;
}

function startsRequirement(token: Token): boolean {
  return token.kind === 'identifier' || isSymbol(token, '!');
}

/** Parses a label selector's text; '' selects everything. Throws SelectorError with the real parser's message. */
export function parseSelector(text: string): Selector {
  const cursor: Cursor = { tokens: scan(text), next: 0 };
  const requirements: Requirement[] = [];
  if (peek(cursor).kind === 'end') return EVERYTHING;
  if (!startsRequirement(peek(cursor))) {
    throw new SelectorError(`found '${peek(cursor).text}', expected: !, identifier, or 'end of string'`);
  }
  for (;;) {
    requirements.push(takeRequirement(cursor));
    const separator = take(cursor);
    if (separator.kind === 'end') break;
    if (!isSymbol(separator, ',')) throw new SelectorError(`found '${separator.text}', expected: ',' or 'end of string'`);
    const next = peek(cursor);
    if (!startsRequirement(next)) throw new SelectorError(`found '${next.text}', expected: identifier after ','`);
  }
  return { nothing: false, requirements: requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)) };
}
