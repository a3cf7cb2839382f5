// Two decisions about one pod from the same moment, side by side.
import type { Attempt } from '../../sim/scheduler/framework/attempt.ts';

/** What became of a node: its total, or who refused it and why; `chosen` if it won. */
export interface Side { readonly total: number | undefined; readonly refusedBy: string; readonly reason: string; readonly chosen: boolean; readonly present: boolean }
export interface Comparison { readonly node: string; readonly before: Side; readonly after: Side; readonly changed: boolean }

function sidesOf({ detail, node: chosen }: Attempt): ReadonlyMap<string, Side> {
  const totals = new Map((detail?.score ?? []).map((row) => [row.node, row.total]));
  return new Map((detail?.filter ?? []).map((row): [string, Side] => [row.node, {
    total: totals.get(row.node), refusedBy: row.first?.plugin ?? '', reason: row.first?.reasons.join(', ') ?? '', chosen: row.node === chosen, present: true,
  }]));
}

const ABSENT: Side = { total: undefined, refusedBy: '', reason: '', chosen: false, present: false };

/** Every node of either decision: winners first, then what changed, then the rest by the total after. */
export function compare(before: Attempt, after: Attempt): readonly Comparison[] {
  const [first, second] = [sidesOf(before), sidesOf(after)];
  const rows = [...new Set([...first.keys(), ...second.keys()])].map((node): Comparison => {
    const [old, next] = [first.get(node) ?? ABSENT, second.get(node) ?? ABSENT];
    return { node, before: old, after: next, changed: old.total !== next.total || old.reason !== next.reason || old.chosen !== next.chosen };
  });
  const rank = ({ before: old, after: next, changed }: Comparison): number => Number(next.chosen) * 4 + Number(old.chosen) * 2 + Number(changed);
  return rows.sort((a, b) => rank(b) - rank(a) || (b.after.total ?? -1) - (a.after.total ?? -1));
}
