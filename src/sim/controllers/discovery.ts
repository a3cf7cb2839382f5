// What controllers learn from the API server's discovery documents: which resources there are, and how kinds map to them.
import { allKinds } from '../api/kinds/index.ts';
import { apiVersionOf } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/meta.ts';
import type { Kind } from '../api/kind.ts';

export interface Resource {
  readonly gvr: GroupVersionResource;
  readonly kind: string;
  readonly namespaced: boolean;
}

function resource({ group, version, plural, kind, namespaced }: Kind): Resource {
  return { gvr: { group, version, resource: plural }, kind, namespaced };
}

/** The core group's events under another name. */
const COPIES = new Set(['events.k8s.io']);

function preferred(): readonly Resource[] {
  const byPlural = new Map<string, Resource>();
  for (const kind of allKinds) {
    const deletable = kind.verbs.includes('delete') && kind.verbs.includes('list') && kind.verbs.includes('watch');
    if (deletable && !COPIES.has(kind.group) && !byPlural.has(kind.plural)) byPlural.set(kind.plural, resource(kind));
  }
  return [...byPlural.values()];
}

/** Resources with the verbs delete, list and watch, each in its preferred version. */
export const RESOURCES: readonly Resource[] = preferred();

const byKind = new Map(allKinds.map((kind) => [`${apiVersionOf(kind.group, kind.version)}/${kind.kind}`, resource(kind)]));

/** The REST mapping of a kind in any served version; undefined if the server has no such kind. */
export function resourceOf(apiVersion: string, kind: string): Resource | undefined {
  return byKind.get(`${apiVersion}/${kind}`);
}
