import { describe, expect, it } from 'vitest';
import type { Node } from './generated/types.ts';
import type { Labels } from './selectors.ts';
import { parseSelector } from './selector-parser.ts';
import {
  formatFieldSelector, formatLabelSelector, formatSelector, matchesFieldSelector, matchesLabelSelector, matchesNodeSelector,
  matchesSelector, parseFieldSelector, selectorOfLabels,
} from './selectors.ts';

describe('label selectors of objects', () => {
  it('undefined selects nothing, an empty one everything', () => {
    expect(matchesLabelSelector(undefined, { a: '1' })).toBe(false);
    expect(matchesLabelSelector({}, undefined)).toBe(true);
    expect(matchesSelector(selectorOfLabels({ a: '1' }), { a: '1', b: '2' })).toBe(true);
  });

  it.each([
    ['In', ['x', 'y'], true, false, false], ['NotIn', ['x'], false, true, true],
    ['Exists', undefined, true, true, false], ['DoesNotExist', undefined, false, false, true],
  ] as const)('%s', (operator, values, forX, forZ, missing) => {
    const selector = { matchExpressions: [{ key: 'k', operator, values }] };
    const objects: readonly Labels[] = [{ k: 'x' }, { k: 'z' }, {}];
    expect(objects.map((labels) => matchesLabelSelector(selector, labels))).toEqual([forX, forZ, missing]);
  });

  it('does not take inherited members for labels', () => {
    expect(matchesLabelSelector({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {})).toBe(false);
  });

  it('prints sorted by key', () => {
    expect(formatLabelSelector({ matchLabels: { b: '1' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['z', 'y'] }] })).toBe('a in (y,z),b=1');
    expect(formatLabelSelector({})).toBe('<none>');
  });
});

describe('label selectors as text', () => {
  it.each([
    ['', ''], ['a', 'a'], ['!a', '!a'], ['a=b', 'a=b'], ['a == b', 'a==b'], ['a!=b,c', 'a!=b,c'], ['b in (y,x), a notin(z)', 'a notin (z),b in (x,y)'],
    ['a=', 'a='], ['a in (,)', 'a in ()'], ['a notin ()', 'a notin ()'], ['x>5,y<3', 'x>5,y<3'], ['in=notin', 'in=notin'], ['a.b/c-d=e', 'a.b/c-d=e'], ['z,!y', '!y,z'],
  ])('%j → %j', (text, printed) => {
    expect(formatSelector(parseSelector(text))).toBe(printed);
  });

  it.each([
    ['a,', "found '', expected: identifier after ','"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a>b', 'unable to parse requirement: values[0]: Invalid value: "b": for \'Gt\', \'Lt\' operators, the value must be an integer'],
  ])('refuses %j', (text, message) => {
    expect(() => parseSelector(text)).toThrow(message);
  });

  it('names the key or value that is not valid', () => {
    expect(() => parseSelector('-a=b')).toThrow(/^unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/);
    expect(() => parseSelector('a=-b')).toThrow(/^unable to parse requirement: values\[0\]\[a\]: Invalid value: "-b": a valid label must be/);
  });

  it('!= and notin match objects without the label', () => {
    expect(matchesSelector(parseSelector('a!=b,c notin (d)'), {})).toBe(true);
    expect(matchesSelector(parseSelector('x>5'), { x: '6' })).toBe(true);
    expect(matchesSelector(parseSelector('x>5'), { x: 'six' })).toBe(false);
  });
});

describe('node selectors', () => {
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { cores: '16', zone: 'a' } } };
  const matches = (...matchExpressions: readonly { key: string; operator: 'Gt' | 'Lt' | 'In'; values: string[] }[]) =>
    matchesNodeSelector({ nodeSelectorTerms: [{ matchExpressions }] }, node);

  it('terms are alternatives, expressions in a term all hold', () => {
    expect(matches({ key: 'cores', operator: 'Gt', values: ['8'] }, { key: 'zone', operator: 'In', values: ['a'] })).toBe(true);
    expect(matches({ key: 'cores', operator: 'Lt', values: ['8'] }, { key: 'zone', operator: 'In', values: ['a'] })).toBe(false);
    expect(matches({ key: 'cores', operator: 'Gt', values: ['many'] })).toBe(false);
    const either = { nodeSelectorTerms: [{}, { matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: ['n1'] }] }] };
    expect(matchesNodeSelector(either, node)).toBe(true);
    expect(matchesNodeSelector({ nodeSelectorTerms: [{}] }, node)).toBe(false);
  });
});

describe('field selectors', () => {
  it('parses, matches and prints', () => {
    const selector = parseFieldSelector('status.phase!=Running,metadata.name==a\\,b');
    expect(formatFieldSelector(selector)).toBe('metadata.name=a\\,b,status.phase!=Running');
    expect(matchesFieldSelector(selector, { 'metadata.name': 'a,b', 'status.phase': 'Pending' })).toBe(true);
    expect(matchesFieldSelector(selector, { 'metadata.name': 'a,b', 'status.phase': 'Running' })).toBe(false);
    expect(matchesFieldSelector(parseFieldSelector(''), {})).toBe(true);
  });

  it.each([
    ['abc', "invalid selector: 'abc'; can't understand 'abc'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\x', 'invalid field selector: invalid escape sequence'],
  ])('refuses %j', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });
});
