// What a new world is made of, and what the page's address asks for. Nothing else is imported here: the page needs it first.
import type { WorldConfig } from '../worker/protocol.ts';

const ZONES = ['a', 'b', 'c'];
const NODES_MAX = 2000;

/** Equal machines, spread over three zones; none at all is a cluster too. */
function configOf(nodes: number, seed = 1): WorldConfig {
  const count = Math.min(NODES_MAX, Math.max(0, Math.round(nodes)));
  const named = (i: number): WorldConfig['nodes'][number] => ({ name: `node-${i + 1}`, cpu: '4', memory: '8Gi', pods: 110, zone: `zone-${ZONES[i % ZONES.length]}` });
  return { seed, nodes: Array.from({ length: count }, (_, i) => named(i)), options: {} };
}

export const DEFAULT_CONFIG = configOf(3);

/** `?nodes=30` asks for a cluster of that size. */
export function configFromAddress(): WorldConfig | undefined {
  const asked = new URLSearchParams(globalThis.location.search).get('nodes')?.trim() ?? '';
  const nodes = asked === '' ? Number.NaN : Number(asked);
  return Number.isFinite(nodes) && nodes >= 0 ? configOf(nodes) : undefined;
}
