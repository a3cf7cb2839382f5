// The graph of owners and dependents, kept up to date change by change (models garbagecollector/graph_builder.go).
import { CowMap, CowMultiMap } from '../../../base/cow-map.ts';
import type { OwnerReference } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { apiVersionOf } from '../../api/meta.ts';
import type { Change } from '../../client/informer.ts';
import { customResources, resourceOf } from '../discovery.ts';
import type { Resource } from '../discovery.ts';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

/** What identifies an object towards its dependents. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** One object as the collector knows it. Immutable: a change replaces it. */
export interface GraphNode {
  readonly identity: Identity;
  readonly owners: readonly OwnerReference[];
  readonly beingDeleted: boolean;
  /** Foreground deletion has begun: it waits for its blocking dependents. */
  readonly deletingDependents: boolean;
  /** Known only because somebody names it as owner; not seen by an informer. */
  readonly virtual: boolean;
}

export interface Graph {
  readonly nodes: CowMap<GraphNode>;
  /** Owner uid → dependent uids. */
  readonly dependents: CowMultiMap<true>;
  /** Owners known to be absent, oldest first (ReferenceCache, an LRU of 500). */
  readonly absent: Map<string, true>;
  /** Dependent uid → owner uid of another namespace, to be reported as an event by the dependent's next sync. */
  readonly invalidOwners: Map<string, string>;
  /** Custom resources by `apiVersion/kind`, as their definitions tell them. */
  readonly customKinds: Map<string, Resource>;
}

export type Queue = 'delete' | 'orphan';
export type Add = (queue: Queue, uid: string) => void;

const NO_OWNERS: readonly OwnerReference[] = [];
const ABSENT_LIMIT = 500;

export function newGraph(): Graph {
  return { nodes: new CowMap(), dependents: new CowMultiMap(), absent: new Map(), invalidOwners: new Map(), customKinds: new Map() };
}

export function cloneGraph(graph: Graph): Graph {
  return {
    nodes: graph.nodes.clone(), dependents: graph.dependents.clone(), absent: new Map(graph.absent), invalidOwners: new Map(graph.invalidOwners),
    customKinds: new Map(graph.customKinds),
  };
}

/** Takes over which custom resources a definition makes. */
export function learnKinds(graph: Graph, { type, object, old }: Change): void {
  for (const { gvr, kind } of old ? customResources(old) : []) graph.customKinds.delete(`${apiVersionOf(gvr.group, gvr.version)}/${kind}`);
  if (type === 'deleted') return;
  for (const resource of customResources(object)) graph.customKinds.set(`${apiVersionOf(resource.gvr.group, resource.gvr.version)}/${resource.kind}`, resource);
}

/** The REST mapping of a kind in any served version; undefined if the server has no such kind. */
export function mappingOf(graph: Graph, { apiVersion, kind }: Pick<Identity, 'apiVersion' | 'kind'>): Resource | undefined {
  return resourceOf(apiVersion, kind) ?? graph.customKinds.get(`${apiVersion}/${kind}`);
}

export function hasFinalizer(object: ApiObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

export function identityOf(object: ApiObject): Identity {
  const { namespace = '', name = '', uid = '' } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid };
}

function ownerIdentity(owner: OwnerReference, namespace: string): Identity {
  return { apiVersion: owner.apiVersion, kind: owner.kind, namespace, name: owner.name, uid: owner.uid };
}

/** `[apps/v1/Deployment, namespace: default, name: web, uid: …]`, as events and logs print it. */
export function formatIdentity(id: Identity): string {
  return `[${id.apiVersion}/${id.kind}, namespace: ${id.namespace}, name: ${id.name}, uid: ${id.uid}]`;
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return a.uid === b.uid && a.name === b.name && a.namespace === b.namespace && a.kind === b.kind && a.apiVersion === b.apiVersion;
}

function matchesCoordinates(owner: OwnerReference, id: Identity): boolean {
  return owner.uid === id.uid && owner.name === id.name && owner.kind === id.kind && owner.apiVersion === id.apiVersion;
}

function sameReference(a: OwnerReference, b: OwnerReference): boolean {
  return a.uid === b.uid && a.name === b.name && a.kind === b.kind && a.apiVersion === b.apiVersion
    && a.controller === b.controller && a.blockOwnerDeletion === b.blockOwnerDeletion;
}

export function addAbsent(graph: Graph, id: Identity): void {
  const key = formatIdentity(id);
  graph.absent.delete(key);
  graph.absent.set(key, true);
  if (graph.absent.size <= ABSENT_LIMIT) return;
  const oldest = graph.absent.keys().next();
  if (!oldest.done) graph.absent.delete(oldest.value);
}

/** Whether the owner that an object of `namespace` names is known to be absent, as cluster-scoped or in the namespace. */
export function knownAbsent(graph: Graph, owner: OwnerReference, namespace: string): boolean {
  if (graph.absent.size === 0) return false;
  return graph.absent.has(formatIdentity(ownerIdentity(owner, ''))) || graph.absent.has(formatIdentity(ownerIdentity(owner, namespace)));
}

export function dependentsOf(graph: Graph, uid: string): readonly GraphNode[] {
  const bucket = graph.dependents.bucket(uid);
  if (!bucket) return [];
  const nodes: GraphNode[] = [];
  bucket.forEach((_, dependent) => {
    const node = graph.nodes.get(dependent);
    if (node) nodes.push(node);
  });
  return nodes;
}

/** Dependents whose reference has blockOwnerDeletion. */
export function blockingDependentsOf(graph: Graph, uid: string): readonly GraphNode[] {
  return dependentsOf(graph, uid).filter((node) => node.owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true));
}

/** Takes one change of an informer into the graph (processGraphChanges). O(owner references). */
export function applyChange(graph: Graph, change: Change, add: Add): void {
  const { object } = change;
  const node = graph.nodes.get(object.metadata.uid ?? '');
  if (change.type === 'deleted') {
    if (node) removeNode(graph, node.virtual ? observe(graph, node, object, add) : node, add);
    return;
  }
  const seen = node?.virtual ? observe(graph, node, object, add) : node;
  if (seen) updateNode(graph, seen, object, add);
  else insertNode(graph, object, add);
  processTransitions(graph, change, add);
}

/** An object that was only known by name has been seen by an informer. */
function observe(graph: Graph, node: GraphNode, object: ApiObject, add: Add): GraphNode {
  const identity = identityOf(object);
  if (!sameIdentity(identity, node.identity)) {
    for (const dependent of partition(dependentsOf(graph, identity.uid), identity).nonmatching) {
      if (identity.namespace !== '' && dependent.identity.namespace !== identity.namespace) graph.invalidOwners.set(dependent.identity.uid, identity.uid);
      add('delete', dependent.identity.uid);
    }
  }
  const observed: GraphNode = { ...node, identity, virtual: false };
  graph.nodes.set(identity.uid, observed);
  return observed;
}

function insertNode(graph: Graph, object: ApiObject, add: Add): void {
  const beingDeleted = object.metadata.deletionTimestamp !== undefined;
  const node: GraphNode = {
    identity: identityOf(object), owners: object.metadata.ownerReferences ?? NO_OWNERS, beingDeleted,
    deletingDependents: beingDeleted && hasFinalizer(object, FOREGROUND_FINALIZER), virtual: false,
  };
  graph.nodes.set(node.identity.uid, node);
  if (node.owners.length > 0) addToOwners(graph, node, node.owners, add);
}

function updateNode(graph: Graph, node: GraphNode, object: ApiObject, add: Add): void {
  const owners = object.metadata.ownerReferences ?? NO_OWNERS;
  const beingDeleted = node.beingDeleted || object.metadata.deletionTimestamp !== undefined;
  const ownersChanged = !sameOwners(node.owners, owners);
  if (!ownersChanged && beingDeleted === node.beingDeleted) return;
  const next: GraphNode = { ...node, owners, beingDeleted };
  graph.nodes.set(node.identity.uid, next);
  if (!ownersChanged) return;
  const removed = node.owners.filter((old) => !owners.some((owner) => owner.uid === old.uid));
  const added = owners.filter((owner) => !node.owners.some((old) => old.uid === owner.uid));
  addUnblockedOwners(graph, node.owners, owners, add);
  addToOwners(graph, next, added, add);
  for (const owner of removed) graph.dependents.delete(owner.uid, node.identity.uid);
}

function sameOwners(a: readonly OwnerReference[], b: readonly OwnerReference[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((owner, i) => sameReference(owner, b[i] as OwnerReference));
}

/** Owners that this object no longer blocks are looked at again. */
function addUnblockedOwners(graph: Graph, before: readonly OwnerReference[], after: readonly OwnerReference[], add: Add): void {
  for (const old of before) {
    if (old.blockOwnerDeletion !== true || !graph.nodes.has(old.uid)) continue;
    if (after.find((owner) => owner.uid === old.uid)?.blockOwnerDeletion !== true) add('delete', old.uid);
  }
}

function addToOwners(graph: Graph, node: GraphNode, owners: readonly OwnerReference[], add: Add): void {
  let doubtful = false;
  for (const owner of owners) {
    const known = graph.nodes.get(owner.uid);
    graph.dependents.set(owner.uid, node.identity.uid, true);
    if (known) {
      if (!doubtful) doubtful = isDoubtful(graph, node, owner, known);
      continue;
    }
    // An owner nobody has seen: the queue finds out whether it exists.
    const identity = ownerIdentity(owner, node.identity.namespace);
    graph.nodes.set(owner.uid, { identity, owners: NO_OWNERS, beingDeleted: false, deletingDependents: false, virtual: true });
    add('delete', owner.uid);
  }
  if (doubtful) add('delete', node.identity.uid);
}

/** Whether the reference disagrees with what is known about the owner of that uid. */
function isDoubtful(graph: Graph, node: GraphNode, owner: OwnerReference, known: GraphNode): boolean {
  const { namespace } = known.identity;
  if (namespace !== '' && namespace !== node.identity.namespace) {
    if (!known.virtual) graph.invalidOwners.set(node.identity.uid, owner.uid);
    return true;
  }
  return !matchesCoordinates(owner, known.identity) || (known.virtual && namespace !== node.identity.namespace);
}

function startsWith(change: Change, finalizer: string): boolean {
  const { object, old } = change;
  if (object.metadata.deletionTimestamp === undefined || !hasFinalizer(object, finalizer)) return false;
  return old?.metadata.deletionTimestamp === undefined || !hasFinalizer(old, finalizer);
}

function processTransitions(graph: Graph, change: Change, add: Add): void {
  const { uid = '', deletionTimestamp } = change.object.metadata;
  if (deletionTimestamp === undefined) return;
  if (startsWith(change, ORPHAN_FINALIZER)) {
    add('orphan', uid);
    return;
  }
  const node = graph.nodes.get(uid);
  if (!node || !startsWith(change, FOREGROUND_FINALIZER)) return;
  graph.nodes.set(uid, { ...node, deletingDependents: true });
  graph.dependents.bucket(uid)?.forEach((_, dependent) => add('delete', dependent));
  add('delete', uid);
}

function removeNode(graph: Graph, node: GraphNode, add: Add): void {
  const { uid } = node.identity;
  graph.nodes.delete(uid);
  graph.invalidOwners.delete(uid);
  const bucket = graph.dependents.bucket(uid);
  if (bucket && bucket.size > 0) addAbsent(graph, node.identity);
  bucket?.forEach((_, dependent) => add('delete', dependent));
  for (const owner of node.owners) {
    graph.dependents.delete(owner.uid, uid);
    if (graph.nodes.get(owner.uid)?.deletingDependents) add('delete', owner.uid);
  }
}

interface Partition { readonly matching: readonly GraphNode[]; readonly nonmatching: readonly GraphNode[] }

/** Dependents whose reference agrees with an identity, and those with one that doesn't; some may be both. */
function partition(dependents: readonly GraphNode[], id: Identity): Partition {
  const matching: GraphNode[] = [];
  const nonmatching: GraphNode[] = [];
  for (const node of dependents) {
    const elsewhere = id.namespace !== '' && id.namespace !== node.identity.namespace;
    const references = node.owners.filter((owner) => owner.uid === id.uid);
    if (!elsewhere && references.some((owner) => matchesCoordinates(owner, id))) matching.push(node);
    if (elsewhere || references.some((owner) => !matchesCoordinates(owner, id))) nonmatching.push(node);
  }
  return { matching, nonmatching };
}

/**
 * The API server says that `id` does not exist. A node that its dependents know by other coordinates stays, as one of
 * those; then true is returned and it has to be looked at again (with rate limit).
 */
export function removeAbsent(graph: Graph, id: Identity, add: Add): boolean {
  const node = graph.nodes.get(id.uid);
  if (!node) return false;
  const differs = !sameIdentity(node.identity, id);
  const { matching, nonmatching } = partition(dependentsOf(graph, id.uid), id);
  if (node.virtual ? nonmatching.length === 0 : !differs) {
    removeNode(graph, node, add);
    return false;
  }
  if (matching.length > 0) addAbsent(graph, id);
  for (const dependent of matching) add('delete', dependent.identity.uid);
  const identity = node.virtual && !differs ? alternateIdentity(nonmatching, id) : undefined;
  if (identity === undefined) return false;
  graph.nodes.set(id.uid, { ...node, identity });
  return true;
}

function order(id: Identity): string {
  return `${id.kind}\u0000${id.apiVersion}\u0000${id.namespace}\u0000${id.name}\u0000${id.uid}`;
}

/** The identity by which other dependents know an absent owner: the first after `absent` in order, else the first. */
function alternateIdentity(dependents: readonly GraphNode[], absent: Identity): Identity | undefined {
  const found: Identity[] = [];
  for (const { owners, identity } of dependents) {
    for (const owner of owners) {
      if (owner.uid !== absent.uid) continue;
      const clusterScoped = absent.namespace === '' && owner.apiVersion === absent.apiVersion && owner.kind === absent.kind;
      const candidate = ownerIdentity(owner, clusterScoped ? '' : identity.namespace);
      if (!sameIdentity(candidate, absent)) found.push(candidate);
    }
  }
  const sorted = found.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  return sorted.find((candidate) => order(candidate) > order(absent)) ?? sorted[0];
}
