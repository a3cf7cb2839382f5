// The order in which nodes are looked at: zones take turns, so that a search that stops early has seen all of them
// (models the scheduler cache's nodeTree).
import type { Node } from '../api/generated/types.ts';

/** Region and zone of a node (component-helpers GetZoneKey); empty when it has neither. */
export function zoneKeyOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  const zone = labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? '';
  const region = labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? '';
  return zone === '' && region === '' ? '' : `${region}:\u0000:${zone}`;
}

export class NodeTree {
  /** Node names by zone, both in the order in which they appeared. */
  private zones = new Map<string, string[]>();

  clone(): NodeTree {
    const copy = new NodeTree();
    for (const [zone, names] of this.zones) copy.zones.set(zone, names.slice());
    return copy;
  }

  /** Adds a name that is not in the tree yet. */
  add(zone: string, name: string): void {
    const names = this.zones.get(zone);
    if (names === undefined) this.zones.set(zone, [name]);
    else names.push(name);
  }

  remove(zone: string, name: string): void {
    const names = this.zones.get(zone);
    const index = names?.indexOf(name) ?? -1;
    if (names === undefined || index < 0) return;
    names.splice(index, 1);
    if (names.length === 0) this.zones.delete(zone);
  }

  /** All names: the first of every zone, then the second of every zone, and so on. */
  list(): string[] {
    const names: string[] = [];
    const zones = [...this.zones.values()];
    const longest = Math.max(0, ...zones.map((zone) => zone.length));
    for (let i = 0; i < longest; i++) {
      for (const zone of zones) {
        const name = zone[i];
        if (name !== undefined) names.push(name);
      }
    }
    return names;
  }
}
