import type { Pod } from '../sim/api/generated/types.ts';
import type { MessageId } from '../sim/kernel/actor.ts';
import type { AttemptExplanation, SchedulerState } from '../sim/scheduler/actor.ts';
import { NAME } from '../sim/scheduler/state.ts';
import { nextPod } from '../sim/scheduler/what-if.ts';
import type { Moment } from '../sim/scheduler/what-if.ts';
import type { LoggedInput, Session } from '../sim/session.ts';

/** An attempt of the past, and the scheduler as it was just before it. */
export interface AttemptMoment extends Moment { readonly messageId: MessageId; readonly atUs: number; readonly explanation: AttemptExplanation }

interface Kept { readonly session: Session; readonly inputs: readonly LoggedInput[]; readonly moment: AttemptMoment }
/** One is enough: a viewer asks many questions about the same attempt. */
let kept: Kept | undefined;

/** The scheduler just before it received that message; undefined if the message was no attempt. The playhead stays. */
export function attemptMoment(session: Session, messageId: MessageId): AttemptMoment | undefined {
  if (kept?.moment.messageId === messageId && kept.session === session && sameInputs(kept.inputs, session.log)) return kept.moment;
  const moment = findMoment(session, messageId);
  if (moment) kept = { session, inputs: session.log.filter((input) => input.atUs <= moment.atUs), moment };
  return moment;
}

/** A past is known by its inputs: they are immutable, so the same ones are the same objects. */
function sameInputs(past: readonly LoggedInput[], log: readonly LoggedInput[]): boolean {
  return past.every((input, i) => log[i] === input);
}

function attemptExplanation(session: Session, messageId: MessageId): AttemptExplanation | undefined {
  const entry = session.kernel.trace.get(messageId);
  return entry?.explanations.find((each): each is AttemptExplanation => each.about === 'attempt');
}

function findMoment(session: Session, messageId: MessageId): AttemptMoment | undefined {
  const { kernel } = session;
  const explanation = attemptExplanation(session, messageId);
  const entry = kernel.trace.get(messageId);
  const at = kernel.trace.positionOf(messageId);
  if (!explanation || !entry || at === 0) return undefined;
  const [position, nowUs] = [session.position, kernel.nowUs];
  session.seek(at - 1);
  const unixUs = kernel.config.epochUs + entry.deliverUs;
  const slot = kernel.checkpoint().slots.find((each) => each.id === NAME);
  const state = slot?.state as SchedulerState | undefined;
  session.seek(position);
  if (nowUs > kernel.nowUs) session.runUntil(nowUs);
  const pod: Pod | undefined = state && nextPod(state, unixUs);
  if (!slot || !state || !pod) return undefined;
  return { messageId, atUs: entry.deliverUs, explanation, state, pod, random: slot.random, unixUs };
}
