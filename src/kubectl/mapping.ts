// How kubectl finds the resource behind a kind or a word (models apimachinery's RESTMapper and cli-runtime's discovery).
import { allKinds, byKind } from '../sim/api/kinds/index.ts';
import type { Kind } from '../sim/api/kind.ts';
import { apiVersionOf } from '../sim/api/meta.ts';
import { getRequest } from '../sim/client/requests.ts';
import type { RequestSpec } from '../sim/client/requests.ts';

/** What kubectl knows of a kind; `schema` is undefined for custom resources, whose patches are JSON merge patches. */
export interface Mapping extends Pick<Kind, 'group' | 'version' | 'kind' | 'plural' | 'singular' | 'shortNames' | 'namespaced'> { readonly schema: string | undefined }

/** GET /apis as one document. Custom resources are never in the core group, so /api is not asked for. */
export const DISCOVERY: RequestSpec = { ...getRequest({ group: '', version: '', resource: '' }, '', '/apis'), options: { discovery: 'v2' } };

/** The parts of an APIGroupDiscoveryList (apidiscovery.k8s.io/v2) that matter here. */
interface Discovered { readonly items?: readonly { readonly metadata: { readonly name?: string }; readonly versions: readonly DiscoveredVersion[] }[] }
interface DiscoveredVersion { readonly version: string; readonly resources: readonly DiscoveredResource[] }
interface DiscoveredResource {
  readonly resource: string;
  readonly responseKind: { readonly kind: string };
  readonly scope: string;
  readonly singularResource: string;
  readonly shortNames?: readonly string[];
}

/** The custom kinds in an answer to DISCOVERY, preferred versions first. */
export function customMappings(body: unknown): readonly Mapping[] {
  const all = ((body as Discovered).items ?? []).flatMap(({ metadata: { name = '' }, versions }) =>
    versions.flatMap(({ version, resources }) => resources.map((each) => mappingOf(name, version, each))));
  return all.filter(({ group, version, kind }) => !byKind(apiVersionOf(group, version), kind));
}

function mappingOf(group: string, version: string, { resource, responseKind, scope, singularResource, shortNames = [] }: DiscoveredResource): Mapping {
  return { group, version, kind: responseKind.kind, plural: resource, singular: singularResource, shortNames, namespaced: scope === 'Namespaced', schema: undefined };
}

export function mappingFor(apiVersion: string, kind: string, custom: readonly Mapping[]): Mapping | undefined {
  return byKind(apiVersion, kind) ?? custom.find((each) => each.kind === kind && apiVersionOf(each.group, each.version) === apiVersion);
}

/** By plural, singular, short name or kind, with or without the group: `deploy`, `deployments.apps`. */
export function mappingNamed(text: string, custom: readonly Mapping[]): Mapping | undefined {
  const [word = '', ...group] = text.toLowerCase().split('.');
  const fits = (each: Mapping): boolean => (each.plural === word || each.singular === word || each.shortNames.includes(word))
    && (group.length === 0 || each.group === group.join('.'));
  return allKinds.find(fits) ?? custom.find(fits);
}
