// Keeps the EndpointSlices of services with a selector (models pkg/controller/endpointslice).
import type { EndpointSlice, Node, Pod, Service } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import { ENDPOINT_SLICES } from '../../api/resources.ts';
import { createRequest, deleteRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isNamespaceTerminating, isNotFound, isSuccess } from '../api-errors.ts';
import type { Change } from '../../client/informer.ts';
import type { Controller, Enqueue, EventDraft, PlanExplanation, Round, Scope, Write, WriteResult } from '../controller.ts';
import { END, write } from '../writes.ts';
import { NO_HINTS, isNodeReady, isOverloaded, sharesOf, zoneOf } from './hints.ts';
import type { ServiceHints } from './hints.ts';
import { selects, servicesOfPodChange } from './membership.ts';
import { MANAGED_BY, MANAGER, reconcileSlices, SERVICE_NAME } from './slices.ts';
import type { Changes } from './slices.ts';
import { DELETED, isForeign, isStale } from './tracker.ts';
import type { Tracked } from './tracker.ts';
import { effortUs, triggerTime, withTriggerTime } from './trigger-time.ts';
import type { TriggerState } from './trigger-time.ts';

const NAME = 'endpointslice-controller';
/** A slice that somebody else changed is looked at again not before this. */
const SLICE_CHANGE_DELAY_US = 1_000_000;
/** Failed syncs are repeated after 1 s, doubling up to 1000 s, at most 15 times. */
const RETRY_US = 1_000_000;
const RETRY_MAX_US = 1_000_000_000;
const RETRIES = 15;

export interface State {
  readonly tracked: Map<string, Tracked>;
  readonly triggers: Map<string, TriggerState>;
  readonly failures: Map<string, number>;
  /** Topology hints of services that have some. */
  readonly hints: Map<string, ServiceHints>;
}

export interface Progress { readonly service: Service; readonly problems: readonly string[]; readonly events: readonly EventDraft[] }

export const endpointSliceController: Controller<State, Progress> = {
  name: NAME,
  eventSource: 'endpoint-slice-controller',
  watches: ['services', 'pods', 'endpointslices', 'nodes'],
  workers: 5,
  workersOption: 'concurrent-service-endpoint-syncs',
  init: () => ({ tracked: new Map(), triggers: new Map(), failures: new Map(), hints: new Map() }),
  clone: ({ tracked, triggers, failures, hints }) => ({ tracked: new Map(tracked), triggers: new Map(triggers), failures: new Map(failures), hints: new Map(hints) }),
  onChange(change, state, scope, enqueue) {
    switch (change.informer) {
      case 'services': enqueue(keyOf(change.object)); return;
      case 'pods': {
        const batchUs = scope.option('endpointslice-updates-batch-period');
        servicesOfPodChange(change, scope.informer('services'), (key) => enqueue(key, batchUs));
        return;
      }
      case 'nodes': onNode(change, state, scope, enqueue); return;
      case 'endpointslices': {
        const delayUs = Math.max(SLICE_CHANGE_DELAY_US, scope.option('endpointslice-updates-batch-period'));
        onSlice(change.type, change.object as EndpointSlice, change.old as EndpointSlice | undefined, state, (key) => enqueue(key, delayUs));
      }
    }
  },
  effortUs: (key, state) => effortUs(state.triggers.get(key)),
  reconcile: (key, state, scope) => sync(key, state, scope),
  proceed: (key, progress, results, state) => onWritten(key, progress, results, state),
};

function serviceOf({ metadata: { namespace, labels } }: EndpointSlice): string {
  return keyFor(namespace, labels?.[SERVICE_NAME] ?? '');
}

function isMine({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[MANAGED_BY] === MANAGER;
}

function onSlice(type: 'added' | 'updated' | 'deleted', slice: EndpointSlice, old: EndpointSlice | undefined, state: State, enqueue: (key: string) => void): void {
  const key = serviceOf(slice);
  if (type !== 'deleted') {
    const changedHands = old !== undefined && type === 'updated' && (isMine(old) !== isMine(slice) || serviceOf(old) !== key);
    if (changedHands && serviceOf(old) !== key) enqueue(serviceOf(old));
    if (changedHands || (isMine(slice) && isForeign(state.tracked.get(key), slice))) enqueue(key);
    return;
  }
  const { uid = '' } = slice.metadata;
  const tracked = state.tracked.get(key);
  const written = tracked?.get(uid);
  if (!isMine(slice) || !tracked || written === undefined) return;
  const rest = new Map(tracked);
  rest.delete(uid);
  state.tracked.set(key, rest);
  if (written !== DELETED) enqueue(key);
}

/** Other zones, or other nodes in them: services whose hints no longer suit are looked at again. */
function onNode({ type, object, old }: Change, state: State, scope: Scope, enqueue: Enqueue): void {
  if (state.hints.size === 0) return;
  const [node, before] = [object as Node, old as Node | undefined];
  if (type === 'updated' && before && isNodeReady(before) === isNodeReady(node) && zoneOf(before) === zoneOf(node)) return;
  const shares = sharesOf(scope.informer('nodes'));
  for (const [key, hints] of state.hints) if (isOverloaded(hints, shares)) enqueue(key);
}

function sync(key: string, state: State, scope: Scope): Round<Progress> {
  const service = scope.informer('services').get(key) as Service | undefined;
  if (!service) {
    state.tracked.delete(key);
    state.triggers.delete(key);
    state.failures.delete(key);
    state.hints.delete(key);
    return END;
  }
  if (service.spec?.type === 'ExternalName' || service.spec?.selector === undefined) return END;
  const { namespace = '' } = service.metadata;
  const slices = [...scope.informer('endpointslices').byIndex('service', key)] as EndpointSlice[];
  const existing = slices.filter((slice) => isMine(slice) && slice.metadata.deletionTimestamp === undefined);
  if (isStale(state.tracked.get(key), existing)) return retry(key, state);
  const pods: Pod[] = [];
  for (const pod of scope.informer('pods').byIndex('namespace', namespace)) if (selects(service, pod.metadata.labels)) pods.push(pod as Pod);
  const trigger = triggerTime(state.triggers.get(key), service, pods);
  state.triggers.set(key, trigger.state);
  const hints = state.hints.get(key) ?? NO_HINTS;
  const changes = reconcileSlices({ service, pods, existing, nodes: scope.informer('nodes'), limit: scope.option('max-endpoints-per-slice'), hints });
  if (changes.hints.families.size === 0) state.hints.delete(key);
  else state.hints.set(key, changes.hints);
  const writes = writesOf(service, changes, trigger.time);
  const progress: Progress = { service, problems: changes.problems, events: changes.events.map((event) => ({ about: service, ...event })) };
  if (writes.length === 0) return conclude(key, progress, undefined, state);
  return { writes, progress, explanation: explain(key, pods.length, existing, changes) };
}

function writesOf(service: Service, { create, update, remove }: Changes, time: string | undefined): readonly Write[] {
  const stamped = (slice: EndpointSlice): EndpointSlice => ({ ...slice, metadata: { ...slice.metadata, annotations: withTriggerTime(slice.metadata.annotations, time) } });
  const { namespace = '' } = service.metadata;
  // While the service is being deleted the garbage collector takes its slices: new ones would only get in its way.
  const created = service.metadata.deletionTimestamp === undefined ? create : [];
  return [
    ...created.map((slice) => write('createSlice', createRequest(ENDPOINT_SLICES, stamped(slice), namespace))),
    ...update.map((slice) => write('updateSlice', updateRequest(ENDPOINT_SLICES, stamped(slice)))),
    ...remove.map((slice) => write('deleteSlice', deleteRequest(ENDPOINT_SLICES, namespace, slice.metadata.name ?? ''))),
  ];
}

function explain(key: string, pods: number, existing: readonly EndpointSlice[], { create, update, remove }: Changes): PlanExplanation {
  const actions = [['createSlice', create.length], ['updateSlice', update.length], ['deleteSlice', remove.length]] as const;
  return {
    about: 'plan', controller: NAME, key, observed: { slices: existing.length, pods }, desired: { slices: existing.length + create.length - remove.length, pods },
    actions: actions.filter(([, count]) => count > 0).map(([code, count]) => ({ code, params: { count } })),
  };
}

function onWritten(key: string, progress: Progress, results: readonly WriteResult[], state: State): Round<Progress> {
  const tracked = new Map(state.tracked.get(key));
  let failed: string | undefined;
  for (const result of results) {
    const { purpose, spec } = result.write;
    const gone = purpose === 'deleteSlice' && isNotFound(result);
    if (isSuccess(result) && purpose === 'deleteSlice') tracked.set(deletedUid(result), DELETED);
    else if (isSuccess(result)) tracked.set(result.body.metadata.uid ?? '', result.body.metadata.generation ?? 0);
    else if (!gone && !isNamespaceTerminating(result)) failed ??= problemOf(purpose, spec.name, progress.service, result);
  }
  tracked.delete('');
  state.tracked.set(key, tracked);
  return conclude(key, progress, failed, state);
}

/** A DELETE is answered with the object or, once it is gone, with a Status that names its uid. */
function deletedUid({ body }: WriteResult): string {
  const { details } = body as WriteResult['body'] & { readonly details?: { readonly uid?: string } };
  return body.metadata.uid ?? details?.uid ?? '';
}

function problemOf(purpose: string, name: string, { metadata }: Service, result: WriteResult): string {
  const verb = purpose === 'createSlice' ? 'create' : purpose === 'updateSlice' ? `update ${name}` : `delete ${name}`;
  return `failed to ${verb} EndpointSlice for Service ${metadata.namespace}/${metadata.name}: ${errorText(result)}`;
}

function conclude(key: string, { service, problems, events }: Progress, failed: string | undefined, state: State): Round<Progress> {
  const errors = failed === undefined ? problems : [...problems, failed];
  if (errors.length === 0) {
    state.failures.delete(key);
    return { events };
  }
  const text = errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`;
  const event: EventDraft = {
    about: service, type: 'Warning', reason: 'FailedToUpdateEndpointSlices', message: `Error updating Endpoint Slices for Service ${key}: ${text}`,
  };
  return { ...retry(key, state), events: [...events, event] };
}

function retry(key: string, state: State): Round<Progress> {
  const failures = state.failures.get(key) ?? 0;
  if (failures >= RETRIES) {
    state.failures.delete(key);
    return END;
  }
  state.failures.set(key, failures + 1);
  return { requeueAfterUs: Math.min(RETRY_US * 2 ** failures, RETRY_MAX_US) };
}
