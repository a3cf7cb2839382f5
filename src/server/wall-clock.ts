// Virtual time that goes with the wall clock: never ahead of it, and behind only where this machine is too slow. Requests come
// in when they come; their answers when virtual time has reached them.
import type { WorldServer } from './world-server.ts';

/** How often the world is brought up to the wall clock while nobody waits for it. */
const TICK_MS = 20;

export class WallClock {
  private readonly world: WorldServer;
  private readonly nowMs: () => number;
  private readonly onFault: (error: unknown) => void;
  /** What the wall clock showed when virtual time was 0. */
  private zeroMs: number;
  private isPlanned = false;
  private readonly ticks: NodeJS.Timeout;

  /** From now on requests to this world wait for the wall clock. `onFault` hears of faults of components. */
  constructor(world: WorldServer, onFault: (error: unknown) => void, nowMs: () => number = () => performance.now()) {
    this.world = world;
    this.nowMs = nowMs;
    this.onFault = onFault;
    this.zeroMs = nowMs() - world.kernel.nowUs / 1000;
    this.ticks = setInterval(() => this.catchUp(), TICK_MS);
    world.clock = this;
  }

  stop(): void {
    clearInterval(this.ticks);
    this.world.clock = undefined;
  }

  /** Brings the world up to now. If it was told to go further by other means, the wall clock counts from there. */
  catchUp(): void {
    const aheadUs = this.world.kernel.nowUs - this.dueUs();
    if (aheadUs > 0) this.zeroMs -= aheadUs / 1000;
    else if (aheadUs < 0) this.advance(-aheadUs);
  }

  /** Something was put in that somebody waits for: it is carried on as soon as its time comes. */
  expect(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    const waitMs = (this.world.kernel.nextTimeUs() - this.dueUs()) / 1000;
    const go = (): void => {
      this.isPlanned = false;
      this.catchUp();
      if (this.world.isAwaited) this.expect();
    };
    // Timers are as coarse as a millisecond.
    if (waitMs < 1) setImmediate(go);
    else setTimeout(go, Math.min(waitMs, TICK_MS));
  }

  private dueUs(): number {
    return Math.round((this.nowMs() - this.zeroMs) * 1000);
  }

  private advance(us: number): void {
    try {
      this.world.advance(us);
    } catch (error) {
      this.onFault(error);
    }
  }
}
