// Keeps the status of disruption budgets: how many pods may go now (models pkg/controller/disruption).
import { formatTime, parseTime } from '../../../base/time.ts';
import type { Pod, PodCondition, PodDisruptionBudget } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import { POD_DISRUPTION_BUDGETS, PODS } from '../../api/resources.ts';
import { matchesLabelSelector } from '../../api/selectors.ts';
import { patchRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isNotFound, isSuccess } from '../api-errors.ts';
import type { Controller, EventDraft, Round, Scope } from '../controller.ts';
import { isTerminal, podCondition } from '../pods.ts';
import { END, onlyResult, write } from '../writes.ts';
import { disruptedOf, expectedOf, failedStatus, goSelector, healthyCount, nextStatus } from './health.ts';

const BUDGET = 'budget/';
const POD = 'pod/';
const STALE = 'stale/';
/** A pod that should have been evicted and was not loses the mark after this (stalePodDisruptionTimeout). */
const STALE_US = 120_000_000;

type Empty = Readonly<Record<string, never>>;
export type Progress = { readonly step: 'status'; readonly recheckUs: number | undefined } | { readonly step: 'failed'; readonly problem: string } | { readonly step: 'pod' };

export const disruptionController: Controller<Empty, Progress> = {
  name: 'disruption-controller',
  eventSource: 'controllermanager',
  watches: ['poddisruptionbudgets', 'pods', 'deployments', 'replicasets', 'replicationcontrollers', 'statefulsets'],
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
  reconcile(key, _state, scope) {
    const name = key.slice(key.indexOf('/') + 1);
    if (key.startsWith(BUDGET)) {
      const budget = scope.informer('poddisruptionbudgets').get(name) as PodDisruptionBudget | undefined;
      return budget ? sync(budget, scope) : END;
    }
    const pod = scope.informer('pods').get(name) as Pod | undefined;
    if (!pod) return END;
    return key.startsWith(POD) ? { events: ambiguous(pod, scope) } : clearMark(pod, scope);
  },
  proceed(key, progress, results, _state, scope) {
    const result = onlyResult(results);
    if (progress.step === 'failed') return { error: progress.problem };
    if (isSuccess(result)) return progress.step === 'status' && progress.recheckUs !== undefined ? { requeueAfterUs: progress.recheckUs + 1 } : END;
    if (isNotFound(result) || progress.step === 'pod' || result.code === 409) return isNotFound(result) ? END : { error: errorText(result) };
    const budget = scope.informer('poddisruptionbudgets').get(key.slice(BUDGET.length)) as PodDisruptionBudget | undefined;
    return budget ? fail(budget, errorText(result), scope) : END;
  },
};

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

function sync(budget: PodDisruptionBudget, scope: Scope): Round<Progress> {
  const pods: Pod[] = [];
  for (const object of scope.informer('pods').byIndex('namespace', budget.metadata.namespace ?? '')) {
    if (matchesLabelSelector(budget.spec?.selector, object.metadata.labels)) pods.push(object as Pod);
  }
  const expected = expectedOf(budget, pods, scope);
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
  return { writes: [write('failSafe', updateRequest(POD_DISRUPTION_BUDGETS, next, 'status'))], progress: { step: 'failed', problem } };
}

// ---- pods that were marked for disruption and are still there ----

function isMarked(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined || isTerminal(pod)) return false;
  return podCondition(pod, 'DisruptionTarget')?.status === 'True';
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
