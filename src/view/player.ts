import type { Update } from '../worker/protocol.ts';
import type { Granularity } from '../worker/protocol.ts';

/** How playing goes: beat by beat, or virtual time in proportion to real time. */
export interface Pace {
  readonly mode: 'beats' | 'realtime';
  /** beats: 1 shows one beat in 700 ms; realtime: virtual seconds per second. */
  readonly speed: number;
}

export const BEAT_SPEEDS: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 16, 64, 256];
export const REALTIME_SPEEDS: readonly number[] = [0.001, 0.01, 0.1, 1, 10, 60];

/** What the player needs from the page; tests give their own clock. */
export interface PlayerPort {
  step(granularity: Granularity, horizonUs: number): Promise<Update>;
  advance(us: number, maxMessages: number): Promise<Update>;
  /** Calls back after at least `ms` (0: at the next frame) and returns a way to forget it. */
  schedule(callback: () => void, ms: number): () => void;
  nowMs(): number;
  /** So much silence means that the cluster has come to rest. */
  restHorizonUs(): number;
  onPlaying(playing: boolean, reason: 'asked' | 'quiet' | 'failed'): void;
}

const BEAT_MS = 700;
const FRAME_MS = 16;
const MESSAGES_PER_FRAME = 5_000;

/** Time that a beat is shown at a speed; below a frame several beats share one. */
export function beatMs(speed: number): number {
  return BEAT_MS / speed;
}

/** The loop that plays: asks for a beat, lets it be seen, asks for the next. Never more than one command is under way. */
export class Player {
  private playing = false;
  private generation = 0;
  private forget: () => void = () => undefined;
  private lastMs = 0;
  private readonly port: PlayerPort;
  private readonly pace: () => Pace;

  constructor(port: PlayerPort, pace: () => Pace) {
    this.port = port;
    this.pace = pace;
  }

  get isPlaying(): boolean {
    return this.playing;
  }

  play(): void {
    if (this.playing) return;
    this.playing = true;
    this.generation++;
    this.lastMs = this.port.nowMs();
    this.port.onPlaying(true, 'asked');
    void this.turn(this.generation);
  }

  pause(reason: 'asked' | 'quiet' | 'failed' = 'asked'): void {
    if (!this.playing) return;
    this.playing = false;
    this.generation++;
    this.forget();
    this.port.onPlaying(false, reason);
  }

  private async turn(generation: number): Promise<void> {
    const { mode, speed } = this.pace();
    const startedMs = this.port.nowMs();
    try {
      const update = mode === 'beats' ? await this.beats(speed) : await this.realtime(speed, startedMs);
      if (generation !== this.generation) return;
      if (mode === 'beats' && update.quiet) return this.pause('quiet');
      const showMs = mode === 'beats' && update.beatCount > 0 ? Math.max(0, beatMs(speed) - (this.port.nowMs() - startedMs)) : 0;
      this.forget = this.port.schedule(() => void this.turn(generation), showMs < FRAME_MS ? 0 : showMs);
    } catch {
      if (generation === this.generation) this.pause('failed');
    }
  }

  /** One beat; at speeds where a beat is shorter than a frame, as many as the frame has room for. */
  private beats(speed: number): Promise<Update> {
    const perFrame = Math.floor(FRAME_MS / beatMs(speed));
    return perFrame <= 1 ? this.port.step('message', this.port.restHorizonUs()) : this.port.advance(this.port.restHorizonUs(), perFrame);
  }

  private realtime(speed: number, startedMs: number): Promise<Update> {
    const elapsedMs = Math.min(100, Math.max(1, startedMs - this.lastMs));
    this.lastMs = startedMs;
    return this.port.advance(Math.round(elapsedMs * 1000 * speed), MESSAGES_PER_FRAME);
  }
}
