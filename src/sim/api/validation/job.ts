// Specs of Jobs and of Jobs that CronJobs make (models pkg/apis/batch/validation).
import type { Container, JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule, PodSpec, PodTemplateSpec, SuccessPolicyRule } from '../generated/types.ts';
import { goQuote } from '../go-format.ts';
import { internalForm } from '../internal-form.ts';
import { matchesLabelSelector } from '../selectors.ts';
import type { Errors, Path } from './field.ts';
import { byteLength } from './field.ts';
import { countIndexes } from './indexes.ts';
import { equal, immutable, nonNegative, orderedSelector, sortedMap, validateLabelSelector } from './metadata.ts';
import { domainPrefixedPathProblems, qualifiedName } from './names.ts';
import { validatePodTemplateSpec } from './pod.ts';
import { isUsableSelector } from './workloads.ts';

const limits = { parallelism: 100_000, failedIndexes: 100_000, manyCompletions: 100_000, parallelismForMany: 10_000, failedForMany: 10_000, rules: 20, exitCodes: 255, patterns: 20, managedBy: 63, indexesBytes: 64 * 1024 };
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];
const replacements = ['Failed', 'TerminatingOrFailed'];

function validValues(values: readonly string[]): string {
  return `valid values: [${values.map(goQuote).join(' ')}]`;
}

/** What a Job's spec and a CronJob's template have in common. */
export function validateJobTemplate(spec: JobSpec, path: Path, errors: Errors): void {
  for (const name of ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    nonNegative(spec[name], path.child(name), errors);
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) errors.required(path.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified');
  if (spec.managedBy !== undefined) validateManager(spec.managedBy, path.child('managedBy'), errors);
  validateMode(spec, path, errors);
  if (spec.podFailurePolicy) validateFailureRules(spec, path.child('podFailurePolicy').child('rules'), errors);
  if (spec.successPolicy) {
    if (spec.completionMode === 'Indexed') validateSuccessRules(spec, path.child('successPolicy').child('rules'), errors);
    else errors.invalid(path.child('successPolicy'), internalForm(spec.successPolicy, 'batch.SuccessPolicy'), 'requires indexed completion mode');
  }
  const replacement = spec.podReplacementPolicy;
  const allowed = spec.podFailurePolicy ? ['Failed'] : replacements;
  if (replacement !== undefined && !allowed.includes(replacement)) errors.notSupported(path.child('podReplacementPolicy'), replacement, allowed);
  const template = spec.template ?? {};
  validatePodTemplateSpec(template, path.child('template'), errors);
  validateRestart(spec, template, path.child('template').child('spec').child('restartPolicy'), errors);
}

function validateManager(manager: string, path: Path, errors: Errors): void {
  if (manager === '') errors.required(path);
  else for (const { value, message } of domainPrefixedPathProblems(manager)) errors.invalid(path, value, message);
  if (byteLength(manager) > limits.managedBy) errors.tooLong(path, limits.managedBy);
}

function validateRestart(spec: JobSpec, template: PodTemplateSpec, path: Path, errors: Errors): void {
  const policy = template.spec?.restartPolicy ?? '';
  if (policy === 'Always' || policy === '') errors.required(path, 'valid values: "OnFailure", "Never"');
  else if (policy !== 'OnFailure' && policy !== 'Never') errors.notSupported(path, policy, ['OnFailure', 'Never']);
  else if (spec.podFailurePolicy && policy !== 'Never') errors.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified');
}

function validateMode(spec: JobSpec, path: Path, errors: Errors): void {
  const mode = spec.completionMode;
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed') errors.notSupported(path.child('completionMode'), mode, ['NonIndexed', 'Indexed']);
  if (mode === 'Indexed') validateIndexed(spec, path, errors);
  if (mode !== undefined && mode !== 'NonIndexed') return;
  for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) if (spec[name] !== undefined) errors.invalid(path.child(name), spec[name], 'requires indexed completion mode');
}

function validateIndexed({ completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex }: JobSpec, path: Path, errors: Errors): void {
  const failedPath = path.child('maxFailedIndexes');
  const atMost = (limit: number): string => `must be less than or equal to ${limit}`;
  if (completions === undefined) errors.required(path.child('completions'), 'when completion mode is Indexed');
  if (parallelism > limits.parallelism) errors.invalid(path.child('parallelism'), parallelism, `${atMost(limits.parallelism)} when completion mode is Indexed`);
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) errors.invalid(failedPath, maxFailedIndexes, 'must be less than or equal to completions');
  if (maxFailedIndexes !== undefined && maxFailedIndexes > limits.failedIndexes) errors.invalid(failedPath, maxFailedIndexes, atMost(limits.failedIndexes));
  if (completions === undefined || completions <= limits.manyCompletions || backoffLimitPerIndex === undefined) return;
  const condition = `when completions are above ${limits.manyCompletions} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) errors.required(failedPath, `must be specified when completions is above ${limits.manyCompletions}`);
  if (parallelism > limits.parallelismForMany) errors.invalid(path.child('parallelism'), parallelism, `${atMost(limits.parallelismForMany)} ${condition}`);
  if (maxFailedIndexes !== undefined && maxFailedIndexes > limits.failedForMany) errors.invalid(failedPath, maxFailedIndexes, `${atMost(limits.failedForMany)} ${condition}`);
}

function validateFailureRules(spec: JobSpec, path: Path, errors: Errors): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > limits.rules) errors.tooMany(path, rules.length, limits.rules);
  const pod = spec.template?.spec;
  const names = new Set([...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name));
  rules.forEach((rule, i) => validateFailureRule(spec, rule, names, path.index(i), errors));
}

function validateFailureRule(spec: JobSpec, rule: PodFailurePolicyRule, names: ReadonlySet<string>, path: Path, errors: Errors): void {
  const at = path.child('action');
  if (!rule.action) errors.required(at, validValues(actions));
  else if (rule.action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined) errors.invalid(at, rule.action, 'requires the backoffLimitPerIndex to be set');
  } else if (!actions.includes(rule.action)) {
    errors.notSupported(at, rule.action, actions);
  }
  const conditions = rule.onPodConditions ?? [];
  if (rule.onExitCodes) validateExitCodes(rule.onExitCodes, names, path.child('onExitCodes'), errors);
  if (conditions.length > 0) validatePatterns(conditions, path.child('onPodConditions'), errors);
  if (rule.onExitCodes && conditions.length > 0) errors.invalidPart(path, 'specifying both OnExitCodes and OnPodConditions is not supported');
  if (!rule.onExitCodes && conditions.length === 0) errors.invalidPart(path, 'specifying one of OnExitCodes and OnPodConditions is required');
}

function validatePatterns(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], path: Path, errors: Errors): void {
  if (patterns.length > limits.patterns) errors.tooMany(path, patterns.length, limits.patterns);
  patterns.forEach(({ type, status }, i) => {
    const at = path.index(i);
    errors.invalidAll(at.child('type'), type, qualifiedName(type));
    if (!status) errors.required(at.child('status'), validValues(statuses));
    else if (!statuses.includes(status)) errors.notSupported(at.child('status'), status, statuses);
  });
}

function validateExitCodes({ operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement, names: ReadonlySet<string>, path: Path, errors: Errors): void {
  if (!operator) errors.required(path.child('operator'), validValues(operators));
  else if (!operators.includes(operator)) errors.notSupported(path.child('operator'), operator, operators);
  if (containerName !== undefined && !names.has(containerName)) errors.invalid(path.child('containerName'), containerName, 'must be one of the container or initContainer names in the pod template');
  const at = path.child('values');
  const list = values ?? [];
  if (list.length === 0) errors.invalid(at, list, 'at least one value is required');
  else if (list.length > limits.exitCodes) errors.tooMany(at, list.length, limits.exitCodes);
  list.forEach((value, i) => {
    if (operator === 'In' && value === 0) errors.invalid(at.index(i), value, 'must not be 0 for the In operator');
    if (list.indexOf(value) < i) errors.duplicate(at.index(i), value);
  });
  if (list.some((value, i) => i > 0 && (list[i - 1] ?? 0) > value)) errors.invalid(at, list, 'must be ordered');
}

function validateSuccessRules(spec: JobSpec, path: Path, errors: Errors): void {
  const rules = spec.successPolicy?.rules ?? [];
  if (rules.length === 0) errors.required(path, 'at least one rules must be specified when the successPolicy is specified');
  if (rules.length > limits.rules) errors.tooMany(path, rules.length, limits.rules);
  rules.forEach((rule, i) => validateSuccessRule(rule, spec.completions ?? 0, path.index(i), errors));
}

function validateSuccessRule({ succeededCount: count, succeededIndexes: indexes }: SuccessPolicyRule, completions: number, path: Path, errors: Errors): void {
  if (count === undefined && indexes === undefined) errors.required(path, 'at least one of succeededCount or succeededIndexes must be specified');
  let total = 0;
  if (indexes !== undefined) {
    const at = path.child('succeededIndexes');
    if (byteLength(indexes) > limits.indexesBytes) errors.tooLong(at, limits.indexesBytes);
    const found = countIndexes(indexes, completions);
    if (typeof found === 'string') errors.invalid(at, indexes, `error parsing succeededIndexes: ${found}`);
    else total = found;
  }
  if (count === undefined) return;
  const at = path.child('succeededCount');
  nonNegative(count, at, errors);
  if (count > completions) errors.invalid(at, count, `must be less than or equal to ${completions} (the number of specified completions)`);
  if (indexes !== undefined && count > total) errors.invalid(at, count, `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`);
}

export function validateJobSpec(spec: JobSpec, allowInvalidValues: boolean, path: Path, errors: Errors): void {
  validateJobTemplate(spec, path, errors);
  const { selector } = spec;
  if (selector) validateLabelSelector(selector, path.child('selector'), errors, { allowInvalidValues });
  else errors.required(path.child('selector'));
  const labels = spec.template?.metadata?.labels;
  if (!isUsableSelector(selector) || matchesLabelSelector(selector, labels)) return;
  errors.invalid(path.child('template').child('metadata').child('labels'), labels === undefined ? null : sortedMap(labels), '`selector` does not match template `labels`');
}

/** What an update may change depends on whether the Job is suspended. */
export interface JobUpdateRules {
  readonly allowInvalidValues: boolean;
  /** Node affinity, node selector, tolerations, gates, labels and annotations of the template. */
  readonly mutableScheduling: boolean;
  readonly mutableResources: boolean;
}

export function validateJobSpecUpdate(next: JobSpec, old: JobSpec, rules: JobUpdateRules, path: Path, errors: Errors): void {
  validateJobSpec(next, rules.allowInvalidValues, path, errors);
  validateCompletions(next, old, path, errors);
  immutable(next.selector, old.selector, path.child('selector'), errors, orderedSelector(next.selector));
  validateTemplateUpdate(next, old, rules, path, errors);
  immutable(next.completionMode, old.completionMode, path.child('completionMode'), errors);
  immutable(next.podFailurePolicy, old.podFailurePolicy, path.child('podFailurePolicy'), errors, next.podFailurePolicy && internalForm(next.podFailurePolicy, 'batch.PodFailurePolicy'));
  immutable(next.backoffLimitPerIndex, old.backoffLimitPerIndex, path.child('backoffLimitPerIndex'), errors);
  immutable(next.managedBy, old.managedBy, path.child('managedBy'), errors);
  immutable(next.successPolicy, old.successPolicy, path.child('successPolicy'), errors, next.successPolicy && internalForm(next.successPolicy, 'batch.SuccessPolicy'));
}

function validateCompletions(next: JobSpec, old: JobSpec, path: Path, errors: Errors): void {
  const at = path.child('completions');
  if (next.completionMode !== 'Indexed') immutable(next.completions, old.completions, at, errors);
  else if (next.completions !== undefined && next.completions !== old.completions && next.completions !== next.parallelism) {
    errors.invalid(at, next.completions, `can only be modified in tandem with ${String(path.child('parallelism'))}`);
  }
}

const emptyPod: PodSpec = { containers: [] };

function validateTemplateUpdate(next: JobSpec, old: JobSpec, rules: JobUpdateRules, path: Path, errors: Errors): void {
  const template = next.template ?? {};
  const compared = rules.mutableScheduling ? withScheduling(old.template ?? {}, template) : old.template ?? {};
  const at = path.child('template');
  if (old.suspend === true && rules.mutableResources) {
    const pod = template.spec ?? emptyPod;
    immutable(pod, withResources(compared.spec ?? emptyPod, pod), path.child('template.spec'), errors, internalForm(pod, 'core.PodSpec'));
  } else {
    immutable(template, compared, at, errors, internalForm(template, 'core.PodTemplateSpec'));
  }
}

/** The old template with the scheduling directives of the new one. */
function withScheduling(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  const before = old.spec ?? emptyPod;
  const after = next.spec ?? emptyPod;
  const { nodeAffinity: _, ...others } = before.affinity ?? {};
  const nodeAffinity = after.affinity?.nodeAffinity;
  const affinity = nodeAffinity === undefined ? others : { ...others, nodeAffinity };
  const keepsAffinity = after.affinity !== undefined || Object.keys(others).length > 0;
  return {
    ...old,
    metadata: { ...old.metadata, annotations: next.metadata?.annotations, labels: next.metadata?.labels } as NonNullable<PodTemplateSpec['metadata']>,
    spec: { ...before, affinity: keepsAffinity ? affinity : undefined, nodeSelector: after.nodeSelector, tolerations: after.tolerations, schedulingGates: after.schedulingGates } as PodSpec,
  };
}

/** The old pod with the resources of the new one's containers, as long as these are the same ones. */
function withResources(old: PodSpec, next: PodSpec): PodSpec {
  const copied = (before: readonly Container[] | undefined, after: readonly Container[] | undefined): readonly Container[] | undefined =>
    (before?.length !== after?.length ? before : before?.map((container, i) => {
      const same = after?.[i];
      return same?.name !== container.name || equal(same.resources, container.resources) ? container : { ...container, resources: same.resources ?? {} };
    }));
  const initContainers = copied(old.initContainers, next.initContainers);
  return { ...old, containers: copied(old.containers, next.containers) ?? [], ...(initContainers ? { initContainers } : {}) };
}
