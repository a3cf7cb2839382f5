/**
 * A map that forgets what has not been used for long (stands in for groupcache's lru.Cache). Two generations: what is
 * used moves to the young one; when that holds half of `size` entries, the old one is dropped and the young one becomes
 * old. Values are immutable.
 */
export class Lru<V> {
  private readonly size: number;
  private young = new Map<string, V>();
  private old: ReadonlyMap<string, V> = new Map<string, V>();

  constructor(size: number) {
    this.size = size;
  }

  get(key: string): V | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const older = this.old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: V): void {
    this.young.set(key, value);
    if (this.young.size * 2 < this.size) return;
    this.old = this.young;
    this.young = new Map<string, V>();
  }

  clone(): Lru<V> {
    const copy = new Lru<V>(this.size);
    copy.young = new Map(this.young);
    copy.old = this.old;
    return copy;
  }
}
