import type { CronJob, Job } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Change } from '../../client/informer.ts';
import type { Controller, Enqueue, Round, Scope } from '../controller.ts';
import { controllerOf } from '../owners.ts';
import { beginSteps, continueSteps, runSteps } from '../steps.ts';
import type { Journal } from '../steps.ts';
import { untilNextUs } from './schedule.ts';
import { explainCronJob, syncCronJob, timetableOf } from './sync.ts';
import type { SyncInput } from './sync.ts';

/** Jobs by the clock (models pkg/controller/cronjob, version 2). */
export const cronJobController: Controller<null, Journal<SyncInput>> = {
  name: 'cronjob-controller', watches: ['jobs', 'cronjobs'], workers: 5, workersOption: 'concurrent-cron-job-syncs',
  init: () => null,
  clone: (state) => state,
  onChange(change, _state, scope, enqueue) {
    if (change.informer === 'cronjobs') onCronJob(change, scope, enqueue);
    else onJob(change, scope, enqueue);
  },
  reconcile(key, _state, scope) {
    const cronJob = scope.informer('cronjobs').get(key) as CronJob | undefined;
    if (!cronJob) return {};
    const jobs = [...scope.informer('jobs').byIndex('namespace', cronJob.metadata.namespace ?? '')] as Job[];
    return run(beginSteps({ key, cronJob, jobs: jobs.filter((job) => controllerOf(job)?.name === cronJob.metadata.name) }), scope);
  },
  proceed: (_key, journal, results, _state, scope) => run(continueSteps(journal, results), scope),
};

function run(journal: Journal<SyncInput>, scope: Scope): Round<Journal<SyncInput>> {
  return runSteps(journal, (input, steps) => syncCronJob(input, steps, () => scope.unixUs), explainCronJob);
}

/** A new schedule is only looked at when it is due; if that is later than the old one, the old time finds nothing to do. */
function onCronJob({ type, object, old }: Change, scope: Scope, enqueue: Enqueue): void {
  const cronJob = object as CronJob;
  const { spec } = cronJob;
  const before = (old as CronJob | undefined)?.spec;
  const table = type === 'updated' && before && (before.schedule !== spec.schedule || before.timeZone !== spec.timeZone) ? timetableOf(cronJob) : undefined;
  enqueue(keyOf(object), table ? Math.max(0, untilNextUs(cronJob, table, scope.unixUs)) : 0);
}

function onJob({ type, object, old }: Change, scope: Scope, enqueue: Enqueue): void {
  if (type === 'updated' && old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
  const owner = ownerOf(object, scope);
  const before = type === 'updated' && old ? ownerOf(old, scope) : undefined;
  if (before && before !== owner) enqueue(keyOf(before));
  if (owner) enqueue(keyOf(owner));
}

function ownerOf(job: ApiObject, scope: Scope): ApiObject | undefined {
  const owner = controllerOf(job);
  if (owner?.kind !== 'CronJob') return undefined;
  const cronJob = scope.informer('cronjobs').get(keyFor(job.metadata.namespace, owner.name));
  return cronJob?.metadata.uid === owner.uid ? cronJob : undefined;
}
