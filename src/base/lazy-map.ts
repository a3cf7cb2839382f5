/** Marks who may write a map in place; a clone takes the right away from both sides. */
interface Owner { readonly owner: true }
/** What clones share. */
interface Box<K, V> { readonly owner: Owner; readonly entries: Map<K, V> }

/**
 * A map that clones in O(1): the entries are shared until one side writes, which then copies them all. For maps that
 * are small, or that most clones never write to; large ones that are written all the time are better as a CowMap.
 * Iterates in insertion order. Values must be immutable.
 */
export class LazyMap<K, V> implements Iterable<[K, V]> {
  private owner: Owner;
  private box: Box<K, V>;

  constructor(box?: Box<K, V>) {
    this.owner = { owner: true };
    this.box = box ?? { owner: this.owner, entries: new Map<K, V>() };
  }

  get size(): number {
    return this.box.entries.size;
  }

  get(key: K): V | undefined {
    return this.box.entries.get(key);
  }

  has(key: K): boolean {
    return this.box.entries.has(key);
  }

  set(key: K, value: V): void {
    this.writable().set(key, value);
  }

  /** True if the key was there. */
  delete(key: K): boolean {
    return this.box.entries.has(key) && this.writable().delete(key);
  }

  clear(): void {
    if (this.size > 0) this.box = { owner: this.owner, entries: new Map<K, V>() };
  }

  keys(): IterableIterator<K> {
    return this.box.entries.keys();
  }

  values(): IterableIterator<V> {
    return this.box.entries.values();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.box.entries[Symbol.iterator]();
  }

  clone(): LazyMap<K, V> {
    this.owner = { owner: true };
    return new LazyMap<K, V>(this.box);
  }

  private writable(): Map<K, V> {
    if (this.box.owner !== this.owner) this.box = { owner: this.owner, entries: new Map(this.box.entries) };
    return this.box.entries;
  }
}
