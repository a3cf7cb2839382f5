// The scheduler's picture of the cluster: nodes with the pods on them, assumed pods included (models the scheduler's
// internal cache and its snapshot). A cycle runs to completion before the next message, so it reads the cache itself;
// what the real scheduler copies into a snapshot is here kept up to date incrementally, O(changed).
import { CowMap } from '../../base/cow-map.ts';
import type { Node, Pod } from '../api/generated/types.ts';
import type { Framework } from './framework/framework.ts';
import type { Owner } from './node-info.ts';
import { NodeInfo } from './node-info.ts';
import type { PodMemo } from './node-memo.ts';
import { PodMemos } from './node-memo.ts';
import { NodeTree, zoneKeyOf } from './node-tree.ts';
import { PodGroups } from './pod-groups.ts';
import type { PodInfo } from './pod-info.ts';
import { podInfoOf } from './pod-info.ts';
import type { Topology } from './topology-index.ts';
import { TopologyIndex } from './topology-index.ts';

interface PodState {
  readonly info: PodInfo;
  readonly nodeName: string;
  /** Placed by the scheduler, not yet seen with its nodeName by the informer. */
  readonly assumed: boolean;
}

/** One image on the cluster's nodes (ImageStateSummary). */
export interface ImageState { readonly sizeBytes: number; readonly nodes: number }

export class SchedulerCache {
  private owner: Owner = { owner: true };
  private infos: NodeInfo[] = [];
  private slots = new Map<string, number>();
  private tree = new NodeTree();
  private pods = new CowMap<PodState>();
  private images = new Map<string, ImageState>();
  // Derived from the above and built when needed: not part of the state that is cloned and hashed.
  #orderedSlots: Int32Array | undefined;
  #topologies = new TopologyIndex();
  #podGroups: PodGroups | undefined;
  #versions = new Float64Array(0);
  #lastVersion = 0;
  #memos = new PodMemos();

  /** Copies containers only; NodeInfos are shared until one side changes them, indexes are built anew when used. */
  clone(): SchedulerCache {
    const copy = new SchedulerCache();
    copy.infos = this.infos.slice();
    copy.slots = new Map(this.slots);
    copy.tree = this.tree.clone();
    copy.#orderedSlots = this.#orderedSlots;
    copy.pods = this.pods.clone();
    copy.images = new Map(this.images);
    copy.#versions = new Float64Array(this.infos.length).fill(1);
    copy.#lastVersion = 1;
    this.owner = { owner: true };
    return copy;
  }

  // ---- nodes ----

  get nodeCount(): number {
    return this.order().length;
  }

  /** Slots of all nodes in the order in which they are looked at. */
  order(): Int32Array {
    if (this.#orderedSlots === undefined) {
      const names = this.tree.list();
      const slots = new Int32Array(names.length);
      for (const [i, name] of names.entries()) slots[i] = this.slots.get(name) ?? 0;
      this.#orderedSlots = slots;
    }
    return this.#orderedSlots;
  }

  at(slot: number): NodeInfo {
    const info = this.infos[slot];
    if (info === undefined) throw new Error(`no node in slot ${slot}`);
    return info;
  }

  /** The node of that name, if it exists. */
  node(name: string): NodeInfo | undefined {
    const slot = this.slots.get(name);
    const info = slot === undefined ? undefined : this.infos[slot];
    return info?.node === undefined ? undefined : info;
  }

  /** One more than the highest slot: the length for arrays by slot. */
  get slotCount(): number {
    return this.infos.length;
  }

  setNode(node: Node): void {
    const name = node.metadata.name ?? '';
    const info = this.writable(name);
    const old = info.node;
    if (old !== undefined) this.countImages(old, -1);
    const zone = zoneKeyOf(node);
    if (old === undefined || zoneKeyOf(old) !== zone) {
      if (old !== undefined) this.tree.remove(zoneKeyOf(old), name);
      this.tree.add(zone, name);
      this.#orderedSlots = undefined;
    }
    info.setNode(node);
    this.countImages(node, 1);
    this.#topologies.nodeChanged(info);
  }

  /** Forgets the node; its pods stay known until they are removed themselves. */
  removeNode(name: string): void {
    const old = this.node(name)?.node;
    if (old === undefined) return;
    const info = this.writable(name);
    this.tree.remove(zoneKeyOf(old), name);
    this.#orderedSlots = undefined;
    this.countImages(old, -1);
    info.removeNode();
    this.#topologies.nodeChanged(info);
  }

  imageState(name: string): ImageState | undefined {
    return this.images.get(name);
  }

  // ---- pods ----

  /** Counts `pod` on `nodeName` before the API server has heard of it. */
  assumePod(pod: Pod, nodeName: string): void {
    this.place(podInfoOf(pod), nodeName, true);
  }

  /** Takes an assumed pod back, because binding failed. */
  forgetPod(key: string): void {
    if (this.pods.get(key)?.assumed === true) this.removePod(key);
  }

  isAssumed(key: string): boolean {
    return this.pods.get(key)?.assumed ?? false;
  }

  /** A pod with spec.nodeName was seen: added, confirmed after assume, or updated. */
  setPod(pod: Pod): void {
    this.place(podInfoOf(pod), pod.spec?.nodeName ?? '', false);
  }

  removePod(key: string): void {
    const state = this.pods.get(key);
    if (state === undefined) return;
    const info = this.writable(state.nodeName);
    info.removePod(key);
    this.#podGroups?.remove(state.info, info.slot);
    this.pods.delete(key);
  }

  get podCount(): number {
    return this.pods.size;
  }

  /** Whether any pod on any node names the claim `namespace/name` (StorageInfos.IsPVCUsedByPods). */
  claimInUse(key: string): boolean {
    for (const info of this.infos) if (info.claims?.has(key)) return true;
    return false;
  }

  // ---- indexes ----

  /** Another number after every change of the node or of the pods on it; never 0. */
  versionAt(slot: number): number {
    return this.#versions[slot] ?? 0;
  }

  /** What is known about nodes for pods of that spec under that profile. */
  memo(specKey: string, framework: Framework): PodMemo {
    return this.#memos.get(specKey, framework, this.slotCount);
  }

  topology(key: string): Topology {
    return this.#topologies.get(key, this.infos);
  }

  groups(): PodGroups {
    if (this.#podGroups === undefined) {
      const groups = new PodGroups();
      for (const info of this.infos) for (const pod of info.pods) groups.add(pod, info.slot);
      this.#podGroups = groups;
    }
    return this.#podGroups;
  }

  private place(info: PodInfo, nodeName: string, assumed: boolean): void {
    const known = this.pods.get(info.key);
    if (known !== undefined) {
      if (known.info === info && known.nodeName === nodeName && known.assumed === assumed) return;
      if (known.nodeName === nodeName && countsTheSame(known.info, info) && this.writable(nodeName).replacePod(known.info, info)) {
        this.pods.set(info.key, { info, nodeName, assumed });
            return;
      }
      this.removePod(info.key);
    }
    const target = this.writable(nodeName);
    target.addPod(info);
    this.#podGroups?.add(info, target.slot);
    this.pods.set(info.key, { info, nodeName, assumed });
  }

  /** The NodeInfo of that name, created or copied if need be, that may be changed in place. */
  private writable(name: string): NodeInfo {
    let slot = this.slots.get(name);
    if (slot === undefined) {
      slot = this.infos.length;
      this.slots.set(name, slot);
      this.infos.push(new NodeInfo(name, slot, this.owner));
    }
    this.touch(slot);
    let info = this.at(slot);
    if (info.owner !== this.owner) {
      info = info.clone(this.owner);
      this.infos[slot] = info;
    }
    return info;
  }

  private touch(slot: number): void {
    if (slot >= this.#versions.length) {
      const versions = new Float64Array(Math.max(slot + 1, 2 * this.#versions.length));
      versions.set(this.#versions);
      this.#versions = versions;
    }
    this.#versions[slot] = ++this.#lastVersion;
  }

  private countImages(node: Node, sign: 1 | -1): void {
    const seen = new Set<string>();
    for (const image of node.status?.images ?? []) {
      for (const name of image.names ?? []) {
        if (seen.has(name)) continue;
        seen.add(name);
        const known = this.images.get(name);
        const nodes = (known?.nodes ?? 0) + sign;
        if (nodes > 0) this.images.set(name, { sizeBytes: known?.sizeBytes ?? image.sizeBytes ?? 0, nodes });
        else this.images.delete(name);
      }
    }
  }
}

/** Whether an update changes nothing that is counted, as most updates of a status do. */
function countsTheSame(a: PodInfo, b: PodInfo): boolean {
  return a.requests === b.requests && a.nonZero === b.nonZero && a.groupKey === b.groupKey
    && a.hostPorts === b.hostPorts && a.claimKeys === b.claimKeys;
}
