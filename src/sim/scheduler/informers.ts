// What kube-scheduler watches, and the listers that its plugins read: informers with sorted lists that cost nothing
// until something changes.
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import {
  CSI_DRIVERS, CSI_NODES, NAMESPACES, NODES, PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, PODS, POD_DISRUPTION_BUDGETS, REPLICATION_CONTROLLERS, REPLICA_SETS,
  SERVICES, STATEFUL_SETS, STORAGE_CLASSES, VOLUME_ATTACHMENTS,
} from '../api/resources.ts';
import type { Informer, InformerSpec } from '../client/informer.ts';
import type { EventResource } from './framework/events.ts';
import type { ListedKind, ListedKinds, Listers } from './listers.ts';

const CSI_STORAGE_CAPACITIES: GroupVersionResource = { group: 'storage.k8s.io', version: 'v1', resource: 'csistoragecapacities' };
const spec = (gvr: GroupVersionResource): InformerSpec => ({ name: gvr.resource, gvr });

/** Pods that have ended hold no room: the scheduler does not watch them. */
const LIVE_PODS: InformerSpec = { name: 'pods', gvr: PODS, options: { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' } };

export const SCHEDULER_INFORMERS: readonly InformerSpec[] = [
  LIVE_PODS,
  ...[
    NODES, NAMESPACES, PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, STORAGE_CLASSES, CSI_NODES, CSI_DRIVERS, CSI_STORAGE_CAPACITIES, VOLUME_ATTACHMENTS,
    SERVICES, REPLICATION_CONTROLLERS, REPLICA_SETS, STATEFUL_SETS, POD_DISRUPTION_BUDGETS,
  ].map(spec),
];

/** Resources whose changes may wake pods, by informer. */
export const EVENT_RESOURCES: ReadonlyMap<string, EventResource> = new Map<string, EventResource>([
  ['persistentvolumes', 'PersistentVolume'], ['persistentvolumeclaims', 'PersistentVolumeClaim'], ['storageclasses', 'StorageClass'],
  ['csinodes', 'CSINode'], ['csidrivers', 'CSIDriver'], ['csistoragecapacities', 'CSIStorageCapacity'], ['volumeattachments', 'VolumeAttachment'],
]);

export class InformerListers implements Listers {
  private readonly informers: ReadonlyMap<string, Informer>;
  /** Sorted lists by kind and namespace, until the kind changes. */
  private lists: Map<string, readonly ApiObject[]>;

  constructor(informers: ReadonlyMap<string, Informer>, lists: ReadonlyMap<string, readonly ApiObject[]> = new Map()) {
    this.informers = informers;
    this.lists = new Map(lists);
  }

  get<K extends ListedKind>(kind: K, key: string): ListedKinds[K] | undefined {
    return this.informers.get(kind)?.get(key) as ListedKinds[K] | undefined;
  }

  list<K extends ListedKind>(kind: K, namespace?: string): readonly ListedKinds[K][] {
    const id = namespace === undefined ? kind : `${kind} ${namespace}`;
    const known = this.lists.get(id);
    if (known) return known as readonly ListedKinds[K][];
    const entries = [...this.informers.get(kind)?.objects ?? []].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    const list = namespace === undefined ? entries : entries.filter((object) => object.metadata.namespace === namespace);
    this.lists.set(id, list);
    return list as readonly ApiObject[] as readonly ListedKinds[K][];
  }

  changed(kind: string): void {
    for (const id of this.lists.keys()) if (id === kind || id.startsWith(`${kind} `)) this.lists.delete(id);
  }

  cloneFor(informers: ReadonlyMap<string, Informer>): InformerListers {
    return new InformerListers(informers, this.lists);
  }
}
