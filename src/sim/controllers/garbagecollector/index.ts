// Deletes what has no owner left, and orphans or waits for dependents as a deletion asks (models pkg/controller/garbagecollector).
import type { OwnerReference } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { keyFor } from '../../api/meta.ts';
import { deleteRequest, getRequest, patchRequest } from '../../client/requests.ts';
import type { RequestSpec } from '../../client/requests.ts';
import { errorText, isSuccess } from '../api-errors.ts';
import type { Controller, EventDraft, PlanExplanation, Round, Scope, Write, WriteResult } from '../controller.ts';
import { DEFINITIONS, RESOURCES, customInformer } from '../discovery.ts';
import { END, onlyResult, write } from '../writes.ts';
import {
  addAbsent, applyChange, blockingDependentsOf, cloneGraph, dependentsOf, FOREGROUND_FINALIZER, formatIdentity, hasFinalizer,
  knownAbsent, learnKinds, mappingOf, newGraph, ORPHAN_FINALIZER, removeAbsent,
} from './graph.ts';
import type { Graph, GraphNode, Identity } from './graph.ts';

const NAME = 'garbage-collector-controller';
const ORPHAN_PREFIX = 'orphan/';

/** What one sync is waiting for. */
export type Progress =
  | { readonly step: 'latest'; readonly node: GraphNode; readonly events?: readonly EventDraft[] }
  | { readonly step: 'owners'; readonly node: GraphNode; readonly latest: ApiObject; readonly asked: readonly OwnerReference[] }
  | { readonly step: 'unblocked' | 'delete'; readonly node: GraphNode; readonly latest: ApiObject; readonly policy: Policy }
  | { readonly step: 'deleteConflict'; readonly node: GraphNode; readonly latest: ApiObject; readonly policy: Policy }
  | { readonly step: 'write'; readonly node: GraphNode }
  | { readonly step: 'dependents'; readonly node: GraphNode }
  | { readonly step: 'finalizer'; readonly node: GraphNode; readonly finalizer: string };

type Policy = 'Background' | 'Foreground' | 'Orphan';

/** Names whose changes the collector follows: all but events. */
const WATCHED = RESOURCES.map((entry) => entry.gvr.resource).filter((name) => name !== 'events');

export const garbageCollector: Controller<Graph, Progress> = {
  name: NAME,
  serviceAccount: 'generic-garbage-collector',
  watches: WATCHED,
  followsCustomResources: true,
  workers: 20,
  workersOption: 'concurrent-gc-syncs',
  rateFactors: { qps: 2, burst: 1 },
  init: newGraph,
  clone: cloneGraph,
  onChange(change, graph, _scope, enqueue) {
    if (change.informer === DEFINITIONS) learnKinds(graph, change);
    applyChange(graph, change, (queue, uid) => enqueue(queue === 'orphan' ? ORPHAN_PREFIX + uid : uid));
  },
  reconcile(key, graph) {
    if (key.startsWith(ORPHAN_PREFIX)) return orphan(graph, key.slice(ORPHAN_PREFIX.length));
    const node = graph.nodes.get(key);
    if (!node || (node.beingDeleted && !node.deletingDependents)) return END;
    return { ...request('latest', node, get(graph, node.identity)), progress: { step: 'latest', node }, events: invalidOwnerEvents(graph, node) };
  },
  proceed(key, progress, results, graph, scope) {
    const again = asMergePatches(results, scope);
    if (again) return { writes: again, progress };
    switch (progress.step) {
      case 'latest': return onLatest(graph, key, progress.node, results);
      case 'owners': return onOwners(graph, key, progress.node, progress.latest, progress.asked, results);
      case 'unblocked': return onUnblocked(graph, progress.node, progress.latest, progress.policy, results);
      case 'delete': return onDeleted(graph, key, progress.node, progress.latest, progress.policy, results);
      case 'deleteConflict': return onDeleteConflict(graph, progress.node, progress.latest, progress.policy, results);
      case 'write': return finish(results, progress.node);
      case 'dependents': return onOrphaned(graph, progress.node, results);
      case 'finalizer': return onFinalizerOwner(graph, progress.node, progress.finalizer, results);
    }
  },
};

function get(graph: Graph, id: Identity): RequestSpec | undefined {
  const resource = mappingOf(graph, id);
  return resource && getRequest(resource.gvr, resource.namespaced ? id.namespace : '', id.name);
}

/** A round with one request; without one the kind is unknown to the server (a REST mapping error), which is retried. */
function request(purpose: string, node: GraphNode, spec: RequestSpec | undefined): Round<Progress> {
  if (!spec) return { error: `unable to get REST mapping for ${node.identity.apiVersion}/${node.identity.kind}.` };
  return { writes: [write(purpose, spec)] };
}

function invalidOwnerEvents(graph: Graph, node: GraphNode): readonly EventDraft[] {
  const { identity } = node;
  const invalid = graph.invalidOwners.get(identity.uid);
  const owner = node.owners.find((reference) => reference.uid === invalid);
  if (!owner) return [];
  graph.invalidOwners.delete(identity.uid);
  const named = { apiVersion: owner.apiVersion, kind: owner.kind, namespace: identity.namespace, name: owner.name, uid: owner.uid };
  const about = { apiVersion: identity.apiVersion, kind: identity.kind, metadata: { namespace: identity.namespace, name: identity.name, uid: identity.uid } };
  const message = `ownerRef ${formatIdentity(named)} does not exist in namespace ${JSON.stringify(identity.namespace)}`;
  return [{ about, type: 'Warning', reason: 'OwnerRefInvalidNamespace', message }];
}

/** The object is gone (or another took its name): its dependents and waiting owners are looked at. */
function virtualDelete(graph: Graph, key: string, id: Identity): Round<Progress> {
  const enqueue: string[] = [];
  const again = removeAbsent(graph, id, (queue, uid) => enqueue.push(queue === 'orphan' ? ORPHAN_PREFIX + uid : uid));
  return again ? { enqueue, error: `${key} is known by another name` } : { enqueue };
}

/** A node that no informer has confirmed is looked at again, so that it cannot get stuck in the graph. */
function done(graph: Graph, key: string, round: Round<Progress> = END): Round<Progress> {
  if (!graph.nodes.get(key)?.virtual) return round;
  return { ...round, error: "item hasn't been observed via informer yet" };
}

function onLatest(graph: Graph, key: string, node: GraphNode, results: readonly WriteResult[]): Round<Progress> {
  const result = onlyResult(results);
  if (result.code === 404 || (isSuccess(result) && result.body.metadata.uid !== node.identity.uid)) return virtualDelete(graph, key, node.identity);
  if (!isSuccess(result)) return { error: errorText(result) };
  const latest = result.body;
  if (node.deletingDependents) return waitForDependents(graph, node);
  const owners = latest.metadata.ownerReferences ?? [];
  if (owners.length === 0) return done(graph, key);
  const asked = owners.filter((owner) => !knownAbsent(graph, owner, node.identity.namespace));
  const specs: RequestSpec[] = [];
  for (const owner of asked) {
    const resource = mappingOf(graph, owner);
    if (!resource) return { error: `unable to get REST mapping for ${owner.apiVersion}/${owner.kind}.` };
    // A cluster-scoped object cannot have a namespaced owner; that will not change, so it is not tried again.
    if (resource.namespaced && node.identity.namespace === '') return END;
    specs.push(getRequest(resource.gvr, resource.namespaced ? node.identity.namespace : '', owner.name));
  }
  if (asked.length === 0) return classified(graph, key, node, latest, [], owners, []);
  return { writes: specs.map((spec) => write('owner', spec)), progress: { step: 'owners', node, latest, asked } };
}

function onOwners(graph: Graph, key: string, node: GraphNode, latest: ApiObject, asked: readonly OwnerReference[], results: readonly WriteResult[]): Round<Progress> {
  const solid: OwnerReference[] = [];
  const waiting: OwnerReference[] = [];
  const dangling = (latest.metadata.ownerReferences ?? []).filter((owner) => !asked.includes(owner));
  for (const [i, owner] of asked.entries()) {
    const result = results[i] as WriteResult;
    if (result.code !== 404 && !isSuccess(result)) return { error: errorText(result) };
    if (result.code === 404 || result.body.metadata.uid !== owner.uid) {
      const namespaced = mappingOf(graph, owner)?.namespaced ?? true;
      addAbsent(graph, { apiVersion: owner.apiVersion, kind: owner.kind, namespace: namespaced ? node.identity.namespace : '', name: owner.name, uid: owner.uid });
      dangling.push(owner);
    } else if (result.body.metadata.deletionTimestamp !== undefined && hasFinalizer(result.body, FOREGROUND_FINALIZER)) waiting.push(owner);
    else solid.push(owner);
  }
  return classified(graph, key, node, latest, solid, dangling, waiting);
}

function classified(graph: Graph, key: string, node: GraphNode, latest: ApiObject, solid: readonly OwnerReference[],
  dangling: readonly OwnerReference[], waiting: readonly OwnerReference[]): Round<Progress> {
  if (solid.length > 0) {
    if (dangling.length === 0 && waiting.length === 0) return done(graph, key);
    // References to owners that wait for dependents go too, else those owners would wait for ever.
    const uids = [...dangling, ...waiting].map((owner) => owner.uid);
    return { ...patch(graph, 'removeOwners', node, removeOwners(node.identity.uid, uids)), progress: { step: 'write', node } };
  }
  const dependents = dependentsOf(graph, node.identity.uid);
  if (waiting.length > 0 && dependents.length > 0) {
    if (!dependents.some((dependent) => dependent.deletingDependents)) return remove(graph, node, latest, 'Foreground');
    // Owner and dependent both wait: to break a possible circle the item stops blocking its owners.
    return { ...patch(graph, 'unblockOwners', node, unblockOwners(node)), progress: { step: 'unblocked', node, latest, policy: 'Foreground' } };
  }
  if (hasFinalizer(latest, ORPHAN_FINALIZER)) return remove(graph, node, latest, 'Orphan');
  return remove(graph, node, latest, hasFinalizer(latest, FOREGROUND_FINALIZER) ? 'Foreground' : 'Background');
}

function onUnblocked(graph: Graph, node: GraphNode, latest: ApiObject, policy: Policy, results: readonly WriteResult[]): Round<Progress> {
  const result = onlyResult(results);
  return isSuccess(result) ? remove(graph, node, latest, policy) : { error: errorText(result) };
}

function remove(graph: Graph, node: GraphNode, latest: ApiObject, policy: Policy, resourceVersion = latest.metadata.resourceVersion): Round<Progress> {
  const { identity } = node;
  const resource = mappingOf(graph, identity);
  const preconditions = resourceVersion === undefined ? { uid: identity.uid } : { uid: identity.uid, resourceVersion };
  const options = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', preconditions, propagationPolicy: policy };
  const spec = resource && deleteRequest(resource.gvr, identity.namespace, identity.name, options);
  return { ...request('delete', node, spec), progress: { step: 'delete', node, latest, policy }, explanation: explain(node, policy) };
}

function explain(node: GraphNode, policy: Policy): PlanExplanation {
  const { kind, namespace, name } = node.identity;
  return {
    about: 'plan', controller: NAME, key: namespace === '' ? name : `${namespace}/${name}`,
    observed: { kind, owners: 0 }, desired: { owners: 1 }, actions: [{ code: 'deleteDependent', params: { kind, name, policy } }],
  };
}

function onDeleted(graph: Graph, key: string, node: GraphNode, latest: ApiObject, policy: Policy, results: readonly WriteResult[]): Round<Progress> {
  const result = onlyResult(results);
  if (result.code === 404) return virtualDelete(graph, key, node.identity);
  if (result.code === 409) return { ...request('latest', node, get(graph, node.identity)), progress: { step: 'deleteConflict', node, latest, policy } };
  return isSuccess(result) ? done(graph, key) : { error: errorText(result) };
}

/** The object changed since it was read; if its owners are the same, the decision still holds. */
function onDeleteConflict(graph: Graph, node: GraphNode, latest: ApiObject, policy: Policy, results: readonly WriteResult[]): Round<Progress> {
  const result = onlyResult(results);
  if (result.code === 404) return END;
  if (!isSuccess(result)) return { error: errorText(result) };
  const same = result.body.metadata.uid === node.identity.uid
    && JSON.stringify(result.body.metadata.ownerReferences) === JSON.stringify(latest.metadata.ownerReferences);
  if (!same) return { error: 'the object has been modified; please apply your changes to the latest version and try again' };
  return remove(graph, node, { ...latest, metadata: { ...latest.metadata, resourceVersion: undefined } }, policy);
}

function finish(results: readonly WriteResult[], node: GraphNode): Round<Progress> {
  const failed = results.find((result) => !isSuccess(result));
  if (failed) return { error: errorText(failed) };
  return node.virtual ? { error: "item hasn't been observed via informer yet" } : END;
}

// ---- foreground: the owner waits for its blocking dependents ----

function waitForDependents(graph: Graph, node: GraphNode): Round<Progress> {
  const blocking = blockingDependentsOf(graph, node.identity.uid);
  if (blocking.length === 0) return removeFinalizer(graph, node, FOREGROUND_FINALIZER);
  return { enqueue: blocking.filter((dependent) => !dependent.deletingDependents).map((dependent) => dependent.identity.uid) };
}

function removeFinalizer(graph: Graph, node: GraphNode, finalizer: string): Round<Progress> {
  return { ...request('finalizerOwner', node, get(graph, node.identity)), progress: { step: 'finalizer', node, finalizer } };
}

function onFinalizerOwner(graph: Graph, node: GraphNode, finalizer: string, results: readonly WriteResult[]): Round<Progress> {
  const result = onlyResult(results);
  if (result.code === 404) return END;
  if (!isSuccess(result)) return { error: errorText(result) };
  const { finalizers = [], resourceVersion } = result.body.metadata;
  if (!finalizers.includes(finalizer)) return END;
  const left = finalizers.filter((name) => name !== finalizer);
  const body = { metadata: { resourceVersion, finalizers: left.length > 0 ? left : null } };
  const resource = mappingOf(graph, node.identity);
  const spec = resource && patchRequest(resource.gvr, node.identity.namespace, node.identity.name, 'merge', body);
  return { ...request('removeFinalizer', node, spec), progress: { step: 'write', node: { ...node, virtual: false } } };
}

// ---- orphan: dependents lose their reference first, then the owner its finalizer ----

function orphan(graph: Graph, uid: string): Round<Progress> {
  const node = graph.nodes.get(uid);
  if (!node) return END;
  const dependents = dependentsOf(graph, uid);
  if (dependents.length === 0) return removeFinalizer(graph, node, ORPHAN_FINALIZER);
  const writes = dependents.flatMap((dependent) => patch(graph, 'orphan', dependent, removeOwners(dependent.identity.uid, [uid])).writes ?? []);
  return { writes, progress: { step: 'dependents', node } };
}

function onOrphaned(graph: Graph, node: GraphNode, results: readonly WriteResult[]): Round<Progress> {
  const failed = results.find((result) => !isSuccess(result) && result.code !== 404);
  return failed ? { error: errorText(failed) } : removeFinalizer(graph, node, ORPHAN_FINALIZER);
}

function patch(graph: Graph, purpose: string, node: GraphNode, body: unknown): Round<Progress> {
  const { namespace, name } = node.identity;
  const resource = mappingOf(graph, node.identity);
  return request(purpose, node, resource && patchRequest(resource.gvr, namespace, name, 'strategic', body));
}

/** A strategic merge patch that takes owners away; the uid is a precondition. */
function removeOwners(uid: string, owners: readonly string[]): unknown {
  return { metadata: { uid, ownerReferences: owners.map((owner) => ({ $patch: 'delete', uid: owner })) } };
}

function unblockOwners(node: GraphNode): unknown {
  const ownerReferences = node.owners
    .filter((owner) => owner.blockOwnerDeletion === true)
    .map((owner) => ({ ...owner, blockOwnerDeletion: false }));
  return { metadata: { uid: node.identity.uid, ownerReferences } };
}

type OwnerEdit = Partial<OwnerReference> & { readonly $patch?: 'delete' };

/** Custom resources know no strategic merge patch: what was refused is tried again as JSON merge patches. */
function asMergePatches(results: readonly WriteResult[], scope: Scope): readonly Write[] | undefined {
  const refused = results.filter(({ code }) => code === 415);
  if (refused.length === 0 || results.some((result) => !isSuccess(result) && result.code !== 404 && result.code !== 415)) return undefined;
  const patches = refused.map(({ write: { purpose, spec } }) => {
    const known = scope.informer(customInformer(spec.gvr)).get(keyFor(spec.namespace, spec.name));
    return known && write(purpose, asMergePatch(spec, known));
  });
  return patches.includes(undefined) ? undefined : (patches as readonly Write[]);
}

/** All references that a strategic merge patch leaves to the object in the cache, and its version. */
function asMergePatch(spec: RequestSpec, { metadata }: ApiObject): RequestSpec {
  const edits = (spec.body as { readonly metadata: { readonly ownerReferences: readonly OwnerEdit[] } }).metadata.ownerReferences;
  const left = (metadata.ownerReferences ?? []).flatMap((owner) => {
    const edit = edits.find(({ uid }) => uid === owner.uid);
    if (edit?.$patch === 'delete') return [];
    return edit ? [{ ...owner, blockOwnerDeletion: false }] : [owner];
  });
  const body = { metadata: { resourceVersion: metadata.resourceVersion, ownerReferences: left.length > 0 ? left : null } };
  return patchRequest(spec.gvr, spec.namespace, spec.name, 'merge', body);
}
