// client-go's flowcontrol.Backoff for one item: 10 s doubling to 300 s, forgotten after twice the maximum.
import type { BackoffEntry } from './state.ts';

const INITIAL_US = 10_000_000;
const MAX_US = 300_000_000;
/** Ten minutes without trouble begin anew. */
const FORGET_US = 2 * MAX_US;

/** Microseconds that are left of the back-off that began at `sinceUs`; 0 when it is over. */
export function backoffLeftUs(entry: BackoffEntry | undefined, sinceUs: number, nowUs: number): number {
  if (!entry || sinceUs - entry.updatedUs > FORGET_US) return 0;
  return Math.max(0, entry.backoffUs - (nowUs - sinceUs));
}

/** The entry after one more failure; `eventUs` is when it happened. */
export function nextBackoff(entry: BackoffEntry | undefined, eventUs: number, nowUs: number): BackoffEntry {
  const begins = !entry || eventUs - entry.updatedUs > FORGET_US;
  return { backoffUs: begins ? INITIAL_US : Math.min(entry.backoffUs * 2, MAX_US), updatedUs: nowUs };
}

/** A duration as Go prints it: `10s`, `1m20s`, `5m0s`, `1.234s`, `250ms`; whole milliseconds. */
export function formatDuration(us: number): string {
  const ms = Math.floor(us / 1000);
  if (ms === 0) return '0s';
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${Number(seconds.toFixed(3))}s`;
}
