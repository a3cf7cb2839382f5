import type { Controller } from '../controller.ts';
import { onPodSetChange } from './handlers.ts';
import { REPLICATION_CONTROLLER, REPLICA_SET } from './kind.ts';
import type { PodSetKind } from './kind.ts';
import { cloneState, initState } from './state.ts';
import type { PodSetState } from './state.ts';
import { PodSetSync } from './sync.ts';
import type { PodSetProgress } from './sync.ts';

function controllerFor(kind: PodSetKind): Controller<PodSetState, PodSetProgress> {
  return {
    name: kind.controller, watches: ['pods', kind.plural], workers: 5, workersOption: kind.workersOption,
    init: initState,
    clone: cloneState,
    onChange: (change, state, scope, enqueue) => onPodSetChange(change, kind, state, scope, enqueue),
    reconcile: (key, state, scope) => new PodSetSync(kind, key, state, scope).begin(),
    proceed: (key, progress, results, state, scope) => new PodSetSync(kind, key, state, scope).proceed(progress, results),
  };
}

/** Keeps a ReplicaSet's number of pods (models pkg/controller/replicaset). */
export const replicaSetController = controllerFor(REPLICA_SET);
/** The same for ReplicationControllers (models pkg/controller/replication). */
export const replicationController = controllerFor(REPLICATION_CONTROLLER);
