// The groups and versions that the server registers with its own aggregation layer: its own when it starts, those of
// custom resources while a definition serves them (models autoregister and crdregistration).
import type { APIService } from '../../api/generated/types.ts';
import { apiVersionOf } from '../../api/meta.ts';
import type { Context } from '../../kernel/actor.ts';
import { askOneself } from '../own-requests.ts';
import { cacheNamed } from '../server.ts';
import type { Server } from '../server.ts';
import { isEstablished } from './conditions.ts';
import { definitionsOf } from './lookup.ts';

const API_SERVICES = 'apiservices.apiregistration.k8s.io';
const MANAGED = 'kube-aggregator.kubernetes.io/automanaged';
const CUSTOM_GROUP_PRIORITY = 1000;
const CUSTOM_VERSION_PRIORITY = 100;

/** Where groups stand in lists, and versions within them: the real server's table. */
const PRIORITIES: Readonly<Record<string, readonly [group: number, version: number]>> = {
  v1: [18_000, 1], 'apps/v1': [17_800, 15], 'events.k8s.io/v1': [17_750, 15], 'authentication.k8s.io/v1': [17_700, 15], 'authorization.k8s.io/v1': [17_600, 15],
  'autoscaling/v1': [17_500, 15], 'autoscaling/v2': [17_500, 30], 'batch/v1': [17_400, 15], 'certificates.k8s.io/v1': [17_300, 15], 'networking.k8s.io/v1': [17_200, 15],
  'policy/v1': [17_100, 15], 'rbac.authorization.k8s.io/v1': [17_000, 15], 'storage.k8s.io/v1': [16_800, 15], 'apiextensions.k8s.io/v1': [16_700, 15],
  'admissionregistration.k8s.io/v1': [16_700, 15], 'scheduling.k8s.io/v1': [16_600, 15], 'coordination.k8s.io/v1': [16_500, 15], 'node.k8s.io/v1': [16_300, 15],
  'discovery.k8s.io/v1': [16_200, 15], 'resource.k8s.io/v1': [16_200, 21], 'flowcontrol.apiserver.k8s.io/v1': [16_100, 21],
};

function serviceOf(group: string, version: string, groupPriorityMinimum: number, versionPriority: number, managed: 'onstart' | 'true'): APIService {
  const spec = { ...(group === '' ? {} : { group }), version, groupPriorityMinimum, versionPriority };
  return { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: `${version}.${group}`, labels: { [MANAGED]: managed } }, spec };
}

/** What a server has from the start. */
export function builtInServices(): readonly APIService[] {
  return Object.entries(PRIORITIES).map(([apiVersion, [groupPriority, versionPriority]]) => {
    const slash = apiVersion.indexOf('/');
    return serviceOf(apiVersion.slice(0, Math.max(slash, 0)), apiVersion.slice(slash + 1), groupPriority, versionPriority, 'onstart');
  });
}

/** Registers what the definitions of a group serve, and takes back what none serves any more. */
export function registerVersions(server: Server, group: string, ctx: Context): void {
  const cache = cacheNamed(server, API_SERVICES);
  if (!cache) return;
  const serving = definitionsOf(server).filter((definition) => definition.spec.group === group && isEstablished(definition));
  const wanted = new Set(serving.flatMap(({ spec }) => spec.versions.filter(({ served }) => served).map(({ name }) => name)));
  const pending = { step: 'definition' as const, name: '' };
  for (const version of wanted) {
    const service = serviceOf(group, version, CUSTOM_GROUP_PRIORITY, CUSTOM_VERSION_PRIORITY, 'true');
    if (!PRIORITIES[apiVersionOf(group, version)] && !cache.get('', service.metadata.name ?? '')) askOneself(server, cache.resource, { verb: 'create', body: service }, pending, ctx);
  }
  const known = cache.list({ namespace: '', name: '', labels: undefined, fields: undefined, view: undefined }) as readonly APIService[];
  for (const { metadata, spec } of known) {
    if (spec?.group !== group || metadata.labels?.[MANAGED] !== 'true' || wanted.has(spec.version ?? '')) continue;
    askOneself(server, cache.resource, { verb: 'delete', name: metadata.name ?? '' }, pending, ctx);
  }
}
