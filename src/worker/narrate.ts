import type { ApiObject } from '../sim/api/meta.ts';
import type { ApiRequest, ApiResponse, WatchEvent } from '../sim/apiserver/messages.ts';
import type { EtcdRange, EtcdTxn, EtcdWatchEvent } from '../sim/etcd/messages.ts';
import { instanceOf, kindOf } from '../sim/kernel/actor.ts';
import type { Explanation } from '../sim/kernel/actor.ts';
import type { Kernel } from '../sim/kernel/kernel.ts';
import type { TraceEntry } from '../sim/kernel/trace.ts';
import { describe, requestBehind } from './describe.ts';
import type { Narration } from './protocol.ts';

type Params = Record<string, string | number>;

/** The sentence for one message, in codes: what happens, to what, by whom. The page words it in the reader's language. */
export function narrate(kernel: Kernel, entry: TraceEntry): Narration {
  const [code, params] = tell(kernel, entry);
  return { messageId: entry.id, code, params };
}

function tell(kernel: Kernel, entry: TraceEntry): readonly [string, Params] {
  const [from, to] = [kernel.actorId(entry.from), kernel.actorId(entry.to)];
  const base: Params = { from, to, fromKind: kindOf(from), toKind: kindOf(to), node: instanceOf(to) || instanceOf(from) };
  switch (entry.body.type) {
    case 'api-request': return ofRequest(kernel, entry, entry.body as ApiRequest, base);
    case 'api-response': return ofResponse(kernel, entry, entry.body as ApiResponse, base);
    case 'watch-event': return ofWatchEvent(entry.body as WatchEvent, base);
    case 'etcd-range': return ['etcdRange', { ...base, key: (entry.body as unknown as EtcdRange).key }];
    case 'etcd-txn': return ofTxn(entry.body as EtcdTxn, base);
    case 'etcd-response': return [answersRead(kernel, entry) ? 'etcdRead' : 'etcdCommitted', { ...base, revision: (entry.body as unknown as { readonly revision: number }).revision }];
    case 'etcd-watch-event': return ofEtcdEvent(entry.body as EtcdWatchEvent, base);
    default: return ofNodeCall(kernel, entry, base);
  }
}

const nameOf = (request: ApiRequest): string => request.name || ((request.body as ApiObject | undefined)?.metadata?.name ?? (request.body as ApiObject | undefined)?.metadata?.generateName ?? '');

function ofRequest(kernel: Kernel, entry: TraceEntry, request: ApiRequest, base: Params): readonly [string, Params] {
  const params: Params = { ...base, verb: request.verb, resource: request.resource, subresource: request.subresource, namespace: request.namespace, name: nameOf(request), user: request.credentials.user };
  if (request.subresource === 'binding') return ofBinding(kernel, entry, request, params);
  if (request.subresource === 'status' && base['fromKind'] === 'kubelet') return ['kubeletReports', { ...params, phase: phaseIn(request.body) }];
  if (request.subresource === 'status') return ['updateStatus', { ...params, controller: controllerOf(request) }];
  const controller = controllerOf(request);
  if (controller) return [`controller_${request.verb}`, { ...params, controller, owner: ownerOf(request.body) }];
  return [`request_${request.verb}`, params];
}

/** Binding: the winner and the runner-up stand in the scheduler's explanation of the attempt. */
function ofBinding(kernel: Kernel, entry: TraceEntry, request: ApiRequest, params: Params): readonly [string, Params] {
  const node = (request.body as { readonly target?: { readonly name?: string } }).target?.name ?? '';
  const attempt = kernel.trace.get(entry.during)?.explanations.find((each) => each.about === 'attempt') as (Explanation & Readonly<Record<string, unknown>>) | undefined;
  const bound = { ...params, node };
  const { total, second, secondTotal, feasible } = (attempt?.['summary'] ?? {}) as Readonly<Record<string, string | number | undefined>>;
  if (total === undefined) return ['bind', bound];
  if (second === undefined || second === '') return ['bindOnly', { ...bound, feasible: feasible ?? 1 }];
  return ['bindScored', { ...bound, total, second, secondTotal: secondTotal ?? 0 }];
}

function controllerOf(request: ApiRequest): string {
  const match = /^system:serviceaccount:kube-system:(.+)$/.exec(request.credentials.user);
  return match?.[1] ?? '';
}

function ownerOf(body: unknown): string {
  const owner = (body as ApiObject | undefined)?.metadata?.ownerReferences?.find((each) => each.controller);
  return owner ? `${owner.kind}/${owner.name}` : '';
}

function phaseIn(body: unknown): string {
  const status = (body as { readonly status?: { readonly phase?: string; readonly conditions?: readonly { readonly type: string; readonly status?: string }[] } } | undefined)?.status;
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  return ready === 'True' ? 'Ready' : status?.phase ?? '';
}

function ofResponse(kernel: Kernel, entry: TraceEntry, response: ApiResponse, base: Params): readonly [string, Params] {
  const request = requestBehind(kernel, entry, 'api-request')?.body as ApiRequest | undefined;
  const body = response.body as { readonly reason?: string; readonly message?: string; readonly metadata?: { readonly resourceVersion?: string; readonly name?: string } };
  const params: Params = { ...base, code: response.code, verb: request?.verb ?? '', resource: request?.resource ?? '', name: body.metadata?.name ?? (request ? nameOf(request) : '') };
  if (response.code === 404 && request?.verb === 'get') return ['notFound', { ...params, name: nameOf(request) }];
  if (response.code >= 400) return ['refused', { ...params, reason: body.reason ?? '', message: body.message ?? '' }];
  return ['answered', { ...params, revision: body.metadata?.resourceVersion ?? '' }];
}

function ofWatchEvent(event: WatchEvent, base: Params): readonly [string, Params] {
  return [`watch_${event.event}`, { ...base, resource: event.resource, kind: event.object.kind, name: event.object.metadata.name ?? '' }];
}

const onlyReads = (txn: EtcdTxn): boolean => txn.success.every((each) => each.op === 'range');

/** Whether what etcd answers was only read. */
function answersRead(kernel: Kernel, entry: TraceEntry): boolean {
  const body = kernel.trace.get(entry.cause)?.body;
  return body?.type === 'etcd-range' || (body?.type === 'etcd-txn' && onlyReads(body as EtcdTxn));
}

function ofTxn(txn: EtcdTxn, base: Params): readonly [string, Params] {
  const operation = txn.success.find((each) => each.op !== 'range') ?? txn.success[0];
  return [onlyReads(txn) ? 'etcdRange' : operation?.op === 'delete' ? 'etcdDelete' : 'etcdPut', { ...base, key: operation?.key ?? '' }];
}

function ofEtcdEvent(event: EtcdWatchEvent, base: Params): readonly [string, Params] {
  const first = event.events[0];
  return [first?.type === 'DELETE' ? 'etcdTellsDelete' : 'etcdTellsPut', { ...base, key: first?.kv.key ?? '', revision: event.revision }];
}

/** CRI, CNI and CSI: the call's own parameters, and for an answer those of the call. */
function ofNodeCall(kernel: Kernel, entry: TraceEntry, base: Params): readonly [string, Params] {
  const { type } = entry.body;
  const response = type.endsWith('-response');
  const call = response ? type.slice(0, -'-response'.length) : type;
  const request = response ? requestBehind(kernel, entry, call)?.body ?? entry.body : entry.body;
  const params: Params = { ...base, label: describe(kernel, entry).label, ...flat(request) };
  const error = (entry.body as unknown as { readonly error?: { readonly message: string } }).error;
  if (error) return ['node_failed', { ...params, message: error.message }];
  return [`node_${call.replaceAll('-', '_')}${response ? '_done' : ''}`, params];
}

/** The strings and numbers of a call, one level into its `config`, by name. */
function flat(body: object): Params {
  const params: Params = {};
  for (const [key, value] of Object.entries({ ...body, ...(body as { readonly config?: object }).config })) {
    if (key !== 'type' && (typeof value === 'string' || typeof value === 'number')) params[key] = value;
  }
  return params;
}
