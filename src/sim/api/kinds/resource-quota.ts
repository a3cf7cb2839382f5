// ResourceQuotas (models pkg/registry/core/resourcequota).
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '../generated/types.ts';
import { change } from '../defaults/fill.ts';
import { roundResources } from '../defaults/resources.ts';
import { age } from '../printing.ts';
import type { QuantityText } from '../quantity.ts';
import { canonicalQuantity, compareQuantities, parseQuantity } from '../quantity.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { fieldImmutable } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { isHugePage, validateResourceAmount, validateResourceName } from '../validation/resources.ts';
import { defineKind, keep } from './define.ts';

type ResourceList = Readonly<Record<string, QuantityText>>;

const specPath = new Path('spec');
const statusPath = new Path('status');
const scopes = new Set(['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'PriorityClass', 'VolumeAttributesClass', 'CrossNamespacePodAffinity']);
const standard = new Set([
  'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.storage', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage',
  'pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers',
]);
const podResources = ['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const claimResources = ['persistentvolumeclaims', 'requests.storage'];
const existsOnly = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity'];
const existsMessage = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function isStandard(name: string): boolean {
  return standard.has(name) || isHugePage(name) || isHugePage(name.replace(/^requests\./, ''));
}

function validateList(list: ResourceList | undefined, path: Path, errors: Errors): void {
  for (const name of Object.keys(list ?? {})) {
    const at = path.key(name);
    validateResourceName(name, at, errors);
    if (!name.includes('/') && !isStandard(name)) errors.invalid(at, name, 'must be a standard resource for quota');
    validateResourceAmount(name, list?.[name] ?? '0', at, errors);
  }
}

function suits(scope: string, resource: string): boolean {
  if (scope === 'BestEffort') return resource === 'pods';
  if (scope === 'VolumeAttributesClass') return claimResources.includes(resource);
  return !scopes.has(scope) || podResources.includes(resource);
}

/** The limited resources that a scope says nothing about. */
function unsuited(spec: ResourceQuotaSpec, scope: string): readonly string[] {
  return Object.keys(spec.hard ?? {}).filter((name) => isStandard(name) && !suits(scope, name));
}

function hasConflict(names: readonly string[]): number {
  return [['BestEffort', 'NotBestEffort'], ['Terminating', 'NotTerminating']].filter((pair) => pair.every((name) => names.includes(name))).length;
}

function validateScopes(spec: ResourceQuotaSpec, errors: Errors): void {
  const list: readonly string[] = spec.scopes ?? [];
  const path = specPath.child('scopes');
  for (const scope of list) {
    if (!scopes.has(scope)) errors.invalid(path, list, 'unsupported scope');
    for (const _ of unsuited(spec, scope)) errors.invalid(path, list, 'unsupported scope applied to resource');
  }
  for (let i = hasConflict(list); i > 0; i--) errors.invalid(path, list, 'conflicting scopes');
}

function validateRequirement({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement, path: Path, errors: Errors): void {
  if (existsOnly.includes(scopeName) && operator !== 'Exists') errors.invalid(path.child('operator'), operator, existsMessage);
  switch (operator) {
    case 'In': case 'NotIn':
      if (values.length === 0) errors.required(path.child('values'), "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
      break;
    case 'Exists': case 'DoesNotExist':
      if (values.length > 0) errors.invalid(path.child('values'), values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
      break;
    default: errors.invalid(path.child('operator'), operator, 'not a valid selector operator');
  }
}

function validateScopeSelector(spec: ResourceQuotaSpec, errors: Errors): void {
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  const path = specPath.child('scopeSelector').child('matchExpressions');
  const shown = { MatchExpressions: expressions.map(({ scopeName, operator, values }) => ({ ScopeName: scopeName, Operator: operator, Values: values ?? null })) };
  for (const requirement of expressions) {
    if (!scopes.has(requirement.scopeName)) errors.invalid(path.child('scopeName'), requirement.scopeName, 'unsupported scope');
    for (const _ of unsuited(spec, requirement.scopeName)) errors.invalid(path, shown, 'unsupported scope applied to resource');
    validateRequirement(requirement, path, errors);
  }
  for (let i = hasConflict(expressions.map(({ scopeName }) => scopeName)); i > 0; i--) errors.invalid(path, spec.scopes ?? null, 'conflicting scopes');
}

function validateSpec(spec: ResourceQuotaSpec, errors: Errors): void {
  validateList(spec.hard, specPath.child('hard'), errors);
  validateScopes(spec, errors);
  validateScopeSelector(spec, errors);
}

function validateStatus({ status }: ResourceQuota, errors: Errors): void {
  validateList(status?.hard, statusPath.child('hard'), errors);
  validateList(status?.used, statusPath.child('used'), errors);
}

/** Requests that may exceed their limits. */
function warningsOf({ spec }: ResourceQuota): readonly string[] {
  const hard: ResourceList = spec?.hard ?? {};
  return ['cpu', 'memory', 'storage', 'ephemeral-storage'].flatMap((resource) => {
    const bare = resource === 'cpu' || resource === 'memory' ? resource : undefined;
    const name = hard[`requests.${resource}`] === undefined && bare !== undefined ? bare : `requests.${resource}`;
    const request = hard[name];
    const limit = hard[`limits.${resource}`];
    if (request === undefined || limit === undefined || compareQuantities(parseQuantity(request), parseQuantity(limit)) <= 0) return [];
    return [`ResourceQuota ${name} (${canonicalQuantity(request)}) should be less than limits.${resource} (${canonicalQuantity(limit)})`];
  });
}

function usage({ status }: ResourceQuota, ofLimits: boolean): string {
  return Object.keys(status?.hard ?? {}).sort().filter((name) => name.startsWith('limits.') === ofLimits)
    .map((name) => `${name}: ${canonicalQuantity(status?.used?.[name] ?? 0)}/${canonicalQuantity(status?.hard?.[name] ?? 0)}`).join(', ');
}

function rounded(list: ResourceList): ResourceList {
  return roundResources({ limits: list }).limits ?? list;
}

export const resourceQuotaKind = defineKind<ResourceQuota>({
  group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', shortNames: ['quota'], namespaced: true,
  subresources: ['status'],
  schema: schemaName('core.v1', 'ResourceQuota'),
  nameRule: subdomainName,
  defaults: (quota) => change(change(quota, 'spec', (spec) => change(spec, 'hard', rounded)), 'status', (status) => change(change(status, 'hard', rounded), 'used', rounded)),
  prepareForCreate: (quota) => ({ ...quota, status: {} }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: (quota, errors) => {
    validateSpec(quota.spec ?? {}, errors);
    validateStatus(quota, errors);
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateSpec(next.spec ?? {}, errors);
    const after = [...new Set(next.spec?.scopes ?? [])].sort().join();
    const before = [...new Set(old.spec?.scopes ?? [])].sort().join();
    if (after !== before) errors.invalid(specPath.child('scopes'), next.spec?.scopes ?? null, fieldImmutable);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, _old, errors, checks) => {
      checks.metadata();
      if (!next.metadata.resourceVersion) errors.required('resourceVersion');
      validateStatus(next, errors);
    },
  },
  warnings: (quota, old) => (old === undefined ? warningsOf(quota) : []),
  row: (quota, nowMs) => [quota.metadata.name ?? '', usage(quota, false), usage(quota, true), age(quota.metadata.creationTimestamp, nowMs)],
});
