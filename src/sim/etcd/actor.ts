import { kindOf } from '../kernel/actor.ts';
import type { Actor, ActorId, Context, MessageId, StartMessage } from '../kernel/actor.ts';
import { API_SERVER } from '../apiserver/messages.ts';
import type {
  EtcdCompact, EtcdEvent, EtcdLeaseGrant, EtcdLeaseKeepAlive, EtcdLeaseRevoke, EtcdRange, EtcdResponse, EtcdTxn, EtcdWatch,
  EtcdWatchEvent, OperationResult, ToEtcd,
} from './messages.ts';
import { ERR_LEASE_NOT_FOUND, EtcdStore } from './store.ts';
import type { SnapshotEntry } from './store.ts';
import { WatchTable } from './watches.ts';

/** The write-ahead log reached the disk: the transactions that waited for it are committed. */
interface EtcdSynced { readonly type: 'etcd-synced' }
interface EtcdLeaseCheck { readonly type: 'etcd-lease-check' }
/** A fault given from outside: the process ends (its data stays on disk) until it is started again. */
export interface EtcdCrash { readonly type: 'etcd-crash' }

export type EtcdMessage = ToEtcd | StartMessage | EtcdSynced | EtcdLeaseCheck | EtcdCrash;

type Proposal = EtcdTxn | EtcdLeaseRevoke;
interface Waiting { readonly proposal: Proposal; readonly client: ActorId; readonly cause: MessageId }

export interface EtcdState {
  readonly store: EtcdStore;
  readonly watches: WatchTable;
  up: boolean;
  /** Written to the log together once the sync under way has ended (group commit). */
  queue: Waiting[];
  /** Covered by the sync under way. */
  syncing: Waiting[];
  leaseTimerUs: number;
}

const SYNC_MIN_US = 1_000;
const SYNC_SPREAD_US = 1_000;
const READ_US = 60;
const READ_KEY_US = 2;
const NO_RESULTS: readonly OperationResult[] = [];
const SYNCED: EtcdSynced = { type: 'etcd-synced' };
const LEASE_CHECK: EtcdLeaseCheck = { type: 'etcd-lease-check' };

/**
 * One etcd member. Writes are applied one after another in the order of the log; those that arrive while the disk
 * syncs share the next sync, so that throughput does not end at one write a sync. Reads answer from what is applied.
 * Only API servers may speak to it.
 */
export const etcdActor: Actor<EtcdState, EtcdMessage> = {
  kind: 'etcd',
  init: (_, args) => ({ store: restored(args), watches: new WatchTable(), up: true, queue: [], syncing: [], leaseTimerUs: Infinity }),
  receive(state, message, ctx) {
    if (ctx.from !== ctx.self && kindOf(ctx.from) !== API_SERVER) {
      throw new Error(`${ctx.from} sends ${message.type} to etcd: only the API server may talk to etcd`);
    }
    if (!state.up && message.type !== 'start') return;
    switch (message.type) {
      case 'start': return start(state, ctx);
      case 'etcd-crash': return crash(state);
      case 'etcd-synced': return commit(state, ctx);
      case 'etcd-lease-check': return checkLeases(state, ctx);
      case 'etcd-txn': return onTxn(state, message, ctx);
      case 'etcd-range': return onRange(state, message, ctx);
      case 'etcd-watch': return onWatch(state, message, ctx);
      case 'etcd-cancel-watch': return state.watches.remove(ctx.from, message.watchId);
      case 'etcd-compact': return onCompact(state, message, ctx);
      case 'etcd-lease-grant': return onLeaseGrant(state, message, ctx);
      case 'etcd-lease-keepalive': return onLeaseKeepAlive(state, message, ctx);
      case 'etcd-lease-revoke': return propose(state, message, ctx);
    }
  },
  clone: (state) => ({
    store: state.store.clone(), watches: state.watches.clone(), up: state.up, queue: state.queue.slice(),
    syncing: state.syncing.slice(), leaseTimerUs: state.leaseTimerUs,
  }),
};

/** What etcd may be started with: a snapshot of what it is to hold. */
export interface EtcdArguments { readonly snapshot?: readonly SnapshotEntry[] }

function restored(args: unknown): EtcdStore {
  const store = new EtcdStore();
  store.restore((args as EtcdArguments | undefined)?.snapshot ?? []);
  return store;
}

function start(state: EtcdState, ctx: Context): void {
  state.up = true;
  state.leaseTimerUs = Infinity;
  checkLeases(state, ctx);
}

function crash(state: EtcdState): void {
  state.up = false;
  state.queue = [];
  state.syncing = [];
  state.watches.clear();
}

function onTxn(state: EtcdState, txn: EtcdTxn, ctx: Context): void {
  if (txn.success.some(isWrite) || txn.failure.some(isWrite)) propose(state, txn, ctx);
  else answerTxn(state, txn, ctx.from, ctx);
}

function isWrite(operation: EtcdTxn['success'][number]): boolean {
  return operation.op !== 'range';
}

function propose(state: EtcdState, proposal: Proposal, ctx: Context): void {
  state.queue.push({ proposal, client: ctx.from, cause: ctx.messageId });
  if (state.syncing.length === 0) sync(state, ctx);
}

function sync(state: EtcdState, ctx: Context): void {
  state.syncing = state.queue;
  state.queue = [];
  ctx.after(SYNC_MIN_US + ctx.random.below(SYNC_SPREAD_US), SYNCED);
}

function commit(state: EtcdState, ctx: Context): void {
  const batch = state.syncing;
  state.syncing = [];
  for (const { proposal, client, cause } of batch) {
    ctx.cause = cause;
    if (proposal.type === 'etcd-txn') answerTxn(state, proposal, client, ctx);
    else answerRevoke(state, proposal, client, ctx);
  }
  ctx.cause = ctx.messageId;
  if (state.queue.length > 0) sync(state, ctx);
}

function answerTxn(state: EtcdState, txn: EtcdTxn, client: ActorId, ctx: Context): void {
  const { succeeded, results, events, error } = state.store.txn(txn);
  notify(state, events, ctx);
  respond(state, client, txn.requestId, ctx, { succeeded, results, error });
}

function answerRevoke(state: EtcdState, revoke: EtcdLeaseRevoke, client: ActorId, ctx: Context): void {
  const events = state.store.revokeLease(revoke.lease);
  if (events) notify(state, events, ctx);
  respond(state, client, revoke.requestId, ctx, { succeeded: events !== undefined, error: events ? undefined : ERR_LEASE_NOT_FOUND });
}

function notify(state: EtcdState, events: readonly EtcdEvent[], ctx: Context): void {
  if (events.length === 0) return;
  const { revision } = state.store;
  state.watches.deliver(events, (watch, share) => {
    const message: EtcdWatchEvent = { type: 'etcd-watch-event', watchId: watch.watchId, revision, events: share, compactRevision: 0 };
    ctx.send(watch.client, message);
  });
}

interface Answer { readonly succeeded: boolean; readonly results?: readonly OperationResult[]; readonly lease?: number; readonly error?: string }

function respond(state: EtcdState, client: ActorId, requestId: number, ctx: Context, answer: Answer, processingUs = 0): void {
  const response: EtcdResponse = {
    type: 'etcd-response', requestId, revision: state.store.revision, succeeded: answer.succeeded, results: answer.results ?? NO_RESULTS,
    lease: answer.lease ?? 0, error: answer.error,
  };
  ctx.send(client, response, processingUs);
}

function onRange(state: EtcdState, range: EtcdRange, ctx: Context): void {
  const { kvs, count, more, error } = state.store.range(range.key, range.rangeEnd, range.revision, range.limit);
  const results: readonly OperationResult[] = error === undefined ? [{ op: 'range', kvs, count, more }] : NO_RESULTS;
  respond(state, ctx.from, range.requestId, ctx, { succeeded: error === undefined, results, error }, READ_US + kvs.length * READ_KEY_US);
}

function onWatch(state: EtcdState, watch: EtcdWatch, ctx: Context): void {
  const { watchId, prefix, startRevision } = watch;
  const { revision, compactRevision } = state.store;
  const missed = startRevision > 0 ? state.store.eventsSince(prefix, startRevision) : [];
  if (!missed) {
    const refusal: EtcdWatchEvent = { type: 'etcd-watch-event', watchId, revision, events: [], compactRevision };
    ctx.send(ctx.from, refusal);
    return;
  }
  state.watches.add({ client: ctx.from, watchId, prefix });
  // The answer that the watch is open, with what it missed; the real one sends that in messages of its own.
  const event: EtcdWatchEvent = { type: 'etcd-watch-event', watchId, revision, events: missed, compactRevision: 0 };
  ctx.send(ctx.from, event);
}

function onCompact(state: EtcdState, compact: EtcdCompact, ctx: Context): void {
  const error = state.store.compact(compact.revision);
  respond(state, ctx.from, compact.requestId, ctx, { succeeded: error === undefined, error });
}

function onLeaseGrant(state: EtcdState, grant: EtcdLeaseGrant, ctx: Context): void {
  const lease = state.store.grantLease(grant.ttlSeconds, ctx.nowUs);
  scheduleLeaseCheck(state, lease.expiresUs, ctx);
  respond(state, ctx.from, grant.requestId, ctx, { succeeded: true, lease: lease.id });
}

function onLeaseKeepAlive(state: EtcdState, keepAlive: EtcdLeaseKeepAlive, ctx: Context): void {
  const lease = state.store.keepAlive(keepAlive.lease, ctx.nowUs);
  respond(state, ctx.from, keepAlive.requestId, ctx, { succeeded: lease !== undefined, lease: lease?.id, error: lease ? undefined : ERR_LEASE_NOT_FOUND });
}

function scheduleLeaseCheck(state: EtcdState, atUs: number, ctx: Context): void {
  if (atUs >= state.leaseTimerUs) return;
  state.leaseTimerUs = atUs;
  ctx.after(atUs - ctx.nowUs, LEASE_CHECK);
}

function checkLeases(state: EtcdState, ctx: Context): void {
  if (state.leaseTimerUs <= ctx.nowUs) state.leaseTimerUs = Infinity;
  const { expired, nextUs } = state.store.expiredLeases(ctx.nowUs);
  for (const id of expired) notify(state, state.store.revokeLease(id) ?? [], ctx);
  if (nextUs < Infinity) scheduleLeaseCheck(state, nextUs, ctx);
}
