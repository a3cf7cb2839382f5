// How long to wait before a failed daemon pod is replaced again (models flowcontrol.Backoff, 1 s doubling to 15 min).
interface Entry { readonly delayUs: number; readonly sinceUs: number }

const FIRST_US = 1_000_000;
const MAX_US = 15 * 60_000_000;

export class FailedPods {
  private entries = new Map<string, Entry>();

  /** What is left of the wait; 0: it is over, or there was none. */
  remainingUs(key: string, nowUs: number): number {
    const entry = this.entries.get(key);
    return entry && nowUs - entry.sinceUs < entry.delayUs ? entry.delayUs : 0;
  }

  /** Notes a replacement; long after the last one it begins anew. */
  next(key: string, nowUs: number): void {
    const entry = this.entries.get(key);
    const delayUs = entry && nowUs - entry.sinceUs <= 2 * MAX_US ? Math.min(entry.delayUs * 2, MAX_US) : FIRST_US;
    this.entries.set(key, { delayUs, sinceUs: nowUs });
  }

  clone(): FailedPods {
    const copy = new FailedPods();
    copy.entries = new Map(this.entries);
    return copy;
  }
}
