// Unified differences of texts as Python's difflib (and Go's port of it, which Kubernetes uses) finds them: the longest
// matching blocks, found recursively, with lines that are frequent in long texts left out of the search.

type Block = readonly [aStart: number, bStart: number, size: number];
interface Change { readonly tag: 'equal' | 'replace' | 'delete' | 'insert'; readonly a1: number; readonly a2: number; readonly b1: number; readonly b2: number }

const contextLines = 3;
/** From this length on, lines that occur in more than one percent of the text are "popular". */
const popularFrom = 200;

/** Where each line of b stands, without the popular ones. */
function indexLines(b: readonly string[]): Map<string, readonly number[]> {
  const positions = new Map<string, number[]>();
  b.forEach((line, i) => {
    const known = positions.get(line);
    if (known === undefined) positions.set(line, [i]);
    else known.push(i);
  });
  if (b.length >= popularFrom) {
    const limit = Math.floor(b.length / 100) + 1;
    for (const [line, at] of positions) if (at.length > limit) positions.delete(line);
  }
  return positions;
}

function longestMatch(a: readonly string[], b: readonly string[], index: Map<string, readonly number[]>, a1: number, a2: number, b1: number, b2: number): Block {
  let best: Block = [a1, b1, 0];
  let lengths = new Map<number, number>();
  for (let i = a1; i < a2; i++) {
    const next = new Map<number, number>();
    for (const j of index.get(a[i] ?? '') ?? []) {
      if (j < b1) continue;
      if (j >= b2) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best[2]) best = [i - size + 1, j - size + 1, size];
    }
    lengths = next;
  }
  return extend(a, b, best, a1, a2, b1, b2);
}

/** Grows a match over equal lines on both sides, popular ones included. */
function extend(a: readonly string[], b: readonly string[], [i, j, size]: Block, a1: number, a2: number, b1: number, b2: number): Block {
  let start = i;
  let other = j;
  let length = size;
  while (start > a1 && other > b1 && a[start - 1] === b[other - 1]) {
    start--;
    other--;
    length++;
  }
  while (start + length < a2 && other + length < b2 && a[start + length] === b[other + length]) length++;
  return [start, other, length];
}

function matchingBlocks(a: readonly string[], b: readonly string[]): readonly Block[] {
  const index = indexLines(b);
  const found: Block[] = [];
  const queue: [number, number, number, number][] = [[0, a.length, 0, b.length]];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [a1, a2, b1, b2] = next;
    const [i, j, size] = longestMatch(a, b, index, a1, a2, b1, b2);
    if (size === 0) continue;
    found.push([i, j, size]);
    if (a1 < i && b1 < j) queue.push([a1, i, b1, j]);
    if (i + size < a2 && j + size < b2) queue.push([i + size, a2, j + size, b2]);
  }
  return [...found.sort(([a1, b1], [a2, b2]) => a1 - a2 || b1 - b2), [a.length, b.length, 0]];
}

function changesBetween(a: readonly string[], b: readonly string[]): readonly Change[] {
  const changes: Change[] = [];
  let i = 0;
  let j = 0;
  for (const [ai, bj, size] of matchingBlocks(a, b)) {
    const tag = i < ai && j < bj ? 'replace' : i < ai ? 'delete' : j < bj ? 'insert' : undefined;
    if (tag !== undefined) changes.push({ tag, a1: i, a2: ai, b1: j, b2: bj });
    i = ai + size;
    j = bj + size;
    if (size > 0) changes.push({ tag: 'equal', a1: ai, a2: i, b1: bj, b2: j });
  }
  return changes;
}

/** Cuts long equal stretches: each group becomes one hunk. */
function groupChanges(changes: readonly Change[]): readonly (readonly Change[])[] {
  const trimmed = [...changes];
  const first = trimmed[0];
  if (first?.tag === 'equal') trimmed[0] = { ...first, a1: Math.max(first.a1, first.a2 - contextLines), b1: Math.max(first.b1, first.b2 - contextLines) };
  const last = trimmed[trimmed.length - 1];
  if (last?.tag === 'equal') trimmed[trimmed.length - 1] = { ...last, a2: Math.min(last.a2, last.a1 + contextLines), b2: Math.min(last.b2, last.b1 + contextLines) };
  const groups: Change[][] = [];
  let group: Change[] = [];
  for (const change of trimmed) {
    let rest = change;
    if (change.tag === 'equal' && change.a2 - change.a1 > 2 * contextLines) {
      group.push({ ...change, a2: Math.min(change.a2, change.a1 + contextLines), b2: Math.min(change.b2, change.b1 + contextLines) });
      groups.push(group);
      group = [];
      rest = { ...change, a1: Math.max(change.a1, change.a2 - contextLines), b1: Math.max(change.b1, change.b2 - contextLines) };
    }
    group.push(rest);
  }
  if (group.length > 0 && !(group.length === 1 && group[0]?.tag === 'equal')) groups.push(group);
  return groups;
}

function range(start: number, stop: number): string {
  const length = stop - start;
  if (length === 1) return String(start + 1);
  return `${length === 0 ? start : start + 1},${length}`;
}

/** The unified difference with three lines of context, without file names; empty if the texts are equal. */
export function unifiedDiff(before: string, after: string): string {
  const a = before.split('\n');
  const b = after.split('\n');
  let out = '';
  for (const group of groupChanges(changesBetween(a, b))) {
    const first = group[0] as Change;
    const last = group[group.length - 1] as Change;
    out += `@@ -${range(first.a1, last.a2)} +${range(first.b1, last.b2)} @@\n`;
    for (const { tag, a1, a2, b1, b2 } of group) {
      if (tag === 'equal') for (const line of a.slice(a1, a2)) out += ` ${line}\n`;
      if (tag === 'replace' || tag === 'delete') for (const line of a.slice(a1, a2)) out += `-${line}\n`;
      if (tag === 'replace' || tag === 'insert') for (const line of b.slice(b1, b2)) out += `+${line}\n`;
    }
  }
  return out;
}
