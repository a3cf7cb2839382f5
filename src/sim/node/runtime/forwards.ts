// Ports of a pod, forwarded to somebody outside: each connection speaks to whatever listens in one of the pod's containers.
import type { Context } from '../../kernel/actor.ts';
import { headerOf, keepsOpen, readHttp, writeHttp } from '../http-text.ts';
import type { HttpAsked } from '../http-text.ts';
import { resolveImage } from '../images.ts';
import { netnsPath } from '../linux.ts';
import type { PortForwardRequest, StreamInput } from '../messages.ts';
import { answerHttp, serverName, speaksHttp } from '../server-programs.ts';
import { noteAccess } from './logs.ts';
import { atPort, servedFrom } from './served.ts';
import type { ContainerRecord, ForwardStream, RuntimeState } from './state.ts';
import { sendPart } from './stream-parts.ts';

const CONNECT_US = 800;

export function portForward(state: RuntimeState, { requestId, sandboxId }: PortForwardRequest, ctx: Context): void {
  if (state.sandboxes.get(sandboxId)?.state !== 'SANDBOX_READY') return sendPart(state, requestId, { status: 500, text: `sandbox container "${sandboxId}" is not running`, done: true }, ctx);
  state.streams.set(requestId, { kind: 'forward', sandboxId, connections: new Map() });
  sendPart(state, requestId, {}, ctx, CONNECT_US);
}

/** The container of the pod in which something listens at a port: they share their network. */
function listenerOf(state: RuntimeState, sandboxId: string, port: number, unixUs: number): ContainerRecord | undefined {
  for (const record of state.containers.values()) if (record.container.sandboxId === sandboxId && atPort(record, unixUs, 'tcpSocket', port, '').outcome === 'answered') return record;
  return undefined;
}

/** More bytes of a connection, which may be new. */
export function onForwarded(state: RuntimeState, requestId: number, stream: ForwardStream, { connection, port, text, end }: StreamInput, ctx: Context): void {
  const record = listenerOf(state, stream.sandboxId, port, ctx.unixUs);
  if (!record) return close(state, requestId, stream, connection, refusal(stream.sandboxId, port), ctx);
  const read = readHttp((stream.connections.get(connection) ?? '') + text);
  const found = resolveImage(record.config.image);
  if ('code' in found) return;
  if (!speaksHttp(found.image, port) || !read.isHttp) {
    return text === '' ? undefined : close(state, requestId, stream, connection, `Wheelhouse simulates servers of HTTP alone: what ${record.config.image} answers at port ${port} is not known`, ctx);
  }
  let open = !end;
  for (const asked of read.requests) {
    sendPart(state, requestId, { connection, text: answerTo(state, record, port, asked, ctx) }, ctx, CONNECT_US);
    open &&= keepsOpen(asked);
  }
  if (!open) return close(state, requestId, stream, connection, '', ctx);
  state.streams.set(requestId, { ...stream, connections: new Map(stream.connections).set(connection, read.rest) });
}

function answerTo(state: RuntimeState, record: ContainerRecord, port: number, asked: HttpAsked, ctx: Context): string {
  const found = resolveImage(record.config.image);
  const at = atPort(record, ctx.unixUs, 'httpGet', port, asked.path);
  if ('code' in found || at.outcome === 'refused') return '';
  const answer = answerHttp(at.statusCode, asked, servedFrom(state, record, found.image, ctx.unixUs));
  noteAccess(state, record, { unixUs: ctx.unixUs, client: '127.0.0.1', request: `${asked.method} ${asked.path} ${asked.version}`, status: answer.status, agent: headerOf(asked, 'user-agent') || '-' }, ctx);
  return writeHttp(answer, asked, serverName(found.image, record.config), ctx.unixUs);
}

/** `why` is not '' when there is no connection. */
function close(state: RuntimeState, requestId: number, stream: ForwardStream, connection: number, why: string, ctx: Context): void {
  const connections = new Map(stream.connections);
  connections.delete(connection);
  state.streams.set(requestId, { ...stream, connections });
  sendPart(state, requestId, { connection, text: why, to: why === '' ? 'out' : 'err', closes: true }, ctx, CONNECT_US);
}

/** containerd's words, in the kubelet's. */
function refusal(sandboxId: string, port: number): string {
  const tried = `IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6 [::1]:${port}: connect: connection refused`;
  return `error forwarding port ${port} to pod ${sandboxId}, uid : failed to execute portforward in network namespace "${netnsPath(sandboxId)}": failed to connect to localhost:${port} inside namespace "${sandboxId}", ${tried} `;
}
