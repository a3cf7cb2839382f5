// Pods that wait to be scheduled (scheduler backend/queue PriorityQueue): the active queue, the backoff queues, and the
// unschedulable pods that wait for an event which a queueing hint says may help them.
import { CowMap } from '../../base/cow-map.ts';
import type { Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import type { MessageId } from '../kernel/actor.ts';
import type { Refusal } from './framework/attempt.ts';
import type { ClusterEvent } from './framework/events.ts';
import { eventMatches } from './framework/events.ts';
import type { Framework } from './framework/framework.ts';
import type { Plugin } from './framework/plugin.ts';
import { podUpdateEvents, UNSCHEDULABLE_TIMEOUT } from './framework/object-events.ts';
import type { Less } from './lazy-heap.ts';
import { LazyHeap } from './lazy-heap.ts';
import type { Listers } from './listers.ts';
import { podInfoOf } from './pod-info.ts';

const SECOND_US = 1_000_000;
/** How long a pod waits for an event before it is tried again anyway. */
export const MAX_UNSCHEDULABLE_US = 300 * SECOND_US;
/** How often the queue looks for such pods. */
export const FLUSH_UNSCHEDULABLE_US = 30 * SECOND_US;
/** Backoff ends at whole seconds, so that pods that come back together are sorted by priority. */
const BACKOFF_WINDOW_US = SECOND_US;

/** A pod in the queue (QueuedPodInfo); immutable. */
export interface QueuedPod {
  readonly key: string;
  readonly pod: Pod;
  readonly priority: number;
  /** When it entered the queue it is in, microseconds since 1970. */
  readonly timestampUs: number;
  /** Order of arrival, for pods that QueueSort does not tell apart. */
  readonly sequence: number;
  readonly initialAttemptUs: number | undefined;
  readonly attempts: number;
  /** Attempts that ended unschedulable: each doubles the backoff. */
  readonly unschedulableCount: number;
  /** Attempts in a row that ended in an error. */
  readonly errorCount: number;
  readonly unschedulablePlugins: readonly string[];
  readonly pendingPlugins: readonly string[];
  /** The PreEnqueue plugin that keeps it out. */
  readonly gatedBy: Refusal | undefined;
  /** The event that brought it into the queue, or back, and the message that told of it. A backoff in between changes neither. */
  readonly wokenBy: string;
  readonly causedBy: MessageId;
  /** Whether it then waited for its backoff, to its end or until there was nothing else to schedule. */
  readonly backoff: Backoff;
}

export type Backoff = 'none' | 'ended' | 'cutShort';

/** Why an attempt failed; no plugins at all means an error. */
export interface Rejection {
  readonly unschedulablePlugins: readonly string[];
  readonly pendingPlugins: readonly string[];
}

/** What the queue asks of its owner. */
export interface QueueContext {
  /** Microseconds since 1970. */
  readonly unixUs: number;
  /** What is being handled: why pods move now. */
  readonly messageId: MessageId;
  readonly listers: Listers;
  readonly initialBackoffUs: number;
  readonly maxBackoffUs: number;
  /** The profile of a pod, by spec.schedulerName. */
  frameworkOf(schedulerName: string): Framework | undefined;
}

export type Place = 'active' | 'backoff' | 'unschedulable';
type Strategy = 'skip' | 'afterBackoff' | 'immediately';

interface InFlightEvent { readonly event: ClusterEvent; readonly before: ApiObject | undefined; readonly after: ApiObject | undefined; readonly messageId: MessageId }

function schedulerNameOf(pod: Pod): string {
  return pod.spec?.schedulerName ?? 'default-scheduler';
}

/** 1 s, 2 s, 4 s … up to the maximum; 0 before the first failure. */
export function backoffDurationUs(failures: number, initialUs: number, maxUs: number): number {
  return failures === 0 ? 0 : Math.min(maxUs, initialUs * 2 ** (failures - 1));
}

function alignToWindow(timeUs: number): number {
  return Math.floor(timeUs / BACKOFF_WINDOW_US) * BACKOFF_WINDOW_US;
}

/** When the pod's backoff ends, at a whole second; 0 for pods that have not failed. */
export function backoffEndUs(item: QueuedPod, ctx: QueueContext): number {
  const failures = item.errorCount > 0 ? item.errorCount : item.unschedulableCount;
  if (failures === 0) return 0;
  return alignToWindow(item.timestampUs + backoffDurationUs(failures, ctx.initialBackoffUs, ctx.maxBackoffUs));
}

function isBackingOff(item: QueuedPod, ctx: QueueContext): boolean {
  return backoffEndUs(item, ctx) >= alignToWindow(ctx.unixUs);
}

function activeOrder(ctx: QueueContext): Less<QueuedPod> {
  return (a, b) => {
    const sort = ctx.frameworkOf(schedulerNameOf(a.pod))?.queueSort;
    if (sort?.less(a, b)) return true;
    return !sort?.less(b, a) && a.sequence < b.sequence;
  };
}

function backoffOrder(ctx: QueueContext): Less<QueuedPod> {
  const active = activeOrder(ctx);
  return (a, b) => {
    const difference = backoffEndUs(a, ctx) - backoffEndUs(b, ctx);
    return difference < 0 || (difference === 0 && active(a, b));
  };
}

interface FromMissed { readonly strategy: Strategy; readonly missed: InFlightEvent | undefined }
const NOTHING_MISSED: FromMissed = { strategy: 'skip', missed: undefined };
const AFTER_ERROR: FromMissed = { strategy: 'afterBackoff', missed: undefined };

function woken(item: QueuedPod, wokenBy: string, causedBy: MessageId): QueuedPod {
  return { ...item, wokenBy, causedBy, backoff: 'none' };
}

export class SchedulingQueue {
  private active = new LazyHeap<QueuedPod>();
  private backoff = new LazyHeap<QueuedPod>();
  /** Backoff after errors: these are not taken early when the active queue is empty. */
  private errorBackoff = new LazyHeap<QueuedPod>();
  private unschedulable = new CowMap<QueuedPod>();
  /** Popped and not done: with the number of the first event that came after. */
  private inFlight = new Map<string, number>();
  private events: InFlightEvent[] = [];
  private firstEvent = 0;
  private sequence = 0;

  clone(): SchedulingQueue {
    const copy = new SchedulingQueue();
    copy.active = this.active.clone();
    copy.backoff = this.backoff.clone();
    copy.errorBackoff = this.errorBackoff.clone();
    copy.unschedulable = this.unschedulable.clone();
    copy.inFlight = new Map(this.inFlight);
    copy.events = this.events.slice();
    copy.firstEvent = this.firstEvent;
    copy.sequence = this.sequence;
    return copy;
  }

  // ---- what is where ----

  activePods(): readonly QueuedPod[] {
    return this.active.values();
  }

  backoffPods(): readonly QueuedPod[] {
    return [...this.backoff.values(), ...this.errorBackoff.values()];
  }

  /** Gated pods are among them: `gatedBy` is set. */
  unschedulablePods(): readonly QueuedPod[] {
    return [...this.unschedulable.values()];
  }

  find(key: string): { readonly place: Place; readonly item: QueuedPod } | undefined {
    const active = this.active.get(key);
    if (active !== undefined) return { place: 'active', item: active };
    const backoff = this.backoff.get(key) ?? this.errorBackoff.get(key);
    if (backoff !== undefined) return { place: 'backoff', item: backoff };
    const item = this.unschedulable.get(key);
    return item && { place: 'unschedulable', item };
  }

  isInFlight(key: string): boolean {
    return this.inFlight.has(key);
  }

  /** Whether `pop` would give a pod. */
  hasWaiting(): boolean {
    return this.active.size > 0 || this.backoff.size > 0;
  }

  /** When `flushBackoff` will next have something to do; undefined when nothing is backing off. */
  nextBackoffUs(ctx: QueueContext): number | undefined {
    const order = backoffOrder(ctx);
    const ends = [this.backoff.peek(order), this.errorBackoff.peek(order)].flatMap((item) => (item ? [backoffEndUs(item, ctx) + BACKOFF_WINDOW_US] : []));
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  // ---- pods come, change and go ----

  /** A new pod without a node. */
  add(pod: Pod, ctx: QueueContext): Place {
    this.remove(podInfoOf(pod).key);
    return this.toActive(this.newItem(pod, ctx), ctx);
  }

  /** A waiting pod has changed; it may be schedulable now. Returns where it is, undefined when it is being scheduled. */
  update(before: Pod, after: Pod, ctx: QueueContext): Place | undefined {
    const { key } = podInfoOf(after);
    const events = podUpdateEvents(before, after);
    if (this.inFlight.has(key)) {
      for (const event of events) this.events.push({ event, before, after, messageId: ctx.messageId });
      return undefined;
    }
    const found = this.find(key);
    if (found === undefined) return this.add(after, ctx);
    const item: QueuedPod = { ...found.item, pod: after, priority: podInfoOf(after).priority };
    if (found.place === 'active') this.active.set(item, activeOrder(ctx));
    else if (found.place === 'backoff') this.backoffOf(item).set(item, backoffOrder(ctx));
    else {
      this.unschedulable.set(key, item);
      for (const event of events) {
        const strategy = this.worthRequeuing(item, event, before, after, ctx);
        if (strategy !== 'skip') return this.requeue(woken(item, event.label, ctx.messageId), strategy, ctx);
      }
    }
    return found.place;
  }

  delete(key: string): void {
    this.remove(key);
  }

  /** The next pod to schedule: of the active queue, or, when that is empty, one whose backoff is not over yet. */
  pop(ctx: QueueContext): QueuedPod | undefined {
    const ready = this.active.pop(activeOrder(ctx));
    const item = ready ?? this.backoff.pop(backoffOrder(ctx));
    if (item === undefined) return undefined;
    this.inFlight.set(item.key, this.firstEvent + this.events.length);
    return {
      ...item, attempts: item.attempts + 1, initialAttemptUs: item.initialAttemptUs ?? ctx.unixUs,
      unschedulablePlugins: [], pendingPlugins: [], gatedBy: undefined, backoff: ready ? item.backoff : 'cutShort',
    };
  }

  /** The pod's attempt is over for good: it is bound, or gone. */
  done(key: string): void {
    if (!this.inFlight.delete(key)) return;
    let oldest = this.firstEvent + this.events.length;
    for (const first of this.inFlight.values()) oldest = Math.min(oldest, first);
    if (oldest === this.firstEvent) return;
    this.events.splice(0, oldest - this.firstEvent);
    this.firstEvent = oldest;
  }

  /** An attempt failed (AddUnschedulableIfNotPresent): what happened meanwhile may already have helped. */
  addUnschedulable(attempted: QueuedPod, rejection: Rejection, ctx: QueueContext): Place {
    const { unschedulablePlugins, pendingPlugins } = rejection;
    const isError = unschedulablePlugins.length === 0 && pendingPlugins.length === 0;
    const item: QueuedPod = {
      ...woken(attempted, 'ScheduleAttemptFailure', ctx.messageId), unschedulablePlugins, pendingPlugins, timestampUs: ctx.unixUs,
      errorCount: isError ? attempted.errorCount + 1 : 0,
      unschedulableCount: isError ? attempted.unschedulableCount : attempted.unschedulableCount + 1,
    };
    const { strategy, missed } = isError ? AFTER_ERROR : this.strategyFromMissedEvents(item, ctx);
    this.done(item.key);
    return this.requeue(missed ? woken(item, missed.event.label, missed.messageId) : item, strategy, ctx);
  }

  // ---- the cluster changes, time passes ----

  /** Something happened: pods that it may help go back to the active or backoff queue (MoveAllToActiveOrBackoffQueue). */
  moveAll(event: ClusterEvent, before: ApiObject | undefined, after: ApiObject | undefined, ctx: QueueContext): readonly string[] {
    if (this.inFlight.size > 0) this.events.push({ event, before, after, messageId: ctx.messageId });
    const moved: string[] = [];
    if (this.unschedulable.size === 0) return moved;
    for (const item of this.unschedulablePods()) {
      if (item.gatedBy !== undefined && !gateListensTo(item, event, ctx)) continue;
      const strategy = this.worthRequeuing(item, event, before, after, ctx);
      if (strategy === 'skip') continue;
      if (this.requeue(woken(item, event.label, ctx.messageId), strategy, ctx) !== 'unschedulable') moved.push(item.key);
    }
    return moved;
  }

  /** Moves pods whose backoff is over to the active queue; due every second. */
  flushBackoff(ctx: QueueContext): readonly string[] {
    const order = backoffOrder(ctx);
    const moved: string[] = [];
    for (const heap of [this.backoff, this.errorBackoff]) {
      for (let item = heap.peek(order); item !== undefined && !isBackingOff(item, ctx); item = heap.peek(order)) {
        heap.delete(item.key);
        this.toActive({ ...item, backoff: 'ended' }, ctx);
        moved.push(item.key);
      }
    }
    return moved;
  }

  /** Moves pods that have waited five minutes for an event in vain; due every 30 seconds. */
  flushUnschedulable(ctx: QueueContext): readonly string[] {
    const moved: string[] = [];
    for (const item of this.unschedulablePods()) {
      if (item.gatedBy !== undefined || ctx.unixUs - item.timestampUs <= MAX_UNSCHEDULABLE_US) continue;
      this.requeue(woken(item, UNSCHEDULABLE_TIMEOUT.label, ctx.messageId), 'afterBackoff', ctx);
      moved.push(item.key);
    }
    return moved;
  }

  // ---- inside ----

  private newItem(pod: Pod, ctx: QueueContext): QueuedPod {
    const { key, priority } = podInfoOf(pod);
    return {
      key, pod, priority, timestampUs: ctx.unixUs, sequence: this.sequence++, initialAttemptUs: undefined, attempts: 0, unschedulableCount: 0,
      errorCount: 0, unschedulablePlugins: [], pendingPlugins: [], gatedBy: undefined, wokenBy: 'UnscheduledPodAdd', causedBy: ctx.messageId, backoff: 'none',
    };
  }

  private remove(key: string): void {
    this.active.delete(key);
    this.backoff.delete(key);
    this.errorBackoff.delete(key);
    this.unschedulable.delete(key);
  }

  private backoffOf(item: QueuedPod): LazyHeap<QueuedPod> {
    return item.errorCount > 0 ? this.errorBackoff : this.backoff;
  }

  /** PreEnqueue decides whether the pod may wait to be scheduled at all. */
  private gate(item: QueuedPod, ctx: QueueContext): QueuedPod {
    for (const plugin of ctx.frameworkOf(schedulerNameOf(item.pod))?.preEnqueue ?? []) {
      const refusal = plugin.preEnqueue(item.pod);
      if (refusal === undefined) continue;
      const { code, reasons } = refusal;
      return { ...item, gatedBy: { plugin: plugin.name, code, reasons }, unschedulablePlugins: [plugin.name] };
    }
    return item.gatedBy === undefined ? item : { ...item, gatedBy: undefined };
  }

  private toActive(wanted: QueuedPod, ctx: QueueContext): Place {
    const item = this.gate(wanted, ctx);
    this.remove(item.key);
    if (item.gatedBy !== undefined) {
      this.unschedulable.set(item.key, item);
      return 'unschedulable';
    }
    this.active.set(item, activeOrder(ctx));
    return 'active';
  }

  private requeue(wanted: QueuedPod, strategy: Strategy, ctx: QueueContext): Place {
    if (strategy === 'skip') {
      this.unschedulable.set(wanted.key, wanted);
      return 'unschedulable';
    }
    if (strategy === 'immediately' || !isBackingOff(wanted, ctx)) return this.toActive(wanted, ctx);
    const item = this.gate(wanted, ctx);
    if (item.gatedBy !== undefined) return this.toActive(item, ctx);
    this.remove(item.key);
    this.backoffOf(item).set(item, backoffOrder(ctx));
    return 'backoff';
  }

  /** What came during the attempt, and the event that decides it: the first that helps at once, else the first that helps. */
  private strategyFromMissedEvents(item: QueuedPod, ctx: QueueContext): FromMissed {
    const first = this.inFlight.get(item.key);
    let best: FromMissed = NOTHING_MISSED;
    for (let i = (first ?? Infinity) - this.firstEvent; i < this.events.length; i++) {
      const missed = this.events[i];
      if (missed === undefined) continue;
      const strategy = this.worthRequeuing(item, missed.event, missed.before, missed.after, ctx);
      if (strategy === 'immediately') return { strategy, missed };
      if (strategy === 'afterBackoff' && best.missed === undefined) best = { strategy, missed };
    }
    return best;
  }

  /** Asks the plugins that refused the pod whether the event may change their mind (isPodWorthRequeuing). */
  private worthRequeuing(
    item: QueuedPod, event: ClusterEvent, before: ApiObject | undefined, after: ApiObject | undefined, ctx: QueueContext,
  ): Strategy {
    const { unschedulablePlugins, pendingPlugins } = item;
    if (unschedulablePlugins.length === 0 && pendingPlugins.length === 0) return 'afterBackoff';
    if (event.resource === '*') return 'afterBackoff';
    let strategy: Strategy = 'skip';
    for (const plugin of listenersTo(event, ctx.frameworkOf(schedulerNameOf(item.pod)))) {
      const pending = pendingPlugins.includes(plugin.name);
      if (!pending && !unschedulablePlugins.includes(plugin.name)) continue;
      if (strategy !== 'skip' && !pending) continue;
      if (!mayHelp(plugin, item, event, before, after, ctx)) continue;
      if (pending) return 'immediately';
      strategy = 'afterBackoff';
    }
    return strategy;
  }
}

const listeners = new WeakMap<Framework, Map<string, readonly Plugin[]>>();
const NOBODY: readonly Plugin[] = [];

/** The profile's plugins that registered for such events, or for none in particular; worked out once per kind of event. */
function listenersTo(event: ClusterEvent, framework: Framework | undefined): readonly Plugin[] {
  if (framework === undefined) return NOBODY;
  const known = listeners.get(framework) ?? new Map<string, readonly Plugin[]>();
  listeners.set(framework, known);
  const kind = `${event.resource} ${event.action}`;
  const plugins = known.get(kind)
    ?? framework.plugins.filter((plugin) => plugin.events?.some((registration) => eventMatches(registration, event)) ?? true);
  known.set(kind, plugins);
  return plugins;
}

/** Whether the plugin has no objection to trying the pod again; one that registers no events has none to any. */
function mayHelp(
  plugin: Plugin, item: QueuedPod, event: ClusterEvent, before: ApiObject | undefined, after: ApiObject | undefined, ctx: QueueContext,
): boolean {
  return plugin.events?.some((registration) => eventMatches(registration, event)
    && registration.hint?.(item.pod, before, after, ctx.listers) !== false) ?? true;
}

function gateListensTo(item: QueuedPod, event: ClusterEvent, ctx: QueueContext): boolean {
  return listenersTo(event, ctx.frameworkOf(schedulerNameOf(item.pod))).some(({ name }) => name === item.gatedBy?.plugin);
}
