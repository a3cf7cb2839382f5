// For every topology key that some constraint names: the value of each node as a small integer, so that counting pods
// per domain is a loop over typed arrays. Derived from the nodes; the real scheduler reads labels again every cycle.
import type { NodeInfo } from './node-info.ts';

const MISSING = -1;

/** One topology key. `ids[slot]` is the node's value as an index into `values`, −1 when the node lacks the label. */
export class Topology {
  readonly key: string;
  ids: Int32Array;
  readonly values: string[] = [];
  private readonly idOf = new Map<string, number>();

  constructor(key: string, slots: number) {
    this.key = key;
    this.ids = new Int32Array(slots).fill(MISSING);
  }

  idAt(slot: number): number {
    return this.ids[slot] ?? MISSING;
  }

  set(info: NodeInfo): void {
    if (info.slot >= this.ids.length) this.grow(info.slot + 1);
    const value = Object.hasOwn(info.labels, this.key) ? info.labels[this.key] : undefined;
    this.ids[info.slot] = value === undefined ? MISSING : this.intern(value);
  }

  private intern(value: string): number {
    let id = this.idOf.get(value);
    if (id === undefined) {
      id = this.values.length;
      this.values.push(value);
      this.idOf.set(value, id);
    }
    return id;
  }

  private grow(slots: number): void {
    const ids = new Int32Array(Math.max(slots, this.ids.length * 2)).fill(MISSING);
    ids.set(this.ids);
    this.ids = ids;
  }
}

export class TopologyIndex {
  private readonly topologies = new Map<string, Topology>();

  /** The topology of that key, built from `nodes` the first time. */
  get(key: string, nodes: readonly NodeInfo[]): Topology {
    let topology = this.topologies.get(key);
    if (topology === undefined) {
      topology = new Topology(key, nodes.length);
      for (const info of nodes) topology.set(info);
      this.topologies.set(key, topology);
    }
    return topology;
  }

  nodeChanged(info: NodeInfo): void {
    this.topologies.forEach((topology) => topology.set(info));
  }
}
