// The nodes of an attempt as rows, and ways to keep a thousand of them readable.
import type { Attempt } from '../../sim/scheduler/framework/attempt.ts';
import type { AttemptNode } from '../../worker/protocol.ts';

/** `filter` and `score` are its rows in the tables, -1 where it has none. */
export interface NodeRow {
  readonly node: string;
  readonly zone: string;
  readonly filter: number;
  readonly score: number;
  readonly refusedBy: string;
  readonly reason: string;
  readonly total: number | undefined;
}

/** Every node that the attempt looked at, in that order; those that it did not look at last. */
export function rowsOf({ detail }: Attempt, nodes: readonly AttemptNode[]): readonly NodeRow[] {
  const zones = new Map(nodes.map(({ name, zone }) => [name, zone]));
  const scores = new Map((detail?.score ?? []).map((row, i) => [row.node, i]));
  const looked = (detail?.filter ?? []).map((row, filter): NodeRow => {
    const score = scores.get(row.node) ?? -1;
    return {
      node: row.node, zone: zones.get(row.node) ?? '', filter, score, refusedBy: row.first?.plugin ?? '', reason: row.first?.reasons.join(', ') ?? '',
      total: detail?.score?.[score]?.total,
    };
  });
  const known = new Set(looked.map(({ node }) => node));
  const others = nodes.filter(({ name }) => !known.has(name)).map(({ name, zone }): NodeRow => ({ node: name, zone, filter: -1, score: -1, refusedBy: '', reason: '', total: undefined }));
  return [...looked, ...others];
}

export interface RowGroup { readonly key: string; readonly plugin: string; readonly rows: readonly NodeRow[]; readonly feasible: number; readonly best: number | undefined }

function grouped(rows: readonly NodeRow[], keyOf: (row: NodeRow) => string): readonly RowGroup[] {
  const groups = new Map<string, NodeRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = groups.get(key);
    if (known) known.push(row);
    else groups.set(key, [row]);
  }
  return [...groups].map(([key, members]) => {
    const totals = members.flatMap(({ total }) => (total === undefined ? [] : [total]));
    return { key, plugin: members[0]?.refusedBy ?? '', rows: members, feasible: members.filter(({ refusedBy, filter }) => refusedBy === '' && filter >= 0).length, best: totals.length > 0 ? Math.max(...totals) : undefined };
  });
}

/** Nodes that fit (key ''), then those refused for the same reason, the largest group first. */
export function byReason(rows: readonly NodeRow[]): readonly RowGroup[] {
  const groups = grouped(rows.filter(({ filter }) => filter >= 0), ({ reason }) => reason);
  return groups.toSorted((a, b) => Number(b.key === '') - Number(a.key === '') || b.rows.length - a.rows.length);
}

export function byZone(rows: readonly NodeRow[]): readonly RowGroup[] {
  return grouped(rows, ({ zone }) => zone).toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** The first and last of a long list, and how many lie between. */
export function edges<T>(rows: readonly T[], top: number, bottom: number): { readonly top: readonly T[]; readonly hidden: number; readonly bottom: readonly T[] } {
  if (rows.length <= top + bottom) return { top: rows, hidden: 0, bottom: [] };
  return { top: rows.slice(0, top), hidden: rows.length - top - bottom, bottom: rows.slice(rows.length - bottom) };
}

/** Highest total first; nodes without one keep their order behind them. */
export function byTotal(rows: readonly NodeRow[]): readonly NodeRow[] {
  return rows.toSorted((a, b) => (b.total ?? -1) - (a.total ?? -1));
}

export function found(rows: readonly NodeRow[], text: string): readonly NodeRow[] {
  const wanted = text.trim().toLowerCase();
  return wanted === '' ? rows : rows.filter(({ node, zone, reason }) => `${node} ${zone} ${reason}`.toLowerCase().includes(wanted));
}
