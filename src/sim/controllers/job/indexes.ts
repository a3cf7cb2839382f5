// Completion indexes of Indexed Jobs, as sets of intervals the way a Job's status writes them (models indexed_job_utils.go).
import type { Job, Pod } from '../../api/generated/types.ts';

export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

/** From `first` to `last`, both included. */
export interface Interval { readonly first: number; readonly last: number }

/** Disjoint, in order, with gaps between them. */
export type Intervals = readonly Interval[];

export function isIndexed(job: Job): boolean {
  return job.spec?.completionMode === 'Indexed';
}

/** The index that a pod works on; -1 if it does not say. */
export function indexOf(pod: Pod): number {
  const value = pod.metadata.annotations?.[COMPLETION_INDEX];
  return value !== undefined && /^\+?\d+$/.test(value) ? Number(value) : -1;
}

/** The index if the Job has it, else -1. */
export function validIndexOf(pod: Pod, job: Job): number {
  const index = indexOf(pod);
  return index < (job.spec?.completions ?? 0) ? index : -1;
}

/** Reads `1,3-5,7`; what is no number is skipped, what is beyond `completions` is left out. */
export function parseIndexes(text: string, completions: number): Intervals {
  const found: Interval[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) continue;
    const first = Number(match[1]);
    if (first >= completions) break;
    const last = match[2] === undefined ? first : Math.min(Number(match[2]), completions - 1);
    const before = found.at(-1);
    if (before && before.last === first - 1) found[found.length - 1] = { first: before.first, last };
    else found.push({ first, last });
  }
  return found;
}

/** Two neighbours are written `1,2`, more `1-3`. */
export function formatIndexes(intervals: Intervals): string {
  return intervals.map(({ first, last }) => (last === first ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`)).join(',');
}

export function countIndexes(intervals: Intervals): number {
  return intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

export function hasIndex(intervals: Intervals, index: number): boolean {
  return intervals.some(({ first, last }) => first <= index && index <= last);
}

export function mergeIntervals(a: Intervals, b: Intervals): Intervals {
  const merged: Interval[] = [];
  for (const interval of [...a, ...b].sort((x, y) => x.first - y.first)) {
    const before = merged.at(-1);
    if (!before || interval.first > before.last + 1) merged.push(interval);
    else if (interval.last > before.last) merged[merged.length - 1] = { first: before.first, last: interval.last };
  }
  return merged;
}

export function withIndexes(intervals: Intervals, indexes: Iterable<number>): Intervals {
  return mergeIntervals(intervals, [...indexes].map((index) => ({ first: index, last: index })));
}

/** The first `count` indexes below `completions` that are not taken. */
export function firstFree(taken: Intervals, count: number, completions: number): readonly number[] {
  const free: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...taken, { first: completions, last: completions }]) {
    for (; candidate < Math.min(first, completions) && free.length < count; candidate++) free.push(candidate);
    candidate = Math.max(candidate, last + 1);
  }
  return free;
}

/** How many of the indexes of `a` are in `b`. */
export function overlap(a: Intervals, b: Intervals): number {
  let count = 0;
  for (const one of a) for (const other of b) count += Math.max(0, Math.min(one.last, other.last) - Math.max(one.first, other.first) + 1);
  return count;
}
