import { assert } from '../../base/assert.ts';

/** What waits to be delivered, as columns in delivery order: the queue's part of a checkpoint. */
export interface PendingSnapshot {
  readonly times: Float64Array;
  readonly ids: Float64Array;
  readonly causes: Float64Array;
  readonly routes: Int32Array;
  readonly bodies: readonly unknown[];
}

const CANCELLED: unique symbol = Symbol('cancelled');
const ROUTE_WORDS = 3;

/**
 * A binary heap ordered by (time, id) in typed arrays, with the payload in slots beside it: at 20,000 pending events
 * this is twice as fast as a heap of objects. Ids grow, so equal times leave in the order in which they were sent.
 */
export class EventQueue {
  private capacity = 1024;
  private heap = new Int32Array(this.capacity);
  private times = new Float64Array(this.capacity);
  private ids = new Float64Array(this.capacity);
  private causes = new Float64Array(this.capacity);
  /** from, to, epoch of the receiver. */
  private routes = new Int32Array(this.capacity * ROUTE_WORDS);
  private bodies: unknown[] = new Array<unknown>(this.capacity).fill(undefined);
  private free: Int32Array = new Int32Array(this.capacity);
  private freeCount = 0;
  private count = 0;
  private slotsUsed = 0;
  private timers = new Map<number, number>();

  // The event that pop() took out.
  timeUs = 0;
  id = 0;
  cause = 0;
  from = 0;
  to = 0;
  epoch = 0;
  body: unknown = undefined;

  get size(): number {
    return this.count;
  }

  push(timeUs: number, id: number, cause: number, from: number, to: number, epoch: number, body: unknown, cancellable: boolean): void {
    if (this.freeCount === 0 && this.slotsUsed === this.capacity) this.grow();
    const slot = this.freeCount > 0 ? this.free[--this.freeCount] as number : this.slotsUsed++;
    this.times[slot] = timeUs;
    this.ids[slot] = id;
    this.causes[slot] = cause;
    this.routes[slot * ROUTE_WORDS] = from;
    this.routes[slot * ROUTE_WORDS + 1] = to;
    this.routes[slot * ROUTE_WORDS + 2] = epoch;
    this.bodies[slot] = body;
    if (cancellable) this.timers.set(id, slot);
    this.siftUp(this.count++, slot);
  }

  /** Takes the earliest event into the fields above; false when nothing is pending. */
  pop(): boolean {
    while (this.count > 0) {
      const slot = this.heap[0] as number;
      const body = this.bodies[slot];
      this.count--;
      if (this.count > 0) this.siftDown(this.heap[this.count] as number);
      this.bodies[slot] = undefined;
      this.free[this.freeCount++] = slot;
      if (body === CANCELLED) continue;
      this.timeUs = this.times[slot] as number;
      this.id = this.ids[slot] as number;
      this.cause = this.causes[slot] as number;
      this.from = this.routes[slot * ROUTE_WORDS] as number;
      this.to = this.routes[slot * ROUTE_WORDS + 1] as number;
      this.epoch = this.routes[slot * ROUTE_WORDS + 2] as number;
      this.body = body;
      if (this.from === this.to) this.timers.delete(this.id);
      return true;
    }
    return false;
  }

  /** Time of the earliest event, Infinity when nothing is pending. */
  peekTimeUs(): number {
    while (this.count > 0 && this.bodies[this.heap[0] as number] === CANCELLED) this.dropFirst();
    return this.count > 0 ? this.times[this.heap[0] as number] as number : Infinity;
  }

  /** Cause of the earliest event; call only when peekTimeUs() is finite. */
  peekCause(): number {
    return this.causes[this.heap[0] as number] as number;
  }

  peekBody(): unknown {
    return this.bodies[this.heap[0] as number];
  }

  /** Forgets a timer; false if it has fired or was cancelled. */
  cancel(id: number): boolean {
    const slot = this.timers.get(id);
    if (slot === undefined) return false;
    this.timers.delete(id);
    this.bodies[slot] = CANCELLED;
    return true;
  }

  snapshot(): PendingSnapshot {
    const slots = Array.from(this.heap.subarray(0, this.count)).filter((slot) => this.bodies[slot] !== CANCELLED);
    slots.sort((x, y) => (this.times[x] as number) - (this.times[y] as number) || (this.ids[x] as number) - (this.ids[y] as number));
    const routes = new Int32Array(slots.length * ROUTE_WORDS);
    slots.forEach((slot, i) => routes.set(this.routes.subarray(slot * ROUTE_WORDS, (slot + 1) * ROUTE_WORDS), i * ROUTE_WORDS));
    return {
      times: Float64Array.from(slots, (slot) => this.times[slot] as number),
      ids: Float64Array.from(slots, (slot) => this.ids[slot] as number),
      causes: Float64Array.from(slots, (slot) => this.causes[slot] as number),
      routes,
      bodies: slots.map((slot) => this.bodies[slot]),
    };
  }

  static restore(pending: PendingSnapshot): EventQueue {
    const queue = new EventQueue();
    pending.bodies.forEach((body, i) => {
      const from = pending.routes[i * ROUTE_WORDS] as number;
      const to = pending.routes[i * ROUTE_WORDS + 1] as number;
      const epoch = pending.routes[i * ROUTE_WORDS + 2] as number;
      queue.push(pending.times[i] as number, pending.ids[i] as number, pending.causes[i] as number, from, to, epoch, body, from === to);
    });
    return queue;
  }

  private dropFirst(): void {
    const slot = this.heap[0] as number;
    this.count--;
    if (this.count > 0) this.siftDown(this.heap[this.count] as number);
    this.bodies[slot] = undefined;
    this.free[this.freeCount++] = slot;
  }

  private before(x: number, y: number): boolean {
    const tx = this.times[x] as number;
    const ty = this.times[y] as number;
    return tx < ty || (tx === ty && (this.ids[x] as number) < (this.ids[y] as number));
  }

  private siftUp(start: number, slot: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.heap[parent] as number;
      if (!this.before(slot, above)) break;
      this.heap[index] = above;
      index = parent;
    }
    this.heap[index] = slot;
  }

  private siftDown(slot: number): void {
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.count) break;
      if (child + 1 < this.count && this.before(this.heap[child + 1] as number, this.heap[child] as number)) child++;
      const below = this.heap[child] as number;
      if (!this.before(below, slot)) break;
      this.heap[index] = below;
      index = child;
    }
    this.heap[index] = slot;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    assert(capacity <= 1 << 26, 'more than 67 million pending events');
    const widen = <A extends Float64Array | Int32Array>(to: A, from: A): A => { to.set(from); return to; };
    this.heap = widen(new Int32Array(capacity), this.heap);
    this.times = widen(new Float64Array(capacity), this.times);
    this.ids = widen(new Float64Array(capacity), this.ids);
    this.causes = widen(new Float64Array(capacity), this.causes);
    this.routes = widen(new Int32Array(capacity * ROUTE_WORDS), this.routes);
    this.free = widen(new Int32Array(capacity), this.free);
    this.bodies.length = capacity;
    this.capacity = capacity;
  }
}
