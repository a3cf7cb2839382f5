// How a component tells what it did: core/v1 Events through client-go's correlator (models tools/record), which merges,
// counts and throttles them before they reach the API server.
import type { Prng } from '../../base/prng.ts';
import { formatTime } from '../../base/time.ts';
import type { Event, ObjectReference } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { EVENTS } from '../api/resources.ts';
import { Lru } from './lru.ts';
import { createRequest, patchRequest } from './requests.ts';
import type { RequestSpec } from './requests.ts';
import type { MessageId } from '../kernel/actor.ts';

/** What happened to an object, in the words that `kubectl describe` shows. */
export interface EventDraft {
  readonly about: ApiObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** The part of the object that it is about: `spec.containers{web}`. */
  readonly fieldPath?: string;
}

/** The part of a Context or Scope that recording needs. */
export interface EventClock { readonly unixUs: number; readonly random: Prng }

/** From the tenth similar event within ten minutes on (same object, type and reason, other words) they become one. */
const AGGREGATE_FROM = 10;
const AGGREGATE_WITHIN_US = 600_000_000;
/** A source may send 25 events about an object at once, then one every five minutes. */
const SPAM_BURST = 25;
const SPAM_REFILL_US = 300_000_000;
const CACHE_ENTRIES = 4096;
/** Two channels of the broadcaster; what does not fit is lost. */
const QUEUE_ENTRIES = 2000;
const RETRY_US = 10_000_000;
const MAX_TRIES = 12;

/** Different events of one object that are told apart; its earliest are forgotten beyond. */
const MOST_OBSERVATIONS = 100;

/** Events of one reason; the words of the latest. */
interface Aggregate { readonly reason: string | undefined; readonly messages: readonly string[]; readonly lastUs: number }
/** An event that was sent; `message` is undefined if it stands for many with different words. */
interface Observation { readonly reason: string | undefined; readonly fieldPath: string | undefined; readonly message: string | undefined; readonly count: number; readonly firstTimestamp: string; readonly name: string }
/**
 * What is remembered of an object's events of one type. The real correlator has a cache for each of the three; events
 * of an object come together, and one look-up with one short key finds all.
 */
interface Source { readonly tokens: number; readonly filledUs: number; readonly aggregates: readonly Aggregate[]; readonly observations: readonly Observation[] }

/** An event on its way: the first of its kind is created, later ones patch its count. */
interface Outgoing { readonly event: Event; readonly cause: MessageId; readonly update: boolean; readonly tries: number }

/**
 * One event source. Events leave one after the other: `next` gives the request to send, `onAnswer` takes its answer.
 *
 *     recorder.record(draft, ctx);
 *     const request = recorder.next(ctx);       // undefined: nothing to send, or one is under way
 */
export class EventRecorder {
  readonly component: string;
  /** The node that the source runs on; '' for components that there is one of. */
  readonly host: string;
  private queue: { readonly event: Event; readonly cause: MessageId }[] = [];
  private sending: Outgoing | undefined;
  private waiting = false;
  private lastNanos = 0n;
  private sources = new Lru<Source>(CACHE_ENTRIES);

  constructor(component: string, host = '') {
    this.component = component;
    this.host = host;
  }

  /**
   * Takes an event in. Cluster-scoped objects have their events in namespace default.
   * @param cause the message because of which it is recorded: the request leaves later, maybe after others
   */
  record(draft: EventDraft, clock: EventClock, cause: MessageId = 0): void {
    if (this.queue.length >= QUEUE_ENTRIES) return;
    const { about, type, reason, message, fieldPath } = draft;
    const time = formatTime(clock.unixUs);
    const event: Event = {
      apiVersion: 'v1', kind: 'Event',
      metadata: { name: this.eventName(about.metadata.name ?? '', clock), namespace: about.metadata.namespace ?? 'default' },
      involvedObject: fieldPath === undefined ? referenceTo(about) : { ...referenceTo(about), fieldPath }, reason, message, type,
      source: this.host === '' ? { component: this.component } : { component: this.component, host: this.host },
      firstTimestamp: time, lastTimestamp: time, count: 1, reportingComponent: this.component, reportingInstance: this.host,
    };
    this.queue.push({ event, cause });
  }

  /** What the request that `next` gave is sent because of; 0: not told. */
  get cause(): MessageId {
    return this.sending?.cause ?? 0;
  }

  /** The next request to send; undefined while one is under way and when nothing is left. */
  next(clock: EventClock): RequestSpec | undefined {
    if (this.waiting) return undefined;
    while (!this.sending) {
      const first = this.queue.shift();
      if (!first) return undefined;
      this.sending = this.correlate(first.event, first.cause, clock);
    }
    this.waiting = true;
    return requestFor(this.sending);
  }

  /** Takes the answer to the request under way. Returns how long to wait (µs) before calling `next` again: 0 at once. */
  onAnswer(code: number, clock: EventClock): number {
    const { sending } = this;
    this.waiting = false;
    if (!sending) return 0;
    if (code === 404 && sending.update) this.sending = { ...sending, update: false };
    else if (code !== 0 || sending.tries + 1 >= MAX_TRIES) this.sending = undefined;
    else {
      // The server was not reached; whatever it refuses is given up at once.
      this.sending = { ...sending, tries: sending.tries + 1 };
      return sending.tries === 0 ? clock.random.below(RETRY_US) : RETRY_US;
    }
    return 0;
  }

  clone(): EventRecorder {
    const copy = new EventRecorder(this.component, this.host);
    copy.queue = this.queue.slice();
    copy.sending = this.sending;
    copy.waiting = this.waiting;
    copy.lastNanos = this.lastNanos;
    copy.sources = this.sources.clone();
    return copy;
  }

  /** `web.18a4c5d1e2f3a4b5`: nanoseconds keep the names of a fast sequence apart, as a real clock would. */
  private eventName(name: string, clock: EventClock): string {
    const nanos = BigInt(clock.unixUs) * 1000n;
    this.lastNanos = nanos > this.lastNanos ? nanos : this.lastNanos + 1n;
    return eventName(name, this.lastNanos, clock.random);
  }

  /** What is sent for an event; undefined if its source has sent too many. */
  private correlate(event: Event, cause: MessageId, clock: EventClock): Outgoing | undefined {
    const key = sourceKey(event);
    const before = this.sources.get(key) ?? { tokens: SPAM_BURST, filledUs: clock.unixUs, aggregates: [], observations: [] };
    const similar = before.aggregates.find(({ reason }) => reason === event.reason);
    const messages = withMessage(similar, event.message ?? '', clock.unixUs);
    const isCombined = messages.length >= AGGREGATE_FROM;
    const told = isCombined ? this.combined(event, clock) : event;
    const seen = before.observations.find((each) => each.reason === event.reason && (isCombined ? each.message === undefined : each.message === event.message && each.fieldPath === event.involvedObject.fieldPath));
    const observed = seen ? { ...told, metadata: { ...told.metadata, name: seen.name }, firstTimestamp: seen.firstTimestamp, count: seen.count + 1 } : told;
    const tokens = Math.min(SPAM_BURST, before.tokens + (clock.unixUs - before.filledUs) / SPAM_REFILL_US);
    this.sources.set(key, {
      tokens: tokens >= 1 ? tokens - 1 : tokens, filledUs: clock.unixUs,
      aggregates: replaced(before.aggregates, similar, { reason: event.reason, messages: isCombined ? messages.slice(1) : messages, lastUs: clock.unixUs }),
      observations: replaced(before.observations, seen, {
        reason: event.reason, fieldPath: event.involvedObject.fieldPath, message: isCombined ? undefined : event.message,
        count: observed.count ?? 1, firstTimestamp: observed.firstTimestamp ?? '', name: observed.metadata.name ?? '',
      }),
    });
    return tokens >= 1 ? { event: observed, cause, update: (observed.count ?? 1) > 1, tries: 0 } : undefined;
  }

  /** Stands for similar events, in the words of the latest. */
  private combined({ apiVersion, kind, metadata, involvedObject, reason, type, source, message }: Event, clock: EventClock): Event {
    const time = formatTime(clock.unixUs);
    return {
      apiVersion, kind, metadata: { name: this.eventName(involvedObject.name ?? '', clock), namespace: metadata.namespace ?? '' }, involvedObject, reason, type, source,
      message: `(combined from similar events): ${message}`, firstTimestamp: time, lastTimestamp: time, count: 1,
      reportingComponent: '', reportingInstance: '',
    };
  }
}

/** The words of similar events of the last ten minutes, with this one's. */
function withMessage(similar: Aggregate | undefined, message: string, unixUs: number): readonly string[] {
  if (!similar || unixUs - similar.lastUs > AGGREGATE_WITHIN_US) return [message];
  return similar.messages.includes(message) ? similar.messages : similar.messages.concat(message);
}

function replaced<T extends object>(list: readonly T[], old: T | undefined, next: T): readonly T[] {
  if (old) return list.map((each) => (each === old ? next : each));
  return list.length < MOST_OBSERVATIONS ? list.concat(next) : list.slice(1).concat(next);
}

/** A reference as scheme.GetReference makes it. */
export function referenceTo(object: ApiObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    kind: object.kind, apiVersion: object.apiVersion, ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }),
    ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }),
  };
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The name of an event about `name`; a UUID when that would not be a valid name. */
export function eventName(name: string, nanos: bigint, random: Prng): string {
  const candidate = `${name}.${nanos.toString(16)}`;
  if (candidate.length <= 253 && SUBDOMAIN.test(candidate)) return candidate;
  const hex = Array.from({ length: 4 }, () => random.uint32().toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Object and type, within one source: what throttling is about. A uid names an object by itself. */
function sourceKey({ involvedObject: { kind, namespace, name, uid, apiVersion }, type }: Event): string {
  return uid ? `${uid}|${apiVersion}|${type}` : `${kind}|${namespace}|${name}|${apiVersion}|${type}`;
}

function requestFor({ event, update }: Outgoing): RequestSpec {
  const { name = '', namespace = '' } = event.metadata;
  if (!update) return createRequest(EVENTS, event, namespace);
  const { count, lastTimestamp, message } = event;
  return patchRequest(EVENTS, namespace, name, 'strategic', { count, lastTimestamp, message });
}
