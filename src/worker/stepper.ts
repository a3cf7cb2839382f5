import type { MessageId } from '../sim/kernel/actor.ts';
import type { Session } from '../sim/session.ts';
import type { TraceEntry } from '../sim/kernel/trace.ts';
import type { EtcdWatchEvent } from '../sim/etcd/messages.ts';
import type { Pod } from '../sim/api/generated/types.ts';
import { describe, sameBeat } from './describe.ts';
import { podStatus } from './pod-summary.ts';
import type { Granularity } from './protocol.ts';

/** What moving the playhead forward delivered. */
export interface Moved { readonly beat: readonly MessageId[]; readonly count: number; readonly quiet: boolean }

/** Nothing foreground for this long: the cluster has come to rest (probes and heartbeats go on). */
const QUIET_US = 12_000_000;
const BEAT_MAX = 400;
/** A cluster that never rests (a crash loop) is left after this much virtual time. */
const RESTLESS_US = 180_000_000;
const EVENTS_MAX = 4_000_000;

/** What is given to the world from outside; that a client in a terminal has gone is no news. */
export function isShownInput({ cause, body }: TraceEntry): boolean {
  return cause === 0 && body.type !== 'terminal-stop';
}

/** A message between two actors that a viewer is shown; timers never are. */
export function isShown(session: Session, entry: TraceEntry, background: boolean): boolean {
  if (entry.from === entry.to) return isShownInput(entry);
  return background || !describe(session.kernel, entry).background;
}

/** Goes on to the end of the next beat, request, phase of a pod, or until all is quiet. */
export function stepForward(session: Session, granularity: Granularity, background: boolean, horizonUs: number): Moved {
  const beat: MessageId[] = [];
  const startUs = session.kernel.nowUs;
  let lastShownUs = startUs;
  let count = 0;
  for (let events = 0; events < EVENTS_MAX; events++) {
    const limitUs = granularity === 'quiet' || count > 0 ? lastShownUs + Math.min(QUIET_US, horizonUs) : startUs + horizonUs;
    if (session.nextTimeUs > limitUs) {
      session.runUntil(limitUs);
      return { beat, count, quiet: true };
    }
    if (granularity === 'quiet' && session.nextTimeUs > startUs + RESTLESS_US) break;
    const entry = session.kernel.trace.get(session.step());
    if (!entry || !isShown(session, entry, background)) continue;
    count++;
    lastShownUs = entry.deliverUs;
    if (beat.length < BEAT_MAX) beat.push(entry.id);
    if (endsStep(session, entry, granularity)) {
      if (granularity === 'message') count += restOfBeat(session, entry, beat);
      return { beat, count, quiet: false };
    }
  }
  return { beat, count, quiet: false };
}

/** Lets virtual time pass, but stops after `maxMessages` shown messages. */
export function advance(session: Session, us: number, maxMessages: number): Moved {
  const untilUs = session.kernel.nowUs + us;
  const beat: MessageId[] = [];
  let count = 0;
  while (session.nextTimeUs <= untilUs) {
    const entry = session.kernel.trace.get(session.step());
    if (!entry || !isShown(session, entry, false)) continue;
    if (beat.length < BEAT_MAX) beat.push(entry.id);
    if (++count >= maxMessages) return { beat, count, quiet: false };
  }
  session.runUntil(untilUs);
  return { beat, count, quiet: count === 0 };
}

/** Goes back to just before the last beat (request, phase …) at or before the playhead. */
export function stepBack(session: Session, granularity: Granularity, background: boolean): void {
  const { trace } = session.kernel;
  let position = lastShown(session, session.position, background);
  if (position === 0) return session.seek(0);
  if (granularity === 'quiet') return session.seek(beginningOfStir(session, position, background) - 1);
  if (granularity !== 'message') {
    let earlier = lastShown(session, position - 1, background);
    while (earlier > 0 && !endsStep(session, trace.get(trace.idAt(earlier)) as TraceEntry, granularity)) earlier = lastShown(session, earlier - 1, background);
    return session.seek(earlier);
  }
  const last = trace.idAt(position);
  while (position > 1 && sameBeat(session.kernel, trace.idAt(position - 1), last)) position--;
  session.seek(position - 1);
}

/** The first shown message after the last time that the cluster was at rest. */
function beginningOfStir(session: Session, position: number, background: boolean): number {
  const { trace } = session.kernel;
  const atUs = (of: number): number => trace.get(trace.idAt(of))?.deliverUs ?? 0;
  let first = position;
  for (let earlier = lastShown(session, first - 1, background); earlier > 0 && atUs(first) - atUs(earlier) < QUIET_US; earlier = lastShown(session, first - 1, background)) first = earlier;
  return first;
}

/** The newest shown message at or before a position, as its position; 0 if there is none. */
export function lastShown(session: Session, from: number, background: boolean): number {
  const { trace } = session.kernel;
  for (let position = from; position > 0; position--) {
    const entry = trace.get(trace.idAt(position));
    if (entry && isShown(session, entry, background)) return position;
  }
  return 0;
}

/** Delivers the other messages of a fan-out; returns how many. */
function restOfBeat(session: Session, entry: TraceEntry, beat: MessageId[]): number {
  const { kernel } = session;
  let count = 0;
  while (kernel.nextTimeUs() === entry.deliverUs && kernel.nextCause() === entry.cause && kernel.nextBody().type === entry.body.type) {
    const id = session.step();
    if (beat.length < BEAT_MAX) beat.push(id);
    count++;
  }
  return count;
}

function endsStep(session: Session, entry: TraceEntry, granularity: Granularity): boolean {
  switch (granularity) {
    case 'message': return true;
    case 'request': return entry.body.type === 'api-response';
    case 'phase': return isMilestone(session, entry);
    case 'quiet': return false;
  }
}

/** A pod is seen in another state than before (scheduled, creating, running, ready …), or an image has arrived. */
export function isMilestone(session: Session, entry: TraceEntry): boolean {
  if (entry.body.type === 'cri-pull-image-response') return true;
  if (entry.body.type !== 'etcd-watch-event') return false;
  const { nowUs, config } = session.kernel;
  const nowMs = (config.epochUs + nowUs) / 1000;
  return (entry.body as EtcdWatchEvent).events.some(({ type, kv, previous }) => {
    if (kv.key.startsWith('/registry/pods/') === false) return false;
    if (type === 'DELETE' || !previous) return true;
    const [before, after] = [previous.value as Pod, kv.value as Pod];
    return before.spec?.nodeName !== after.spec?.nodeName || podStatus(before, nowMs) !== podStatus(after, nowMs);
  });
}
