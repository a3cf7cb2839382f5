// Keeps the status of disruption budgets: how many pods may go now (models pkg/controller/disruption).
import { formatTime, parseTime } from '../../../base/time.ts';
import type { CustomResourceDefinition, OwnerReference, Pod, PodCondition, PodDisruptionBudget } from '../../api/generated/types.ts';
import { byResource } from '../../api/kinds/index.ts';
import { keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { POD_DISRUPTION_BUDGETS, PODS } from '../../api/resources.ts';
import { matchesLabelSelector } from '../../api/selectors.ts';
import { getRequest, patchRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isNotFound, isSuccess } from '../api-errors.ts';
import type { Controller, EventDraft, Round, Scope, Write, WriteResult } from '../controller.ts';
import { DEFINITIONS, customResourceOf, resourceOf } from '../discovery.ts';
import type { Resource } from '../discovery.ts';
import { isTerminal, podCondition } from '../pods.ts';
import { END, onlyResult, write } from '../writes.ts';
import { disruptedOf, expectedOf, failedStatus, goSelector, groupOf, healthyCount, nextStatus, ownersToAsk } from './health.ts';
import type { Scale, Scales } from './health.ts';

const BUDGET = 'budget/';
const POD = 'pod/';
const STALE = 'stale/';
/** A pod that should have been evicted and was not loses the mark after this (stalePodDisruptionTimeout). */
const STALE_US = 120_000_000;
/** Finding out whether a pod belongs to a budget, and what manages it. */
const US_PER_POD = 10;
/** Built-in kinds that have a scale. */
const SCALED = new Set(['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet']);

type Empty = Readonly<Record<string, never>>;
export type Progress =
  | { readonly step: 'status'; readonly recheckUs: number | undefined }
  | { readonly step: 'scales'; readonly budget: PodDisruptionBudget; readonly owners: readonly OwnerReference[] }
  | { readonly step: 'failed' | 'pod' };

export const disruptionController: Controller<Empty, Progress> = {
  name: 'disruption-controller',
  eventSource: 'controllermanager',
  watches: ['poddisruptionbudgets', 'pods', 'deployments', 'replicasets', 'replicationcontrollers', 'statefulsets', DEFINITIONS],
  workers: 1,
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, informer, object }, _state, scope, enqueue) {
    if (informer === 'poddisruptionbudgets') {
      if (type !== 'deleted') enqueue(BUDGET + keyOf(object));
      return;
    }
    if (informer !== 'pods') return;
    const pod = object as Pod;
    const [budget, another] = budgetsOf(pod, scope);
    if (budget) enqueue(BUDGET + keyOf(budget));
    if (another && type !== 'deleted') enqueue(POD + keyOf(pod));
    if (type !== 'deleted' && isMarked(pod)) enqueue(STALE + keyOf(pod));
  },
  effortUs: (key, _state, scope) => (budgetOf(key, scope)?.status?.expectedPods ?? 0) * US_PER_POD,
  reconcile(key, _state, scope) {
    const name = key.slice(key.indexOf('/') + 1);
    if (key.startsWith(BUDGET)) {
      const budget = budgetOf(key, scope);
      return budget ? begin(budget, scope) : END;
    }
    const pod = scope.informer('pods').get(name) as Pod | undefined;
    if (!pod) return END;
    return key.startsWith(POD) ? { events: ambiguous(pod, scope) } : clearMark(pod, scope);
  },
  proceed(key, progress, results, _state, scope) {
    if (progress.step === 'scales') return sync(progress.budget, scope, scalesOf(progress.owners, results, scope));
    const result = onlyResult(results);
    if (isSuccess(result)) return progress.step === 'status' && progress.recheckUs !== undefined ? { requeueAfterUs: progress.recheckUs + 1 } : END;
    if (isNotFound(result)) return END;
    if (progress.step !== 'status' || result.code === 409) return { error: errorText(result) };
    const budget = budgetOf(key, scope);
    return budget ? fail(budget, errorText(result), scope) : END;
  },
};

function budgetOf(key: string, scope: Scope): PodDisruptionBudget | undefined {
  return key.startsWith(BUDGET) ? scope.informer('poddisruptionbudgets').get(key.slice(BUDGET.length)) as PodDisruptionBudget | undefined : undefined;
}

function budgetsOf(pod: Pod, scope: Scope): readonly PodDisruptionBudget[] {
  const found: PodDisruptionBudget[] = [];
  for (const object of scope.informer('poddisruptionbudgets').byIndex('namespace', pod.metadata.namespace ?? '')) {
    const budget = object as PodDisruptionBudget;
    if (matchesLabelSelector(budget.spec?.selector, pod.metadata.labels)) found.push(budget);
  }
  return found;
}

function ambiguous(pod: Pod, scope: Scope): readonly EventDraft[] {
  const budgets = budgetsOf(pod, scope);
  if (budgets.length < 2) return [];
  const { namespace, name } = pod.metadata;
  const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${budgets[0]?.metadata.name}" arbitrarily.`;
  return [{ about: pod, type: 'Warning', reason: 'MultiplePodDisruptionBudgets', message }];
}

function podsOf(budget: PodDisruptionBudget, scope: Scope): readonly Pod[] {
  const pods: Pod[] = [];
  for (const object of scope.informer('pods').byIndex('namespace', budget.metadata.namespace ?? '')) {
    if (matchesLabelSelector(budget.spec?.selector, object.metadata.labels)) pods.push(object as Pod);
  }
  return pods;
}

/** Asks for the scale of what manages the pods, where no cache holds it: any kind with a scale subresource may. */
function begin(budget: PodDisruptionBudget, scope: Scope): Round<Progress> {
  const owners = ownersToAsk(budget, podsOf(budget, scope), scope);
  const writes = owners.flatMap((owner): readonly Write[] => {
    const resource = ownerResource(owner, scope);
    return resource ? [write('getScale', { ...getRequest(resource.gvr, budget.metadata.namespace ?? '', owner.name), subresource: 'scale' })] : [];
  });
  const unknown = owners.find((owner) => !ownerResource(owner, scope));
  const scales: Scales = new Map(unknown ? [[unknown.uid, `no matches for kind "${unknown.kind}" in version "${unknown.apiVersion}"`]] : []);
  return writes.length > 0 && !unknown ? { writes, progress: { step: 'scales', budget, owners } } : sync(budget, scope, scales);
}

function ownerResource(owner: OwnerReference, scope: Scope): Resource | undefined {
  return resourceOf(owner.apiVersion, owner.kind) ?? customResourceOf(scope.informer(DEFINITIONS), groupOf(owner), owner.kind);
}

function scalesOf(owners: readonly OwnerReference[], results: readonly WriteResult[], scope: Scope): Scales {
  const scales = new Map<string, Scale | string>();
  owners.forEach((owner, at) => {
    const result = results[at] as WriteResult;
    const { uid, name } = owner;
    if (isSuccess(result)) {
      const { metadata, spec } = result.body as ApiObject & { readonly spec?: { readonly replicas?: number } };
      if (metadata.uid === uid) scales.set(uid, { uid, replicas: spec?.replicas ?? 0 });
    } else if (!isNotFound(result)) scales.set(uid, errorText(result));
    else if (!hasScale(owner, scope)) {
      const { group, resource } = ownerResource(owner, scope)?.gvr ?? { group: '', resource: name };
      scales.set(uid, `${group === '' ? resource : `${resource}.${group}`} does not implement the scale subresource`);
    }
  });
  return scales;
}

function hasScale(owner: OwnerReference, scope: Scope): boolean {
  const resource = ownerResource(owner, scope);
  if (!resource) return false;
  const { group, version, resource: plural } = resource.gvr;
  if (byResource(group, version, plural)) return SCALED.has(owner.kind);
  const definition = scope.informer(DEFINITIONS).get(`${plural}.${group}`) as CustomResourceDefinition | undefined;
  return definition?.spec.versions.some(({ name, subresources }) => name === version && subresources?.scale !== undefined) ?? false;
}

function sync(budget: PodDisruptionBudget, scope: Scope, scales: Scales): Round<Progress> {
  const pods = podsOf(budget, scope);
  const expected = expectedOf(budget, pods, scope, scales);
  const events: EventDraft[] = [];
  if (pods.length === 0) events.push({ about: budget, type: 'Normal', reason: 'NoPods', message: 'No matching pods found' });
  if (expected.problem !== undefined) {
    events.push({ about: budget, type: 'Warning', reason: 'CalculateExpectedPodCountFailed', message: `Failed to calculate the number of expected pods: ${expected.problem}` });
    return { ...fail(budget, expected.problem, scope), events };
  }
  if (expected.unmanaged) {
    const message = `Pods selected by this PodDisruptionBudget (selector: ${goSelector(budget.spec?.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, `
      + 'which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
    events.push({ about: budget, type: 'Warning', reason: 'UnmanagedPods', message });
  }
  const disrupted = disruptedOf(budget, pods, scope.unixUs);
  const { namespace } = budget.metadata;
  for (const about of disrupted.overdue) events.push({ about, type: 'Warning', reason: 'NotDeleted', message: `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't` });
  const status = nextStatus(budget, expected, healthyCount(pods, disrupted), disrupted, scope.unixUs);
  const { recheckUs } = disrupted;
  if (status === budget.status) return { events, ...(recheckUs === undefined ? {} : { requeueAfterUs: recheckUs + 1 }) };
  const next: PodDisruptionBudget = { ...budget, status };
  return {
    writes: [write('updateStatus', updateRequest(POD_DISRUPTION_BUDGETS, next, 'status'))], events, progress: { step: 'status', recheckUs },
    explanation: {
      about: 'plan', controller: 'disruption-controller', key: keyOf(budget), observed: { healthy: status.currentHealthy ?? 0, pods: expected.pods },
      desired: { healthy: expected.healthy }, actions: [{ code: 'allowDisruptions', params: { count: status.disruptionsAllowed ?? 0 } }],
    },
  };
}

function fail(budget: PodDisruptionBudget, problem: string, scope: Scope): Round<Progress> {
  const next: PodDisruptionBudget = { ...budget, status: failedStatus(budget, problem, scope.unixUs) };
  return { writes: [write('failSafe', updateRequest(POD_DISRUPTION_BUDGETS, next, 'status'))], progress: { step: 'failed' } };
}

// ---- pods that were marked for disruption and are still there ----

function isMarked(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined || isTerminal(pod)) return false;
  const condition = podCondition(pod, 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason !== 'TerminationByKubelet';
}

function clearMark(pod: Pod, scope: Scope): Round<Progress> {
  if (!isMarked(pod)) return END;
  const since = parseTime(podCondition(pod, 'DisruptionTarget')?.lastTransitionTime ?? '') ?? scope.unixUs;
  const leftUs = since + STALE_US - scope.unixUs;
  if (leftUs > 0) return { requeueAfterUs: leftUs };
  const { namespace = '', name = '', uid, generation } = pod.metadata;
  const condition: PodCondition = { type: 'DisruptionTarget', status: 'False', lastTransitionTime: formatTime(scope.unixUs), observedGeneration: generation };
  const patch = { metadata: { uid }, status: { conditions: [{ ...condition, reason: null, message: null }] } };
  return { writes: [write('clearDisruptionTarget', patchRequest(PODS, namespace, name, 'strategic', patch, 'status'))], progress: { step: 'pod' } };
}
