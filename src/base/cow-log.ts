import { assert } from './assert.ts';

/** Marks who may append to a chunk in place; a clone takes the right away from both sides. */
interface Owner { readonly owner: true }
interface Chunk<T> { readonly owner: Owner; readonly items: T[] }

const CHUNK = 256;

/**
 * An append-only log whose clones share their past: cloning copies one reference per 256 entries. Entries keep their
 * position for ever; the oldest can be forgotten from the front.
 */
export class CowLog<T> {
  private chunks: Chunk<T>[] = [];
  /** Number of the first chunk that is still held. */
  private firstChunk = 0;
  private owner: Owner = { owner: true };
  private first = 0;
  private next = 0;

  /** Position of the oldest entry that can be read. */
  get start(): number {
    return this.first;
  }

  /** Position that the next entry will get. */
  get end(): number {
    return this.next;
  }

  get length(): number {
    return this.next - this.first;
  }

  get(position: number): T {
    assert(position >= this.first && position < this.next, `log has no entry ${position}`);
    const chunk = this.chunks[Math.floor(position / CHUNK) - this.firstChunk] as Chunk<T>;
    return chunk.items[position % CHUNK] as T;
  }

  /** Appends and returns the entry's position. */
  push(item: T): number {
    const at = Math.floor(this.next / CHUNK) - this.firstChunk;
    const chunk = this.chunks[at];
    if (!chunk) this.chunks.push({ owner: this.owner, items: [item] });
    else if (chunk.owner === this.owner) chunk.items.push(item);
    else this.chunks[at] = { owner: this.owner, items: [...chunk.items.slice(0, this.next % CHUNK), item] };
    return this.next++;
  }

  /** Forgets everything before `position`. */
  trim(position: number): void {
    this.first = Math.max(this.first, Math.min(position, this.next));
    const drop = Math.floor(this.first / CHUNK) - this.firstChunk;
    if (drop <= 0) return;
    this.chunks.splice(0, drop);
    this.firstChunk += drop;
  }

  /** The first position in [start, end] whose entry satisfies `isAfter`, which must be monotonic. */
  search(isAfter: (item: T) => boolean): number {
    let low = this.first;
    let high = this.next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (isAfter(this.get(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  clone(): CowLog<T> {
    const copy = new CowLog<T>();
    copy.chunks = this.chunks.slice();
    copy.firstChunk = this.firstChunk;
    copy.first = this.first;
    copy.next = this.next;
    this.owner = { owner: true };
    return copy;
  }
}
