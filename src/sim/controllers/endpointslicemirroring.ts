// Copies Endpoints that somebody keeps by hand into EndpointSlices (models pkg/controller/endpointslicemirroring).
import type { DiscoveryEndpointPort, Endpoint, EndpointAddress, Endpoints, EndpointSlice, EndpointSubset, Service } from '../api/generated/types.ts';
import { keyFor, keyOf } from '../api/meta.ts';
import { ENDPOINT_SLICES } from '../api/resources.ts';
import { createRequest, deleteRequest, updateRequest } from '../client/requests.ts';
import { errorText, isNamespaceTerminating, isNotFound, isSuccess } from './api-errors.ts';
import type { Controller, EventDraft, Round, Scope, Write, WriteResult } from './controller.ts';
import { repackSubsets } from './endpoints/subsets.ts';
import { portSet } from './endpointslice/ports.ts';
import { MANAGED_BY, SERVICE_NAME } from './endpointslice/slices.ts';
import { DELETED, isForeign, isStale } from './endpointslice/tracker.ts';
import type { Tracked } from './endpointslice/tracker.ts';
import { TRIGGER_TIME } from './endpointslice/trigger-time.ts';
import { controllerRef } from './owners.ts';
import { END, write } from './writes.ts';

const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
/** Annotations that mean something for the Endpoints object only. */
const NOT_COPIED = new Set([TRIGGER_TIME, 'kubectl.kubernetes.io/last-applied-configuration']);

type Labels = Readonly<Record<string, string>>;
export interface State { readonly tracked: Map<string, Tracked> }

/** What the writes are for: the slices of Endpoints, or taking away those of Endpoints that are not mirrored. */
export type Progress = 'write' | 'clean';

export const endpointSliceMirroringController: Controller<State, Progress> = {
  name: 'endpointslice-mirroring-controller',
  serviceAccount: 'endpointslicemirroring-controller',
  eventSource: 'endpoint-slice-mirroring-controller',
  watches: ['endpoints', 'endpointslices', 'services'],
  workers: 5,
  workersOption: 'mirroring-concurrent-service-endpoint-syncs',
  maxRetries: 15,
  init: () => ({ tracked: new Map() }),
  clone: ({ tracked }) => ({ tracked: new Map(tracked) }),
  onChange({ type, informer, object, old }, state, scope, enqueue) {
    if (informer === 'endpoints') {
      if (isMirrored(object as Endpoints) || (old && isMirrored(old as Endpoints))) enqueue(keyOf(object));
    } else if (informer === 'services') {
      const isSelectorless = hasNoSelector(object as Service);
      if (type === 'updated' ? isSelectorless !== hasNoSelector(old as Service) : isSelectorless) enqueue(keyOf(object));
    } else {
      const batchUs = scope.option('mirroring-endpointslice-updates-batch-period');
      onSlice(type, object as EndpointSlice, old as EndpointSlice | undefined, state, (key) => enqueue(key, batchUs));
    }
  },
  reconcile: (key, state, scope) => sync(key, state, scope),
  proceed: (key, progress, results, state) => (progress === 'clean' ? onCleaned(results) : onWritten(key, results, state)),
};

function isMine({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[MANAGED_BY] === MANAGER;
}

/** Not what another controller keeps, nor a lock of old times. */
function isMirrored({ metadata: { labels, annotations } }: Endpoints): boolean {
  return labels?.[SKIP_MIRROR] !== 'true' && annotations?.[LEADER] === undefined;
}

function hasNoSelector({ spec }: Service): boolean {
  return spec?.selector === undefined;
}

function keyOfSlice({ metadata }: EndpointSlice): string {
  return keyFor(metadata.namespace, metadata.labels?.[SERVICE_NAME] ?? '');
}

function onSlice(type: 'added' | 'updated' | 'deleted', slice: EndpointSlice, old: EndpointSlice | undefined, state: State, enqueue: (key: string) => void): void {
  const key = keyOfSlice(slice);
  const tracked = state.tracked.get(key);
  if (type !== 'deleted') {
    if (type === 'updated' && old && keyOfSlice(old) !== key) {
      enqueue(key);
      enqueue(keyOfSlice(old));
    } else if ((type === 'updated' && old && isMine(old) !== isMine(slice)) || (isMine(slice) && isForeign(tracked, slice))) enqueue(key);
    return;
  }
  const written = tracked?.get(slice.metadata.uid ?? '');
  if (!isMine(slice) || !tracked || written === undefined) return;
  const rest = new Map(tracked);
  rest.delete(slice.metadata.uid ?? '');
  state.tracked.set(key, rest);
  if (written !== DELETED) enqueue(key);
}

function sync(key: string, state: State, scope: Scope): Round<Progress> {
  const slices = ([...scope.informer('endpointslices').byIndex('service', key)] as EndpointSlice[]).filter(isMine);
  const endpoints = scope.informer('endpoints').get(key) as Endpoints | undefined;
  const service = scope.informer('services').get(key) as Service | undefined;
  if (!endpoints || !isMirrored(endpoints) || !service || !hasNoSelector(service)) {
    state.tracked.delete(key);
    return slices.length > 0 ? { writes: slices.map(remove), progress: 'clean' } : END;
  }
  if (isStale(state.tracked.get(key), slices)) return { error: 'EndpointSlice informer cache is out of date' };
  const limit = scope.option('mirroring-max-endpoints-per-subset');
  const plan: Plan = { updates: [], fresh: [], left: new Set(slices) };
  let skipped = 0;
  for (const subset of repackSubsets(endpoints.subsets ?? [])) {
    skipped += Math.max(0, (subset.addresses?.length ?? 0) + (subset.notReadyAddresses?.length ?? 0) - limit);
    for (const family of ['IPv4', 'IPv6'] as const) {
      const wanted = mirror(endpoints, subset, family, limit);
      if (wanted) take(plan, wanted, endpoints);
    }
  }
  recycle(plan);
  return finish(endpoints, plan, skipped, limit);
}

interface Plan { readonly updates: EndpointSlice[]; fresh: EndpointSlice[]; readonly left: Set<EndpointSlice> }

function take({ updates, fresh, left }: Plan, wanted: EndpointSlice, endpoints: Endpoints): void {
  const existing = [...left].find((slice) => slice.addressType === wanted.addressType && portSet(slice.ports ?? []).key === portSet(wanted.ports ?? []).key);
  if (!existing) {
    fresh.push(wanted);
    return;
  }
  left.delete(existing);
  if (!isSame(existing, wanted, endpoints)) updates.push(named(wanted, existing));
}

/** A slice that is not wanted any more takes the place of one of its family that would have to be made. */
function recycle(plan: Plan): void {
  plan.fresh = plan.fresh.filter((slice) => {
    const spare = [...plan.left].find(({ addressType }) => addressType === slice.addressType);
    if (!spare) return true;
    plan.left.delete(spare);
    plan.updates.push(named(slice, spare));
    return false;
  });
}

/** Replaces whatever the slice of that name holds. */
function named(wanted: EndpointSlice, { metadata: { name } }: EndpointSlice): EndpointSlice {
  const { generateName: _none, ...metadata } = wanted.metadata;
  return { ...wanted, metadata: { ...metadata, name } };
}

function finish(endpoints: Endpoints, { updates, fresh, left }: Plan, skipped: number, limit: number): Round<Progress> {
  const { namespace = '', deletionTimestamp } = endpoints.metadata;
  const created = deletionTimestamp === undefined ? fresh.map((slice) => write('createSlice', createRequest(ENDPOINT_SLICES, slice, namespace))) : [];
  const all = [...created, ...updates.map((slice) => write('updateSlice', updateRequest(ENDPOINT_SLICES, slice))), ...[...left].map(remove)];
  const message = `A max of ${limit} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
  const events: readonly EventDraft[] = skipped > 0 ? [{ about: endpoints, type: 'Warning', reason: 'TooManyAddressesToMirror', message }] : [];
  return all.length > 0 ? { writes: all, events, progress: 'write' } : { events };
}

function remove({ metadata: { namespace = '', name = '' } }: EndpointSlice): Write {
  return write('deleteSlice', deleteRequest(ENDPOINT_SLICES, namespace, name));
}

function mirror(endpoints: Endpoints, subset: EndpointSubset, addressType: 'IPv4' | 'IPv6', limit: number): EndpointSlice | undefined {
  const copy = (ready: boolean) => (address: EndpointAddress): Endpoint => mirrorAddress(address, ready);
  const all = [...(subset.addresses ?? []).map(copy(true)), ...(subset.notReadyAddresses ?? []).map(copy(false))].slice(0, limit);
  const mine = all.filter(({ addresses }) => (addresses[0] ?? '').includes(':') === (addressType === 'IPv6'));
  if (mine.length === 0) return undefined;
  const { name = '', namespace, labels, annotations = {} } = endpoints.metadata;
  const copied = Object.fromEntries(Object.entries(annotations).filter(([key]) => !NOT_COPIED.has(key)));
  const ports = (subset.ports ?? []).map((port): DiscoveryEndpointPort => ({ name: port.name ?? '', port: port.port, protocol: port.protocol, ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }) }));
  return {
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`, namespace, labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER },
      ...(Object.keys(copied).length > 0 ? { annotations: copied } : {}), ownerReferences: [controllerRef(endpoints)],
    },
    addressType, endpoints: mine, ports: portSet(ports).ports,
  };
}

function mirrorAddress({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip], conditions: { ready }, ...(hostname ? { hostname } : {}), ...(nodeName ? { nodeName } : {}), ...(targetRef ? { targetRef } : {}),
  };
}

/** The same endpoints in any order, the same marks, and an owner that is this very object. */
function isSame({ endpoints: found = [], metadata }: EndpointSlice, wanted: EndpointSlice, { metadata: { name, uid } }: Endpoints): boolean {
  const isOfAnother = metadata.ownerReferences?.some((owner) => owner.kind === 'Endpoints' && owner.name === name && owner.uid !== uid) ?? false;
  return !isOfAnother && asSet(found) === asSet(wanted.endpoints ?? []) && sameRecord(metadata.labels, wanted.metadata.labels)
    && sameRecord(metadata.annotations, wanted.metadata.annotations);
}

function asSet(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ addresses, conditions, hostname, nodeName, targetRef: ref }) =>
    JSON.stringify([addresses, conditions?.ready, hostname, nodeName, ref?.kind, ref?.namespace, ref?.name, ref?.uid])).toSorted().join('\n');
}

function sameRecord(a: Labels = {}, b: Labels = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function onCleaned(results: readonly WriteResult[]): Round<Progress> {
  const failed = results.find((result) => !isSuccess(result));
  return failed ? { error: errorText(failed) } : END;
}

function onWritten(key: string, results: readonly WriteResult[], state: State): Round<Progress> {
  const tracked = new Map(state.tracked.get(key));
  let failed: WriteResult | undefined;
  for (const result of results) {
    const { details } = result.body as WriteResult['body'] & { readonly details?: { readonly uid?: string } };
    const uid = result.body.metadata.uid ?? details?.uid ?? '';
    const deletes = result.write.purpose === 'deleteSlice';
    if (isSuccess(result)) tracked.set(uid, deletes ? DELETED : result.body.metadata.generation ?? 0);
    else if (!isNamespaceTerminating(result) && !(deletes && isNotFound(result))) failed ??= result;
  }
  tracked.delete('');
  state.tracked.set(key, tracked);
  return failed ? { error: errorText(failed) } : END;
}
