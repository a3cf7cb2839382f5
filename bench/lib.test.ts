import { describe, expect, it } from 'vitest';
import { deriveRow, formatTable, formatValue, judge, percentile, rowsOf } from './lib.ts';
import type { Benchmark, Derived } from './lib.ts';

const fast: Benchmark = { name: 'fast', unit: 's', limit: 2, better: 'lower', run: () => 1 };
const many: Benchmark = { name: 'many', unit: '/s', limit: 1000, better: 'higher', run: () => 1 };
const free: Benchmark = { name: 'free', unit: 's', better: 'lower', run: () => 1 };

describe('a result', () => {
  it('is judged by which way is better', () => {
    expect([judge(fast, 2).ok, judge(fast, 2.1).ok, judge(many, 1000).ok, judge(many, 999).ok]).toEqual([true, false, true, false]);
  });
  it('is always good without a limit', () => {
    expect(judge(free, 1e9)).toEqual({ name: 'free', value: 1e9, unit: 's', limit: null, ok: true });
  });
  it('has a row for memory where that is limited', () => {
    const rows = rowsOf({ ...fast, memoryLimitMiB: 100 }, { value: 1, peakMiB: 101 });
    expect(rows.map(({ name, value, ok }) => [name, value, ok])).toEqual([['fast', 1, true], ['fast, peak memory', 101, false]]);
  });
  it('is derived only from what was measured', () => {
    const ratio: Derived = { name: 'ratio', unit: '×', better: 'higher', from: ['fast', 'free'], compute: (a = NaN, b = NaN) => a / b };
    expect(deriveRow(ratio, [judge(fast, 4), judge(free, 2)])?.value).toBe(2);
    expect(deriveRow(ratio, [judge(fast, 4)])).toBeUndefined();
  });
});

describe('percentiles', () => {
  it.each([[50, 3], [95, 5], [20, 1], [21, 2]])('the %dth of five values', (percent, value) => {
    expect(percentile([5, 1, 4, 2, 3], percent)).toBe(value);
  });
});

describe('the table', () => {
  it('is aligned', () => {
    const better = new Map([fast, many, free].map((each) => [each.name, each.better]));
    expect(formatTable([judge(fast, 1.2345), judge(many, 12), judge(free, 123_456)], better)).toBe([
      '   benchmark    value  unit    limit',
      '✓  fast          1.23  s         ≤ 2',
      '✗  many            12  /s    ≥ 1,000',
      '   free       123,456  s',
    ].join('\n'));
  });
  it.each([[0.012345, '0.0123'], [1234.5, '1,235'], [99.96, '100'], [Infinity, 'Infinity']])('shows %d as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});
