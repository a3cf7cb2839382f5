import type { CommandOutput, ComponentFacts, Narration, NodeSummary, ObjectSummary, PodSummary, SessionInput, Update } from '../worker/protocol.ts';

/** What the page knows of the world at the playhead. Maps are replaced, never changed. */
export interface Model {
  readonly position: number;
  readonly endPosition: number;
  readonly nowUs: number;
  readonly endUs: number;
  readonly epochUs: number;
  readonly revision: number;
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, PodSummary>;
  /** Pods by node name; '' holds those without a node. */
  readonly podsByNode: ReadonlyMap<string, readonly PodSummary[]>;
  readonly nodes: ReadonlyMap<string, NodeSummary>;
  /** By `deployments.apps/default/web`. */
  readonly objects: ReadonlyMap<string, ObjectSummary>;
  readonly facts: ComponentFacts;
  readonly narration: Narration | undefined;
  readonly inputs: readonly SessionInput[];
  readonly outputs: readonly CommandOutput[];
  readonly quiet: boolean;
  /** Keys that the last update changed, for the one glow that a change gets; empty after a jump. */
  readonly changed: ReadonlySet<string>;
}

export const EMPTY_MODEL: Model = {
  position: 0, endPosition: 0, nowUs: 0, endUs: 0, epochUs: 0, revision: 0, pods: new Map(), podsByNode: new Map(), nodes: new Map(), objects: new Map(),
  facts: { etcd: { revision: 0, keys: 0, recent: [] }, scheduler: { active: [], backoff: [], unschedulable: [], gated: [], leading: false }, controllers: [], faults: [] },
  narration: undefined, inputs: [], outputs: [], quiet: true, changed: new Set(),
};

/** The model after an update. Parts that did not change keep their identity. */
export function applyUpdate(model: Model, update: Update): Model {
  const pods = merged(update.full ? undefined : model.pods, update.pods, (pod) => pod.key, update.removedPods);
  const nodes = merged(update.full ? undefined : model.nodes, update.nodes, (node) => node.name, update.removedNodes);
  const objects = merged(update.full ? undefined : model.objects, update.objects, (object) => object.key, update.removedObjects);
  return {
    position: update.position, endPosition: update.endPosition, nowUs: update.nowUs, endUs: update.endUs, epochUs: update.epochUs, revision: update.revision,
    pods, nodes, objects, podsByNode: pods === model.pods ? model.podsByNode : groupByNode(pods, update.full ? undefined : model, update),
    facts: update.facts, narration: update.narration, inputs: update.inputs, outputs: update.outputs, quiet: update.quiet,
    changed: update.full ? NO_KEYS : new Set([...update.pods.map((pod) => pod.key), ...update.nodes.map((node) => node.name), ...update.objects.map((object) => object.key)]),
  };
}

const NO_KEYS: ReadonlySet<string> = new Set();

function merged<T>(before: ReadonlyMap<string, T> | undefined, changed: readonly T[], keyOf: (item: T) => string, removed: readonly string[]): ReadonlyMap<string, T> {
  if (before && changed.length === 0 && removed.length === 0) return before;
  const after = new Map(before);
  for (const key of removed) after.delete(key);
  for (const item of changed) after.set(keyOf(item), item);
  return after;
}

/** Only the groups of nodes that a change touched are made anew. */
function groupByNode(pods: ReadonlyMap<string, PodSummary>, before: Model | undefined, update: Update): ReadonlyMap<string, readonly PodSummary[]> {
  const groups = new Map(before?.podsByNode);
  const touched = new Set<string>();
  const gone = new Set(update.removedPods);
  for (const pod of update.pods) {
    touched.add(pod.node);
    const old = before?.pods.get(pod.key);
    if (old) touched.add(old.node);
    gone.add(pod.key);
  }
  for (const key of update.removedPods) touched.add(before?.pods.get(key)?.node ?? '');
  for (const node of touched) groups.set(node, (groups.get(node) ?? []).filter((pod) => !gone.has(pod.key)));
  for (const pod of update.pods) if (pods.get(pod.key) === pod) groups.set(pod.node, [...(groups.get(pod.node) ?? []), pod]);
  for (const node of touched) groups.set(node, (groups.get(node) ?? []).toSorted((a, b) => (a.key < b.key ? -1 : 1)));
  return groups;
}
