// PodDisruptionBudgets (models pkg/registry/policy/poddisruptionbudget).
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../generated/types.ts';
import { emptyOf } from '../decode.ts';
import { age } from '../printing.ts';
import { schemaName, schemaOf } from '../schema.ts';
import { validateConditions } from '../validation/conditions.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { collect, nonNegative, orderedSelector, validateLabelSelector } from '../validation/metadata.ts';
import { pathSegmentName } from '../validation/names.ts';
import { validateAtMost100Percent, validateIntOrPercent } from '../validation/workloads.ts';
import { defineKind, keep } from './define.ts';

const specPath = new Path('spec');
const statusPath = new Path('status');
const policies = ['AlwaysAllow', 'IfHealthyBudget'];
const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

function validateSpec(spec: PodDisruptionBudgetSpec, allowInvalidValues: boolean, errors: Errors): void {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = { MinAvailable: minAvailable, Selector: orderedSelector(selector), MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: policy ?? null };
    errors.invalid(specPath, shown, 'minAvailable and maxUnavailable cannot be both set');
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    if (spec[name] === undefined) continue;
    validateIntOrPercent(spec[name], specPath.child(name), errors);
    validateAtMost100Percent(spec[name], specPath.child(name), errors);
  }
  validateLabelSelector(selector, specPath.child('selector'), errors, { allowInvalidValues });
  if (policy !== undefined && !policies.includes(policy)) errors.notSupported(specPath.child('unhealthyPodEvictionPolicy'), policy, policies);
}

export const podDisruptionBudgetKind = defineKind<PodDisruptionBudget>({
  group: 'policy', version: 'v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', shortNames: ['pdb'], namespaced: true,
  subresources: ['status'],
  schema: schemaName('policy.v1', 'PodDisruptionBudget'),
  unconditionalUpdate: false,
  generation: ['spec'],
  nameRule: pathSegmentName,
  checksMetadata: false,
  prepareForCreate: (budget) => ({ ...budget, status: emptyOf(schemaOf(schemaName('policy.v1', 'PodDisruptionBudgetStatus'))) as unknown as NonNullable<PodDisruptionBudget['status']> }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: ({ spec }, errors) => validateSpec(spec ?? {}, false, errors),
  validateUpdate: ({ spec }, old, errors) => {
    const hadBadValues = collect((found) => validateLabelSelector(old.spec?.selector, specPath, found)).length > 0;
    validateSpec(spec ?? {}, hadBadValues, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: ({ status }, _old, errors) => {
      validateConditions(status?.conditions ?? [], statusPath.child('conditions'), errors);
      for (const name of counts) nonNegative(status?.[name], statusPath.child(name), errors);
    },
  },
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '', String(spec?.minAvailable ?? 'N/A'), String(spec?.maxUnavailable ?? 'N/A'), status?.disruptionsAllowed ?? 0, age(metadata.creationTimestamp, nowMs),
  ],
});
