// The worker's side of the protocol. The world lives only here.
import { WorldHost } from './host.ts';
import { holdWhileAlive } from './life.ts';
import { buffersOf } from './marks.ts';
import type { Command, CommandEnvelope, LifeSign, Reply, ReplyEnvelope } from './protocol.ts';

let host: WorldHost | undefined;

function reply(command: Command): Reply {
  if (command.type === 'open') {
    host = new WorldHost(command.config, command.session);
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

const alive = holdWhileAlive(self.name).then((held) => {
  const sign: LifeSign = { type: 'alive', lock: self.name };
  if (held) self.postMessage(sign);
});

/** Schemas with all their words are large: they are loaded for the first client that asks, and in development only. */
async function schemasFor(command: Command): Promise<void> {
  if (!import.meta.env.DEV || command.type !== 'request' || !command.http.url.startsWith('/openapi/')) return;
  const { openApi } = await import('../sim/apiserver/openapi/index.ts');
  host?.useSchemas(openApi);
}

// Before the first command, which may take long, the page knows how to tell whether this worker lives.
self.addEventListener('message', (event: MessageEvent<CommandEnvelope>) => void alive.then(() => schemasFor(event.data.command)).then(() => handle(event.data)));
