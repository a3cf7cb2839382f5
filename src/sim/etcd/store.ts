import { CowLog } from '../../base/cow-log.ts';
import { CowMap } from '../../base/cow-map.ts';
import type { ApiObject } from '../api/meta.ts';
import { KeySpace } from './key-space.ts';
import { LeaseTable } from './leases.ts';
import type { Lease } from './leases.ts';
import type { Compare, EtcdEvent, EtcdTxn, KeyValue, Operation, OperationResult } from './messages.ts';

export const ERR_COMPACTED = 'etcdserver: mvcc: required revision has been compacted';
export const ERR_FUTURE_REVISION = 'etcdserver: mvcc: required revision is a future revision';
export const ERR_DUPLICATE_KEY = 'etcdserver: duplicate key given in txn request';
export const ERR_LEASE_NOT_FOUND = 'etcdserver: requested lease not found';

/** One change of one key, and where in the log the change before it is (-1: none). */
export interface LogEntry extends EtcdEvent {
  readonly position: number;
  readonly before: number;
}

/** A key and its value as a snapshot has them; the value's resourceVersion is the revision at which it was written. */
export interface SnapshotEntry { readonly key: string; readonly value: ApiObject }

export interface RangeResult {
  readonly kvs: readonly KeyValue[];
  /** Of all keys in the range, whatever the limit. */
  readonly count: number;
  readonly more: boolean;
  readonly error: string | undefined;
}

export interface TxnResult {
  readonly succeeded: boolean;
  readonly results: readonly OperationResult[];
  readonly events: readonly EtcdEvent[];
  readonly error: string | undefined;
}

/**
 * A stored object carries the revision of its last change as metadata.resourceVersion. The real API server puts it there
 * whenever it decodes a value; here it happens once, at the commit, so that one object serves everybody from then on.
 */
export function stampRevision(object: ApiObject, revision: number): ApiObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

const NO_KVS: readonly KeyValue[] = [];
const NO_EVENTS: readonly EtcdEvent[] = [];
const NO_RESULTS: readonly OperationResult[] = [];
const PUT_RESULT: OperationResult = { op: 'put' };

/**
 * etcd's MVCC store: every write transaction makes a revision, and the store can be read and watched as it was at any
 * revision since the last compaction. Values are objects by reference, stamped with their revision. An empty store is at revision 1, as etcd's is.
 */
export class EtcdStore {
  revision = 1;
  /** Reads below this revision fail; 0 before the first compaction. */
  compactRevision = 0;
  private live = new KeySpace<LogEntry>();
  /** Deleted keys whose past can still be read. */
  private tombstones = new KeySpace<LogEntry>();
  private log = new CowLog<LogEntry>();
  /** For keys that changed since the compaction: what they were at it. */
  private base = new CowMap<LogEntry>();
  private leases = new LeaseTable();

  get keyCount(): number {
    return this.live.size;
  }

  get(key: string): KeyValue | undefined {
    return this.live.get(key)?.kv;
  }

  /** Keys in [key, rangeEnd), or the one key if rangeEnd is ''. revision 0 is now; limit 0 is none. */
  range(key: string, rangeEnd: string, revision: number, limit: number): RangeResult {
    if (revision > this.revision) return refused(ERR_FUTURE_REVISION);
    if (revision > 0 && revision < this.compactRevision) return refused(ERR_COMPACTED);
    const kvs = rangeEnd === '' ? this.readOne(key, revision) : this.readMany(key, rangeEnd, revision);
    const more = limit > 0 && kvs.length > limit;
    return { kvs: more ? kvs.slice(0, limit) : kvs, count: kvs.length, more, error: undefined };
  }

  /** Applies a transaction as a whole or, on an error, not at all. */
  txn(txn: EtcdTxn): TxnResult {
    const succeeded = txn.compares.every((compare) => this.holds(compare));
    const operations = succeeded ? txn.success : txn.failure;
    const error = this.refusal(operations);
    if (error !== undefined) return { succeeded: false, results: NO_RESULTS, events: NO_EVENTS, error };
    const revision = this.revision + 1;
    const events: EtcdEvent[] = [];
    const results = operations.map((operation) => this.apply(operation, revision, events));
    if (events.length > 0) this.revision = revision;
    // Messages keep the list, and a list that has grown has room for sixteen more.
    return { succeeded, results, events: events.slice(), error: undefined };
  }

  /** All changes from `startRevision` on of keys that begin with `prefix`; undefined if they have been compacted. */
  eventsSince(prefix: string, startRevision: number): readonly EtcdEvent[] | undefined {
    if (startRevision < this.compactRevision) return undefined;
    const events: EtcdEvent[] = [];
    const from = this.log.search((entry) => entry.kv.modRevision >= startRevision);
    for (let position = from; position < this.log.end; position++) {
      const entry = this.log.get(position);
      if (entry.kv.key.startsWith(prefix)) events.push(entry);
    }
    return events;
  }

  /** Forgets what keys were before `revision`; returns etcd's error if that cannot be. */
  compact(revision: number): string | undefined {
    if (revision <= this.compactRevision) return ERR_COMPACTED;
    if (revision > this.revision) return ERR_FUTURE_REVISION;
    this.compactRevision = revision;
    const keep = this.log.search((entry) => entry.kv.modRevision >= revision);
    for (let position = this.log.start; position < keep; position++) this.forget(this.log.get(position));
    this.log.trim(keep);
    return undefined;
  }

  /** Fills an empty store from a snapshot: each value at its own revision, the one that it carries. What was before cannot be read. */
  restore(snapshot: readonly SnapshotEntry[]): void {
    const sorted = snapshot.map(({ key, value }) => ({ key, value, revision: Number(value.metadata.resourceVersion ?? 0) })).sort((a, b) => a.revision - b.revision);
    for (const { key, value, revision } of sorted) {
      this.revision = revision > this.revision ? revision : this.revision + 1;
      this.put(key, value, 0, this.revision, []);
    }
    if (sorted.length > 0) this.compact(this.revision);
  }

  grantLease(ttlSeconds: number, nowUs: number): Lease {
    return this.leases.grant(ttlSeconds, nowUs);
  }

  /** Prolongs a lease by its time to live; undefined if there is none with this id. */
  keepAlive(id: number, nowUs: number): Lease | undefined {
    return this.leases.keepAlive(id, nowUs);
  }

  /** Ends a lease: its keys are deleted in one revision. undefined if there is no such lease. */
  revokeLease(id: number): readonly EtcdEvent[] | undefined {
    const keys = this.leases.revoke(id);
    if (!keys) return undefined;
    const events: EtcdEvent[] = [];
    for (const key of keys.toSorted()) this.remove(key, this.revision + 1, events);
    if (events.length > 0) this.revision++;
    return events;
  }

  /** Leases whose time is over, and when the next one ends (Infinity: none). */
  expiredLeases(nowUs: number): { readonly expired: readonly number[]; readonly nextUs: number } {
    return this.leases.expired(nowUs);
  }

  /** All versions of a key that can still be read, oldest first. */
  history(key: string): readonly EtcdEvent[] {
    const events: LogEntry[] = [];
    let entry: LogEntry | undefined = this.live.get(key) ?? this.tombstones.get(key);
    while (entry) {
      events.push(entry);
      entry = entry.kv.modRevision > this.compactRevision ? this.entryBefore(entry) : undefined;
    }
    return events.reverse();
  }

  /** The last `count` changes of the store, newest first. */
  lastChanges(count: number): readonly EtcdEvent[] {
    const events: EtcdEvent[] = [];
    for (let position = this.log.end - 1; position >= this.log.start && events.length < count; position--) events.push(this.log.get(position));
    return events;
  }

  clone(): EtcdStore {
    const copy = new EtcdStore();
    copy.revision = this.revision;
    copy.compactRevision = this.compactRevision;
    copy.live = this.live.clone();
    copy.tombstones = this.tombstones.clone();
    copy.log = this.log.clone();
    copy.base = this.base.clone();
    copy.leases = this.leases.clone();
    return copy;
  }

  private holds(compare: Compare): boolean {
    const kv = this.live.get(compare.key)?.kv;
    const actual = compareTarget(compare, kv);
    switch (compare.result) {
      case '=': return actual === compare.value;
      case '!=': return actual !== compare.value;
      case '<': return actual < compare.value;
      case '>': return actual > compare.value;
    }
  }

  /** What etcd checks before it applies any operation of a transaction. */
  private refusal(operations: readonly Operation[]): string | undefined {
    let error: string | undefined;
    for (let i = 0; i < operations.length && error === undefined; i++) error = this.refusalOf(operations, i);
    return error;
  }

  private refusalOf(operations: readonly Operation[], at: number): string | undefined {
    const operation = operations[at] as Operation;
    switch (operation.op) {
      case 'put': {
        for (let i = 0; i < at; i++) {
          const earlier = operations[i] as Operation;
          if (earlier.op !== 'range' && earlier.key === operation.key) return ERR_DUPLICATE_KEY;
        }
        return operation.lease && !this.leases.has(operation.lease) ? ERR_LEASE_NOT_FOUND : undefined;
      }
      case 'delete': {
        const earlierPut = operations.slice(0, at).some((earlier) => earlier.op === 'put' && earlier.key === operation.key);
        return earlierPut ? ERR_DUPLICATE_KEY : undefined;
      }
      case 'range': return this.range(operation.key, '', operation.revision ?? 0, 1).error;
    }
  }

  private apply(operation: Operation, revision: number, events: EtcdEvent[]): OperationResult {
    switch (operation.op) {
      case 'put':
        this.put(operation.key, operation.value, operation.lease ?? 0, revision, events);
        return PUT_RESULT;
      case 'delete': {
        const previous = this.remove(operation.key, revision, events);
        return { op: 'delete', deleted: previous ? 1 : 0, previous };
      }
      case 'range': {
        const { kvs, count, more } = this.range(operation.key, operation.rangeEnd ?? '', operation.revision ?? 0, operation.limit ?? 0);
        return { op: 'range', kvs, count, more };
      }
    }
  }

  private put(key: string, value: ApiObject, lease: number, revision: number, events: EtcdEvent[]): void {
    const old = this.live.get(key);
    const previous = old?.kv;
    if (previous && previous.lease !== lease && previous.lease !== 0) this.leases.detach(previous.lease, key);
    if (lease !== 0) this.leases.attach(lease, key);
    const createRevision = previous ? previous.createRevision : revision;
    const version = (previous?.version ?? 0) + 1;
    const kv: KeyValue = { key, value: stampRevision(value, revision), createRevision, modRevision: revision, version, lease };
    const before = old ?? (this.tombstones.size > 0 ? this.tombstones.get(key) : undefined);
    if (!old && before) this.tombstones.delete(key);
    this.live.set(key, this.append('PUT', kv, previous, before, events));
  }

  private remove(key: string, revision: number, events: EtcdEvent[]): KeyValue | undefined {
    const old = this.live.get(key);
    if (!old) return undefined;
    const previous = old.kv;
    if (previous.lease !== 0) this.leases.detach(previous.lease, key);
    // A real tombstone has no value; ours has the last one with the deletion's revision, as watches are told it.
    const kv: KeyValue = { key, value: stampRevision(previous.value, revision), createRevision: 0, modRevision: revision, version: 0, lease: 0 };
    this.live.delete(key);
    this.tombstones.set(key, this.append('DELETE', kv, previous, old, events));
    return previous;
  }

  private append(type: 'PUT' | 'DELETE', kv: KeyValue, previous: KeyValue | undefined, before: LogEntry | undefined, events: EtcdEvent[]): LogEntry {
    if (before && before.position < this.log.start) this.base.set(kv.key, before);
    const entry: LogEntry = { type, kv, previous, position: this.log.end, before: before ? before.position : -1 };
    this.log.push(entry);
    events.push(entry);
    return entry;
  }

  private readOne(key: string, revision: number): readonly KeyValue[] {
    const kv = revision === 0 ? this.live.get(key)?.kv : this.kvAt(key, revision);
    return kv ? [kv] : NO_KVS;
  }

  private readMany(from: string, to: string, revision: number): readonly KeyValue[] {
    const live = this.live.keysIn(from, to);
    if (revision === 0 || revision === this.revision) return live.map((key) => (this.live.get(key) as LogEntry).kv);
    const gone = this.tombstones.keysIn(from, to);
    const keys = gone.length === 0 ? live : [...live, ...gone].sort();
    return keys.map((key) => this.kvAt(key, revision)).filter((kv) => kv !== undefined);
  }

  private kvAt(key: string, revision: number): KeyValue | undefined {
    let entry: LogEntry | undefined = this.live.get(key) ?? this.tombstones.get(key);
    while (entry && entry.kv.modRevision > revision) entry = this.entryBefore(entry);
    return entry?.type === 'PUT' ? entry.kv : undefined;
  }

  private entryBefore(entry: LogEntry): LogEntry | undefined {
    if (entry.before >= this.log.start) return this.log.get(entry.before);
    const kept = entry.before >= 0 ? this.base.get(entry.kv.key) : undefined;
    return kept && kept.position < entry.position ? kept : undefined;
  }

  /** An entry leaves the log: it stays readable if it is what its key was at the compaction. */
  private forget(entry: LogEntry): void {
    const { key } = entry.kv;
    if (this.live.get(key) === entry) this.base.delete(key);
    else if (entry.type === 'PUT') this.base.set(key, entry);
    else {
      this.base.delete(key);
      if (this.tombstones.get(key) === entry) this.tombstones.delete(key);
    }
  }
}

function compareTarget(compare: Compare, kv: KeyValue | undefined): number {
  switch (compare.target) {
    case 'mod': return kv?.modRevision ?? 0;
    case 'create': return kv?.createRevision ?? 0;
    case 'version': return kv?.version ?? 0;
  }
}

function refused(error: string): RangeResult {
  return { kvs: NO_KVS, count: 0, more: false, error };
}
