// Creating and deleting a Job's pods, with the events that tell of it (models RealPodControl as the job controller uses it).
import type { Job, Pod } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import { PODS } from '../../api/resources.ts';
import { createRequest, deleteRequest, patchRequest } from '../../client/requests.ts';
import { errorText, isNamespaceTerminating, isNotFound, isSuccess } from '../api-errors.ts';
import type { WriteResult } from '../controller.ts';
import { SyncError } from '../steps.ts';
import type { Steps } from '../steps.ts';
import { UNTRACK_PATCH } from './pods.ts';
import type { SyncHost } from './context.ts';

/** How many pods of a Job are gone, and the first refusal. */
interface Removal { readonly deleted: number; readonly failure: SyncError | undefined }

export class JobPods {
  private readonly job: Job;
  private readonly steps: Steps;
  private readonly host: SyncHost;

  constructor(job: Job, steps: Steps, host: SyncHost) {
    this.job = job;
    this.steps = steps;
    this.host = host;
  }

  /** Slow start: 1, 2, 4 … as long as none is refused. Returns how many of the pods there will be. */
  create(pods: readonly Pod[]): { readonly created: number; readonly failure: SyncError | undefined } {
    this.once(() => this.host.expectCreations(pods.length));
    let missing = 0;
    let failure: SyncError | undefined;
    this.steps.action('createPods', { count: pods.length });
    for (let at = 0, size = 1; at < pods.length && !failure; at += size, size *= 2) {
      const batch = pods.slice(at, at + size);
      const results = this.steps.attemptAll(batch.map((pod) => ({ purpose: 'createPod', spec: createRequest(PODS, pod, this.job.metadata.namespace ?? '') })));
      const errors = results.filter((result) => !this.onCreated(result));
      if (!errors[0]) continue;
      failure = new SyncError(errorText(errors[0]));
      missing = errors.length + Math.max(0, pods.length - at - size);
      const unseen = missing;
      this.once(() => this.host.notCreated(unseen));
    }
    return { created: pods.length - missing, failure };
  }

  /** False: refused, and not because the namespace goes away. */
  private onCreated(result: WriteResult): boolean {
    if (isSuccess(result)) {
      this.host.wrote('pods', result.body);
      this.tell('Normal', 'SuccessfulCreate', `Created pod: ${result.body.metadata.name}`);
      return true;
    }
    if (isNamespaceTerminating(result)) return true;
    this.tell('Warning', 'FailedCreate', `Error creating: ${errorText(result)}`);
    return false;
  }

  /** Deletes pods of a Job that is over; they keep their finalizer, so that they are counted. */
  deleteAll(pods: readonly Pod[]): Removal {
    return this.removal(pods, this.delete(pods));
  }

  /** Deletes pods that are too many: let go first, they are not counted. */
  removeAll(pods: readonly Pod[]): Removal {
    this.once(() => this.host.expectDeletions(pods.map(keyOf)));
    const released = this.steps.attemptAll(pods.map(({ metadata: { namespace = '', name = '' } }) =>
      ({ purpose: 'releasePod', spec: patchRequest(PODS, namespace, name, 'strategic', UNTRACK_PATCH) })));
    const going = pods.filter((_, index) => isSuccess(released[index] as WriteResult));
    const deletions = this.delete(going);
    const results = pods.map((pod, index) => {
      const at = going.indexOf(pod);
      return (at < 0 ? released[index] : deletions[at]) as WriteResult;
    });
    results.forEach((result, index) => {
      if (!isSuccess(result)) this.once(() => this.host.notDeleted(keyOf(pods[index] as Pod)));
    });
    return this.removal(pods, results);
  }

  private delete(pods: readonly Pod[]): readonly WriteResult[] {
    for (const pod of pods) this.steps.action('deletePod', { pod: pod.metadata.name ?? '' });
    const results = this.steps.attemptAll(pods.map(({ metadata: { namespace = '', name = '' } }) => ({ purpose: 'deletePod', spec: deleteRequest(PODS, namespace, name) })));
    results.forEach((result, index) => {
      if (isSuccess(result)) this.tell('Normal', 'SuccessfulDelete', `Deleted pod: ${pods[index]?.metadata.name}`);
      else if (!isNotFound(result)) this.tell('Warning', 'FailedDelete', `Error deleting: ${errorText(result)}`);
    });
    return results;
  }

  private removal(pods: readonly Pod[], results: readonly WriteResult[]): Removal {
    const refused = results.filter((result) => !isSuccess(result) && !isNotFound(result));
    return { deleted: pods.length - refused.length, failure: refused[0] && new SyncError(`unable to delete pods: ${errorText(refused[0])}`) };
  }

  private tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.steps.event({ about: this.job, type, reason, message });
  }

  private once(effect: () => void): void {
    this.steps.remember(() => {
      effect();
      return true;
    });
  }
}
