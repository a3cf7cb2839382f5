// The selector by which system default spreading counts "pods like this one": all Services that select the pod, and
// its ReplicationController, ReplicaSet or StatefulSet (scheduler plugins/helper.DefaultSelector).
import type { Pod } from '../api/generated/types.ts';
import type { Selector } from '../api/selectors.ts';
import { intersectSelectors, matchesSelector, selectorOf, selectorOfLabels } from '../api/selectors.ts';
import type { Listers } from './listers.ts';

function serviceLabels(pod: Pod, listers: Listers): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const service of listers.list('services', pod.metadata.namespace ?? '')) {
    const selector = service.spec?.selector;
    if (selector !== undefined && matchesSelector(selectorOfLabels(selector), pod.metadata.labels)) Object.assign(labels, selector);
  }
  return labels;
}

/** Empty (no requirements) for a pod that belongs to nothing. */
export function defaultSelector(pod: Pod, listers: Listers): Selector {
  const labels = serviceLabels(pod, listers);
  const selector = selectorOfLabels(labels);
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return selector;
  const key = `${pod.metadata.namespace ?? ''}/${owner.name}`;
  switch (`${owner.apiVersion} ${owner.kind}`) {
    case 'v1 ReplicationController': {
      const controller = listers.get('replicationcontrollers', key);
      return controller === undefined ? selector : selectorOfLabels({ ...labels, ...controller.spec?.selector });
    }
    case 'apps/v1 ReplicaSet': {
      const replicaSet = listers.get('replicasets', key);
      return replicaSet === undefined ? selector : intersectSelectors(selector, selectorOf(replicaSet.spec?.selector));
    }
    case 'apps/v1 StatefulSet': {
      const statefulSet = listers.get('statefulsets', key);
      return statefulSet === undefined ? selector : intersectSelectors(selector, selectorOf(statefulSet.spec?.selector));
    }
    default: return selector;
  }
}
