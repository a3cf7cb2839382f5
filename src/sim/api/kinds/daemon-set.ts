// DaemonSets (models pkg/registry/apps/daemonset).
import type { DaemonSet, DaemonSetSpec, DaemonSetUpdateStrategy } from '../generated/types.ts';
import { change, fill } from '../defaults/fill.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { internalForm } from '../internal-form.ts';
import { age, containerCells, formatLabels } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { formatLabelSelector, matchesLabelSelector } from '../selectors.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { immutable, isEmptySelector, nonNegative, orderedSelector, sortedMap, validateLabelSelector } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { templateWarnings } from '../validation/pod-warnings.ts';
import { validatePodTemplateSpec } from '../validation/pod.ts';
import { intOrPercentValue, isUsableSelector, validateAtMost100Percent, validateCollisionCount, validateCounts, validateIntOrPercent, validateLastingTemplate } from '../validation/workloads.ts';
import { annotationsOf, defineKind, equal, keep, withMeta } from './define.ts';

const specPath = new Path('spec');
const statusPath = new Path('status');
const templatePath = specPath.child('template');
/** The old count of template changes, which only this annotation shows. */
const templateGeneration = 'deprecated.daemonset.template.generation';

function generationOf(set: DaemonSet): number {
  return Number(annotationsOf(set)[templateGeneration] ?? 0);
}

function withTemplateGeneration(set: DaemonSet, generation: number): DaemonSet {
  const text = String(generation);
  return annotationsOf(set)[templateGeneration] === text ? set : withMeta(set, { annotations: { ...set.metadata.annotations, [templateGeneration]: text } });
}

function defaultStrategy(before: DaemonSetUpdateStrategy): DaemonSetUpdateStrategy {
  const strategy = fill(before, { type: 'RollingUpdate' });
  if (strategy.type !== 'RollingUpdate') return strategy;
  return change(fill(strategy, { rollingUpdate: {} }), 'rollingUpdate', (rolling) => fill(rolling, { maxUnavailable: 1, maxSurge: 0 }));
}

function defaultSpec(before: DaemonSetSpec): DaemonSetSpec {
  const spec = change(fill(before, { updateStrategy: {}, revisionHistoryLimit: 10 }), 'updateStrategy', defaultStrategy);
  return change(spec, 'template', defaultPodTemplate);
}

function validateStrategy(strategy: DaemonSetUpdateStrategy, path: Path, errors: Errors): void {
  if (strategy.type === 'OnDelete') return;
  if (strategy.type !== 'RollingUpdate') {
    errors.notSupported(path, internalForm(strategy, 'apps.DaemonSetUpdateStrategy'), ['RollingUpdate', 'OnDelete']);
    return;
  }
  const at = path.child('rollingUpdate');
  if (strategy.rollingUpdate === undefined) {
    errors.required(at);
    return;
  }
  const { maxUnavailable = 0, maxSurge = 0 } = strategy.rollingUpdate;
  validateIntOrPercent(maxUnavailable, at.child('maxUnavailable'), errors);
  validateIntOrPercent(maxSurge, at.child('maxSurge'), errors);
  validateAtMost100Percent(maxUnavailable, at.child('maxUnavailable'), errors);
  validateAtMost100Percent(maxSurge, at.child('maxSurge'), errors);
  const hasUnavailable = intOrPercentValue(maxUnavailable) !== 0;
  const hasSurge = intOrPercentValue(maxSurge) !== 0;
  if (hasUnavailable && hasSurge) errors.invalid(at.child('maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero');
  else if (!hasUnavailable && !hasSurge) errors.required(at.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0');
}

function validateSpec(spec: DaemonSetSpec, generation: number, errors: Errors): void {
  const { selector } = spec;
  const template = spec.template ?? {};
  validateLabelSelector(selector, specPath.child('selector'), errors);
  const labels = template.metadata?.labels;
  if (isUsableSelector(selector) && !matchesLabelSelector(selector ?? undefined, labels)) {
    errors.invalid(templatePath.child('metadata').child('labels'), labels === undefined ? null : sortedMap(labels), '`selector` does not match template `labels`');
  }
  if (selector && isEmptySelector(selector)) errors.invalid(specPath.child('selector'), orderedSelector(selector), 'empty selector is invalid for daemonset');
  validatePodTemplateSpec(template, templatePath, errors);
  validateLastingTemplate(template, 'DaemonSet', templatePath, errors);
  nonNegative(spec.minReadySeconds, specPath.child('minReadySeconds'), errors);
  nonNegative(generation, specPath.child('templateGeneration'), errors);
  validateStrategy(spec.updateStrategy ?? {}, specPath.child('updateStrategy'), errors);
  nonNegative(spec.revisionHistoryLimit, specPath.child('revisionHistoryLimit'), errors);
}

const counts = ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady', 'observedGeneration', 'updatedNumberScheduled', 'numberAvailable', 'numberUnavailable', 'collisionCount'];
const emptySpec = {} as DaemonSetSpec;

export const daemonSetKind = defineKind<DaemonSet>({
  group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets', shortNames: ['ds'], categories: ['all'], namespaced: true,
  subresources: ['status'],
  versionAnnotations: [templateGeneration],
  schema: schemaName('apps.v1', 'DaemonSet'),
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (set) => change(set, 'spec', defaultSpec),
  prepareForCreate: (set) => ({
    ...withTemplateGeneration(set, Math.max(1, generationOf(set))),
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  }),
  prepareForUpdate: (next, old) => {
    const changed = !equal(next.spec?.template, old.spec?.template);
    return withTemplateGeneration(keep(next, old, 'status'), generationOf(old) + (changed ? 1 : 0));
  },
  validate: (set, errors) => validateSpec(set.spec ?? emptySpec, generationOf(set), errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    immutable(next.spec?.selector, old.spec?.selector, specPath.child('selector'), errors, orderedSelector(next.spec?.selector));
    validateSpec(next.spec ?? emptySpec, generationOf(next), errors);
  },
  status: {
    prepareForUpdate: (next, old) => withTemplateGeneration(keep(next, old, 'spec'), generationOf(old)),
    validateUpdate: (next, old, errors, checks) => {
      checks.metadata();
      validateCounts({ ...next.status }, counts, statusPath, errors);
      validateCollisionCount(next.status?.collisionCount, old.status?.collisionCount, statusPath, errors);
    },
  },
  warnings: (next, old) => (old === undefined || next.metadata.generation !== old.metadata.generation ? templateWarnings(next.spec?.template, templatePath) : []),
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '', status?.desiredNumberScheduled ?? 0, status?.currentNumberScheduled ?? 0, status?.numberReady ?? 0, status?.updatedNumberScheduled ?? 0,
    status?.numberAvailable ?? 0, formatLabels(spec?.template?.spec?.nodeSelector), age(metadata.creationTimestamp, nowMs),
    ...containerCells(spec?.template?.spec?.containers), formatLabelSelector(spec?.selector ?? undefined),
  ],
});
