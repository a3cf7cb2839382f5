// Why a pod waits: node by node, what would have to change.
import type { Attempt, Collision, FilterRow } from '../../sim/scheduler/framework/attempt.ts';
import { fixesFor } from './fixes.ts';
import type { Fix } from './fixes.ts';

/** One thing in the way: who says so, in the plugin's own words and as a collision where it names fields. */
export interface Obstacle { readonly plugin: string; readonly reasons: readonly string[]; readonly collision: Collision | undefined; readonly fixes: readonly Fix[] }

/** Nodes with the same obstacles; `fixes` are those for the first of them. */
export interface PendingGroup { readonly nodes: readonly string[]; readonly obstacles: readonly Obstacle[]; readonly permanent: boolean }

export interface Pending {
  /**
   * noNodes: there is none. never: as the pod and the nodes are, no node takes it even when empty. waits: some node
   * would, once pods leave it. whole: refused before any node was looked at.
   */
  readonly kind: 'noNodes' | 'never' | 'waits' | 'whole';
  readonly message: string;
  readonly groups: readonly PendingGroup[];
}

/** Whether taking all pods off the node would not help. */
function isPermanent(row: FilterRow): boolean {
  return Object.values(row.plugins).some((verdict) => verdict !== 'passed' && verdict.code === 'UnschedulableAndUnresolvable');
}

function obstaclesOn(row: FilterRow): readonly Obstacle[] {
  return Object.entries(row.plugins).flatMap(([plugin, verdict]): readonly Obstacle[] => {
    if (verdict === 'passed') return [];
    const collisions = row.why?.[plugin] ?? [];
    if (collisions.length === 0) return [{ plugin, reasons: verdict.reasons, collision: undefined, fixes: [] }];
    return collisions.map((collision) => ({ plugin, reasons: verdict.reasons, collision, fixes: fixesFor(collision, row.node) }));
  });
}

/** What makes two nodes alike here: the same plugins for the same reasons. */
function likeness(obstacles: readonly Obstacle[]): string {
  return obstacles.map(({ plugin, reasons, collision }) => `${plugin} ${reasons.join()} ${collision?.code ?? ''} ${String(collision?.params['resource'] ?? collision?.params['key'] ?? '')}`).join('|');
}

const collator = new Intl.Collator('en', { numeric: true });

/** Why the attempt found no node; undefined when it did. */
export function pendingOf({ outcome, message = '', detail }: Attempt): Pending | undefined {
  if (outcome === 'scheduled') return undefined;
  if (outcome === 'noNodes') return { kind: 'noNodes', message, groups: [] };
  const rows = detail?.filter?.toSorted((a, b) => collator.compare(a.node, b.node));
  if (!rows || rows.length === 0) return { kind: 'whole', message, groups: [] };
  const groups = new Map<string, { readonly nodes: string[]; readonly obstacles: readonly Obstacle[]; readonly permanent: boolean }>();
  for (const row of rows) {
    if (row.first === undefined) continue;
    const obstacles = obstaclesOn(row);
    const key = likeness(obstacles);
    const known = groups.get(key);
    if (known) known.nodes.push(row.node);
    else groups.set(key, { nodes: [row.node], obstacles, permanent: isPermanent(row) });
  }
  const kind = rows.every(isPermanent) ? 'never' : 'waits';
  // The fewest obstacles first: the shortest way to a node.
  return { kind, message, groups: [...groups.values()].sort((a, b) => a.obstacles.length - b.obstacles.length || b.nodes.length - a.nodes.length) };
}
