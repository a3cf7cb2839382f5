import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import type { Event } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { SeriesRecorder } from './event-series.ts';
import { EventRecorder } from './events.ts';
import type { RequestSpec } from './requests.ts';

const EPOCH_US = 1_767_225_600_000_000;
const about: ApiObject = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7' } };

function clockAt(seconds: number): { readonly unixUs: number; readonly random: Prng } {
  return { unixUs: EPOCH_US + seconds * 1_000_000, random: Prng.stream(1, 'events') };
}

/** Records one event and lets all that wait leave, each answered with `code`. */
function emit(recorder: EventRecorder, message: string, seconds: number, code = 201): readonly RequestSpec[] {
  const clock = clockAt(seconds);
  recorder.record({ about, type: 'Normal', reason: 'SuccessfulCreate', message }, clock);
  const sent: RequestSpec[] = [];
  for (let spec = recorder.next(clock); spec; spec = recorder.next(clock)) {
    sent.push(spec);
    recorder.onAnswer(code, clock);
  }
  return sent;
}

function eventOf(spec: RequestSpec | undefined): Event {
  if (!spec) throw new Error('nothing was sent');
  return spec.body as Event;
}

describe('EventRecorder', () => {
  it('creates an event in the namespace of its object', () => {
    const [spec] = emit(new EventRecorder('replicaset-controller'), 'Created pod: web-1', 0);
    expect(spec).toMatchObject({
      verb: 'create', namespace: 'shop',
      body: {
        involvedObject: { kind: 'ReplicaSet', name: 'web', uid: 'u1', apiVersion: 'apps/v1', resourceVersion: '7' }, source: { component: 'replicaset-controller' },
        reportingComponent: 'replicaset-controller', count: 1, firstTimestamp: '2026-01-01T00:00:00Z',
      },
    });
    expect(eventOf(spec).metadata.name).toBe(`web.${(BigInt(EPOCH_US) * 1000n).toString(16)}`);
  });

  it('counts a repeated event by patching it', () => {
    const recorder = new EventRecorder('c');
    const [created] = emit(recorder, 'same', 0);
    const [patch] = emit(recorder, 'same', 5);
    expect(patch).toMatchObject({ verb: 'patch', name: eventOf(created).metadata.name, body: { count: 2, lastTimestamp: '2026-01-01T00:00:05Z', message: 'same' } });
  });

  it('creates it again when it is gone', () => {
    const recorder = new EventRecorder('c');
    emit(recorder, 'same', 0);
    const clock = clockAt(1);
    recorder.record({ about, type: 'Normal', reason: 'SuccessfulCreate', message: 'same' }, clock);
    expect(recorder.next(clock)?.verb).toBe('patch');
    expect(recorder.onAnswer(404, clock)).toBe(0);
    expect(recorder.next(clock)).toMatchObject({ verb: 'create', body: { count: 2 } });
  });

  it('combines from the tenth similar event on, and sends 25 in all', () => {
    const recorder = new EventRecorder('c');
    const sent = Array.from({ length: 120 }, (_, index) => emit(recorder, `Created pod: web-${index}`, 0)).flat();
    expect(sent).toHaveLength(25);
    expect(sent.filter((spec) => spec.verb === 'create')).toHaveLength(10);
    expect(eventOf(sent[9]).message).toBe('(combined from similar events): Created pod: web-9');
    expect(sent[24]).toMatchObject({ verb: 'patch', body: { count: 16, message: '(combined from similar events): Created pod: web-24' } });
  });

  it('lets one more through every five minutes, and forgets similar ones after ten', () => {
    const recorder = new EventRecorder('c');
    for (let index = 0; index < 30; index++) emit(recorder, `Created pod: web-${index}`, 0);
    expect(emit(recorder, 'x', 299)).toHaveLength(0);
    expect(emit(recorder, 'x', 301)).toHaveLength(1);
    expect(emit(recorder, 'y', 301 + 601)[0]).toMatchObject({ verb: 'create', body: { message: 'y' } });
  });

  it('names events about one object at one time differently', () => {
    const recorder = new EventRecorder('c');
    const names = [emit(recorder, 'a', 0), emit(recorder, 'b', 0)].map(([spec]) => eventOf(spec).metadata.name);
    expect(new Set(names).size).toBe(2);
  });

  it('sends one after the other, gives up what is refused, and tries again when nobody answers', () => {
    const recorder = new EventRecorder('c');
    const clock = clockAt(0);
    recorder.record({ about, type: 'Normal', reason: 'R', message: 'a' }, clock);
    recorder.record({ about, type: 'Normal', reason: 'R', message: 'b' }, clock);
    expect(recorder.next(clock)).toMatchObject({ body: { message: 'a' } });
    expect(recorder.next(clock)).toBeUndefined();
    expect(recorder.onAnswer(0, clock)).toBeGreaterThan(0);
    expect(recorder.next(clock)).toMatchObject({ body: { message: 'a' } });
    expect(recorder.onAnswer(403, clock)).toBe(0);
    expect(recorder.next(clock)).toMatchObject({ body: { message: 'b' } });
  });

  it('keeps apart what its clone does', () => {
    const recorder = new EventRecorder('c');
    emit(recorder, 'same', 0);
    const clone = recorder.clone();
    expect(emit(clone, 'same', 1)).toEqual(emit(recorder, 'same', 1));
  });
});

describe('SeriesRecorder', () => {
  const draft = { regarding: about, type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: '0/3 nodes are available' } as const;

  it('makes a series of what repeats, and writes its count when it is over', () => {
    const recorder = new SeriesRecorder('default-scheduler', 'default-scheduler-control-plane');
    const created = recorder.record(draft, clockAt(0));
    expect(created?.spec).toMatchObject({ verb: 'create', namespace: 'shop', body: { eventTime: '2026-01-01T00:00:00.000000Z', reportingController: 'default-scheduler', regarding: { name: 'web' } } });
    expect(recorder.record({ ...draft, note: 'other words' }, clockAt(1))?.spec).toMatchObject({ verb: 'patch', body: { series: { count: 2 } } });
    expect(recorder.record(draft, clockAt(2))).toBeUndefined();
    expect(recorder.finish(clockAt(3))).toEqual([]);
    expect(recorder.finish(clockAt(400))[0]?.spec).toMatchObject({ verb: 'patch', body: { series: { count: 3, lastObservedTime: '2026-01-01T00:00:02.000000Z' } } });
    expect(recorder.record(draft, clockAt(500))?.spec.verb).toBe('create');
  });

  it('writes the count of a series that goes on every half hour', () => {
    const recorder = new SeriesRecorder('default-scheduler', 'i');
    let written = 0;
    for (let seconds = 0; seconds <= 7200; seconds += 60) {
      recorder.record(draft, clockAt(seconds));
      if (seconds % 360 === 0) written += recorder.finish(clockAt(seconds)).length;
    }
    expect(written).toBe(3);
  });

  it('retries only what was not answered', () => {
    const recorder = new SeriesRecorder('default-scheduler', 'i');
    const attempt = recorder.record(draft, clockAt(0));
    if (!attempt) throw new Error('nothing to write');
    expect(recorder.onAnswer(attempt, 403, clockAt(1))).toBeUndefined();
    expect(recorder.onAnswer(attempt, 0, clockAt(1))?.delayUs).toBeGreaterThanOrEqual(10_000_000);
  });
});
