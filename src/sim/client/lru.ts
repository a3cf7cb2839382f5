import { LazyMap } from '../../base/lazy-map.ts';

/**
 * A map that forgets what has not been used for long (stands in for groupcache's lru.Cache). Two generations: what is
 * used moves to the young one; when that holds half of `size` entries, the old one is dropped and the young one becomes
 * old. Values are immutable.
 */
export class Lru<V> {
  private readonly size: number;
  private young: LazyMap<string, V>;
  private old: LazyMap<string, V>;

  constructor(size: number, young = new LazyMap<string, V>(), old = new LazyMap<string, V>()) {
    this.size = size;
    this.young = young;
    this.old = old;
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
    this.young = new LazyMap<string, V>();
  }

  clone(): Lru<V> {
    return new Lru<V>(this.size, this.young.clone(), this.old);
  }
}
