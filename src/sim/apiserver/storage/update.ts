import type { ObjectMeta } from '../../api/generated/types.ts';
import type { Kind, StrategyContext } from '../../api/kind.ts';
import type { ApiObject, FieldError } from '../../api/meta.ts';
import type { EtcdResponse } from '../../etcd/messages.ts';
import type { Context } from '../../kernel/actor.ts';
import type { Attributes } from '../admission/plugin.ts';
import { again, resourceOf, resumed, subjectOf, warn } from '../call.ts';
import type { Call } from '../call.ts';
import { checkEscalation } from '../escalation.ts';
import { applyConfiguration } from '../managed-fields/apply.ts';
import { trackCreate, trackUpdate, withOldTimes } from '../managed-fields/manager.ts';
import { sameContent, withMeta } from '../object.ts';
import { withOwnersOnce } from '../owner-references.ts';
import type { CreatePending, RefreshPending, UpdatePending } from '../pending.ts';
import { keyIn } from '../scheme.ts';
import { askRange, askTxn, cacheOf, explainWaiting, finish, guard } from '../server.ts';
import type { Server } from '../server.ts';
import { allocateForUpdate, releaseFor } from '../service-allocator.ts';
import { checkName, decode, recordDecoded } from '../stages/decode.ts';
import { recordCommitted, recordDryRun, recordUnchanged, recordWaiting } from '../stages/etcd.ts';
import { mutatingAdmission } from '../stages/mutating-admission.ts';
import { patched } from '../stages/patch.ts';
import { validatingAdmission } from '../stages/validating-admission.ts';
import { validation } from '../stages/validation.ts';
import { OPTIMISTIC_LOCK, Refusal, conflict, invalid, notFound, unclassified } from '../status.ts';
import { asStored, asVersion } from '../versions.ts';
import { WRITE_US, committed, createObject, inNamespace, strategyContext } from './create.ts';
import { answerOf, bindingKind, bound, scaleKind, scaled } from './subresources.ts';
import { leaseFor } from './event-lease.ts';
import { checkSameObject } from './preconditions.ts';
import { chargeQuota } from './quota.ts';
import { deleteEmptied, mayGo } from './delete.ts';

const ANSWER_US = 150;
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * PUT and PATCH (models registry.Store.Update inside etcd3's GuaranteedUpdate): works on the cached object first; if
 * that fails or changes nothing, etcd is asked whether the cache was right.
 */
export function update(server: Server, call: Call, ctx: Context): void {
  const resource = resourceOf(call);
  const { namespace, name } = call.request;
  const key = keyIn(resource, namespace, name);
  const cached = cacheOf(server, resource).getByKey(key);
  if (cached) attempt(server, call, key, cached, false, ctx);
  else {
    if (call.request.verb === 'update') checkSent(call);
    refresh(server, call, key, ctx);
  }
}

function attempt(server: Server, call: Call, key: string, stored: ApiObject | undefined, fresh: boolean, ctx: Context): void {
  const existing = stored && asVersion(resourceOf(call), stored);
  if (fresh) return transform(server, call, key, existing, fresh, ctx);
  try {
    transform(server, call, key, existing, fresh, ctx);
  } catch (error) {
    if (!(error instanceof Refusal) || !worthAnotherLook(error)) throw error;
    refresh(server, again(call), key, ctx);
  }
}

/** What is wrong with the request itself stays wrong whatever etcd has. */
function worthAnotherLook({ status }: Refusal): boolean {
  return status.code !== 400 && status.code !== 500;
}

function refresh(server: Server, call: Call, key: string, ctx: Context): void {
  recordWaiting(call, 'read', key);
  explainWaiting(call, ctx);
  const pending: RefreshPending = { step: 'refresh', call, key };
  askRange(server, pending, { key }, WRITE_US, ctx);
}

export function onRefreshed(server: Server, pending: RefreshPending, response: EtcdResponse, ctx: Context): void {
  const result = response.results[0];
  const current = result?.op === 'range' ? result.kvs[0]?.value : undefined;
  const call = again(pending.call);
  guard(server, call, ctx, () => attempt(server, call, pending.key, current, true, ctx));
}

function transform(server: Server, call: Call, key: string, existing: ApiObject | undefined, fresh: boolean, ctx: Context): void {
  const resource = resourceOf(call);
  const { request } = call;
  if (!existing) return createInstead(server, call, ctx);
  if (request.subresource === 'binding') return writeUpdate(server, { step: 'update', call, key, existing, object: bound(server, call, key, existing, ctx) }, ctx);
  if (request.subresource === 'scale') return write(server, call, key, existing, scaled(call, key, existing, ctx), fresh, ctx);
  const applies = request.patchType === 'apply';
  const sent = request.verb === 'update' ? withOwnersOnce(call, sentObject(call), false) : applies ? applyConfiguration(call, resource.kind, existing, ctx) : patched(call, resource.kind, existing);
  if (request.verb === 'update') checkSameObject(call, key, sent, existing);
  const defaulted = inNamespace(call, resource.kind.applyDefaults(sent));
  recordDecoded(call, sent, defaulted);
  if (request.verb === 'patch') checkName(call, defaulted);
  write(server, call, key, existing, applies ? defaulted : trackUpdate(call, resource.kind, existing, defaulted, ctx), fresh, ctx);
}

/** From mutating admission to the transaction. */
function write(server: Server, call: Call, key: string, existing: ApiObject, object: ApiObject, fresh: boolean, ctx: Context): void {
  const resource = resourceOf(call);
  const attributes: Attributes = { operation: 'UPDATE', call, server, ctx, old: existing };
  const mutated = mutatingAdmission(object, attributes);
  const admitted = call.request.verb === 'patch' ? withOwnersOnce(call, mutated, true) : mutated;
  checkResourceVersion(call, admitted, existing);
  const dryRun = call.request.options.dryRun ?? false;
  const allocated = call.request.subresource === '' ? allocateForUpdate(server, resource, admitted, existing, dryRun, ctx) : admitted;
  try {
    const next = withOldTimes(prepare(call, resource.kind, allocated, existing, strategyContext(call, ctx)), existing);
    warn(call, call.request.subresource === '' ? (resource.kind.warnings?.(next, existing) ?? []) : []);
    checkEscalation(server, call, next, existing);
    validatingAdmission(next, attributes);
    if (mayGo(resource, next, existing)) return deleteEmptied(server, call, key, existing, next, ctx);
    if (sameContent(next, existing)) return unchanged(server, call, key, existing, fresh, ctx);
    const pending: UpdatePending = { step: 'update', call, key, existing, object: next };
    chargeQuota(server, pending, attributes, ctx, writeUpdate);
  } catch (error) {
    if (allocated !== admitted && !dryRun) releaseFor(server, allocated, existing);
    throw error;
  }
}

/** Sends the transaction once quota has let the object pass. */
export function writeUpdate(server: Server, pending: CreatePending | UpdatePending, ctx: Context): void {
  const { call, key, object } = pending;
  const existing = pending.step === 'update' ? pending.existing : undefined;
  if (call.request.options.dryRun) {
    recordDryRun(call);
    answer(server, call, object, WRITE_US, ctx);
    return;
  }
  const lease = leaseFor(server, pending, ctx);
  if (lease === undefined) return;
  recordWaiting(call, 'update', key);
  explainWaiting(call, ctx);
  const revision = Number(existing?.metadata.resourceVersion ?? 0);
  askTxn(server, pending, {
    compares: [{ key, target: 'mod', result: '=', value: revision }], success: [{ op: 'put', key, value: asStored(resourceOf(call), object), lease }], failure: [{ op: 'range', key }],
  }, WRITE_US, ctx);
}

export function onUpdated(server: Server, pending: UpdatePending, response: EtcdResponse, ctx: Context): void {
  const { key, object, existing } = pending;
  if (response.succeeded) {
    const call = resumed(pending.call);
    if (call.request.subresource === '') releaseFor(server, existing, object);
    recordCommitted(call, key, response.revision, ctx.nowUs - call.receivedUs);
    const resource = resourceOf(call);
    answer(server, call, asVersion(resource, committed(server, call, key, asStored(resource, object), response.revision)), ANSWER_US, ctx);
    return;
  }
  // Somebody was faster: once more, with what is there now.
  releaseFor(server, object, existing);
  const result = response.results[0];
  const current = result?.op === 'range' ? result.kvs[0]?.value : undefined;
  const call = again(pending.call);
  guard(server, call, ctx, () => attempt(server, call, key, current, true, ctx));
}

function unchanged(server: Server, call: Call, key: string, existing: ApiObject, fresh: boolean, ctx: Context): void {
  if (!fresh) return refresh(server, again(call), key, ctx);
  recordUnchanged(call);
  answer(server, call, existing, ANSWER_US, ctx);
}

function answer(server: Server, call: Call, object: ApiObject, processingUs: number, ctx: Context): void {
  const { code, body } = answerOf(call, object);
  finish(server, call, code, body, processingUs, ctx);
}

function createInstead(server: Server, call: Call, ctx: Context): void {
  const { kind } = resourceOf(call);
  const { request } = call;
  const applies = request.patchType === 'apply';
  if (request.subresource === 'binding') mutatingAdmission(decode(call, bindingKind), { operation: 'CREATE', call, server, ctx, old: undefined });
  // A status is written with its kind's rules about creation.
  const creates = request.verb === 'update' ? ['', 'status'].includes(request.subresource) && kind.createOnUpdate : applies && request.subresource === '';
  if (!creates) throw new Refusal(notFound(subjectOf(call), request.name));
  const sent = applies ? applyConfiguration(call, kind, undefined, ctx) : sentObject(call);
  const { uid } = sent.metadata;
  if (applies && uid) throw new Refusal(conflict(subjectOf(call), request.name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`));
  const defaulted = inNamespace(call, kind.applyDefaults(sent));
  recordDecoded(call, sent, defaulted);
  if (applies) checkName(call, defaulted);
  createObject(server, call, applies ? defaulted : trackCreate(call, kind, defaulted, ctx), 0, ctx);
}

/** The object of a PUT, which must be the one that the path names. */
function sentObject(call: Call): ApiObject {
  const sent = decode(call, resourceOf(call).kind);
  inNamespace(call, sent);
  checkName(call, sent);
  return sent;
}

/** What is wrong with the body of a PUT is told before it is known whether there is an object. */
function checkSent(call: Call): void {
  if (call.request.subresource === 'scale') checkName(call, inNamespace(call, decode(call, scaleKind)));
  else sentObject(call);
}

function checkResourceVersion(call: Call, object: ApiObject, existing: ApiObject): void {
  const { resource, kind, group } = resourceOf(call);
  const { resourceVersion } = object.metadata;
  if (resourceVersion === existing.metadata.resourceVersion) return;
  if (!resourceVersion || resourceVersion === '0') {
    if (kind.unconditionalUpdate) return;
    const error: FieldError = { type: 'FieldValueInvalid', path: 'metadata.resourceVersion', message: 'Invalid value: 0: must be specified for an update' };
    throw new Refusal(invalid(group, resource, call.request.name, [error]));
  }
  if (!/^\d+$/.test(resourceVersion)) throw new Refusal(unclassified(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`));
  if (BigInt(resourceVersion) > MAX_UINT64) throw new Refusal(unclassified(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: value out of range`));
  throw new Refusal(conflict(subjectOf(call), call.request.name, OPTIMISTIC_LOCK));
}

/** What rest.BeforeUpdate does: the strategy, the fields that only the server writes, and validation. */
function prepare(call: Call, kind: Kind, object: ApiObject, existing: ApiObject, strategy: StrategyContext): ApiObject {
  const rules = strategyOf(call, kind);
  const prepared = withSystemFields(rules.prepareForUpdate(object, existing, strategy), existing);
  validation(call, prepared, rules.validateUpdate(prepared, existing));
  return prepared;
}

function strategyOf(call: Call, kind: Kind): Pick<Kind, 'prepareForUpdate' | 'validateUpdate'> {
  const { subresource } = call.request;
  if (subresource === '' || subresource === 'scale') return kind;
  const rules = subresource === 'status' ? kind.status : Object.entries(kind.writeSubresources ?? {}).find(([name]) => name === subresource)?.[1];
  if (!rules) throw new Refusal(notFound(subjectOf(call), call.request.name));
  return rules;
}

function withSystemFields(object: ApiObject, existing: ApiObject): ApiObject {
  const next = object.metadata;
  const old = existing.metadata;
  const kept: { -readonly [name in keyof ObjectMeta]: ObjectMeta[name] } = {};
  if (!next.uid && old.uid) kept.uid = old.uid;
  if (old.creationTimestamp && next.creationTimestamp !== old.creationTimestamp) kept.creationTimestamp = old.creationTimestamp;
  if (old.deletionTimestamp && next.deletionTimestamp !== old.deletionTimestamp) kept.deletionTimestamp = old.deletionTimestamp;
  if (old.deletionGracePeriodSeconds !== undefined && next.deletionGracePeriodSeconds === undefined) kept.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  if (next.resourceVersion !== old.resourceVersion) kept.resourceVersion = old.resourceVersion;
  return Object.keys(kept).length > 0 ? withMeta(object, kept) : object;
}
