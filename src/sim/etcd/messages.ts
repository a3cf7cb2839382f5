// etcd's v3 API as messages (KV, Watch, Lease), with values as objects by reference instead of bytes.
import type { ApiObject } from '../api/meta.ts';

export const ETCD = 'etcd';

export interface KeyValue {
  readonly key: string;
  readonly value: ApiObject;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Counts the writes of this key since it was created. */
  readonly version: number;
  readonly lease: number;
}

export interface Compare {
  readonly key: string;
  readonly target: 'mod' | 'create' | 'version';
  readonly result: '=' | '<' | '>' | '!=';
  readonly value: number;
}

export type Operation =
  | { readonly op: 'put'; readonly key: string; readonly value: ApiObject; readonly lease?: number }
  | { readonly op: 'delete'; readonly key: string }
  | { readonly op: 'range'; readonly key: string; readonly rangeEnd?: string; readonly revision?: number; readonly limit?: number };

export interface EtcdTxn {
  readonly type: 'etcd-txn';
  readonly requestId: number;
  readonly compares: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}
/** Keys in [key, rangeEnd); without rangeEnd the one key. At `revision`, or now when 0. limit 0 is none. */
export interface EtcdRange {
  readonly type: 'etcd-range';
  readonly requestId: number;
  readonly key: string;
  readonly rangeEnd: string;
  readonly revision: number;
  readonly limit: number;
}
/** Events of keys that begin with `prefix`, from `startRevision` on (0: from now). */
export interface EtcdWatch { readonly type: 'etcd-watch'; readonly watchId: number; readonly prefix: string; readonly startRevision: number }
export interface EtcdCancelWatch { readonly type: 'etcd-cancel-watch'; readonly watchId: number }
export interface EtcdCompact { readonly type: 'etcd-compact'; readonly requestId: number; readonly revision: number }
export interface EtcdLeaseGrant { readonly type: 'etcd-lease-grant'; readonly requestId: number; readonly ttlSeconds: number }
export interface EtcdLeaseKeepAlive { readonly type: 'etcd-lease-keepalive'; readonly requestId: number; readonly lease: number }
export interface EtcdLeaseRevoke { readonly type: 'etcd-lease-revoke'; readonly requestId: number; readonly lease: number }

export type OperationResult =
  | { readonly op: 'put' }
  | { readonly op: 'delete'; readonly deleted: number; readonly previous: KeyValue | undefined }
  | { readonly op: 'range'; readonly kvs: readonly KeyValue[]; readonly count: number; readonly more: boolean };

export interface EtcdResponse {
  readonly type: 'etcd-response';
  readonly requestId: number;
  /** The store's revision after the request. */
  readonly revision: number;
  readonly succeeded: boolean;
  readonly results: readonly OperationResult[];
  readonly lease: number;
  /** etcd's own words: `etcdserver: mvcc: required revision has been compacted`. */
  readonly error: string | undefined;
}
export interface EtcdEvent { readonly type: 'PUT' | 'DELETE'; readonly kv: KeyValue; readonly previous: KeyValue | undefined }
export interface EtcdWatchEvent {
  readonly type: 'etcd-watch-event';
  readonly watchId: number;
  readonly revision: number;
  readonly events: readonly EtcdEvent[];
  /** Set when the watch cannot go on: it began below this compacted revision. */
  readonly compactRevision: number;
}

export type ToEtcd = EtcdTxn | EtcdRange | EtcdWatch | EtcdCancelWatch | EtcdCompact | EtcdLeaseGrant | EtcdLeaseKeepAlive | EtcdLeaseRevoke;
export type FromEtcd = EtcdResponse | EtcdWatchEvent;
