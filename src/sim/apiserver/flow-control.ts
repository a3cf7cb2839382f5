// Says of every FlowSchema whether its priority level exists (models util/flowcontrol's config controller, which lives in the
// real API server as well).
import { formatTime } from '../../base/time.ts';
import type { FlowSchema } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import type { EtcdWatchEvent } from '../etcd/messages.ts';
import type { Context } from '../kernel/actor.ts';
import { askOneself } from './own-requests.ts';
import { cacheNamed } from './server.ts';
import type { Server } from './server.ts';
import type { WatchCache } from './watch-cache.ts';

const SCHEMAS = 'flowschemas.flowcontrol.apiserver.k8s.io';
const LEVELS = 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io';
const EVERY = { namespace: '', name: '', labels: undefined, fields: undefined, view: undefined };

/** Follows what etcd reported to a cache. */
export function followFlowControl(server: Server, { resource }: WatchCache, { events }: EtcdWatchEvent, ctx: Context): void {
  if (events.length === 0 || (resource.name !== SCHEMAS && resource.name !== LEVELS)) return;
  const levels = cacheNamed(server, LEVELS);
  const schemas = cacheNamed(server, SCHEMAS);
  if (!levels?.ready || !schemas?.ready) return;
  const changed = new Set(events.map(({ kv }) => (kv.value as ApiObject).metadata.name));
  for (const object of schemas.list(EVERY)) {
    const schema = object as FlowSchema;
    const name = schema.spec?.priorityLevelConfiguration.name ?? '';
    if (changed.has(resource.name === LEVELS ? name : schema.metadata.name)) tell(server, schema, name, levels.get('', name) !== undefined, ctx);
  }
}

function tell(server: Server, schema: FlowSchema, level: string, exists: boolean, ctx: Context): void {
  const status = exists ? 'False' : 'True';
  const before = schema.status?.conditions?.find(({ type }) => type === 'Dangling');
  if (before?.status === status) return;
  const found = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} `;
  const condition = {
    type: 'Dangling', status, lastTransitionTime: formatTime(ctx.unixUs), reason: exists ? 'Found' : 'NotFound', message: `${found}${exists ? 'and it exists' : 'but there is no such object'}`,
  };
  const conditions = [...(schema.status?.conditions ?? []).filter(({ type }) => type !== 'Dangling'), condition];
  askOneself(server, server.scheme.named(SCHEMAS), { verb: 'update', name: schema.metadata.name ?? '', subresource: 'status', body: { ...schema, status: { ...schema.status, conditions } } }, { step: 'flow-schema' }, ctx);
}
