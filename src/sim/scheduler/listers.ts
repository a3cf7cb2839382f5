// The other objects that plugins read besides nodes and pods, as informers know them.
import type {
  CSIDriver, CSINode, CSIStorageCapacity, Namespace, PersistentVolume, PersistentVolumeClaim, PodDisruptionBudget,
  ReplicaSet, ReplicationController, Service, StatefulSet, StorageClass, VolumeAttachment,
} from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { keyOf } from '../api/meta.ts';

/** Kinds by the plural that names their informer. */
export interface ListedKinds {
  readonly namespaces: Namespace;
  readonly persistentvolumes: PersistentVolume;
  readonly persistentvolumeclaims: PersistentVolumeClaim;
  readonly storageclasses: StorageClass;
  readonly csinodes: CSINode;
  readonly csidrivers: CSIDriver;
  readonly csistoragecapacities: CSIStorageCapacity;
  readonly volumeattachments: VolumeAttachment;
  readonly services: Service;
  readonly replicationcontrollers: ReplicationController;
  readonly replicasets: ReplicaSet;
  readonly statefulsets: StatefulSet;
  readonly poddisruptionbudgets: PodDisruptionBudget;
}
export type ListedKind = keyof ListedKinds;

export interface Listers {
  /** `key` is `namespace/name`, or `name` for cluster-scoped kinds. */
  get<K extends ListedKind>(kind: K, key: string): ListedKinds[K] | undefined;
  /** All objects, or those of one namespace, sorted by key. Must cost nothing when nothing has changed. */
  list<K extends ListedKind>(kind: K, namespace?: string): readonly ListedKinds[K][];
}

/** Listers over plain maps, for cases, benchmarks and tests. */
export class ObjectListers implements Listers {
  private readonly objects: { readonly [K in ListedKind]: Map<string, ListedKinds[K]> } = {
    namespaces: new Map(), persistentvolumes: new Map(), persistentvolumeclaims: new Map(), storageclasses: new Map(),
    csinodes: new Map(), csidrivers: new Map(), csistoragecapacities: new Map(), volumeattachments: new Map(),
    services: new Map(), replicationcontrollers: new Map(), replicasets: new Map(), statefulsets: new Map(),
    poddisruptionbudgets: new Map(),
  };
  private readonly lists = new Map<string, readonly ApiObject[]>();

  set<K extends ListedKind>(kind: K, object: ListedKinds[K]): void {
    this.objects[kind].set(keyOf(object), object);
    this.lists.clear();
  }

  delete(kind: ListedKind, key: string): void {
    this.objects[kind].delete(key);
    this.lists.clear();
  }

  get<K extends ListedKind>(kind: K, key: string): ListedKinds[K] | undefined {
    return this.objects[kind].get(key);
  }

  list<K extends ListedKind>(kind: K, namespace?: string): readonly ListedKinds[K][] {
    const id = `${kind} ${namespace ?? ''}`;
    let result = this.lists.get(id) as readonly ListedKinds[K][] | undefined;
    if (result === undefined) {
      const entries = [...this.objects[kind]].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
      result = namespace === undefined ? entries : entries.filter((object) => object.metadata.namespace === namespace);
      this.lists.set(id, result);
    }
    return result;
  }
}
