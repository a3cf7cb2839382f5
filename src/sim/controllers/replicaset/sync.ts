// One sync of a ReplicaSet or ReplicationController: claim pods, create or delete some, write the status
// (models syncReplicaSet, manageReplicas and slowStartBatch of replica_set.go).
import type { Pod } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import { PODS } from '../../api/resources.ts';
import { matchesSelector } from '../../api/selectors.ts';
import { createRequest, deleteRequest, getRequest, patchRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isInvalid, isNamespaceTerminating, isNotFound, isSuccess } from '../api-errors.ts';
import type { EventDraft, Round, Scope, Write, WriteResult } from '../controller.ts';
import { adoptPatch, adoptionRefusal, controllerOf, ownedIndexValue, releasePatch } from '../owners.ts';
import { isActive, isAvailable, isReady } from '../pods.ts';
import { END } from '../writes.ts';
import { explain } from './explain.ts';
import type { Action } from './explain.ts';
import type { PodSet, PodSetKind } from './kind.ts';
import { podBody } from './pod-template.ts';
import { podsToDelete } from './ranking.ts';
import type { PodSetState } from './state.ts';
import { newStatus, statusIsCurrent } from './status.ts';
import type { Counts } from './status.ts';

/** At most so many pods are created or deleted in one sync. */
const BURST = 500;
/** Slow start: 1 pod, then 2, 4, 8 … as long as all succeed, so that a full quota is not hammered. */
const FIRST_BATCH = 1;

/** What all phases of one sync know. */
interface Base {
  readonly set: PodSet;
  /** Counted when the sync began. */
  readonly counts: Counts;
  /** When the first pod will have been ready for minReadySeconds (µs since 1970); 0: none is waiting for that. */
  readonly ripeUs: number;
  /** False while pods that it created or deleted have not shown up: then it only writes the status. */
  readonly mayManage: boolean;
  readonly adopted: readonly Pod[];
}

export type PodSetProgress =
  | { readonly phase: 'recheck' | 'claim'; readonly base: Base; readonly adopt: readonly Pod[]; readonly release: readonly Pod[]; readonly refusal?: string }
  | { readonly phase: 'create'; readonly base: Base; readonly total: number; readonly batch: number; readonly left: number }
  | { readonly phase: 'delete'; readonly base: Base; readonly pods: readonly Pod[] }
  | { readonly phase: 'status' | 'refetch'; readonly base: Base; readonly status: ReturnType<typeof newStatus>; readonly failure: string | undefined; readonly retried: boolean };

type PodSetRound = Round<PodSetProgress>;

/** The sync of one key of one kind of set; made for one call, it holds nothing. */
export class PodSetSync {
  private readonly kind: PodSetKind;
  private readonly key: string;
  private readonly state: PodSetState;
  private readonly scope: Scope;

  constructor(kind: PodSetKind, key: string, state: PodSetState, scope: Scope) {
    this.kind = kind;
    this.key = key;
    this.state = state;
    this.scope = scope;
  }

  begin(): PodSetRound {
    const { kind, key, state, scope } = this;
    const set = scope.informer(kind.plural).get(key) as PodSet | undefined;
    if (!set) {
      state.consistency.clear(key);
      state.expectations.forget(key);
      return END;
    }
    const stale = kind.readsOwnWrites ? state.consistency.staleness(key, (name) => scope.informer(name)) : undefined;
    if (stale !== undefined) return { error: stale };
    const base = this.count(set);
    if (set.metadata.deletionTimestamp !== undefined) return this.manage(base);
    return this.claim(base);
  }

  proceed(progress: PodSetProgress, results: readonly WriteResult[]): PodSetRound {
    switch (progress.phase) {
      case 'recheck': return this.onRecheck(progress, results[0] as WriteResult);
      case 'claim': return this.onClaimed(progress, results);
      case 'create': return this.onCreated(progress, results);
      case 'delete': return this.onDeleted(progress, results);
      case 'status': return this.onStatus(progress, results[0] as WriteResult);
      case 'refetch': return this.onRefetched(progress, results[0] as WriteResult);
    }
  }

  private count(set: PodSet): Base {
    const { kind, state, scope } = this;
    const tally = state.tallies.of(set, kind, scope.informer('pods'));
    const unripe = state.tallies.unripe(set.metadata.uid ?? '', tally.minReadySeconds, scope.unixUs);
    const { active, fullyLabeled, ready, terminating } = tally;
    return {
      set, counts: { replicas: active, fullyLabeled, ready, available: ready - unripe.count, terminating }, ripeUs: unripe.nextUs,
      mayManage: state.expectations.satisfied(this.key, scope.nowUs), adopted: [],
    };
  }

  // ---- claim: adopt orphans that the selector matches, release owned pods that it doesn't ----

  private claim(base: Base): PodSetRound {
    const pods = this.scope.informer('pods');
    const selector = this.kind.selector(base.set);
    const adopt: Pod[] = [];
    for (const orphan of pods.byIndex('controller', base.set.metadata.namespace ?? '')) {
      if (isActive(orphan as Pod) && matchesSelector(selector, orphan.metadata.labels)) adopt.push(orphan as Pod);
    }
    const release = this.strays(base.set);
    if (adopt.length > 0) {
      // A fresh read: an owner that is being deleted must not adopt.
      const { namespace = '', name = '' } = base.set.metadata;
      return { writes: [{ purpose: 'recheckOwner', spec: getRequest(this.kind.gvr, namespace, name) }], progress: { phase: 'recheck', base, adopt, release } };
    }
    return release.length > 0 ? this.patchClaims({ phase: 'claim', base, adopt, release }) : this.manage(base);
  }

  private strays(set: PodSet): readonly Pod[] {
    const { kind, state, scope } = this;
    if (state.tallies.of(set, kind, scope.informer('pods')).strays === 0) return [];
    const selector = kind.selector(set);
    return this.ownedActive(set).filter((pod) => !matchesSelector(selector, pod.metadata.labels));
  }

  private ownedActive(set: PodSet): Pod[] {
    const owned: Pod[] = [];
    for (const pod of this.scope.informer('pods').byIndex('controller', ownedIndexValue(set))) if (isActive(pod as Pod)) owned.push(pod as Pod);
    return owned;
  }

  private onRecheck(progress: PodSetProgress & { readonly phase: 'recheck' | 'claim' }, answer: WriteResult): PodSetRound {
    const refusal = isSuccess(answer) ? adoptionRefusal(progress.base.set, answer.body) : `can't recheck DeletionTimestamp: ${errorText(answer)}`;
    const { base, adopt, release } = progress;
    if (refusal === undefined) return this.patchClaims({ phase: 'claim', base, adopt, release });
    const { namespace, name, uid } = (adopt[0] as Pod).metadata;
    const error = `can't adopt Pod ${namespace}/${name} (${uid}): ${refusal}`;
    return release.length > 0 ? this.patchClaims({ phase: 'claim', base, adopt: [], release, refusal: error }) : { error };
  }

  private patchClaims(progress: PodSetProgress & { readonly phase: 'recheck' | 'claim' }): PodSetRound {
    const { base, adopt, release } = progress;
    const patch = (purpose: string, pod: Pod, body: unknown): Write =>
      ({ purpose, spec: patchRequest(PODS, pod.metadata.namespace ?? '', pod.metadata.name ?? '', 'strategic', body) });
    const writes = [
      ...release.map((pod) => patch('releasePod', pod, releasePatch(base.set, pod))),
      ...adopt.map((pod) => patch('adoptPod', pod, adoptPatch(base.set, pod))),
    ];
    const actions: Action[] = [
      ...release.map((pod) => ({ code: 'releasePod', params: { pod: pod.metadata.name ?? '' } })),
      ...adopt.map((pod) => ({ code: 'adoptPod', params: { pod: pod.metadata.name ?? '' } })),
    ];
    return { writes, progress, explanation: this.explain(base, actions) };
  }

  private onClaimed(progress: PodSetProgress & { readonly phase: 'recheck' | 'claim' }, results: readonly WriteResult[]): PodSetRound {
    const adopted: Pod[] = [];
    const errors: string[] = progress.refusal === undefined ? [] : [progress.refusal];
    results.forEach((result, index) => {
      const adopting = index >= progress.release.length;
      if (isSuccess(result)) {
        if (adopting) adopted.push(progress.adopt[index - progress.release.length] as Pod);
      } else if (!isNotFound(result) && (adopting || !isInvalid(result))) errors.push(errorText(result));
    });
    this.notePods(progress.base.set, results);
    if (errors.length > 0) return { error: errors.join(', ') };
    return this.manage({ ...progress.base, counts: this.withAdopted(progress.base, adopted), adopted });
  }

  private withAdopted(base: Base, adopted: readonly Pod[]): Counts {
    const minReadySeconds = base.set.spec?.minReadySeconds ?? 0;
    const labels = base.set.spec?.template?.metadata?.labels ?? {};
    let { replicas, fullyLabeled, ready, available } = base.counts;
    for (const pod of adopted) {
      replicas++;
      if (Object.entries(labels).every(([name, value]) => pod.metadata.labels?.[name] === value)) fullyLabeled++;
      if (isReady(pod)) ready++;
      if (isAvailable(pod, minReadySeconds, this.scope.unixUs)) available++;
    }
    return { replicas, fullyLabeled, ready, available, terminating: base.counts.terminating };
  }

  // ---- manage: as many pods as wanted ----

  private manage(base: Base): PodSetRound {
    if (!base.mayManage || base.set.metadata.deletionTimestamp !== undefined) return this.writeStatus(base, undefined);
    const missing = (base.set.spec?.replicas ?? 1) - base.counts.replicas;
    if (missing > 0) return this.create(base, Math.min(missing, BURST));
    if (missing < 0) return this.delete(base, Math.min(-missing, BURST));
    return this.writeStatus(base, undefined);
  }

  private create(base: Base, total: number): PodSetRound {
    this.state.expectations.expectCreations(this.key, total, this.scope.nowUs);
    const explanation = this.explain(base, [{ code: 'createPods', params: { count: total } }]);
    return { ...this.createBatch(base, total, FIRST_BATCH, total), explanation };
  }

  private createBatch(base: Base, total: number, batch: number, left: number): PodSetRound {
    const write: Write = { purpose: 'createPod', spec: createRequest(PODS, podBody(base.set), base.set.metadata.namespace ?? '') };
    return { writes: Array.from({ length: batch }, () => write), progress: { phase: 'create', base, total, batch, left } };
  }

  private onCreated(progress: PodSetProgress & { readonly phase: 'create' }, results: readonly WriteResult[]): PodSetRound {
    const { base, total, batch } = progress;
    const events: EventDraft[] = [];
    let failure: string | undefined;
    let failures = 0;
    for (const result of results) {
      if (isSuccess(result)) {
        events.push({ about: base.set, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${result.body.metadata.name}` });
      } else if (!isNamespaceTerminating(result)) {
        failures++;
        failure ??= errorText(result);
        events.push({ about: base.set, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${errorText(result)}` });
      }
    }
    this.notePods(base.set, results);
    const left = progress.left - batch;
    if (failure === undefined && left > 0) return { ...this.createBatch(base, total, Math.min(2 * batch, left), left), events };
    // What was refused or not tried at all will not show up.
    this.state.expectations.creationObserved(this.key, left + failures);
    return { ...this.writeStatus(base, failure), events };
  }

  private delete(base: Base, count: number): PodSetRound {
    const selector = this.kind.selector(base.set);
    const active = this.ownedActive(base.set).filter((pod) => matchesSelector(selector, pod.metadata.labels));
    const known = new Set(active.map((pod) => pod.metadata.uid));
    for (const pod of base.adopted) if (!known.has(pod.metadata.uid)) active.push(pod);
    const choices = podsToDelete(active, this.related(base.set), Math.min(count, active.length), this.scope.unixUs);
    const pods = choices.map((choice) => choice.pod);
    this.state.expectations.expectDeletions(this.key, pods.map(keyOf), this.scope.nowUs);
    const actions = choices.map(({ pod, rule }) => ({ code: 'deletePod', params: { pod: pod.metadata.name ?? '', rule } }));
    return {
      writes: pods.map((pod) => ({ purpose: 'deletePod', spec: deleteRequest(PODS, pod.metadata.namespace ?? '', pod.metadata.name ?? '') })),
      progress: { phase: 'delete', base, pods }, explanation: this.explain(base, actions),
    };
  }

  /** Pods of all sets with the same owner (a Deployment's old and new ReplicaSets). */
  private related(set: PodSet): readonly Pod[] {
    const owner = controllerOf(set);
    if (!owner || this.kind.kind !== 'ReplicaSet') return [];
    const pods = this.scope.informer('pods');
    const related: Pod[] = [];
    for (const sibling of this.scope.informer(this.kind.plural).byIndex('controller', owner.uid)) {
      const selector = this.kind.selector(sibling);
      for (const value of [ownedIndexValue(sibling), sibling.metadata.namespace ?? '']) {
        for (const pod of pods.byIndex('controller', value)) if (matchesSelector(selector, pod.metadata.labels)) related.push(pod as Pod);
      }
    }
    return related;
  }

  private onDeleted(progress: PodSetProgress & { readonly phase: 'delete' }, results: readonly WriteResult[]): PodSetRound {
    const { base, pods } = progress;
    const events: EventDraft[] = [];
    let failure: string | undefined;
    results.forEach((result, index) => {
      const pod = pods[index] as Pod;
      if (isSuccess(result)) {
        events.push({ about: base.set, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
        return;
      }
      this.state.expectations.deletionObserved(this.key, keyOf(pod));
      if (isNotFound(result)) return;
      failure ??= `unable to delete pods: ${errorText(result)}`;
      events.push({ about: base.set, type: 'Warning', reason: 'FailedDelete', message: `Error deleting: ${errorText(result)}` });
    });
    return { ...this.writeStatus(base, failure), events };
  }

  // ---- status ----

  private writeStatus(base: Base, failure: string | undefined): PodSetRound {
    const status = newStatus(base.set, this.kind, base.counts, failure, this.scope.unixUs);
    if (statusIsCurrent(base.set, status)) return this.end(base, base.set, failure);
    const write: Write = { purpose: 'updateStatus', spec: updateRequest(this.kind.gvr, withStatus(base.set, status), 'status') };
    return { writes: [write], progress: { phase: 'status', base, status, failure, retried: false } };
  }

  private onStatus(progress: PodSetProgress & { readonly phase: 'status' | 'refetch' }, answer: WriteResult): PodSetRound {
    const { base, failure } = progress;
    if (isSuccess(answer)) {
      const updated = answer.body as PodSet;
      if (this.kind.readsOwnWrites) this.state.consistency.wroteAt(this.key, base.set.metadata.uid ?? '', this.kind.plural, updated.metadata.resourceVersion);
      return this.end(base, updated, failure);
    }
    if (progress.retried) return { error: errorText(answer) };
    const { namespace = '', name = '' } = base.set.metadata;
    return { writes: [{ purpose: 'refetch', spec: getRequest(this.kind.gvr, namespace, name) }], progress: { ...progress, phase: 'refetch' } };
  }

  /** One retry on top of the newest version, with the status as it was found. */
  private onRefetched(progress: PodSetProgress & { readonly phase: 'status' | 'refetch' }, answer: WriteResult): PodSetRound {
    if (!isSuccess(answer)) return { error: errorText(answer) };
    const write: Write = { purpose: 'updateStatus', spec: updateRequest(this.kind.gvr, withStatus(answer.body as PodSet, progress.status), 'status') };
    return { writes: [write], progress: { ...progress, phase: 'status', retried: true } };
  }

  private end(base: Base, updated: PodSet, failure: string | undefined): PodSetRound {
    if (failure !== undefined) return { error: failure };
    const minReadySeconds = updated.spec?.minReadySeconds ?? 0;
    const { readyReplicas = 0, availableReplicas = 0 } = updated.status ?? {};
    if (minReadySeconds === 0 || readyReplicas === availableReplicas) return this.idle(base);
    const requeueAfterUs = base.ripeUs > 0 ? Math.max(0, base.ripeUs - this.scope.unixUs) : minReadySeconds * 1_000_000;
    return { requeueAfterUs, explanation: this.explain(base, [{ code: 'waitUntilAvailable', params: { count: readyReplicas - availableReplicas } }]) };
  }

  private idle(base: Base): PodSetRound {
    if (base.mayManage) return END;
    const { creations, deletions } = this.state.expectations.outstanding(this.key);
    return { explanation: this.explain(base, [{ code: 'waitForCache', params: { creations, deletions } }]) };
  }

  /** Remembers the newest pod that was written for the set: the next sync waits until the cache has it. */
  private notePods(set: PodSet, results: readonly WriteResult[]): void {
    if (!this.kind.readsOwnWrites) return;
    let newest = 0;
    for (const { code, body } of results) {
      if (code < 300 && controllerOf(body)?.uid === set.metadata.uid) newest = Math.max(newest, Number(body.metadata.resourceVersion));
    }
    if (newest > 0) this.state.consistency.wroteAt(this.key, set.metadata.uid ?? '', 'pods', String(newest));
  }

  private explain(base: Base, actions: readonly Action[]): PodSetRound['explanation'] {
    return explain(this.kind, this.key, base.set, base.counts, actions);
  }
}

function withStatus(set: PodSet, status: ReturnType<typeof newStatus>): PodSet {
  return { ...set, status };
}

