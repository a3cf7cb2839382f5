import { LazyMap } from '../../../base/lazy-map.ts';

/** Marks who may change a record in place; cloning takes the right away from both sides. */
export interface RecordOwner { readonly owner: true }
/** A mutable record that knows whose it is. */
export interface Owned { owner: RecordOwner }

/**
 * Mutable records by key that clone in O(1): the map is copied with the first change after a clone, and each record
 * with the first change to it. Readers use `get`, writers must go through `edit`.
 */
export class CowRecords<T extends Owned> {
  private entries = new LazyMap<string, T>();
  private owner: RecordOwner = { owner: true };
  private readonly copy: (record: T) => T;

  /** `copy` makes an independent copy: what is immutable inside may be shared. */
  constructor(copy: (record: T) => T) {
    this.copy = copy;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: string): Readonly<T> | undefined {
    return this.entries.get(key);
  }

  /** The record to be changed now; do not keep it beyond the message at hand. */
  edit(key: string): T | undefined {
    const record = this.entries.get(key);
    if (!record || record.owner === this.owner) return record;
    const copy = this.copy(record);
    copy.owner = this.owner;
    this.entries.set(key, copy);
    return copy;
  }

  add(key: string, record: T): T {
    record.owner = this.owner;
    this.entries.set(key, record);
    return record;
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  keys(): readonly string[] {
    return [...this.entries.keys()];
  }

  values(): IterableIterator<Readonly<T>> {
    return this.entries.values();
  }

  clone(): CowRecords<T> {
    const clone = new CowRecords(this.copy);
    clone.entries = this.entries.clone();
    this.owner = { owner: true };
    return clone;
  }
}
