const HASHED = 8;

/** Of the end of a key, where names that are alike differ: enough to spread them, and a fraction of the whole one's cost. */
function hashOf(key: string): number {
  const { length } = key;
  let hash = length;
  for (let i = length > HASHED ? length - HASHED : 0; i < length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Marks who may write a shard in place; a clone takes the right away from both sides. */
interface Owner { readonly owner: true }
interface Shard<V> { readonly owner: Owner; readonly entries: Map<string, V> }

const ENTRIES_PER_SHARD = 32;

/**
 * A map from strings that clones in O(size / 32): shards are shared until one side writes to them. Checkpoints of a
 * world with 10,000 pods cost little because of it. Iteration order is deterministic but not insertion order.
 */
export class CowMap<V> {
  private shards: (Shard<V> | undefined)[] = [undefined];
  private owner: Owner = { owner: true };
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: string): V | undefined {
    return this.shards[this.indexOf(key)]?.entries.get(key);
  }

  has(key: string): boolean {
    return this.shards[this.indexOf(key)]?.entries.has(key) ?? false;
  }

  set(key: string, value: V): void {
    if (this.count >= this.shards.length * ENTRIES_PER_SHARD) this.grow();
    const entries = this.writable(this.indexOf(key));
    const before = entries.size;
    entries.set(key, value);
    this.count += entries.size - before;
  }

  delete(key: string): boolean {
    const index = this.indexOf(key);
    if (!this.shards[index]?.entries.has(key)) return false;
    this.writable(index).delete(key);
    this.count--;
    return true;
  }

  clone(): CowMap<V> {
    const copy = new CowMap<V>();
    copy.shards = this.shards.slice();
    copy.count = this.count;
    this.owner = { owner: true };
    return copy;
  }

  [Symbol.iterator](): IterableIterator<[string, V]> {
    return new ShardIterator(this.shards, (entries) => entries.entries());
  }

  keys(): IterableIterator<string> {
    return new ShardIterator(this.shards, (entries) => entries.keys());
  }

  values(): IterableIterator<V> {
    return new ShardIterator(this.shards, (entries) => entries.values());
  }

  /** Faster than iterating on hot paths. */
  forEach(visit: (value: V, key: string) => void): void {
    for (const shard of this.shards) shard?.entries.forEach(visit);
  }

  private indexOf(key: string): number {
    return this.shards.length === 1 ? 0 : hashOf(key) & (this.shards.length - 1);
  }

  private writable(index: number): Map<string, V> {
    const shard = this.shards[index];
    if (shard && shard.owner === this.owner) return shard.entries;
    const entries = new Map<string, V>(shard?.entries);
    this.shards[index] = { owner: this.owner, entries };
    return entries;
  }

  private grow(): void {
    const old = this.shards;
    this.shards = Array.from({ length: old.length * 2 }, () => undefined);
    for (const shard of old) {
      shard?.entries.forEach((value, key) => this.writable(this.indexOf(key)).set(key, value));
    }
  }
}

/** Goes through shards one after the other. A generator would do the same, several times slower. */
class ShardIterator<V, T> implements IterableIterator<T> {
  private readonly shards: readonly (Shard<V> | undefined)[];
  private readonly open: (entries: Map<string, V>) => Iterator<T>;
  private index = 0;
  private inner: Iterator<T> | undefined;

  constructor(shards: readonly (Shard<V> | undefined)[], open: (entries: Map<string, V>) => Iterator<T>) {
    this.shards = shards;
    this.open = open;
  }

  next(): IteratorResult<T> {
    for (;;) {
      const result = this.inner?.next();
      if (result && !result.done) return result;
      if (this.index >= this.shards.length) return { done: true, value: undefined };
      const shard = this.shards[this.index++];
      this.inner = shard && this.open(shard.entries);
    }
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this;
  }
}

interface Bucket<V> { readonly owner: Owner; readonly entries: CowMap<V> }

/** An index: buckets of keyed values, cloned as cheaply as a CowMap. Empty buckets disappear. */
export class CowMultiMap<V> {
  private buckets = new CowMap<Bucket<V>>();
  private owner: Owner = { owner: true };

  bucket(name: string): CowMap<V> | undefined {
    return this.buckets.get(name)?.entries;
  }

  set(name: string, key: string, value: V): void {
    this.writable(name).set(key, value);
  }

  delete(name: string, key: string): void {
    if (!this.buckets.get(name)?.entries.has(key)) return;
    const entries = this.writable(name);
    entries.delete(key);
    if (entries.size === 0) this.buckets.delete(name);
  }

  names(): IterableIterator<string> {
    return this.buckets.keys();
  }

  clone(): CowMultiMap<V> {
    const copy = new CowMultiMap<V>();
    copy.buckets = this.buckets.clone();
    this.owner = { owner: true };
    return copy;
  }

  private writable(name: string): CowMap<V> {
    const bucket = this.buckets.get(name);
    if (bucket && bucket.owner === this.owner) return bucket.entries;
    const entries = bucket ? bucket.entries.clone() : new CowMap<V>();
    this.buckets.set(name, { owner: this.owner, entries });
    return entries;
  }
}
