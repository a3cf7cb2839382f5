import { FLAG, MESSAGE_KINDS } from '../worker/protocol.ts';
import type { Marks, MessageKind } from '../worker/protocol.ts';

/** One message as the timeline and the stage draw it. `from` and `to` are actor ids. */
export interface Mark {
  readonly index: number;
  readonly id: number;
  readonly cause: number;
  readonly position: number;
  readonly sentUs: number;
  readonly deliverUs: number;
  readonly from: string;
  readonly to: string;
  readonly kind: MessageKind;
  readonly label: string;
  readonly response: boolean;
  readonly refused: boolean;
  readonly lost: boolean;
  readonly milestone: boolean;
  readonly input: boolean;
}

/**
 * All messages that the page was told of, as columns in delivery order; it grows by appending and shrinks when a fork
 * makes the future void. `version` changes with every change, so that React can follow a mutable store.
 */
export class MarkStore {
  version = 0;
  count = 0;
  actors: readonly string[] = [];
  private capacity = 4096;
  ids = new Float64Array(this.capacity);
  causes = new Float64Array(this.capacity);
  positions = new Float64Array(this.capacity);
  sentUs = new Float64Array(this.capacity);
  deliverUs = new Float64Array(this.capacity);
  from = new Uint16Array(this.capacity);
  to = new Uint16Array(this.capacity);
  kinds = new Uint8Array(this.capacity);
  flags = new Uint8Array(this.capacity);
  private labelOf = new Uint32Array(this.capacity);
  private labels: string[] = [];
  private labelIndex = new Map<string, number>();

  append(marks: Marks, actors: readonly string[]): void {
    // In the past fewer actors exist; marks of the future still name theirs.
    this.actors = [...actors, ...this.actors.slice(actors.length)];
    if (marks.count === 0) return;
    while (this.count + marks.count > this.capacity) this.grow();
    this.ids.set(marks.id, this.count);
    this.causes.set(marks.cause, this.count);
    this.positions.set(marks.position, this.count);
    this.sentUs.set(marks.sentUs, this.count);
    this.deliverUs.set(marks.deliverUs, this.count);
    this.from.set(marks.from, this.count);
    this.to.set(marks.to, this.count);
    this.kinds.set(marks.kind, this.count);
    this.flags.set(marks.flags, this.count);
    const labels = marks.labels.map((label) => this.intern(label));
    for (let i = 0; i < marks.count; i++) this.labelOf[this.count + i] = labels[marks.label[i] as number] as number;
    this.count += marks.count;
    this.version++;
  }

  /** Forgets what was delivered after a position. */
  truncate(position: number): void {
    this.count = this.after(position);
    this.version++;
  }

  /** The index of the first mark delivered after a position. */
  after(position: number): number {
    return lowerBound(this.positions, this.count, position + 1);
  }

  /** The index of the first mark delivered at or after a time. */
  atTime(timeUs: number): number {
    return lowerBound(this.deliverUs, this.count, timeUs);
  }

  at(index: number): Mark | undefined {
    if (index < 0 || index >= this.count) return undefined;
    const flags = this.flags[index] as number;
    return {
      index, id: this.ids[index] as number, cause: this.causes[index] as number, position: this.positions[index] as number,
      sentUs: this.sentUs[index] as number, deliverUs: this.deliverUs[index] as number,
      from: this.actors[this.from[index] as number] ?? '', to: this.actors[this.to[index] as number] ?? '',
      kind: MESSAGE_KINDS[this.kinds[index] as number] ?? 'read', label: this.labels[this.labelOf[index] as number] ?? '',
      response: (flags & FLAG.response) !== 0, refused: (flags & FLAG.refused) !== 0, lost: (flags & FLAG.lost) !== 0,
      milestone: (flags & FLAG.milestone) !== 0, input: (flags & FLAG.input) !== 0,
    };
  }

  /** Looks near the end first: what is asked for is nearly always recent. */
  byId(id: number): Mark | undefined {
    for (let index = this.count - 1; index >= 0; index--) if (this.ids[index] === id) return this.at(index);
    return undefined;
  }

  /** The index of a message, or `otherwise` where it is not known. */
  indexOfId(id: number, otherwise: number): number {
    return this.byId(id)?.index ?? otherwise;
  }

  private intern(label: string): number {
    const known = this.labelIndex.get(label);
    if (known !== undefined) return known;
    this.labels.push(label);
    this.labelIndex.set(label, this.labels.length - 1);
    return this.labels.length - 1;
  }

  private grow(): void {
    this.capacity *= 2;
    const widen = <A extends Float64Array | Uint16Array | Uint8Array | Uint32Array>(to: A, from: A): A => { to.set(from); return to; };
    this.ids = widen(new Float64Array(this.capacity), this.ids);
    this.causes = widen(new Float64Array(this.capacity), this.causes);
    this.positions = widen(new Float64Array(this.capacity), this.positions);
    this.sentUs = widen(new Float64Array(this.capacity), this.sentUs);
    this.deliverUs = widen(new Float64Array(this.capacity), this.deliverUs);
    this.from = widen(new Uint16Array(this.capacity), this.from);
    this.to = widen(new Uint16Array(this.capacity), this.to);
    this.kinds = widen(new Uint8Array(this.capacity), this.kinds);
    this.flags = widen(new Uint8Array(this.capacity), this.flags);
    this.labelOf = widen(new Uint32Array(this.capacity), this.labelOf);
  }
}

/** The first index in [0, count) whose value is at least `wanted`. */
function lowerBound(values: Float64Array, count: number, wanted: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
