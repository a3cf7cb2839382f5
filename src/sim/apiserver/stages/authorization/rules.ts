// RBAC rules: matching them, and the bootstrap policy in its compact form.
import type { ObjectMeta } from '../../../api/generated/types.ts';
import bootstrap from '../../data/bootstrap-rbac.json';

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}
export interface Subject { readonly apiGroup?: string; readonly kind: string; readonly name: string; readonly namespace?: string }
export interface RoleRef { readonly apiGroup: string; readonly kind: string; readonly name: string }
/** A Role or ClusterRole. */
export interface AnyRole {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly rules?: readonly PolicyRule[];
  readonly aggregationRule?: { readonly clusterRoleSelectors: readonly { readonly matchLabels: Readonly<Record<string, string>> }[] };
}
/** A RoleBinding or ClusterRoleBinding. */
export interface AnyBinding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
}

export interface ResourceQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

/** Models rbac.RuleAllows for resources. */
export function ruleAllows(rule: PolicyRule, { verb, group, resource, subresource, name }: ResourceQuestion): boolean {
  if (!matchesOne(rule.verbs, verb) || !matchesOne(rule.apiGroups, group)) return false;
  if (!resourceMatches(rule.resources ?? [], resource, subresource)) return false;
  return (rule.resourceNames ?? []).length === 0 || (rule.resourceNames ?? []).includes(name);
}

function matchesOne(allowed: readonly string[] | undefined, wanted: string): boolean {
  return allowed !== undefined && (allowed.includes('*') || allowed.includes(wanted));
}

function resourceMatches(allowed: readonly string[], resource: string, subresource: string): boolean {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return allowed.some((item) => item === '*' || item === combined || (subresource !== '' && item === `*/${subresource}`));
}

/** Models rbac.RuleAllows for paths outside resources: `/healthz`, `/api/*`. */
export function pathAllowed(rule: PolicyRule, verb: string, path: string): boolean {
  if (!matchesOne(rule.verbs, verb)) return false;
  return (rule.nonResourceURLs ?? []).some((url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, ''))));
}

interface CompactRole { readonly name: string; readonly namespace?: string; readonly aggregateTo?: string; readonly aggregates?: string; readonly rules?: readonly (readonly string[])[] }
interface CompactBinding { readonly name: string; readonly namespace?: string; readonly role: string; readonly subjects: readonly string[] }

const RBAC = 'rbac.authorization.k8s.io';
const AGGREGATE = `${RBAC}/aggregate-to-`;
const words = (text: string | undefined): string[] => (text ?? '').split(' ').filter((word) => word !== '').map((word) => (word === '""' ? '' : word));

function ruleOf(compact: readonly string[]): PolicyRule {
  const [verbs, groups, resources, names] = compact;
  if (compact.length === 2) return { verbs: words(verbs), nonResourceURLs: words(groups) };
  return { verbs: words(verbs), apiGroups: words(groups), resources: words(resources), ...(names === undefined ? {} : { resourceNames: words(names) }) };
}

function metadataOf({ name, namespace, aggregateTo }: CompactRole | (CompactBinding & { aggregateTo?: string })): ObjectMeta {
  const labels: Record<string, string> = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
  for (const target of words(aggregateTo)) labels[AGGREGATE + target] = 'true';
  return { name, ...(namespace === undefined ? {} : { namespace }), annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' }, labels };
}

function rulesOf({ rules = [] }: CompactRole): readonly PolicyRule[] {
  return rules.map(ruleOf);
}

/** Aggregated roles have no rules until a controller puts them together. */
function clusterRoleOf(role: CompactRole): AnyRole {
  const base = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: metadataOf(role) };
  if (role.aggregates === undefined) return { ...base, rules: rulesOf(role) };
  return { ...base, aggregationRule: { clusterRoleSelectors: words(role.aggregates).map((target) => ({ matchLabels: { [AGGREGATE + target]: 'true' } })) } };
}

function subjectOf(text: string): Subject {
  const space = text.indexOf(' ');
  const kind = text.slice(0, space);
  const name = text.slice(space + 1);
  if (kind !== 'ServiceAccount') return { apiGroup: RBAC, kind, name };
  const [namespace = '', account = ''] = name.split('/');
  return { kind, name: account, namespace };
}

function roleRef(kind: string, name: string): RoleRef {
  return { apiGroup: RBAC, kind, name };
}

export interface RbacObjects {
  readonly clusterRoles: readonly AnyRole[];
  readonly clusterRoleBindings: readonly AnyBinding[];
  readonly roles: readonly AnyRole[];
  readonly roleBindings: readonly AnyBinding[];
}

let objects: RbacObjects | undefined;

/** The roles and bindings that every cluster starts with (bootstrappolicy). */
export function bootstrapObjects(): RbacObjects {
  const data: { readonly [list in keyof RbacObjects]: readonly (CompactRole & CompactBinding)[] } = bootstrap as never;
  objects ??= {
    clusterRoles: data.clusterRoles.map(clusterRoleOf),
    clusterRoleBindings: data.clusterRoleBindings.map((binding) => ({
      apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: metadataOf(binding), roleRef: roleRef('ClusterRole', binding.role), subjects: binding.subjects.map(subjectOf),
    })),
    roles: data.roles.map((role) => ({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: metadataOf(role), rules: rulesOf(role) })),
    roleBindings: data.roleBindings.map((binding) => ({
      apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: metadataOf(binding), roleRef: roleRef('Role', binding.role), subjects: binding.subjects.map(subjectOf),
    })),
  };
  return objects;
}
