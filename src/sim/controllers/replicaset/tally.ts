// How many pods of which state a ReplicaSet has, kept up to date with every change of a pod. The real controller counts
// all its pods in every sync; with 10,000 pods that would be most of the simulator's work.
import { CowMap, CowMultiMap } from '../../../base/cow-map.ts';
import type { Pod } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import { formatSelector, matchesSelector } from '../../api/selectors.ts';
import type { Labels, Selector } from '../../api/selectors.ts';
import type { Informer } from '../../client/informer.ts';
import { controllerOf, ownedIndexValue } from '../owners.ts';
import { isActive, isReady, isTerminating, readySinceUs } from '../pods.ts';
import type { PodSet, PodSetKind } from './kind.ts';

/** Counts of the pods that a set owns, under the selector and template labels that it had. Immutable. */
export interface Tally {
  readonly selector: Selector;
  readonly templateLabels: Labels;
  readonly minReadySeconds: number;
  readonly active: number;
  readonly fullyLabeled: number;
  readonly ready: number;
  readonly terminating: number;
  /** Active pods that it owns but no longer selects. */
  readonly strays: number;
}

type Count = 'active' | 'fullyLabeled' | 'ready' | 'terminating' | 'strays';
const NO_LABELS: Labels = {};

/** The tallies of all sets of one kind, by uid. A set has one from its first sync until it is gone. */
export class Tallies {
  private tallies = new CowMap<Tally>();
  /** Ready pods that may not be available yet: set uid → pod key → ready since (µs since 1970). */
  private maturing = new CowMultiMap<number>();

  /** The counts of a set; counts anew when there are none yet or when the set selects differently than before. */
  of(set: PodSet, kind: PodSetKind, pods: Informer): Tally {
    const uid = set.metadata.uid ?? '';
    const before = this.tallies.get(uid);
    const selector = kind.selector(set);
    const templateLabels = set.spec?.template?.metadata?.labels ?? NO_LABELS;
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    if (before && before.minReadySeconds === minReadySeconds && sameSelector(before.selector, selector) && sameLabels(before.templateLabels, templateLabels)) return before;
    for (const [key] of this.maturing.bucket(uid)?.clone() ?? []) this.maturing.delete(uid, key);
    let tally: Tally = { selector, templateLabels, minReadySeconds, active: 0, fullyLabeled: 0, ready: 0, terminating: 0, strays: 0 };
    for (const pod of pods.byIndex('controller', ownedIndexValue(set))) tally = this.shift(uid, tally, pod as Pod, 1);
    this.tallies.set(uid, tally);
    return tally;
  }

  /** Follows a change of a pod: `old` as it was in the cache, `pod` as it is; undefined where it was or is not there. */
  follow(old: Pod | undefined, pod: Pod | undefined): void {
    const before = old && controllerOf(old)?.uid;
    const after = pod && controllerOf(pod)?.uid;
    if (before !== undefined && before === after) this.replace(before, old as Pod, pod as Pod);
    else {
      if (before !== undefined) this.move(before, old as Pod, -1);
      if (after !== undefined) this.move(after, pod as Pod, 1);
    }
  }

  forget(uid: string): void {
    this.tallies.delete(uid);
    for (const [key] of this.maturing.bucket(uid)?.clone() ?? []) this.maturing.delete(uid, key);
  }

  /**
   * Of the ready pods, how many have not been so for minReadySeconds at `unixUs`, and when the first of them will have
   * been (µs since 1970; 0: none will by itself).
   */
  unripe(uid: string, minReadySeconds: number, unixUs: number): { readonly count: number; readonly nextUs: number } {
    const bucket = minReadySeconds > 0 ? this.maturing.bucket(uid) : undefined;
    if (!bucket) return { count: 0, nextUs: 0 };
    let count = 0;
    let nextUs = 0;
    for (const [key, since] of bucket.clone()) {
      const ripeUs = since + minReadySeconds * 1_000_000;
      if (since > 0 && ripeUs <= unixUs) this.maturing.delete(uid, key);
      else {
        count++;
        if (since > 0 && (nextUs === 0 || ripeUs < nextUs)) nextUs = ripeUs;
      }
    }
    return { count, nextUs };
  }

  clone(): Tallies {
    const copy = new Tallies();
    copy.tallies = this.tallies.clone();
    copy.maturing = this.maturing.clone();
    return copy;
  }

  private replace(uid: string, old: Pod, pod: Pod): void {
    const tally = this.tallies.get(uid);
    if (tally) this.tallies.set(uid, this.shift(uid, this.shift(uid, tally, old, -1), pod, 1));
  }

  private move(uid: string, pod: Pod, by: 1 | -1): void {
    const tally = this.tallies.get(uid);
    if (tally) this.tallies.set(uid, this.shift(uid, tally, pod, by));
  }

  /** Adds (1) or takes away (-1) what one pod contributes. */
  private shift(uid: string, tally: Tally, pod: Pod, by: 1 | -1): Tally {
    const matches = matchesSelector(tally.selector, pod.metadata.labels);
    if (!isActive(pod)) return matches && isTerminating(pod) ? add(tally, by, ['terminating']) : tally;
    if (!matches) return add(tally, by, ['strays']);
    const counts: Count[] = ['active'];
    if (hasLabels(pod.metadata.labels ?? NO_LABELS, tally.templateLabels)) counts.push('fullyLabeled');
    if (isReady(pod)) {
      counts.push('ready');
      if (tally.minReadySeconds > 0) this.ripen(uid, pod, by);
    }
    return add(tally, by, counts);
  }

  private ripen(uid: string, pod: Pod, by: 1 | -1): void {
    if (by === 1) this.maturing.set(uid, keyOf(pod), readySinceUs(pod));
    else this.maturing.delete(uid, keyOf(pod));
  }
}

function add(tally: Tally, by: number, counts: readonly Count[]): Tally {
  const { selector, templateLabels, minReadySeconds } = tally;
  let { active, fullyLabeled, ready, terminating, strays } = tally;
  for (const count of counts) {
    switch (count) {
      case 'active': active += by; break;
      case 'fullyLabeled': fullyLabeled += by; break;
      case 'ready': ready += by; break;
      case 'terminating': terminating += by; break;
      case 'strays': strays += by; break;
    }
  }
  return { selector, templateLabels, minReadySeconds, active, fullyLabeled, ready, terminating, strays };
}

function hasLabels(labels: Labels, wanted: Labels): boolean {
  if (labels === wanted) return true;
  for (const key in wanted) if (labels[key] !== wanted[key]) return false;
  return true;
}

export function sameLabels(a: Labels | undefined, b: Labels | undefined): boolean {
  if (a === b) return true;
  const left = a ?? NO_LABELS;
  const right = b ?? NO_LABELS;
  return Object.keys(left).length === Object.keys(right).length && hasLabels(left, right);
}

function sameSelector(a: Selector, b: Selector): boolean {
  return a === b || (a.nothing === b.nothing && formatSelector(a) === formatSelector(b));
}
