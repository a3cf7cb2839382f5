import type { Namespace } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { EtcdResponse } from '../../etcd/messages.ts';
import { stampRevision } from '../../etcd/store.ts';
import type { Context } from '../../kernel/actor.ts';
import type { Attributes } from '../admission/plugin.ts';
import { again, resourceOf, resumed, subjectOf } from '../call.ts';
import type { Call } from '../call.ts';
import type { JsonObject } from '../../api/generated/types.ts';
import { deleteOptionsOf } from '../options.ts';
import type { DeleteOptions } from '../options.ts';
import type { DeleteMarkPending, DeletePending, DeleteReadPending } from '../pending.ts';
import { keyIn } from '../scheme.ts';
import type { Resource } from '../scheme.ts';
import { askRange, askTxn, explainWaiting, finish, guard, refuse } from '../server.ts';
import type { Server } from '../server.ts';
import { releaseFor } from '../service-allocator.ts';
import { recordCommitted, recordDryRun, recordUnchanged, recordWaiting } from '../stages/etcd.ts';
import { validatingAdmission } from '../stages/validating-admission.ts';
import { sameContent } from '../object.ts';
import { Refusal, deletedStatus, forbidden, notFound } from '../status.ts';
import { asVersion } from '../versions.ts';
import { checkPreconditions, planDelete } from './before-delete.ts';
import { committed } from './create.ts';

const READ_US = 400;
const WRITE_US = 500;
const ANSWER_US = 150;

/** DELETE of one object (models registry.Store.Delete). Throws Refusal. */
export function remove(server: Server, call: Call, ctx: Context): void {
  const resource = resourceOf(call);
  call.stage = 'decode';
  const options = deleteOptionsOf(call);
  const refusal = resource.kind.refusesDeletion?.(call.request.name);
  if (refusal !== undefined) throw new Refusal(forbidden(subjectOf(call), call.request.name, refusal));
  warnOfOrphans(call, options);
  const key = keyIn(resource, call.request.namespace, call.request.name);
  recordWaiting(call, 'read', key);
  explainWaiting(call, ctx);
  const pending: DeleteReadPending = { step: 'delete-read', call, key, options };
  askRange(server, pending, { key }, READ_US, ctx);
}

const ORPHANS = 'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

/** Jobs are the only kind with dependents that most people expect to go along, and that stay by default. */
export function warnOfOrphans(call: Call, { propagationPolicy, orphanDependents }: DeleteOptions): void {
  const { name, kind } = resourceOf(call);
  if (name !== 'jobs.batch' || kind.defaultPropagation !== 'orphan' || propagationPolicy !== undefined || orphanDependents !== undefined) return;
  call.warnings = call.routeWarnings = [ORPHANS];
}

export function onDeleteRead(server: Server, pending: DeleteReadPending, response: EtcdResponse, ctx: Context): void {
  const call = again(pending.call);
  const result = response.results[0];
  const existing = result?.op === 'range' ? result.kvs[0]?.value : undefined;
  guard(server, call, ctx, () => removeExisting(server, call, pending.key, existing, pending.options, ctx));
}

function removeExisting(server: Server, call: Call, key: string, existing: ApiObject | undefined, options: DeleteOptions, ctx: Context): void {
  if (!existing) throw new Refusal(notFound(subjectOf(call), call.request.name));
  const resource = resourceOf(call);
  const attributes: Attributes = { operation: 'DELETE', call, server, ctx, old: existing };
  validatingAdmission(undefined, attributes);
  const plan = planDelete(resource, existing, options, ctx.unixUs);
  switch (plan.do) {
    case 'wait': {
      recordUnchanged(call);
      finish(server, call, 200, resultOf(resource, call, existing), ANSWER_US, ctx);
      return;
    }
    case 'now': return erase(server, { step: 'delete', call, key, options, existing, answer: undefined }, ctx);
    case 'mark': {
      if (options.dryRun?.length) return dryRun(server, call, plan.object, ctx);
      // Nothing is written for what is ending in just this way already.
      if (!plan.goOn && sameContent(plan.object, existing)) {
        recordUnchanged(call);
        answerMarked(server, call, options, existing, ctx);
        return;
      }
      const pending: DeleteMarkPending = { step: 'delete-mark', call, key, options, object: plan.object, goOn: plan.goOn };
      recordWaiting(call, 'update', key);
      explainWaiting(call, ctx);
      askTxn(server, pending, {
        compares: [{ key, target: 'mod', result: '=', value: Number(existing.metadata.resourceVersion) }],
        success: [{ op: 'put', key, value: plan.object }], failure: [{ op: 'range', key }],
      }, WRITE_US, ctx);
    }
  }
}

function dryRun(server: Server, call: Call, object: ApiObject, ctx: Context): void {
  recordDryRun(call);
  finish(server, call, 200, asVersion(resourceOf(call), object), WRITE_US, ctx);
}

export function onMarked(server: Server, pending: DeleteMarkPending, response: EtcdResponse, ctx: Context): void {
  const { key, options, object } = pending;
  if (!response.succeeded) {
    const call = again(pending.call);
    const result = response.results[0];
    const current = result?.op === 'range' ? result.kvs[0]?.value : undefined;
    guard(server, call, ctx, () => removeExisting(server, call, key, current, options, ctx));
    return;
  }
  const call = resumed(pending.call);
  recordCommitted(call, key, response.revision, ctx.nowUs - call.receivedUs);
  const marked = committed(server, call, key, object, response.revision);
  if (!pending.goOn) {
    answerMarked(server, call, options, marked, ctx);
    return;
  }
  // The object's version was the precondition's; now it is the one that was just written.
  const { resourceVersion: _, ...left } = options.preconditions ?? {};
  erase(server, { step: 'delete', call, key, options: { ...options, preconditions: left }, existing: marked, answer: undefined }, ctx);
}

/** What is still there is shown. */
function answerMarked(server: Server, call: Call, options: DeleteOptions, object: ApiObject, ctx: Context): void {
  finish(server, call, options.orphanDependents === false ? 202 : 200, asVersion(resourceOf(call), object), ANSWER_US, ctx);
}

function erase(server: Server, pending: DeletePending, ctx: Context): void {
  const { call, key, existing, options } = pending;
  if (options.dryRun?.length || call.request.options.dryRun) {
    recordDryRun(call);
    finish(server, call, 200, pending.answer ?? resultOf(resourceOf(call), call, existing), WRITE_US, ctx);
    return;
  }
  recordWaiting(call, 'delete', key);
  explainWaiting(call, ctx);
  askTxn(server, pending, {
    compares: [{ key, target: 'mod', result: '=', value: Number(existing.metadata.resourceVersion) }],
    success: [{ op: 'delete', key }], failure: [{ op: 'range', key }],
  }, WRITE_US, ctx);
}

export function onErased(server: Server, pending: DeletePending, response: EtcdResponse, ctx: Context): void {
  const call = resumed(pending.call);
  const { key, existing, options, answer } = pending;
  if (response.succeeded) {
    releaseFor(server, existing, undefined);
    recordCommitted(call, key, response.revision, ctx.nowUs - call.receivedUs);
    finish(server, call, 200, answer ?? resultOf(resourceOf(call), call, stampRevision(existing, response.revision)), ANSWER_US, ctx);
    return;
  }
  const result = response.results[0];
  const current = result?.op === 'range' ? result.kvs[0]?.value : undefined;
  if (!current && answer) finish(server, call, 200, answer, ANSWER_US, ctx);
  else if (!current) refuse(server, call, notFound(subjectOf(call), call.request.name), ANSWER_US, ctx);
  else guard(server, call, ctx, () => {
    checkPreconditions(resourceOf(call), current, options);
    erase(server, { ...pending, call: again(call), existing: current }, ctx);
  });
}

/** Whether an update of an ending object took its last finalizer (ShouldDeleteDuringUpdate). */
export function mayGo(resource: Resource, next: ApiObject, existing: ApiObject): boolean {
  if ((next.metadata.finalizers ?? []).length > 0 || !existing.metadata.deletionTimestamp) return false;
  if (resource.name === 'namespaces' && ((next as Namespace).spec?.finalizers ?? []).length > 0) return false;
  return (existing.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

/** Removes an object whose update emptied its finalizers; the update's own result is the answer. */
export function deleteEmptied(server: Server, call: Call, key: string, existing: ApiObject, next: ApiObject, ctx: Context): void {
  erase(server, { step: 'delete', call, key, options: {}, existing, answer: next }, ctx);
}

function resultOf(resource: Resource, call: Call, object: ApiObject): ApiObject | JsonObject {
  if (resource.returnsDeleted) return asVersion(resource, object);
  return deletedStatus(subjectOf(call), object.metadata.name ?? '', object.metadata.uid) as unknown as JsonObject;
}
