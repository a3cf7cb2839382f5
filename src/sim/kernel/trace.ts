import { assert } from '../../base/assert.ts';
import type { Body, Explanation, MessageId } from './actor.ts';

export const FATE_PENDING = 0;
export const FATE_DELIVERED = 1;
/** The receiver was stopped or restarted meanwhile. */
export const FATE_LOST = 2;

/** One message (or timer: `from` equals `to`) as the trace remembers it. Actors are indices into `Kernel.actorIds`. */
export interface TraceEntry {
  readonly id: MessageId;
  readonly cause: MessageId;
  /** The message that the sender was handling when it sent this one: where its explanation stands. 0 for inputs. */
  readonly during: MessageId;
  readonly from: number;
  readonly to: number;
  readonly sentUs: number;
  readonly deliverUs: number;
  readonly fate: number;
  readonly body: Body;
  readonly explanations: readonly Explanation[];
}

const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK - 1;
/** Ids are held in 31 bits and a sign: the engine keeps such numbers without a box. */
const MOST_CHUNKS = 1 << (31 - CHUNK_BITS);

/** Copied, because a copy costs a tenth of making it anew. */
const VACANT: readonly undefined[] = Array.from({ length: CHUNK }, () => undefined);

/** What a chunk has until something in it is explained; empty for ever. */
const NEVER_EXPLAINED: undefined[] = [];

class Chunk {
  readonly sentUs = new Float64Array(CHUNK);
  readonly deliverUs = new Float64Array(CHUNK);
  readonly cause = new Int32Array(CHUNK);
  readonly during = new Int32Array(CHUNK);
  readonly from = new Int32Array(CHUNK);
  readonly to = new Int32Array(CHUNK);
  readonly fate = new Uint8Array(CHUNK);
  readonly bodies: (Body | undefined)[] = VACANT.slice();
  /** Nearly always one or none: lists would cost more than what they hold. */
  explanations: (Explanation | readonly Explanation[] | undefined)[] = NEVER_EXPLAINED;
}

const NONE: readonly Explanation[] = [];

function listOf(held: Explanation | readonly Explanation[] | undefined): readonly Explanation[] {
  if (!held) return NONE;
  return 'about' in held ? [held] : held;
}

/** Ids in delivery order, indexed by position. */
class OrderChunk { readonly ids = new Int32Array(CHUNK) }

/**
 * Every message of a session, as columns. Ids count from 1 without gaps and are the index. The oldest chunks are
 * dropped beyond `limit` entries: a replay from a checkpoint brings them back. Replaying writes the same entries again.
 */
export class Trace {
  private chunks: (Chunk | undefined)[] = [];
  private order: (OrderChunk | undefined)[] = [];
  private end = 0;
  private endPosition = 0;
  private firstChunk = 0;
  private readonly limit: number;

  constructor(limit = 4_000_000) {
    this.limit = limit;
  }

  /** The highest id recorded so far; 0 when empty. */
  get lastId(): MessageId {
    return this.end;
  }

  /** The lowest id that is still held. */
  get firstId(): MessageId {
    return this.firstChunk * CHUNK + 1;
  }

  /** How many deliveries are known: the furthest position of the session. */
  get lastPosition(): number {
    return this.endPosition;
  }

  /** Notes that the delivery number `position` (from 1) was of this message, and whether anybody was there. */
  delivered(position: number, id: MessageId, fate: number): void {
    const number = (position - 1) >>> CHUNK_BITS;
    const order = this.order[number] ?? (this.order[number] = new OrderChunk());
    order.ids[(position - 1) & CHUNK_MASK] = id;
    if (position > this.endPosition) this.endPosition = position;
    const chunk = this.chunks[(id - 1) >>> CHUNK_BITS];
    if (chunk) chunk.fate[(id - 1) & CHUNK_MASK] = fate;
  }

  /** The message delivered at a position; 0 if none is known. */
  idAt(position: number): MessageId {
    if (position < 1 || position > this.endPosition) return 0;
    return this.order[Math.floor((position - 1) / CHUNK)]?.ids[(position - 1) % CHUNK] ?? 0;
  }

  record(id: MessageId, cause: MessageId, during: MessageId, from: number, to: number, sentUs: number, deliverUs: number, body: Body): void {
    const number = (id - 1) >>> CHUNK_BITS;
    const chunk = this.chunks[number] ?? this.newChunk(number);
    const at = (id - 1) & CHUNK_MASK;
    chunk.sentUs[at] = sentUs;
    chunk.deliverUs[at] = deliverUs;
    chunk.cause[at] = cause;
    chunk.during[at] = during;
    chunk.from[at] = from;
    chunk.to[at] = to;
    chunk.fate[at] = FATE_PENDING;
    chunk.bodies[at] = body;
    if (id > this.end) this.end = id;
  }

  setFate(id: MessageId, fate: number): void {
    const chunk = this.chunks[(id - 1) >>> CHUNK_BITS];
    if (chunk) chunk.fate[(id - 1) & CHUNK_MASK] = fate;
  }

  /** Adds an explanation to the message that was being received; a replay replaces what the first run said. */
  explain(id: MessageId, explanation: Explanation, first: boolean): void {
    const chunk = this.chunks[(id - 1) >>> CHUNK_BITS];
    if (!chunk) return;
    const at = (id - 1) & CHUNK_MASK;
    if (chunk.explanations === NEVER_EXPLAINED) chunk.explanations = VACANT.slice();
    const before = first ? undefined : chunk.explanations[at];
    chunk.explanations[at] = before ? [...listOf(before), explanation] : explanation;
  }

  get(id: MessageId): TraceEntry | undefined {
    const chunk = this.chunks[Math.floor((id - 1) / CHUNK)];
    if (!chunk || id < 1 || id > this.end) return undefined;
    const at = (id - 1) % CHUNK;
    return {
      id, cause: chunk.cause[at] as number, during: chunk.during[at] as number, from: chunk.from[at] as number, to: chunk.to[at] as number,
      sentUs: chunk.sentUs[at] as number, deliverUs: chunk.deliverUs[at] as number, fate: chunk.fate[at] as number,
      body: chunk.bodies[at] as Body, explanations: listOf(chunk.explanations[at]),
    };
  }

  /** Visits every message that was explained; in no particular order. */
  eachExplained(visit: (id: MessageId, explanations: readonly Explanation[]) => void): void {
    for (const [number, chunk] of this.chunks.entries()) {
      chunk?.explanations.forEach((explanations, at) => {
        if (explanations) visit(number * CHUNK + at + 1, listOf(explanations));
      });
    }
  }

  /** The position at which a message was delivered; 0 if it was not. Deliveries are in order of time. */
  positionOf(id: MessageId): number {
    const wanted = this.get(id);
    if (wanted?.fate !== FATE_DELIVERED) return 0;
    let [low, high] = [1, this.endPosition];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.get(this.idAt(middle))?.deliverUs ?? 0) < wanted.deliverUs) low = middle + 1;
      else high = middle;
    }
    for (let position = low; position <= this.endPosition; position++) {
      const found = this.idAt(position);
      if (found === id) return position;
      if ((this.get(found)?.deliverUs ?? 0) > wanted.deliverUs) return 0;
    }
    return 0;
  }

  /** Forgets what was sent after `id` and delivered after `position`: what comes now is another future. */
  truncate(id: MessageId, position: number): void {
    this.endPosition = Math.min(this.endPosition, position);
    this.order.length = Math.min(this.order.length, Math.ceil(this.endPosition / CHUNK));
    this.end = Math.min(this.end, id);
    const keep = Math.ceil(this.end / CHUNK);
    this.chunks.length = Math.min(this.chunks.length, keep);
    const last = this.chunks[keep - 1];
    if (!last) return;
    const from = this.end - (keep - 1) * CHUNK;
    last.bodies.fill(undefined, from);
    last.explanations.fill(undefined, from);
  }

  private newChunk(number: number): Chunk {
    assert(number < MOST_CHUNKS, 'more than 2 billion messages');
    const fresh = new Chunk();
    this.chunks[number] = fresh;
    while ((this.chunks.length - this.firstChunk) * CHUNK > this.limit) this.chunks[this.firstChunk++] = undefined;
    return fresh;
  }
}
