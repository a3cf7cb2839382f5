import { assert } from '../base/assert.ts';
import type { ActorId, Body, MessageId } from './kernel/actor.ts';
import { EventBudgetError } from './kernel/kernel.ts';
import type { Checkpoint, Kernel } from './kernel/kernel.ts';

/** A message from outside, and the number of deliveries after which it was given. Replaying inputs is the session. */
export interface LoggedInput { readonly position: number; readonly atUs: number; readonly to: ActorId; readonly body: Body }

/** A replay of this many events stays under the time that a person notices. */
const CHECKPOINT_EVERY = 4_000;
const CHECKPOINTS_MAX = 240;
/** What a checkpoint costs grows with the actors: of clusters of hundreds of nodes there are fewer. */
const ACTORS_PER_CHECKPOINT = 1_000;

/**
 * A world with its past: inputs, checkpoints, and a playhead that can go back. Going back restores the nearest earlier
 * checkpoint and replays; the trace keeps the known future until an input begins another one.
 */
export class Session {
  readonly kernel: Kernel;
  private inputs: LoggedInput[] = [];
  /** How many of the inputs the world at the playhead has received. */
  private given = 0;
  private checkpoints: { readonly checkpoint: Checkpoint; readonly given: number }[] = [];
  private spacing = CHECKPOINT_EVERY;

  /** `kernel` is a fresh one; give it its first input through `input`. */
  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.save();
  }

  get position(): number {
    return this.kernel.delivered;
  }

  get endPosition(): number {
    return this.kernel.trace.lastPosition;
  }

  get log(): readonly LoggedInput[] {
    return this.inputs;
  }

  get nextTimeUs(): number {
    const input = this.inputs[this.given];
    return input ? Math.min(input.atUs, this.kernel.nextTimeUs()) : this.kernel.nextTimeUs();
  }

  /** Events between checkpoints. */
  private get distance(): number {
    return this.spacing * Math.ceil(this.kernel.actorCount / ACTORS_PER_CHECKPOINT || 1);
  }

  /** Gives an input at the playhead. In the past this begins another future: returns true if a known one was lost. */
  input(to: ActorId, body: Body): boolean {
    const forked = this.fork();
    this.inputs.push({ position: this.kernel.delivered, atUs: this.kernel.nowUs, to, body });
    this.deliverInputs();
    return forked;
  }

  /** Cuts the known future off at the playhead; true if there was one. */
  fork(): boolean {
    const lost = this.given < this.inputs.length || this.kernel.trace.lastPosition > this.kernel.delivered;
    this.inputs.length = this.given;
    this.checkpoints = this.checkpoints.filter((saved) => saved.checkpoint.delivered <= this.kernel.delivered);
    this.kernel.trace.truncate(this.kernel.lastId, this.kernel.delivered);
    return lost;
  }

  /** Delivers one event (and the inputs due before it); returns its id, 0 when nothing is pending. */
  step(): MessageId {
    this.deliverInputs();
    const id = this.kernel.step();
    if (this.kernel.delivered % this.distance === 0 && id !== 0) this.save();
    return id;
  }

  /** Runs up to and including `untilUs`; at most `budget` events, then EventBudgetError. */
  runUntil(untilUs: number, budget = 50_000_000): void {
    const limit = this.position + budget;
    while (this.nextTimeUs <= untilUs) {
      if (this.position >= limit) throw new EventBudgetError(budget, this.kernel.nowUs, 'see the trace');
      this.advance(untilUs, limit);
    }
    this.deliverInputs();
    this.kernel.runUntil(untilUs, 0);
  }

  /** Puts the playhead after that many deliveries; beyond the known end it goes to the end. */
  seek(position: number): void {
    const target = Math.min(Math.max(position, 0), this.endPosition);
    const saved = this.nearest((checkpoint) => checkpoint.delivered <= target);
    if (target < this.position || saved.checkpoint.delivered > this.position) this.load(saved);
    while (this.position < target && this.advance(Infinity, target));
    this.deliverInputs();
  }

  /** Puts the playhead after everything that happened up to `timeUs`. */
  seekTime(timeUs: number): void {
    const saved = this.nearest((checkpoint) => checkpoint.nowUs <= timeUs);
    if (timeUs < this.kernel.nowUs || saved.checkpoint.delivered > this.position) this.load(saved);
    this.runUntil(timeUs);
  }

  /** Runs on to a position and a clock beyond the known end, as a replay of a saved session does between its inputs. */
  advanceTo(position: number, atUs: number): void {
    while (this.position < position && this.advance(Infinity, position));
    if (atUs > this.kernel.nowUs) this.kernel.runUntil(atUs, 0);
  }

  /** Forgets the last input and all that followed; the playhead stays where it is, or goes to just before it. */
  undo(): void {
    const last = this.inputs.at(-1);
    if (!last) return;
    this.seek(Math.min(this.position, last.position));
    if (this.given === this.inputs.length) this.rewindBefore(last);
    this.inputs.pop();
    this.fork();
  }

  /** Delivers the inputs that are due and then events: up to `untilUs`, `position`, the next input or checkpoint. False if none was left. */
  private advance(untilUs: number, position: number): boolean {
    this.deliverInputs();
    const before = this.position;
    const nextCheckpoint = (Math.floor(before / this.distance) + 1) * this.distance;
    this.kernel.run(untilUs, Math.min(position, this.inputs[this.given]?.position ?? Infinity, nextCheckpoint));
    if (this.position === nextCheckpoint) this.save();
    return this.position > before;
  }

  /** Restores and replays up to an input, without giving it. */
  private rewindBefore(input: LoggedInput): void {
    const index = this.inputs.indexOf(input);
    this.load(this.nearest((checkpoint, given) => checkpoint.delivered <= input.position && given <= index));
    while (this.position < input.position) {
      this.deliverInputs(index);
      assert(this.kernel.step() !== 0, 'the replay of a session ended early');
    }
    if (input.atUs > this.kernel.nowUs) this.kernel.runUntil(input.atUs, 0);
  }

  private deliverInputs(before = this.inputs.length): void {
    for (;;) {
      const input = this.inputs[this.given];
      if (!input || this.given >= before || input.position > this.kernel.delivered) return;
      if (input.atUs > this.kernel.nowUs) this.kernel.runUntil(input.atUs, 0);
      this.given++;
      this.kernel.input(input.to, input.body);
    }
  }

  private nearest(fits: (checkpoint: Checkpoint, given: number) => boolean): { readonly checkpoint: Checkpoint; readonly given: number } {
    for (let i = this.checkpoints.length - 1; i >= 0; i--) {
      const saved = this.checkpoints[i];
      if (saved && fits(saved.checkpoint, saved.given)) return saved;
    }
    throw new Error('a session has no checkpoint at its beginning');
  }

  private load(saved: { readonly checkpoint: Checkpoint; readonly given: number }): void {
    this.kernel.restore(saved.checkpoint);
    this.given = saved.given;
  }

  private save(): void {
    if (this.checkpoints.some((saved) => saved.checkpoint.delivered === this.position)) return;
    this.checkpoints.push({ checkpoint: this.kernel.checkpoint(), given: this.given });
    this.checkpoints.sort((x, y) => x.checkpoint.delivered - y.checkpoint.delivered);
    if (this.checkpoints.length <= CHECKPOINTS_MAX) return;
    this.spacing *= 2;
    this.checkpoints = this.checkpoints.filter((saved) => saved.checkpoint.delivered % this.spacing === 0);
  }
}
