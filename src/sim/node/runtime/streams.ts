// What clients have open into the containers of a machine: what is sent on it, what comes back, and its end.
import { unreachable } from '../../../base/assert.ts';
import type { Context } from '../../kernel/actor.ts';
import type { StreamInput } from '../messages.ts';
import { continueAttach, continueCommand, leaveProcess, typeIntoCommand, typeIntoProcess } from './commands.ts';
import { onForwarded } from './forwards.ts';
import { followLog } from './logs.ts';
import type { RuntimeState } from './state.ts';
import { sendPart } from './stream-parts.ts';

const EXIT_CODE_SIGKILL = 137;

/** Something more of a stream is due. */
export function onStreamDue(state: RuntimeState, requestId: number, ctx: Context): void {
  const stream = state.streams.get(requestId);
  switch (stream?.kind) {
    case 'log': return followLog(state, requestId, stream, ctx);
    case 'command': return continueCommand(state, requestId, stream, ctx);
    case 'attach': return continueAttach(state, requestId, stream, ctx);
    case 'forward': case undefined: return;
    default: unreachable(stream);
  }
}

export function onInput(state: RuntimeState, message: StreamInput, ctx: Context): void {
  const { requestId } = message;
  const stream = state.streams.get(requestId);
  switch (stream?.kind) {
    case 'command': return typeIntoCommand(state, requestId, stream, message, ctx);
    case 'attach': return typeIntoProcess(state, requestId, stream, message, ctx);
    case 'forward': return onForwarded(state, requestId, stream, message, ctx);
    case 'log': case undefined: return;
    default: unreachable(stream);
  }
}

/** Nobody listens any more. */
export function endStream(state: RuntimeState, requestId: number, ctx: Context): void {
  const stream = state.streams.get(requestId);
  if (!stream) return;
  if (stream.kind !== 'forward' && stream.timer !== 0) ctx.cancel(stream.timer);
  state.streams.delete(requestId);
  if (stream.kind === 'attach') leaveProcess(state, stream, ctx);
}

/** The container's process has ended: so have its commands, and its log has its last line. */
export function endStreamsOf(state: RuntimeState, containerId: string, ctx: Context): void {
  for (const [requestId, stream] of state.streams) {
    if (stream.kind === 'forward' || stream.containerId !== containerId) continue;
    if (stream.kind === 'log') followLog(state, requestId, stream, ctx);
    else {
      if (stream.kind === 'attach') continueAttach(state, requestId, stream, ctx);
      sendPart(state, requestId, { done: true, exitCode: stream.kind === 'attach' ? 0 : EXIT_CODE_SIGKILL }, ctx);
    }
    endStream(state, requestId, ctx);
  }
}
