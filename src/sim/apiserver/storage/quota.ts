// The ResourceQuota plugin: the last of validating admission. It checks an object against the quotas of its namespace
// and writes their new usage before the object itself (models admission/plugin/resourcequota).
import type { ResourceQuota } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Context } from '../../kernel/actor.ts';
import { forbid, lookUpAll } from '../admission/plugin.ts';
import type { Attributes } from '../admission/plugin.ts';
import { counts, inScopes, missingOf, namesFor, usageOf } from '../admission/quota/evaluators.ts';
import { add, amountsOf, exceeding, listOf, mask, printAmounts, sameAmounts, subtract, withoutZeros } from '../admission/quota/resource-list.ts';
import { resourceOf, resumed } from '../call.ts';
import type { CreatePending, QuotaPending, UpdatePending } from '../pending.ts';
import { keyIn } from '../scheme.ts';
import { askTxn, cacheNamed, guard, refuse } from '../server.ts';
import type { Server } from '../server.ts';
import type { EtcdResponse } from '../../etcd/messages.ts';
import { OPTIMISTIC_LOCK, conflict } from '../status.ts';

const NAME = 'ResourceQuota';
const QUOTA_US = 300;
const MAX_TRIES = 3;

export type Write = (server: Server, pending: CreatePending | UpdatePending, ctx: Context) => void;

/** Checks the quotas; then `write` is called, at once or when their usage is written. Throws Refusal (403). */
export function chargeQuota(server: Server, pending: CreatePending | UpdatePending, attributes: Attributes, ctx: Context, write: Write): void {
  const changed = check(pending, attributes);
  if (changed.length === 0 || pending.call.request.options.dryRun) return write(server, pending, ctx);
  writeUsage(server, { step: 'quota', call: pending.call, write: pending, left: changed, tries: 0 }, ctx);
}

/** The quotas with the usage that the object brings. */
function check(pending: CreatePending | UpdatePending, attributes: Attributes): readonly ResourceQuota[] {
  const { call, object } = pending;
  const resource = resourceOf(call);
  if (attributes.server.config.disabledPlugins.has(NAME)) return [];
  if (!resource.kind.namespaced || !counts(resource.name, attributes.operation, call.request.subresource)) return [];
  const quotas = lookUpAll(attributes, 'resourcequotas', call.request.namespace) as readonly ResourceQuota[];
  return quotas.length === 0 ? [] : quotas.flatMap((quota) => charge(quota, resource.name, object, attributes) ?? []);
}

function charge(quota: ResourceQuota, resource: string, object: ApiObject, attributes: Attributes): ResourceQuota | undefined {
  const hard = amountsOf(quota.status?.hard);
  const names = namesFor(resource, hard.keys());
  if (names.length === 0 || !inScopes(resource, quota, object)) return undefined;
  const name = quota.metadata.name ?? '';
  const missing = missingOf(resource, object, names);
  if (missing !== '') forbid(attributes, object, `failed quota: ${name}: ${missing}`);
  const used = amountsOf(quota.status?.used);
  if (names.some((item) => !used.has(item))) forbid(attributes, object, `status unknown for quota: ${name}, resources: ${names.toSorted().join(',')}`);
  const usage = usageOf(resource, object);
  const { old } = attributes;
  const delta = withoutZeros(old && inScopes(resource, quota, old) ? subtract(usage, usageOf(resource, old)) : usage);
  const requested = mask(delta, hard.keys());
  const total = add(used, requested);
  const over = exceeding(mask(total, requested.keys()), hard);
  if (over.length > 0) {
    forbid(attributes, object, `exceeded quota: ${name}, requested: ${printAmounts(mask(requested, over))}, used: ${printAmounts(mask(used, over))}, limited: ${printAmounts(mask(hard, over))}`);
  }
  return sameAmounts(total, used) ? undefined : { ...quota, status: { ...quota.status, used: listOf(total) } };
}

function writeUsage(server: Server, pending: QuotaPending, ctx: Context): void {
  const cache = cacheNamed(server, 'resourcequotas');
  const [quota] = pending.left;
  if (!cache || !quota) return;
  const key = keyIn(cache.resource, quota.metadata.namespace ?? '', quota.metadata.name ?? '');
  askTxn(server, pending, {
    compares: [{ key, target: 'mod', result: '=', value: Number(quota.metadata.resourceVersion) }], success: [{ op: 'put', key, value: quota }],
  }, QUOTA_US, ctx);
}

/** One quota's usage is written, or somebody else wrote it first: then all is checked again. */
export function onQuotaWritten(server: Server, pending: QuotaPending, response: EtcdResponse, write: Write, ctx: Context): void {
  const call = resumed(pending.call);
  const written = { ...pending.write, call };
  if (response.succeeded) {
    const left = pending.left.slice(1);
    if (left.length > 0) return writeUsage(server, { ...pending, left }, ctx);
    return guard(server, call, ctx, () => write(server, written, ctx));
  }
  if (pending.tries >= MAX_TRIES) {
    const name = pending.left[0]?.metadata.name ?? '';
    return refuse(server, call, conflict({ group: '', resource: 'resourcequotas' }, name, OPTIMISTIC_LOCK), QUOTA_US, ctx);
  }
  guard(server, call, ctx, () => {
    const old = written.step === 'update' ? written.existing : undefined;
    // Quotas that were written already are counted already.
    const failed = new Set(pending.left.map(({ metadata }) => metadata.name));
    const again = check(written, { operation: old ? 'UPDATE' : 'CREATE', call, server, ctx, old }).filter(({ metadata }) => failed.has(metadata.name));
    if (again.length === 0) write(server, written, ctx);
    else writeUsage(server, { ...pending, call, write: written, left: again, tries: pending.tries + 1 }, ctx);
  });
}
