// One request from its arrival to the last watcher that was told of it, read from the trace: the transactions in etcd that
// followed from it, the watch events that these brought about, and the answer.
import type { ApiRequest, ApiResponse, RequestExplanation, StageOutcome, WatchEvent } from '../sim/apiserver/messages.ts';
import type { EtcdRange, EtcdResponse, EtcdTxn, EtcdWatchEvent, Operation } from '../sim/etcd/messages.ts';
import type { Kernel } from '../sim/kernel/kernel.ts';
import type { TraceEntry } from '../sim/kernel/trace.ts';
import { requestBehind } from './describe.ts';
import type { EtcdStep, RequestStory, Told } from './protocol.ts';

/** How far after the request its consequences are looked for, in messages. */
const WINDOW = 20_000;
const TOLD_MAX = 2_000;

/** What passes between the API server, etcd and those who ask or watch. */
const OF_A_REQUEST: ReadonlySet<string> = new Set(['api-response', 'etcd-txn', 'etcd-range', 'etcd-response', 'etcd-watch-event', 'watch-event']);

/** The story of the request that a message is or belongs to; undefined for other messages. */
export function requestStory(kernel: Kernel, entry: TraceEntry): RequestStory | undefined {
  const request = entry.body.type === 'api-request' ? entry : OF_A_REQUEST.has(entry.body.type) ? requestBehind(kernel, entry, 'api-request') : undefined;
  return request && read(kernel, request);
}

/** What happened to the object by the last word on it: the stages as they stood when etcd had answered. */
export function stagesOf(kernel: Kernel, entry: TraceEntry): readonly StageOutcome[] {
  let stages = requestExplanation(entry)?.stages ?? [];
  for (const follower of followersOf(kernel, entry)) stages = requestExplanation(follower)?.stages ?? stages;
  return stages;
}

function requestExplanation({ explanations }: TraceEntry): RequestExplanation | undefined {
  return explanations.find((each): each is RequestExplanation => each.about === 'request');
}

/** Everything that the API server and etcd did because of the request, up to and including what left them. */
function followersOf(kernel: Kernel, request: TraceEntry): readonly TraceEntry[] {
  const inside = new Set([request.id]);
  const found: TraceEntry[] = [];
  const end = Math.min(kernel.lastId, request.id + WINDOW);
  for (let id = request.id + 1; id <= end; id++) {
    const entry = kernel.trace.get(id);
    if (!entry || !inside.has(entry.cause)) continue;
    found.push(entry);
    const type = entry.body.type;
    if (type === 'api-response') break;
    if (type !== 'watch-event') inside.add(id);
  }
  return found.length < TOLD_MAX ? withWatchers(kernel, found, end) : found;
}

/** Watchers may be told after the answer has left. */
function withWatchers(kernel: Kernel, found: readonly TraceEntry[], end: number): readonly TraceEntry[] {
  const tellers = new Set(found.filter(({ body }) => body.type === 'etcd-watch-event').map(({ id }) => id));
  const all = [...found];
  for (let id = (found.at(-1)?.id ?? end) + 1; id <= end && all.length < TOLD_MAX; id++) {
    const entry = kernel.trace.get(id);
    if (entry && tellers.has(entry.cause)) all.push(entry);
  }
  return all;
}

function read(kernel: Kernel, request: TraceEntry): RequestStory {
  const followers = followersOf(kernel, request);
  const asked = followers.filter(({ body }) => body.type === 'etcd-txn' || body.type === 'etcd-range');
  const changes = followers.flatMap(({ body }) => (body.type === 'etcd-watch-event' ? (body as EtcdWatchEvent).events : []));
  const change = changes.find(({ kv }) => asked.some(({ body }) => writes(body as EtcdTxn | EtcdRange, kv.key)));
  const answer = followers.find(({ body }) => body.type === 'api-response');
  const { verb, resource, subresource, namespace, name, body, userAgent } = request.body as ApiRequest;
  return {
    messageId: request.id, verb, resource: subresource === '' ? resource : `${resource}/${subresource}`, namespace, name, userAgent,
    sent: verb === 'create' || verb === 'update' ? asObject(body) : undefined, before: change?.previous?.value, after: change?.type === 'PUT' ? change.kv.value : undefined,
    transactions: asked.map((entry) => etcdStep(entry, followers)), told: followers.flatMap((entry) => toldOf(kernel, entry)),
    answer: answer && { messageId: answer.id, code: (answer.body as ApiResponse).code, atUs: answer.deliverUs },
  };
}

function asObject(body: unknown): object | undefined {
  return typeof body === 'object' && body !== null ? body : undefined;
}

function writes(body: EtcdTxn | EtcdRange, key: string): boolean {
  return body.type === 'etcd-txn' && body.success.some((operation) => operation.op !== 'range' && operation.key === key);
}

function etcdStep(asked: TraceEntry, followers: readonly TraceEntry[]): EtcdStep {
  const body = asked.body as EtcdTxn | EtcdRange;
  const answer = followers.find((each) => each.cause === asked.id && each.body.type === 'etcd-response')?.body as EtcdResponse | undefined;
  const common = { messageId: asked.id, atUs: asked.deliverUs, revision: answer?.revision, succeeded: answer && answer.error === undefined && answer.succeeded };
  if (body.type === 'etcd-range') return { ...common, compares: [], operations: [`range ${body.key}`] };
  return { ...common, compares: body.compares.map(({ key, target, result, value }) => `${target}(${key}) ${result} ${value}`), operations: body.success.map(operationText) };
}

function operationText({ op, key }: Operation): string {
  return `${op} ${key}`;
}

function toldOf(kernel: Kernel, { id, to, deliverUs, body }: TraceEntry): readonly Told[] {
  if (body.type !== 'watch-event') return [];
  return [{ messageId: id, to: kernel.actorId(to), event: (body as WatchEvent).event, atUs: deliverUs }];
}
