// Fills ClusterRoles that are put together from others (models pkg/controller/clusterroleaggregation).
import type { ClusterRole } from '../api/generated/types.ts';
import { canonicalJson } from '../api/hash.ts';
import type { GroupVersionResource } from '../api/meta.ts';
import { matchesLabelSelector } from '../api/selectors.ts';
import { patchRequest } from '../client/requests.ts';
import { errorText, isSuccess } from './api-errors.ts';
import type { Controller, Round, Scope } from './controller.ts';
import { END, onlyResult, write } from './writes.ts';

const CLUSTER_ROLES: GroupVersionResource = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const NAME = 'clusterrole-aggregation-controller';

type Rules = NonNullable<ClusterRole['rules']>;

export const clusterRoleAggregationController: Controller<null, 'apply'> = {
  name: NAME, watches: ['clusterroles'], workers: 5,
  init: () => null,
  clone: (state) => state,
  // Any role may be part of any other.
  onChange(_change, _state, scope, enqueue) {
    for (const [name, role] of scope.informer('clusterroles').objects) if ((role as ClusterRole).aggregationRule) enqueue(name);
  },
  reconcile(name, _state, scope) {
    const role = scope.informer('clusterroles').get(name) as ClusterRole | undefined;
    return role?.aggregationRule ? aggregate(role, scope) : END;
  },
  proceed(_name, _progress, results) {
    const result = onlyResult(results);
    return isSuccess(result) ? END : { error: errorText(result) };
  },
};

function aggregate(role: ClusterRole, scope: Scope): Round<'apply'> {
  const { name = '' } = role.metadata;
  const rules = rulesFor(role, scope);
  if (canonicalJson(rules) === canonicalJson(role.rules ?? [])) return END;
  const applied = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules };
  const spec = { ...patchRequest(CLUSTER_ROLES, '', name, 'apply', applied), options: { fieldManager: NAME, force: true } };
  return {
    writes: [write('applyRules', spec)], progress: 'apply',
    explanation: { about: 'plan', controller: NAME, key: name, observed: { rules: role.rules?.length ?? 0 }, desired: { rules: rules.length }, actions: [{ code: 'aggregateRules', params: { name, count: rules.length } }] },
  };
}

/** The rules of all selected roles, by the names of the roles, each once. */
function rulesFor({ aggregationRule, metadata }: ClusterRole, scope: Scope): Rules {
  const rules = new Map<string, Rules[number]>();
  const others = ([...scope.informer('clusterroles').objects.values()] as ClusterRole[]).sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  for (const selector of aggregationRule?.clusterRoleSelectors ?? []) {
    for (const other of others) {
      if (other.metadata.name === metadata.name || !matchesLabelSelector(selector, other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) rules.set(canonicalJson(rule), rules.get(canonicalJson(rule)) ?? rule);
    }
  }
  return [...rules.values()];
}
