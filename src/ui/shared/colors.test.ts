import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contrast, fullHex } from './colors.ts';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

/** The tokens of one theme, references to other tokens followed. */
function tokensOf(theme: 'light' | 'dark'): Map<string, string> {
  const start = css.indexOf(`:root[data-theme='${theme}'] {`);
  const block = css.slice(start, css.indexOf('\n}', start));
  const raw = new Map([...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
  const resolve = (value: string): string => {
    const name = /^var\(--([\w-]+)\)$/.exec(value)?.[1];
    return name === undefined ? value : resolve(raw.get(name) ?? '');
  };
  return new Map([...raw].map(([name, value]) => [name, resolve(value)]));
}

const PHASES = ['pending', 'creating', 'running', 'notready', 'succeeded', 'failed', 'terminating', 'unknown'];
const SURFACES = ['ground', 'surface', 'surface-raised', 'surface-sunk'];
const pairs = (front: readonly string[], back: readonly string[]): [string, string][] => front.flatMap((f) => back.map((b): [string, string] => [f, b]));

const TEXT: [string, string][] = [
  ...pairs(['text', 'text-soft', 'text-faint', 'now-text', 'danger', 'caution'], SURFACES),
  ...pairs(['text', 'text-soft', 'text-faint'], ['hover', 'selected']),
  ['text', 'pressed'], ['text-soft', 'pressed'],
  ...PHASES.flatMap((phase) => pairs([`phase-${phase}-text`], [...SURFACES, `phase-${phase}-soft`])),
  ...pairs(['code-key', 'code-value', 'code-comment', 'code-mark'], ['surface', 'code-line']),
  ...pairs(['code-key', 'code-value'], ['code-selection', 'code-added', 'code-removed']),
  ['on-ink', 'ink'], ['on-ink', 'ink-hover'], ['on-now', 'now'], ['now-text', 'now-soft'], ['danger', 'danger-soft'], ['caution', 'caution-soft'],
  ['text', 'now-soft'], ['text', 'danger-soft'], ['text', 'caution-soft'],
];
const GRAPHICS: [string, string][] = [
  ...pairs(['now', 'message-refused', 'line-strong', 'focus', 'ink'], SURFACES),
  ...PHASES.flatMap((phase) => pairs([`phase-${phase}`], [...SURFACES, `phase-${phase}-soft`])),
  ['now', 'now-soft'],
];

describe.each(['light', 'dark'] as const)('%s tokens', (theme) => {
  const tokens = tokensOf(theme);
  const ratio = (front: string, back: string): number => contrast(tokens.get(front) ?? '', tokens.get(back) ?? '');

  test.each(TEXT)('text %s on %s reaches 4.5', (front, back) => {
    expect(ratio(front, back)).toBeGreaterThanOrEqual(4.5);
  });
  test.each(GRAPHICS)('graphics %s on %s reach 3', (front, back) => {
    expect(ratio(front, back)).toBeGreaterThanOrEqual(3);
  });
});

test('both themes define the same tokens', () => {
  expect([...tokensOf('dark').keys()]).toEqual([...tokensOf('light').keys()]);
});

test('short colours', () => {
  expect([fullHex('#fff'), fullHex('#1aF'), fullHex('#123456'), fullHex('none')]).toEqual(['#ffffff', '#11aaFF', '#123456', 'none']);
});

test('known ratios', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(contrast('not a colour', '#ffffff')).toBeNaN();
});
