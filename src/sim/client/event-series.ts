// Events of the newer kind, events.k8s.io/v1, which kube-scheduler writes (models client-go tools/events): a repeated
// event becomes a series whose count is written now and then.
import { CowMap } from '../../base/cow-map.ts';
import { formatMicroTime } from '../../base/time.ts';
import type { ObjectReference } from '../api/generated/types.ts';
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import { eventName, referenceTo } from './events.ts';
import type { EventClock } from './events.ts';
import { createRequest, patchRequest } from './requests.ts';
import type { RequestSpec } from './requests.ts';

const EVENTS_V1: GroupVersionResource = { group: 'events.k8s.io', version: 'v1', resource: 'events' };
/** A series without a new event for this long is over; `finish` is to be called this often. */
export const SERIES_FINISH_US = 6 * 60_000_000;
/** The count of a running series is written this often, so that the server does not expire it. */
const REFRESH_US = 30 * 60_000_000;
const RETRY_US = 10_000_000;
const MAX_TRIES = 12;

export interface SeriesEventDraft {
  readonly regarding: ApiObject;
  readonly related?: ApiObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** What was being done: `Binding`, `Scheduling`, `Preempting`. */
  readonly action: string;
  readonly note: string;
}

interface SeriesEvent {
  readonly apiVersion: 'events.k8s.io/v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly eventTime: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly note: string;
  readonly type: string;
}

/** A write of an event; plain data, to be kept as the tag of the request. */
export interface EventAttempt { readonly key: string; readonly spec: RequestSpec; readonly tries: number }

/** The recorder of one component. Its writes do not wait for each other. */
export class SeriesRecorder {
  readonly controller: string;
  readonly instance: string;
  /** By everything but the words: events alike in that are one series. */
  private events = new CowMap<{ readonly event: SeriesEvent; readonly lastUs: number; readonly writtenUs: number }>();
  private lastNanos = 0n;

  /** `default-scheduler`, `default-scheduler-control-plane`. */
  constructor(controller: string, instance: string) {
    this.controller = controller;
    this.instance = instance;
  }

  /** What to write for an event; undefined when it is only counted. */
  record(draft: SeriesEventDraft, clock: EventClock): EventAttempt | undefined {
    const event = this.make(draft, clock);
    const key = keyOf(event);
    const known = this.events.get(key);
    if (!known) {
      this.events.set(key, { event, lastUs: clock.unixUs, writtenUs: clock.unixUs });
      return { key, spec: createRequest(EVENTS_V1, event, event.metadata.namespace), tries: 0 };
    }
    const series = { count: (known.event.series?.count ?? 1) + 1, lastObservedTime: formatMicroTime(clock.unixUs) };
    const counted = { ...known.event, series };
    this.events.set(key, { event: counted, lastUs: clock.unixUs, writtenUs: known.event.series ? known.writtenUs : clock.unixUs });
    return known.event.series ? undefined : { key, spec: patchSeries(counted), tries: 0 };
  }

  /** Takes the answer to an attempt; returns what to try next and after how long, undefined when it is settled. */
  onAnswer(attempt: EventAttempt, code: number, clock: EventClock): { readonly attempt: EventAttempt; readonly delayUs: number } | undefined {
    const known = this.events.get(attempt.key);
    if (code === 404 && attempt.spec.verb === 'patch' && known) {
      return { attempt: { ...attempt, spec: createRequest(EVENTS_V1, known.event, known.event.metadata.namespace) }, delayUs: 0 };
    }
    const again = code === 0 || (code === 409 && known?.event.series !== undefined);
    if (!again || attempt.tries + 1 >= MAX_TRIES) return undefined;
    return { attempt: { ...attempt, tries: attempt.tries + 1 }, delayUs: RETRY_US + clock.random.below(RETRY_US / 4) };
  }

  /** Ends what has not happened for six minutes; returns the counts to write, of ended series and now and then of running ones. */
  finish(clock: EventClock): readonly EventAttempt[] {
    const attempts: EventAttempt[] = [];
    for (const [key, { event, lastUs, writtenUs }] of this.events) {
      const over = clock.unixUs - lastUs >= SERIES_FINISH_US;
      if (over) this.events.delete(key);
      if (!event.series || (!over && clock.unixUs - writtenUs < REFRESH_US)) continue;
      attempts.push({ key, spec: patchSeries(event), tries: 0 });
      if (!over) this.events.set(key, { event, lastUs, writtenUs: clock.unixUs });
    }
    return attempts;
  }

  clone(): SeriesRecorder {
    const copy = new SeriesRecorder(this.controller, this.instance);
    copy.events = this.events.clone();
    copy.lastNanos = this.lastNanos;
    return copy;
  }

  private make(draft: SeriesEventDraft, clock: EventClock): SeriesEvent {
    const { regarding, related, type, reason, action, note } = draft;
    const nanos = BigInt(clock.unixUs) * 1000n;
    this.lastNanos = nanos > this.lastNanos ? nanos : this.lastNanos + 1n;
    return {
      apiVersion: 'events.k8s.io/v1', kind: 'Event',
      metadata: { name: eventName(regarding.metadata.name ?? '', this.lastNanos, clock.random), namespace: regarding.metadata.namespace ?? 'default' },
      eventTime: formatMicroTime(clock.unixUs), reportingController: this.controller, reportingInstance: this.instance,
      action, reason, regarding: referenceTo(regarding), ...(related && { related: referenceTo(related) }), note, type,
    };
  }
}

function keyOf(event: SeriesEvent): string {
  return [event.type, event.action, event.reason, ...referenceKey(event.regarding), ...referenceKey(event.related)].join('|');
}

function referenceKey(reference: ObjectReference | undefined): readonly (string | undefined)[] {
  return reference ? [reference.kind, reference.namespace, reference.name, reference.uid, reference.apiVersion, reference.resourceVersion] : [];
}

function patchSeries(event: SeriesEvent): RequestSpec {
  return patchRequest(EVENTS_V1, event.metadata.namespace, event.metadata.name, 'strategic', { series: event.series });
}
