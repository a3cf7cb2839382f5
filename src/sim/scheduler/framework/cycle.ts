// One scheduling cycle in the making: the pod, what PreFilter computed, which node was refused and why. It runs the
// profile's plugins the way frameworkImpl does.
import type { Prng } from '../../../base/prng.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodMemo } from '../node-memo.ts';
import { PASSED, ScoreMemo } from '../node-memo.ts';
import type { PodInfo } from '../pod-info.ts';
import { specKeyOf } from '../pod-info.ts';
import type { Collision, PluginVerdict, PreemptionDetail, PreemptionOutcome, PreFilterRow, Verdict } from './attempt.ts';
import type { Entry, FilterPlugin, Framework, ScoreEntry } from './framework.ts';
import type { Candidate, Handle, Plugin, PostFilterContext, PostFilterResult, PreScoreResult } from './plugin.ts';
import type { Code, Status } from './status.ts';
import { isRejected, messageOf, status, unresolvable } from './status.ts';

interface ActiveFilter { readonly plugin: FilterPlugin; readonly state: unknown }
export interface ActiveScore extends ScoreEntry { readonly state: unknown }

const NO_PODS: readonly PodInfo[] = [];

export class Cycle implements PostFilterContext {
  readonly framework: Framework;
  readonly handle: Handle;
  readonly pod: PodInfo;
  readonly random: Prng;
  readonly detail: boolean;
  readonly preFilterRows: PreFilterRow[] = [];
  readonly preScoreRows: PluginVerdict[] = [];
  /** Names of the plugins that narrowed the search. */
  readonly narrowedBy: string[] = [];
  /** Nodes worth looking at; undefined: all. */
  candidates: ReadonlySet<string> | undefined = undefined;
  /** Refused nodes in the order in which they were looked at. */
  readonly refused: NodeInfo[] = [];
  readonly refusals: Status[] = [];
  private readonly counts = new Map<Status, number>();
  // Nodes are mostly refused for the same reason many times in a row.
  private lastRefusal: Status | undefined = undefined;
  private lastCount = 0;
  private memo: PodMemo | undefined = undefined;
  private known: PodMemo['scores'] | undefined = undefined;
  /** Whether another pod with this spec came before: else there is nothing worth remembering. */
  private isCommon = false;
  /** What counts for nodes that were not looked at. */
  absent: Status | undefined = undefined;
  private readonly states: unknown[] = [];
  private readonly ran = new Set<string>();
  private readonly skipped = new Set<Plugin>();
  private filters: readonly ActiveFilter[] = [];
  private extensions: readonly { readonly plugin: Plugin; readonly state: unknown }[] = [];

  constructor(framework: Framework, handle: Handle, pod: PodInfo, random: Prng, detail: boolean) {
    this.framework = framework;
    this.handle = handle;
    this.pod = pod;
    this.random = random;
    this.detail = detail;
  }

  /** RunPreFilterPlugins. Returns why the pod cannot be scheduled at all, if so. */
  runPreFilter(): Status | undefined {
    let refusal: Status | undefined;
    for (const entry of this.framework.preFilter) {
      const result = entry.plugin.preFilter(this.handle, this.pod);
      this.ran.add(entry.plugin.name);
      if (this.detail) this.recordPreFilter(entry.plugin.name, result.status, result.nodes);
      if (result.status?.code === 'Skip') {
        this.skipped.add(entry.plugin);
        continue;
      }
      if (result.status !== undefined) {
        const { plugin: name, code } = result.status;
        refusal = code === 'Error' ? status(name, code, `running PreFilter plugin "${name}": ${messageOf(result.status)}`) : result.status;
        if (code !== 'Unschedulable') return refusal;
        continue;
      }
      this.states[entry.index] = result.state;
      const narrowed = this.narrow(entry.plugin.name, result.nodes);
      if (narrowed !== undefined) return narrowed;
    }
    this.activateFilters();
    return refusal;
  }

  /** RunFilterPlugins: the first refusal, in the profile's order. */
  runFilters(node: NodeInfo): Status | undefined {
    const { filters, pod, handle } = this;
    for (const filter of filters) {
      const refusal = filter.plugin.filter(filter.state, pod, node, handle);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** Every filter by itself: a row of the matrix. */
  verdicts(node: NodeInfo): Record<string, Verdict> {
    const row: Record<string, Verdict> = {};
    for (const { plugin, state } of this.filters) {
      const refusal = plugin.filter(state, this.pod, node, this.handle);
      row[plugin.name] = refusal === undefined ? 'passed' : { code: refusal.code, reasons: refusal.reasons };
    }
    return row;
  }

  /** By plugin that refuses the node by itself: what collides. */
  collisions(node: NodeInfo): Record<string, readonly Collision[]> {
    const why: Record<string, readonly Collision[]> = {};
    for (const { plugin, state } of this.filters) {
      if (plugin.explainFilter === undefined || plugin.filter(state, this.pod, node, this.handle) === undefined) continue;
      why[plugin.name] = plugin.explainFilter(state, this.pod, node, this.handle);
    }
    return why;
  }

  /** Nominated pods that count on that node: of equal or higher priority, and not the pod itself. */
  nominatedOn(nodeName: string): readonly PodInfo[] {
    const nominated = this.handle.nominated.podsFor(nodeName);
    if (nominated.length === 0) return NO_PODS;
    return nominated.filter((info) => info.priority >= this.pod.priority && info.key !== this.pod.key);
  }

  /** The filters' answer for a node as it is, remembered if possible. */
  check(node: NodeInfo): Status | undefined {
    const { memo } = this;
    if (memo === undefined || this.nominatedOn(node.name).length > 0) return this.filter(node);
    const version = this.handle.cache.versionAt(node.slot);
    const known = memo.filter.get(node.slot, version);
    if (known !== undefined) return known === PASSED ? undefined : known;
    const refusal = this.runFilters(node);
    memo.filter.set(node.slot, version, refusal ?? PASSED);
    return refusal;
  }

  /** What is known of a plugin's raw scores for pods like this one; undefined if they must be asked for anew. */
  scoreMemo(plugin: Plugin): ScoreMemo | undefined {
    if (!this.isCommon || plugin.scoreNodeLocal !== true || this.known === undefined) return undefined;
    const { slotCount } = this.handle.cache;
    let memo = this.known.get(plugin);
    if (memo === undefined || memo.slots < slotCount) this.known.set(plugin, memo = new ScoreMemo(slotCount));
    return memo;
  }

  /** RunFilterPluginsWithNominatedPods: first with the nominated pods in place, then without them. */
  filter(node: NodeInfo): Status | undefined {
    const nominated = this.nominatedOn(node.name);
    if (nominated.length === 0) return this.runFilters(node);
    const crowded = node.clone(node.owner);
    for (const info of nominated) this.addPod(info, crowded);
    const refusal = this.runFilters(crowded);
    for (const info of nominated) this.removePod(info, crowded);
    return refusal ?? this.runFilters(node);
  }

  addPod(added: PodInfo, node: NodeInfo): void {
    node.addPod(added);
    for (const { plugin, state } of this.extensions) plugin.addPod?.(state, this.handle, this.pod, added, node);
  }

  removePod(removed: PodInfo, node: NodeInfo): void {
    node.remove(removed);
    for (const { plugin, state } of this.extensions) plugin.removePod?.(state, this.handle, this.pod, removed, node);
  }

  refuse(node: NodeInfo, refusal: Status): void {
    this.refused.push(node);
    this.refusals.push(refusal);
    if (refusal !== this.lastRefusal) {
      this.flushCount();
      this.lastRefusal = refusal;
    }
    this.lastCount++;
  }

  /** How many nodes were refused for which reason. */
  refusalCounts(): ReadonlyMap<Status, number> {
    this.flushCount();
    return this.counts;
  }

  rememberedVictims(node: NodeInfo): Candidate | Status | undefined {
    if (this.memo === undefined || this.extensions.length > 0 || this.nominatedOn(node.name).length > 0) return undefined;
    return this.memo.victims.get(node.slot, this.handle.cache.versionAt(node.slot));
  }

  rememberVictims(node: NodeInfo, answer: Candidate | Status): void {
    if (this.memo === undefined || this.extensions.length > 0 || this.nominatedOn(node.name).length > 0) return;
    this.memo.victims.set(node.slot, this.handle.cache.versionAt(node.slot), answer);
  }

  preFilterRan(plugin: string): boolean {
    return this.ran.has(plugin);
  }

  refusedNodes(code: Code): readonly NodeInfo[] {
    const nodes: NodeInfo[] = [];
    for (let i = 0; i < this.refused.length; i++) {
      const node = this.refused[i];
      if (node !== undefined && this.refusals[i]?.code === code) nodes.push(node);
    }
    return nodes;
  }

  refusalOf(nodeName: string): Status | undefined {
    const index = this.refused.findIndex((node) => node.name === nodeName);
    return index < 0 ? this.absent : this.refusals[index];
  }

  /** RunPostFilterPlugins: the first success ends it; otherwise all reasons are joined. */
  runPostFilter(): PreemptionOutcome {
    const plugins: PluginVerdict[] = [];
    const reasons: string[] = [];
    let clearNomination = false;
    let detail: PreemptionDetail | undefined;
    for (const plugin of this.framework.postFilter) {
      const result = plugin.postFilter(this);
      detail = result.detail ?? detail;
      if (result.status === undefined) return nominated(result, plugins, detail);
      const { status: answer } = result;
      plugins.push({ plugin: plugin.name, status: answer.code, message: messageOf(answer) });
      if (!isRejected(answer) || answer.code === 'UnschedulableAndUnresolvable') {
        return { status: answer.code, message: messageOf(answer), plugins, tied: 0, clearNomination, detail };
      }
      clearNomination ||= result.clearNomination ?? false;
      reasons.push(...answer.reasons);
    }
    return { status: 'Unschedulable', message: reasons.join(', '), plugins, tied: 0, clearNomination, detail };
  }

  /** RunPreScorePlugins: the Score plugins that have something to say, with their states. */
  runPreScore(feasible: readonly NodeInfo[]): readonly ActiveScore[] {
    const results = new Map<Plugin, PreScoreResult<unknown>>();
    for (const { plugin } of this.framework.preScore) {
      const result = plugin.preScore(this.handle, this.pod, feasible);
      results.set(plugin, result);
      if (this.detail) this.preScoreRows.push(verdictRow(plugin.name, result.status));
    }
    const active: ActiveScore[] = [];
    for (const { plugin, index, weight } of this.framework.score) {
      // A profile may enable Score without PreScore: then Score computes what it needs itself.
      const result = results.get(plugin) ?? plugin.preScore?.(this.handle, this.pod, feasible);
      if (result?.status?.code === 'Skip') continue;
      active.push({ plugin, index, weight, state: plugin.prepareScore ? plugin.prepareScore(this.handle, this.pod) : result?.state });
    }
    return active;
  }

  /** What that plugin's PreFilter computed. */
  stateOf(entry: Entry): unknown {
    return this.states[entry.index];
  }

  private flushCount(): void {
    if (this.lastRefusal !== undefined) this.counts.set(this.lastRefusal, (this.counts.get(this.lastRefusal) ?? 0) + this.lastCount);
    this.lastCount = 0;
  }

  private narrow(plugin: string, nodes: ReadonlySet<string> | undefined): Status | undefined {
    if (nodes === undefined) return undefined;
    this.narrowedBy.push(plugin);
    this.candidates = intersection(this.candidates, nodes);
    if (this.candidates.size > 0) return undefined;
    const [only, ...others] = this.narrowedBy.toSorted();
    return unresolvable('', others.length === 0 ? `node(s) didn't satisfy plugin ${only}`
      : `node(s) didn't satisfy plugin(s) [${[only, ...others].join(' ')}] simultaneously`);
  }

  private activateFilters(): void {
    for (const { plugin, index } of this.framework.filter) {
      // A profile may enable Filter without PreFilter: then Filter computes what it needs itself.
      if (plugin.preFilter === undefined || this.ran.has(plugin.name)) continue;
      const result = plugin.preFilter(this.handle, this.pod);
      this.states[index] = result.state;
      if (result.status?.code === 'Skip') this.skipped.add(plugin);
    }
    const running = this.framework.filter.filter(({ plugin }) => !this.skipped.has(plugin));
    const needed = this.detail ? running : running.filter(({ plugin }) => plugin.passesEveryNode?.(this.handle, this.pod) !== true);
    this.filters = needed.map(({ plugin, index }) => ({ plugin, state: this.states[index] }));
    // A pod that runs already, or has a status that counts, is not like others with its spec.
    if (!this.detail && this.pod.pod.status?.containerStatuses === undefined) {
      const memo = this.handle.cache.memo(specKeyOf(this.pod), this.framework);
      if (needed.every(({ plugin }) => plugin.nodeLocal === true)) this.memo = memo;
      this.known = memo.scores;
      this.isCommon = memo.pods > 1;
    }
    this.extensions = this.framework.preFilter.filter(({ plugin }) => plugin.addPod !== undefined && !this.skipped.has(plugin))
      .map(({ plugin, index }) => ({ plugin, state: this.states[index] }));
  }

  private recordPreFilter(plugin: string, refusal: Status | undefined, nodes: ReadonlySet<string> | undefined): void {
    const row = verdictRow(plugin, refusal);
    this.preFilterRows.push(nodes === undefined ? row : { ...row, nodes: [...nodes].sort() });
  }
}

function intersection(known: ReadonlySet<string> | undefined, nodes: ReadonlySet<string>): ReadonlySet<string> {
  return known === undefined ? nodes : new Set([...known].filter((name) => nodes.has(name)));
}

function verdictRow(plugin: string, answer: Status | undefined): PluginVerdict {
  const row = { plugin, status: answer?.code ?? 'Success' } as const;
  return answer === undefined || answer.reasons.length === 0 ? row : { ...row, message: messageOf(answer) };
}

function nominated(result: PostFilterResult, plugins: readonly PluginVerdict[], detail: PreemptionDetail | undefined): PreemptionOutcome {
  return { status: 'Success', message: '', plugins, nominated: result.nominated, tied: result.tied ?? 1, clearNomination: false, detail };
}
