/** A map that forgets the least recently used entry beyond its size (groupcache's lru.Cache). Values are immutable. */
export class Lru<V> {
  private readonly size: number;
  private entries = new Map<string, V>();

  constructor(size: number) {
    this.size = size;
  }

  get(key: string): V | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.size) this.entries.delete(this.entries.keys().next().value as string);
  }

  clone(): Lru<V> {
    const copy = new Lru<V>(this.size);
    copy.entries = new Map(this.entries);
    return copy;
  }
}
