// The format of recorded scenarios: what was done to a real cluster, and what was seen of it through watches.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ApiObject } from '../../../sim/api/meta.ts';
import type { Load } from './fake-metrics.ts';
import type { Plain } from './json.ts';

export interface NodeSpec {
  readonly name: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Plain[];
  readonly capacity?: Readonly<Record<string, string>>;
}

/** Delays of the fake kubelet in milliseconds. */
export interface KubeletTiming { readonly startMs: number; readonly stopMs: number; readonly gapMs: number; readonly leaseMs: number }

export interface RecordedRequest { readonly method: string; readonly path: string; readonly body?: unknown; readonly contentType?: string }
export interface RecordedResponse { readonly code: number; readonly reason?: string; readonly message?: string; readonly causes?: unknown }

/** A path like `status.conditions[type=Ready].status` to the value it must have, or to a condition such as {gte: 2}. */
export type Where = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;

export interface Wait {
  readonly resource: string;
  readonly name?: string;
  readonly namePrefix?: string;
  readonly namespace?: string;
  readonly selector?: Labels;
  readonly involved?: string;
  readonly where?: Where;
  readonly count?: number | { readonly gte?: number; readonly lte?: number };
  readonly all?: boolean;
  readonly gone?: boolean;
  readonly timeoutMs?: number;
}

/** Names an object for later steps: the index-th of those that match, by creation unless `sort` is name. */
export interface Ref {
  readonly as: string;
  readonly resource: string;
  readonly selector?: Labels;
  readonly sort?: 'creation' | 'name';
  readonly index?: number;
  readonly where?: Where;
  readonly owner?: string;
}

/** One step: exactly one of the first members says what to do. */
export interface Step {
  readonly request?: RecordedRequest;
  readonly response?: RecordedResponse;
  readonly wait?: Wait;
  readonly settle?: number;
  readonly maxMs?: number;
  readonly sleep?: number;
  readonly align?: { readonly second: number };
  readonly ref?: Ref;
  readonly node?: { readonly stop?: string; readonly start?: string; readonly remove?: string; readonly add?: NodeSpec };
  readonly kubelet?: { readonly pod: string; readonly ready?: boolean; readonly exit?: number };
  readonly metrics?: Load;
  readonly watch?: { readonly plural: string; readonly path: string };
  /** Names the moment after this step. */
  readonly mark?: string;
  readonly since?: string;
}

/** Which cluster objects belong to a recording besides those of the scenario's namespaces. */
export interface Include {
  readonly nodes?: boolean;
  readonly pv?: boolean;
  readonly namespaces?: boolean;
  readonly defaults?: boolean;
  readonly omit?: readonly string[];
  readonly omitFinal?: readonly string[];
  readonly omitTrajectory?: readonly string[];
}

export interface Invariant {
  readonly name: string;
  readonly what: 'pods' | 'ready' | 'allPods';
  readonly selector: Labels;
  readonly op: '<=' | '>=';
  readonly value: number;
  readonly from?: string;
  readonly to?: string;
}
export interface CheckedInvariant extends Invariant { readonly observedMin: number; readonly observedMax: number; readonly holds: boolean }

interface EventLine { readonly kind: string; readonly name: string; readonly type?: string; readonly reason?: string; readonly message: string; readonly source: string }
export interface RecordedEvent extends EventLine { readonly count: number }
export interface ExpectedEvent extends EventLine { readonly count: number | readonly [number, number] }

export type Sequence = readonly unknown[];
export interface PodGroup { readonly n: number; readonly seq: Sequence }
/** `['create' | 'delete' | 'gone', name]` */
export type PodOperation = readonly [string, string];
export type Counts = Readonly<Record<string, number>>;
type ByName<T> = Readonly<Record<string, T>>;

/** What one run showed, with names, hashes, addresses and times replaced by placeholders. */
export interface Recording {
  readonly events: readonly RecordedEvent[];
  readonly trajectory: ByName<Sequence>;
  readonly podGroups: ByName<readonly PodGroup[]>;
  readonly order: readonly PodOperation[];
  readonly final: ByName<unknown>;
  readonly placement: ByName<Counts>;
  readonly invariants: readonly CheckedInvariant[];
  readonly timingMs: Counts;
  readonly steps: readonly Step[];
}

/** What all real runs agree on, and where they differ the variants. */
export interface Expectation {
  readonly events: readonly ExpectedEvent[];
  readonly eventsSometimes?: readonly ExpectedEvent[];
  readonly trajectory: ByName<Sequence>;
  readonly trajectoryVariants?: ByName<readonly (Sequence | null)[]>;
  readonly podGroups: ByName<readonly PodGroup[]>;
  readonly podGroupVariants?: ByName<readonly (readonly PodGroup[])[]>;
  readonly order?: readonly PodOperation[];
  readonly orderNodes?: string;
  readonly orderVariants?: readonly (readonly PodOperation[])[];
  readonly final: ByName<unknown>;
  readonly finalSometimes?: ByName<unknown>;
  readonly placement: ByName<{ readonly byNode?: Counts; readonly spread?: readonly number[]; readonly spreads?: readonly (readonly number[])[] }>;
  readonly invariants: readonly CheckedInvariant[];
}

export interface Scenario {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly topic: string;
  readonly namespace: string;
  readonly cluster: {
    readonly profile: string;
    /** `--node-monitor-period=1s` … */
    readonly kcmFlags: readonly string[];
    readonly kubelet: KubeletTiming;
    readonly nodes: readonly NodeSpec[];
    readonly metricsAPI?: boolean;
  };
  /** Whether the scenario determines the nodes; else the scheduler was free to choose among equal ones. */
  readonly nodesMatter: boolean;
  readonly include: Include;
  readonly steps: readonly Step[];
  readonly expect: Expectation;
}

/** One event of a watch: `t` in milliseconds, `rv` the resourceVersion as a number. */
export interface LogEntry {
  readonly t: number;
  readonly rv: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly plural: string;
  readonly object: ApiObject;
  /** It existed before the first step. */
  readonly initial?: boolean;
}

/** The scenarios that the project carries, or those of a folder with one JSON file each. */
export function loadScenarios(directory?: string): readonly Scenario[] {
  if (directory === undefined) {
    const packed = readFileSync(new URL('fixtures/scenarios.ndjson.gz', import.meta.url));
    return gunzipSync(packed).toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Scenario);
  }
  const files = readdirSync(directory).filter((name) => name.endsWith('.json')).sort();
  return files.map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Scenario);
}
