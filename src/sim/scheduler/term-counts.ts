// How many pods count in each domain of the topologies that affinity terms name.
import type { NodeInfo } from './node-info.ts';
import type { SchedulerCache } from './cache.ts';
import type { PodGroup } from './pod-groups.ts';
import type { Topology } from './topology-index.ts';

/** Counts (or weights) by domain of one topology key. */
export interface DomainTally { readonly topology: Topology; readonly counts: Float64Array }

/** Counts by topology key and domain (the real topologyToMatchedTermCount). */
export class TermCounts {
  readonly tallies: DomainTally[] = [];
  /** How many domains have a count other than zero. */
  nonZero = 0;
  /** Whether anything was ever counted, even if it cancelled out. */
  touched = false;
  private readonly cache: SchedulerCache;

  constructor(cache: SchedulerCache) {
    this.cache = cache;
  }

  tally(topologyKey: string): DomainTally {
    for (const tally of this.tallies) if (tally.topology.key === topologyKey) return tally;
    const topology = this.cache.topology(topologyKey);
    const tally = { topology, counts: new Float64Array(topology.values.length) };
    this.tallies.push(tally);
    return tally;
  }

  /** Adds `amount` in the node's domain. */
  add(topologyKey: string, slot: number, amount: number): void {
    this.addTo(this.tally(topologyKey), slot, amount);
  }

  /** Adds `weight` for every pod of the group, each in its node's domain. */
  addGroup(topologyKey: string, group: PodGroup, weight: number): void {
    const tally = this.tally(topologyKey);
    const { slots, counts } = group;
    for (let i = 0; i < slots.length; i++) this.addTo(tally, slots[i] ?? 0, (counts[i] ?? 0) * weight);
  }

  at(topologyKey: string, node: NodeInfo): number {
    const { topology, counts } = this.tally(topologyKey);
    return counts[topology.idAt(node.slot)] ?? 0;
  }

  private addTo({ topology, counts }: DomainTally, slot: number, amount: number): void {
    const id = topology.idAt(slot);
    if (id < 0) return;
    this.touched = true;
    if (amount === 0) return;
    const before = counts[id] ?? 0;
    const after = before + amount;
    counts[id] = after;
    if (before === 0) this.nonZero++;
    else if (after === 0) this.nonZero--;
  }
}
