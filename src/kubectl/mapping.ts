// How kubectl finds the resource behind a kind or a word (models apimachinery's RESTMapper and cli-runtime's discovery).
import { allKinds, byKind } from '../sim/api/kinds/index.ts';
import type { Kind } from '../sim/api/kind.ts';
import { apiVersionOf } from '../sim/api/meta.ts';
import { getRequest } from '../sim/client/requests.ts';
import type { RequestSpec } from '../sim/client/requests.ts';

/** What kubectl knows of a kind; `schema` is undefined for custom resources, whose patches are JSON merge patches. */
export interface Mapping extends Pick<Kind, 'group' | 'version' | 'kind' | 'plural' | 'singular' | 'shortNames' | 'categories' | 'namespaced'> { readonly schema: string | undefined }

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
  readonly categories?: readonly string[];
}

/** The custom kinds in an answer to DISCOVERY, preferred versions first. */
export function customMappings(body: unknown): readonly Mapping[] {
  const all = ((body as Discovered).items ?? []).flatMap(({ metadata: { name = '' }, versions }) =>
    versions.flatMap(({ version, resources }) => resources.map((each) => mappingOf(name, version, each))));
  return all.filter(({ group, version, kind }) => !byKind(apiVersionOf(group, version), kind));
}

function mappingOf(group: string, version: string, { resource, responseKind, scope, singularResource, shortNames = [], categories = [] }: DiscoveredResource): Mapping {
  return { group, version, kind: responseKind.kind, plural: resource, singular: singularResource, shortNames, categories, namespaced: scope === 'Namespaced', schema: undefined };
}

export function mappingFor(apiVersion: string, kind: string, custom: readonly Mapping[]): Mapping | undefined {
  return byKind(apiVersion, kind) ?? custom.find((each) => each.kind === kind && apiVersionOf(each.group, each.version) === apiVersion);
}

/** By plural, singular or short name, with or without the group or the version before it: `deploy`, `deployments.apps`, `hpa.v1.autoscaling`. */
export function mappingNamed(text: string, custom: readonly Mapping[]): Mapping | undefined {
  const [word = '', ...rest] = text.toLowerCase().split('.');
  const fits = (each: Mapping): boolean => (each.plural === word || each.singular === word || each.shortNames.includes(word))
    && (rest.length === 0 || each.group === rest.join('.') || (each.version === rest[0] && each.group === rest.slice(1).join('.')));
  return allKinds.find(fits) ?? custom.find(fits);
}

/** All listed kinds of a category, such as `all`, in the order of discovery. */
export function mappingsIn(category: string, custom: readonly Mapping[]): readonly Mapping[] {
  const fits = [...allKinds, ...custom].filter((each) => each.categories.includes(category));
  const distinct = fits.filter((each, i) => fits.findIndex(({ group, plural }) => group === each.group && plural === each.plural) === i);
  return distinct.sort((a, b) => (a.group === b.group ? (a.plural < b.plural ? -1 : 1) : a.group < b.group ? -1 : 1));
}
