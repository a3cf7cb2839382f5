import { expect, test } from 'vitest';
import * as first from './en/index.ts';
import inspector from './en/inspector.ts';
import samples from './en/samples.ts';
import scheduling from './en/scheduling.ts';
import * as zhCN from './zh-CN/index.ts';

const en = { ...first, inspector, samples, scheduling };

/** Each text by its path. A plural's forms differ between languages, so they are compared as one key. */
function texts(tree: unknown, path = ''): [string, string][] {
  if (typeof tree === 'string') return [[path, tree]];
  if (typeof tree !== 'object' || tree === null) return [[path, `not a text: ${String(tree)}`]];
  return Object.entries(tree).flatMap(([key, value]) => texts(value, path === '' ? key : `${path}.${key}`));
}
const withoutPlural = (key: string): string => key.replace(/_(zero|one|two|few|many|other)$/, '');
const keys = (tree: unknown): string[] => [...new Set(texts(tree).map(([key]) => withoutPlural(key)))].toSorted();

function variables(tree: unknown): Map<string, string[]> {
  const byKey = new Map<string, Set<string>>();
  for (const [key, text] of texts(tree)) {
    const names = byKey.get(withoutPlural(key)) ?? new Set<string>();
    for (const match of text.matchAll(/\{\{\s*([\w.]+)[^}]*\}\}|<(\w+)\/?>/g)) names.add(match[1] ?? `<${match[2]}>`);
    byKey.set(withoutPlural(key), names);
  }
  return new Map([...byKey].map(([key, names]) => [key, [...names].toSorted()]));
}

test('both languages have the same texts', () => {
  expect(keys(zhCN)).toEqual(keys(en));
});

test('a text names the same values in both languages', () => {
  const chinese = variables(zhCN);
  const different = [...variables(en)].filter(([key, names]) => String(chinese.get(key)) !== String(names)).map(([key]) => key);
  expect(different).toEqual([]);
});

test('no text is empty, placeheld or shouting', () => {
  const bad = [...texts(en), ...texts(zhCN)].filter(([, text]) => text.trim() === '' || /TODO|FIXME|[!！]/.test(text));
  expect(bad).toEqual([]);
});

test('Chinese texts are Chinese, except for names that stay as they are', () => {
  const english = new Map(texts(en));
  const untranslated = texts(zhCN).filter(([key, text]) => english.get(key) === text && /[a-z]{4,} [a-z]{3,}/.test(text));
  expect(untranslated).toEqual([]);
});
