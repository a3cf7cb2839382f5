import { describe, expect, it } from 'vitest';
import { goYaml } from '../base/go-yaml.ts';
import { readYaml } from './yaml.ts';

describe('YAML as Go writes it', () => {
  it.each([
    ['plain', { a: 'web', b: 1, c: true, d: null }, 'a: web\nb: 1\nc: true\nd: null\n'],
    ['quotes where a text would be read as something else', { a: '1', b: 'true', c: '', d: '2026-01-05', e: '12:30', f: '~', g: '1e3' }, 'a: "1"\nb: "true"\nc: ""\nd: "2026-01-05"\ne: "12:30"\nf: "~"\ng: "1e3"\n'],
    ['single quotes where plain is ambiguous', { a: 'b: c', d: '- x', e: "it's: so" }, "a: 'b: c'\nd: '- x'\ne: 'it''s: so'\n"],
    ['lists at the column of their key', { list: ['a', { b: [1] }, []], none: {} }, 'list:\n- a\n- b:\n  - 1\n- []\nnone: {}\n'],
    ['literal blocks', { a: 'x\ny\n', b: 'x\ny', c: 'x\n\n', d: ' x\ny' }, 'a: |\n  x\n  "y"\n'.replace('"y"', 'y') + 'b: |-\n  x\n  y\nc: |+\n  x\n\nd: |2-\n   x\n  y\n'],
    ['double quotes around what a block cannot show', { a: 'x\ty', b: 'x \ny', c: 'é', d: '😀' }, 'a: "x\\ty"\nb: "x \\ny"\nc: é\nd: "\\U0001F600"\n'],
    ['keys in natural order, letters last', { b: 1, a10: 1, a9: 1, 'a-': 1, B: 1, 1: 1 }, '"1": 1\nB: 1\na-: 1\na9: 1\na10: 1\nb: 1\n'],
  ])('%s', (_what, value, text) => {
    expect(goYaml(value)).toBe(text);
  });

  it('breaks long lines at the first blank after column 80', () => {
    const words = Array.from({ length: 30 }, () => 'word').join(' ');
    const lines = goYaml({ key: words }).trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toHaveLength(84);
    expect(lines[1]).toMatch(/^ {2}word/);
  });
});

describe('YAML as Go reads it', () => {
  it.each([
    ['a tab in front of a key', 'apiVersion: v1\n\tkind: Pod\n', 'yaml: line 2: found a tab character that violates indentation'],
    ['a quote that is not closed', 'apiVersion: "v1\nkind: Pod\n', 'yaml: line 3: found unexpected end of stream'],
    ['two colons on the first line', 'a: b: c\n', 'yaml: mapping values are not allowed in this context'],
    ['an alias without its anchor', 'a: *b\n', "yaml: unknown anchor 'b' referenced"],
    ['an anchor inside of itself', 'a: &b [*b]\n', "yaml: anchor 'b' value contains itself"],
    ['control characters', 'a: \u0001\n', 'yaml: control characters are not allowed'],
    ['endless nesting', '['.repeat(100_000), 'yaml: exceeded max depth of 10000'],
    ['a billion laughs', `a: &a [x]\n${Array.from({ length: 9 }, (_, i) => `b${i}: &b${i} [${Array.from({ length: 9 }, () => (i === 0 ? '*a' : `*b${i - 1}`)).join(',')}]`).join('\n')}\n`, 'yaml: document contains excessive aliasing'],
  ])('%s', (_what, text, message) => {
    expect(readYaml(text)).toEqual({ ok: false, message });
  });

  it('takes the first document, and tells keys that stand twice', () => {
    expect(readYaml('a: 1\nb: 2\na: 3\n---\nc: 4\n')).toMatchObject({ ok: true, errors: ['line 3: key "a" already set in map'] });
  });
});
