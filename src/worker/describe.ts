import type { ApiRequest, ApiResponse, WatchEvent } from '../sim/apiserver/messages.ts';
import { kindOf } from '../sim/kernel/actor.ts';
import type { Body, MessageId } from '../sim/kernel/actor.ts';
import type { Kernel } from '../sim/kernel/kernel.ts';
import type { TraceEntry } from '../sim/kernel/trace.ts';
import type { EtcdTxn, EtcdRange, EtcdWatchEvent, Operation } from '../sim/etcd/messages.ts';
import type { TerminalRequest } from '../kubectl/terminal.ts';
import type { MessageKind } from './protocol.ts';

/** How one message is told: which kind of line, what its capsule says, and whether it is everyday background. */
export interface MessageInfo {
  readonly kind: MessageKind;
  readonly label: string;
  /** Heartbeats, events, health checks, probes, cache filling: hidden unless asked for. */
  readonly background: boolean;
  readonly response: boolean;
  readonly refused: boolean;
}

const HTTP_VERB: Readonly<Record<string, string>> = {
  get: 'GET', list: 'LIST', watch: 'WATCH', create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE', deletecollection: 'DELETE',
};
/** Resources whose traffic never stops: leases are heartbeats, events are notes about what is shown anyway. */
const QUIET_RESOURCES = new Set(['leases', 'events']);
const QUIET_NODE_CALLS = new Set(['cri-status', 'cri-list', 'cri-update-runtime-config', 'cri-exec-sync', 'connect', 'cni-config', 'csi-node-get-info']);
const RESPONSE = '-response';

const info = (kind: MessageKind, label: string, background: boolean, response = false, refused = false): MessageInfo => ({ kind, label, background, response, refused });

/** Describes a message between two actors; timers (from = to) have no description. */
export function describe(kernel: Kernel, entry: TraceEntry): MessageInfo {
  const body = entry.body;
  switch (body.type) {
    case 'api-request': return ofRequest(body as ApiRequest, kernel.actorId(entry.from));
    case 'api-response': return ofResponse(kernel, entry, body as ApiResponse);
    case 'watch-event': return ofWatchEvent(body as WatchEvent);
    case 'etcd-txn': return ofOperations((body as EtcdTxn).success);
    case 'etcd-range': return info('read', `range ${resourceOf((body as EtcdRange).key)}`, true);
    case 'etcd-response': return ofEtcdResponse(kernel, entry);
    case 'etcd-watch-event': return ofEtcdWatchEvent(body as EtcdWatchEvent);
    default: return ofOther(body);
  }
}

/** The message that a response answers: the nearest cause of that type. */
export function requestBehind(kernel: Kernel, entry: TraceEntry, type: string): TraceEntry | undefined {
  let cause = kernel.trace.get(entry.cause);
  for (let hops = 0; cause && hops < 8; hops++) {
    if (cause.body.type === type) return cause;
    cause = kernel.trace.get(cause.cause);
  }
  return undefined;
}

/** `/registry/pods/default/web` → `pods`; the resource comes after the group where the key has one: `/registry/example.org/widgets/default/a`. */
export function resourceOf(key: string): string {
  const [, , first, second] = key.split('/');
  return (first?.includes('.') ? second : first) ?? key;
}

function ofRequest(request: ApiRequest, sender: string): MessageInfo {
  const write = request.verb !== 'get' && request.verb !== 'list' && request.verb !== 'watch';
  return info(write ? 'write' : 'read', requestLabel(request), isQuiet(request, sender));
}

function requestLabel({ verb, resource, subresource, name }: Pick<ApiRequest, 'verb' | 'resource' | 'subresource' | 'name'>): string {
  return `${HTTP_VERB[verb] ?? verb} ${subresource ? `${resource}/${subresource}` : resource || name}`;
}

/** What an input's mark says: a terminal's request by what it asks, the others by their type. */
export function inputLabel(body: Body): string {
  return body.type === 'terminal-request' ? requestLabel((body as TerminalRequest).request) : body.type;
}

function isQuiet(request: ApiRequest, sender: string): boolean {
  if (QUIET_RESOURCES.has(request.resource)) return true;
  if (request.resource === '') return true;
  if (kindOf(sender) !== 'kubectl' && (request.verb === 'list' || request.verb === 'watch' || request.verb === 'get')) return true;
  return kindOf(sender) === 'kubelet' && request.resource === 'nodes' && isHeartbeat(request.body);
}

/** A node status patch that moves nothing but heartbeat times. */
function isHeartbeat(body: unknown): boolean {
  const status = (body as { readonly status?: { readonly conditions?: readonly Readonly<Record<string, unknown>>[] } } | undefined)?.status;
  return (status?.conditions ?? []).every((condition) => !('lastTransitionTime' in condition) && !('status' in condition));
}

function ofResponse(kernel: Kernel, entry: TraceEntry, response: ApiResponse): MessageInfo {
  const request = requestBehind(kernel, entry, 'api-request');
  const about = request && ofRequest(request.body as ApiRequest, kernel.actorId(request.from));
  // That there is no such object is an answer to a question, not a refusal.
  const missing = response.code === 404 && (request?.body as ApiRequest | undefined)?.verb === 'get';
  const refused = (response.code >= 400 && !missing) || response.code === 0;
  return info(about?.kind ?? 'read', `${response.code}`, about?.background ?? true, true, refused);
}

function ofWatchEvent(event: WatchEvent): MessageInfo {
  return info('watch', `${event.event} ${event.resource}`, event.event === 'BOOKMARK' || QUIET_RESOURCES.has(event.resource));
}

function ofOperations(operations: readonly Operation[]): MessageInfo {
  const operation = operations.find((each) => each.op !== 'range') ?? operations[0];
  const resource = resourceOf(operation?.key ?? '');
  return info('write', `${operation?.op ?? 'txn'} ${resource}`, QUIET_RESOURCES.has(resource) || operation?.op === 'range');
}

function ofEtcdResponse(kernel: Kernel, entry: TraceEntry): MessageInfo {
  const cause = kernel.trace.get(entry.cause);
  const txn = cause?.body.type === 'etcd-txn' ? cause : requestBehind(kernel, entry, 'etcd-txn');
  const about = txn && ofOperations((txn.body as EtcdTxn).success);
  const body = entry.body as unknown as { readonly succeeded: boolean; readonly revision: number; readonly error?: string };
  return info(about ? 'write' : 'read', `rev ${body.revision}`, about?.background ?? true, true, body.error !== undefined || (about !== undefined && !body.succeeded));
}

function ofEtcdWatchEvent(event: EtcdWatchEvent): MessageInfo {
  const first = event.events[0];
  const resource = resourceOf(first?.kv.key ?? '');
  return info('watch', `${first?.type ?? 'event'} ${resource}`, first === undefined || QUIET_RESOURCES.has(resource));
}

/** CRI, CNI and CSI calls by the names of their methods: `cri-run-pod-sandbox` → `RunPodSandbox`. */
function ofOther(body: Body): MessageInfo {
  const response = body.type.endsWith(RESPONSE);
  const call = response ? body.type.slice(0, -RESPONSE.length) : body.type;
  const [protocol = '', ...words] = call.split('-');
  const onNode = protocol === 'cri' || protocol === 'cni' || protocol === 'csi' || call === 'connect';
  const refused = 'error' in body && body.error !== undefined;
  const background = !onNode || QUIET_NODE_CALLS.has(call);
  return info(onNode ? 'node' : 'read', methodName(protocol, words, call), background, response, refused);
}

function methodName(protocol: string, words: readonly string[], call: string): string {
  if (protocol === 'cni') return words.join(' ').toUpperCase();
  return protocol === 'cri' || protocol === 'csi' ? words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('') : call;
}

/** Two deliveries belong to one beat when they are one fan-out: same cause, same kind of message, same instant. */
export function sameBeat(kernel: Kernel, first: MessageId, second: MessageId): boolean {
  const [a, b] = [kernel.trace.get(first), kernel.trace.get(second)];
  return a !== undefined && b !== undefined && a.cause === b.cause && a.deliverUs === b.deliverUs && a.body.type === b.body.type;
}
