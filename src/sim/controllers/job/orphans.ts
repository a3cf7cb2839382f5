// Lets go of pods that no Job counts any more (models the job controller's second queue, job_orphan_pod).
import type { Job, Pod } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import { PODS } from '../../api/resources.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import type { Change } from '../../client/informer.ts';
import { patchRequest } from '../../client/requests.ts';
import { errorText, isNotFound, isSuccess } from '../api-errors.ts';
import type { Controller, Enqueue, Scope } from '../controller.ts';
import { controllerOf, ownedIndexValue } from '../owners.ts';
import { END, onlyResult, write } from '../writes.ts';
import { JOB_RETRIES, isExternal, ownerOf } from './index.ts';
import { UNTRACK_PATCH, isTracked } from './pods.ts';
import { isFinished } from './status.ts';

/** The part of the job controller that cleans up after Jobs that are over or gone. */
export const jobOrphanController: Controller<null, 'release'> = {
  name: 'job-orphan-controller', serviceAccount: 'job-controller', eventSource: 'job-controller', watches: ['pods', 'jobs'],
  workers: 5, workersOption: 'concurrent-job-syncs', retryDelays: JOB_RETRIES,
  init: () => null,
  clone: (state) => state,
  onChange(change, _state, scope, enqueue) {
    if (change.informer === 'jobs') onJob(change, scope, enqueue);
    else onPod(change, scope, enqueue);
  },
  reconcile(key, _state, scope) {
    const pod = scope.informer('pods').get(key) as Pod | undefined;
    if (!pod || !isTracked(pod) || isCounted(pod, scope)) return END;
    const { namespace = '', name = '' } = pod.metadata;
    return { writes: [write('releasePod', patchRequest(PODS, namespace, name, 'strategic', UNTRACK_PATCH))], progress: 'release' };
  },
  proceed(_key, _progress, results) {
    const result = onlyResult(results);
    return isSuccess(result) || isNotFound(result) ? END : { error: errorText(result) };
  },
};

/** Somebody else sees to its finalizer: a Job that is not over, or a controller of another kind. */
function isCounted(pod: Pod, scope: Scope): boolean {
  const owner = controllerOf(pod);
  if (!owner) return false;
  if (owner.kind !== 'Job' || owner.apiVersion !== 'batch/v1') return true;
  const job = ownerOf(pod, scope);
  return job !== undefined && (isExternal(job) || !isFinished(job));
}

function onJob({ type, object }: Change, scope: Scope, enqueue: Enqueue): void {
  const job = object as Job;
  if (type !== 'deleted' && !(type === 'updated' && isFinished(job))) return;
  const selector = selectorOf(job.spec?.selector);
  const pods = scope.informer('pods');
  for (const value of [ownedIndexValue(job), job.metadata.namespace ?? '']) {
    for (const pod of pods.byIndex('controller', value)) if (isTracked(pod as Pod) && matchesSelector(selector, pod.metadata.labels)) enqueue(keyOf(pod));
  }
}

function onPod({ type, object }: Change, scope: Scope, enqueue: Enqueue): void {
  const pod = object as Pod;
  if (!isTracked(pod)) return;
  const leaving = type === 'deleted' || pod.metadata.deletionTimestamp !== undefined;
  const job = leaving ? ownerOf(pod, scope) : undefined;
  if (!controllerOf(pod) || (leaving && (!job || isFinished(job)))) enqueue(keyOf(pod));
}
