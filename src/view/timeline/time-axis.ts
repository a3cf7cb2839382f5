import type { MarkStore } from '../mark-store.ts';

const STEP_PX = 5;
const GAP_PX_MAX = 36;

/** Room for a pause, in px at scale 1: a microsecond takes none, a second as much as a minute nearly. */
export function gapPx(us: number): number {
  return us <= 0 ? 0 : Math.min(GAP_PX_MAX, Math.log10(1 + us / 200) * 5);
}

/**
 * Where marks stand from left to right. Virtual time spans microseconds to minutes, so distance grows with the logarithm
 * of the pause before a mark: busy instants are stretched, idle gaps compressed. Kept incrementally as marks come.
 */
export class TimeAxis {
  private readonly marks: MarkStore;
  private xs = new Float64Array(1024);
  private known = 0;
  private version = -1;

  constructor(marks: MarkStore) {
    this.marks = marks;
  }

  /** Takes in new marks; call before reading. */
  update(): void {
    const { marks } = this;
    if (marks.version === this.version && this.known === marks.count) return;
    if (marks.count < this.known) this.known = marks.count;
    while (this.xs.length < marks.count) {
      const wider = new Float64Array(this.xs.length * 2);
      wider.set(this.xs);
      this.xs = wider;
    }
    for (let i = this.known; i < marks.count; i++) this.xs[i] = i === 0 ? 0 : this.next(i);
    this.known = marks.count;
    this.version = marks.version;
  }

  get width(): number {
    return this.known === 0 ? 0 : (this.xs[this.known - 1] as number) + STEP_PX;
  }

  xOf(index: number): number {
    return this.xs[Math.min(index, this.known - 1)] ?? 0;
  }

  /** The last mark at or left of x; -1 if there is none. */
  indexAt(x: number): number {
    let low = 0;
    let high = this.known;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.xs[middle] as number) <= x) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Where the playhead stands: right after the last mark that has been delivered. */
  xOfPosition(position: number): number {
    const index = this.marks.after(position) - 1;
    return index < 0 ? 0 : this.xOf(index) + STEP_PX / 2;
  }

  private next(index: number): number {
    const before = this.xs[index - 1] as number;
    const us = (this.marks.deliverUs[index] as number) - (this.marks.deliverUs[index - 1] as number);
    const sameBeat = us === 0 && this.marks.causes[index] === this.marks.causes[index - 1];
    return before + (sameBeat ? 0 : STEP_PX) + gapPx(us);
  }
}
