// Pods on nodes, grouped by what inter-pod affinity and spreading can see of them: namespace, labels, affinity and
// whether they are terminating. A selector is matched once per group (about once per Deployment) instead of once per
// pod. Derived from the nodes; the real scheduler visits every pod every cycle.
import type { PodInfo } from './pod-info.ts';
import { hasAffinity } from './pod-info.ts';

/** Equal pods, counted per node: `counts[i]` of them are on the node with `slots[i]`. */
export class PodGroup {
  readonly sample: PodInfo;
  readonly slots: number[] = [];
  readonly counts: number[] = [];
  private readonly position = new Map<number, number>();

  constructor(sample: PodInfo) {
    this.sample = sample;
  }

  add(slot: number): void {
    const at = this.position.get(slot);
    if (at !== undefined) {
      this.counts[at] = (this.counts[at] ?? 0) + 1;
      return;
    }
    this.position.set(slot, this.slots.length);
    this.slots.push(slot);
    this.counts.push(1);
  }

  remove(slot: number): void {
    const at = this.position.get(slot);
    if (at === undefined) return;
    const left = (this.counts[at] ?? 0) - 1;
    if (left > 0) {
      this.counts[at] = left;
      return;
    }
    const lastSlot = this.slots.pop();
    const lastCount = this.counts.pop();
    this.position.delete(slot);
    if (lastSlot === undefined || lastCount === undefined || lastSlot === slot) return;
    this.slots[at] = lastSlot;
    this.counts[at] = lastCount;
    this.position.set(lastSlot, at);
  }
}

const NO_GROUPS: ReadonlySet<PodGroup> = new Set();

export class PodGroups {
  private readonly groups = new Map<string, PodGroup>();
  private readonly byNamespace = new Map<string, Set<PodGroup>>();
  /** Groups of pods with any inter-pod affinity or anti-affinity. */
  readonly withAffinity = new Set<PodGroup>();
  readonly withRequiredAntiAffinity = new Set<PodGroup>();

  add(info: PodInfo, slot: number): void {
    const group = this.groups.get(info.groupKey) ?? this.create(info);
    group.add(slot);
  }

  remove(info: PodInfo, slot: number): void {
    const group = this.groups.get(info.groupKey);
    if (group === undefined) return;
    group.remove(slot);
    if (group.slots.length === 0) this.drop(group);
  }

  inNamespace(namespace: string): ReadonlySet<PodGroup> {
    return this.byNamespace.get(namespace) ?? NO_GROUPS;
  }

  all(): IterableIterator<PodGroup> {
    return this.groups.values();
  }

  private create(info: PodInfo): PodGroup {
    const group = new PodGroup(info);
    this.groups.set(info.groupKey, group);
    const siblings = this.byNamespace.get(info.namespace);
    if (siblings === undefined) this.byNamespace.set(info.namespace, new Set([group]));
    else siblings.add(group);
    if (hasAffinity(info)) this.withAffinity.add(group);
    if (info.requiredAntiAffinity.length > 0) this.withRequiredAntiAffinity.add(group);
    return group;
  }

  private drop(group: PodGroup): void {
    this.groups.delete(group.sample.groupKey);
    this.withAffinity.delete(group);
    this.withRequiredAntiAffinity.delete(group);
    const siblings = this.byNamespace.get(group.sample.namespace);
    siblings?.delete(group);
    if (siblings?.size === 0) this.byNamespace.delete(group.sample.namespace);
  }
}
