// Objects as etcd holds them, for worlds that begin with the state of another cluster.
import type { CustomResourceDefinition } from '../api/generated/types.ts';
import type { Kind } from '../api/kind.ts';
import { apiVersionOf } from '../api/meta.ts';
import type { ApiObject } from '../api/meta.ts';
import type { SnapshotEntry } from '../etcd/store.ts';
import { Scheme, keyIn } from './scheme.ts';
import { asStored } from './versions.ts';

export interface Snapshot {
  readonly entries: readonly SnapshotEntry[];
  /** Objects of kinds that neither the server nor a definition among the objects knows. */
  readonly unknown: readonly ApiObject[];
}

/** Keys and stored forms of objects as a client sees them (a List's items), status and resourceVersion included. */
export function snapshotEntries(kinds: readonly Kind[], objects: readonly ApiObject[]): Snapshot {
  const resources = new Map(new Scheme(kinds).resources.map((resource) => [`${apiVersionOf(resource.group, resource.kind.version)} ${resource.kind.kind}`, resource]));
  const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition') as readonly ApiObject[] as readonly CustomResourceDefinition[];
  const entries: SnapshotEntry[] = [];
  const unknown: ApiObject[] = [];
  for (const object of objects) {
    const { namespace = '', name = '' } = object.metadata;
    const resource = resources.get(`${object.apiVersion} ${object.kind}`);
    const custom = resource ? undefined : customEntry(definitions, object);
    if (resource) entries.push({ key: keyIn(resource, namespace, name), value: asStored(resource, object) });
    else if (custom) entries.push(custom);
    else unknown.push(object);
  }
  return { entries, unknown };
}

function customEntry(definitions: readonly CustomResourceDefinition[], object: ApiObject): SnapshotEntry | undefined {
  const { namespace = '', name = '' } = object.metadata;
  const slash = object.apiVersion.indexOf('/');
  const group = object.apiVersion.slice(0, slash);
  const spec = definitions.map((definition) => definition.spec).find(({ group: own, names }) => own === group && names.kind === object.kind);
  const storage = spec?.versions.find((version) => version.storage);
  if (!spec || !storage) return undefined;
  const key = `/registry/${group}/${spec.names.plural}/${spec.scope === 'Namespaced' ? `${namespace}/` : ''}${name}`;
  return { key, value: { ...object, apiVersion: apiVersionOf(group, storage.name) } };
}
