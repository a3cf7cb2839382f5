// Which Deployments to look at when something changes (models the event handlers of deployment_controller.go).
import type { Deployment, Pod } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import type { Change } from '../../client/informer.ts';
import type { Enqueue, Scope } from '../controller.ts';
import { controllerOf, ownedIndexValue } from '../owners.ts';
import { sameLabels } from '../replicaset/tally.ts';

export function onDeploymentChange(change: Change, scope: Scope, enqueue: Enqueue): void {
  switch (change.informer) {
    case 'deployments': enqueue(keyOf(change.object)); break;
    case 'replicasets': onReplicaSet(change, scope, enqueue); break;
    case 'pods': if (change.type === 'deleted') onPodDeleted(change.object as Pod, scope, enqueue);
  }
}

function onReplicaSet({ type, object, old }: Change, scope: Scope, enqueue: Enqueue): void {
  const owner = ownerOf(object, scope);
  if (type === 'updated' && old) {
    if (old.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const reowned = controllerOf(old)?.uid !== controllerOf(object)?.uid;
    const before = reowned ? ownerOf(old, scope) : undefined;
    if (before) enqueue(keyOf(before));
    if (!controllerOf(object) && (reowned || !sameLabels(old.metadata.labels, object.metadata.labels))) enqueueSelecting(object, scope, enqueue);
  } else if (type === 'added' && !controllerOf(object) && object.metadata.deletionTimestamp === undefined) enqueueSelecting(object, scope, enqueue);
  if (owner) enqueue(keyOf(owner));
}

/** An orphan: whoever selects it may want to adopt it. */
function enqueueSelecting(replicaSet: ApiObject, scope: Scope, enqueue: Enqueue): void {
  if (Object.keys(replicaSet.metadata.labels ?? {}).length === 0) return;
  for (const deployment of scope.informer('deployments').byIndex('namespace', replicaSet.metadata.namespace ?? '')) {
    const selector = selectorOf((deployment as Deployment).spec?.selector);
    if (selector.requirements.length > 0 && matchesSelector(selector, replicaSet.metadata.labels)) enqueue(keyOf(deployment));
  }
}

/** Recreate waits for the last old pod to be gone. */
function onPodDeleted(pod: Pod, scope: Scope, enqueue: Enqueue): void {
  const controller = controllerOf(pod);
  if (controller?.kind !== 'ReplicaSet') return;
  const replicaSet = scope.informer('replicasets').get(keyFor(pod.metadata.namespace, controller.name));
  const deployment = replicaSet?.metadata.uid === controller.uid ? ownerOf(replicaSet, scope) : undefined;
  if (deployment?.spec?.strategy?.type !== 'Recreate') return;
  for (const sibling of scope.informer('replicasets').byIndex('controller', ownedIndexValue(deployment))) {
    for (const _ of scope.informer('pods').byIndex('controller', ownedIndexValue(sibling))) return;
  }
  enqueue(keyOf(deployment));
}

function ownerOf(object: ApiObject, scope: Scope): Deployment | undefined {
  const owner = controllerOf(object);
  if (owner?.kind !== 'Deployment') return undefined;
  const deployment: ApiObject | undefined = scope.informer('deployments').get(keyFor(object.metadata.namespace, owner.name));
  return deployment?.metadata.uid === owner.uid ? (deployment as Deployment) : undefined;
}
