// Subresources of pods that the node's kubelet answers: log, exec, attach and portforward (models LogLocation, ExecLocation,
// AttachLocation, PortForwardLocation and the streaming proxy).
import type { JsonObject, Pod } from '../../api/generated/types.ts';
import type { ActorId, Context } from '../../kernel/actor.ts';
import { kubeletId } from '../../node/messages.ts';
import type { KubeletInput, KubeletServerRequest, KubeletStream, LogOptions } from '../../node/messages.ts';
import { resourceOf, resumed, subjectOf } from '../call.ts';
import type { Call } from '../call.ts';
import type { StreamChunk, StreamSent } from '../messages.ts';
import { keyIn } from '../scheme.ts';
import { cacheOf, finish, guard } from '../server.ts';
import type { Server } from '../server.ts';
import { Refusal, badRequest, failure, internalError, notFound } from '../status.ts';
import type { Status } from '../status.ts';

/** What a kubelet is asked, and for whom. */
export interface PodStream {
  readonly call: Call;
  readonly node: string;
  readonly path: string;
  readonly started: boolean;
  /** What has come of an answer that is given as a whole. */
  readonly text: string;
}

export interface KubeletTimeout { readonly type: 'kubelet-timeout'; readonly id: number }

const ASK_US = 300;
const ANSWER_US = 100;
/** How long a connection to a machine is tried that does not answer. */
const DIAL_TIMEOUT_US = 30_000_000;
const KUBELET_PORT = 10_250;

export function isPodStream(subresource: string): boolean {
  return subresource === 'log' || subresource === 'exec' || subresource === 'attach' || subresource === 'portforward';
}

/** GET pods/log; GET or POST pods/exec, pods/attach, pods/portforward. Throws Refusal. */
export function podStream(server: Server, call: Call, ctx: Context): void {
  const { namespace, name, subresource, options } = call.request;
  const resource = resourceOf(call);
  const pod = cacheOf(server, resource).getByKey(keyIn(resource, namespace, name)) as Pod | undefined;
  if (!pod) throw new Refusal(notFound(subjectOf(call), name));
  const container = subresource === 'portforward' ? '' : containerOf(pod, options.container ?? '');
  const node = pod.spec?.nodeName ?? '';
  if (subresource === 'exec') checkCommand(options.command ?? []);
  if (node === '') {
    if (subresource !== 'log') throw new Refusal(badRequest(`pod ${name} does not have a host assigned`));
    return finish(server, call, 200, { plainText: '' } as JsonObject, ANSWER_US, ctx);
  }
  const id = server.nextId++;
  const path = `/${KUBELET_PATHS[subresource]}/${namespace}/${name}${container === '' ? '' : `/${container}`}`;
  if (!ctx.exists(kubeletId(node))) throw new Refusal(unreachable(server, node, path, 'connect: connection refused'));
  server.streams.set(id, { call, node, path, started: false, text: '' });
  ctx.send(kubeletId(node), questionOf(call, id, container), ASK_US);
  const timeout: KubeletTimeout = { type: 'kubelet-timeout', id };
  ctx.after(DIAL_TIMEOUT_US, timeout);
}

const KUBELET_PATHS: Readonly<Record<string, string | undefined>> = { log: 'containerLogs', exec: 'exec', attach: 'attach', portforward: 'portForward' };
const WHOLE_LOG: LogOptions = { follow: false, previous: false, timestamps: false, tailLines: undefined, sinceSeconds: 0, sinceUnixUs: 0, limitBytes: undefined };
const NO_STREAMS = { stdin: false, tty: false };

function questionOf({ request: { namespace, name: pod, subresource, options } }: Call, requestId: number, container: string): KubeletServerRequest {
  const where = { requestId, namespace, pod, container };
  switch (subresource) {
    case 'exec': return { type: 'kubelet-exec', ...where, ...(options.streams ?? NO_STREAMS), command: options.command ?? [] };
    case 'attach': return { type: 'kubelet-attach', ...where, ...(options.streams ?? NO_STREAMS) };
    case 'portforward': return { type: 'kubelet-port-forward', requestId, namespace, pod };
    default: return { type: 'kubelet-logs', ...where, options: options.log ?? WHOLE_LOG };
  }
}

/** A client sends something on what it has open. */
export function onStreamSent(server: Server, { requestId, connection, port, text, end }: StreamSent, client: ActorId, ctx: Context): void {
  for (const [id, { call, node }] of server.streams) {
    if (call.client !== client || call.request.requestId !== requestId) continue;
    const message: KubeletInput = { type: 'kubelet-input', requestId: id, connection, port, text, end };
    ctx.send(kubeletId(node), message);
  }
}

function checkCommand(command: readonly string[]): void {
  if (command.length === 0) throw new Refusal(badRequest('you must specify at least 1 command for the container'));
}

/** The container that is meant. Throws Refusal (400). */
function containerOf({ metadata, spec }: Pod, wanted: string): string {
  const name = metadata.name ?? '';
  const main = (spec?.containers ?? []).map((container) => container.name);
  const init = (spec?.initContainers ?? []).map((container) => container.name);
  const ephemeral = (spec?.ephemeralContainers ?? []).map((container) => container.name);
  if (wanted !== '') {
    if (![...main, ...init, ...ephemeral].includes(wanted)) throw new Refusal(badRequest(`container ${wanted} is not valid for pod ${name}`));
    return wanted;
  }
  const [only, ...others] = main;
  if (only !== undefined && others.length === 0) return only;
  const choice = main.length === 0 ? '' : `, choose one of: [${main.join(' ')}]`;
  throw new Refusal(badRequest(`a container name must be specified for pod ${name}${choice}${main.length > 0 && init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : ''}`));
}

function unreachable(server: Server, node: string, path: string, why: string): Status {
  const nodes = server.scheme.find('', 'v1', 'nodes');
  const object = nodes && cacheOf(server, nodes).getByKey(keyIn(nodes, '', node)) as { readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] } } | undefined;
  const address = `${object?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? node}:${KUBELET_PORT}`;
  return internalError(`Get "https://${address}${path}": dial tcp ${address}: ${why}`);
}

/** A part of what a kubelet has to say. */
export function onKubeletStream(server: Server, part: KubeletStream, ctx: Context): void {
  const stream = server.streams.get(part.requestId);
  if (!stream) return;
  if (part.done) server.streams.delete(part.requestId);
  const call = resumed(stream.call);
  if (part.status !== 200) return guard(server, call, ctx, () => { throw new Refusal(refusalOf(part)); });
  const isWhole = call.request.subresource === 'log' && !(call.request.options.log?.follow ?? false);
  if (isWhole && part.done) return finish(server, call, 200, { plainText: stream.text + part.text } as JsonObject, ANSWER_US, ctx);
  if (!part.done) server.streams.set(part.requestId, { ...stream, started: true, text: isWhole ? stream.text + part.text : '' });
  if (isWhole) return;
  const { text, to, connection, closes, done, exitCode } = part;
  const chunk: StreamChunk = { type: 'stream-chunk', requestId: call.request.requestId, text, to, connection, closes, done, exitCode };
  ctx.send(call.client, chunk, ANSWER_US);
}

/** The kubelet answers in plain text; the API server makes a Status of it. */
function refusalOf({ status, text }: KubeletStream): Status {
  switch (status) {
    case 400: return badRequest(text);
    case 404: return failure(404, 'NotFound', text, {});
    default: return internalError(text);
  }
}

export function onKubeletTimeout(server: Server, { id }: KubeletTimeout, ctx: Context): void {
  const stream = server.streams.get(id);
  if (!stream || stream.started) return;
  server.streams.delete(id);
  const call = resumed(stream.call);
  guard(server, call, ctx, () => { throw new Refusal(unreachable(server, stream.node, stream.path, 'i/o timeout')); });
}

/** The client is gone: the kubelet need not go on. `requestId` undefined: all that the client had open. */
export function closeStreams(server: Server, client: ActorId, requestId: number | undefined, ctx: Context): void {
  for (const [id, { call, node }] of server.streams) {
    if (call.client !== client || (requestId !== undefined && call.request.requestId !== requestId)) continue;
    server.streams.delete(id);
    const stop: KubeletServerRequest = { type: 'kubelet-stop', requestId: id };
    ctx.send(kubeletId(node), stop);
  }
}
