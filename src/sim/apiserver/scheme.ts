import type { Pod } from '../api/generated/types.ts';
import type { Kind } from '../api/kind.ts';
import type { ApiObject } from '../api/meta.ts';
import { catalogOf } from './catalog.ts';
import type { Catalog } from './catalog.ts';
import { groupResourceText } from './status.ts';

/** A field that watches and lists are found by, instead of asking each object (TriggerPublisherFuncs, Indexers). */
export interface FieldIndex { readonly field: string; valueOf(object: ApiObject): string }

/** One served resource: its kind, and what the server's storage knows about it. */
export interface Resource {
  readonly kind: Kind;
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  /** `deployments.apps`: names the resource in errors and caches. */
  readonly name: string;
  /** In etcd: `/registry/deployments/`. */
  readonly prefix: string;
  /** A DELETE answers with the object and not with a Status (ReturnDeletedObject). */
  readonly returnsDeleted: boolean;
  /** Seconds until etcd forgets an object by itself; 0: never (only Events). */
  readonly ttlSeconds: number;
  readonly index: FieldIndex | undefined;
  /** It comes from a CustomResourceDefinition. */
  readonly custom: boolean;
}

/** Where storage differs from `/registry/<plural>/` (kubeapiserver.NewStorageFactory and the generic registry's paths). */
const prefixes: Readonly<Record<string, string>> = {
  nodes: '/registry/minions/',
  services: '/registry/services/specs/',
  endpoints: '/registry/services/endpoints/',
  replicationcontrollers: '/registry/controllers/',
  'ingresses.networking.k8s.io': '/registry/ingress/',
  'customresourcedefinitions.apiextensions.k8s.io': '/registry/apiextensions.k8s.io/customresourcedefinitions/',
  'apiservices.apiregistration.k8s.io': '/registry/apiregistration.k8s.io/apiservices/',
};

const returnDeleted = new Set([
  'pods', 'services', 'serviceaccounts', 'namespaces', 'persistentvolumes', 'persistentvolumeclaims', 'podtemplates', 'resourcequotas',
  'csidrivers.storage.k8s.io', 'csinodes.storage.k8s.io', 'storageclasses.storage.k8s.io', 'volumeattachments.storage.k8s.io',
  'volumeattributesclasses.storage.k8s.io', 'deviceclasses.resource.k8s.io', 'resourceclaims.resource.k8s.io', 'resourceclaimtemplates.resource.k8s.io', 'resourceslices.resource.k8s.io',
]);

/** Whether a DELETE of such a resource (`pods`, `csinodes.storage.k8s.io`) answers with the object. */
export function returnsDeleted(name: string): boolean {
  return returnDeleted.has(name);
}

const EVENT_TTL_SECONDS = 3600;

const nodeNameIndex: FieldIndex = { field: 'spec.nodeName', valueOf: (pod) => (pod as Pod).spec?.nodeName ?? '' };

const NO_KINDS: readonly Kind[] = [];

function resourceOf(kind: Kind, custom: boolean): Resource {
  const name = groupResourceText({ group: kind.group, resource: kind.plural });
  return {
    kind, group: kind.group, resource: kind.plural, name, prefix: prefixes[name] ?? `/registry/${custom ? `${kind.group}/` : ''}${kind.plural}/`, custom,
    returnsDeleted: returnDeleted.has(name), ttlSeconds: name.startsWith('events') ? EVENT_TTL_SECONDS : 0,
    index: name === 'pods' ? nodeNameIndex : undefined,
  };
}

/** All kinds that a server serves. It is never changed: when custom resources come and go, a server gets another one. */
export class Scheme {
  readonly resources: readonly Resource[];
  readonly builtIn: readonly Kind[];
  /** The kinds of custom resources: all versions of all definitions. */
  readonly custom: readonly Kind[];
  readonly catalog: Catalog;
  /** Storage prefix by resource name. */
  readonly prefixes: ReadonlyMap<string, string>;
  private readonly byPlural = new Map<string, Resource[]>();

  constructor(kinds: readonly Kind[], custom: readonly Kind[] = NO_KINDS) {
    this.builtIn = kinds;
    this.custom = custom;
    this.catalog = catalogOf(custom);
    this.resources = [...kinds.map((kind) => resourceOf(kind, false)), ...custom.map((kind) => resourceOf(kind, true))];
    this.prefixes = new Map(this.resources.map(({ name, prefix }) => [name, prefix]));
    for (const resource of this.resources) {
      const same = this.byPlural.get(resource.resource);
      if (same) same.push(resource);
      else this.byPlural.set(resource.resource, [resource]);
    }
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    const candidates = this.byPlural.get(plural);
    if (!candidates) return undefined;
    for (const candidate of candidates) if (candidate.group === group && candidate.kind.version === version && candidate.kind.verbs.length > 0) return candidate;
    return undefined;
  }

  /** By `deployments.apps`. Throws for a resource that is not served: a programming error. */
  named(name: string): Resource {
    const resource = this.resources.find((candidate) => candidate.name === name);
    if (!resource) throw new Error(`no resource ${name}`);
    return resource;
  }
}

/** The etcd key of an object; of all objects in a namespace when `name` is ''. */
export function keyIn(resource: Resource, namespace: string, name: string): string {
  return resource.kind.namespaced && namespace !== '' ? `${resource.prefix}${namespace}/${name}` : resource.prefix + name;
}

const fieldNames = new WeakMap<Kind, readonly string[]>();

/** Which field selectors a kind knows. */
export function selectableFieldsOf(kind: Kind): readonly string[] {
  let names = fieldNames.get(kind);
  if (!names) {
    const empty = { apiVersion: kind.version, kind: kind.kind, metadata: { name: '' }, spec: {}, status: {} };
    fieldNames.set(kind, names = Object.keys(kind.selectableFields(empty)));
  }
  return names;
}
