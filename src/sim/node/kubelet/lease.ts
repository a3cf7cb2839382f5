// The node's lease in kube-node-lease, its heartbeat (models component-helpers apimachinery/lease): an idle node costs
// its renewal every ten seconds.
import { formatMicroTime } from '../../../base/time.ts';
import type { Lease } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { LEASES } from '../../api/resources.ts';
import type { ApiResponse } from '../../apiserver/messages.ts';
import type { Identity } from '../../client/client.ts';
import { createRequest, getRequest, updateRequest } from '../../client/requests.ts';
import type { Context } from '../../kernel/actor.ts';
import type { KubeletState, NodeTimer } from './state.ts';

const LEASE_RENEW_US = 10_000_000;
const LEASE_JITTER_US = 400_000;
const LEASE_SECONDS = 40;
const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_TIMER: NodeTimer = { type: 'node-timer', what: 'lease' };

/** Heartbeats have a client of their own that no rate limit holds back. */
const heartbeats = new WeakMap<Identity, Identity>();
export function heartbeat(state: KubeletState): Identity {
  const { identity } = state.client;
  let own = heartbeats.get(identity);
  if (!own) heartbeats.set(identity, own = { ...identity, qps: 0 });
  return own;
}

export function startLease(ctx: Context): void {
  ctx.after(LEASE_RENEW_US, LEASE_TIMER);
}

export function ensureLease(state: KubeletState, ctx: Context): void {
  state.client.request(ctx, getRequest(LEASES, LEASE_NAMESPACE, state.nodeName), { kind: 'lease-get', uid: '' }, heartbeat(state));
}

function leaseObject(state: KubeletState, ctx: Context): Lease {
  const { lease } = state;
  return {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease',
    metadata: {
      name: state.nodeName, namespace: LEASE_NAMESPACE, ...(lease && { resourceVersion: lease.resourceVersion, uid: lease.uid, creationTimestamp: lease.creationTimestamp }),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: state.nodeName, uid: state.node?.metadata.uid ?? '' }],
    },
    spec: { holderIdentity: state.nodeName, leaseDurationSeconds: LEASE_SECONDS, renewTime: formatMicroTime(ctx.unixUs) },
  };
}

/** Renews the lease. */
export function onLeaseTimer(state: KubeletState, ctx: Context): void {
  ctx.after(LEASE_RENEW_US + ctx.random.below(LEASE_JITTER_US), LEASE_TIMER);
  if (!state.registered) return;
  if (state.lease) state.client.request(ctx, updateRequest(LEASES, leaseObject(state, ctx)), { kind: 'lease-update', uid: '' }, heartbeat(state));
  else ensureLease(state, ctx);
}

export function onLeaseAnswer(state: KubeletState, kind: 'lease-get' | 'lease-create' | 'lease-update', response: ApiResponse, ctx: Context): void {
  const { code } = response;
  if (code === 200 || code === 201) {
    const { resourceVersion = '', uid = '', creationTimestamp = '' } = (response.body as ApiObject).metadata;
    state.lease = { resourceVersion, uid, creationTimestamp };
    if (kind === 'lease-get') state.client.request(ctx, updateRequest(LEASES, leaseObject(state, ctx)), { kind: 'lease-update', uid: '' }, heartbeat(state));
    return;
  }
  if (kind === 'lease-get' && code === 404) {
    state.lease = undefined;
    state.client.request(ctx, createRequest(LEASES, leaseObject(state, ctx), LEASE_NAMESPACE), { kind: 'lease-create', uid: '' }, heartbeat(state));
  } else if (kind === 'lease-update' && (code === 409 || code === 404)) {
    state.lease = undefined;
    ensureLease(state, ctx);
  } else state.lease = undefined;
}
