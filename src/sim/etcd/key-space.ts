import { CowMultiMap } from '../../base/cow-map.ts';

/** Everything up to and including the last slash: the unit in which keys are kept and sorted. */
export function directoryOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** The smallest key that does not begin with `prefix` (clientv3.GetPrefixRangeEnd). */
export function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

/**
 * Keys in order. They are filed by directory; a directory is sorted when a range first needs it and again only after
 * keys came or went, so that writing to existing keys costs nothing however many keys there are.
 */
export class KeySpace<V> {
  private entries = new CowMultiMap<V>();
  private sorted = new Map<string, readonly string[]>();
  private directories: readonly string[] | undefined;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: string): V | undefined {
    return this.entries.bucket(directoryOf(key))?.get(key);
  }

  set(key: string, value: V): void {
    const directory = directoryOf(key);
    const bucket = this.entries.bucket(directory);
    if (!bucket?.has(key)) {
      this.count++;
      this.sorted.delete(directory);
      if (!bucket) this.directories = undefined;
    }
    this.entries.set(directory, key, value);
  }

  delete(key: string): void {
    const directory = directoryOf(key);
    if (!this.entries.bucket(directory)?.has(key)) return;
    this.count--;
    this.sorted.delete(directory);
    this.entries.delete(directory, key);
    if (!this.entries.bucket(directory)) this.directories = undefined;
  }

  /** Keys in [from, to), in order. */
  keysIn(from: string, to: string): readonly string[] {
    const parts: (readonly string[])[] = [];
    this.directories ??= [...this.entries.names()].sort();
    for (const directory of this.directories) {
      if (directory >= to || prefixEndsBefore(directory, from)) continue;
      parts.push(this.keysOf(directory, from, to));
    }
    const keys = parts.length === 1 ? (parts[0] as readonly string[]) : parts.flat();
    // A directory inside another one breaks the order of directories; it is rare.
    for (let i = 1; i < keys.length; i++) if ((keys[i] as string) < (keys[i - 1] as string)) return keys.toSorted();
    return keys;
  }

  clone(): KeySpace<V> {
    const copy = new KeySpace<V>();
    copy.entries = this.entries.clone();
    copy.sorted = new Map(this.sorted);
    copy.directories = this.directories;
    copy.count = this.count;
    return copy;
  }

  private keysOf(directory: string, from: string, to: string): readonly string[] {
    let keys = this.sorted.get(directory);
    if (!keys) {
      const bucket = this.entries.bucket(directory);
      keys = bucket ? [...bucket.keys()].sort() : [];
      this.sorted.set(directory, keys);
    }
    const first = lowerBound(keys, from);
    const last = lowerBound(keys, to);
    return first === 0 && last === keys.length ? keys : keys.slice(first, last);
  }
}

/** Whether all keys of a directory come before `from`. */
function prefixEndsBefore(directory: string, from: string): boolean {
  return directory !== '' && prefixEnd(directory) <= from;
}

function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
