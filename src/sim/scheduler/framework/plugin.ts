// The one interface of a scheduler plugin. A plugin implements the extension points it needs; a new one is a file in
// plugins/ and a line in plugins/index.ts. Plugins are pure: they read the cluster through the handle and answer.
import type { Pod } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { SchedulerCache } from '../cache.ts';
import type { Listers } from '../listers.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Prng } from '../../../base/prng.ts';
import type { Collision, Normalization, PreemptionDetail, ScoreTerm } from './attempt.ts';
import type { EventRegistration } from './events.ts';
import type { Code, Status } from './status.ts';

/** Scores of plugins are normalised to 0 … 100. */
export const MAX_NODE_SCORE = 100;

/** Pods that shall soon run on a node because room is being made for them (framework.PodNominator). */
export interface NominatedPods {
  podsFor(nodeName: string): readonly PodInfo[];
}

/** What plugins may look at (framework.Handle). */
export interface Handle {
  readonly cache: SchedulerCache;
  readonly listers: Listers;
  readonly nominated: NominatedPods;
  /** Microseconds since 1970. */
  readonly unixUs: number;
}

export interface PreFilterResult<F> {
  /** undefined: success; Skip: this plugin has nothing to do for this pod, its Filter is not run. */
  readonly status?: Status;
  readonly state?: F;
  /** Only these nodes are worth looking at. */
  readonly nodes?: ReadonlySet<string>;
}

export interface PreScoreResult<S> {
  readonly status?: Status;
  readonly state?: S;
}

export interface Victims {
  readonly node: string;
  /** Pods to evict, the most important first. */
  readonly pods: readonly PodInfo[];
  readonly pdbViolations: number;
}

/** A node where preemption would work. */
export interface Candidate extends Victims {
  /** Pods that were looked at and may stay. */
  readonly reprieved: readonly PodInfo[];
  readonly highestPriority: number;
  /** Of the victims' priorities, each shifted to be positive. */
  readonly prioritySum: number;
  /** Of the most important victims the first to start, in microseconds since 1970; undefined: not started yet. */
  readonly earliestStartUs: number | undefined;
}

export interface PostFilterResult {
  readonly status?: Status;
  /** Where the pod may run once the victims are gone. */
  readonly nominated?: Victims;
  /** How many candidates were equal by all rules, so that the choice among them was drawn. */
  readonly tied?: number;
  /** The pod's old nomination is of no use any more (ModeOverride with an empty name). */
  readonly clearNomination?: boolean;
  readonly detail?: PreemptionDetail;
}

/** What PostFilter plugins may do after no node was found. */
export interface PostFilterContext {
  readonly handle: Handle;
  readonly pod: PodInfo;
  readonly random: Prng;
  /** Whether the whole comparison is wanted, not only the answer. */
  readonly detail: boolean;
  /** Whether that plugin's PreFilter got its turn. */
  preFilterRan(plugin: string): boolean;
  /** Nodes that were refused with that code, in the order in which they were looked at. */
  refusedNodes(code: Code): readonly NodeInfo[];
  /**
   * What earlier cycles found out about whom to evict, for nodes that have not changed since; undefined when that
   * depends on more than the pod's spec and the node.
   */
  rememberedVictims(node: NodeInfo): Candidate | Status | undefined;
  rememberVictims(node: NodeInfo, answer: Candidate | Status): void;
  /** Why the node was refused. */
  refusalOf(nodeName: string): Status | undefined;
  /** Filters once more, nominated pods of equal or higher priority counted in. */
  filter(node: NodeInfo): Status | undefined;
  /** Simulates that a pod joins or leaves `node`, which must be a copy. Exact inverses. */
  addPod(added: PodInfo, node: NodeInfo): void;
  removePod(removed: PodInfo, node: NodeInfo): void;
}

/** A write to the API server that a binding cycle makes, in order. */
export interface BindWrite {
  readonly verb: 'create' | 'update';
  /** Plural of the resource; `pods/binding` for the binding itself. */
  readonly resource: string;
  readonly object: ApiObject;
}

/** A pod in the scheduling queue, as QueueSort sees it. */
export interface SortablePod {
  readonly priority: number;
  /** When it entered the queue, in microseconds. */
  readonly timestampUs: number;
}

/** `F` is what PreFilter hands to Filter, `S` what PreScore hands to Score. Methods so that plugins can be listed together. */
export interface Plugin<F = unknown, S = unknown> {
  readonly name: string;

  preEnqueue?(pod: Pod): Status | undefined;
  /** QueueSort: whether `a` comes before `b`. */
  less?(a: SortablePod, b: SortablePod): boolean;

  preFilter?(handle: Handle, pod: PodInfo): PreFilterResult<F>;
  /** PreFilter extensions: `added` is now, or no longer, on `node`. The two must be exact inverses of each other. */
  addPod?(state: F, handle: Handle, pod: PodInfo, added: PodInfo, node: NodeInfo): void;
  removePod?(state: F, handle: Handle, pod: PodInfo, removed: PodInfo, node: NodeInfo): void;
  filter?(state: F, pod: PodInfo, node: NodeInfo, handle: Handle): Status | undefined;
  /** Filter looks at nothing but the pod's spec and the node with its pods, so that its answer holds until they change. */
  readonly nodeLocal?: true;
  /** The same of Score: what it gives a node before it is normalised holds until the node or its pods change. */
  readonly scoreNodeLocal?: true;
  /** True when Filter passes every node of the cluster: lets a decision without a table leave it out. */
  passesEveryNode?(handle: Handle, pod: PodInfo): boolean;
  /** What exactly collides on a node that Filter refuses; asked only when the whole table is wanted. */
  explainFilter?(state: F, pod: PodInfo, node: NodeInfo, handle: Handle): readonly Collision[];
  postFilter?(context: PostFilterContext): PostFilterResult;

  preScore?(handle: Handle, pod: PodInfo, feasible: readonly NodeInfo[]): PreScoreResult<S>;
  /** What Score needs and can be computed once per pod, for plugins without PreScore. */
  prepareScore?(handle: Handle, pod: PodInfo): S;
  score?(state: S, pod: PodInfo, node: NodeInfo, handle: Handle): number;
  /** Changes raw scores into 0 … 100 in place; `scores[i]` belongs to `nodes[i]`. */
  normalizeScore?(state: S, scores: Float64Array, nodes: readonly NodeInfo[]): void;

  readonly normalization?: Normalization;
  /** How the raw score comes about; asked only when the whole table is wanted. */
  explainScore?(state: S, pod: PodInfo, node: NodeInfo, handle: Handle): readonly ScoreTerm[];

  /** Reserve and PreBind: the writes to make before the binding, for the chosen node. */
  preBind?(state: F, pod: PodInfo, node: NodeInfo, handle: Handle): readonly BindWrite[];
  bind?(pod: PodInfo, nodeName: string): BindWrite;

  /** EventsToRegister: what may make a pod schedulable that this plugin refused. */
  readonly events?: readonly EventRegistration[];
}

/** DefaultNormalizeScore: the highest becomes 100; reversed, the highest becomes 0. */
export function normalizeByMax(scores: Float64Array, reverse: boolean): void {
  let max = 0;
  for (let i = 0; i < scores.length; i++) max = Math.max(max, scores[i] ?? 0);
  if (max === 0) {
    if (reverse) scores.fill(MAX_NODE_SCORE);
    return;
  }
  for (let i = 0; i < scores.length; i++) {
    const scaled = Math.trunc((MAX_NODE_SCORE * (scores[i] ?? 0)) / max);
    scores[i] = reverse ? MAX_NODE_SCORE - scaled : scaled;
  }
}

/** The path of a label in an object's YAML. */
export function labelPath(key: string): string {
  return `metadata.labels["${key}"]`;
}
