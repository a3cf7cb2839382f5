// Deployments (models pkg/registry/apps/deployment and pkg/apis/apps/validation).
import type { Deployment, DeploymentSpec, DeploymentStatus, DeploymentStrategy } from '../generated/types.ts';
import { change, fill } from '../defaults/fill.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { internalForm } from '../internal-form.ts';
import { age, containerCells } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { immutable, nonNegative, orderedSelector } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { templateWarnings } from '../validation/pod-warnings.ts';
import { intOrPercentValue, isUsableSelector, podNameWarnings, selectorText, validateAtMost100Percent, validateCollisionCount, validateCounts, validateIntOrPercent, validateNotAbove, validateSelectedTemplate } from '../validation/workloads.ts';
import { annotationsOf, defineKind, equal, keep, keepLabels, withGeneration } from './define.ts';

const specPath = new Path('spec');
const statusPath = new Path('status');
const templatePath = specPath.child('template');
const emptySpec: Partial<DeploymentSpec> = {};

function defaultStrategy(before: DeploymentStrategy): DeploymentStrategy {
  const strategy = fill(before, { type: 'RollingUpdate' });
  return strategy.type === 'RollingUpdate' ? { ...strategy, rollingUpdate: fill(strategy.rollingUpdate ?? {}, { maxUnavailable: '25%', maxSurge: '25%' }) } : strategy;
}

function isDefaulted(strategy: DeploymentStrategy | undefined): boolean {
  return strategy?.type === 'Recreate' || strategy?.rollingUpdate?.maxSurge !== undefined && strategy.rollingUpdate.maxUnavailable !== undefined && strategy.type !== undefined;
}

function defaultSpec(before: DeploymentSpec): DeploymentSpec {
  const spec = fill(before, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const withStrategy = isDefaulted(spec.strategy) ? spec : { ...spec, strategy: defaultStrategy(spec.strategy ?? {}) };
  return change(withStrategy, 'template', defaultPodTemplate);
}

function validateStrategy(strategy: DeploymentStrategy, path: Path, errors: Errors): void {
  const rolling = strategy.rollingUpdate;
  const at = path.child('rollingUpdate');
  if (strategy.type === 'Recreate') {
    if (rolling !== undefined) errors.forbidden(at, "may not be specified when strategy `type` is 'Recreate'");
  } else if (strategy.type !== 'RollingUpdate') {
    errors.notSupported(path, internalForm(strategy, 'apps.DeploymentStrategy'), ['Recreate', 'RollingUpdate']);
  } else if (rolling === undefined) {
    errors.required(at, 'this should be defaulted and never be nil');
  } else {
    validateIntOrPercent(rolling.maxUnavailable, at.child('maxUnavailable'), errors);
    validateIntOrPercent(rolling.maxSurge, at.child('maxSurge'), errors);
    const none = intOrPercentValue(rolling.maxUnavailable) === 0 && intOrPercentValue(rolling.maxSurge) === 0;
    if (none) errors.invalid(at.child('maxUnavailable'), rolling.maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0');
    validateAtMost100Percent(rolling.maxUnavailable, at.child('maxUnavailable'), errors);
  }
}

function validateSpec(spec: DeploymentSpec, errors: Errors): void {
  nonNegative(spec.replicas, specPath.child('replicas'), errors);
  validateSelectedTemplate(spec.template ?? {}, spec.selector, specPath, errors);
  validateStrategy(spec.strategy ?? {}, specPath.child('strategy'), errors);
  nonNegative(spec.minReadySeconds, specPath.child('minReadySeconds'), errors);
  nonNegative(spec.revisionHistoryLimit, specPath.child('revisionHistoryLimit'), errors);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline === undefined) return;
  nonNegative(deadline, specPath.child('progressDeadlineSeconds'), errors);
  if (deadline <= (spec.minReadySeconds ?? 0)) errors.invalid(specPath.child('progressDeadlineSeconds'), deadline, 'must be greater than minReadySeconds');
}

const counts = ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas', 'terminatingReplicas', 'collisionCount'];

function validateStatus(status: DeploymentStatus, old: DeploymentStatus, errors: Errors): void {
  validateCounts({ ...status }, counts, statusPath, errors);
  for (const name of ['updatedReplicas', 'readyReplicas', 'availableReplicas']) validateNotAbove({ ...status }, name, 'replicas', 'cannot be greater than status.replicas', statusPath, errors);
  validateNotAbove({ ...status }, 'availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas', statusPath, errors);
  validateCollisionCount(status.collisionCount, old.collisionCount, statusPath, errors);
}

export const deploymentKind = defineKind<Deployment>({
  group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', shortNames: ['deploy'], categories: ['all'], namespaced: true,
  subresources: ['scale', 'status'],
  schema: schemaName('apps.v1', 'Deployment'),
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (deployment) => change(deployment, 'spec', defaultSpec),
  prepareForCreate: (deployment) => ({ ...deployment, status: {} }),
  // Annotations are copied to ReplicaSets, so that a change of them counts as well.
  prepareForUpdate: (next, old) => {
    const kept = keep(next, old, 'status');
    return equal(annotationsOf(next), annotationsOf(old)) ? kept : withGeneration(kept, (old.metadata.generation ?? 0) + 1);
  },
  validate: (deployment, errors) => validateSpec(deployment.spec ?? (emptySpec as DeploymentSpec), errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateSpec(next.spec ?? (emptySpec as DeploymentSpec), errors);
    immutable(next.spec?.selector, old.spec?.selector, specPath.child('selector'), errors, orderedSelector(next.spec?.selector));
  },
  status: {
    prepareForUpdate: (next, old) => keepLabels(keep(next, old, 'spec'), old),
    validateUpdate: (next, old, errors, checks) => {
      checks.metadata();
      validateStatus(next.status ?? {}, old.status ?? {}, errors);
    },
  },
  scale: {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorText(spec?.selector),
    withReplicas: (deployment, replicas) => change(deployment, 'spec', (spec) => ({ ...spec, replicas })),
  },
  warnings: (next, old) => {
    const changed = old === undefined || next.metadata.generation !== old.metadata.generation;
    return [...(old === undefined ? podNameWarnings(next.metadata.name) : []), ...(changed ? templateWarnings(next.spec?.template, templatePath) : [])];
  },
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '', `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`, status?.updatedReplicas ?? 0, status?.availableReplicas ?? 0, age(metadata.creationTimestamp, nowMs),
    ...containerCells(spec?.template.spec?.containers), isUsableSelector(spec?.selector) ? selectorText(spec?.selector) : '<invalid>',
  ],
});
