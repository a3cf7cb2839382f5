// What a controller has asked for and not yet seen in its cache (models UIDTrackingControllerExpectations). Until it
// has, its next sync must not count: the cache would make it create or delete the same thing twice.

const TIMEOUT_US = 5 * 60_000_000;

interface Expectation {
  creations: number;
  /** Keys (`namespace/name`) of objects that are to go. */
  readonly deletions: Set<string>;
  readonly sinceUs: number;
}

/** By the key of the owner. A fulfilled entry is dropped, so there are only as many as there are owners waiting. */
export class Expectations {
  private entries = new Map<string, Expectation>();

  /** Replaces what was expected before. */
  expectCreations(key: string, count: number, nowUs: number): void {
    this.expect(key, count, [], nowUs);
  }

  /** Replaces what was expected before. */
  expectDeletions(key: string, deletions: readonly string[], nowUs: number): void {
    this.expect(key, 0, deletions, nowUs);
  }

  /** Both at once; replaces what was expected before. */
  expect(key: string, creations: number, deletions: readonly string[], nowUs: number): void {
    if (creations > 0 || deletions.length > 0) this.entries.set(key, { creations, deletions: new Set(deletions), sinceUs: nowUs });
    else this.entries.delete(key);
  }

  creationObserved(key: string, count = 1): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    entry.creations -= count;
    this.dropFulfilled(key, entry);
  }

  /** Counts each expected object once: when it is marked for deletion or when it is gone, whichever is seen first. */
  deletionObserved(key: string, deleted: string): void {
    const entry = this.entries.get(key);
    if (entry?.deletions.delete(deleted)) this.dropFulfilled(key, entry);
  }

  forget(key: string): void {
    this.entries.delete(key);
  }

  /** True when nothing is outstanding, or when it has been for so long (5 minutes) that the watch must have missed it. */
  satisfied(key: string, nowUs: number): boolean {
    const entry = this.entries.get(key);
    return entry === undefined || nowUs - entry.sinceUs > TIMEOUT_US;
  }

  /** What is outstanding, for the page. */
  outstanding(key: string): { readonly creations: number; readonly deletions: number } {
    const entry = this.entries.get(key);
    return { creations: entry?.creations ?? 0, deletions: entry?.deletions.size ?? 0 };
  }

  clone(): Expectations {
    const copy = new Expectations();
    for (const [key, entry] of this.entries) copy.entries.set(key, { ...entry, deletions: new Set(entry.deletions) });
    return copy;
  }

  private dropFulfilled(key: string, entry: Expectation): void {
    if (entry.creations <= 0 && entry.deletions.size === 0) this.entries.delete(key);
  }
}
