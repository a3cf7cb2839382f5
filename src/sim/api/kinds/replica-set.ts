// ReplicaSets (models pkg/registry/apps/replicaset).
import type { ReplicaSet, ReplicaSetSpec } from '../generated/types.ts';
import { change, fill } from '../defaults/fill.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { age, containerCells } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { formatLabelSelector } from '../selectors.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { immutable, nonNegative, orderedSelector } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { templateWarnings } from '../validation/pod-warnings.ts';
import type { Counts } from '../validation/workloads.ts';
import { podNameWarnings, selectorText, validateCounts, validateNotAbove, validateSelectedTemplate } from '../validation/workloads.ts';
import { defineKind, keep } from './define.ts';

const specPath = new Path('spec');
const statusPath = new Path('status');
const templatePath = specPath.child('template');

function validateSpec(spec: ReplicaSetSpec | undefined, errors: Errors): void {
  nonNegative(spec?.replicas, specPath.child('replicas'), errors);
  nonNegative(spec?.minReadySeconds, specPath.child('minReadySeconds'), errors);
  validateSelectedTemplate(spec?.template ?? {}, spec?.selector, specPath, errors);
}

/** What the statuses of ReplicaSets and ReplicationControllers may say. */
export function validateReplicaCounts(status: Counts, names: readonly string[], errors: Errors): void {
  validateCounts(status, names, statusPath, errors);
  for (const name of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']) validateNotAbove(status, name, 'replicas', 'cannot be greater than status.replicas', statusPath, errors);
  validateNotAbove(status, 'availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas', statusPath, errors);
}

const counts = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration', 'terminatingReplicas'];

export const replicaSetKind = defineKind<ReplicaSet>({
  group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets', shortNames: ['rs'], categories: ['all'], namespaced: true,
  subresources: ['scale', 'status'],
  schema: schemaName('apps.v1', 'ReplicaSet'),
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (set) => change(set, 'spec', (spec) => change(fill(spec, { replicas: 1 }), 'template', defaultPodTemplate)),
  prepareForCreate: (set) => ({ ...set, status: { replicas: 0 } }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: (set, errors) => validateSpec(set.spec, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateSpec(next.spec, errors);
    immutable(next.spec?.selector, old.spec?.selector, specPath.child('selector'), errors, orderedSelector(next.spec?.selector));
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, _old, errors, checks) => {
      checks.metadata();
      validateReplicaCounts({ ...next.status }, counts, errors);
    },
  },
  scale: {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorText(spec?.selector),
    withReplicas: (set, replicas) => change(set, 'spec', (spec) => ({ ...spec, replicas })),
  },
  warnings: (next, old) => {
    const changed = old === undefined || next.metadata.generation !== old.metadata.generation;
    return [...(old === undefined ? podNameWarnings(next.metadata.name) : []), ...(changed ? templateWarnings(next.spec?.template, templatePath) : [])];
  },
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '', spec?.replicas ?? 0, status?.replicas ?? 0, status?.readyReplicas ?? 0, age(metadata.creationTimestamp, nowMs),
    ...containerCells(spec?.template?.spec?.containers), formatLabelSelector(spec?.selector ?? undefined),
  ],
});
