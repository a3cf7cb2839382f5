// What an API server waits for: plain data that says how to go on when etcd, or a part of the server itself, answers.
import type { JsonObject, ResourceQuota } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Call } from './call.ts';
import type { DeleteOptions } from './options.ts';
import type { ListPlan } from './storage/list-plan.ts';
import type { Scope } from './watch-cache.ts';

/** A new object on its way into etcd. `attempt` counts generated names. */
export interface CreatePending { readonly step: 'create'; readonly call: Call; readonly key: string; readonly object: ApiObject; readonly attempt: number }
/** A changed object on its way into etcd, if `existing` is still what is there. */
export interface UpdatePending {
  readonly step: 'update'; readonly call: Call; readonly key: string; readonly existing: ApiObject | undefined; readonly object: ApiObject;
}
/** An Event waits for the lease that it will end with. */
export interface LeasePending { readonly step: 'lease'; readonly call: Call; readonly write: CreatePending | UpdatePending }
/** The cached object may have been old: the current one is read and the update tried again. */
export interface RefreshPending { readonly step: 'refresh'; readonly call: Call; readonly key: string }
/** A call that is handled again when its time comes. */
export interface RetryPending { readonly step: 'retry'; readonly call: Call }
export interface GetPending { readonly step: 'get'; readonly call: Call; readonly key: string }
/** A consistent list or watch waits for etcd's revision, or for the objects themselves. */
export interface ListPending { readonly step: 'list'; readonly call: Call; readonly plan: ListPlan }
export interface WatchPending { readonly step: 'watch'; readonly call: Call; readonly scope: Scope }
export interface DeleteReadPending { readonly step: 'delete-read'; readonly call: Call; readonly key: string; readonly options: DeleteOptions }
/** The object gets its deletionTimestamp; afterwards it may go at once. */
export interface DeleteMarkPending {
  readonly step: 'delete-mark'; readonly call: Call; readonly key: string; readonly options: DeleteOptions; readonly object: ApiObject; readonly goOn: boolean;
}
/** `answer`: what an update that emptied the finalizers answers with; undefined for a DELETE. */
export interface DeletePending {
  readonly step: 'delete'; readonly call: Call; readonly key: string; readonly options: DeleteOptions; readonly existing: ApiObject; readonly answer: ApiObject | undefined;
}
/** deletecollection: `list` is awaited first, then the deletion of its item `next`. */
export interface CollectionPending {
  readonly step: 'collection'; readonly call: Call; readonly list: JsonObject | undefined; readonly next: number; readonly options: DeleteOptions;
}
/** A create waits until the quotas that it counts against are written. */
export interface QuotaPending {
  readonly step: 'quota'; readonly call: Call; readonly write: CreatePending | UpdatePending; readonly left: readonly ResourceQuota[]; readonly tries: number;
}
/** An eviction reads the pod, writes the disruption budget, writes the pod's condition and deletes it: `phase` is awaited. */
export interface EvictionPending {
  readonly step: 'eviction'; readonly call: Call; readonly phase: 'read' | 'budget' | 'condition' | 'delete'; readonly tries: number; readonly options: DeleteOptions;
}
/** A backend answers the call. */
export interface AggregatedPending { readonly step: 'aggregated'; readonly call: Call }
export interface BootstrapPending { readonly step: 'bootstrap' }
/** Something about a CustomResourceDefinition. */
export interface DefinitionPending { readonly step: 'definition'; readonly name: string }
/** What the server says of a FlowSchema in its status: the next event of one is the next occasion. */
export interface FlowSchemaPending { readonly step: 'flow-schema' }
/** A cache reads everything it holds. */
export interface FillPending { readonly step: 'fill'; readonly prefix: string }
/** The compactor's txn on its own key, then etcd's compaction. */
export interface CompactPending { readonly step: 'compact'; readonly phase: 'mark' | 'compact' }

export type CallPending = AggregatedPending | CreatePending | UpdatePending | LeasePending | RefreshPending | RetryPending | GetPending | ListPending | WatchPending
  | DeleteReadPending | DeleteMarkPending | DeletePending | CollectionPending | QuotaPending | EvictionPending;
export type Pending = CallPending | BootstrapPending | DefinitionPending | FlowSchemaPending | FillPending | CompactPending;
