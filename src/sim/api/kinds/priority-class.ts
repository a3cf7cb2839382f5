// PriorityClasses (models pkg/registry/scheduling/priorityclass).
import type { PriorityClass } from '../generated/types.ts';
import { fill } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { Path } from '../validation/field.ts';
import { immutable } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind } from './define.ts';

const systemPrefix = 'system-';
const highestUserPriority = 1_000_000_000;
/** The classes that every cluster has, with their values. */
const systemClasses: Readonly<Record<string, number | undefined>> = { 'system-node-critical': 2_000_001_000, 'system-cluster-critical': 2_000_000_000 };
const policies = ['PreemptLowerPriority', 'Never'];

function systemProblem(pc: PriorityClass): string | undefined {
  const name = pc.metadata.name ?? '';
  const value = systemClasses[name];
  if (value === undefined) return `${name} is not a known system priority class`;
  if (pc.value !== value) return `value of ${name} PriorityClass must be ${value}`;
  return pc.globalDefault === true ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export const priorityClassKind = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass', plural: 'priorityclasses', shortNames: ['pc'], namespaced: false,
  schema: schemaName('scheduling.v1', 'PriorityClass'),
  generation: [],
  nameRule: subdomainName,
  refusesDeletion: (name) => (name === 'system-node-critical' || name === 'system-cluster-critical' ? 'this is a system priority class and cannot be deleted' : undefined),
  defaults: (pc) => fill(pc, { preemptionPolicy: 'PreemptLowerPriority' }),
  validate: (pc, errors) => {
    if (pc.metadata.name?.startsWith(systemPrefix)) {
      const problem = systemProblem(pc);
      if (problem !== undefined) errors.forbidden('metadata.name', `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${problem}`);
    } else if ((pc.value ?? 0) > highestUserPriority) {
      errors.forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`);
    }
    const policy = pc.preemptionPolicy;
    if (policy !== undefined && !policies.includes(policy)) errors.notSupported('preemptionPolicy', policy, policies);
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    if (next.value !== old.value) errors.forbidden('value', 'may not be changed in an update.');
    immutable(next.preemptionPolicy, old.preemptionPolicy, new Path('preemptionPolicy'), errors);
  },
  row: (pc, nowMs) => [pc.metadata.name ?? '', pc.value ?? 0, pc.globalDefault ?? false, age(pc.metadata.creationTimestamp, nowMs), pc.preemptionPolicy ?? ''],
});
