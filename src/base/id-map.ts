const FIRST_CAPACITY = 1024;

/**
 * A map from positive 31-bit integers to 32-bit integers by open addressing in typed arrays: no entry is an object, so that
 * millions of short-lived ids cost the garbage collector nothing.
 */
export class IdMap {
  private mask = FIRST_CAPACITY - 1;
  private keys = new Int32Array(FIRST_CAPACITY);
  private values = new Int32Array(FIRST_CAPACITY);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The value of `id`; undefined if there is none. */
  get(id: number): number | undefined {
    const at = this.find(id);
    return this.keys[at] === id ? this.values[at] : undefined;
  }

  set(id: number, value: number): void {
    const at = this.find(id);
    this.values[at] = value;
    if (this.keys[at] === id) return;
    this.keys[at] = id;
    if (++this.count * 2 > this.keys.length) this.grow();
  }

  delete(id: number): void {
    const { keys, values, mask } = this;
    let hole = this.find(id);
    if (keys[hole] !== id) return;
    this.count--;
    // Moves back whoever had to step over the hole, so that a search may always end at an empty place.
    for (let at = (hole + 1) & mask; keys[at] !== 0; at = (at + 1) & mask) {
      const home = homeOf(keys[at] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      keys[hole] = keys[at] as number;
      values[hole] = values[at] as number;
      hole = at;
    }
    keys[hole] = 0;
  }

  /** Where `id` is, or the empty place where it would go. */
  private find(id: number): number {
    const { keys, mask } = this;
    let at = homeOf(id) & mask;
    for (let key = keys[at]; key !== 0 && key !== id; key = keys[at]) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const { keys, values } = this;
    this.keys = new Int32Array(keys.length * 2);
    this.values = new Int32Array(keys.length * 2);
    this.mask = this.keys.length - 1;
    for (let at = 0; at < keys.length; at++) {
      const id = keys[at] as number;
      if (id === 0) continue;
      const to = this.find(id);
      this.keys[to] = id;
      this.values[to] = values[at] as number;
    }
  }
}

/** Ids come in runs: neighbours go to neighbouring places, and only the low bits matter. */
function homeOf(id: number): number {
  return id | 0;
}
