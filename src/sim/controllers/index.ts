// All controllers of kube-controller-manager. A new one is a file (or folder) and a line here.
import type { Controller } from './controller.ts';
import { replicaSetController, replicationController } from './replicaset/index.ts';

export const CONTROLLERS: readonly Controller[] = [
  replicaSetController,
  replicationController,
];
