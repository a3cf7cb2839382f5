import { API_SERVER } from '../sim/apiserver/messages.ts';
import type { ApiRequest, ApiResponse, FromApiServer, StreamChunk, StreamSent, WatchEnd, WatchEvent, WatchStop } from '../sim/apiserver/messages.ts';
import type { Sent } from '../sim/node/messages.ts';
import type { Actor, Context, StartMessage } from '../sim/kernel/actor.ts';

/** An HTTP client's request, as it comes from outside. */
export interface GatewayRequest { readonly type: 'gateway-request'; readonly request: ApiRequest }
export interface GatewaySent { readonly type: 'gateway-sent'; readonly requestId: number; readonly sent: Sent }
export interface GatewayStop { readonly type: 'gateway-stop'; readonly requestId: number }
export type GatewayOutput = ApiResponse | StreamChunk | WatchEvent | WatchEnd;

/** What came back and was not fetched yet; the façade takes it out between two events of the world. */
export interface GatewayState { output: GatewayOutput[] }

/** All HTTP clients together, as one client of the API server: requests go in as inputs, answers are fetched. */
export const gatewayActor: Actor<GatewayState, GatewayRequest | GatewaySent | GatewayStop | FromApiServer | StreamChunk | StartMessage> = {
  kind: 'gateway',
  init: () => ({ output: [] }),
  receive(state, message, ctx: Context) {
    switch (message.type) {
      case 'gateway-request': ctx.send(API_SERVER, message.request); return;
      case 'gateway-sent': {
        const sent: StreamSent = { type: 'stream-sent', requestId: message.requestId, ...message.sent };
        ctx.send(API_SERVER, sent);
        return;
      }
      case 'gateway-stop': {
        const stop: WatchStop = { type: 'watch-stop', requestId: message.requestId };
        ctx.send(API_SERVER, stop);
        return;
      }
      case 'api-response': case 'stream-chunk': case 'watch-event': case 'watch-end': state.output.push(message); return;
      case 'api-pong': case 'start': return;
    }
  },
  clone: (state) => ({ output: state.output.slice() }),
};
