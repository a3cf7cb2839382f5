// What streams send, and what they share.
import type { Context } from '../../kernel/actor.ts';
import type { Part, StreamPart } from '../messages.ts';
import type { PrintedPart } from '../shell.ts';
import { onScreen } from '../terminal-line.ts';
import { answer } from './state.ts';
import type { ContainerRecord, RuntimeState, RuntimeStream, StreamDue } from './state.ts';

const READ_US = 400;

export function sendPart(state: RuntimeState, requestId: number, part: Partial<Part>, ctx: Context, processingUs = READ_US): void {
  const message: StreamPart = { type: 'stream-part', requestId, status: 200, text: '', to: 'out', connection: 0, closes: false, done: false, exitCode: 0, ...part };
  answer(state, ctx, message, processingUs);
}

/** What a process has printed, in runs of the same stream; a terminal has one for both. */
export function sendPrinted(state: RuntimeState, requestId: number, parts: readonly PrintedPart[], tty: boolean, ctx: Context): void {
  for (let i = 0; i < parts.length; ) {
    const to = tty ? 'out' : parts[i]?.to ?? 'out';
    let text = '';
    for (; i < parts.length && (tty || parts[i]?.to === to); i++) text += parts[i]?.text ?? '';
    sendPart(state, requestId, { text: tty ? onScreen(text) : text, to }, ctx, 0);
  }
}

/** How long the container's process has run, in microseconds. */
export function runSinceUs({ container }: ContainerRecord, ctx: Context): number {
  const until = container.state === 'CONTAINER_RUNNING' ? ctx.unixUs : container.finishedUnixUs;
  return Math.max(0, until - container.startedUnixUs);
}

/** Keeps a stream, to be looked at again at `dueUs` after now (Infinity: when something happens to it). */
export function keep(state: RuntimeState, requestId: number, stream: Exclude<RuntimeStream, { readonly kind: 'forward' }>, dueUs: number, ctx: Context): void {
  const before = state.streams.get(requestId);
  if (before && before.kind !== 'forward' && before.timer !== 0) ctx.cancel(before.timer);
  const due: StreamDue = { type: 'stream-due', requestId };
  state.streams.set(requestId, { ...stream, timer: dueUs === Infinity ? 0 : ctx.after(dueUs, due) });
}
