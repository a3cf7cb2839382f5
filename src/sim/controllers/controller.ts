// What a controller is here: pure functions from what the caches say to what shall be written. One shared actor
// (controller-manager.ts) owns informers, queues, retries, rate limits, expectations and leader election.
import type { Prng } from '../../base/prng.ts';
import type { ApiObject } from '../api/meta.ts';
import type { EventDraft } from '../client/events.ts';
import type { Change, Informer } from '../client/informer.ts';
import type { RetryDelays } from '../client/work-queue.ts';
import type { RequestSpec } from '../client/requests.ts';
import type { Explanation } from '../kernel/actor.ts';

export type { EventDraft };

/** What a sync may look at. Informers are named by plural: `scope.informer('pods')`. */
export interface Scope {
  readonly nowUs: number;
  readonly unixUs: number;
  readonly random: Prng;
  informer(name: string): Informer;
  /** A flag of kube-controller-manager by its real name without dashes in front: `node-monitor-grace-period`, microseconds for durations. */
  option(name: string): number;
  /** The same for flags that are words: `cluster-cidr`; '' when not set. */
  text(name: string): string;
}

export interface Write {
  readonly spec: RequestSpec;
  /** What this write is for, so that `proceed` knows its answers: `createPod`, `updateStatus`. */
  readonly purpose: string;
}

export interface WriteResult {
  readonly write: Write;
  /** HTTP code; 0 when no answer came. */
  readonly code: number;
  /** The object as stored, or a Status when code is not 2xx. */
  readonly body: ApiObject;
}

/** Observed, desired, difference of one sync, as codes and parameters; worded by the page. */
export interface PlanExplanation extends Explanation {
  readonly about: 'plan';
  readonly controller: string;
  readonly key: string;
  readonly observed: Readonly<Record<string, string | number>>;
  readonly desired: Readonly<Record<string, string | number>>;
  /** What is done about the difference: [{code: 'scaleUp', params: {from: 0, to: 3}}]; empty: nothing to do. */
  readonly actions: readonly { readonly code: string; readonly params: Readonly<Record<string, string | number>> }[];
}

/**
 * One round of a sync: its writes leave together; when all are answered `proceed` gets `progress` and the answers and
 * returns the next round. A round without writes and without progress ends the sync.
 */
export interface Round<P> {
  readonly writes?: readonly Write[];
  /** The writes leave after that time: the pause before another attempt. */
  readonly pauseUs?: number;
  readonly progress?: P;
  readonly events?: readonly EventDraft[];
  /** Look at this key again after that time (AddAfter). */
  readonly requeueAfterUs?: number;
  /** Other keys to look at as well (an owner that a sync found unblocked). */
  readonly enqueue?: readonly string[];
  /** The sync failed: the key comes back with the rate limit. Ends the sync after this round's writes. */
  readonly error?: string;
  readonly explanation?: PlanExplanation;
}

export type Enqueue = (key: string, delayUs?: number) => void;

/**
 * `S` is the controller's own state between syncs (expectations, timers due), plain data; `P` is the progress of one
 * sync between rounds, plain data.
 */
export interface Controller<S = unknown, P = unknown> {
  /** `deployment-controller`: its name in events, its service account in kube-system, and its queue's name. */
  readonly name: string;
  /** Where the real one uses another name for its service account (`node-controller`; '': the manager's own) or as source of its events. */
  readonly serviceAccount?: string;
  readonly eventSource?: string;
  /** Plurals of the shared informers it listens to. */
  readonly watches: readonly string[];
  /** It listens to all custom resources as well, each in an informer called `widgets.example.org`. */
  readonly followsCustomResources?: boolean;
  /** How many keys are worked on at once; `workersOption` names the flag that can change it: `concurrent-deployment-syncs`. */
  readonly workers: number;
  readonly workersOption?: string;
  /** How much more its client may ask than --kube-api-qps and --kube-api-burst say. */
  readonly rateFactors?: { readonly qps: number; readonly burst: number };
  /** Enqueue '' at the start and this often as well (loops that look at everything); `periodOption` names the flag for it. */
  readonly periodUs?: number;
  readonly periodOption?: string;
  /** A key that failed this often is dropped until something enqueues it again; absent: it is tried for ever. */
  readonly maxRetries?: number;
  /**
   * How long a sync of this key thinks, in µs, beyond what every sync takes; for those that walk through many objects.
   * Changes that come meanwhile are taken up together by the next sync.
   */
  effortUs?(key: string, state: S, scope: Scope): number;
  /** How long a failed key waits, where that is not what most queues do. */
  readonly retryDelays?: RetryDelays;
  init(): S;
  clone(state: S): S;
  /** Turns a change of a watched object into keys to look at. */
  onChange(change: Change, state: S, scope: Scope, enqueue: Enqueue): void;
  reconcile(key: string, state: S, scope: Scope): Round<P>;
  proceed?(key: string, progress: P, results: readonly WriteResult[], state: S, scope: Scope): Round<P>;
}
