// The fake kubelet of the recordings as an actor: many nodes, one watch of pods, no events. Its transitions (running, ready,
// unready, exit, restart, terminated, deleted) of all nodes go through one queue in order of due time, with a gap between
// two of them, so that controllers see them one at a time. Annotations `kubelet.golden/…` of a pod choose its behaviour.
import { formatMicroTime, formatTime } from '../../../base/time.ts';
import type { Pod } from '../../../sim/api/generated/types.ts';
import { LEASES, NODES, PODS } from '../../../sim/api/resources.ts';
import { ApiClient } from '../../../sim/client/client.ts';
import type { ClientEvent, ClientMessage, Identity } from '../../../sim/client/client.ts';
import { createRequest, deleteRequest, patchRequest } from '../../../sim/client/requests.ts';
import type { Actor, Context, StartMessage, TimerId } from '../../../sim/kernel/actor.ts';
import { nodeConditions, nodeObject, podStatus } from './fake-kubelet-status.ts';
import type { PodState, Situation } from './fake-kubelet-status.ts';
import type { KubeletTiming, NodeSpec } from './scenario.ts';

export const FAKE_KUBELET = 'fake-kubelet';

export type FakeKubeletInput =
  | { readonly type: 'configure'; readonly timing: KubeletTiming }
  | { readonly type: 'node-add'; readonly spec: NodeSpec }
  | { readonly type: 'node-stop' | 'node-start' | 'node-remove'; readonly name: string }
  | { readonly type: 'pod-ready'; readonly uid: string; readonly ready: boolean }
  | { readonly type: 'pod-exit'; readonly uid: string; readonly code: number };
interface Heartbeat { readonly type: 'heartbeat'; readonly node: string; readonly index: number }
interface Due { readonly type: 'due' }

type Action = 'waiting' | 'run' | 'restart' | 'ready' | 'unready' | 'exit' | 'terminate' | 'remove' | 'resync';
interface Transition { readonly dueUs: number; readonly order: number; readonly uid: string; readonly action: Action; readonly code: number }

interface FakeNode { readonly spec: NodeSpec; readonly index: number; readonly up: boolean; readonly pods: number }

/** What goes on when an answer comes: the queue's own write, or a step of a node's registration or return. */
type Tag =
  | { readonly step: 'transition'; readonly transition: Transition }
  | { readonly step: 'node-created' | 'lease-created' | 'returned' | 'node-restored' | 'node-deleted' | 'lease-deleted'; readonly node: string }
  | { readonly step: 'forget' };

export interface FakeKubeletState {
  timing: KubeletTiming;
  client: ApiClient<Tag>;
  nodes: Map<string, FakeNode>;
  pods: Map<string, PodState>;
  seen: Map<string, Pod>;
  /** Ordered by due time, then by arrival. */
  queue: Transition[];
  /** When the last transition was done; the next waits for the gap after it. */
  lastUs: number;
  arrivals: number;
  busy: boolean;
  timer: TimerId;
  nodeCount: number;
  /** Owner uid → container runs so far, for behaviours that differ by run. */
  runs: Map<string, number>;
  /** Inputs whose requests are still under way. */
  underWay: number;
  problems: string[];
}

const IDENTITY: Identity = { userAgent: 'node-fetch', credentials: { user: 'admin', groups: ['system:masters', 'system:authenticated'] }, qps: 0, burst: 0 };
const LEASE_NAMESPACE = 'kube-node-lease';
const MS = 1000;
const FORGET: Tag = { step: 'forget' };

const annotation = (pod: Pod, name: string): string | undefined => pod.metadata.annotations?.[`kubelet.golden/${name}`];

function delayMs(pod: Pod, name: string, otherwise: number): number {
  const text = annotation(pod, name);
  return text === undefined ? otherwise : Number(text);
}

export const fakeKubelet: Actor<FakeKubeletState, FakeKubeletInput | Heartbeat | Due | ClientMessage | StartMessage> = {
  kind: FAKE_KUBELET,
  init: () => ({
    timing: { startMs: 400, stopMs: 300, gapMs: 250, leaseMs: 2000 }, client: new ApiClient<Tag>(IDENTITY), nodes: new Map(), pods: new Map(),
    seen: new Map(), queue: [], lastUs: 0, arrivals: 0, busy: false, timer: 0, nodeCount: 0, runs: new Map(), underWay: 0, problems: [],
  }),
  receive(state, message, ctx) {
    switch (message.type) {
      case 'start': return state.client.watch(ctx, { name: 'pods', gvr: PODS });
      case 'configure': state.timing = message.timing; return;
      case 'node-add': return addNode(state, message.spec, ctx);
      case 'node-stop': return setNode(state, message.name, { up: false });
      case 'node-start': return startNode(state, message.name, ctx);
      case 'node-remove': return removeNode(state, message.name, ctx);
      case 'pod-ready': return enqueue(state, 0, message.uid, message.ready ? 'ready' : 'unready', ctx);
      case 'pod-exit': return enqueue(state, 0, message.uid, 'exit', ctx, message.code);
      case 'heartbeat': return heartbeat(state, message, ctx);
      case 'due': return pump(state, ctx);
      default: for (const event of state.client.receive(ctx, message)) onClientEvent(state, event, ctx);
    }
  },
  clone: (state) => ({
    ...state, client: state.client.clone(), nodes: new Map(state.nodes), seen: new Map(state.seen), queue: [...state.queue], runs: new Map(state.runs),
    pods: new Map([...state.pods].map(([uid, pod]) => [uid, { ...pod }])), problems: [...state.problems],
  }),
};

function onClientEvent(state: FakeKubeletState, event: ClientEvent<Tag>, ctx: Context): void {
  if (event.kind === 'change') {
    if (event.change.type === 'deleted') forgetPod(state, event.change.object.metadata.uid ?? '');
    else onPod(state, event.change.object as Pod, ctx);
  } else if (event.kind === 'response') onAnswer(state, event.tag, event.response.code, event.response.body, ctx);
}

function onAnswer(state: FakeKubeletState, tag: Tag, code: number, body: object, ctx: Context): void {
  if (code >= 300 && code !== 404 && code !== 409) state.problems.push(`${tag.step}: ${code} ${JSON.stringify(body).slice(0, 300)}`);
  switch (tag.step) {
    case 'forget': return;
    case 'transition': return onTransitionDone(state, tag.transition, ctx);
    case 'node-created': return createLease(state, tag.node, body as { readonly metadata: { readonly uid: string } }, ctx);
    case 'lease-created': state.underWay--; return nextHeartbeat(state, tag.node, ctx);
    case 'returned': return restoreNode(state, tag.node, ctx);
    case 'node-restored': state.underWay--; return restorePods(state, tag.node, ctx);
    case 'node-deleted': return deleteLease(state, tag.node, ctx);
    case 'lease-deleted': state.underWay--; return;
  }
}

// ---- nodes

function setNode(state: FakeKubeletState, name: string, change: Partial<FakeNode>): void {
  const node = state.nodes.get(name);
  if (node) state.nodes.set(name, { ...node, ...change });
}

function addNode(state: FakeKubeletState, spec: NodeSpec, ctx: Context): void {
  const index = ++state.nodeCount;
  state.nodes.set(spec.name, { spec, index, up: true, pods: 0 });
  state.underWay++;
  state.client.request(ctx, createRequest(NODES, nodeObject(spec, index, formatTime(ctx.unixUs)), ''), { step: 'node-created', node: spec.name });
}

const renewTime = (ctx: Context): string => formatMicroTime(ctx.unixUs);

function createLease(state: FakeKubeletState, node: string, created: { readonly metadata: { readonly uid: string } }, ctx: Context): void {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease',
    metadata: { name: node, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid: created.metadata.uid }] },
    spec: { holderIdentity: node, leaseDurationSeconds: 40, renewTime: renewTime(ctx) },
  };
  state.client.request(ctx, createRequest(LEASES, lease, LEASE_NAMESPACE), { step: 'lease-created', node });
}

function nextHeartbeat(state: FakeKubeletState, name: string, ctx: Context): void {
  const node = state.nodes.get(name);
  const beat: Heartbeat = { type: 'heartbeat', node: name, index: node?.index ?? 0 };
  if (node) ctx.after(state.timing.leaseMs * MS, beat);
}

/** The series of heartbeats ends with its node; one of the same name that came later has its own. */
function heartbeat(state: FakeKubeletState, { node: name, index }: Heartbeat, ctx: Context): void {
  const node = state.nodes.get(name);
  if (node?.index !== index) return;
  if (node.up) renewLease(state, name, FORGET, ctx);
  nextHeartbeat(state, name, ctx);
}

function renewLease(state: FakeKubeletState, node: string, tag: Tag, ctx: Context): void {
  state.client.request(ctx, patchRequest(LEASES, LEASE_NAMESPACE, node, 'merge', { spec: { renewTime: renewTime(ctx) } }), tag);
}

function startNode(state: FakeKubeletState, name: string, ctx: Context): void {
  setNode(state, name, { up: true });
  state.underWay++;
  renewLease(state, name, { step: 'returned', node: name }, ctx);
}

function restoreNode(state: FakeKubeletState, node: string, ctx: Context): void {
  const patch = { status: { conditions: nodeConditions(formatTime(ctx.unixUs)) } };
  state.client.request(ctx, patchRequest(NODES, '', node, 'strategic', patch, 'status'), { step: 'node-restored', node });
}

/** A kubelet that is back writes its own view of its pods, and goes on with what it had to leave. */
function restorePods(state: FakeKubeletState, node: string, ctx: Context): void {
  for (const pod of state.seen.values()) {
    if (pod.spec?.nodeName !== node) continue;
    onPod(state, pod, ctx);
    const local = state.pods.get(pod.metadata.uid ?? '');
    if (local?.state === 'running' && !pod.metadata.deletionTimestamp) enqueue(state, 0, local.uid, 'resync', ctx);
  }
}

/** The machine disappears, and its Node object is deleted. */
function removeNode(state: FakeKubeletState, node: string, ctx: Context): void {
  if (!state.nodes.delete(node)) return;
  state.underWay++;
  state.client.request(ctx, deleteRequest(NODES, '', node), { step: 'node-deleted', node });
}

function deleteLease(state: FakeKubeletState, node: string, ctx: Context): void {
  state.client.request(ctx, deleteRequest(LEASES, LEASE_NAMESPACE, node), { step: 'lease-deleted', node });
}

// ---- the queue of transitions

function enqueue(state: FakeKubeletState, delay: number, uid: string, action: Action, ctx: Context, code = 0): void {
  const transition: Transition = { dueUs: ctx.nowUs + delay * MS, order: state.arrivals++, uid, action, code };
  const after = state.queue.findIndex((other) => other.dueUs > transition.dueUs);
  state.queue.splice(after < 0 ? state.queue.length : after, 0, transition);
  pump(state, ctx);
}

/** Does what is due, one write at a time, and sets the timer for the next. */
function pump(state: FakeKubeletState, ctx: Context): void {
  if (state.timer !== 0) ctx.cancel(state.timer);
  state.timer = 0;
  while (!state.busy) {
    const next = state.queue[0];
    if (!next) return;
    const atUs = Math.max(next.dueUs, state.lastUs + state.timing.gapMs * MS);
    if (atUs > ctx.nowUs) {
      state.timer = ctx.after(atUs - ctx.nowUs, { type: 'due' });
      return;
    }
    state.queue.shift();
    perform(state, next, ctx);
  }
}

function perform(state: FakeKubeletState, transition: Transition, ctx: Context): void {
  const local = state.pods.get(transition.uid);
  const node = local && state.nodes.get(local.node);
  if (!local || local.gone) return;
  if (!node?.up) {
    local.lost = true;
    return;
  }
  const pod = state.seen.get(local.uid);
  const situation = pod && transit(local, pod, transition, state, ctx);
  if (!situation) return;
  state.busy = true;
  const tag: Tag = { step: 'transition', transition };
  if (situation === 'delete') {
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: local.uid } };
    state.client.request(ctx, deleteRequest(PODS, local.namespace, local.name, options), tag);
  } else write(state, local, pod, situation, tag, ctx);
}

function write(state: FakeKubeletState, local: PodState, pod: Pod, situation: Situation, tag: Tag, ctx: Context): void {
  // Through text, as over HTTP: members that are undefined do not travel.
  const status = JSON.parse(JSON.stringify(podStatus(pod, local, state.nodes.get(local.node)?.index ?? 0, situation, ctx.unixUs))) as unknown;
  state.client.request(ctx, patchRequest(PODS, local.namespace, local.name, 'strategic', { metadata: { uid: local.uid }, status }, 'status'), tag);
}

const RUNNING: Situation = {};

/** Changes the local state and says what to write; undefined if the transition no longer applies. */
function transit(local: PodState, pod: Pod, { action, code }: Transition, state: FakeKubeletState, ctx: Context): Situation | 'delete' | undefined {
  switch (action) {
    case 'waiting': return { creating: annotation(pod, 'waiting-reason') ?? '' };
    case 'resync': return RUNNING;
    case 'remove': return 'delete';
    case 'ready':
    case 'unready':
      if (local.state !== 'running') return undefined;
      local.ready = action === 'ready';
      return RUNNING;
    case 'restart':
      if (local.terminating) return undefined;
      local.restarts++;
      return run(local, pod, state, ctx);
    case 'run': return local.terminating ? undefined : run(local, pod, state, ctx);
    case 'exit': return local.state === 'running' ? exit(local, pod, code) : undefined;
    case 'terminate': return terminate(local, pod, state, ctx);
  }
}

function run(local: PodState, pod: Pod, state: FakeKubeletState, ctx: Context): Situation {
  const node = state.nodes.get(local.node);
  if (local.ip === undefined && node) {
    local.ip = `10.244.${node.index}.${node.pods + 1}`;
    setNode(state, local.node, { pods: node.pods + 1 });
  }
  const ready = annotation(pod, 'ready-ms');
  local.state = 'running';
  local.startedAt = formatTime(ctx.unixUs);
  local.ready = ready === undefined || ready === '0';
  return RUNNING;
}

function exit(local: PodState, pod: Pod, code: number): Situation {
  const policy = pod.spec?.restartPolicy ?? 'Always';
  if (policy === 'Never' || (policy === 'OnFailure' && code === 0)) {
    local.state = 'done';
    return { exit: code };
  }
  local.state = 'backoff';
  local.ready = false;
  local.lastExitCode = code;
  return { waiting: 'CrashLoopBackOff' };
}

function terminate(local: PodState, pod: Pod, state: FakeKubeletState, ctx: Context): Situation | undefined {
  if (local.state === 'done' || local.state === 'new') {
    state.lastUs = ctx.nowUs;
    enqueue(state, 0, local.uid, 'remove', ctx);
    return undefined;
  }
  const code = local.state === 'creating' ? 137 : delayMs(pod, 'stop-code', 0);
  local.state = 'done';
  return { exit: code };
}

/** What follows from a transition after it has been written. */
function onTransitionDone(state: FakeKubeletState, { uid, action }: Transition, ctx: Context): void {
  state.busy = false;
  state.lastUs = ctx.nowUs;
  const local = state.pods.get(uid);
  const pod = state.seen.get(uid);
  if (local && pod) follow(state, local, pod, action, ctx);
  pump(state, ctx);
}

function follow(state: FakeKubeletState, local: PodState, pod: Pod, action: Action, ctx: Context): void {
  switch (action) {
    case 'run':
    case 'restart': return followRun(state, local, pod, ctx);
    case 'ready': return planUnready(state, local, pod, ctx);
    case 'exit':
      if (local.state === 'backoff') enqueue(state, delayMs(pod, 'restart-ms', 1000), local.uid, 'restart', ctx);
      return;
    case 'terminate': return enqueue(state, 0, local.uid, 'remove', ctx);
    case 'waiting': case 'unready': case 'remove': case 'resync': return;
  }
}

function followRun(state: FakeKubeletState, local: PodState, pod: Pod, ctx: Context): void {
  const readyMs = annotation(pod, 'ready-ms');
  if (local.ready) planUnready(state, local, pod, ctx);
  else if (readyMs !== 'never') enqueue(state, Number(readyMs), local.uid, 'ready', ctx);
  const plan = exitPlan(state, pod);
  if (plan === undefined || plan === '-') return;
  const [code = 0, afterMs = 0] = plan.split('@').map(Number);
  enqueue(state, afterMs, local.uid, 'exit', ctx, code);
}

function planUnready(state: FakeKubeletState, local: PodState, pod: Pod, ctx: Context): void {
  const afterMs = annotation(pod, 'unready-after-ms');
  if (afterMs === undefined || local.unreadyDone) return;
  local.unreadyDone = true;
  enqueue(state, Number(afterMs), local.uid, 'unready', ctx);
}

/** `CODE@MS`: how this run of the container ends; by completion index before by number of the run before for all runs. */
function exitPlan(state: FakeKubeletState, pod: Pod): string | undefined {
  let plan = annotation(pod, 'exit');
  const byRun = annotation(pod, 'exit-nth');
  if (byRun) {
    const owner = pod.metadata.ownerReferences?.[0]?.uid ?? pod.metadata.uid ?? '';
    const runs = state.runs.get(owner) ?? 0;
    state.runs.set(owner, runs + 1);
    const plans = byRun.split(',');
    plan = plans[Math.min(runs, plans.length - 1)];
  }
  const byIndex = annotation(pod, 'exit-by-index');
  if (byIndex) {
    const plans = new Map(byIndex.split(',').map((text) => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)]));
    plan = plans.get(pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index'] ?? '') ?? plans.get('*');
  }
  return plan;
}

// ---- pods

function forgetPod(state: FakeKubeletState, uid: string): void {
  state.seen.delete(uid);
  const local = state.pods.get(uid);
  if (local) local.gone = true;
  state.pods.delete(uid);
}

function onPod(state: FakeKubeletState, pod: Pod, ctx: Context): void {
  const uid = pod.metadata.uid ?? '';
  state.seen.set(uid, pod);
  if (!state.nodes.get(pod.spec?.nodeName ?? '')?.up) return;
  const local = state.pods.get(uid) ?? takeOver(state, pod, uid, ctx);
  if (local.lost) {
    local.lost = false;
    if (local.state === 'creating' && !pod.metadata.deletionTimestamp) enqueue(state, 0, uid, 'run', ctx);
    if (local.terminating) enqueue(state, 0, uid, 'remove', ctx);
  }
  if (pod.metadata.deletionTimestamp && !local.terminating) beginTermination(state, local, pod, ctx);
}

/** A pod that was bound to one of our nodes, or that an earlier life of the kubelet had. */
function takeOver(state: FakeKubeletState, pod: Pod, uid: string, ctx: Context): PodState {
  const { namespace = '', name = '', deletionTimestamp } = pod.metadata;
  const phase = pod.status?.phase;
  const local: PodState = {
    uid, namespace, name, node: pod.spec?.nodeName ?? '', startTime: formatTime(ctx.unixUs), state: 'new', ready: phase === 'Running',
    ip: phase === 'Running' ? pod.status?.podIP : undefined, startedAt: undefined, lastExitCode: undefined, restarts: 0,
    terminating: false, unreadyDone: false, lost: false, gone: false,
  };
  state.pods.set(uid, local);
  if (phase === 'Succeeded' || phase === 'Failed') local.state = 'done';
  else if (phase === 'Running') local.state = 'running';
  else if (!deletionTimestamp) create(state, local, pod, ctx);
  return local;
}

/** Outside of the queue: Pending with ContainerCreating is written as soon as the pod is bound. */
function create(state: FakeKubeletState, local: PodState, pod: Pod, ctx: Context): void {
  local.state = 'creating';
  write(state, local, pod, { creating: 'ContainerCreating' }, FORGET, ctx);
  const waits = annotation(pod, 'waiting-reason') !== undefined;
  enqueue(state, delayMs(pod, 'start-ms', state.timing.startMs), local.uid, waits ? 'waiting' : 'run', ctx);
}

function beginTermination(state: FakeKubeletState, local: PodState, pod: Pod, ctx: Context): void {
  local.terminating = true;
  if (annotation(pod, 'stop-ms') === 'never') return;
  if (local.state === 'done' || local.state === 'new') enqueue(state, 0, local.uid, 'remove', ctx);
  else enqueue(state, delayMs(pod, 'stop-ms', state.timing.stopMs), local.uid, 'terminate', ctx);
}
