// Leases (models pkg/registry/coordination/lease). Coordinated leader election is off, as by default.
import type { Lease } from '../generated/types.ts';
import { change, without } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { Path } from '../validation/field.ts';
import { nonNegative } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import type { Errors } from '../validation/field.ts';
import { defineKind } from './define.ts';

const specPath = new Path('spec');

function withoutCoordination(lease: Lease): Lease {
  return change(lease, 'spec', (spec) => without(without(spec, 'strategy'), 'preferredHolder'));
}

function validateSpec(lease: Lease, errors: Errors): void {
  const seconds = lease.spec?.leaseDurationSeconds;
  if (seconds !== undefined && seconds <= 0) errors.invalid(specPath.child('leaseDurationSeconds'), seconds, 'must be greater than 0');
  nonNegative(lease.spec?.leaseTransitions, specPath.child('leaseTransitions'), errors);
}

export const leaseKind = defineKind<Lease>({
  group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true,
  schema: schemaName('coordination.v1', 'Lease'),
  createOnUpdate: true,
  unconditionalUpdate: false,
  nameRule: subdomainName,
  prepareForCreate: withoutCoordination,
  prepareForUpdate: withoutCoordination,
  validate: validateSpec,
  validateUpdate: (next, _old, errors, checks) => {
    checks.metadata();
    validateSpec(next, errors);
  },
  row: (lease, nowMs) => [lease.metadata.name ?? '', lease.spec?.holderIdentity ?? '', age(lease.metadata.creationTimestamp, nowMs)],
});
