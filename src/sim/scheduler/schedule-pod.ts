// One attempt to place one pod: PreFilter, Filter, PostFilter, PreScore, Score, the choice, and what to write
// (models Scheduler.schedulingCycle and schedulePod). Pure: the caller assumes the pod, nominates and evicts.
import type { Prng } from '../../base/prng.ts';
import { fitErrorMessage } from './fit-error.ts';
import type { Attempt, AttemptDetail, FilterRow, ScoreColumnHead, ScoreRow, ScoreTerm } from './framework/attempt.ts';
import type { ActiveScore } from './framework/cycle.ts';
import { Cycle } from './framework/cycle.ts';
import type { Framework } from './framework/framework.ts';
import type { BindWrite, Handle } from './framework/plugin.ts';
import type { Status } from './framework/status.ts';
import { isRejected, messageOf, status, unresolvable } from './framework/status.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

const MIN_FEASIBLE_NODES = 100;
const MIN_FEASIBLE_PERCENTAGE = 5;
const NO_NODES_MESSAGE = 'no nodes available to schedule pods';

export interface ScheduleInput {
  readonly framework: Framework;
  readonly handle: Handle;
  readonly pod: PodInfo;
  readonly random: Prng;
  /** Where the search starts among the nodes; goes on from one attempt to the next. */
  readonly startNodeIndex: number;
  /** 0: adapt to the size of the cluster. */
  readonly percentageOfNodesToScore: number;
  /** Record the whole table and not the decision alone. */
  readonly detail: boolean;
}

/** How many feasible nodes are enough (numFeasibleNodesToFind): with 5,000 nodes 500. */
export function feasibleNodesToFind(nodes: number, configuredPercentage: number): number {
  if (nodes < MIN_FEASIBLE_NODES) return nodes;
  let percentage = configuredPercentage;
  if (percentage === 0) percentage = Math.max(MIN_FEASIBLE_PERCENTAGE, 50 - Math.trunc(nodes / 125));
  return Math.max(MIN_FEASIBLE_NODES, Math.trunc((nodes * percentage) / 100));
}

interface Search {
  readonly feasible: NodeInfo[];
  readonly filterRows: FilterRow[];
  /** PreFilter's refusal of the pod as a whole. */
  readonly refusal: Status | undefined;
  /** A filter broke down, which ends the attempt. */
  readonly failure?: Status | undefined;
  readonly nextStartNodeIndex: number;
}

interface Choice {
  readonly node: NodeInfo;
  readonly best: readonly NodeInfo[];
  readonly total?: number;
  readonly runnerUp?: { readonly node: string; readonly total: number } | undefined;
  readonly scoreRows?: readonly ScoreRow[];
  readonly columns?: readonly ScoreColumnHead[];
}

/** Schedules one pod against the cluster that `handle` shows. */
export function schedulePod(input: ScheduleInput): Attempt {
  const { handle, pod } = input;
  const attempt = {
    pod: pod.key, uid: pod.uid, tied: 0, evaluatedNodes: 0, feasibleNodes: 0, nextStartNodeIndex: input.startNodeIndex,
    writes: [], unschedulablePlugins: [],
  };
  if (handle.cache.nodeCount === 0) return { ...attempt, outcome: 'noNodes', message: NO_NODES_MESSAGE };
  const cycle = new Cycle(input.framework, handle, pod, input.random, input.detail);
  const search = findFeasibleNodes(cycle, input);
  const { nextStartNodeIndex } = search;
  const error = search.failure ?? search.refusal;
  if (error !== undefined && !isRejected(error)) {
    return { ...attempt, outcome: 'error', message: messageOf(error), nextStartNodeIndex, detail: detailOf(cycle, search, undefined) };
  }
  if (search.feasible.length === 0) return { ...attempt, ...unschedulable(cycle, search), nextStartNodeIndex };
  const choice = choose(cycle, search.feasible);
  return {
    ...attempt,
    outcome: 'scheduled',
    node: choice.node.name,
    ...(choice.total !== undefined && { total: choice.total }),
    ...(choice.runnerUp && { runnerUp: choice.runnerUp }),
    tied: choice.best.length,
    evaluatedNodes: search.feasible.length + cycle.refused.length,
    feasibleNodes: search.feasible.length,
    nextStartNodeIndex,
    writes: writesFor(cycle, choice.node),
    unschedulablePlugins: pluginsThatRefused(cycle, search.refusal),
    detail: detailOf(cycle, search, choice),
  };
}

// ---- search ----

function findFeasibleNodes(cycle: Cycle, input: ScheduleInput): Search {
  const filterRows: FilterRow[] = [];
  const nowhere = { feasible: [], filterRows, nextStartNodeIndex: input.startNodeIndex };
  const refusal = cycle.runPreFilter();
  if (refusal !== undefined) {
    cycle.absent = refusal;
    return { ...nowhere, refusal };
  }
  const nominated = nominatedNode(cycle, filterRows);
  if (nominated !== undefined) return { ...nowhere, feasible: [nominated], refusal };
  if (cycle.candidates !== undefined) {
    const plugins = cycle.narrowedBy.toSorted().join(' ');
    cycle.absent = unresolvable('', `node(s) didn't satisfy plugin(s) [${plugins}]`);
    return searchNodes(cycle, input, filterRows, candidateSlots(cycle, cycle.candidates));
  }
  return searchNodes(cycle, input, filterRows, cycle.handle.cache.order());
}

/** Room may have been made for the pod on its nominated node: that one is tried before all others. */
function nominatedNode(cycle: Cycle, filterRows: FilterRow[]): NodeInfo | undefined {
  const name = cycle.pod.pod.status?.nominatedNodeName;
  if (!name) return undefined;
  const node = cycle.handle.cache.node(name);
  if (node === undefined || (cycle.candidates !== undefined && !cycle.candidates.has(name))) return undefined;
  const refusal = cycle.filter(node);
  if (refusal !== undefined) return undefined;
  if (cycle.detail) filterRows.push(filterRow(cycle, node, refusal));
  return node;
}

function candidateSlots(cycle: Cycle, names: ReadonlySet<string>): Int32Array {
  const { cache } = cycle.handle;
  return cache.order().filter((slot) => names.has(cache.at(slot).name));
}

function searchNodes(cycle: Cycle, input: ScheduleInput, filterRows: FilterRow[], slots: Int32Array): Search {
  const { cache } = cycle.handle;
  const percentage = input.framework.percentageOfNodesToScore ?? input.percentageOfNodesToScore;
  const enough = input.framework.score.length === 0 ? 1 : feasibleNodesToFind(slots.length, percentage);
  const feasible: NodeInfo[] = [];
  let looked = 0;
  let failure: Status | undefined;
  for (; failure === undefined && looked < slots.length && feasible.length < enough; looked++) {
    const slot = slots[(input.startNodeIndex + looked) % slots.length] ?? 0;
    const node = cache.at(slot);
    const refusal = cycle.check(node);
    if (cycle.detail) filterRows.push(filterRow(cycle, node, refusal));
    if (refusal === undefined) feasible.push(node);
    else if (isRejected(refusal)) cycle.refuse(node, refusal);
    else failure = status(refusal.plugin, 'Error', `running "${refusal.plugin}" filter plugin: ${messageOf(refusal)}`);
  }
  const nextStartNodeIndex = (input.startNodeIndex + looked) % cache.nodeCount;
  return { feasible, filterRows, refusal: undefined, failure, nextStartNodeIndex };
}

function filterRow(cycle: Cycle, node: NodeInfo, refusal: Status | undefined): FilterRow {
  const nominated = cycle.nominatedOn(node.name).map((info) => info.key);
  return {
    node: node.name,
    plugins: cycle.verdicts(node),
    ...(refusal !== undefined && { why: cycle.collisions(node) }),
    ...(refusal !== undefined && { first: { plugin: refusal.plugin, code: refusal.code, reasons: refusal.reasons } }),
    ...(nominated.length > 0 && { nominated }),
  };
}

// ---- choice ----

/** Scores and picks; one feasible node needs no scores. Ties are broken by reservoir sampling (selectHost). */
function choose(cycle: Cycle, feasible: readonly NodeInfo[]): Choice {
  const [first] = feasible;
  if (first === undefined) throw new Error('no feasible node to choose from');
  if (feasible.length === 1) return { node: first, best: feasible };
  const active = cycle.runPreScore(feasible);
  const totals = new Float64Array(feasible.length);
  const columns = active.map((entry) => scoreColumn(cycle, entry, feasible, totals));
  let highest = totals[0] ?? 0;
  for (const total of totals) if (total > highest) highest = total;
  const best = feasible.filter((_, i) => totals[i] === highest);
  const node = best[best.length === 1 ? 0 : cycle.random.below(best.length)] ?? first;
  const score = { total: highest, runnerUp: runnerUpOf(feasible, totals, node) };
  if (!cycle.detail) return { node, best, ...score };
  return { node, best, ...score, scoreRows: feasible.map((info, i) => scoreRow(cycle, info, i, columns, totals[i] ?? 0)), columns: columns.map(columnHead) };
}

/** The best of the others: what the winner is compared with. */
function runnerUpOf(feasible: readonly NodeInfo[], totals: Float64Array, winner: NodeInfo): { readonly node: string; readonly total: number } | undefined {
  let second = -1;
  for (let i = 0; i < totals.length; i++) {
    if (feasible[i] !== winner && (second < 0 || (totals[i] ?? 0) > (totals[second] ?? 0))) second = i;
  }
  const node = feasible[second];
  return node && { node: node.name, total: totals[second] ?? 0 };
}

interface ScoreColumn { readonly entry: ActiveScore; readonly raw: Float64Array; readonly normalized: Float64Array }

/** One plugin's scores for all feasible nodes, normalised and added to the totals with its weight. */
function scoreColumn(cycle: Cycle, entry: ActiveScore, feasible: readonly NodeInfo[], totals: Float64Array): ScoreColumn {
  const { plugin, state, weight } = entry;
  const scores = rawScores(cycle, entry, feasible);
  const raw = cycle.detail ? scores.slice() : scores;
  plugin.normalizeScore?.(state, scores, feasible);
  for (let i = 0; i < scores.length; i++) totals[i] = (totals[i] ?? 0) + (scores[i] ?? 0) * weight;
  return { entry, raw, normalized: scores };
}

function rawScores(cycle: Cycle, { plugin, state }: ActiveScore, feasible: readonly NodeInfo[]): Float64Array {
  const { pod, handle } = cycle;
  const memo = cycle.scoreMemo(plugin);
  const scores = new Float64Array(feasible.length);
  let i = 0;
  for (const node of feasible) {
    const version = handle.cache.versionAt(node.slot);
    let score = memo?.get(node.slot, version);
    if (score === undefined) {
      score = plugin.score(state, pod, node, handle);
      memo?.set(node.slot, version, score);
    }
    scores[i++] = score;
  }
  return scores;
}

function columnHead({ entry: { plugin, weight } }: ScoreColumn): ScoreColumnHead {
  return { plugin: plugin.name, weight, normalization: plugin.normalization ?? 'none' };
}

function scoreRow(cycle: Cycle, node: NodeInfo, index: number, columns: readonly ScoreColumn[], total: number): ScoreRow {
  const plugins: Record<string, readonly [number, number, number]> = {};
  const how: Record<string, readonly ScoreTerm[]> = {};
  for (const { entry: { plugin, weight, state }, raw, normalized } of columns) {
    const score = normalized[index] ?? 0;
    plugins[plugin.name] = [raw[index] ?? 0, score, score * weight];
    if (plugin.explainScore !== undefined) how[plugin.name] = plugin.explainScore(state, cycle.pod, node, cycle.handle);
  }
  return { node: node.name, plugins, total, how };
}

function preBindWrites(cycle: Cycle, node: NodeInfo): BindWrite[] {
  return cycle.framework.preBind.flatMap((entry) => entry.plugin.preBind(cycle.stateOf(entry), cycle.pod, node, cycle.handle));
}

function writesFor(cycle: Cycle, node: NodeInfo): readonly BindWrite[] {
  const writes = preBindWrites(cycle, node);
  const [binder] = cycle.framework.bind;
  if (binder !== undefined) writes.push(binder.bind(cycle.pod, node.name));
  return writes;
}

// ---- failure ----

function pluginsThatRefused(cycle: Cycle, refusal: Status | undefined): readonly string[] {
  const names = new Set(cycle.narrowedBy);
  if (refusal !== undefined) names.add(refusal.plugin);
  for (const each of cycle.refusalCounts().keys()) names.add(each.plugin);
  names.delete('');
  return [...names].sort();
}

function unschedulable(cycle: Cycle, search: Search): Omit<Attempt, 'pod' | 'uid' | 'tied' | 'feasibleNodes' | 'nextStartNodeIndex' | 'writes'> {
  const fitError = fitErrorMessage({
    nodes: cycle.handle.cache.nodeCount, preFilterMessage: messageOf(search.refusal), refusals: cycle.refusalCounts(), absent: cycle.absent,
  });
  const preemption = cycle.runPostFilter();
  return {
    outcome: 'unschedulable',
    evaluatedNodes: cycle.refused.length,
    fitError,
    message: preemption.message === '' ? fitError : `${fitError} ${preemption.message}`,
    unschedulablePlugins: pluginsThatRefused(cycle, search.refusal),
    preemption,
    detail: detailOf(cycle, search, undefined),
  };
}

function detailOf(cycle: Cycle, search: Search, choice: Choice | undefined): AttemptDetail | undefined {
  if (!cycle.detail) return undefined;
  const { refusal } = search;
  const scored = choice?.scoreRows !== undefined;
  const preBind = search.feasible.map((node) => [node.name, preBindWrites(cycle, node)] as const).filter(([, writes]) => writes.length > 0);
  return {
    preFilter: {
      plugins: cycle.preFilterRows,
      status: refusal?.code ?? 'Success',
      ...(refusal !== undefined && { plugin: refusal.plugin, message: messageOf(refusal) }),
      ...(cycle.candidates !== undefined && { nodes: [...cycle.candidates].sort() }),
    },
    ...(refusal === undefined && { filter: search.filterRows }),
    feasible: search.feasible.map((node) => node.name),
    ...(scored && { preScore: cycle.preScoreRows, score: choice.scoreRows, columns: choice.columns }),
    scored,
    ...(preBind.length > 0 && { preBind: Object.fromEntries(preBind) }),
    best: choice?.best.map((node) => node.name) ?? [],
  };
}
