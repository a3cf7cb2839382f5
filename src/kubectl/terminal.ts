// A kubectl outside of the page, in somebody's terminal: its requests come over the bridge of the development server and are
// requests of a client like any other. What comes back is read from the trace, so the actor remembers nothing.
import { API_SERVER } from '../sim/apiserver/messages.ts';
import type { ApiRequest, StreamSent, WatchStop } from '../sim/apiserver/messages.ts';
import type { Sent } from '../sim/node/messages.ts';
import type { Body, Context } from '../sim/kernel/actor.ts';

/** A client beside the page's own kubectl. */
export const TERMINAL = 'kubectl/terminal';

/** The number of the request is that of the message that brings it. */
export interface TerminalRequest { readonly type: 'terminal-request'; readonly request: Omit<ApiRequest, 'requestId'> }
/** The client is gone; `requestId` is the number of its request. */
export interface TerminalStop { readonly type: 'terminal-stop'; readonly requestId: number }

/** It sends something on a stream that its request has opened. */
export interface TerminalSent { readonly type: 'terminal-sent'; readonly requestId: number; readonly sent: Sent }

export function receiveInTerminal(message: Body | TerminalRequest | TerminalSent | TerminalStop, ctx: Context): void {
  if (message.type === 'terminal-request') {
    const request: ApiRequest = { ...(message as TerminalRequest).request, requestId: ctx.messageId };
    ctx.send(API_SERVER, request);
  }
  if (message.type === 'terminal-sent') {
    const { requestId, sent } = message as TerminalSent;
    const body: StreamSent = { type: 'stream-sent', requestId, ...sent };
    ctx.send(API_SERVER, body);
  }
  if (message.type === 'terminal-stop') {
    const stop: WatchStop = { type: 'watch-stop', requestId: (message as TerminalStop).requestId };
    ctx.send(API_SERVER, stop);
  }
}
