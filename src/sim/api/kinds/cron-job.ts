// CronJobs (models pkg/registry/batch/cronjob).
import type { CronJob, CronJobSpec } from '../generated/types.ts';
import { isTimeZone, parseCron } from '../cron.ts';
import { change, fill } from '../defaults/fill.ts';
import { age, containerCells } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { formatLabelSelector } from '../selectors.ts';
import type { Errors } from '../validation/field.ts';
import { byteLength, Path } from '../validation/field.ts';
import { validateJobTemplate } from '../validation/job.ts';
import { metadataPath, nonNegative, orderedSelector } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { podNameWarnings } from '../validation/workloads.ts';
import { defineKind, keep } from './define.ts';
import { defaultJobTemplate, jobSpecWarnings } from './job.ts';

const specPath = new Path('spec');
const schedulePath = specPath.child('schedule');
const zonePath = specPath.child('timeZone');
const jobPath = specPath.child('jobTemplate').child('spec');
const policies = ['Allow', 'Forbid', 'Replace'];
/** The controller adds eleven characters to the name of a Job, which has at most 63. */
const maxNameBytes = 52;
const emptySpec = {} as CronJobSpec;

function validateSchedule({ schedule, timeZone }: CronJobSpec, old: CronJobSpec | undefined, errors: Errors): void {
  if (!schedule) {
    errors.required(schedulePath);
    return;
  }
  const parsed = parseCron(schedule);
  if (!parsed.ok) errors.invalid(schedulePath, schedule, parsed.message);
  if (!schedule.includes('TZ')) return;
  if (old?.schedule.includes('TZ') !== true) errors.invalid(schedulePath, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
  else if (timeZone !== undefined) errors.invalid(schedulePath, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule');
}

function validateZone(zone: string, errors: Errors): void {
  if (zone === '') {
    errors.invalid(zonePath, zone, 'timeZone must be nil or non-empty string');
    return;
  }
  const unknown = `unknown time zone ${zone}`;
  const isName = (part: string): boolean => part !== '.' && part !== '..' && !part.startsWith('-') && /^[A-Za-z.\-_0-9+]{1,14}$/.test(part);
  if (!zone.split('/').every(isName)) {
    errors.invalid(zonePath, zone, unknown);
    return;
  }
  if (zone.toLowerCase() === 'local') errors.invalid(zonePath, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  if (!isTimeZone(zone)) errors.invalid(zonePath, zone, unknown);
}

function validateSpec(spec: CronJobSpec, old: CronJobSpec | undefined, errors: Errors): void {
  validateSchedule(spec, old, errors);
  nonNegative(spec.startingDeadlineSeconds, specPath.child('startingDeadlineSeconds'), errors);
  if (spec.timeZone !== undefined && spec.timeZone !== old?.timeZone) validateZone(spec.timeZone, errors);
  const policy = spec.concurrencyPolicy ?? '';
  if (policy === '') errors.required(specPath.child('concurrencyPolicy'));
  else if (!policies.includes(policy)) errors.notSupported(specPath.child('concurrencyPolicy'), policy, policies);
  const job = spec.jobTemplate?.spec;
  validateJobTemplate(job ?? ({} as NonNullable<typeof job>), jobPath, errors);
  if (job?.selector) errors.invalid(jobPath.child('selector'), orderedSelector(job.selector), '`selector` will be auto-generated');
  if (job?.manualSelector === true) errors.notSupported(jobPath.child('manualSelector'), true, ['nil', 'false']);
  nonNegative(spec.successfulJobsHistoryLimit, specPath.child('successfulJobsHistoryLimit'), errors);
  nonNegative(spec.failedJobsHistoryLimit, specPath.child('failedJobsHistoryLimit'), errors);
}

export const cronJobKind = defineKind<CronJob>({
  group: 'batch', version: 'v1', kind: 'CronJob', plural: 'cronjobs', shortNames: ['cj'], categories: ['all'], namespaced: true,
  subresources: ['status'],
  schema: schemaName('batch.v1', 'CronJob'),
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (job) => change(job, 'spec', (spec) => change(
    fill(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 }),
    'jobTemplate', (template) => change(template, 'spec', defaultJobTemplate))),
  prepareForCreate: (job) => ({ ...job, status: {} }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: ({ metadata, spec }, errors) => {
    validateSpec(spec ?? emptySpec, undefined, errors);
    if (byteLength(metadata.name ?? '') > maxNameBytes) errors.invalid(metadataPath.child('name'), metadata.name, 'must be no more than 52 characters');
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateSpec(next.spec ?? emptySpec, old.spec, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: () => undefined,
  },
  warnings: (next, old) => {
    const changed = old === undefined || next.metadata.generation !== old.metadata.generation;
    const usesZone = old !== undefined && next.spec?.schedule.includes('TZ') === true;
    const zone = 'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
    return [...(old === undefined ? podNameWarnings(next.metadata.name) : []), ...(changed ? jobSpecWarnings(next.spec?.jobTemplate?.spec, jobPath) : []), ...(usesZone ? [zone] : [])];
  },
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '', spec?.schedule ?? '', spec?.timeZone ?? '<none>', spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False', status?.active?.length ?? 0,
    status?.lastScheduleTime === undefined ? '<none>' : age(status.lastScheduleTime, nowMs), age(metadata.creationTimestamp, nowMs),
    ...containerCells(spec?.jobTemplate?.spec?.template?.spec?.containers), formatLabelSelector(spec?.jobTemplate?.spec?.selector),
  ],
});
