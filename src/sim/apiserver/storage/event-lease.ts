import type { EtcdLeaseGrant, EtcdResponse } from '../../etcd/messages.ts';
import { ETCD } from '../../etcd/messages.ts';
import type { Context } from '../../kernel/actor.ts';
import { resourceOf } from '../call.ts';
import type { CreatePending, LeasePending, UpdatePending } from '../pending.ts';
import { expectAnswer } from '../server.ts';
import type { Server } from '../server.ts';

const REUSE_SECONDS = 60;
const MAX_KEYS = 1000;

/**
 * Objects that expire (Events) are written under an etcd lease. As the real lease manager does, one lease serves all
 * writes of a minute, up to 1000; its time is a minute longer, so that nothing ends early.
 * @returns the lease to write under (0: none), or undefined when one has to be granted first
 */
export function leaseFor(server: Server, pending: CreatePending | UpdatePending, ctx: Context): number | undefined {
  const { ttlSeconds } = resourceOf(pending.call);
  if (ttlSeconds === 0) return 0;
  const lease = server.eventLease;
  if (lease && lease.keys < MAX_KEYS && ctx.nowUs + ttlSeconds * 1_000_000 <= lease.expiresUs) {
    server.eventLease = { ...lease, keys: lease.keys + 1 };
    return lease.id;
  }
  const waiting: LeasePending = { step: 'lease', call: pending.call, write: pending };
  const grant: EtcdLeaseGrant = { type: 'etcd-lease-grant', requestId: expectAnswer(server, waiting, ctx), ttlSeconds: ttlSeconds + REUSE_SECONDS };
  ctx.send(ETCD, grant);
  return undefined;
}

/** Remembers the lease that was granted. */
export function onLease(server: Server, pending: LeasePending, response: EtcdResponse, ctx: Context): void {
  const { ttlSeconds } = resourceOf(pending.call);
  server.eventLease = { id: response.lease, expiresUs: ctx.nowUs + (ttlSeconds + REUSE_SECONDS) * 1_000_000, keys: 0 };
}
