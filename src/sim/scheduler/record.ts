import type { EventAttempt, SeriesEventDraft } from '../client/event-series.ts';
import type { Context } from '../kernel/actor.ts';
import type { SchedulerState } from './state.ts';

/** Records an event of the scheduler and sends what there is to send. */
export function recordEvent(state: SchedulerState, draft: SeriesEventDraft, ctx: Context): void {
  const attempt = state.recorder.record(draft, ctx);
  if (attempt) sendEvent(state, attempt, ctx);
}

export function sendEvent(state: SchedulerState, attempt: EventAttempt, ctx: Context): void {
  state.client.request(ctx, attempt.spec, { kind: 'event', attempt }, EVENTS_IDENTITY);
}

/** Events have a client of their own, so that they never wait behind bindings. */
const EVENTS_IDENTITY = {
  userAgent: 'kube-scheduler/v1.36.2 (linux/amd64) kubernetes/unknown/events', qps: 50, burst: 100,
  credentials: { user: 'system:kube-scheduler', groups: ['system:authenticated'] },
};
