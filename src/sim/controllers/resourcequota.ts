// Recounts what quotas allow against what there is (models pkg/controller/resourcequota). New objects are counted by
// admission; here they are given back when objects go, and everything is set right now and then.
import type { ContainerStatus, Pod, ResourceQuota, Service } from '../api/generated/types.ts';
import { canonicalJson } from '../api/hash.ts';
import { keyOf } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/meta.ts';
import { quantityFromValue } from '../api/quantity.ts';
import type { Quantity } from '../api/quantity.ts';
import { hasEnded, inScopes, isTimeLimited, namesFor, usageOf } from '../apiserver/admission/quota/evaluators.ts';
import { add, amountsOf, listOf, sameAmounts } from '../apiserver/admission/quota/resource-list.ts';
import type { Amounts } from '../apiserver/admission/quota/resource-list.ts';
import { updateRequest } from '../client/requests.ts';
import type { Change } from '../client/informer.ts';
import { errorText, isNotFound, isSuccess } from './api-errors.ts';
import type { Controller, PlanExplanation, Scope } from './controller.ts';
import { DEFINITIONS, RESOURCES, customInformer, customResources } from './discovery.ts';
import { END, onlyResult, write } from './writes.ts';

const NAME = 'resourcequota-controller';
const QUOTAS: GroupVersionResource = { group: '', version: 'v1', resource: 'resourcequotas' };
type Empty = Readonly<Record<string, never>>;

interface Counted { readonly informer: string; readonly name: string }

/** What can be counted: `pods`, `deployments.apps`, and the informer that sees it. */
const COUNTED: readonly Counted[] = RESOURCES.filter((entry) => entry.namespaced && entry.gvr.resource !== 'events')
  .map(({ gvr }) => ({ informer: gvr.resource, name: gvr.group === '' ? gvr.resource : `${gvr.resource}.${gvr.group}` }));
const NAME_OF = new Map(COUNTED.map(({ informer, name }) => [informer, name]));

export const resourceQuotaController: Controller<Empty, 'update'> = {
  name: NAME,
  watches: [...COUNTED.map(({ informer }) => informer), DEFINITIONS],
  followsCustomResources: true,
  workers: 5,
  workersOption: 'concurrent-resource-quota-syncs',
  periodUs: 300_000_000,
  periodOption: 'resource-quota-sync-period',
  init: () => ({}),
  clone: (state) => state,
  onChange(change, _state, scope, enqueue) {
    if (change.informer === 'resourcequotas') {
      const before = (change.old as ResourceQuota | undefined)?.spec;
      if (change.type !== 'deleted' && (change.type === 'added' || before !== (change.object as ResourceQuota).spec)) enqueue(keyOf(change.object));
    }
    const quotas = scope.informer('resourcequotas');
    if (quotas.objects.size === 0 || !givesBack(change, scope.unixUs)) return;
    // The informer of a custom resource has the name by which it is counted.
    const name = NAME_OF.get(change.informer) ?? change.informer;
    for (const quota of quotas.byIndex('namespace', change.object.metadata.namespace ?? '')) {
      if (namesFor(name, Object.keys((quota as ResourceQuota).status?.hard ?? {})).length > 0) enqueue(keyOf(quota));
    }
  },
  reconcile(key, _state, scope) {
    const quotas = scope.informer('resourcequotas');
    if (key === '') return { enqueue: [...quotas.objects.keys()].toSorted() };
    const quota = quotas.get(key) as ResourceQuota | undefined;
    if (!quota) return END;
    const custom = customCounted(Object.keys(quota.spec?.hard ?? {}), scope);
    const unseen = custom.find(({ informer }) => !scope.informer(informer).synced);
    if (unseen) return { error: `the cache of ${unseen.name} is not filled yet` };
    const hard = amountsOf(quota.spec?.hard);
    const used = usedOf(quota, [...COUNTED, ...custom], scope);
    const { status } = quota;
    if (status?.hard && status.used && sameAmounts(hard, amountsOf(status.hard)) && sameAmounts(used, amountsOf(status.used))) return END;
    const next: ResourceQuota = { ...quota, status: { hard: listOf(hard), used: listOf(used) } };
    return { writes: [write('updateStatus', updateRequest(QUOTAS, next, 'status'))], progress: 'update', explanation: explain(key, status?.used, used) };
  },
  proceed(_key, _progress, results) {
    const result = onlyResult(results);
    return isSuccess(result) || isNotFound(result) ? END : { error: errorText(result) };
  },
};

/** Whether a change can lower a usage, or change it in a way that admission does not see (models DefaultUpdateFilter). */
function givesBack({ type, informer, object, old }: Change, unixUs: number): boolean {
  if (type !== 'updated') return type === 'deleted';
  switch (informer) {
    case 'pods': return podGivesBack(old as Pod, object as Pod, unixUs);
    case 'services': return quotaType(object as Service) !== quotaType(old as Service);
    // The real one compares pointers, which are never the same: it looks after every change.
    case 'persistentvolumeclaims': return true;
    default: return false;
  }
}

function podGivesBack(before: Pod, after: Pod, unixUs: number): boolean {
  if (!hasEnded(before, unixUs) && hasEnded(after, unixUs)) return true;
  if (isTimeLimited(before) !== isTimeLimited(after)) return true;
  return resized(before.status?.containerStatuses, after.status?.containerStatuses) || resized(before.status?.initContainerStatuses, after.status?.initContainerStatuses);
}

/** A container runs with other resources than before. */
function resized(before: readonly ContainerStatus[] | undefined, after: readonly ContainerStatus[] | undefined): boolean {
  if (before === after) return false;
  return (before ?? []).some(({ name, resources }) => {
    const now = after?.find((status) => status.name === name);
    return now !== undefined && now.resources !== resources && canonicalJson(now.resources) !== canonicalJson(resources);
  });
}

function quotaType({ spec }: Service): string {
  return spec?.type === 'NodePort' || spec?.type === 'LoadBalancer' ? spec.type : '';
}

/** Usage of all that the quota limits; what nobody can count stays as it is. */
function usedOf(quota: ResourceQuota, counted: readonly Counted[], scope: Scope): Amounts {
  const limits = Object.keys(quota.spec?.hard ?? {});
  const before = amountsOf(quota.status?.used);
  const used = new Map<string, Quantity>();
  for (const name of limits) {
    const known = before.get(name);
    if (known) used.set(name, known);
  }
  for (const { informer, name } of counted) {
    const names = namesFor(name, limits);
    if (names.length === 0) continue;
    let total: Amounts = new Map(names.map((limited) => [limited, quantityFromValue(0)]));
    for (const object of scope.informer(informer).byIndex('namespace', quota.metadata.namespace ?? '')) {
      if (inScopes(name, quota, object)) total = add(total, only(usageOf(name, object, scope.unixUs), names));
    }
    for (const [limited, amount] of total) used.set(limited, amount);
  }
  return used;
}

/** Custom resources of which a limit speaks, `count/widgets.example.org`, as far as they are defined. */
function customCounted(limits: readonly string[], scope: Scope): readonly Counted[] {
  const found: Counted[] = [];
  for (const limit of limits) {
    const name = limit.startsWith('count/') ? limit.slice('count/'.length) : '';
    const definition = scope.informer(DEFINITIONS).get(name);
    const [resource] = definition ? customResources(definition) : [];
    if (resource?.namespaced) found.push({ informer: customInformer(resource.gvr), name });
  }
  return found;
}

function only(amounts: Amounts, names: readonly string[]): Amounts {
  return new Map([...amounts].filter(([name]) => names.includes(name)));
}

function explain(key: string, before: Readonly<Record<string, string | number>> | undefined, used: Amounts): PlanExplanation {
  return { about: 'plan', controller: NAME, key, observed: before ?? {}, desired: listOf(used), actions: [{ code: 'updateQuotaUsage', params: {} }] };
}
