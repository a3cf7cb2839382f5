// The worker's side of the protocol. The world lives only here.
import { WorldHost } from './host.ts';
import { holdWhileAlive } from './life.ts';
import { buffersOf } from './marks.ts';
import type { Command, CommandEnvelope, FromPage, LifeSign, Reply, ReplyEnvelope, SavedSession, WorldConfig } from './protocol.ts';

let host: WorldHost | undefined;
/** A world that has come up and was not opened yet, and its WorldConfig in JSON. */
let prepared: { readonly config: string; readonly host: WorldHost } | undefined;

function prepare(config: WorldConfig): void {
  try {
    prepared = { config: JSON.stringify(config), host: new WorldHost(config) };
  } catch {
    // Whoever opens that world is told what is wrong with it.
    prepared = undefined;
  }
}

function open(config: WorldConfig, session: SavedSession | undefined): WorldHost {
  const opened = prepared?.config === JSON.stringify(config) ? prepared.host : new WorldHost(config);
  prepared = undefined;
  if (session) opened.restore(session);
  return opened;
}

function reply(command: Command): Reply {
  if (command.type === 'open') {
    host = open(command.config, command.session);
    return host.jumped();
  }
  return host ? host.handle(command) : { type: 'failure', what: 'notOpen', detail: command.type };
}

function handle({ id, command }: CommandEnvelope): void {
  let answer: Reply;
  try {
    answer = reply(command);
  } catch (error) {
    answer = { type: 'failure', what: 'crashed', detail: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error) };
  }
  const envelope: ReplyEnvelope = { id, reply: answer };
  self.postMessage(envelope, { transfer: answer.type === 'update' ? [...buffersOf(answer.marks)] : [] });
}

const holding = holdWhileAlive(self.name);
let alive: Promise<void> | undefined;

/** The first word, once somebody listens: before the first command, which may take long, the page knows how to tell whether this worker lives. */
function sayAlive(): Promise<void> {
  const sign: LifeSign = { type: 'alive', lock: self.name };
  alive ??= holding.then((held) => { if (held) self.postMessage(sign); });
  return alive;
}

/** Schemas with all their words are large: they are loaded for the first client that asks, and in development only. */
async function schemasFor(command: Command): Promise<void> {
  if (!import.meta.env.DEV || command.type !== 'request' || !command.http.url.startsWith('/openapi/')) return;
  const { openApi } = await import('../sim/apiserver/openapi/index.ts');
  host?.useSchemas(openApi);
}

self.addEventListener('message', ({ data }: MessageEvent<FromPage>) => {
  if ('type' in data) prepare(data.config);
  else void sayAlive().then(() => schemasFor(data.command)).then(() => handle(data));
});
