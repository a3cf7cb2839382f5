// What controllers learn from the API server's discovery documents: which resources there are, and how kinds map to them.
import type { CustomResourceDefinition } from '../api/generated/types.ts';
import { allKinds } from '../api/kinds/index.ts';
import { notSimulated } from '../api/kinds/not-simulated.ts';
import { apiVersionOf } from '../api/meta.ts';
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import type { Kind } from '../api/kind.ts';
import type { Informer } from '../client/informer.ts';
import { compareVersions } from '../apiserver/catalog.ts';

export interface Resource {
  readonly gvr: GroupVersionResource;
  readonly kind: string;
  readonly namespaced: boolean;
}

function resource({ group, version, plural, kind, namespaced }: Kind): Resource {
  return { gvr: { group, version, resource: plural }, kind, namespaced };
}

/** There are none, so that nobody needs to look. */
const IGNORED: ReadonlySet<Kind> = new Set(notSimulated.map(({ kind }) => kind));
/** The core group's events under another name. */
const COPIES = new Set(['events.k8s.io']);

function preferred(): readonly Resource[] {
  const byPlural = new Map<string, Resource>();
  for (const kind of allKinds) {
    if (IGNORED.has(kind)) continue;
    const deletable = kind.verbs.includes('delete') && kind.verbs.includes('list') && kind.verbs.includes('watch');
    if (deletable && !COPIES.has(kind.group) && !byPlural.has(kind.plural)) byPlural.set(kind.plural, resource(kind));
  }
  return [...byPlural.values()];
}

/** Resources with the verbs delete, list and watch, each in its preferred version. */
export const RESOURCES: readonly Resource[] = preferred();

/** The informer of CustomResourceDefinitions. */
export const DEFINITIONS = 'customresourcedefinitions';

/**
 * The resources of a definition, in each served version; the preferred one comes first. None before it is established.
 * The real controllers ask for the discovery documents every 30 seconds; these see the same in the definitions themselves.
 */
export function customResources(object: ApiObject): readonly Resource[] {
  const { spec, status } = object as CustomResourceDefinition;
  if (!status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True')) return [];
  const { plural, kind } = status.acceptedNames ?? spec.names;
  const versions = spec.versions.filter(({ served }) => served).map(({ name }) => name).sort(compareVersions);
  return versions.map((version) => ({ gvr: { group: spec.group, version, resource: plural }, kind, namespaced: spec.scope === 'Namespaced' }));
}

/** How the informer of a custom resource is called: `widgets.example.org`, as its definition. */
export function customInformer({ group, resource: plural }: GroupVersionResource): string {
  return `${plural}.${group}`;
}

const byKind = new Map(allKinds.map((kind) => [`${apiVersionOf(kind.group, kind.version)}/${kind.kind}`, resource(kind)]));

/** The resource of a built-in kind in its preferred version, whatever version is asked for. */
export function resourceOfKind(group: string, kind: string): Resource | undefined {
  const found = allKinds.find((each) => each.group === group && each.kind === kind);
  return found && resource(found);
}

/** The REST mapping of a built-in kind in any served version; undefined if the server has no such kind. */
export function resourceOf(apiVersion: string, kind: string): Resource | undefined {
  return byKind.get(`${apiVersion}/${kind}`);
}

/** The resource of a custom kind in its preferred version; undefined if no definition that is established has it. */
export function customResourceOf(definitions: Informer, group: string, kind: string): Resource | undefined {
  for (const object of definitions.objects.values()) {
    if ((object as CustomResourceDefinition).spec.group !== group) continue;
    const [found] = customResources(object);
    if (found?.kind === kind) return found;
  }
  return undefined;
}
