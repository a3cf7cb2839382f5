import type { EtcdState } from './actor.ts';
import type { EtcdEvent } from './messages.ts';

/** What the page shows of etcd. */
export interface EtcdSnapshot {
  readonly revision: number;
  readonly compactRevision: number;
  readonly keys: number;
  readonly watches: number;
  /** Transactions that wait for the disk. */
  readonly waiting: number;
  readonly lastChanges: readonly EtcdChange[];
}
export interface EtcdChange { readonly key: string; readonly revision: number; readonly version: number; readonly deleted: boolean }

/** Reads, never writes; `count` is how many of the last changes to tell, newest first. */
export function snapshotOf(state: EtcdState, count = 10): EtcdSnapshot {
  const { store } = state;
  return {
    revision: store.revision, compactRevision: store.compactRevision, keys: store.keyCount, watches: state.watches.size,
    waiting: state.queue.length + state.syncing.length, lastChanges: store.lastChanges(count).map(changeOf),
  };
}

/** All versions of a key that etcd still has, oldest first. */
export function historyOf(state: EtcdState, key: string): readonly EtcdEvent[] {
  return state.store.history(key);
}

function changeOf({ type, kv }: EtcdEvent): EtcdChange {
  return { key: kv.key, revision: kv.modRevision, version: kv.version, deleted: type === 'DELETE' };
}
