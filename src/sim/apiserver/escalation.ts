// Nobody grants more than they may do themselves (models registry/rbac: escalation checks of the policy based storages).
import type { ApiObject } from '../api/meta.ts';
import { goQuote } from '../api/go-format.ts';
import { REGISTRATION } from './admission/policies/lookup.ts';
import { checkParams } from './admission/policies/permissions.ts';
import { resourceOf } from './call.ts';
import type { Call, User } from './call.ts';
import { cacheNamed } from './server.ts';
import type { Server } from './server.ts';
import { authorize } from './stages/authorization/authorizer.ts';
import { rulesFor } from './stages/authorization/rbac.ts';
import { ruleAllows } from './stages/authorization/rules.ts';
import type { AnyBinding, AnyRole, PolicyRule } from './stages/authorization/rules.ts';
import { Refusal, forbidden, notFound } from './status.ts';
import { sameContent } from './object.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** Checks a new or changed role or binding, and what admission policies read. Throws Refusal (403, 404, 422). */
export function checkEscalation(server: Server, call: Call, object: ApiObject, old: ApiObject | undefined): void {
  const { group, resource } = resourceOf(call);
  if ((group !== GROUP && group !== REGISTRATION) || call.user.groups.includes('system:masters')) return;
  if (group === REGISTRATION) return checkParams(server, call, object, old);
  if (resource === 'roles' || resource === 'clusterroles') checkRole(server, call, object as AnyRole, old as AnyRole | undefined);
  else checkBinding(server, call, object as unknown as AnyBinding, old as unknown as AnyBinding | undefined);
}

function may(server: Server, call: Call, verb: 'escalate' | 'bind', resource: string, name: string): boolean {
  const { namespace } = call.request;
  return authorize(server, { user: call.user, verb, group: GROUP, version: '*', resource, subresource: '', namespace, name, fieldSelector: undefined }).allowed;
}

function checkRole(server: Server, call: Call, role: AnyRole, old: AnyRole | undefined): void {
  const { resource } = resourceOf(call);
  if (old && sameContent(role.rules ?? [], old.rules ?? []) && sameContent(role.aggregationRule, old.aggregationRule)) return;
  if (may(server, call, 'escalate', resource, role.metadata.name ?? '')) return;
  const everything: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  const aggregates = role.aggregationRule !== undefined && !sameContent(role.aggregationRule, old?.aggregationRule);
  confirm(server, call, role.metadata.name ?? '', aggregates ? [everything] : (role.rules ?? []));
}

function checkBinding(server: Server, call: Call, binding: AnyBinding, old: AnyBinding | undefined): void {
  const { resource } = resourceOf(call);
  const { kind, name } = binding.roleRef;
  if (old && sameContent(binding.roleRef, old.roleRef) && sameContent(binding.subjects, old.subjects)) return;
  const roles = kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (may(server, call, 'bind', roles, name)) return;
  const role = cacheNamed(server, `${roles}.${GROUP}`)?.get(kind === 'ClusterRole' ? '' : call.request.namespace, name) as AnyRole | undefined;
  if (!role) throw new Refusal(notFound({ group: GROUP, resource }, name));
  confirm(server, call, binding.metadata.name ?? '', role.rules ?? []);
}

/** Every single right that the rules give must be covered by the user's own rules. */
function confirm(server: Server, call: Call, name: string, rules: readonly PolicyRule[]): void {
  const own = rulesFor(server, call.user, call.request.namespace);
  const missing = rules.flatMap(breakdown).filter((rule) => !own.some((held) => covers(held, rule)));
  if (missing.length === 0) return;
  const { group, resource } = resourceOf(call);
  const held = compact(missing).map(ruleText);
  throw new Refusal(forbidden({ group, resource }, name, `user ${goQuote(call.user.name)}${groupsText(call.user)} is attempting to grant RBAC permissions not currently held:\n${held.sort().join('\n')}`));
}

function groupsText({ groups }: User): string {
  return groups.length === 0 ? '' : ` (groups=[${groups.map(goQuote).join(' ')}])`;
}

/** One rule for each combination of group, resource, verb and name. */
function breakdown(rule: PolicyRule): readonly PolicyRule[] {
  const names = rule.resourceNames?.length ? rule.resourceNames.map((name) => [name]) : [undefined];
  const single: PolicyRule[] = [];
  for (const group of rule.apiGroups ?? []) for (const resource of rule.resources ?? []) for (const verb of rule.verbs) for (const resourceNames of names) {
    single.push({ apiGroups: [group], resources: [resource], verbs: [verb], ...(resourceNames ? { resourceNames } : {}) });
  }
  for (const url of rule.nonResourceURLs ?? []) for (const verb of rule.verbs) single.push({ nonResourceURLs: [url], verbs: [verb] });
  return single;
}

function covers(held: PolicyRule, wanted: PolicyRule): boolean {
  const verb = wanted.verbs[0] ?? '';
  const url = wanted.nonResourceURLs?.[0];
  if (url !== undefined) {
    return (held.verbs.includes('*') || held.verbs.includes(verb)) && (held.nonResourceURLs ?? []).some((own) => own === '*' || own === url || (own.endsWith('*') && url.startsWith(own.slice(0, -1))));
  }
  const [resource = '', subresource = ''] = (wanted.resources?.[0] ?? '').split('/');
  const question = { verb, group: wanted.apiGroups?.[0] ?? '', resource, subresource, name: wanted.resourceNames?.[0] ?? '' };
  return ruleAllows(held, question);
}

/** Puts together again what differs in verbs alone. */
function compact(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const byRest = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs]);
    const before = byRest.get(key);
    byRest.set(key, before ? { ...before, verbs: [...before.verbs, ...rule.verbs] } : rule);
  }
  return [...byRest.values()];
}

function ruleText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const list = (values: readonly string[]): string => `[${values.map(goQuote).join(' ')}]`;
  const parts = [
    apiGroups && `APIGroups:${list(apiGroups)}`, resources && `Resources:${list(resources)}`, resourceNames && `ResourceNames:${list(resourceNames)}`,
    nonResourceURLs && `NonResourceURLs:${list(nonResourceURLs)}`, `Verbs:${list(verbs)}`,
  ];
  return `{${parts.filter((part) => part !== undefined).join(', ')}}`;
}
