// Recounts what quotas allow against what there is (models pkg/controller/resourcequota). New objects are counted by
// admission; here they are given back when objects go, and everything is set right now and then.
import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '../api/generated/types.ts';
import { keyOf } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/meta.ts';
import { quantityFromValue } from '../api/quantity.ts';
import type { Quantity } from '../api/quantity.ts';
import { inScopes, namesFor, usageOf } from '../apiserver/admission/quota/evaluators.ts';
import { add, amountsOf, listOf, sameAmounts } from '../apiserver/admission/quota/resource-list.ts';
import type { Amounts } from '../apiserver/admission/quota/resource-list.ts';
import { updateRequest } from '../client/requests.ts';
import type { Change } from '../client/informer.ts';
import { errorText, isNotFound, isSuccess } from './api-errors.ts';
import type { Controller, PlanExplanation, Scope } from './controller.ts';
import { RESOURCES } from './discovery.ts';
import { isTerminal } from './pods.ts';
import { END, onlyResult, write } from './writes.ts';

const NAME = 'resourcequota-controller';
const QUOTAS: GroupVersionResource = { group: '', version: 'v1', resource: 'resourcequotas' };
type Empty = Readonly<Record<string, never>>;

/** What can be counted: `pods`, `deployments.apps`, and the informer that sees it. */
const COUNTED = RESOURCES.filter((entry) => entry.namespaced && entry.gvr.resource !== 'events')
  .map(({ gvr }) => ({ informer: gvr.resource, name: gvr.group === '' ? gvr.resource : `${gvr.resource}.${gvr.group}` }));
const NAME_OF = new Map(COUNTED.map(({ informer, name }) => [informer, name]));

export const resourceQuotaController: Controller<Empty, 'update'> = {
  name: NAME,
  watches: COUNTED.map(({ informer }) => informer),
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
    if (!givesBack(change)) return;
    const name = NAME_OF.get(change.informer) ?? '';
    for (const quota of scope.informer('resourcequotas').byIndex('namespace', change.object.metadata.namespace ?? '')) {
      if (namesFor(name, Object.keys((quota as ResourceQuota).status?.hard ?? {})).length > 0) enqueue(keyOf(quota));
    }
  },
  reconcile(key, _state, scope) {
    const quotas = scope.informer('resourcequotas');
    if (key === '') return { enqueue: [...quotas.objects.keys()].toSorted() };
    const quota = quotas.get(key) as ResourceQuota | undefined;
    if (!quota) return END;
    const hard = amountsOf(quota.spec?.hard);
    const used = usedOf(quota, scope);
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

/** Whether a change can lower a usage, or change it in a way that admission does not see. */
function givesBack({ type, informer, object, old }: Change): boolean {
  if (type !== 'updated') return type === 'deleted';
  switch (informer) {
    case 'pods': return isTerminal(object as Pod) && !isTerminal(old as Pod);
    case 'services': return (object as Service).spec?.type !== (old as Service).spec?.type;
    case 'persistentvolumeclaims': return (object as PersistentVolumeClaim).spec?.resources !== (old as PersistentVolumeClaim).spec?.resources;
    default: return false;
  }
}

/** Usage of all that the quota limits; what nobody can count stays as it is. */
function usedOf(quota: ResourceQuota, scope: Scope): Amounts {
  const limits = Object.keys(quota.spec?.hard ?? {});
  const before = amountsOf(quota.status?.used);
  const used = new Map<string, Quantity>();
  for (const name of limits) {
    const known = before.get(name);
    if (known) used.set(name, known);
  }
  for (const { informer, name } of COUNTED) {
    const names = namesFor(name, limits);
    if (names.length === 0) continue;
    let total: Amounts = new Map(names.map((limited) => [limited, quantityFromValue(0)]));
    for (const object of scope.informer(informer).byIndex('namespace', quota.metadata.namespace ?? '')) {
      if (inScopes(name, quota, object)) total = add(total, only(usageOf(name, object), names));
    }
    for (const [limited, amount] of total) used.set(limited, amount);
  }
  return used;
}

function only(amounts: Amounts, names: readonly string[]): Amounts {
  return new Map([...amounts].filter(([name]) => names.includes(name)));
}

function explain(key: string, before: Readonly<Record<string, string | number>> | undefined, used: Amounts): PlanExplanation {
  return { about: 'plan', controller: NAME, key, observed: before ?? {}, desired: listOf(used), actions: [{ code: 'updateQuotaUsage', params: {} }] };
}
