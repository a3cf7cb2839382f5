// One attempt as a road that can be walked: which plugin looks at which node, in the order of the real cycle.
import type { Attempt } from '../../sim/scheduler/framework/attempt.ts';

export const STATIONS = ['queue', 'preFilter', 'filter', 'postFilter', 'preScore', 'score', 'normalise', 'reserve', 'permit', 'bind'] as const;
export type Station = (typeof STATIONS)[number];

/**
 * `plugin` looks at `node`; -1 where it concerns all or none. In preFilter and preScore `plugin` is the row of the
 * record; in postFilter `node` is the candidate and `plugin` the rule. `part` tells the last steps of a station apart.
 */
export interface Step {
  readonly station: Station;
  readonly node: number;
  readonly plugin: number;
  readonly part: 'each' | 'only' | 'candidate' | 'rule' | 'outcome' | 'choose';
}

/** Beyond this many nodes a step takes a whole node in Filter and a whole plugin in Score. */
const FINE_NODES_MAX = 40;

const step = (station: Station, node = -1, plugin = -1, part: Step['part'] = 'each'): Step => ({ station, node, plugin, part });
const count = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** The plugins that ran in Filter, in the profile's order. */
export function filterColumns({ detail }: Attempt): readonly string[] {
  return Object.keys(detail?.filter?.[0]?.plugins ?? {});
}

function filterSteps(attempt: Attempt): readonly Step[] {
  const rows = attempt.detail?.filter ?? [];
  const columns = filterColumns(attempt);
  return rows.flatMap((row, node) => {
    const refused = row.first === undefined ? -1 : columns.indexOf(row.first.plugin);
    const last = refused === -1 ? columns.length - 1 : refused;
    if (rows.length > FINE_NODES_MAX) return [step('filter', node, last)];
    return count(last + 1).map((plugin) => step('filter', node, plugin));
  });
}

function postFilterSteps({ preemption }: Attempt): readonly Step[] {
  if (!preemption) return [];
  const candidates = preemption.detail?.candidates ?? [];
  const rules = preemption.detail?.rules ?? [];
  return [
    ...count(candidates.length).map((i) => step('postFilter', i, -1, 'candidate')), ...count(rules.length).map((i) => step('postFilter', -1, i, 'rule')),
    step('postFilter', -1, -1, 'outcome'),
  ];
}

function scoreSteps({ detail }: Attempt): readonly Step[] {
  if (!detail?.score) return [step('score', -1, -1, 'only')];
  const [rows, columns] = [detail.score.length, detail.columns?.length ?? 0];
  const scores = rows > FINE_NODES_MAX ? count(columns).map((plugin) => step('score', -1, plugin))
    : count(rows).flatMap((node) => count(columns).map((plugin) => step('score', node, plugin)));
  return [...count(detail.preScore?.length ?? 0).map((plugin) => step('preScore', -1, plugin)), ...scores, ...count(columns).map((plugin) => step('normalise', -1, plugin)), step('normalise', -1, -1, 'choose')];
}

/** Every step of the attempt, the queue first. */
export function stepsOf(attempt: Attempt): readonly Step[] {
  const { detail, outcome } = attempt;
  if (!detail) return [step('queue')];
  const looked = [step('queue'), ...count(detail.preFilter.plugins.length).map((plugin) => step('preFilter', -1, plugin)), ...filterSteps(attempt)];
  if (outcome !== 'scheduled') return [...looked, ...postFilterSteps(attempt)];
  return [...looked, ...scoreSteps(attempt), step('reserve'), step('permit'), step('bind')];
}

/** Stations that this attempt does not come to. */
export function skippedStations(steps: readonly Step[]): ReadonlySet<Station> {
  const visited = new Set(steps.map((each) => each.station));
  return new Set(STATIONS.filter((station) => !visited.has(station)));
}

/** The first step of the next station (+1), or of this one, and if it is there already of the one before (-1). */
export function toStation(steps: readonly Step[], index: number, direction: 1 | -1): number {
  const here = steps[index]?.station;
  if (direction === 1) {
    const next = steps.findIndex((each, i) => i > index && each.station !== here);
    return next === -1 ? steps.length - 1 : next;
  }
  const first = steps.findIndex((each) => each.station === here);
  if (first < index) return first;
  return Math.max(0, steps.findIndex((each) => each.station === steps[first - 1]?.station));
}

/** The first step of the next or previous node, within the station or beyond it. */
export function toNode(steps: readonly Step[], index: number, direction: 1 | -1): number {
  const here = steps[index];
  if (!here || here.node < 0) return Math.min(steps.length - 1, Math.max(0, index + direction));
  let at = index;
  while (steps[at + direction]?.station === here.station && steps[at + direction]?.node === here.node) at += direction;
  if (direction === 1) return Math.min(steps.length - 1, at + 1);
  if (at < index) return at;
  const before = Math.max(0, at - 1);
  return steps[before]?.node === -1 ? before : steps.findIndex((each) => each.station === steps[before]?.station && each.node === steps[before]?.node);
}

/** The step at which a cell is decided; -1 if it never is (the node was refused before). */
export function stepOf(steps: readonly Step[], station: Station, node: number, plugin: number): number {
  const exact = steps.findIndex((each) => each.station === station && each.node === node && each.plugin === plugin);
  if (exact !== -1) return exact;
  return steps.findIndex((each) => each.station === station && (each.node === node ? each.plugin >= plugin : each.node === -1 && each.plugin === plugin));
}

/** What is known after a step: whether a cell of a station has been decided. Before, nothing of it may be shown. */
export function isKnown(steps: readonly Step[], index: number, station: Station, node: number, plugin: number): boolean {
  const at = STATIONS.indexOf(station);
  const here = steps[index];
  if (!here) return false;
  const now = STATIONS.indexOf(here.station);
  if (now !== at) return now > at;
  if (here.part === 'choose' || here.part === 'outcome') return true;
  if (here.node === -1) return plugin <= here.plugin;
  return node < here.node || (node === here.node && plugin <= here.plugin);
}
