import type { Context, MessageId } from '../kernel/actor.ts';

/** Sent to oneself by addAfter; the owner hands it back to `WorkQueue.onTimer`. */
export interface QueueTimer { readonly type: 'queue-timer'; readonly queue: string; readonly key: string }

const BASE_DELAY_US = 5_000;
const MAX_DELAY_US = 1_000_000_000;

/**
 * client-go's rate-limited work queue: a key is in line once however often it is added, is never worked on twice at
 * the same time, and comes back if it was added meanwhile. Failed keys return after 5 ms doubling to 1000 s.
 */
export class WorkQueue {
  readonly name: string;
  /** Waiting keys in order, each with the message that put it there. */
  private line = new Map<string, MessageId>();
  private processing = new Map<string, MessageId>();
  private failures = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
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

  addAfter(ctx: Context, key: string, delayUs: number): void {
    const timer: QueueTimer = { type: 'queue-timer', queue: this.name, key };
    if (delayUs <= 0) this.add(key, ctx.cause);
    else ctx.after(delayUs, timer);
  }

  /** Puts a failed key back later (ItemExponentialFailureRateLimiter). */
  addRateLimited(ctx: Context, key: string): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.addAfter(ctx, key, Math.min(BASE_DELAY_US * 2 ** Math.min(failures, 30), MAX_DELAY_US));
  }

  forget(key: string): void {
    this.failures.delete(key);
  }

  onTimer(timer: QueueTimer, cause: MessageId): void {
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
    const copy = new WorkQueue(this.name);
    copy.line = new Map(this.line);
    copy.processing = new Map(this.processing);
    copy.failures = new Map(this.failures);
    return copy;
  }
}
