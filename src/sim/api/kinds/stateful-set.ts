// StatefulSets (models pkg/registry/apps/statefulset).
import type { PersistentVolumeClaim, PodTemplateSpec, StatefulSet, StatefulSetSpec, StatefulSetStatus, Volume } from '../generated/types.ts';
import { change, each, fill, without } from '../defaults/fill.ts';
import { defaultClaimSpec, defaultPodTemplate } from '../defaults/pod.ts';
import { internalForm } from '../internal-form.ts';
import { age, containerCells } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { validateClaimSpec } from '../validation/claims.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { nonNegative, orderedSelector, validateAnnotations, validateLabels } from '../validation/metadata.ts';
import { dns1123Label, labelName } from '../validation/names.ts';
import { claimWarnings, templateWarnings } from '../validation/pod-warnings.ts';
import { validatePodAnnotations, validatePodTemplateSpec } from '../validation/pod.ts';
import { intOrPercentValue, isUsableSelector, selectorText, validateAtMost100Percent, validateCollisionCount, validateCounts, validateIntOrPercent, validateLastingTemplate, validateNotAbove, validateRequiredSelector, validateTemplateLabels } from '../validation/workloads.ts';
import { collect } from '../validation/metadata.ts';
import { defineKind, equal, keep } from './define.ts';

const specPath = new Path('spec');
const statusPath = new Path('status');
const templatePath = specPath.child('template');
const claimsPath = specPath.child('volumeClaimTemplates');

function defaultClaim(before: PersistentVolumeClaim): PersistentVolumeClaim {
  const claim = fill(before, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } });
  const withStatus = claim.status?.phase === undefined ? { ...claim, status: { ...claim.status, phase: 'Pending' as const } } : claim;
  return change(withStatus, 'spec', defaultClaimSpec);
}

function defaultStrategy(strategy: NonNullable<StatefulSetSpec['updateStrategy']>): NonNullable<StatefulSetSpec['updateStrategy']> {
  const typed = strategy.type ? strategy : { ...strategy, type: 'RollingUpdate' as const, rollingUpdate: strategy.rollingUpdate ?? {} };
  return typed.type === 'RollingUpdate' ? change(typed, 'rollingUpdate', (rolling) => fill(rolling, { partition: 0 })) : typed;
}

function defaultSpec(before: StatefulSetSpec): StatefulSetSpec {
  let spec = fill(before, { podManagementPolicy: 'OrderedReady', updateStrategy: {}, persistentVolumeClaimRetentionPolicy: {}, replicas: 1, revisionHistoryLimit: 10 });
  spec = change(spec, 'updateStrategy', defaultStrategy);
  spec = change(spec, 'persistentVolumeClaimRetentionPolicy', (policy) => fill(policy, { whenDeleted: 'Retain', whenScaled: 'Retain' }));
  spec = change(spec, 'volumeClaimTemplates', (claims) => each(claims, defaultClaim));
  return change(spec, 'template', defaultPodTemplate);
}

/** maxUnavailable belongs to a feature that is off. */
function withoutMaxUnavailable(set: StatefulSet): StatefulSet {
  return change(set, 'spec', (spec) => change(spec, 'updateStrategy', (strategy) => change(strategy, 'rollingUpdate', (rolling) => without(rolling, 'maxUnavailable'))));
}

function validateStrategy(spec: StatefulSetSpec, errors: Errors): void {
  const path = specPath.child('updateStrategy');
  const rolling = spec.updateStrategy?.rollingUpdate;
  const at = path.child('rollingUpdate');
  switch (spec.updateStrategy?.type ?? '') {
    case '': errors.required(path); break;
    case 'OnDelete':
      if (rolling !== undefined) errors.invalid(at, internalForm(rolling, 'apps.RollingUpdateStatefulSetStrategy'), "only allowed for updateStrategy 'RollingUpdate'");
      break;
    case 'RollingUpdate':
      if (rolling === undefined) break;
      nonNegative(rolling.partition, at.child('partition'), errors);
      if (rolling.maxUnavailable === undefined) break;
      validateIntOrPercent(rolling.maxUnavailable, at.child('maxUnavailable'), errors);
      if (intOrPercentValue(rolling.maxUnavailable) === 0) errors.invalid(at.child('maxUnavailable'), rolling.maxUnavailable, 'cannot be 0');
      validateAtMost100Percent(rolling.maxUnavailable, at.child('maxUnavailable'), errors);
      break;
    default: errors.invalid(path, internalForm(spec.updateStrategy, 'apps.StatefulSetUpdateStrategy'), "must be 'RollingUpdate' or 'OnDelete'");
  }
}

const validated = new WeakMap<StatefulSetSpec, PodTemplateSpec>();

/** The template with what the controller will put in: the claims as volumes, its own host name. */
function templateAsRun(spec: StatefulSetSpec): PodTemplateSpec {
  const { template } = spec;
  const pod = template?.spec;
  const claims = spec.volumeClaimTemplates ?? [];
  if (template === undefined || pod === undefined || (!pod.subdomain && !pod.hostname && claims.length === 0)) return template ?? {};
  const known = validated.get(spec);
  if (known !== undefined) return known;
  const { subdomain: _, hostname: __, ...rest } = pod;
  const names = new Set(claims.map(({ metadata }) => metadata.name ?? ''));
  const added: readonly Volume[] = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const kept = (rest.volumes ?? []).filter(({ name }) => !names.has(name));
  const changed = { ...template, spec: claims.length === 0 ? rest : { ...rest, volumes: [...added, ...kept] } };
  validated.set(spec, changed);
  return changed;
}

interface Rules { readonly isUpdate: boolean; readonly skipTemplate: boolean }

function validateTemplate(spec: StatefulSetSpec, rules: Rules, errors: Errors): void {
  const template = templateAsRun(spec);
  validateTemplateLabels(template, spec.selector, templatePath, errors);
  if (!rules.skipTemplate) validatePodTemplateSpec(template, templatePath, errors);
  const { labels, annotations } = template.metadata ?? {};
  if (labels !== undefined) validateLabels(labels, templatePath.child('labels'), errors);
  if (annotations === undefined) return;
  validateAnnotations(annotations, templatePath.child('annotations'), errors);
  validatePodAnnotations(annotations, template.spec ?? { containers: [] }, templatePath.child('annotations'), errors);
}

const retention = ['Retain', 'Delete'];

function validateSpec(spec: StatefulSetSpec, rules: Rules, errors: Errors): void {
  const policy = spec.podManagementPolicy ?? '';
  if (policy === '') errors.required(specPath.child('podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') errors.invalid(specPath.child('podManagementPolicy'), policy, "must be 'OrderedReady' or 'Parallel'");
  validateStrategy(spec, errors);
  for (const when of ['whenDeleted', 'whenScaled'] as const) {
    const value = spec.persistentVolumeClaimRetentionPolicy?.[when];
    if (spec.persistentVolumeClaimRetentionPolicy && !retention.includes(value ?? '')) errors.notSupported(specPath.child('persistentVolumeClaimRetentionPolicy').child(when), value ?? '', retention);
  }
  if (!rules.isUpdate) spec.volumeClaimTemplates?.forEach((claim, i) => validateClaimSpec(claim.spec ?? {}, claimsPath.index(i).child('spec'), errors));
  nonNegative(spec.replicas, specPath.child('replicas'), errors);
  nonNegative(spec.minReadySeconds, specPath.child('minReadySeconds'), errors);
  nonNegative(spec.ordinals?.start, specPath.child('ordinals.start'), errors);
  if (!rules.isUpdate && spec.serviceName) errors.invalidAll(specPath.child('serviceName'), spec.serviceName, dns1123Label(spec.serviceName));
  validateRequiredSelector(spec.selector, 'statefulset', specPath.child('selector'), errors);
  if (isUsableSelector(spec.selector)) validateTemplate(spec, rules, errors);
  else errors.invalid(specPath.child('selector'), orderedSelector(spec.selector), '');
  validateLastingTemplate(spec.template ?? {}, 'StatefulSet', templatePath, errors);
}

const changeable = ['replicas', 'template', 'updateStrategy', 'minReadySeconds', 'ordinals', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy'] as const;
const others = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const emptySpec = {} as StatefulSetSpec;
const counts = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration', 'collisionCount'];

function validateStatus(status: StatefulSetStatus | undefined, errors: Errors): void {
  const all = { ...status };
  validateCounts(all, counts, statusPath, errors);
  for (const name of ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas']) validateNotAbove(all, name, 'replicas', 'cannot be greater than status.replicas', statusPath, errors);
  validateNotAbove(all, 'availableReplicas', 'readyReplicas', 'cannot be greater than status.readyReplicas', statusPath, errors);
}

export const statefulSetKind = defineKind<StatefulSet>({
  group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets', shortNames: ['sts'], categories: ['all'], namespaced: true,
  subresources: ['scale', 'status'],
  schema: schemaName('apps.v1', 'StatefulSet'),
  generation: ['spec'],
  nameRule: labelName,
  defaults: (set) => change(set, 'spec', defaultSpec),
  prepareForCreate: (set) => ({ ...withoutMaxUnavailable(set), status: { replicas: 0, availableReplicas: 0 } }),
  prepareForUpdate: (next, old) => keep(withoutMaxUnavailable(next), old, 'status'),
  validate: (set, errors) => validateSpec(set.spec ?? emptySpec, { isUpdate: false, skipTemplate: false }, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    const after = next.spec ?? emptySpec;
    const before = old.spec ?? emptySpec;
    const oldProblems = collect((found) => validateSpec(before, { isUpdate: true, skipTemplate: false }, found));
    validateSpec(after, { isUpdate: true, skipTemplate: oldProblems.length > 0 }, errors);
    if (!equal(keep(after, before, ...changeable), before)) errors.forbidden(specPath, others);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, old, errors, checks) => {
      validateStatus(next.status, errors);
      checks.metadata();
      validateCollisionCount(next.status?.collisionCount, old.status?.collisionCount, statusPath, errors);
    },
  },
  scale: {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorText(spec?.selector),
    withReplicas: (set, replicas) => change(set, 'spec', (spec) => ({ ...spec, replicas })),
  },
  warnings: ({ metadata, spec }, old) => {
    const changed = old === undefined || metadata.generation !== old.metadata.generation;
    const claims = (spec?.volumeClaimTemplates ?? []).flatMap((claim, i) => claimWarnings(claim.spec ?? {}, old === undefined ? claimsPath.index(i) : claimsPath.index(i).child('Spec')));
    const history = (spec?.revisionHistoryLimit ?? 0) < 0 ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'] : [];
    return [...(changed ? templateWarnings(spec?.template, templatePath) : []), ...claims, ...history];
  },
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '', `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`, age(metadata.creationTimestamp, nowMs), ...containerCells(spec?.template?.spec?.containers),
  ],
});
