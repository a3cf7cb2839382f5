// Remembers what was found out about single nodes until they change. Most pods come from few templates, so the same
// question about the same node is asked again and again; only the node that got the last pod has changed since.
import type { Framework } from './framework/framework.ts';
import type { Candidate, Plugin } from './framework/plugin.ts';
import type { Status } from './framework/status.ts';

/** Answers by slot, each valid for one version of its node. */
class NodeMemo<V> {
  private versions: Float64Array;
  private readonly answers: (V | undefined)[] = [];

  constructor(slots: number) {
    this.versions = new Float64Array(slots);
  }

  get(slot: number, version: number): V | undefined {
    return this.versions[slot] === version ? this.answers[slot] : undefined;
  }

  set(slot: number, version: number, answer: V): void {
    if (slot >= this.versions.length) {
      const versions = new Float64Array(Math.max(slot + 1, 2 * this.versions.length));
      versions.set(this.versions);
      this.versions = versions;
    }
    this.versions[slot] = version;
    this.answers[slot] = answer;
  }
}

/** One plugin's raw scores by slot, each valid for one version of its node. */
export class ScoreMemo {
  private readonly versions: Float64Array;
  private readonly scores: Float64Array;

  constructor(slots: number) {
    this.versions = new Float64Array(slots);
    this.scores = new Float64Array(slots);
  }

  get slots(): number {
    return this.scores.length;
  }

  get(slot: number, version: number): number | undefined {
    return this.versions[slot] === version ? this.scores[slot] : undefined;
  }

  set(slot: number, version: number, score: number): void {
    this.versions[slot] = version;
    this.scores[slot] = score;
  }
}

/** Stands for "no refusal", because undefined means "not known". */
export const PASSED = 'passed';

/** What is known about nodes for all pods with the same spec, under one profile. */
export interface PodMemo {
  readonly framework: Framework;
  readonly filter: NodeMemo<Status | typeof PASSED>;
  readonly victims: NodeMemo<Candidate | Status>;
  readonly scores: Map<Plugin, ScoreMemo>;
  /** How many pods with that spec were looked at. */
  pods: number;
}

const MEMOS = 8;

/** The memos of the specs that were scheduled last. */
export class PodMemos {
  private readonly memos = new Map<string, PodMemo>();

  get(specKey: string, framework: Framework, slots: number): PodMemo {
    let memo = this.memos.get(specKey);
    if (memo === undefined || memo.framework !== framework) {
      memo = { framework, filter: new NodeMemo(slots), victims: new NodeMemo(slots), scores: new Map(), pods: 0 };
    }
    memo.pods++;
    this.memos.delete(specKey);
    this.memos.set(specKey, memo);
    if (this.memos.size > MEMOS) this.memos.delete(this.memos.keys().next().value ?? '');
    return memo;
  }
}
