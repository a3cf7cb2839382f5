import type { Context, MessageId, TimerId } from '../kernel/actor.ts';

/** Sent to oneself by addAfter; the owner hands it back to `WorkQueue.onTimer`. */
export interface QueueTimer { readonly type: 'queue-timer'; readonly queue: string; readonly key: string }

/** The wait before a failed key is tried again: the first, doubling to the longest. */
export interface RetryDelays { readonly firstUs: number; readonly longestUs: number }

const DEFAULT_DELAYS: RetryDelays = { firstUs: 5_000, longestUs: 1_000_000_000 };

/**
 * client-go's rate-limited work queue: a key is in line once however often it is added, is never worked on twice at
 * the same time, and comes back if it was added meanwhile. Failed keys return after 5 ms doubling to 1000 s, unless told else.
 */
export class WorkQueue {
  readonly name: string;
  private readonly delays: RetryDelays;
  /** Waiting keys in order, each with the message that put it there. */
  private line = new Map<string, MessageId>();
  private processing = new Map<string, MessageId>();
  private failures = new Map<string, number>();
  /** Keys that will be added later: one timer each, the earliest. */
  private waiting = new Map<string, { readonly timer: TimerId; readonly readyUs: number }>();

  constructor(name: string, delays = DEFAULT_DELAYS) {
    this.name = name;
    this.delays = delays;
  }

  get length(): number {
    return this.line.size;
  }

  keys(): readonly string[] {
    return [...this.line.keys()];
  }

  inProgress(): readonly string[] {
    return [...this.processing.keys()];
  }

  /** Keys that come back later, with the time (virtual µs) at which they do. */
  delayed(): readonly { readonly key: string; readonly readyUs: number }[] {
    return [...this.waiting].map(([key, { readyUs }]) => ({ key, readyUs }));
  }

  failuresOf(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  add(key: string, cause: MessageId): void {
    if (this.processing.has(key)) {
      if (this.processing.get(key) === 0) this.processing.set(key, cause);
      return;
    }
    if (!this.line.has(key)) this.line.set(key, cause);
  }

  /** Adds a key later; if it is to be added sooner already, that stands (models the delaying queue). */
  addAfter(ctx: Context, key: string, delayUs: number): void {
    if (delayUs <= 0) {
      this.add(key, ctx.cause);
      return;
    }
    const before = this.waiting.get(key);
    const readyUs = ctx.nowUs + delayUs;
    if (before && before.readyUs <= readyUs) return;
    if (before) ctx.cancel(before.timer);
    const body: QueueTimer = { type: 'queue-timer', queue: this.name, key };
    this.waiting.set(key, { timer: ctx.after(delayUs, body), readyUs });
  }

  /** Puts a failed key back later (ItemExponentialFailureRateLimiter). */
  addRateLimited(ctx: Context, key: string): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.addAfter(ctx, key, Math.min(this.delays.firstUs * 2 ** Math.min(failures, 30), this.delays.longestUs));
  }

  forget(key: string): void {
    this.failures.delete(key);
  }

  onTimer(timer: QueueTimer, cause: MessageId): void {
    this.waiting.delete(timer.key);
    this.add(timer.key, cause);
  }

  /** Takes the next key; call `done` when it has been worked on. */
  take(): { readonly key: string; readonly cause: MessageId } | undefined {
    const first = this.line.entries().next();
    if (first.done) return undefined;
    const [key, cause] = first.value;
    this.line.delete(key);
    this.processing.set(key, 0);
    return { key, cause };
  }

  done(key: string): void {
    const again = this.processing.get(key);
    this.processing.delete(key);
    if (again) this.add(key, again);
  }

  clone(): WorkQueue {
    const copy = new WorkQueue(this.name, this.delays);
    copy.line = new Map(this.line);
    copy.processing = new Map(this.processing);
    copy.failures = new Map(this.failures);
    copy.waiting = new Map(this.waiting);
    return copy;
  }
}
