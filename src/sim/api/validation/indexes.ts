// Indexes of indexed Jobs, as `1,3-5,7` (models parseIndexInterval and its relatives).
import { goQuote } from '../go-format.ts';

type Interval = readonly [first: number, last: number];

/** The interval, or what is wrong with its text. */
function parseInterval(text: string, completions: number): Interval | string {
  const limits = text.split('-');
  if (limits.length > 2) return `the fragment ${goQuote(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  const parsed: number[] = [];
  for (const limit of limits) {
    if (!/^[+-]?\d+$/.test(limit)) return `cannot convert string to integer for index: ${goQuote(limit)}`;
    if (Number(limit) >= completions) return `too large index: ${goQuote(limit)}`;
    parsed.push(Number(limit));
  }
  const [first = 0, last = first] = parsed;
  return limits.length > 1 && first >= last ? `non-increasing order, previous: ${first}, current: ${last}` : [first, last];
}

/** How many indexes a text names, or what is wrong with it. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let previous: number | undefined;
  let total = 0;
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions);
    if (typeof interval === 'string') return interval;
    if (previous !== undefined && previous >= interval[0]) return `non-increasing order, previous: ${previous}, current: ${interval[0]}`;
    total += interval[1] - interval[0] + 1;
    previous = interval[1];
  }
  return total;
}

/** The first index that both texts name; parts that cannot be read are left out. */
export function overlappingIndex(completed: string, failed: string, completions: number): number | undefined {
  const intervals = (text: string): readonly Interval[] => (text === '' ? [] : text.split(',')).map((part) => parseInterval(part, completions)).filter((part) => typeof part !== 'string');
  const [a, b] = [intervals(completed), intervals(failed)];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [c1, c2] = a[i] as Interval;
    const [f1, f2] = b[j] as Interval;
    if (c1 <= f2 && f1 <= c2) return Math.max(c1, f1);
    if (c1 <= f1) i++;
    else j++;
  }
  return undefined;
}
