// Jobs (models pkg/registry/batch/job).
import { formatTime } from '../../../base/time.ts';
import type { Job, JobSpec, PodTemplateSpec } from '../generated/types.ts';
import { change, each, fill } from '../defaults/fill.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { age, containerCells, elapsedMs, humanDuration } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { formatLabelSelector, matchesLabelSelector } from '../selectors.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { validateJobStatusUpdate } from '../validation/job-status.ts';
import type { JobUpdateRules } from '../validation/job.ts';
import { validateJobSpec, validateJobSpecUpdate } from '../validation/job.ts';
import { collect, metadataPath, orderedSelector, sortedMap, validateLabelSelector } from '../validation/metadata.ts';
import { dns1123Label, subdomainName } from '../validation/names.ts';
import { templateWarnings } from '../validation/pod-warnings.ts';
import { isUsableSelector, podNameWarnings } from '../validation/workloads.ts';
import { defineKind, keep, withMeta } from './define.ts';

const specPath = new Path('spec');
const labelsPath = specPath.child('template').child('metadata').child('labels');
const maxInt32 = 2_147_483_647;
const emptySpec = {} as JobSpec;
/** Each with and without Kubernetes' domain, for old clients. */
const nameLabels = ['job-name', 'batch.kubernetes.io/job-name'];
const uidLabels = ['controller-uid', 'batch.kubernetes.io/controller-uid'];

/** What the specs of Jobs and the templates of CronJobs get: templates only the pod's part. */
export function defaultJobTemplate(before: JobSpec): JobSpec {
  const spec = change(before, 'podFailurePolicy', (policy) => change(policy, 'rules', (rules) => each(rules, (rule) =>
    change(rule, 'onPodConditions', (patterns) => each(patterns, (pattern) => (pattern.status ? pattern : { ...pattern, status: 'True' }))))));
  return change(spec, 'template', defaultPodTemplate);
}

function defaultSpec(before: JobSpec): JobSpec {
  const alone = before.completions === undefined && before.parallelism === undefined;
  const spec = fill(alone ? { ...before, completions: 1 } : before, {
    parallelism: 1,
    backoffLimit: before.backoffLimitPerIndex === undefined ? 6 : maxInt32,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: before.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
    manualSelector: false,
  });
  return defaultJobTemplate(spec);
}

/** A Job without labels has those of its template. */
function withLabels(job: Job): Job {
  const labels = job.spec?.template?.metadata?.labels;
  return labels === undefined || Object.keys(job.metadata.labels ?? {}).length > 0 ? job : withMeta(job, { labels });
}

/** The labels and the selector that make sure that a Job sees no pods but its own. */
function withSelector(job: Job): Job {
  const { spec } = job;
  if (spec === undefined || spec.manualSelector === true) return job;
  const { name = '', uid = '' } = job.metadata;
  const labels: Record<string, string> = {};
  for (const key of nameLabels) labels[key] = name;
  for (const key of uidLabels) labels[key] = uid;
  const metadata = { ...spec.template?.metadata, labels: { ...labels, ...spec.template?.metadata?.labels } };
  const template: PodTemplateSpec = { ...spec.template, metadata };
  const selector = { ...spec.selector, matchLabels: { 'batch.kubernetes.io/controller-uid': uid, ...spec.selector?.matchLabels } };
  // Labels that the Job took from its template are the template's, so that it gets the new ones, too.
  const shared = job.metadata.labels !== undefined && job.metadata.labels === spec.template?.metadata?.labels;
  return { ...(shared ? withMeta(job, { labels: metadata.labels }) : job), spec: { ...spec, selector, template } };
}

function validateSelector(job: Job, requirePrefixed: boolean, errors: Errors): void {
  const { spec, metadata } = job;
  if (spec?.manualSelector === true || !spec?.selector) return;
  const { name = '', uid = '' } = metadata;
  if (uid === '') errors.required(metadataPath.child('uid'));
  const labels = spec.template?.metadata?.labels ?? {};
  const expected: Record<string, string> = {};
  const expect = (key: string, value: string): void => {
    expected[key] = value;
    if (labels[key] === undefined) errors.required(labelsPath.key(key), `must be '${value}'`);
    else if (labels[key] !== value) errors.invalid(labelsPath.key(key), sortedMap(labels), `must be '${value}'`);
  };
  for (const i of requirePrefixed ? [0, 1] : [0]) {
    expect(uidLabels[i] ?? '', uid);
    expect(nameLabels[i] ?? '', name);
  }
  if (isUsableSelector(spec.selector) && !matchesLabelSelector(spec.selector, expected)) errors.invalid(specPath.child('selector'), orderedSelector(spec.selector), '`selector` not auto-generated');
}

function validateJob(job: Job, requirePrefixed: boolean, allowInvalidValues: boolean, errors: Errors): void {
  const spec = job.spec ?? emptySpec;
  const name = job.metadata.name ?? '';
  validateSelector(job, requirePrefixed, errors);
  validateJobSpec(spec, allowInvalidValues, specPath, errors);
  if (spec.completionMode !== 'Indexed' || (spec.completions ?? 0) <= 0) return;
  const longest = `${name}-${(spec.completions ?? 0) - 1}`;
  if (dns1123Label(longest).length > 0) errors.invalid(metadataPath.child('name'), name, `will not able to create pod with invalid DNS label: ${longest}`);
}

function updateRules({ spec, status }: Job): JobUpdateRules {
  const suspended = status?.conditions?.some((condition) => condition.type === 'Suspended' && condition.status === 'True') === true;
  const mutable = spec?.suspend === true && (status?.startTime === undefined || suspended) && (status?.active ?? 0) === 0;
  const allowInvalidValues = collect((errors) => validateLabelSelector(spec?.selector, specPath, errors)).length > 0;
  return { allowInvalidValues, mutableScheduling: mutable, mutableResources: mutable };
}

const manyCompletions = 100_000;
const manyPods = 10_000;

export function jobSpecWarnings(spec: JobSpec | undefined, path: Path): readonly string[] {
  const isLarge = spec?.completionMode === 'Indexed' && (spec.completions ?? 0) > manyCompletions && (spec.parallelism ?? 0) > manyPods;
  const message = 'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
  return [...(isLarge ? [path.note(message)] : []), ...templateWarnings(spec?.template, path.child('template'))];
}

function statusCell({ metadata, status }: Job): string {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(has) ?? 'Running';
}

function completionsCell({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationCell({ status }: Job, nowMs: number): string {
  if (status?.startTime === undefined) return '';
  return humanDuration(elapsedMs(status.startTime, status.completionTime ?? formatTime(nowMs * 1000)));
}

export const jobKind = defineKind<Job>({
  group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', categories: ['all'], namespaced: true,
  subresources: ['status'],
  schema: schemaName('batch.v1', 'Job'),
  defaultPropagation: 'orphan',
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (job) => withLabels(change(job, 'spec', defaultSpec)),
  prepareForCreate: (job) => ({ ...withSelector(job), status: {} }),
  asRead: withLabels,
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: (job, errors) => validateJob(job, true, false, errors),
  validateUpdate: (next, old, errors, checks) => {
    const rules = updateRules(old);
    const labels = old.spec?.template?.metadata?.labels;
    const hadLabels = labels?.[nameLabels[1] ?? ''] !== undefined && labels[uidLabels[1] ?? ''] !== undefined;
    checks.names();
    validateJob(next, hadLabels, rules.allowInvalidValues, errors);
    checks.metadata();
    validateJobSpecUpdate(next.spec ?? emptySpec, old.spec ?? emptySpec, rules, specPath, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, old, errors, checks) => {
      checks.metadata();
      validateJobStatusUpdate(next, old, errors);
    },
  },
  warnings: (next, old) => {
    const changed = old === undefined || next.metadata.generation !== old.metadata.generation;
    return [...(old === undefined ? podNameWarnings(next.metadata.name) : []), ...(changed ? jobSpecWarnings(next.spec, specPath) : [])];
  },
  selectableFields: ({ status }) => ({ 'status.successful': String(status?.succeeded ?? 0) }),
  row: (job, nowMs) => [
    job.metadata.name ?? '', statusCell(job), completionsCell(job), durationCell(job, nowMs), age(job.metadata.creationTimestamp, nowMs),
    ...containerCells(job.spec?.template?.spec?.containers), formatLabelSelector(job.spec?.selector),
  ],
});
