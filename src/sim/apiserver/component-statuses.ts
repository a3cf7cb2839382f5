// GET componentstatuses: whether scheduler, controller manager and etcd answer (models registry/core/componentstatus).
import type { JsonObject } from '../api/generated/types.ts';
import type { ActorId, Context } from '../kernel/actor.ts';
import { record, subjectOf } from './call.ts';
import type { Call } from './call.ts';
import type { ApiRequest } from './messages.ts';
import { finish } from './server.ts';
import type { Server } from './server.ts';
import { Refusal, methodNotAllowed, notFound } from './status.ts';

interface Component { readonly name: string; readonly actor: ActorId; readonly url: string; readonly address: string }

const COMPONENTS: readonly Component[] = [
  { name: 'scheduler', actor: 'kube-scheduler', url: 'https://127.0.0.1:10259/healthz', address: '127.0.0.1:10259' },
  { name: 'controller-manager', actor: 'kube-controller-manager', url: 'https://127.0.0.1:10257/healthz', address: '127.0.0.1:10257' },
  { name: 'etcd-0', actor: 'etcd', url: 'http://127.0.0.1:2379/health', address: '127.0.0.1:2379' },
];
const ASK_US = 2_000;
const WARNING = 'v1 ComponentStatus is deprecated in v1.19+';

export function isComponentStatus({ group, resource }: Pick<ApiRequest, 'group' | 'resource'>): boolean {
  return group === '' && resource === 'componentstatuses';
}

/** Asks the components. Throws Refusal (404, 405). */
export function componentStatuses(server: Server, call: Call, ctx: Context): void {
  const { verb, name } = call.request;
  if (verb !== 'get' && verb !== 'list') throw new Refusal(methodNotAllowed());
  call.warnings = [WARNING];
  record(call, { stage: 'etcd', outcome: 'skipped', code: 'notStored', params: {} });
  if (verb === 'list') {
    const items = COMPONENTS.map((component) => statusOf(component, ctx));
    return finish(server, call, 200, { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items }, ASK_US, ctx);
  }
  const component = COMPONENTS.find((candidate) => candidate.name === name);
  if (!component) throw new Refusal(notFound({ ...subjectOf(call), resource: 'componentstatus' }, name));
  finish(server, call, 200, statusOf(component, ctx), ASK_US, ctx);
}

function statusOf({ name, actor, url, address }: Component, ctx: Context): JsonObject {
  const condition = ctx.exists(actor)
    ? { type: 'Healthy', status: 'True', message: 'ok' }
    : { type: 'Healthy', status: 'False', message: `Get ${JSON.stringify(url)}: dial tcp ${address}: connect: connection refused` };
  return { kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name, creationTimestamp: null }, conditions: [condition] };
}
