// A ReplicationController is an older ReplicaSet: one controller serves both (models pkg/controller/replication, which
// wraps ReplicaSetController). This is where the two differ.
import type { PodTemplateSpec, ReplicaSet, ReplicaSetStatus, ReplicationController } from '../../api/generated/types.ts';
import type { ApiObject, GroupVersionResource } from '../../api/meta.ts';
import { REPLICATION_CONTROLLERS, REPLICA_SETS } from '../../api/resources.ts';
import { selectorOf, selectorOfLabels } from '../../api/selectors.ts';
import type { Selector } from '../../api/selectors.ts';

/** What a ReplicaSet and a ReplicationController have in common. */
export interface PodSet extends ApiObject {
  readonly spec?: { readonly replicas?: number; readonly minReadySeconds?: number; readonly template?: PodTemplateSpec };
  readonly status?: ReplicaSetStatus;
}

export interface PodSetKind {
  readonly kind: 'ReplicaSet' | 'ReplicationController';
  readonly gvr: GroupVersionResource;
  /** Plural of its informer. */
  readonly plural: string;
  readonly controller: string;
  readonly workersOption: string;
  /** Its status has terminatingReplicas. */
  readonly countsTerminating: boolean;
  /** It waits for its caches to show its own writes (StaleControllerConsistencyReplicaSet). */
  readonly readsOwnWrites: boolean;
  selector(set: ApiObject): Selector;
}

export const REPLICA_SET: PodSetKind = {
  kind: 'ReplicaSet', gvr: REPLICA_SETS, plural: 'replicasets', controller: 'replicaset-controller', workersOption: 'concurrent-replicaset-syncs',
  countsTerminating: true, readsOwnWrites: true,
  selector: (set) => selectorOf((set as ReplicaSet).spec?.selector),
};

const selectors = new WeakMap<object, Selector>();

export const REPLICATION_CONTROLLER: PodSetKind = {
  kind: 'ReplicationController', gvr: REPLICATION_CONTROLLERS, plural: 'replicationcontrollers', controller: 'replication-controller',
  workersOption: 'concurrent-rc-syncs', countsTerminating: false, readsOwnWrites: false,
  selector(set) {
    const labels = (set as ReplicationController).spec?.selector;
    if (!labels) return selectorOfLabels(labels);
    let selector = selectors.get(labels);
    if (!selector) selectors.set(labels, selector = selectorOfLabels(labels));
    return selector;
  },
};
