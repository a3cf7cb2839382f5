// One request and its answer, whatever carries them.
import type { JsonObject } from '../sim/api/generated/types.ts';
import type { Kind } from '../sim/api/kind.ts';
import { present, presentEvent } from '../sim/apiserver/http/present.ts';
import type { HttpResponse } from '../sim/apiserver/http/present.ts';
import { translate } from '../sim/apiserver/http/request.ts';
import type { HttpRequest, Presentation } from '../sim/apiserver/http/request.ts';
import type { StreamChunk } from '../sim/apiserver/messages.ts';
import type { GatewayOutput } from './gateway.ts';
import { goYaml } from '../base/go-yaml.ts';
import { isStream } from './world-server.ts';
import type { WorldServer } from './world-server.ts';
import { readYaml } from './yaml.ts';

/** Where an answer goes: either `answer` once, or parts of a stream and at last `end`. */
export interface Sink {
  answer(response: HttpResponse): void;
  /** One event of a watch, with the line break behind it, or a part of a log; '' opens the stream. */
  line(text: string, contentType: string): void;
  /** A part of the streams of a process or of a forwarded port; absent where it can only be a line. */
  chunk?(chunk: StreamChunk): void;
  /** The OpenAPI document of version 2, where the client takes only its protobuf form. */
  openApi?(document: JsonObject): void;
  /** The stream is over; a command's has its exit code. */
  end(exitCode?: number): void;
}

/** A watch or a log that goes on: its number for WorldServer.stop, and how long the client wants it. */
export interface OpenStream { readonly requestId: number; readonly timeoutSeconds: number | undefined }

/** Carries one request through; returns the stream if that is what it has begun. */
export function exchange(world: WorldServer, http: HttpRequest, sink: Sink): OpenStream | undefined {
  const translated = translate(http, readYaml);
  const { presentation, request } = translated;
  const kind = kindFor(world, presentation);
  let [isOpen, isFirst] = [true, true];
  const requestId = world.send(request, (output: GatewayOutput) => {
    switch (output.type) {
      case 'api-response':
        isOpen = false;
        if (sink.openApi && presentation.info.path === '/openapi/v2' && output.code === 200) return sink.openApi(output.body as JsonObject);
        return sink.answer(present(output, presentation, kind, nowMs(world), goYaml));
      case 'watch-end':
        if (isFirst) sink.line('', 'application/json');
        isOpen = false;
        return sink.end();
      case 'watch-event':
        if (kind) sink.line(presentEvent(output, presentation, kind, isFirst, nowMs(world)), 'application/json');
        isFirst = false;
        return;
      case 'stream-chunk':
        isOpen = !output.done;
        giveChunk(sink, output);
    }
  });
  if (!isStream(request) || !isOpen) return undefined;
  if (isFirst && request.verb === 'watch') openWatch(world, sink, () => isOpen && isFirst);
  return { requestId, timeoutSeconds: request.options.timeoutSeconds };
}

/** How long it is waited whether a watch is refused. */
const WATCH_OPENS_MS = 30;

/** A watch of which nothing has come yet is open all the same. */
function openWatch({ clock }: WorldServer, sink: Sink, isSilent: () => boolean): void {
  const open = (): void => {
    if (isSilent()) sink.line('', 'application/json');
  };
  if (clock) setTimeout(open, WATCH_OPENS_MS);
  else open();
}

/** Gives a part of a stream to whoever waits for it. */
export function giveChunk(sink: Sink, chunk: StreamChunk): void {
  if (sink.chunk) sink.chunk(chunk);
  else sink.line(chunk.text, 'text/plain');
  if (chunk.done) sink.end(chunk.exitCode);
}

function nowMs({ kernel }: WorldServer): number {
  return (kernel.config.epochUs + kernel.nowUs) / 1000;
}

function kindFor(world: WorldServer, { info }: Presentation): Kind | undefined {
  return info.isResource ? world.kindOf(info.group, info.version, info.resource) : undefined;
}
