// The worker's side of the protocol. The world lives only here.
import { WorldHost } from './host.ts';
import { buffersOf } from './marks.ts';
import type { Command, CommandEnvelope, Reply, ReplyEnvelope } from './protocol.ts';

let host: WorldHost | undefined;

function reply(command: Command): Reply {
  if (command.type === 'open') {
    host = new WorldHost(command.config, command.session);
    return host.jumped();
  }
  return host ? host.handle(command) : { type: 'failure', what: 'notOpen', detail: command.type };
}

self.addEventListener('message', (event: MessageEvent<CommandEnvelope>) => {
  const { id, command } = event.data;
  let answer: Reply;
  try {
    answer = reply(command);
  } catch (error) {
    answer = { type: 'failure', what: 'crashed', detail: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error) };
  }
  const envelope: ReplyEnvelope = { id, reply: answer };
  self.postMessage(envelope, { transfer: answer.type === 'update' ? [...buffersOf(answer.marks)] : [] });
});
