// etcd keeps every version until somebody says otherwise: every five minutes the API server lets it forget what is
// older than five minutes (models storage/etcd3/compact.go).
import type { EtcdCompact, EtcdResponse } from '../etcd/messages.ts';
import { ETCD } from '../etcd/messages.ts';
import type { Context } from '../kernel/actor.ts';
import type { CompactPending } from './pending.ts';
import { askTxn, expectAnswer } from './server.ts';
import type { Server } from './server.ts';

const KEY = 'compact_rev_key';
export const COMPACT_US = 300_000_000;
export const COMPACT_TICK = { type: 'compact-tick' } as const;

/** Writes the compactor's own key, so that several API servers would not compact at the same time. */
export function onCompactTick(server: Server, ctx: Context): void {
  const value = { apiVersion: '', kind: '', metadata: { name: String(server.compactTo) } };
  askTxn(server, { step: 'compact', phase: 'mark' }, { compares: [], success: [{ op: 'put', key: KEY, value }] }, 0, ctx);
  ctx.after(COMPACT_US, COMPACT_TICK);
}

export function onCompactStep(server: Server, pending: CompactPending, response: EtcdResponse, ctx: Context): void {
  if (pending.phase === 'compact') return;
  const revision = server.compactTo;
  server.compactTo = response.revision;
  if (revision === 0) return;
  const compact: EtcdCompact = { type: 'etcd-compact', requestId: expectAnswer(server, { step: 'compact', phase: 'compact' }, ctx), revision };
  ctx.send(ETCD, compact);
}
