// The record of one attempt to schedule a pod: the decision, and on request the whole table behind it. Plain data.
import type { BindWrite, Victims } from './plugin.ts';
import type { Code } from './status.ts';

export interface PluginVerdict { readonly plugin: string; readonly status: Code; readonly message?: string }

/** One plugin's PreFilter. `nodes`: it narrows the search to these. */
export interface PreFilterRow extends PluginVerdict { readonly nodes?: readonly string[] }

export interface Refusal { readonly plugin: string; readonly code: Code; readonly reasons: readonly string[] }
export type Verdict = 'passed' | { readonly code: Code; readonly reasons: readonly string[] };

/**
 * Where a pod and a node collide: paths into their objects (`spec.tolerations`, `metadata.labels["zone"]`) and what was
 * compared, as code and parameters that the page words.
 */
export interface Collision {
  readonly code: string;
  readonly pod?: string;
  readonly node?: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/** A summand or a factor of a raw score: `{code: 'LeastAllocated', params: {resource: 'cpu', requested: 1500, capacity: 4000, score: 62}}`. */
export interface ScoreTerm {
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/** How a plugin turns raw scores into 0 … 100. */
export type Normalization = 'none' | 'byMax' | 'byMaxReversed' | 'minMax' | 'fewestPods';

/** One row of the filter matrix: every Filter plugin by itself, and what the scheduler reports. */
export interface FilterRow {
  readonly node: string;
  readonly plugins: Readonly<Record<string, Verdict>>;
  /** The first failing plugin, nominated pods counted in; absent when the node is feasible. */
  readonly first?: Refusal;
  /** Nominated pods of equal or higher priority that were counted in. */
  readonly nominated?: readonly string[];
  /** By refusing plugin: what collides. */
  readonly why?: Readonly<Record<string, readonly Collision[]>>;
}

/** One row of the score matrix: [raw, normalised, weighted] by plugin. */
export interface ScoreRow {
  readonly node: string;
  readonly plugins: Readonly<Record<string, readonly [number, number, number]>>;
  readonly total: number;
  /** By plugin: how the raw score comes about. */
  readonly how?: Readonly<Record<string, readonly ScoreTerm[]>>;
}

/** A column of the score matrix. */
export interface ScoreColumnHead { readonly plugin: string; readonly weight: number; readonly normalization: Normalization }

export interface CandidateDetail {
  readonly node: string;
  /** `namespace/name`, the most important first. */
  readonly victims: readonly string[];
  /** Looked at and left in place. */
  readonly reprieved: readonly string[];
  readonly pdbViolations: number;
}

export type PreemptionRule = 'pdbViolations' | 'highestPriority' | 'sumOfPriorities' | 'numberOfVictims' | 'latestStartTime';

/** One of the rules of choice: its value per candidate still in the race, and who stays. */
export interface RuleDetail {
  readonly rule: PreemptionRule;
  readonly values: Readonly<Record<string, number>>;
  readonly kept: readonly string[];
}

export interface PreemptionDetail {
  readonly candidates: readonly CandidateDetail[];
  /** Nodes that were tried in vain. */
  readonly notHelped: Readonly<Record<string, Refusal>>;
  readonly rules: readonly RuleDetail[];
}

export interface PreemptionOutcome {
  readonly status: Code;
  readonly message: string;
  /** The answers of the PostFilter plugins, in order. */
  readonly plugins: readonly PluginVerdict[];
  readonly nominated?: Victims;
  readonly tied: number;
  readonly clearNomination: boolean;
  readonly detail?: PreemptionDetail;
}

export interface AttemptDetail {
  readonly preFilter: {
    readonly plugins: readonly PreFilterRow[];
    readonly status: Code;
    readonly plugin?: string;
    readonly message?: string;
    readonly nodes?: readonly string[];
  };
  /** Absent when PreFilter refused the pod. */
  readonly filter?: readonly FilterRow[];
  readonly feasible: readonly string[];
  readonly preScore?: readonly PluginVerdict[];
  /** False when there was nothing to choose. */
  readonly scored: boolean;
  readonly score?: readonly ScoreRow[];
  readonly columns?: readonly ScoreColumnHead[];
  /** By feasible node, where there is anything: what would be written for the pod's volumes before the binding. */
  readonly preBind?: Readonly<Record<string, readonly BindWrite[]>>;
  /** All nodes with the highest total, in the order in which they were looked at. */
  readonly best: readonly string[];
}

export interface Attempt {
  /** `namespace/name`. */
  readonly pod: string;
  readonly uid: string;
  readonly outcome: 'scheduled' | 'unschedulable' | 'noNodes' | 'error';
  /** The chosen node, its total where nodes were scored, and the best of the others. */
  readonly node?: string;
  readonly total?: number;
  readonly runnerUp?: { readonly node: string; readonly total: number };
  /** How many nodes shared the highest total; above 1 the choice among them was drawn. */
  readonly tied: number;
  readonly evaluatedNodes: number;
  readonly feasibleNodes: number;
  /** Where the next cycle starts to look. */
  readonly nextStartNodeIndex: number;
  /** What to write for a scheduled pod: volumes first, the binding last. */
  readonly writes: readonly BindWrite[];
  /** FitError without the PostFilter part. */
  readonly fitError?: string;
  /** Message of the FailedScheduling event and of the PodScheduled condition. */
  readonly message?: string;
  /** Plugins that refused some node, or the pod: only events that concern them wake the pod. */
  readonly unschedulablePlugins: readonly string[];
  readonly preemption?: PreemptionOutcome;
  readonly detail?: AttemptDetail;
}
