// What FlowSchemas and PriorityLevelConfigurations have in common (pkg/registry/flowcontrol).
import type { FlowSchema, PriorityLevelConfiguration } from '../generated/types.ts';
import type { Kind } from '../kind.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind, keep } from './define.ts';
import type { KindDescription } from './define.ts';

const conditionsPath = new Path('status').child('conditions');

/** Conditions have types, each once. */
export function validateFlowConditions(conditions: readonly { readonly type?: string }[], errors: Errors): void {
  const seen = new Set<string>();
  conditions.forEach(({ type = '' }, i) => {
    if (seen.has(type)) errors.duplicate(conditionsPath.index(i).child('type'), type);
    seen.add(type);
    if (type === '') errors.required(conditionsPath.index(i).child('type'), 'must not be empty');
  });
}

type Description<T extends FlowSchema | PriorityLevelConfiguration> = Pick<KindDescription<T>, 'kind' | 'plural' | 'defaults' | 'row' | 'rowOrder'> & { validate(object: T, errors: Errors): void };

export function defineFlowControlKind<T extends FlowSchema | PriorityLevelConfiguration>(description: Description<T>): Kind {
  return defineKind<T>({
    group: 'flowcontrol.apiserver.k8s.io', version: 'v1', namespaced: false, subresources: ['status'], schema: schemaName('flowcontrol.v1', description.kind),
    unconditionalUpdate: false, generation: ['spec'], nameRule: subdomainName,
    ...description,
    prepareForCreate: (object) => ({ ...object, status: {} }),
    prepareForUpdate: (next, old) => keep(next, old, 'status'),
    validateUpdate: (next, _old, errors, checks) => {
      checks.metadata();
      description.validate(next, errors);
    },
    status: {
      prepareForUpdate: (next, old) => keep(next, old, 'spec'),
      validateUpdate: ({ status }, _old, errors) => validateFlowConditions(status?.conditions ?? [], errors),
    },
  });
}
