import { assert } from '../../base/assert.ts';
import { IdMap } from '../../base/id-map.ts';

/** What waits to be delivered, as columns in delivery order: the queue's part of a checkpoint. */
export interface PendingSnapshot {
  readonly times: Float64Array;
  readonly ids: Int32Array;
  readonly causes: Int32Array;
  readonly routes: Int32Array;
  readonly bodies: readonly unknown[];
}

const CANCELLED: unique symbol = Symbol('cancelled');
const ROUTE_WORDS = 3;
const FIRST_CAPACITY = 1024;

/** A binary heap of slots ordered by (time, id), with the times beside the slots. Comparisons are written out: calls cost more. */
class SlotHeap {
  count = 0;
  slots = new Int32Array(FIRST_CAPACITY);
  times = new Float64Array(FIRST_CAPACITY);

  push(timeUs: number, slot: number, ids: Int32Array): void {
    if (this.count === this.slots.length) this.grow();
    const { slots, times } = this;
    const id = ids[slot] as number;
    let index = this.count++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = times[parent] as number;
      if (above < timeUs || (above === timeUs && (ids[slots[parent] as number] as number) < id)) break;
      times[index] = above;
      slots[index] = slots[parent] as number;
      index = parent;
    }
    times[index] = timeUs;
    slots[index] = slot;
  }

  /** Drops the first one: the last one goes down from the top to its place. */
  drop(ids: Int32Array): void {
    const { slots, times } = this;
    const count = --this.count;
    const timeUs = times[count] as number;
    const slot = slots[count] as number;
    const id = ids[slot] as number;
    let index = 0;
    for (let child = 1; child < count; child = 2 * index + 1) {
      let below = times[child] as number;
      const right = child + 1;
      if (right < count) {
        const other = times[right] as number;
        if (other < below || (other === below && (ids[slots[right] as number] as number) < (ids[slots[child] as number] as number))) {
          child = right;
          below = other;
        }
      }
      if (timeUs < below || (timeUs === below && id < (ids[slots[child] as number] as number))) break;
      times[index] = below;
      slots[index] = slots[child] as number;
      index = child;
    }
    times[index] = timeUs;
    slots[index] = slot;
  }

  private grow(): void {
    this.slots = widen(new Int32Array(this.count * 2), this.slots);
    this.times = widen(new Float64Array(this.count * 2), this.times);
  }
}

function widen<A extends Float64Array | Int32Array>(to: A, from: A): A {
  to.set(from);
  return to;
}

/**
 * Events ordered by (time, id) in typed arrays, with the payload in slots beside them: at 20,000 pending events this is
 * twice as fast as a heap of objects. Ids grow, so equal times leave in the order in which they were sent. Timers have a
 * heap of their own: thousands of them wait for seconds while messages come and go, and a small heap is a flat one.
 */
export class EventQueue {
  private capacity = FIRST_CAPACITY;
  private messages = new SlotHeap();
  private timers = new SlotHeap();
  private times = new Float64Array(FIRST_CAPACITY);
  private ids = new Int32Array(FIRST_CAPACITY);
  private causes = new Int32Array(FIRST_CAPACITY);
  /** from, to, epoch of the receiver. */
  private routes = new Int32Array(FIRST_CAPACITY * ROUTE_WORDS);
  private bodies: unknown[] = Array.from({ length: FIRST_CAPACITY }, () => undefined);
  private free = new Int32Array(FIRST_CAPACITY);
  private freeCount = 0;
  private slotsUsed = 0;
  private slotOfTimer = new IdMap();

  // The event that pop() took out.
  timeUs = 0;
  id = 0;
  cause = 0;
  from = 0;
  to = 0;
  epoch = 0;
  body: unknown = undefined;

  get size(): number {
    return this.messages.count + this.timers.count;
  }

  push(timeUs: number, id: number, cause: number, from: number, to: number, epoch: number, body: unknown, cancellable: boolean): void {
    if (this.freeCount === 0 && this.slotsUsed === this.capacity) this.grow();
    const slot = this.freeCount > 0 ? this.free[--this.freeCount] as number : this.slotsUsed++;
    const route = slot * ROUTE_WORDS;
    this.times[slot] = timeUs;
    this.ids[slot] = id;
    this.causes[slot] = cause;
    this.routes[route] = from;
    this.routes[route + 1] = to;
    this.routes[route + 2] = epoch;
    this.bodies[slot] = body;
    if (cancellable) {
      this.slotOfTimer.set(id, slot);
      this.timers.push(timeUs, slot, this.ids);
    } else {
      this.messages.push(timeUs, slot, this.ids);
    }
  }

  /** Takes the earliest event, if it is due by `untilUs`, into the fields above; false when there is none. */
  pop(untilUs: number): boolean {
    for (;;) {
      const heap = this.earliest();
      if (heap.count === 0 || (heap.times[0] as number) > untilUs) return false;
      const slot = heap.slots[0] as number;
      heap.drop(this.ids);
      const body = this.release(slot);
      if (body === CANCELLED) continue;
      const route = slot * ROUTE_WORDS;
      this.timeUs = this.times[slot] as number;
      this.id = this.ids[slot] as number;
      this.cause = this.causes[slot] as number;
      this.from = this.routes[route] as number;
      this.to = this.routes[route + 1] as number;
      this.epoch = this.routes[route + 2] as number;
      this.body = body;
      if (heap === this.timers) this.slotOfTimer.delete(this.id);
      return true;
    }
  }

  /** Time of the earliest event, Infinity when nothing is pending. */
  peekTimeUs(): number {
    for (;;) {
      const heap = this.earliest();
      if (heap.count === 0) return Infinity;
      const slot = heap.slots[0] as number;
      if (this.bodies[slot] !== CANCELLED) return heap.times[0] as number;
      heap.drop(this.ids);
      this.release(slot);
    }
  }

  /** Cause of the earliest event; call only when peekTimeUs() is finite. */
  peekCause(): number {
    return this.causes[this.earliest().slots[0] as number] as number;
  }

  peekBody(): unknown {
    return this.bodies[this.earliest().slots[0] as number];
  }

  /** Forgets a timer; false if it has fired or was cancelled. */
  cancel(id: number): boolean {
    const slot = this.slotOfTimer.get(id);
    if (slot === undefined) return false;
    this.slotOfTimer.delete(id);
    this.bodies[slot] = CANCELLED;
    return true;
  }

  snapshot(): PendingSnapshot {
    const { messages, timers } = this;
    const slots = [...messages.slots.subarray(0, messages.count), ...timers.slots.subarray(0, timers.count)].filter((slot) => this.bodies[slot] !== CANCELLED);
    slots.sort((x, y) => (this.times[x] as number) - (this.times[y] as number) || (this.ids[x] as number) - (this.ids[y] as number));
    const routes = new Int32Array(slots.length * ROUTE_WORDS);
    slots.forEach((slot, i) => routes.set(this.routes.subarray(slot * ROUTE_WORDS, (slot + 1) * ROUTE_WORDS), i * ROUTE_WORDS));
    return {
      times: Float64Array.from(slots, (slot) => this.times[slot] as number),
      ids: Int32Array.from(slots, (slot) => this.ids[slot] as number),
      causes: Int32Array.from(slots, (slot) => this.causes[slot] as number),
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

  /** The heap with the earliest event; an empty one when nothing is pending. */
  private earliest(): SlotHeap {
    const { messages, timers } = this;
    if (timers.count === 0) return messages;
    if (messages.count === 0) return timers;
    const message = messages.times[0] as number;
    const timer = timers.times[0] as number;
    if (message !== timer) return message < timer ? messages : timers;
    return (this.ids[messages.slots[0] as number] as number) < (this.ids[timers.slots[0] as number] as number) ? messages : timers;
  }

  private release(slot: number): unknown {
    const body = this.bodies[slot];
    this.bodies[slot] = undefined;
    this.free[this.freeCount++] = slot;
    return body;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    assert(capacity <= 1 << 26, 'more than 67 million pending events');
    this.times = widen(new Float64Array(capacity), this.times);
    this.ids = widen(new Int32Array(capacity), this.ids);
    this.causes = widen(new Int32Array(capacity), this.causes);
    this.routes = widen(new Int32Array(capacity * ROUTE_WORDS), this.routes);
    this.free = widen(new Int32Array(capacity), this.free);
    for (let slot = this.capacity; slot < capacity; slot++) this.bodies.push(undefined);
    this.capacity = capacity;
  }
}
