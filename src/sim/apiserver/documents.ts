// Answers to paths outside resources: health, version, discovery.
import type { CustomResourceDefinition, JsonObject } from '../api/generated/types.ts';
import type { Catalog } from './catalog.ts';
import type { ServerConfig } from './config.ts';
import { aggregated, apiGroup, apiGroupList, apiResourceList, apiVersions, healthChecks, rootPaths } from './discovery.ts';

/** What a path answers. */
export interface Document { readonly code: number; readonly body: JsonObject | PlainText }

/** Text of paths outside the API: health checks and the like. `mediaType`: where it is more than plain text; '' for none at all. */
export interface PlainText { readonly plainText: string; readonly mediaType?: string }

export const PAGE_NOT_FOUND: Document = { code: 404, body: { plainText: '404 page not found\n' } };
const OK: Document = { code: 200, body: { plainText: 'ok' } };

export const VERSION = {
  major: '1', minor: '36', emulationMajor: '1', emulationMinor: '36', minCompatibilityMajor: '1', minCompatibilityMinor: '35', gitVersion: 'v1.36.2',
  gitCommit: 'unknown', gitTreeState: 'clean', buildDate: '1970-01-01T00:00:00Z', goVersion: 'go1.26.10', compiler: 'gc', platform: 'linux/amd64',
} as const;

/** Where documents come from. */
export interface Documented {
  readonly catalog: Catalog;
  readonly config: ServerConfig;
  readonly definitions: readonly CustomResourceDefinition[];
}

/** undefined: no such API version, which is answered with a Status. */
export function documentAt(path: string, accept: AggregatedForm | undefined, from: Documented): Document | undefined {
  if (path.includes('//')) return PAGE_NOT_FOUND;
  const parts = path.split('/').filter((part) => part !== '');
  switch (parts[0]) {
    case undefined: return json(rootPaths(from.catalog));
    case 'version': return parts.length === 1 ? json(VERSION) : PAGE_NOT_FOUND;
    case 'healthz': case 'livez': case 'readyz': return parts.length === 1 || healthChecks(parts[0]).includes(parts.slice(1).join('/')) ? OK : PAGE_NOT_FOUND;
    case 'api': return legacyDocument(parts, accept, from);
    case 'apis': return groupDocument(parts, accept, from.catalog);
    case 'openapi': return parts[1] === 'v2' || parts[1] === 'v3' ? openApiDocument(path, from) : PAGE_NOT_FOUND;
    default: return PAGE_NOT_FOUND;
  }
}

/** Paths that a router serves, which looks at the method: the versions. Lists of groups come from a handler that does not. */
export function takesOnlyGet(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '');
  return parts[0] === 'version' || parts[0] === 'api' || (parts[0] === 'apis' && parts.length > 2);
}

/** The version of apidiscovery.k8s.io that a client takes. */
export type AggregatedForm = 'v2';

/** Whether an Accept header takes discovery as one document; kubectl prefers that. */
export function aggregatedForm(accept: string | undefined): AggregatedForm | undefined {
  const first = (accept ?? '').split(',')[0] ?? '';
  if (!first.includes('as=APIGroupDiscoveryList')) return undefined;
  return /v=v2(?:;|$)/.test(first) && first.includes('g=apidiscovery.k8s.io') ? 'v2' : undefined;
}

function json(body: JsonObject): Document {
  return { code: 200, body };
}

function legacyDocument([, version, ...rest]: readonly string[], accept: AggregatedForm | undefined, { catalog, config }: Documented): Document | undefined {
  if (version === undefined) return json(accept ? aggregated(catalog, true, accept) : apiVersions(config.address));
  const list = rest.length === 0 ? apiResourceList(catalog, '', version) : undefined;
  return list && json(list);
}

function groupDocument([, group, version, ...rest]: readonly string[], accept: AggregatedForm | undefined, catalog: Catalog): Document | undefined {
  if (group === undefined) return json(accept ? aggregated(catalog, false, accept) : apiGroupList(catalog));
  const entry = apiGroup(catalog, group);
  if (!entry) return PAGE_NOT_FOUND;
  if (version === undefined) return json(entry);
  const list = rest.length === 0 ? apiResourceList(catalog, group, version) : undefined;
  return list && json(list);
}

/** Unknown ones are answered with nothing at all, not even a type. */
const NO_OPEN_API: Document = { code: 404, body: { plainText: '', mediaType: '' } };

function openApiDocument(path: string, { catalog, config, definitions }: Documented): Document {
  const document = config.openApi?.(path, catalog, definitions);
  return document ? json(document) : NO_OPEN_API;
}
