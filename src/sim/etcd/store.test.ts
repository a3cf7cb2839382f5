import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../api/meta.ts';
import { prefixEnd } from './key-space.ts';
import type { Compare, EtcdTxn, Operation } from './messages.ts';
import { ERR_COMPACTED, ERR_DUPLICATE_KEY, ERR_FUTURE_REVISION, ERR_LEASE_NOT_FOUND, EtcdStore } from './store.ts';

function valueOf(name: string, resourceVersion?: number): ApiObject {
  const metadata = resourceVersion === undefined ? { name } : { name, resourceVersion: String(resourceVersion) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

function txn(success: readonly Operation[], compares: readonly Compare[] = [], failure: readonly Operation[] = []): EtcdTxn {
  return { type: 'etcd-txn', requestId: 1, compares, success, failure };
}

const put = (key: string, name = key): Operation => ({ op: 'put', key, value: valueOf(name) });

describe('transactions', () => {
  it('count revisions from 1 and versions from the creation of a key', () => {
    const store = new EtcdStore();
    expect(store.revision).toBe(1);
    store.txn(txn([put('/a/x', 'one')]));
    store.txn(txn([put('/a/x', 'two'), put('/a/y')]));
    expect(store.get('/a/x')).toEqual({ key: '/a/x', value: valueOf('two', 3), createRevision: 2, modRevision: 3, version: 2, lease: 0 });
    expect(store.get('/a/y')?.createRevision).toBe(3);
    store.txn(txn([{ op: 'delete', key: '/a/x' }]));
    store.txn(txn([put('/a/x', 'again')]));
    expect(store.get('/a/x')).toMatchObject({ createRevision: 5, modRevision: 5, version: 1 });
  });

  it('take the failure branch when a compare does not hold', () => {
    const store = new EtcdStore();
    const create = txn([put('/a/x')], [{ key: '/a/x', target: 'mod', result: '=', value: 0 }], [{ op: 'range', key: '/a/x' }]);
    expect(store.txn(create).succeeded).toBe(true);
    const second = store.txn(create);
    expect(second.succeeded).toBe(false);
    expect(second.results).toEqual([{ op: 'range', kvs: [store.get('/a/x')], count: 1, more: false }]);
    expect(store.revision).toBe(2);
  });

  it('make no revision when they change nothing', () => {
    const store = new EtcdStore();
    expect(store.txn(txn([{ op: 'delete', key: '/a/none' }])).results).toEqual([{ op: 'delete', deleted: 0, previous: undefined }]);
    expect(store.revision).toBe(1);
  });

  it('are refused as a whole', () => {
    const store = new EtcdStore();
    expect(store.txn(txn([put('/a/x'), put('/a/x')])).error).toBe(ERR_DUPLICATE_KEY);
    expect(store.txn(txn([put('/a/x'), { op: 'put', key: '/a/y', value: valueOf('y'), lease: 7 }])).error).toBe(ERR_LEASE_NOT_FOUND);
    expect(store.txn(txn([put('/a/x'), { op: 'range', key: '/a/x', revision: 9 }])).error).toBe(ERR_FUTURE_REVISION);
    expect([store.revision, store.keyCount]).toEqual([1, 0]);
  });
});

describe('leases', () => {
  it('take their keys with them in one revision', () => {
    const store = new EtcdStore();
    const { id } = store.grantLease(60, 0);
    store.txn(txn([{ op: 'put', key: '/e/b', value: valueOf('b'), lease: id }, { op: 'put', key: '/e/a', value: valueOf('a'), lease: id }, put('/e/c')]));
    store.txn(txn([put('/e/b', 'freed')]));
    store.keepAlive(id, 30_000_000);
    expect(store.expiredLeases(60_000_000)).toEqual({ expired: [], nextUs: 90_000_000 });
    expect(store.expiredLeases(90_000_000).expired).toEqual([id]);
    expect(store.revokeLease(id)?.map(({ type, kv }) => [type, kv.key, kv.modRevision])).toEqual([['DELETE', '/e/a', 4]]);
    expect(store.keyCount).toBe(2);
    expect(store.revokeLease(id)).toBeUndefined();
    expect(store.keepAlive(id, 0)).toBeUndefined();
  });
});

/** The obvious store: a whole copy of everything at every revision. */
class Model {
  readonly at = new Map<number, Map<string, { name: string; create: number; mod: number; version: number }>>([[1, new Map()]]);
  readonly changes: { revision: number; key: string; type: string }[] = [];
  revision = 1;
  compacted = 0;

  write(puts: readonly (readonly [string, string])[], deletes: readonly string[]): void {
    const now = new Map(this.at.get(this.revision));
    const next = this.revision + 1;
    let changed = false;
    for (const key of deletes) {
      if (!now.delete(key)) continue;
      changed = true;
      this.changes.push({ revision: next, key, type: 'DELETE' });
    }
    for (const [key, name] of puts) {
      const old = now.get(key);
      now.set(key, { name, create: old?.create ?? next, mod: next, version: (old?.version ?? 0) + 1 });
      changed = true;
      this.changes.push({ revision: next, key, type: 'PUT' });
    }
    if (!changed) return;
    this.revision = next;
    this.at.set(next, now);
  }

  range(from: string, to: string, revision: number): unknown[] {
    const content = [...(this.at.get(revision) as Map<string, { name: string; create: number; mod: number; version: number }>)];
    return content.filter(([key]) => key >= from && key < to).sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { name, create, mod, version }]) => ({ key, value: valueOf(name, mod), createRevision: create, modRevision: mod, version, lease: 0 }));
  }
}

const keys = ['/r/pods/a/x', '/r/pods/a/y', '/r/pods/a-b/x', '/r/pods/b/x', '/r/nodes/n', '/r/pods/z', 'top'];
const prefixes = ['/r/', '/r/pods/', '/r/pods/a/', '/r/pods/a-b/', '/r/nodes/', 't'];
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), puts: fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 3 }), deletes: fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), share: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fork' as const), share: fc.nat(100) }) },
);

function check(store: EtcdStore, model: Model): void {
  for (let revision = Math.max(1, model.compacted); revision <= model.revision; revision++) {
    for (const prefix of prefixes) {
      const expected = model.range(prefix, prefixEnd(prefix), revision);
      expect(store.range(prefix, prefixEnd(prefix), revision, 0).kvs).toEqual(expected);
      const limited = store.range(prefix, prefixEnd(prefix), revision, 2);
      expect([limited.kvs.length, limited.count, limited.more]).toEqual([Math.min(2, expected.length), expected.length, expected.length > 2]);
    }
    for (const prefix of ['/r/', '/r/pods/']) {
      const expected = model.changes.filter((change) => change.revision >= revision && change.key.startsWith(prefix));
      expect(store.eventsSince(prefix, revision)?.map(({ type, kv }) => ({ revision: kv.modRevision, key: kv.key, type }))).toEqual(expected);
    }
  }
  const below = model.compacted - 1;
  expect([store.range('/r/', '/r0', Math.max(1, below), 0).error, store.eventsSince('/r/', Math.max(1, below)) === undefined])
    .toEqual(below < 1 ? [undefined, false] : [ERR_COMPACTED, true]);
  expect(store.range('/r/', '/r0', model.revision + 1, 0).error).toBe(ERR_FUTURE_REVISION);
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
interface Run { store: EtcdStore; readonly model: Model; names: number }

function act(run: Run, action: Step): void {
  const { model } = run;
  switch (action.do) {
    case 'write': {
      const puts = action.puts.filter((key) => !action.deletes.includes(key)).map((key) => [key, `v${++run.names}`] as const);
      run.store.txn(txn([...action.deletes.map((key): Operation => ({ op: 'delete', key })), ...puts.map(([key, value]) => put(key, value))]));
      model.write(puts, action.deletes);
      return;
    }
    case 'compact': {
      const revision = Math.ceil((model.revision * action.share) / 100);
      if ((run.store.compact(revision) === ERR_COMPACTED) !== (revision <= model.compacted)) throw new Error(`wrong answer to compact ${revision}`);
      model.compacted = Math.max(model.compacted, revision);
      return;
    }
    case 'fork': {
      const before = run.store;
      run.store = before.clone();
      if (action.share % 2 === 0) before.txn(txn(keys.map((key) => put(key, 'elsewhere'))));
    }
  }
}

describe('against a naive model', () => {
  it('reads, compacts, replays and forks the same', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const run: Run = { store: new EtcdStore(), model: new Model(), names: 0 };
      for (const action of steps) act(run, action);
      expect(run.store.revision).toBe(run.model.revision);
      check(run.store, run.model);
    }), { numRuns: 150 });
  });

  it('goes on from a snapshot', () => {
    const store = new EtcdStore();
    const value = (name: string, resourceVersion: string): ApiObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, resourceVersion } });
    store.restore([{ key: '/a/y', value: value('y', '70') }, { key: '/a/x', value: value('x', '12') }]);
    expect(store.revision).toBe(70);
    expect(store.range('/a/', '/a0', 0, 0).kvs.map(({ value: stored, modRevision }) => [stored.metadata.name, stored.metadata.resourceVersion, modRevision])).toEqual([['x', '12', 12], ['y', '70', 70]]);
    expect(store.range('/a/', '/a0', 69, 0).error).toBe(ERR_COMPACTED);
    store.txn(txn([put('/a/x')]));
    expect(store.get('/a/x')).toMatchObject({ modRevision: 71, createRevision: 12, version: 2 });
  });

  it('tells the history of one key', () => {
    const store = new EtcdStore();
    store.txn(txn([put('/a/x', 'one')]));
    store.txn(txn([put('/a/y')]));
    store.txn(txn([put('/a/x', 'two')]));
    store.txn(txn([{ op: 'delete', key: '/a/x' }]));
    const revisions = (): unknown => store.history('/a/x').map(({ type, kv }) => [type, kv.modRevision]);
    expect(revisions()).toEqual([['PUT', 2], ['PUT', 4], ['DELETE', 5]]);
    expect(store.lastChanges(2).map(({ kv }) => kv.modRevision)).toEqual([5, 4]);
    store.compact(4);
    expect(revisions()).toEqual([['PUT', 4], ['DELETE', 5]]);
  });
});
