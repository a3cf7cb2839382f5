// Deletes finished Jobs when their ttlSecondsAfterFinished is over (models pkg/controller/ttlafterfinished).
import { parseTime } from '../../base/time.ts';
import type { Job } from '../api/generated/types.ts';
import { keyOf } from '../api/meta.ts';
import { deleteRequest, getRequest } from '../client/requests.ts';
import { errorText, isNotFound, isSuccess } from './api-errors.ts';
import type { Controller, Round } from './controller.ts';
import { JOBS } from './job/context.ts';
import { conditionOf } from './job/status.ts';
import { END, onlyResult, write } from './writes.ts';

type Progress = 'look' | 'delete';

/** When the Job may go, µs since 1970; undefined: it has no limit, has not finished, or goes already. */
function expiryUs(job: Job): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec ?? {};
  const finish = conditionOf(job.status?.conditions, 'Complete') ?? conditionOf(job.status?.conditions, 'Failed');
  const finishedUs = parseTime(finish?.lastTransitionTime ?? '');
  if (job.metadata.deletionTimestamp !== undefined || ttlSecondsAfterFinished === undefined || finishedUs === undefined) return undefined;
  return finishedUs + ttlSecondsAfterFinished * 1_000_000;
}

/** Whether the time has come; else when to look again. */
function check(job: Job, unixUs: number): Round<never> | 'expired' {
  const expiry = expiryUs(job);
  if (expiry === undefined) return END;
  return expiry > unixUs ? { requeueAfterUs: expiry - unixUs } : 'expired';
}

export const ttlAfterFinishedController: Controller<null, Progress> = {
  name: 'ttl-after-finished-controller', watches: ['jobs'], workers: 5, workersOption: 'concurrent-ttl-after-finished-syncs',
  init: () => null,
  clone: (state) => state,
  onChange({ type, object }, _state, _scope, enqueue) {
    if (type !== 'deleted' && expiryUs(object as Job) !== undefined) enqueue(keyOf(object));
  },
  reconcile(key, _state, scope) {
    const job = scope.informer('jobs').get(key) as Job | undefined;
    const verdict = job ? check(job, scope.unixUs) : END;
    if (verdict !== 'expired' || !job) return verdict === 'expired' ? END : verdict;
    // The limit may have been changed since.
    const { namespace = '', name = '' } = job.metadata;
    return { writes: [write('getJob', getRequest(JOBS, namespace, name))], progress: 'look' };
  },
  proceed(_key, progress, results, _state, scope) {
    const result = onlyResult(results);
    if (!isSuccess(result)) return isNotFound(result) && progress === 'look' ? END : { error: errorText(result) };
    if (progress === 'delete') return END;
    const verdict = check(result.body as Job, scope.unixUs);
    if (verdict !== 'expired') return verdict;
    const { namespace = '', name = '', uid } = result.body.metadata;
    return { writes: [write('deleteJob', deleteRequest(JOBS, namespace, name, { propagationPolicy: 'Foreground', preconditions: { uid } }))], progress: 'delete' };
  },
};
