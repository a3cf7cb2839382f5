// Discovery documents: which groups, versions and resources there are (models endpoints/discovery and its aggregated form).
import type { JsonObject } from '../api/generated/types.ts';
import type { Catalog, Group, ResourceEntry } from './catalog.ts';
import data from './data/discovery.json';

function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The names of the health checks besides ping: `/readyz/poststarthook/…`. */
export function healthChecks(path: 'healthz' | 'livez' | 'readyz'): readonly string[] {
  return path === 'readyz' ? [...data.checks, 'informer-sync', 'shutdown'].sort() : [...data.checks, 'etcd', 'loopback-serving-certificate'].sort();
}

/** /api */
export function apiVersions(serverAddress: string): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] };
}

/** /apis */
export function apiGroupList({ groups }: Catalog): JsonObject {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter(({ name }) => name !== '').map(groupEntry) };
}

function groupEntry({ name, versions }: Group): JsonObject {
  const entries = versions.map((version) => ({ groupVersion: groupVersion(name, version), version }));
  return { name, versions: entries, preferredVersion: entries[0] ?? null };
}

/** /apis/apps */
export function apiGroup({ groups }: Catalog, name: string): JsonObject | undefined {
  const group = groups.find((candidate) => candidate.name === name);
  return group && name !== '' ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) } : undefined;
}

/** /api/v1, /apis/apps/v1 */
export function apiResourceList({ resources }: Catalog, group: string, version: string): JsonObject | undefined {
  const list = resources[groupVersion(group, version)];
  if (!list) return undefined;
  return { kind: 'APIResourceList', ...(group === '' ? {} : { apiVersion: 'v1' }), groupVersion: groupVersion(group, version), resources: list as unknown as readonly JsonObject[] };
}

/** /api or /apis as one document with everything (apidiscovery.k8s.io). */
export function aggregated({ groups, resources }: Catalog, legacy: boolean, version: string): JsonObject {
  const items = groups.filter(({ name }) => (name === '') === legacy).map(({ name, versions }) => ({
    metadata: name === '' ? {} : { name },
    versions: versions.map((each) => ({ version: each, resources: aggregatedResources(resources[groupVersion(name, each)] ?? []), freshness: 'Current' })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items } as unknown as JsonObject;
}

function aggregatedResources(list: readonly ResourceEntry[]): readonly object[] {
  return list.filter(({ name }) => !name.includes('/')).map((entry) => {
    const subresources = list.filter(({ name }) => name.startsWith(`${entry.name}/`)).map((sub) => ({
      subresource: sub.name.slice(entry.name.length + 1), responseKind: kindOf(sub), verbs: sub.verbs,
    }));
    return {
      resource: entry.name, responseKind: kindOf(entry), scope: entry.namespaced ? 'Namespaced' : 'Cluster', singularResource: entry.singularName, verbs: entry.verbs,
      ...(entry.shortNames ? { shortNames: entry.shortNames } : {}), ...(entry.categories ? { categories: entry.categories } : {}),
      ...(subresources.length > 0 ? { subresources } : {}),
    };
  });
}

function kindOf({ group = '', version = '', kind }: ResourceEntry): object {
  return { group, version, kind };
}

/** / : every path there is. */
export function rootPaths({ groups }: Catalog): JsonObject {
  const paths = new Set(['/.well-known/openid-configuration', '/api', '/api/v1', '/apis', '/apis/', '/flagz', '/healthz', '/livez', '/metrics', '/metrics/slis',
    '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/openid/v1/jwks', '/readyz', '/statusz', '/version']);
  for (const { name, versions } of groups) {
    if (name === '') continue;
    paths.add(`/apis/${name}`);
    for (const version of versions) paths.add(`/apis/${name}/${version}`);
  }
  for (const path of ['healthz', 'livez', 'readyz'] as const) for (const check of healthChecks(path)) paths.add(`/${path}/${check}`);
  return { paths: [...paths].sort() };
}
