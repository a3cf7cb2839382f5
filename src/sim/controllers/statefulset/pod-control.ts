// Creating, correcting and deleting the pods of a StatefulSet with their claims (models stateful_pod_control.go).
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS } from '../../api/resources.ts';
import { createRequest, deleteRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isAlreadyExists, isNotFound, isSuccess } from '../api-errors.ts';
import type { WriteResult } from '../controller.ts';
import { SyncError, refusal } from '../steps.ts';
import type { Steps } from '../steps.ts';
import { claimName, claimsFor, corrected, hasIdentity, hasStorage, ordinalOf } from './identity.ts';
import { deletesWhenScaled, hasStrangeController, isStale, ownersAreRight, withRightOwners } from './retention.ts';

const CONFLICT_RETRIES = 4;

/** What one sync works with besides its set. */
export interface PodControlContext {
  readonly steps: Steps;
  claim(key: string): PersistentVolumeClaim | undefined;
  pod(key: string): Pod | undefined;
  /** Told of what was written, for the reading of own writes; `informer` is the plural. */
  wrote(informer: string, object: ApiObject): void;
}

type Verb = 'Create' | 'Update' | 'Delete';

export class PodControl {
  private readonly context: PodControlContext;
  private readonly steps: Steps;

  constructor(context: PodControlContext) {
    this.context = context;
    this.steps = context.steps;
  }

  /** Creates the pods of a batch, their missing claims first. Throws the first failure after all were tried. */
  create(set: StatefulSet, pods: readonly Pod[]): void {
    const failures: SyncError[] = [];
    const ready = pods.filter((pod) => this.claimsReady(set, pod, failures));
    for (const pod of ready) this.steps.action('createPod', { pod: pod.metadata.name ?? '' });
    const results = this.steps.attemptAll(ready.map((pod) => ({ purpose: 'createPod', spec: createRequest(PODS, pod, pod.metadata.namespace ?? '') })));
    results.forEach((result, index) => this.onCreated(set, ready[index] as Pod, result, failures));
    if (failures[0]) throw failures[0];
  }

  private onCreated(set: StatefulSet, pod: Pod, result: WriteResult, failures: SyncError[]): void {
    if (isSuccess(result)) this.context.wrote('pods', result.body);
    else failures.push(refusal(result));
    if (isAlreadyExists(result)) return;
    const error = this.keepRetention(set, pod);
    if (error) {
      failures.push(error);
      this.tell(set, pod, 'Update', error.message);
    } else this.tell(set, pod, 'Create', isSuccess(result) ? undefined : errorText(result));
  }

  private claimsReady(set: StatefulSet, pod: Pod, failures: SyncError[]): boolean {
    const error = this.createClaims(set, pod);
    if (!error) return true;
    this.tell(set, pod, 'Create', error.message);
    failures.push(error);
    return false;
  }

  /** A claim that belongs to an earlier pod of that name must go before a new pod comes. */
  hasStaleClaim(set: StatefulSet, pod: Pod): boolean {
    if (!deletesWhenScaled(set)) return false;
    return claimsFor(set, ordinalOf(pod)).some((wanted) => {
      const claim = this.claim(wanted);
      return claim !== undefined && isStale(claim, pod);
    });
  }

  createMissingClaims(set: StatefulSet, pod: Pod): void {
    const error = this.createClaims(set, pod);
    if (error) throw error;
    const retention = this.keepRetention(set, pod);
    if (!retention) return;
    this.tell(set, pod, 'Update', retention.message);
    throw retention;
  }

  private createClaims(set: StatefulSet, pod: Pod): SyncError | undefined {
    const errors: string[] = [];
    for (const wanted of claimsFor(set, ordinalOf(pod))) {
      const { name, namespace = '' } = wanted.metadata;
      const claim = this.claim(wanted);
      if (claim?.metadata.deletionTimestamp !== undefined) errors.push(`pvc ${name} is being deleted`);
      if (claim) continue;
      const result = this.steps.attempt({ purpose: 'createClaim', spec: createRequest(PERSISTENT_VOLUME_CLAIMS, wanted, namespace) });
      if (isSuccess(result)) this.context.wrote('persistentvolumeclaims', result.body);
      else errors.push(`failed to create PVC ${name}: ${errorText(result)}`);
      if (!isAlreadyExists(result)) this.tellClaim(set, pod, name ?? '', isSuccess(result) ? undefined : errorText(result));
    }
    return errors.length === 0 ? undefined : new SyncError(errors.length === 1 ? (errors[0] as string) : `[${errors.join(', ')}]`);
  }

  retentionKept(set: StatefulSet, pod: Pod): boolean {
    return this.claimsOf(set, pod).every((claim) => ownersAreRight(claim, set, pod));
  }

  /** Writes the owners of the pod's claims as the retention policy wants them. */
  keepRetention(set: StatefulSet, pod: Pod): SyncError | undefined {
    for (const claim of this.claimsOf(set, pod)) {
      const { name = '' } = claim.metadata;
      if (hasStrangeController(claim, set, pod)) {
        const message = `PersistentVolumeClaim ${name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
        this.steps.event({ about: set, type: 'Warning', reason: 'ConflictingController', message });
      }
      if (ownersAreRight(claim, set, pod)) continue;
      const result = this.steps.attempt({ purpose: 'ownClaim', spec: updateRequest(PERSISTENT_VOLUME_CLAIMS, withRightOwners(claim, set, pod)) });
      if (!isSuccess(result)) return new SyncError(`could not update claim ${name} for delete policy ownerRefs: ${errorText(result)}`);
      this.context.wrote('persistentvolumeclaims', result.body);
    }
    return undefined;
  }

  /** Puts a pod's identity, volumes and claims right. */
  update(set: StatefulSet, first: Pod): void {
    let pod = first;
    for (let attempt = 0; ; attempt++) {
      const dirty = !hasIdentity(set, pod) || !hasStorage(set, pod) || !this.retentionKept(set, pod);
      if (!dirty) return;
      const error = (hasStorage(set, pod) ? undefined : this.createClaims(set, pod)) ?? this.keepRetention(set, pod);
      if (error) {
        this.tell(set, pod, 'Update', error.message);
        throw error;
      }
      const next = corrected(set, pod);
      const result = this.steps.attempt({ purpose: 'updatePod', spec: updateRequest(PODS, next) });
      if (isSuccess(result)) {
        this.context.wrote('pods', result.body);
        this.tell(set, pod, 'Update', undefined);
        return;
      }
      if (result.code !== 409 || attempt >= CONFLICT_RETRIES) {
        this.tell(set, pod, 'Update', errorText(result));
        throw refusal(result);
      }
      const key = keyOf(pod);
      pod = this.steps.remember(() => this.context.pod(key)) ?? pod;
    }
  }

  delete(set: StatefulSet, pods: readonly Pod[], why: string): void {
    for (const pod of pods) this.steps.action('deletePod', { pod: pod.metadata.name ?? '', why });
    const results = this.steps.attemptAll(pods.map((pod) => ({ purpose: 'deletePod', spec: deleteRequest(PODS, pod.metadata.namespace ?? '', pod.metadata.name ?? '') })));
    let failure: SyncError | undefined;
    results.forEach((result, index) => {
      const failed = !isSuccess(result) && !isNotFound(result);
      this.tell(set, pods[index] as Pod, 'Delete', failed ? errorText(result) : undefined);
      if (failed) failure ??= refusal(result);
    });
    if (failure) throw failure;
  }

  private claim(wanted: PersistentVolumeClaim): PersistentVolumeClaim | undefined {
    const key = keyOf(wanted);
    return this.steps.remember(() => this.context.claim(key));
  }

  private claimsOf(set: StatefulSet, pod: Pod): readonly PersistentVolumeClaim[] {
    const ordinal = ordinalOf(pod);
    return (set.spec?.volumeClaimTemplates ?? []).flatMap((template) => {
      const key = keyFor(set.metadata.namespace, claimName(set, template, ordinal));
      return this.steps.remember(() => this.context.claim(key)) ?? [];
    });
  }

  private tell(set: StatefulSet, pod: Pod, verb: Verb, error: string | undefined): void {
    const { name } = pod.metadata;
    if (error === undefined) this.steps.event({ about: set, type: 'Normal', reason: `Successful${verb}`, message: `${verb} Pod ${name} in StatefulSet ${set.metadata.name} successful` });
    else this.steps.event({ about: set, type: 'Warning', reason: `Failed${verb}`, message: `${verb} Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error}` });
  }

  private tellClaim(set: StatefulSet, pod: Pod, claim: string, error: string | undefined): void {
    const { name } = pod.metadata;
    if (error === undefined) this.steps.event({ about: set, type: 'Normal', reason: 'SuccessfulCreate', message: `Create Claim ${claim} Pod ${name} in StatefulSet ${set.metadata.name} success` });
    else this.steps.event({ about: set, type: 'Warning', reason: 'FailedCreate', message: `Create Claim ${claim} for Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error}` });
  }
}
