import type { Pod } from '../api/generated/types.ts';
import { ApiClient } from '../client/client.ts';
import type { Identity } from '../client/client.ts';
import { SeriesRecorder } from '../client/event-series.ts';
import type { EventAttempt } from '../client/event-series.ts';
import type { LeaderLoop } from '../client/leader-loop.ts';
import type { Context, TimerId } from '../kernel/actor.ts';
import { SchedulerCache } from './cache.ts';
import { frameworksOf } from './config/configuration.ts';
import type { SchedulerConfiguration } from './config/configuration.ts';
import type { Framework } from './framework/framework.ts';
import type { BindWrite, Handle } from './framework/plugin.ts';
import { InformerListers } from './informers.ts';
import { Nominator } from './nominator.ts';
import { SchedulingQueue } from './queue.ts';
import type { QueueContext, QueuedPod } from './queue.ts';

/** A pod on its way to its node: volumes first, then their binding, then its own. Immutable. */
export interface Binding {
  readonly item: QueuedPod;
  readonly node: string;
  readonly writes: readonly BindWrite[];
  readonly next: number;
  /** The volumes are written; their controllers have to finish before the pod is bound. */
  readonly waitsForVolumes: boolean;
}

/** What an answer of the API server belongs to. */
export type Tag =
  | { readonly kind: 'bind'; readonly key: string; readonly uid: string }
  | { readonly kind: 'status' }
  | { readonly kind: 'preempt'; readonly victim: Pod }
  | { readonly kind: 'evict' }
  | { readonly kind: 'event'; readonly attempt: EventAttempt }
  | { readonly kind: 'lease'; readonly attempt: number };

export const NAME = 'kube-scheduler';
const HOST = 'control-plane';

export interface SchedulerFlags { readonly qps: number; readonly burst: number; readonly leaderElect: boolean }

export function identityOf(flags: SchedulerFlags): Identity {
  return {
    userAgent: 'kube-scheduler/v1.36.2 (linux/amd64) kubernetes/unknown/scheduler', qps: flags.qps, burst: flags.burst,
    credentials: { user: 'system:kube-scheduler', groups: ['system:authenticated'] },
  };
}

export class SchedulerState {
  readonly flags: SchedulerFlags;
  configuration: SchedulerConfiguration;
  frameworks: ReadonlyMap<string, Framework>;
  client: ApiClient<Tag>;
  cache = new SchedulerCache();
  queue = new SchedulingQueue();
  nominator = new Nominator();
  listers: InformerListers;
  recorder = new SeriesRecorder('default-scheduler', `default-scheduler-${HOST}`);
  leader: LeaderLoop | undefined;
  /** Scheduling has begun: it leads and its caches are filled. */
  working = false;
  /** A cycle is under way; there is never more than one. */
  cycling = false;
  startNodeIndex = 0;
  bindings = new Map<string, Binding>();
  backoffTimer: TimerId = 0;

  constructor(flags: SchedulerFlags, configuration: SchedulerConfiguration) {
    this.flags = flags;
    this.configuration = configuration;
    this.frameworks = frameworksOf(configuration);
    this.client = new ApiClient<Tag>(identityOf(flags));
    this.listers = new InformerListers(this.client.informers);
  }

  reconfigure(configuration: SchedulerConfiguration): void {
    this.configuration = configuration;
    this.frameworks = frameworksOf(configuration);
  }

  /** The profile that a pod asks for; undefined: another scheduler's pod. */
  frameworkFor(pod: Pod): Framework | undefined {
    return this.frameworks.get(pod.spec?.schedulerName ?? 'default-scheduler');
  }

  handle(ctx: Pick<Context, 'unixUs'>): Handle {
    return { cache: this.cache, listers: this.listers, nominated: this.nominator, unixUs: ctx.unixUs };
  }

  queueContext(ctx: Pick<Context, 'unixUs' | 'messageId'>): QueueContext {
    return {
      unixUs: ctx.unixUs, messageId: ctx.messageId, listers: this.listers, frameworkOf: (name) => this.frameworks.get(name),
      initialBackoffUs: this.configuration.podInitialBackoffSeconds * 1_000_000, maxBackoffUs: this.configuration.podMaxBackoffSeconds * 1_000_000,
    };
  }

  clone(): SchedulerState {
    const copy = new SchedulerState(this.flags, this.configuration);
    copy.frameworks = this.frameworks;
    copy.client = this.client.clone();
    copy.cache = this.cache.clone();
    copy.queue = this.queue.clone();
    copy.nominator = this.nominator.clone();
    copy.listers = this.listers.cloneFor(copy.client.informers);
    copy.recorder = this.recorder.clone();
    copy.leader = this.leader?.clone();
    copy.working = this.working;
    copy.cycling = this.cycling;
    copy.startNodeIndex = this.startNodeIndex;
    copy.bindings = new Map(this.bindings);
    copy.backoffTimer = this.backoffTimer;
    return copy;
  }
}
