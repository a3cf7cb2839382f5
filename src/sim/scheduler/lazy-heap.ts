// A priority queue of keyed, immutable items. An item that is replaced or removed stays in the heap until it surfaces
// and is then dropped, so that no positions need to be kept and a clone is two shallow copies.
import { CowMap } from '../../base/cow-map.ts';

export interface Keyed { readonly key: string }
/** Whether `a` comes out before `b`; must be a strict order. */
export type Less<T> = (a: T, b: T) => boolean;

export class LazyHeap<T extends Keyed> {
  private heap: T[] = [];
  private live = new CowMap<T>();

  get size(): number {
    return this.live.size;
  }

  clone(): LazyHeap<T> {
    const copy = new LazyHeap<T>();
    copy.heap = this.heap.slice();
    copy.live = this.live.clone();
    return copy;
  }

  get(key: string): T | undefined {
    return this.live.get(key);
  }

  /** All items, in no particular but a deterministic order. */
  values(): readonly T[] {
    return [...this.live.values()];
  }

  /** Adds an item or replaces the one with its key. */
  set(item: T, less: Less<T>): void {
    this.live.set(item.key, item);
    this.heap.push(item);
    this.rise(this.heap.length - 1, less);
    if (this.heap.length > 2 * this.live.size + 16) this.compact(less);
  }

  delete(key: string): T | undefined {
    const item = this.live.get(key);
    if (item !== undefined) this.live.delete(key);
    return item;
  }

  peek(less: Less<T>): T | undefined {
    for (let top = this.heap[0]; top !== undefined; top = this.heap[0]) {
      if (this.live.get(top.key) === top) return top;
      this.dropTop(less);
    }
    return undefined;
  }

  pop(less: Less<T>): T | undefined {
    const top = this.peek(less);
    if (top === undefined) return undefined;
    this.dropTop(less);
    this.live.delete(top.key);
    return top;
  }

  /** Drops replaced and removed items when they have become the majority. */
  private compact(less: Less<T>): void {
    this.heap = this.heap.filter((item) => this.live.get(item.key) === item);
    for (let i = (this.heap.length >> 1) - 1; i >= 0; i--) this.sink(i, less);
  }

  private dropTop(less: Less<T>): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0, less);
  }

  private rise(from: number, less: Less<T>): void {
    let i = from;
    const item = this.heap[i];
    if (item === undefined) return;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = this.heap[parent];
      if (above === undefined || !less(item, above)) break;
      this.heap[i] = above;
      i = parent;
    }
    this.heap[i] = item;
  }

  private sink(from: number, less: Less<T>): void {
    let i = from;
    const item = this.heap[i];
    if (item === undefined) return;
    for (;;) {
      let child = 2 * i + 1;
      let below = this.heap[child];
      const right = this.heap[child + 1];
      if (below !== undefined && right !== undefined && less(right, below)) {
        child++;
        below = right;
      }
      if (below === undefined || !less(below, item)) break;
      this.heap[i] = below;
      i = child;
    }
    this.heap[i] = item;
  }
}
