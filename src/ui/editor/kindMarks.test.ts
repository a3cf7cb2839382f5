import { beforeAll, describe, expect, test } from 'vitest';
import { setLanguage, startTranslations } from '../../i18n/index.ts';
import { type Mark, withKindsExplained } from './kindMarks.ts';

const KNOWN = [{ apiVersion: 'v1', kind: 'Pod' }, { apiVersion: 'apps/v1', kind: 'Deployment' }, { apiVersion: 'apps/v1', kind: 'StatefulSet' }, { apiVersion: 'example.org/v1', kind: 'Lecture' }];
const mark = (line: number, code = '1', message = 'Value is not accepted.'): Mark => ({ startLineNumber: line, endLineNumber: line, startColumn: 7, endColumn: 9, code, message });

function explained(text: string, ...marks: readonly Mark[]): readonly string[] {
  return withKindsExplained(marks, () => text.split('\n'), KNOWN).map(({ startLineNumber, startColumn, endColumn, message }) => `${startLineNumber}:${startColumn}-${endColumn} ${message}`);
}

beforeAll(() => startTranslations());

describe('a kind that nobody serves', () => {
  test('is told once for a document, at the kind', () => {
    expect(explained('apiVersion: example.com/v1\nkind: "Widget"\n', mark(1), mark(2))).toEqual([
      '2:8-14 The cluster has no kind Widget in example.com/v1. Apply its CustomResourceDefinition first, or write it into this file.',
    ]);
  });
  test.each([
    ['apps/v1', 'Widget', 'apps/v1 has no kind Widget. It has Deployment, StatefulSet.'],
    ['v1', 'Deployment', 'Deployment is not in v1 but in apps/v1.'],
    ['example.org/v2', 'Lecture', 'Lecture is not in example.org/v2 but in example.org/v1.'],
    ['serving.example.net/v1', 'Pod', 'The cluster has no kind Pod in serving.example.net/v1. Apply its CustomResourceDefinition first, or write it into this file.'],
  ])('%s %s', (apiVersion, kind, message) => {
    expect(explained(`kind: ${kind} # a comment\napiVersion: ${apiVersion}\n`, mark(2))).toEqual([`1:7-${7 + kind.length} ${message}`]);
  });
  test('each document has its own', () => {
    expect(explained('kind: A\napiVersion: g/v1\n--- \nkind: B\napiVersion: g/v1\n', mark(1), mark(2), mark(4), mark(5)).map((line) => line.slice(0, 40))).toEqual(['1:7-8 The cluster has no kind A in g/v1.', '4:7-8 The cluster has no kind B in g/v1.'].map((start) => expect.stringContaining(start)));
  });
  test('is told in Chinese too', async () => {
    await setLanguage('zh-CN');
    expect(explained('apiVersion: g/v1\nkind: Widget\n', mark(2))[0]).toContain('集群在 g/v1 中没有 Widget 这个 kind');
    await setLanguage('en');
  });
});

test('other marks stay as they are', () => {
  const others = [mark(3, '1', 'not a choice'), mark(2, '0', 'wrong type')];
  expect(withKindsExplained(others, () => ['apiVersion: v1', 'kind: Pod', '  mode: x'], KNOWN)).toEqual(others);
  expect(withKindsExplained([mark(1)], () => ['{"kind": "Widget", "apiVersion": "g/v1"}'], KNOWN)).toEqual([mark(1)]);
});
