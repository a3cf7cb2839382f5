// Pods that have been promised room on a node (scheduler nominator): they count there for pods of lower or equal
// priority until they are bound, deleted or nominated elsewhere.
import { CowMap } from '../../base/cow-map.ts';
import type { NominatedPods } from './framework/plugin.ts';
import type { PodInfo } from './pod-info.ts';

const NONE: readonly PodInfo[] = [];

export class Nominator implements NominatedPods {
  private byNode = new CowMap<readonly PodInfo[]>();
  private nodeOfPod = new CowMap<string>();

  clone(): Nominator {
    const copy = new Nominator();
    copy.byNode = this.byNode.clone();
    copy.nodeOfPod = this.nodeOfPod.clone();
    return copy;
  }

  podsFor(nodeName: string): readonly PodInfo[] {
    return this.byNode.size === 0 ? NONE : this.byNode.get(nodeName) ?? NONE;
  }

  nodeOf(podKey: string): string | undefined {
    return this.nodeOfPod.get(podKey);
  }

  /** Promises room on `nodeName`, instead of anywhere else. */
  add(info: PodInfo, nodeName: string): void {
    this.delete(info.key);
    this.byNode.set(nodeName, [...this.podsFor(nodeName), info]);
    this.nodeOfPod.set(info.key, nodeName);
  }

  delete(podKey: string): void {
    const nodeName = this.nodeOfPod.get(podKey);
    if (nodeName === undefined) return;
    this.nodeOfPod.delete(podKey);
    const left = this.podsFor(nodeName).filter((info) => info.key !== podKey);
    if (left.length === 0) this.byNode.delete(nodeName);
    else this.byNode.set(nodeName, left);
  }
}
