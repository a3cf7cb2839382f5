// Which pods to replace now (models daemon/update.go).
import type { DaemonSet, Node, Pod } from '../../api/generated/types.ts';
import { isAvailable } from '../pods.ts';
import { limits } from './sizes.ts';
import { fit, isUpdated } from './template.ts';

export interface Replacement {
  readonly pods: readonly Pod[];
  /** Nodes that get a new pod beside the old one. */
  readonly nodes: readonly string[];
}

export interface RollingInput {
  readonly set: DaemonSet;
  readonly hash: string;
  readonly nodes: readonly Node[];
  /** Pods by the node that they are on or meant for. */
  readonly byNode: ReadonlyMap<string, readonly Pod[]>;
  readonly unixUs: number;
}

/** The new and the old pod of a node; undefined when there are several of a kind: the core loop sorts that out first. */
function pair({ set, hash }: RollingInput, pods: readonly Pod[]): { readonly fresh: Pod | undefined; readonly old: Pod | undefined } | undefined {
  const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const fresh = alive.filter((pod) => isUpdated(set, pod, hash));
  if (fresh.length > 1 || alive.length - fresh.length > 1) return undefined;
  return { fresh: fresh[0], old: alive.find((pod) => !fresh.includes(pod)) };
}

export function replacement(input: RollingInput): Replacement {
  const wanted = input.nodes.filter((node) => fit(input.set, node).run).map((node) => node.metadata.name ?? '');
  const byNode = new Map(input.byNode);
  for (const name of wanted) if (!byNode.has(name)) byNode.set(name, []);
  const { surge, unavailable } = limits(input.set, wanted.length);
  return surge === 0 ? withoutSurge(input, byNode, unavailable) : withSurge(input, byNode, surge, wanted.length);
}

/** Old pods are deleted, at most so many that `most` nodes are without an available pod. */
function withoutSurge(input: RollingInput, byNode: ReadonlyMap<string, readonly Pod[]>, most: number): Replacement {
  const available = (pod: Pod): boolean => isAvailable(pod, input.set.spec?.minReadySeconds ?? 0, input.unixUs);
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const pods of byNode.values()) {
    const { fresh, old } = pair(input, pods) ?? { fresh: undefined, old: undefined };
    if ((fresh === undefined) === (old === undefined)) unavailable++;
    else if (fresh) unavailable += available(fresh) ? 0 : 1;
    else if (old && !available(old)) {
      broken.push(old);
      unavailable++;
    } else if (old && unavailable < most) candidates.push(old);
  }
  return { pods: [...broken, ...candidates.slice(0, Math.max(0, most - unavailable))], nodes: [] };
}

interface Surge { surging: number; available: number; done: Pod[]; misplaced: Pod[]; broken: string[]; candidates: string[] }

/** New pods come first, on at most `most` nodes at once; the old one goes when the new one is available. */
function withSurge(input: RollingInput, byNode: ReadonlyMap<string, readonly Pod[]>, most: number, desired: number): Replacement {
  const count: Surge = { surging: 0, available: 0, done: [], misplaced: [], broken: [], candidates: [] };
  for (const [node, pods] of byNode) {
    const both = pair(input, pods);
    if (both) surgeOn(input, node, both.fresh, both.old, most, count);
    else count.surging++;
  }
  const spare = Math.max(0, Math.min(count.available - desired, count.misplaced.length));
  return { pods: [...count.done, ...count.misplaced.slice(0, spare)], nodes: [...count.broken, ...count.candidates.slice(0, Math.max(0, most - count.surging))] };
}

function surgeOn(input: RollingInput, name: string, fresh: Pod | undefined, old: Pod | undefined, most: number, count: Surge): void {
  const available = (pod: Pod): boolean => isAvailable(pod, input.set.spec?.minReadySeconds ?? 0, input.unixUs);
  const counted = old ?? fresh;
  if (counted && available(counted)) count.available++;
  if (!old) return;
  if (fresh) {
    if (available(fresh)) count.done.push(old);
    else count.surging++;
    return;
  }
  const node = input.nodes.find((candidate) => candidate.metadata.name === name);
  const belongs = node !== undefined && fit(input.set, node).run;
  if (!available(old)) {
    if (belongs) count.broken.push(name);
    else count.done.push(old);
  } else if (!belongs) count.misplaced.push(old);
  else if (count.surging < most) count.candidates.push(name);
}
