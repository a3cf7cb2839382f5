// kube-scheduler: one pod at a time out of the queue, through the cycle, and on to its node.
import { unreachable } from '../../base/assert.ts';
import type { Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { API_SERVER } from '../apiserver/messages.ts';
import type { ClientEvent, ClientMessage } from '../client/client.ts';
import { SERIES_FINISH_US } from '../client/event-series.ts';
import type { EventAttempt } from '../client/event-series.ts';
import { LeaderLoop } from '../client/leader-loop.ts';
import type { LeaseTimer } from '../client/leader-loop.ts';
import type { RequestSpec } from '../client/requests.ts';
import type { Actor, Context, Explanation, MessageId, StartMessage } from '../kernel/actor.ts';
import { onBindAnswer, onVolumesCheck, startBinding } from './binding.ts';
import type { VolumesCheck } from './binding.ts';
import { defaultConfiguration } from './config/configuration.ts';
import type { SchedulerConfiguration } from './config/configuration.ts';
import { onChange, wake } from './event-handlers.ts';
import { failed, onPreemptAnswer, preempt } from './failure.ts';
import type { Attempt } from './framework/attempt.ts';
import { ACTION_ALL } from './framework/events.ts';
import { SCHEDULER_INFORMERS } from './informers.ts';
import { podInfoOf } from './pod-info.ts';
import { FLUSH_UNSCHEDULABLE_US } from './queue.ts';
import type { Backoff, QueuedPod } from './queue.ts';
import { recordEvent, sendEvent } from './record.ts';
import { schedulePod } from './schedule-pod.ts';
import { NAME, SchedulerState, identityOf } from './state.ts';
import type { Tag } from './state.ts';

export { SchedulerState } from './state.ts';

interface Cycle { readonly type: 'schedule-cycle' }
interface Flush { readonly type: 'flush-backoff' | 'flush-unschedulable' | 'finish-events' }
interface EventRetry { readonly type: 'event-retry'; readonly attempt: EventAttempt }
/** A new configuration takes effect with the next cycle. */
export interface Configure { readonly type: 'scheduler-configure'; readonly configuration: SchedulerConfiguration }
type Message = StartMessage | ClientMessage | Cycle | Flush | EventRetry | LeaseTimer | Configure | VolumesCheck;

/** Why a pod went where it went, or nowhere: the summary always, the whole table while nodes are few or when asked for. */
export interface AttemptExplanation extends Explanation {
  readonly about: 'attempt';
  readonly attempt: Attempt;
  /** How often the pod had been tried before, and what brought it into the queue. */
  readonly attempts: number;
  readonly wokenBy: string;
  readonly backoff: Backoff;
  /** The message that brought the pod into the queue, or back into it. */
  readonly causedBy: MessageId;
  readonly summary: {
    readonly pod: string; readonly outcome: Attempt['outcome']; readonly node: string; readonly nodes: number; readonly feasible: number;
    readonly total?: number; readonly second?: string; readonly secondTotal?: number;
  };
}

/** A cycle's own work: a fixed part, and a part for each node that was looked at. */
const CYCLE_US = 250;
const NODE_US = 2;
/** From the moment a pod is in the queue to the beginning of its cycle. */
const POP_US = 50;
const TABLE_NODES_MAX = 12;
const LEASE = { leaseDurationUs: 15_000_000, renewDeadlineUs: 10_000_000, retryPeriodUs: 2_000_000 };

export const schedulerActor: Actor<SchedulerState, Message> = {
  kind: NAME,
  init(_id, args) {
    const flags = (args as { readonly flags?: Readonly<Record<string, string>> } | undefined)?.flags ?? {};
    const settings = { qps: Number(flags['kube-api-qps'] ?? 50), burst: Number(flags['kube-api-burst'] ?? 100), leaderElect: flags['leader-elect'] !== 'false' };
    return new SchedulerState(settings, defaultConfiguration());
  },
  receive(state, message, ctx) {
    handle(state, message, ctx);
    next(state, ctx);
  },
  clone: (state) => state.clone(),
};

function handle(state: SchedulerState, message: Message, ctx: Context): void {
  switch (message.type) {
    case 'start': return start(state, ctx);
    case 'schedule-cycle': return cycle(state, ctx);
    case 'flush-backoff': return flushBackoff(state, ctx);
    case 'flush-unschedulable': return flushUnschedulable(state, ctx);
    case 'finish-events': return finishEvents(state, ctx);
    case 'volumes-check': return onVolumesCheck(state, message, ctx);
    case 'event-retry': return sendEvent(state, message.attempt, ctx);
    case 'lease-attempt': case 'lease-timeout': return onLeadership(state, state.leader?.onTimer(message, ctx, leaseSender(state, ctx)), ctx);
    case 'scheduler-configure': return reconfigure(state, message.configuration, ctx);
    case 'api-response': case 'watch-event': case 'watch-end': case 'api-pong': case 'client-tick': case 'informer-retry':
      for (const event of state.client.receive(ctx, message)) onClientEvent(state, event, ctx);
      return;
    default: unreachable(message);
  }
}

/** The real process reads its configuration when it starts, which puts every waiting pod into the queue again. */
function reconfigure(state: SchedulerState, configuration: SchedulerConfiguration, ctx: Context): void {
  state.reconfigure(configuration);
  wake(state, { resource: '*', action: ACTION_ALL, label: 'SchedulerReconfigured' }, undefined, undefined, ctx);
}

function start(state: SchedulerState, ctx: Context): void {
  ctx.send(API_SERVER, { type: 'api-connect' });
  for (const spec of SCHEDULER_INFORMERS) state.client.watch(ctx, spec);
  if (!state.flags.leaderElect) return lead(state, ctx);
  const suffix = ctx.random.uint32().toString(16).padStart(8, '0');
  state.leader = new LeaderLoop({ namespace: 'kube-system', name: NAME, identity: `control-plane_${suffix}`, ...LEASE });
  state.leader.begin(ctx, leaseSender(state, ctx));
}

function leaseSender(state: SchedulerState, ctx: Context): (spec: RequestSpec, attempt: number) => void {
  return (spec, attempt) => state.client.request(ctx, spec, { kind: 'lease', attempt }, { ...identityOf(state.flags), qps: 0 });
}

function onLeadership(state: SchedulerState, change: 'elected' | 'lost' | undefined, ctx: Context): void {
  if (change === 'elected') lead(state, ctx);
  // The real process exits when it loses the lease; whoever runs it starts it again.
  if (change === 'lost') ctx.spawn(ctx.self, { flags: { 'kube-api-qps': String(state.flags.qps), 'kube-api-burst': String(state.flags.burst) } });
}

function lead(state: SchedulerState, ctx: Context): void {
  state.working = true;
  const unschedulable: Flush = { type: 'flush-unschedulable' };
  ctx.after(FLUSH_UNSCHEDULABLE_US, unschedulable);
  const finish: Flush = { type: 'finish-events' };
  ctx.after(SERIES_FINISH_US, finish);
}

function onClientEvent(state: SchedulerState, event: ClientEvent<Tag>, ctx: Context): void {
  switch (event.kind) {
    case 'synced': return;
    case 'change':
      onChange(state, event.change, ctx);
      return;
    case 'response': return onAnswer(state, event.tag, event.response.code, event, ctx);
  }
}

function onAnswer(state: SchedulerState, tag: Tag, code: number, { response }: Extract<ClientEvent<Tag>, { readonly kind: 'response' }>, ctx: Context): void {
  switch (tag.kind) {
    case 'bind': return onBindAnswer(state, tag.key, tag.uid, response, ctx);
    case 'preempt': return onPreemptAnswer(state, tag.victim, code, ctx);
    case 'lease': return onLeadership(state, state.leader?.onAnswer(tag.attempt, code, response.body as ApiObject, ctx, leaseSender(state, ctx)), ctx);
    case 'event': return onEventAnswer(state, tag.attempt, code, ctx);
    case 'status': case 'evict': return;
  }
}

function onEventAnswer(state: SchedulerState, attempt: EventAttempt, code: number, ctx: Context): void {
  const again = state.recorder.onAnswer(attempt, code, ctx);
  if (!again) return;
  const retry: EventRetry = { type: 'event-retry', attempt: again.attempt };
  ctx.after(again.delayUs, retry);
}

// ---- the queue's clock ----

/** Begins a cycle if a pod waits and none is under way, and sees to it that backoffs end in time. */
function next(state: SchedulerState, ctx: Context): void {
  if (!state.working || !state.client.allSynced) return;
  if (!state.cycling && state.queue.hasWaiting()) {
    state.cycling = true;
    const message: Cycle = { type: 'schedule-cycle' };
    ctx.after(POP_US, message);
  }
  const backoffUs = state.backoffTimer === 0 ? state.queue.nextBackoffUs(state.queueContext(ctx)) : undefined;
  if (backoffUs === undefined) return;
  const flush: Flush = { type: 'flush-backoff' };
  state.backoffTimer = ctx.after(Math.max(0, backoffUs - ctx.unixUs), flush);
}

function flushBackoff(state: SchedulerState, ctx: Context): void {
  state.backoffTimer = 0;
  state.queue.flushBackoff(state.queueContext(ctx));
}

function flushUnschedulable(state: SchedulerState, ctx: Context): void {
  state.queue.flushUnschedulable(state.queueContext(ctx));
  const again: Flush = { type: 'flush-unschedulable' };
  ctx.after(FLUSH_UNSCHEDULABLE_US, again);
}

function finishEvents(state: SchedulerState, ctx: Context): void {
  for (const attempt of state.recorder.finish(ctx)) sendEvent(state, attempt, ctx);
  const again: Flush = { type: 'finish-events' };
  ctx.after(SERIES_FINISH_US, again);
}

// ---- one cycle ----

function cycle(state: SchedulerState, ctx: Context): void {
  state.cycling = false;
  const item = state.queue.pop(state.queueContext(ctx));
  const framework = item && state.frameworkFor(item.pod);
  if (!item || !framework) return;
  ctx.cause = item.causedBy;
  if (item.pod.metadata.deletionTimestamp) return skipDeleted(state, item, ctx);
  const attempt = schedulePod({
    framework, handle: state.handle(ctx), pod: podInfoOf(item.pod), random: ctx.random, startNodeIndex: state.startNodeIndex,
    percentageOfNodesToScore: state.configuration.percentageOfNodesToScore, detail: ctx.detail || state.cache.nodeCount <= TABLE_NODES_MAX,
  });
  state.startNodeIndex = attempt.nextStartNodeIndex;
  ctx.explain(explanationOf(state, item, attempt));
  state.cycling = true;
  const again: Cycle = { type: 'schedule-cycle' };
  const busyUs = CYCLE_US + attempt.evaluatedNodes * NODE_US;
  ctx.cause = ctx.messageId;
  ctx.after(busyUs, again);
  if (attempt.outcome === 'scheduled' && attempt.node !== undefined) place(state, item, attempt, attempt.node, ctx);
  else refuse(state, item, attempt, ctx);
}

function skipDeleted(state: SchedulerState, item: QueuedPod, ctx: Context): void {
  recordEvent(state, { regarding: item.pod, type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: `skip schedule deleting pod: ${item.key}` }, ctx);
  state.queue.done(item.key);
}

/** The room is taken at once, before the API server knows (assume), so that the next cycle counts with it. */
function place(state: SchedulerState, item: QueuedPod, attempt: Attempt, node: string, ctx: Context): void {
  state.nominator.delete(item.key);
  state.cache.assumePod(item.pod, node);
  startBinding(state, { item, node, writes: attempt.writes, next: 0, waitsForVolumes: false }, ctx);
}

function refuse(state: SchedulerState, item: QueuedPod, attempt: Attempt, ctx: Context): void {
  const { preemption, unschedulablePlugins } = attempt;
  const nominated = preemption?.nominated;
  if (nominated) preempt(state, item.pod as Pod, nominated, ctx);
  const nominate = nominated ? nominated.node : preemption?.clearNomination ? '' : undefined;
  const reason = attempt.outcome === 'error' ? 'SchedulerError' : 'Unschedulable';
  failed(state, item, { reason, message: attempt.message ?? '', unschedulablePlugins, nominate }, ctx);
}

function explanationOf(state: SchedulerState, item: QueuedPod, attempt: Attempt): AttemptExplanation {
  const { pod, outcome, node = '', feasibleNodes, total, runnerUp } = attempt;
  return {
    about: 'attempt', attempt, attempts: item.attempts, wokenBy: item.wokenBy, backoff: item.backoff, causedBy: item.causedBy,
    summary: {
      pod, outcome, node, nodes: state.cache.nodeCount, feasible: feasibleNodes,
      ...(total !== undefined && { total }), ...(runnerUp && { second: runnerUp.node, secondTotal: runnerUp.total }),
    },
  };
}

/** The queue as the page shows it. */
export function queueFacts({ queue, leader, working }: SchedulerState): { readonly active: readonly string[]; readonly backoff: readonly string[]; readonly unschedulable: readonly string[]; readonly gated: readonly string[]; readonly leading: boolean } {
  const waiting = queue.unschedulablePods();
  return {
    active: queue.activePods().map((item) => item.key), backoff: queue.backoffPods().map((item) => item.key),
    unschedulable: waiting.filter((item) => !item.gatedBy).map((item) => item.key), gated: waiting.filter((item) => item.gatedBy).map((item) => item.key),
    leading: leader?.elector.leading ?? working,
  };
}
