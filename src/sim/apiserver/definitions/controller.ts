// The controllers that live inside the real API server: names and establishment of definitions, and the end of their objects.
import { formatTime } from '../../../base/time.ts';
import type { CustomResourceDefinition } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { EtcdWatchEvent } from '../../etcd/messages.ts';
import type { Context } from '../../kernel/actor.ts';
import { askOneself } from '../own-requests.ts';
import { cacheOf } from '../server.ts';
import type { Server } from '../server.ts';
import type { WatchCache } from '../watch-cache.ts';
import { registerVersions } from './api-services.ts';
import { CLEANUP, conditionOf, established, isEstablished, sameStatus, withCondition, withNames } from './conditions.ts';
import { DEFINITIONS, definitionsOf } from './lookup.ts';
import { refreshDefinitions } from './registry.ts';

/** Follows what etcd reported to a cache: definitions that changed, and the last objects of those that are to go. */
export function followDefinitions(server: Server, { resource }: WatchCache, { events }: EtcdWatchEvent, ctx: Context): void {
  if (resource.custom) {
    if (events.some(({ type }) => type === 'DELETE')) onInstanceGone(server, resource.kind, ctx);
    return;
  }
  if (resource.name !== DEFINITIONS || events.length === 0) return;
  refreshDefinitions(server, ctx);
  for (const { type, kv } of events) {
    const definition = kv.value as CustomResourceDefinition;
    registerVersions(server, definition.spec.group, ctx);
    if (type === 'DELETE') reconcileGroup(server, definition.spec.group, ctx);
    else reconcile(server, definition, ctx);
  }
}

/** Does what a definition needs next; what it writes leads here again. */
function reconcile(server: Server, definition: CustomResourceDefinition, ctx: Context): void {
  if (definition.metadata.deletionTimestamp) return finish(server, definition, ctx);
  const others = definitionsOf(server).filter(({ metadata, spec }) => spec.group === definition.spec.group && metadata.name !== definition.metadata.name);
  const now = formatTime(ctx.unixUs);
  const named = withNames(definition, others, now);
  const next = sameStatus(named, definition) ? established(definition, now) : named;
  if (!sameStatus(next, definition)) write(server, next, 'status', ctx);
}

/** Names that were given back may be what others of the group wait for. */
function reconcileGroup(server: Server, group: string, ctx: Context): void {
  for (const definition of definitionsOf(server)) if (definition.spec.group === group) reconcile(server, definition, ctx);
}

/** Deletes all objects, waits until they are gone, and lets the definition go. */
function finish(server: Server, definition: CustomResourceDefinition, ctx: Context): void {
  if (!definition.metadata.finalizers?.includes(CLEANUP)) return;
  const now = formatTime(ctx.unixUs);
  if (conditionOf(definition, 'Terminating')?.reason === 'InstanceDeletionPending') {
    const condition = { type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress', message: 'CustomResource deletion is in progress' };
    return write(server, withCondition(definition, condition, now), 'status', ctx);
  }
  const left = instancesOf(server, definition);
  if (left === undefined) return;
  if (left.some(({ metadata }) => !metadata.deletionTimestamp)) return deleteAll(server, definition, ctx);
  if (left.length > 0) return;
  const finalizers = definition.metadata.finalizers.filter((finalizer) => finalizer !== CLEANUP);
  write(server, { ...definition, metadata: { ...definition.metadata, finalizers } }, '', ctx);
}

/** undefined while they are not known yet. */
function instancesOf(server: Server, { spec }: CustomResourceDefinition): readonly ApiObject[] | undefined {
  const resource = server.scheme.resources.find(({ custom, kind }) => custom && kind.group === spec.group && kind.plural === spec.names.plural);
  if (!resource) return [];
  const cache = cacheOf(server, resource);
  return cache.ready ? cache.list({ namespace: '', name: '', labels: undefined, fields: undefined, view: undefined }) : undefined;
}

function deleteAll(server: Server, definition: CustomResourceDefinition, ctx: Context): void {
  const { group, names } = definition.spec;
  const resource = server.scheme.resources.find(({ custom, kind }) => custom && kind.group === group && kind.plural === names.plural);
  if (resource) askOneself(server, resource, { verb: 'deletecollection' }, { step: 'definition', name: definition.metadata.name ?? '' }, ctx);
}

function write(server: Server, definition: CustomResourceDefinition, subresource: 'status' | '', ctx: Context): void {
  const name = definition.metadata.name ?? '';
  askOneself(server, server.scheme.named(DEFINITIONS), { verb: 'update', name, subresource, body: definition }, { step: 'definition', name }, ctx);
}

/** Somebody was faster, or etcd did not answer in time: looks again at what there is now. */
export function onDefinitionWritten(server: Server, name: string, code: number, ctx: Context): void {
  if (code !== 409 && code !== 504) return;
  const definition = definitionsOf(server).find(({ metadata }) => metadata.name === name);
  if (definition) reconcile(server, definition, ctx);
}

/** An object of a definition that is ending has gone. */
function onInstanceGone(server: Server, { group, plural }: { readonly group: string; readonly plural: string }, ctx: Context): void {
  const definition = definitionsOf(server).find(({ spec }) => spec.group === group && spec.names.plural === plural);
  if (definition?.metadata.deletionTimestamp && isEstablished(definition)) reconcile(server, definition, ctx);
}
