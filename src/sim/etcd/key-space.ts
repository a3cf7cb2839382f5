import { CowMap } from '../../base/cow-map.ts';

/** The smallest key that does not begin with `prefix` (clientv3.GetPrefixRangeEnd). */
export function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

/** Marks who may write a directory in place; a clone takes the right away from both sides. */
interface Owner { readonly owner: true }
interface Directory {
  readonly owner: Owner;
  readonly keys: CowMap<true>;
  sorted: readonly string[] | undefined;
}

/**
 * Keys in order. They are filed by directory; a directory is sorted when a range first needs it and again only after
 * keys came or went, so that writing to existing keys costs nothing however many keys there are.
 */
export class KeySpace<V> {
  private entries = new CowMap<V>();
  private directories = new Map<string, Directory>();
  private sortedDirectories: readonly string[] | undefined;
  private owner: Owner = { owner: true };

  get size(): number {
    return this.entries.size;
  }

  get(key: string): V | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: V): void {
    const { entries } = this;
    const before = entries.size;
    entries.set(key, value);
    if (entries.size === before) return;
    const directory = this.writable(directoryOf(key));
    directory.keys.set(key, true);
    directory.sorted = undefined;
  }

  delete(key: string): void {
    if (!this.entries.delete(key)) return;
    const path = directoryOf(key);
    const directory = this.writable(path);
    directory.keys.delete(key);
    directory.sorted = undefined;
    if (directory.keys.size > 0) return;
    this.directories.delete(path);
    this.sortedDirectories = undefined;
  }

  /** Keys in [from, to), in order. */
  keysIn(from: string, to: string): readonly string[] {
    const parts: (readonly string[])[] = [];
    this.sortedDirectories ??= [...this.directories.keys()].sort();
    for (const path of this.sortedDirectories) {
      if (path >= to || prefixEndsBefore(path, from)) continue;
      parts.push(this.keysOf(path, from, to));
    }
    const keys = parts.length === 1 ? (parts[0] as readonly string[]) : parts.flat();
    // A directory inside another one breaks the order of directories; it is rare.
    for (let i = 1; i < keys.length; i++) if ((keys[i] as string) < (keys[i - 1] as string)) return keys.toSorted();
    return keys;
  }

  clone(): KeySpace<V> {
    const copy = new KeySpace<V>();
    copy.entries = this.entries.clone();
    copy.directories = new Map(this.directories);
    copy.sortedDirectories = this.sortedDirectories;
    this.owner = { owner: true };
    return copy;
  }

  private writable(path: string): Directory {
    const directory = this.directories.get(path);
    if (directory && directory.owner === this.owner) return directory;
    const fresh: Directory = { owner: this.owner, keys: directory ? directory.keys.clone() : new CowMap<true>(), sorted: directory?.sorted };
    this.directories.set(path, fresh);
    if (!directory) this.sortedDirectories = undefined;
    return fresh;
  }

  private keysOf(path: string, from: string, to: string): readonly string[] {
    const directory = this.directories.get(path);
    if (!directory) return [];
    // Remembering the order changes nothing that anybody could see, even in a directory that is shared.
    const keys = (directory.sorted ??= [...directory.keys.keys()].sort());
    const first = lowerBound(keys, from);
    const last = lowerBound(keys, to);
    return first === 0 && last === keys.length ? keys : keys.slice(first, last);
  }
}

/** `/registry/pods/default/`: the key up to its last slash. */
function directoryOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
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
