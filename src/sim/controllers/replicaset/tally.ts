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

/** What one pod contributes, as bits. */
const ACTIVE = 1;
const LABELED = 2;
const READY = 4;
const TERMINATING = 8;
const STRAY = 16;
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
    for (const pod of pods.byIndex('controller', ownedIndexValue(set))) tally = this.change(uid, tally, undefined, pod as Pod);
    this.tallies.set(uid, tally);
    return tally;
  }

  /** Follows a change of a pod: `old` as it was in the cache, `pod` as it is; undefined where it was or is not there. */
  follow(old: Pod | undefined, pod: Pod | undefined): void {
    const before = old && controllerOf(old)?.uid;
    const after = pod && controllerOf(pod)?.uid;
    if (before !== undefined && before === after) this.apply(before, old, pod);
    else {
      if (before !== undefined) this.apply(before, old, undefined);
      if (after !== undefined) this.apply(after, undefined, pod);
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

  private apply(uid: string, old: Pod | undefined, pod: Pod | undefined): void {
    const tally = this.tallies.get(uid);
    if (!tally) return;
    const next = this.change(uid, tally, old, pod);
    if (next !== tally) this.tallies.set(uid, next);
  }

  /** Takes away what `old` contributed and adds what `pod` does. */
  private change(uid: string, tally: Tally, old: Pod | undefined, pod: Pod | undefined): Tally {
    const before = old ? contribution(tally, old) : 0;
    const after = pod ? contribution(tally, pod) : 0;
    if (tally.minReadySeconds > 0) this.mature(uid, (before & READY) === 0 ? undefined : old, (after & READY) === 0 ? undefined : pod);
    if (before === after) return tally;
    const by = (bit: number): number => Number((after & bit) !== 0) - Number((before & bit) !== 0);
    const { selector, templateLabels, minReadySeconds, active, fullyLabeled, ready, terminating, strays } = tally;
    return {
      selector, templateLabels, minReadySeconds, active: active + by(ACTIVE), fullyLabeled: fullyLabeled + by(LABELED), ready: ready + by(READY),
      terminating: terminating + by(TERMINATING), strays: strays + by(STRAY),
    };
  }

  private mature(uid: string, before: Pod | undefined, after: Pod | undefined): void {
    if (before && after && readySinceUs(before) === readySinceUs(after)) return;
    if (before) this.maturing.delete(uid, keyOf(before));
    if (after) this.maturing.set(uid, keyOf(after), readySinceUs(after));
  }
}

function contribution({ selector, templateLabels }: Tally, pod: Pod): number {
  const { labels } = pod.metadata;
  const matches = matchesSelector(selector, labels);
  if (!isActive(pod)) return matches && isTerminating(pod) ? TERMINATING : 0;
  if (!matches) return STRAY;
  return ACTIVE | (hasLabels(labels ?? NO_LABELS, templateLabels) ? LABELED : 0) | (isReady(pod) ? READY : 0);
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
