// Roles and their bindings (models pkg/apis/rbac/validation and pkg/registry/rbac).
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../generated/types.ts';
import { change, each } from '../defaults/fill.ts';
import type { Cell } from '../kind.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { collect, validateLabelSelector } from '../validation/metadata.ts';
import { pathSegmentName, subdomainName } from '../validation/names.ts';
import { isUsableSelector } from '../validation/workloads.ts';
import { defineKind, equal } from './define.ts';

const group = 'rbac.authorization.k8s.io';
const rulesPath = new Path('rules');
const refPath = new Path('roleRef');
const subjectsPath = new Path('subjects');
const selectorsPath = new Path('aggregationRule').child('clusterRoleSelectors');

function validateRule(rule: PolicyRule, namespaced: boolean, path: Path, errors: Errors): void {
  const { verbs, nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] } = rule;
  if ((verbs ?? []).length === 0) errors.required(path.child('verbs'), 'verbs must contain at least one value');
  if (nonResourceURLs.length > 0) {
    const at = path.child('nonResourceURLs');
    if (namespaced) errors.invalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs');
    if (apiGroups.length + resources.length + resourceNames.length > 0) errors.invalid(at, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs');
    return;
  }
  if (apiGroups.length === 0) errors.required(path.child('apiGroups'), 'resource rules must supply at least one api group');
  if (resources.length === 0) errors.required(path.child('resources'), 'resource rules must supply at least one resource');
}

function validateRules(rules: readonly PolicyRule[] | undefined, namespaced: boolean, errors: Errors): void {
  rules?.forEach((rule, i) => validateRule(rule, namespaced, rulesPath.index(i), errors));
}

function validateAggregation({ aggregationRule }: ClusterRole, allowInvalidValues: boolean, errors: Errors): void {
  if (aggregationRule === undefined) return;
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) errors.required(selectorsPath, 'at least one clusterRoleSelector required if aggregationRule is non-nil');
  selectors.forEach((selector, i) => {
    validateLabelSelector(selector, selectorsPath.index(i), errors, { allowInvalidValues });
    if (!isUsableSelector(selector)) errors.invalid(selectorsPath.index(i), null, 'invalid label selector.');
  });
}

function validateSubject(subject: Subject, namespaced: boolean, path: Path, errors: Errors): void {
  const { kind, name, apiGroup = '', namespace = '' } = subject;
  if (name === '') errors.required(path.child('name'));
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') errors.invalidAll(path.child('name'), name, subdomainName(name, false));
      if (apiGroup !== '') errors.notSupported(path.child('apiGroup'), apiGroup, ['']);
      if (!namespaced && namespace === '') errors.required(path.child('namespace'));
      break;
    case 'User': case 'Group':
      if (apiGroup !== group) errors.notSupported(path.child('apiGroup'), apiGroup, [group]);
      break;
    default: errors.notSupported(path.child('kind'), kind, ['ServiceAccount', 'User', 'Group']);
  }
}

function validateBinding({ roleRef, subjects }: RoleBinding | ClusterRoleBinding, namespaced: boolean, errors: Errors): void {
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (roleRef.apiGroup !== group) errors.notSupported(refPath.child('apiGroup'), roleRef.apiGroup, [group]);
  if (!kinds.includes(roleRef.kind)) errors.notSupported(refPath.child('kind'), roleRef.kind, kinds);
  if (!roleRef.name) errors.required(refPath.child('name'));
  else errors.invalidAll(refPath.child('name'), roleRef.name, pathSegmentName(roleRef.name, false));
  subjects?.forEach((subject, i) => validateSubject(subject, namespaced, subjectsPath.index(i), errors));
}

function validateSameRole(next: RoleRef, old: RoleRef, errors: Errors): void {
  if (!equal(next, old)) errors.invalid(refPath, { APIGroup: next.apiGroup, Kind: next.kind, Name: next.name }, 'cannot change roleRef');
}

function defaultSubject(subject: Subject): Subject {
  return !subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group') ? { ...subject, apiGroup: group } : subject;
}

function defaultBinding<T extends RoleBinding | ClusterRoleBinding>(binding: T): T {
  const withGroup = binding.roleRef.apiGroup ? binding : { ...binding, roleRef: { ...binding.roleRef, apiGroup: group } };
  return change(withGroup as RoleBinding, 'subjects', (subjects) => each(subjects, defaultSubject)) as T;
}

function bindingRow({ metadata, roleRef, subjects = [] }: RoleBinding | ClusterRoleBinding, nowMs: number): readonly Cell[] {
  const names = (kind: string): string => subjects.filter((subject) => subject.kind === kind)
    .map(({ namespace = '', name }) => (kind === 'ServiceAccount' ? `${namespace}/${name}` : name)).join(', ');
  return [metadata.name ?? '', `${roleRef.kind}/${roleRef.name}`, age(metadata.creationTimestamp, nowMs), names('User'), names('Group'), names('ServiceAccount')];
}

export const roleKind = defineKind<Role>({
  group, version: 'v1', kind: 'Role', plural: 'roles', namespaced: true,
  schema: schemaName('rbac.v1', 'Role'),
  createOnUpdate: true,
  nameRule: pathSegmentName,
  validate: ({ rules }, errors) => validateRules(rules, true, errors),
  validateUpdate: (_next, _old, _errors, checks) => {
    checks.all();
    checks.metadata();
  },
});

export const clusterRoleKind = defineKind<ClusterRole>({
  group, version: 'v1', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false,
  schema: schemaName('rbac.v1', 'ClusterRole'),
  createOnUpdate: true,
  nameRule: pathSegmentName,
  validate: (role, errors) => {
    validateRules(role.rules, false, errors);
    validateAggregation(role, false, errors);
  },
  validateUpdate: (next, old, errors, checks) => {
    const hadBadValues = (old.aggregationRule?.clusterRoleSelectors ?? []).some((selector) => collect((found) => validateLabelSelector(selector, selectorsPath, found)).length > 0);
    checks.names();
    validateRules(next.rules, false, errors);
    validateAggregation(next, hadBadValues, errors);
    checks.metadata();
  },
});

export const roleBindingKind = defineKind<RoleBinding>({
  group, version: 'v1', kind: 'RoleBinding', plural: 'rolebindings', namespaced: true,
  schema: schemaName('rbac.v1', 'RoleBinding'),
  createOnUpdate: true,
  nameRule: pathSegmentName,
  defaults: defaultBinding,
  validate: (binding, errors) => validateBinding(binding, true, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.all();
    checks.metadata();
    validateSameRole(next.roleRef, old.roleRef, errors);
  },
  row: bindingRow,
});

export const clusterRoleBindingKind = defineKind<ClusterRoleBinding>({
  group, version: 'v1', kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false,
  schema: schemaName('rbac.v1', 'ClusterRoleBinding'),
  createOnUpdate: true,
  nameRule: pathSegmentName,
  defaults: defaultBinding,
  validate: (binding, errors) => validateBinding(binding, false, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.all();
    checks.metadata();
    validateSameRole(next.roleRef, old.roleRef, errors);
  },
  row: bindingRow,
});
