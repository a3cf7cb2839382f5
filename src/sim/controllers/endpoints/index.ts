// Keeps the Endpoints object of services with a selector, the older form of EndpointSlices (models pkg/controller/endpoint).
import type { Endpoints, EndpointSubset, Pod, Service } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import type { GroupVersionResource } from '../../api/meta.ts';
import { createRequest, deleteRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isNamespaceTerminating, isNotFound, isSuccess } from '../api-errors.ts';
import type { Controller, Round, Scope, WriteResult } from '../controller.ts';
import { selects, servicesOfPodChange } from '../endpointslice/membership.ts';
import { effortUs, triggerTime, withTriggerTime } from '../endpointslice/trigger-time.ts';
import type { TriggerState } from '../endpointslice/trigger-time.ts';
import { END, onlyResult, write } from '../writes.ts';
import { MAX_ADDRESSES, sameSubsets, subsetsOf, truncate } from './subsets.ts';

const ENDPOINTS: GroupVersionResource = { group: '', version: 'v1', resource: 'endpoints' };
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const HEADLESS = 'service.kubernetes.io/headless';
const MANAGER = 'endpoint-controller';

export interface State {
  readonly triggers: Map<string, TriggerState>;
  /** The resourceVersion that was replaced: a cache that still shows it is behind. */
  readonly replaced: Map<string, string>;
}
export type Progress = { readonly verb: 'delete' | 'create' } | { readonly verb: 'update'; readonly replaced: string };

export const endpointsController: Controller<State, Progress> = {
  name: 'endpoints-controller',
  serviceAccount: 'endpoint-controller',
  eventSource: 'endpoint-controller',
  watches: ['services', 'pods', 'endpoints'],
  workers: 5,
  workersOption: 'concurrent-endpoint-syncs',
  maxRetries: 15,
  init: () => ({ triggers: new Map(), replaced: new Map() }),
  clone: ({ triggers, replaced }) => ({ triggers: new Map(triggers), replaced: new Map(replaced) }),
  onChange(change, _state, scope, enqueue) {
    switch (change.informer) {
      case 'services': enqueue(keyOf(change.object)); return;
      case 'pods': {
        const batchUs = scope.option('endpoint-updates-batch-period');
        servicesOfPodChange(change, scope.informer('services'), (key) => enqueue(key, batchUs));
        return;
      }
      case 'endpoints': if (change.type === 'deleted') enqueue(keyOf(change.object));
    }
  },
  effortUs: (key, state) => effortUs(state.triggers.get(key)),
  reconcile(key, state, scope) {
    const service = scope.informer('services').get(key) as Service | undefined;
    if (!service) {
      state.triggers.delete(key);
      state.replaced.delete(key);
      const slash = key.indexOf('/');
      return { writes: [write('delete', deleteRequest(ENDPOINTS, key.slice(0, slash), key.slice(slash + 1)))], progress: { verb: 'delete' } };
    }
    return service.spec?.type === 'ExternalName' || service.spec?.selector === undefined ? END : sync(key, service, state, scope);
  },
  proceed: (key, progress, results, state) => onWritten(key, progress, results, state),
};

function sync(key: string, service: Service, state: State, scope: Scope): Round<Progress> {
  const { namespace = '', name = '', labels } = service.metadata;
  const pods: Pod[] = [];
  for (const pod of scope.informer('pods').byIndex('namespace', namespace)) if (selects(service, pod.metadata.labels)) pods.push(pod as Pod);
  const trigger = triggerTime(state.triggers.get(key), service, pods);
  state.triggers.set(key, trigger.state);
  const all = subsetsOf(service, pods);
  const current = scope.informer('endpoints').get(key) as Endpoints | undefined;
  if (current && state.replaced.get(key) === current.metadata.resourceVersion) return { error: `endpoints informer cache is out of date, resource version ${current.metadata.resourceVersion} already processed for endpoints ${key}` };
  const subsets = truncate(all);
  const truncated = subsets !== all;
  if (current && sameSubsets(current.subsets, subsets) && sameLabels(current.metadata.labels, labels) && truncated === (current.metadata.annotations?.[OVER_CAPACITY] !== undefined)) return END;
  const next = endpointsOf(service, current, subsets, trigger.time, truncated);
  const explanation = {
    about: 'plan' as const, controller: 'endpoints-controller', key, observed: { addresses: addressesOf(current?.subsets) },
    desired: { addresses: addressesOf(all), limit: MAX_ADDRESSES }, actions: [{ code: current ? 'updateEndpoints' : 'createEndpoints', params: { name } }],
  };
  if (!current) return { writes: [write('create', createRequest(ENDPOINTS, next, namespace))], progress: { verb: 'create' }, explanation };
  return { writes: [write('update', updateRequest(ENDPOINTS, next))], progress: { verb: 'update', replaced: current.metadata.resourceVersion ?? '' }, explanation };
}

function addressesOf(subsets: readonly EndpointSubset[] = []): number {
  return subsets.reduce((sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length, 0);
}

/** The labels of Endpoints are those of the service and the two that the controller adds; without its mark they are not its own yet. */
function sameLabels(current: Readonly<Record<string, string>> = {}, wanted: Readonly<Record<string, string>> = {}): boolean {
  if (current[MANAGED_BY] !== MANAGER) return false;
  const keys = Object.keys(current).filter((key) => key !== HEADLESS && key !== MANAGED_BY);
  return keys.length === Object.keys(wanted).length && keys.every((key) => current[key] === wanted[key]);
}

function endpointsOf(service: Service, current: Endpoints | undefined, subsets: readonly EndpointSubset[], time: string | undefined, truncated: boolean): Endpoints {
  const { name, namespace, labels } = service.metadata;
  const { clusterIP = '' } = service.spec ?? {};
  const { [OVER_CAPACITY]: _old, ...kept } = withTriggerTime(current?.metadata.annotations, time) ?? {};
  const annotations = truncated ? { ...kept, [OVER_CAPACITY]: 'truncated' } : kept;
  const headless: Readonly<Record<string, string>> = clusterIP === '' || clusterIP === 'None' ? { [HEADLESS]: '' } : {};
  return {
    apiVersion: 'v1', kind: 'Endpoints',
    metadata: {
      ...(current?.metadata ?? { name, namespace }), labels: { ...labels, ...headless, [MANAGED_BY]: MANAGER },
      annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    },
    ...(subsets.length > 0 ? { subsets } : {}),
  };
}

function onWritten(key: string, progress: Progress, results: readonly WriteResult[], state: State): Round<Progress> {
  const result = onlyResult(results);
  if (isSuccess(result)) {
    if (progress.verb === 'update' && result.body.metadata.resourceVersion !== progress.replaced) state.replaced.set(key, progress.replaced);
    return END;
  }
  const error = errorText(result);
  switch (progress.verb) {
    case 'delete': return isNotFound(result) ? END : { error };
    case 'create': {
      if (isNamespaceTerminating(result)) return END;
      return { events: [{ about: result.write.spec.body as Endpoints, type: 'Warning', reason: 'FailedToCreateEndpoint', message: `Failed to create endpoint for service ${key}: ${error}` }], error };
    }
    case 'update': return { events: [{ about: result.write.spec.body as Endpoints, type: 'Warning', reason: 'FailedToUpdateEndpoint', message: `Failed to update endpoint ${key}: ${error}` }], error };
  }
}
