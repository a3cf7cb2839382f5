import { formatTime } from '../../../base/time.ts';
import { generateName } from '../../api/names.ts';
import type { StrategyContext } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { EtcdResponse } from '../../etcd/messages.ts';
import { stampRevision } from '../../etcd/store.ts';
import type { Context } from '../../kernel/actor.ts';
import type { Attributes } from '../admission/plugin.ts';
import { again, resourceOf, resumed, subjectOf, warn } from '../call.ts';
import type { Call } from '../call.ts';
import { checkCreation } from '../definitions/serve.ts';
import { checkEscalation } from '../escalation.ts';
import { trackCreate } from '../managed-fields/manager.ts';
import { newUid, randomSuffix } from '../object.ts';
import { withOwnersOnce } from '../owner-references.ts';
import type { CreatePending, UpdatePending } from '../pending.ts';
import { askTxn, cacheOf, explainWaiting, finish, guard, refuse } from '../server.ts';
import type { Server } from '../server.ts';
import { keyIn } from '../scheme.ts';
import { allocateForCreate, releaseFor } from '../service-allocator.ts';
import { authorizeCreate } from '../stages/authorization/index.ts';
import { decode, recordDecoded } from '../stages/decode.ts';
import { recordCommitted, recordDryRun, recordWaiting } from '../stages/etcd.ts';
import { mutatingAdmission } from '../stages/mutating-admission.ts';
import { validatingAdmission } from '../stages/validating-admission.ts';
import { validation } from '../stages/validation.ts';
import { Refusal, alreadyExists, badRequest, generateNameConflict, unclassified } from '../status.ts';
import { asStored, asVersion } from '../versions.ts';
import { chargeQuota } from './quota.ts';
import { leaseFor } from './event-lease.ts';

export const WRITE_US = 900;
const ANSWER_US = 150;
const MAX_NAME_ATTEMPTS = 8;

export function strategyContext(call: Call, ctx: Context): StrategyContext {
  return { now: formatTime(ctx.unixUs), dryRun: call.request.options.dryRun ?? false, user: call.user };
}

/** POST to a collection (models handlers.CreateResource and registry.Store.Create). Throws Refusal. */
export function create(server: Server, call: Call, ctx: Context, attempt = 0): void {
  const { kind } = resourceOf(call);
  const sent = withOwnersOnce(call, decode(call, kind), false);
  const defaulted = kind.applyDefaults(withoutSystemFields(sent));
  recordDecoded(call, sent, defaulted);
  const object = trackCreate(call, kind, inNamespace(call, defaulted), ctx);
  createObject(server, call, object, attempt, ctx);
}

/** From mutating admission on; for PUT and apply to names that do not exist as well. Throws Refusal. */
export function createObject(server: Server, call: Call, object: ApiObject, attempt: number, ctx: Context): void {
  const resource = resourceOf(call);
  const attributes: Attributes = { operation: 'CREATE', call, server, ctx, old: undefined };
  checkCreation(server, call, resource, object.metadata.name ?? '');
  const admitted = mutatingAdmission(object, attributes);
  const named = withSystemFields(call, admitted, ctx);
  const dryRun = call.request.options.dryRun ?? false;
  const allocated = call.request.subresource === '' ? allocateForCreate(server, resource, named, dryRun, ctx) : named;
  try {
    const prepared = resource.kind.prepareForCreate(allocated, strategyContext(call, ctx));
    validation(call, prepared, resource.kind.validate(prepared));
    warn(call, resource.kind.warnings?.(prepared, undefined) ?? []);
    checkEscalation(server, call, prepared, undefined);
    // A PUT or an apply that creates needs the right to create as well.
    if (call.request.verb !== 'create') authorizeCreate(server, call);
    validatingAdmission(prepared, attributes);
    if (!dryRun && call.request.verb === 'create' && Number(admitted.metadata.resourceVersion) > 0) throw new Refusal(unclassified('resourceVersion should not be set on objects to be created'));
    const key = keyIn(resource, prepared.metadata.namespace ?? '', prepared.metadata.name ?? '');
    // Only a generated name is worth another attempt.
    const attempts = admitted.metadata.name ? MAX_NAME_ATTEMPTS : attempt;
    const object = resource.kind.asRead?.(prepared) ?? prepared;
    chargeQuota(server, { step: 'create', call, key, object, attempt: attempts }, attributes, ctx, writeCreate);
  } catch (error) {
    if (allocated !== named && !dryRun) releaseFor(server, allocated, undefined);
    throw error;
  }
}

/** Sends the transaction once quota has let the object pass. */
export function writeCreate(server: Server, pending: CreatePending | UpdatePending, ctx: Context): void {
  const { call, key, object } = pending;
  if (call.request.options.dryRun) return dryRunCreate(server, call, key, object, ctx);
  const lease = leaseFor(server, pending, ctx);
  if (lease === undefined) return;
  recordWaiting(call, 'create', key);
  explainWaiting(call, ctx);
  askTxn(server, pending, {
    compares: [{ key, target: 'mod', result: '=', value: 0 }], success: [{ op: 'put', key, value: asStored(resourceOf(call), object), lease }], failure: [{ op: 'range', key }],
  }, WRITE_US, ctx);
}

function dryRunCreate(server: Server, call: Call, key: string, object: ApiObject, ctx: Context): void {
  const existing = cacheOf(server, resourceOf(call)).getByKey(key);
  if (existing) throw new Refusal(takenStatus(call, object, existing));
  recordDryRun(call);
  finish(server, call, 201, object, WRITE_US, ctx);
}

export function onCreated(server: Server, pending: CreatePending, response: EtcdResponse, ctx: Context): void {
  const call = resumed(pending.call);
  const { key, object } = pending;
  if (response.succeeded) {
    recordCommitted(call, key, response.revision, ctx.nowUs - call.receivedUs);
    const resource = resourceOf(call);
    finish(server, call, 201, asVersion(resource, committed(server, call, key, asStored(resource, object), response.revision)), ANSWER_US, ctx);
    return;
  }
  releaseFor(server, object, undefined);
  if (pending.attempt + 1 < MAX_NAME_ATTEMPTS) {
    const next = again(call);
    guard(server, next, ctx, () => create(server, next, ctx, pending.attempt + 1));
    return;
  }
  const result = response.results[0];
  refuse(server, call, takenStatus(call, object, result?.op === 'range' ? result.kvs[0]?.value : undefined), ANSWER_US, ctx);
}

/** The stored object: the one that the watch cache has, so that there is only one. */
export function committed(server: Server, call: Call, key: string, written: ApiObject, revision: number): ApiObject {
  const cached = cacheOf(server, resourceOf(call)).getByKey(key);
  return cached?.metadata.resourceVersion === String(revision) ? cached : stampRevision(written, revision);
}

function takenStatus(call: Call, object: ApiObject, existing: ApiObject | undefined): Refusal['status'] {
  const name = object.metadata.name ?? '';
  const status = object.metadata.generateName ? generateNameConflict(subjectOf(call), name) : alreadyExists(subjectOf(call), name);
  return existing?.metadata.deletionTimestamp ? { ...status, message: `object is being deleted: ${status.message}` } : status;
}

/** What a client may not set (rest.WipeObjectMetaSystemFields). */
function withoutSystemFields(object: ApiObject): ApiObject {
  const { metadata } = object;
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, selfLink } = metadata;
  if (uid === undefined && creationTimestamp === undefined && deletionTimestamp === undefined && deletionGracePeriodSeconds === undefined && selfLink === undefined) return object;
  const kept: Record<string, unknown> = { ...metadata };
  for (const name of ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink']) delete kept[name];
  return { ...object, metadata: kept };
}

/** Puts the object into the namespace of the request; throws Refusal (400) if it names another one. */
export function inNamespace(call: Call, object: ApiObject): ApiObject {
  const { namespaced } = resourceOf(call).kind;
  const wanted = namespaced ? call.request.namespace : '';
  const named = object.metadata.namespace ?? '';
  if (named === wanted) return object;
  if (named !== '' && wanted !== '') throw new Refusal(badRequest('the namespace of the provided object does not match the namespace sent on the request'));
  if (wanted !== '') return { ...object, metadata: { ...object.metadata, namespace: wanted } };
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Name, uid and creation time (rest.FillObjectMetaSystemFields). */
function withSystemFields(call: Call, object: ApiObject, ctx: Context): ApiObject {
  const { metadata } = object;
  const name = metadata.name || (metadata.generateName ? generateName(metadata.generateName, randomSuffix(ctx.random)) : call.request.name) || (resourceOf(call).kind.namesItself ? newUid(ctx.random) : '');
  const identity = { uid: newUid(ctx.random), creationTimestamp: formatTime(ctx.unixUs) };
  return { ...object, metadata: name === '' ? { ...metadata, ...identity } : { ...metadata, name, ...identity } };
}
