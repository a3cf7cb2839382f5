// One sync of a StatefulSet (models stateful_set_control.go): pods in the order of their ordinals, one after the other
// unless podManagementPolicy is Parallel.
import type { ControllerRevision, Pod, StatefulSet, StatefulSetStatus } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import { PODS, STATEFUL_SETS } from '../../api/resources.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import { updateRequest } from '../../client/requests.ts';
import { isSuccess } from '../api-errors.ts';
import { claim } from '../claim.ts';
import type { PlanExplanation } from '../controller.ts';
import { adoptRevisions, createRevision, deleteRevision, newRevision, renumberRevision, sameRevision, templateOf } from '../history.ts';
import { isAvailable, isReady, isTerminal, readySinceUs } from '../pods.ts';
import { SyncError, refusal } from '../steps.ts';
import type { Action, Outcome, Steps } from '../steps.ts';
import { hasIdentity, hasStorage, inRange, isCreated, isMember, isRunningAndReady, isTerminating, isUnavailable, ordinalOf, plannedPod, replicasOf, revisionOf, startOrdinal } from './identity.ts';
import { PodControl } from './pod-control.ts';
import type { PodControlContext } from './pod-control.ts';
import { completed, computeStatus, encoded, statusDiffers } from './status.ts';

export interface SyncInput {
  readonly key: string;
  readonly set: StatefulSet;
  /** Pods that it owns, and orphans of the namespace. */
  readonly pods: readonly Pod[];
  readonly revisions: readonly ControllerRevision[];
  readonly unixUs: number;
}

export interface SyncCaches extends Omit<PodControlContext, 'steps'> {
  set(key: string): StatefulSet | undefined;
}

const STATUS_TRIES = 5;
const SECOND_US = 1_000_000;

export function syncStatefulSet(input: SyncInput, steps: Steps, caches: SyncCaches): Outcome {
  return new Sync(input, steps, caches).run();
}

interface Generations { readonly current: ControllerRevision; readonly update: ControllerRevision; readonly collisionCount: number }

class Sync {
  private readonly input: SyncInput;
  private readonly set: StatefulSet;
  private readonly steps: Steps;
  private readonly caches: SyncCaches;
  private readonly control: PodControl;

  constructor(input: SyncInput, steps: Steps, caches: SyncCaches) {
    this.input = input;
    this.set = input.set;
    this.steps = steps;
    this.caches = caches;
    this.control = new PodControl({ steps, claim: caches.claim, pod: caches.pod, wrote: caches.wrote });
  }

  run(): Outcome {
    const { set, steps, input } = this;
    const selector = selectorOf(set.spec?.selector);
    const revisions = adoptRevisions(steps, set, STATEFUL_SETS, input.revisions);
    const pods = claim(steps, input.pods, {
      owner: set, ownerResource: STATEFUL_SETS, resource: PODS, wrote: (pod) => this.caches.wrote('pods', pod),
      matches: (pod) => matchesSelector(selector, pod.metadata.labels) && isMember(set, pod as Pod),
    });
    const generations = this.generations(revisions);
    const { status, failure } = this.update(generations, pods);
    this.truncate(revisions, generations, pods);
    if (failure) throw failure;
    return this.nextLook(status, pods);
  }

  /** The revision that pods have now and the one that they are to have. */
  private generations(revisions: readonly ControllerRevision[]): Generations {
    const { set, steps } = this;
    const latest = revisions.at(-1);
    const count = set.status?.collisionCount ?? 0;
    const wanted = newRevision(set, set.spec?.template ?? {}, (latest?.revision ?? 0) + 1, count);
    const equal = revisions.findLast((revision) => sameRevision(revision, wanted));
    let update: ControllerRevision;
    let collisionCount = count;
    if (equal && latest && sameRevision(latest, equal)) update = latest;
    else if (equal) update = renumberRevision(steps, equal, wanted.revision);
    else {
      steps.action('createRevision', { revision: wanted.revision });
      ({ revision: update, collisionCount } = createRevision(steps, set, wanted, count));
    }
    const current = revisions.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
    return { current, update, collisionCount };
  }

  /** Acts on the pods and writes the status, also when something failed. */
  private update(generations: Generations, pods: readonly Pod[]): { readonly status: StatefulSetStatus; readonly failure: SyncError | undefined } {
    const { current, update, collisionCount } = generations;
    const names = { current: current.metadata.name ?? '', update: update.metadata.name ?? '', collisionCount };
    let status = computeStatus(this.set, pods, names, this.input.unixUs);
    let failure: SyncError | undefined;
    if (this.set.metadata.deletionTimestamp === undefined) {
      const plan = this.plan(generations, pods);
      try {
        const deleted = this.act(plan, generations);
        status = computeStatus(this.set, [...plan.replicas, ...plan.condemned], names, this.input.unixUs);
        if (deleted) status = { ...status, currentReplicas: (status.currentReplicas ?? 0) - 1 };
      } catch (thrown) {
        if (!(thrown instanceof SyncError)) throw thrown;
        failure = thrown;
        status = computeStatus(this.set, [...plan.replicas, ...plan.condemned], names, this.input.unixUs);
      }
    }
    status = completed(this.set, status);
    if (statusDiffers(this.set, status)) failure ??= this.writeStatus(status, failure);
    return { status, failure };
  }

  private plan({ current, update }: Generations, pods: readonly Pod[]): Plan {
    const { set } = this;
    const versions = {
      currentSet: withTemplate(set, current), updateSet: withTemplate(set, update), currentName: current.metadata.name ?? '', updateName: update.metadata.name ?? '',
    };
    const byOrdinal = new Map(pods.filter((pod) => inRange(set, pod)).map((pod) => [ordinalOf(pod), pod]));
    const replicas = Array.from({ length: replicasOf(set) }, (_, index) => byOrdinal.get(startOrdinal(set) + index) ?? this.planned(versions, startOrdinal(set) + index));
    const condemned = pods.filter((pod) => !inRange(set, pod) && ordinalOf(pod) >= 0).sort((a, b) => ordinalOf(b) - ordinalOf(a));
    const { unixUs } = this.input;
    const firstUnavailable = replicas.find((pod) => isUnavailable(set, pod, unixUs)) ?? condemned.findLast((pod) => isUnavailable(set, pod, unixUs));
    return { replicas, condemned, firstUnavailable, updateSet: versions.updateSet };
  }

  /** Below the partition (without one: among those not yet updated) a missing pod comes back at the current revision. */
  private planned({ currentSet, updateSet, currentName, updateName }: Versions, ordinal: number): Pod {
    const { type, rollingUpdate } = this.set.spec?.updateStrategy ?? {};
    const start = startOrdinal(this.set);
    const boundary = rollingUpdate ? (rollingUpdate.partition ?? 0) : type === 'RollingUpdate' ? (this.set.status?.currentReplicas ?? 0) : 0;
    return ordinal < start + boundary ? plannedPod(currentSet, ordinal, currentName) : plannedPod(updateSet, ordinal, updateName);
  }

  /** Returns whether a pod was deleted to be updated. */
  private act(plan: Plan, generations: Generations): boolean {
    const blocked = this.isParallel() ? this.allReplicas(plan) : plan.replicas.some((pod) => this.replicaBlocks(plan, pod));
    if (blocked) return false;
    for (const pod of plan.condemned) {
      const error = this.control.retentionKept(plan.updateSet, pod) ? undefined : this.control.keepRetention(plan.updateSet, pod);
      if (error) throw error;
    }
    if (this.isParallel()) this.inBatches(plan.condemned.filter((pod) => !isTerminating(pod)), (batch) => this.control.delete(this.set, batch, 'scaleDown'));
    else if (plan.condemned.length > 0 && this.condemn(plan, plan.condemned[0] as Pod)) return false;
    return this.replaceOutdated(plan, generations.update.metadata.name ?? '');
  }

  private isParallel(): boolean {
    return this.set.spec?.podManagementPolicy === 'Parallel';
  }

  /** In order: true when the ones after this pod have to wait. */
  private replicaBlocks(plan: Plan, pod: Pod): boolean {
    const { set, control, steps } = this;
    if (isTerminal(pod)) {
      if (!isTerminating(pod)) control.delete(set, [pod], 'finished');
      return true;
    }
    if (!isCreated(pod)) {
      if (!control.hasStaleClaim(set, pod)) control.create(set, [pod]);
      return true;
    }
    if (pod.status?.phase === 'Pending') control.createMissingClaims(set, pod);
    const available = isRunningAndReady(pod) && isAvailable(pod, set.spec?.minReadySeconds ?? 0, this.input.unixUs);
    if (isTerminating(pod) || !available) {
      steps.action('waitForPod', { pod: pod.metadata.name ?? '', why: isTerminating(pod) ? 'terminating' : isRunningAndReady(pod) ? 'minReadySeconds' : 'notReady' });
      return true;
    }
    this.correct(plan, pod);
    return false;
  }

  /** All at once, in growing batches. */
  private allReplicas(plan: Plan): boolean {
    const { set, control } = this;
    this.inBatches(plan.replicas, (batch) => {
      const finished = batch.filter(isTerminal);
      control.delete(set, finished.filter((pod) => !isTerminating(pod)), 'finished');
      const missing = batch.filter((pod) => !isCreated(pod) && !control.hasStaleClaim(set, pod));
      control.create(set, missing);
      for (const pod of batch) {
        if (finished.includes(pod) || !isCreated(pod)) continue;
        if (pod.status?.phase === 'Pending') control.createMissingClaims(set, pod);
        this.correct(plan, pod);
      }
    });
    return false;
  }

  private correct(plan: Plan, pod: Pod): void {
    if (hasIdentity(this.set, pod) && hasStorage(this.set, pod) && this.control.retentionKept(plan.updateSet, pod)) return;
    this.control.update(plan.updateSet, pod);
  }

  private inBatches(pods: readonly Pod[], handle: (batch: readonly Pod[]) => void): void {
    let size = 1;
    for (let at = 0; at < pods.length; at += size, size = Math.min(2 * size, 500)) handle(pods.slice(at, at + size));
  }

  /** Scaling down in order: true when there is still one to wait for, or one has been deleted now. */
  private condemn(plan: Plan, pod: Pod): boolean {
    if (isTerminating(pod)) return true;
    const healthy = isRunningAndReady(pod) && isAvailable(pod, this.set.spec?.minReadySeconds ?? 0, this.input.unixUs);
    if (healthy || pod === plan.firstUnavailable) this.control.delete(this.set, [pod], 'scaleDown');
    else this.steps.action('waitForPod', { pod: plan.firstUnavailable?.metadata.name ?? '', why: 'notReady' });
    return true;
  }

  /** Deletes the pod with the highest ordinal that is not of the update revision, if all above it are available. */
  private replaceOutdated({ replicas }: Plan, update: string): boolean {
    const { type, rollingUpdate } = this.set.spec?.updateStrategy ?? {};
    if (type === 'OnDelete') return false;
    for (let index = replicas.length - 1; index >= (rollingUpdate?.partition ?? 0); index--) {
      const pod = replicas[index] as Pod;
      if (revisionOf(pod) !== update && !isTerminating(pod)) {
        this.control.delete(this.set, [pod], 'update');
        return true;
      }
      if (isUnavailable(this.set, pod, this.input.unixUs)) return false;
    }
    return false;
  }

  /** Returns why it could not be written; not if something else had failed before: then that counts. */
  private writeStatus(status: StatefulSetStatus, failure: SyncError | undefined): SyncError | undefined {
    let set = this.set;
    for (let tries = 1; ; tries++) {
      const result = this.steps.attempt({ purpose: 'updateStatus', spec: updateRequest(STATEFUL_SETS, withStatus(set, status), 'status') });
      if (isSuccess(result)) {
        this.caches.wrote('statefulsets', result.body);
        return undefined;
      }
      if (failure) return undefined;
      if (result.code !== 409 || tries >= STATUS_TRIES) return refusal(result);
      const base = set;
      set = this.steps.remember(() => this.caches.set(keyOf(base)) ?? base);
    }
  }

  /** Deletes revisions beyond the limit that no pod has. */
  private truncate(revisions: readonly ControllerRevision[], { current, update }: Generations, pods: readonly Pod[]): void {
    const live = new Set([current.metadata.name, update.metadata.name, ...pods.map(revisionOf)]);
    const history = revisions.filter((revision) => !live.has(revision.metadata.name));
    const limit = this.set.spec?.revisionHistoryLimit ?? 10;
    for (const revision of history.slice(0, Math.max(0, history.length - limit))) deleteRevision(this.steps, revision);
  }

  private nextLook(status: StatefulSetStatus, pods: readonly Pod[]): Outcome {
    const minReadySeconds = this.set.spec?.minReadySeconds ?? 0;
    if (minReadySeconds === 0 || status.readyReplicas === status.availableReplicas) return {};
    const ripe = pods.filter(isReady).map((pod) => readySinceUs(pod) + minReadySeconds * SECOND_US - this.input.unixUs).filter((leftUs) => leftUs > 0);
    return { requeueAfterUs: Math.min(minReadySeconds * SECOND_US, ...ripe) };
  }
}

interface Plan {
  readonly replicas: readonly Pod[];
  readonly condemned: readonly Pod[];
  readonly firstUnavailable: Pod | undefined;
  readonly updateSet: StatefulSet;
}

interface Versions { readonly currentSet: StatefulSet; readonly updateSet: StatefulSet; readonly currentName: string; readonly updateName: string }

function withTemplate(set: StatefulSet, revision: ControllerRevision): StatefulSet {
  return set.spec ? { ...set, spec: { ...set.spec, template: templateOf(revision) } } : set;
}

function withStatus(set: StatefulSet, status: StatefulSetStatus): StatefulSet {
  return { ...set, status: encoded(status) };
}

/** What a sync saw and wants, for the page. */
export function explainStatefulSet({ key, set }: SyncInput, actions: readonly Action[]): PlanExplanation {
  const { replicas = 0, readyReplicas: ready = 0, updatedReplicas: updated = 0, currentReplicas: current = 0 } = set.status ?? {};
  return { about: 'plan', controller: 'statefulset-controller', key, observed: { replicas, ready, current, updated }, desired: { replicas: replicasOf(set) }, actions };
}
