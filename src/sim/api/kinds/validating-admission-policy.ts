// Admission policies in CEL, and what binds them to resources and parameters (models pkg/registry/admissionregistration).
import { change, each, fill } from '../defaults/fill.ts';
import type { LabelSelector, MatchResources, NamedRuleWithOperations, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../generated/types.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { validateBinding, validatePolicy } from '../validation/admission-policies.ts';
import { validateConditions } from '../validation/conditions.ts';
import { Path } from '../validation/field.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind, keep, keepMeta } from './define.ts';

const group = 'admissionregistration.k8s.io';
const statusPath = new Path('status');

function defaultMatch(match: MatchResources): MatchResources {
  const rules = (all: readonly NamedRuleWithOperations[]): readonly NamedRuleWithOperations[] => each(all, (rule) => fill(rule, { scope: '*' }));
  const filled = fill(match, { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} });
  return change(change(filled, 'resourceRules', rules), 'excludeResourceRules', rules);
}

/** As Go's generated String method prints it. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.keys(matchLabels).sort().map((key) => `${key}: ${matchLabels[key] ?? ''},`).join('');
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`).join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}

export const validatingAdmissionPolicyKind = defineKind<ValidatingAdmissionPolicy>({
  group, version: 'v1', kind: 'ValidatingAdmissionPolicy', plural: 'validatingadmissionpolicies', categories: ['api-extensions'], namespaced: false,
  subresources: ['status'],
  schema: schemaName('admissionregistration.v1', 'ValidatingAdmissionPolicy'),
  unconditionalUpdate: false,
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (policy) => {
    const filled = policy.spec === undefined ? { ...policy, spec: {} } : policy;
    return change(filled, 'spec', (spec) => change(fill(spec, { failurePolicy: 'Fail' }), 'matchConstraints', defaultMatch));
  },
  prepareForCreate: (policy) => ({ ...policy, status: {} }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: ({ metadata, spec = {} }, errors) => validatePolicy(metadata.name ?? '', spec, undefined, errors),
  validateUpdate: ({ metadata, spec = {} }, old, errors, checks) => {
    checks.names();
    validatePolicy(metadata.name ?? '', spec, old.spec, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keepMeta(keep(next, old, 'spec'), old),
    validateUpdate: ({ status }, _old, errors) => {
      status?.typeChecking?.expressionWarnings?.forEach(({ fieldRef, warning }, i) => {
        const at = statusPath.child('typeChecking').child('expressionWarnings').index(i);
        if (!warning) errors.required(at.child('warning'));
        if (!fieldRef) errors.required(at.child('fieldRef'));
      });
      validateConditions(status?.conditions ?? [], statusPath.child('conditions'), errors);
    },
  },
  row: ({ metadata, spec }, nowMs) => {
    const { apiVersion = '', kind = '' } = spec?.paramKind ?? {};
    return [metadata.name ?? '', (spec?.validations ?? []).length, spec?.paramKind === undefined ? '<unset>' : `${apiVersion}/${kind}`, age(metadata.creationTimestamp, nowMs)];
  },
});

function paramText({ paramRef }: ValidatingAdmissionPolicyBinding['spec']): string {
  const { name = '', namespace = '', selector } = paramRef ?? {};
  if (name !== '') return `${namespace === '' ? '*' : namespace}/${name}`;
  return selector === undefined ? '<unset>' : selectorText(selector);
}

export const validatingAdmissionPolicyBindingKind = defineKind<ValidatingAdmissionPolicyBinding>({
  group, version: 'v1', kind: 'ValidatingAdmissionPolicyBinding', plural: 'validatingadmissionpolicybindings', categories: ['api-extensions'], namespaced: false,
  schema: schemaName('admissionregistration.v1', 'ValidatingAdmissionPolicyBinding'),
  unconditionalUpdate: false,
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (binding) => change(binding, 'spec', (spec) => change(spec, 'matchResources', defaultMatch)),
  validate: ({ spec }, errors) => validateBinding(spec, errors),
  validateUpdate: ({ spec }, _old, errors, checks) => {
    checks.names();
    validateBinding(spec, errors);
  },
  row: ({ metadata, spec }, nowMs) => [metadata.name ?? '', spec.policyName, paramText(spec), age(metadata.creationTimestamp, nowMs)],
});
