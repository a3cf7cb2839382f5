// All controllers of kube-controller-manager. A new one is a file (or folder) and a line here.
import type { Controller } from './controller.ts';
import { attachDetachController } from './attachdetach/index.ts';
import { clusterRoleAggregationController } from './clusterroleaggregation.ts';
import { cronJobController } from './cronjob/index.ts';
import { disruptionController } from './disruption/index.ts';
import { endpointsController } from './endpoints/index.ts';
import { endpointSliceController } from './endpointslice/index.ts';
import { endpointSliceMirroringController } from './endpointslicemirroring.ts';
import { ephemeralVolumeController } from './ephemeralvolume.ts';
import { garbageCollector } from './garbagecollector/index.ts';
import { horizontalPodAutoscalerController } from './podautoscaler/index.ts';
import { jobController } from './job/index.ts';
import { jobOrphanController } from './job/orphans.ts';
import { namespaceController } from './namespace/index.ts';
import { nodeIpamController } from './nodeipam/index.ts';
import { nodeLifecycleController } from './nodelifecycle/index.ts';
import { taintEvictionController } from './nodelifecycle/tainteviction.ts';
import { persistentVolumeController } from './persistentvolume/index.ts';
import { podGarbageCollector } from './podgc.ts';
import { daemonSetController } from './daemonset/index.ts';
import { deploymentController } from './deployment/index.ts';
import { replicaSetController, replicationController } from './replicaset/index.ts';
import { pvcProtectionController } from './pvcprotection.ts';
import { pvProtectionController } from './pvprotection.ts';
import { resourceQuotaController } from './resourcequota.ts';
import { rootCaPublisher } from './rootca.ts';
import { statefulSetController } from './statefulset/index.ts';
import { serviceAccountController } from './serviceaccount/default.ts';
import { tokensController } from './serviceaccount/tokens.ts';
import { ttlController } from './ttl.ts';
import { ttlAfterFinishedController } from './ttlafterfinished.ts';
import { vacProtectionController } from './vacprotection.ts';
import { volumeExpansionController } from './volumeexpansion.ts';

export const CONTROLLERS: readonly Controller[] = [
  deploymentController,
  replicaSetController,
  replicationController,
  statefulSetController,
  daemonSetController,
  jobController,
  jobOrphanController,
  cronJobController,
  ttlAfterFinishedController,
  garbageCollector,
  namespaceController,
  serviceAccountController,
  tokensController,
  rootCaPublisher,
  nodeLifecycleController,
  taintEvictionController,
  nodeIpamController,
  podGarbageCollector,
  ttlController,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  persistentVolumeController,
  pvcProtectionController,
  pvProtectionController,
  vacProtectionController,
  volumeExpansionController,
  ephemeralVolumeController,
  attachDetachController,
  horizontalPodAutoscalerController,
  resourceQuotaController,
  clusterRoleAggregationController,
  disruptionController,
];
