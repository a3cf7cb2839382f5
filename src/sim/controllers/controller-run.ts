// One controller at work inside kube-controller-manager: its queue, its workers, and the rounds of its syncs.
import { assert } from '../../base/assert.ts';
import type { ApiObject } from '../api/meta.ts';
import type { ApiResponse } from '../apiserver/messages.ts';
import type { ApiClient, Identity } from '../client/client.ts';
import { EventRecorder } from '../client/events.ts';
import { WorkQueue } from '../client/work-queue.ts';
import type { Context, MessageId } from '../kernel/actor.ts';
import type { Controller, Round, Scope, Write, WriteResult } from './controller.ts';

/** What comes back with an answer, so that it finds its way. */
export type Tag =
  | { readonly kind: 'write'; readonly controller: string; readonly key: string; readonly index: number }
  | { readonly kind: 'event'; readonly controller: string }
  | { readonly kind: 'lease'; readonly attempt: number };

/** A worker works on a key: sent to oneself by the one that took it, so that the work has its place and time in the trace. */
export interface SyncMessage { readonly type: 'sync'; readonly controller: string; readonly key: string }
export interface PeriodTimer { readonly type: 'period'; readonly controller: string }
/** The pause before a round's writes is over. */
export interface PauseTimer { readonly type: 'pause-over'; readonly controller: string; readonly key: string }
export interface EventRetryTimer { readonly type: 'event-retry'; readonly controller: string }

/** From taking a key to the first write: reading caches and thinking. */
const SYNC_US = 1000;

/** A sync between two rounds: `results` fills up as answers arrive. */
interface OpenSync {
  readonly writes: readonly Write[];
  readonly results: (WriteResult | undefined)[];
  outstanding: number;
  readonly progress: unknown;
  readonly error: string | undefined;
}

export interface RunSettings {
  readonly identity: Identity;
  readonly workers: number;
  /** 0: no periodic look. */
  readonly periodUs: number;
}

/** The surroundings of one message. */
export interface Surroundings { readonly ctx: Context; readonly scope: Scope; readonly client: ApiClient<Tag> }

export class ControllerRun {
  readonly controller: Controller;
  readonly settings: RunSettings;
  /** It works: it leads, and its caches are filled. */
  started = false;
  state: unknown;
  queue: WorkQueue;
  private busy = 0;
  /** The periodic look is in line or under way; the next period begins when it is over (wait.UntilWithContext). */
  private looking = false;
  private recorder: EventRecorder;
  private open = new Map<string, OpenSync>();

  constructor(controller: Controller, settings: RunSettings) {
    this.controller = controller;
    this.settings = settings;
    this.state = controller.init();
    this.queue = new WorkQueue(controller.name, controller.retryDelays);
    this.recorder = new EventRecorder(controller.eventSource ?? controller.name);
  }

  start(around: Surroundings): void {
    this.started = true;
    if (this.settings.periodUs > 0) this.onPeriod(around);
    this.work(around);
  }

  onPeriod(around: Surroundings): void {
    this.looking = true;
    this.queue.add('', around.ctx.messageId);
    this.work(around);
  }

  enqueue(ctx: Context, key: string, delayUs = 0): void {
    if (delayUs > 0) this.queue.addAfter(ctx, key, delayUs);
    else this.queue.add(key, ctx.messageId);
  }

  /** Gives waiting keys to idle workers. */
  work({ ctx, scope }: Surroundings): void {
    if (!this.started) return;
    while (this.busy < this.settings.workers) {
      const item = this.queue.take();
      if (!item) return;
      this.busy++;
      const message: SyncMessage = { type: 'sync', controller: this.controller.name, key: item.key };
      const cause: MessageId = ctx.cause;
      ctx.cause = item.cause;
      ctx.after(SYNC_US + (this.controller.effortUs?.(item.key, this.state, scope) ?? 0), message);
      ctx.cause = cause;
    }
  }

  sync(key: string, around: Surroundings): void {
    this.carryOut(key, this.controller.reconcile(key, this.state, around.scope), around);
  }

  onAnswer(key: string, index: number, response: ApiResponse, around: Surroundings): void {
    const sync = this.open.get(key);
    assert(sync !== undefined, `an answer for ${key}, which ${this.controller.name} does not work on`);
    sync.results[index] = { write: sync.writes[index] as Write, code: response.code, body: response.body as ApiObject };
    sync.outstanding--;
    if (sync.outstanding > 0) return;
    this.open.delete(key);
    const { progress, error } = sync;
    if (error === undefined && progress !== undefined && this.controller.proceed) {
      this.carryOut(key, this.controller.proceed(key, progress, sync.results as WriteResult[], this.state, around.scope), around);
    } else this.finish(key, error, around);
  }

  onEventAnswer(response: ApiResponse, around: Surroundings): void {
    const delayUs = this.recorder.onAnswer(response.code, around.ctx);
    const timer: EventRetryTimer = { type: 'event-retry', controller: this.controller.name };
    if (delayUs > 0) around.ctx.after(delayUs, timer);
    else this.sendEvents(around);
  }

  /** Sends the next event if none is under way. */
  sendEvents({ ctx, client }: Surroundings): void {
    const spec = this.recorder.next(ctx);
    if (!spec) return;
    const cause = ctx.cause;
    ctx.cause = this.recorder.cause || cause;
    client.request(ctx, spec, { kind: 'event', controller: this.controller.name }, this.settings.identity);
    ctx.cause = cause;
  }

  onPauseOver(key: string, around: Surroundings): void {
    const sync = this.open.get(key);
    assert(sync !== undefined, `a pause for ${key}, which ${this.controller.name} does not work on`);
    this.request(key, sync.writes, around);
  }

  openSyncs(): readonly { readonly key: string; readonly waitingFor: readonly string[] }[] {
    return [...this.open].map(([key, sync]) => ({
      key, waitingFor: sync.writes.filter((_, index) => sync.results[index] === undefined).map((write) => write.purpose),
    }));
  }

  clone(): ControllerRun {
    const copy = new ControllerRun(this.controller, this.settings);
    copy.started = this.started;
    copy.state = this.controller.clone(this.state);
    copy.queue = this.queue.clone();
    copy.busy = this.busy;
    copy.looking = this.looking;
    copy.recorder = this.recorder.clone();
    for (const [key, sync] of this.open) copy.open.set(key, { ...sync, results: sync.results.slice() });
    return copy;
  }

  private carryOut(key: string, first: Round<unknown>, around: Surroundings): void {
    let round = first;
    for (;;) {
      this.announce(key, round, around);
      if (round.writes && round.writes.length > 0) {
        this.send(key, round, round.writes, around);
        return;
      }
      if (round.error !== undefined || round.progress === undefined || !this.controller.proceed) break;
      round = this.controller.proceed(key, round.progress, [], this.state, around.scope);
    }
    this.finish(key, round.error, around);
  }

  private announce(key: string, round: Round<unknown>, around: Surroundings): void {
    const { ctx } = around;
    if (round.explanation) ctx.explain(round.explanation);
    if (round.events && round.events.length > 0) {
      for (const event of round.events) this.recorder.record(event, ctx, ctx.messageId);
      this.sendEvents(around);
    }
    for (const other of round.enqueue ?? []) this.queue.add(other, ctx.messageId);
    if (round.requeueAfterUs !== undefined) this.queue.addAfter(ctx, key, round.requeueAfterUs);
  }

  private send(key: string, round: Round<unknown>, writes: readonly Write[], around: Surroundings): void {
    this.open.set(key, { writes, results: Array.from({ length: writes.length }, () => undefined), outstanding: writes.length, progress: round.progress, error: round.error });
    if (round.pauseUs === undefined) return this.request(key, writes, around);
    const timer: PauseTimer = { type: 'pause-over', controller: this.controller.name, key };
    around.ctx.after(round.pauseUs, timer);
    return undefined;
  }

  private request(key: string, writes: readonly Write[], { ctx, client }: Surroundings): void {
    writes.forEach((write, index) => client.request(ctx, write.spec, { kind: 'write', controller: this.controller.name, key, index }, this.settings.identity));
  }

  private finish(key: string, error: string | undefined, around: Surroundings): void {
    const { maxRetries } = this.controller;
    if (error !== undefined && (maxRetries === undefined || this.queue.failuresOf(key) < maxRetries)) this.queue.addRateLimited(around.ctx, key);
    else this.queue.forget(key);
    this.queue.done(key);
    this.busy--;
    if (key === '' && this.looking) {
      this.looking = false;
      const timer: PeriodTimer = { type: 'period', controller: this.controller.name };
      around.ctx.after(this.settings.periodUs, timer);
    }
    this.work(around);
  }
}
