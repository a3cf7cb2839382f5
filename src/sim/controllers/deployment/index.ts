import type { Deployment, Pod, ReplicaSet } from '../../api/generated/types.ts';
import type { Controller, Round, Scope } from '../controller.ts';
import { ownedIndexValue } from '../owners.ts';
import { isTerminal } from '../pods.ts';
import { beginSteps, continueSteps, runSteps } from '../steps.ts';
import type { Journal } from '../steps.ts';
import { END } from '../writes.ts';
import { onDeploymentChange } from './handlers.ts';
import { explainDeployment, syncDeployment } from './sync.ts';
import type { SyncInput } from './sync-state.ts';

/** Rolls out templates by sizing ReplicaSets (models pkg/controller/deployment). It keeps nothing between syncs. */
export const deploymentController: Controller<null, Journal<SyncInput>> = {
  name: 'deployment-controller', watches: ['deployments', 'replicasets', 'pods'], workers: 5, workersOption: 'concurrent-deployment-syncs', maxRetries: 15,
  init: () => null,
  clone: (state) => state,
  onChange: (change, _state, scope, enqueue) => onDeploymentChange(change, scope, enqueue),
  reconcile(key, _state, scope) {
    const deployment = scope.informer('deployments').get(key) as Deployment | undefined;
    return deployment ? run(beginSteps(read(key, deployment, scope)), scope) : END;
  },
  proceed: (_key, journal, results, _state, scope) => run(continueSteps(journal, results), scope),
};

function run(journal: Journal<SyncInput>, scope: Scope): Round<Journal<SyncInput>> {
  const cached = (key: string): ReplicaSet | undefined => scope.informer('replicasets').get(key) as ReplicaSet | undefined;
  return runSteps(journal, (input, steps) => syncDeployment(input, steps, cached), explainDeployment);
}

function read(key: string, deployment: Deployment, scope: Scope): SyncInput {
  const replicaSets = scope.informer('replicasets');
  const owned = [...replicaSets.byIndex('controller', ownedIndexValue(deployment))] as ReplicaSet[];
  const orphans = [...replicaSets.byIndex('controller', deployment.metadata.namespace ?? '')] as ReplicaSet[];
  const withPods = deployment.spec?.strategy?.type === 'Recreate' ? owned.filter((replicaSet) => hasRunningPod(replicaSet, scope)) : [];
  return { key, deployment, candidates: [...owned, ...orphans], withPods: withPods.map((replicaSet) => replicaSet.metadata.uid ?? ''), unixUs: scope.unixUs };
}

function hasRunningPod(replicaSet: ReplicaSet, scope: Scope): boolean {
  for (const pod of scope.informer('pods').byIndex('controller', ownedIndexValue(replicaSet))) if (!isTerminal(pod as Pod)) return true;
  return false;
}
