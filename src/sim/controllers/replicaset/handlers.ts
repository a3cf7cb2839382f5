// Which ReplicaSets to look at when something changes (models the event handlers of replica_set.go).
import type { Pod } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { matchesSelector } from '../../api/selectors.ts';
import type { Change } from '../../client/informer.ts';
import type { Enqueue, Scope } from '../controller.ts';
import { controllerOf } from '../owners.ts';
import { isReady } from '../pods.ts';
import type { PodSet, PodSetKind } from './kind.ts';
import type { PodSetState } from './state.ts';
import { sameLabels } from './tally.ts';

export function onPodSetChange(change: Change, kind: PodSetKind, state: PodSetState, scope: Scope, enqueue: Enqueue): void {
  if (change.informer === 'pods') new PodHandler(kind, state, scope, enqueue).handle(change);
  else onSet(change, state, enqueue);
}

function onSet(change: Change, state: PodSetState, enqueue: Enqueue): void {
  const key = keyOf(change.object);
  const recreated = change.type === 'updated' && change.old?.metadata.uid !== change.object.metadata.uid;
  if (change.type === 'deleted' || recreated) {
    const uid = change.old?.metadata.uid ?? '';
    state.consistency.clear(key, uid);
    state.expectations.forget(key);
    state.tallies.forget(uid);
  }
  enqueue(key);
}

class PodHandler {
  private readonly kind: PodSetKind;
  private readonly state: PodSetState;
  private readonly scope: Scope;
  private readonly enqueue: Enqueue;

  constructor(kind: PodSetKind, state: PodSetState, scope: Scope, enqueue: Enqueue) {
    this.kind = kind;
    this.state = state;
    this.scope = scope;
    this.enqueue = enqueue;
  }

  handle(change: Change): void {
    const pod = change.object as Pod;
    switch (change.type) {
      case 'added':
        this.state.tallies.follow(undefined, pod);
        return pod.metadata.deletionTimestamp === undefined ? this.added(pod) : this.leaving(pod);
      case 'updated':
        this.state.tallies.follow(change.old as Pod, pod);
        return this.updated(change.old as Pod, pod);
      case 'deleted':
        this.state.tallies.follow(change.old as Pod, undefined);
        return this.leaving(pod);
    }
  }

  private added(pod: Pod): void {
    const set = this.ownerOf(pod);
    if (set) {
      this.state.expectations.creationObserved(keyOf(set));
      this.enqueue(keyOf(set));
    } else if (!controllerOf(pod)) this.enqueueSelecting(pod);
  }

  private updated(old: Pod, pod: Pod): void {
    if (old.metadata.resourceVersion === pod.metadata.resourceVersion) return;
    const relabeled = !sameLabels(old.metadata.labels, pod.metadata.labels);
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.leaving(pod);
      if (relabeled) this.leaving(old);
      return;
    }
    const set = this.ownerOf(pod);
    const reowned = controllerOf(old)?.uid !== controllerOf(pod)?.uid;
    if (reowned) this.enqueueOwner(old);
    if (set) {
      this.enqueue(keyOf(set));
      const minReadySeconds = set.spec?.minReadySeconds ?? 0;
      if (minReadySeconds > 0 && !isReady(old) && isReady(pod)) this.enqueue(keyOf(set), minReadySeconds * 1_000_000);
    } else if (!controllerOf(pod) && (relabeled || reowned)) this.enqueueSelecting(pod);
  }

  /** Deleted, or marked for it: from then on it is no replica. */
  private leaving(pod: Pod): void {
    const set = this.ownerOf(pod);
    if (!set) return;
    this.state.expectations.deletionObserved(keyOf(set), keyOf(pod));
    this.enqueue(keyOf(set));
  }

  private enqueueOwner(pod: Pod): void {
    const set = this.ownerOf(pod);
    if (set) this.enqueue(keyOf(set));
  }

  /** An orphan: whoever selects it may want to adopt it. */
  private enqueueSelecting(pod: Pod): void {
    if (Object.keys(pod.metadata.labels ?? {}).length === 0) return;
    for (const set of this.scope.informer(this.kind.plural).byIndex('namespace', pod.metadata.namespace ?? '')) {
      const selector = this.kind.selector(set);
      if (selector.requirements.length > 0 && matchesSelector(selector, pod.metadata.labels)) this.enqueue(keyOf(set));
    }
  }

  private ownerOf(pod: Pod): PodSet | undefined {
    const owner = controllerOf(pod);
    if (owner?.kind !== this.kind.kind) return undefined;
    const set: ApiObject | undefined = this.scope.informer(this.kind.plural).get(keyFor(pod.metadata.namespace, owner.name));
    return set?.metadata.uid === owner.uid ? (set as PodSet) : undefined;
  }
}
