import type { User } from '../../call.ts';
import { cacheNamed } from '../../server.ts';
import type { Server } from '../../server.ts';
import type { WatchCache } from '../../watch-cache.ts';
import type { Attributes, Decision } from './authorizer.ts';
import { bootstrapObjects, pathAllowed, ruleAllows } from './rules.ts';
import type { AnyBinding, AnyRole, PolicyRule, RbacObjects, Subject } from './rules.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** One binding as far as one subject goes: the rules, and the decision that each leads to, made when it is first needed. */
interface Grant {
  readonly namespace: string;
  readonly rules: readonly PolicyRule[];
  readonly reason: string;
  readonly decisions: (Decision | undefined)[];
  /** The role that does not exist; '' if it does. */
  readonly missing: string;
}

/** All grants by subject (`User x`, `Group y`, `ServiceAccount ns/name`). */
type Index = ReadonlyMap<string, readonly Grant[]>;

const NO_OPINION: Decision = { allowed: false, authorizer: 'RBAC', reason: '' };

/** Models the RBAC authorizer: any rule of any role that is bound to the user or one of its groups may allow it. */
export function rbacDecision(server: Server, attributes: Attributes): Decision {
  return decide(grantsOf(server), attributes.user, attributes.namespace, (rule) => ruleAllows(rule, attributes));
}

/** For paths outside resources, as `/healthz`. */
export function rbacPathDecision(server: Server, user: User, verb: string, path: string): Decision {
  return decide(grantsOf(server), user, '', (rule) => pathAllowed(rule, verb, path));
}

/** All rules that apply to a user in a namespace, for SelfSubjectRulesReview and escalation checks. */
export function rulesFor(server: Server, user: User, namespace: string): readonly PolicyRule[] {
  const index = grantsOf(server);
  return subjectsOf(user).flatMap((subject) => (index.get(subject) ?? [])
    .filter((grant) => grant.namespace === '' || grant.namespace === namespace).flatMap((grant) => grant.rules));
}

function decide(index: Index, user: User, namespace: string, allows: (rule: PolicyRule) => boolean): Decision {
  for (const subject of subjectsOf(user)) {
    for (const grant of index.get(subject) ?? []) {
      if (grant.namespace !== '' && grant.namespace !== namespace) continue;
      const at = grant.rules.findIndex(allows);
      if (at !== -1) return grant.decisions[at] ??= allowedBy(grant, at);
    }
  }
  return withoutOpinion(index, user, namespace);
}

function allowedBy({ reason, rules }: Grant, at: number): Decision {
  const rule = rules[at];
  return { allowed: true, authorizer: 'RBAC', reason, ...(rule && { rule }) };
}

/** Names the roles that were not there to be asked. */
function withoutOpinion(index: Index, user: User, namespace: string): Decision {
  const grants = subjectsOf(user).flatMap((subject) => index.get(subject) ?? []).filter((grant) => grant.missing !== '' && (grant.namespace === '' || grant.namespace === namespace));
  if (grants.length === 0) return NO_OPINION;
  const errors = [...new Set(grants.toSorted((a, b) => a.namespace.length - b.namespace.length).map(({ missing }) => `${missing} not found`))];
  return { ...NO_OPINION, reason: `RBAC: ${errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`}` };
}

const ACCOUNT = 'system:serviceaccount:';
const subjects = new WeakMap<User, readonly string[]>();

function subjectsOf(user: User): readonly string[] {
  let list = subjects.get(user);
  if (!list) {
    const account = user.name.startsWith(ACCOUNT) ? [`ServiceAccount ${user.name.slice(ACCOUNT.length).replace(':', '/')}`] : [];
    subjects.set(user, list = [`User ${user.name}`, ...account, ...user.groups.map((group) => `Group ${group}`)]);
  }
  return list;
}

// ---- the index ----

interface Cached { readonly revisions: string; readonly index: Index }
const indexes = new WeakMap<WatchCache, Cached>();
let bootstrapIndex: Index | undefined;

/** From the stored roles and bindings; where these kinds are not served, from the bootstrap policy. */
function grantsOf(server: Server): Index {
  const caches = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map((name) => cacheNamed(server, `${name}.${GROUP}`));
  const [clusterRoles, clusterRoleBindings, roles, roleBindings] = caches;
  if (!clusterRoles || !clusterRoleBindings || !roles || !roleBindings) return (bootstrapIndex ??= build(bootstrapObjects()));
  const revisions = caches.map((cache) => cache?.changes).join();
  const cached = indexes.get(clusterRoles);
  if (cached?.revisions === revisions) return cached.index;
  const index = build({
    clusterRoles: all(clusterRoles) as readonly AnyRole[], clusterRoleBindings: all(clusterRoleBindings) as unknown as readonly AnyBinding[],
    roles: all(roles) as readonly AnyRole[], roleBindings: all(roleBindings) as unknown as readonly AnyBinding[],
  });
  indexes.set(clusterRoles, { revisions, index });
  return index;
}

function all(cache: WatchCache): ReturnType<WatchCache['list']> {
  return cache.list({ namespace: '', name: '', labels: undefined, fields: undefined, view: undefined });
}

function build(objects: RbacObjects): Index {
  const index = new Map<string, Grant[]>();
  const clusterRoles = new Map(objects.clusterRoles.map((role) => [role.metadata.name, role.rules ?? []]));
  const roles = new Map(objects.roles.map((role) => [`${role.metadata.namespace}/${role.metadata.name}`, role.rules ?? []]));
  for (const binding of objects.clusterRoleBindings) {
    add(index, binding, '', clusterRoles.get(binding.roleRef.name));
  }
  for (const binding of objects.roleBindings) {
    const namespace = binding.metadata.namespace ?? '';
    const rules = binding.roleRef.kind === 'ClusterRole' ? clusterRoles.get(binding.roleRef.name) : roles.get(`${namespace}/${binding.roleRef.name}`);
    add(index, binding, namespace, rules);
  }
  return index;
}

function add(index: Map<string, Grant[]>, binding: AnyBinding, namespace: string, rules: readonly PolicyRule[] | undefined): void {
  if (rules?.length === 0) return;
  const missing = rules ? '' : `${binding.roleRef.kind.toLowerCase()}.${GROUP} ${JSON.stringify(binding.roleRef.name)}`;
  for (const subject of binding.subjects ?? []) {
    const key = keyOf(subject);
    const name = namespace === '' ? `"${binding.metadata.name}"` : `"${binding.metadata.name}/${namespace}"`;
    const reason = `RBAC: allowed by ${binding.kind} ${name} of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subject.kind} "${key.slice(key.indexOf(' ') + 1)}"`;
    const grant: Grant = { namespace, missing, rules: rules ?? [], reason, decisions: [] };
    const list = index.get(key);
    if (list) list.push(grant);
    else index.set(key, [grant]);
  }
}

function keyOf({ kind, name, namespace }: Subject): string {
  return kind === 'ServiceAccount' ? `ServiceAccount ${namespace ?? ''}/${name}` : `${kind} ${name}`;
}
