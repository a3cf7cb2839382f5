// Evicts pods that do not tolerate a NoExecute taint, or not for longer (models pkg/controller/tainteviction).
import { formatTime } from '../../../base/time.ts';
import { CowMap } from '../../../base/cow-map.ts';
import type { Node, Pod, PodCondition, Taint, Toleration } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { PODS } from '../../api/resources.ts';
import { deleteRequest, getRequest, patchRequest } from '../../client/requests.ts';
import { tolerates } from '../../scheduler/taints.ts';
import { isSuccess } from '../api-errors.ts';
import type { Controller, EventDraft, Round, Scope, WriteResult } from '../controller.ts';
import { podCondition } from '../pods.ts';
import { END, onlyResult, write } from '../writes.ts';
import { sameTaint } from './taints.ts';

const NAME = 'taint-eviction-controller';
const RETRIES = 5;
const RETRY_US = 10_000;
const NODE = 'node/';
const POD = 'pod/';
const EVICT = 'evict/';

/** A pod that is going to be evicted, or (`fired`) has been and must not be a second time. */
interface Eviction { readonly createdUs: number; readonly fireUs: number; readonly fired: boolean }

export interface State {
  readonly tainted: Map<string, readonly Taint[]>;
  readonly evictions: CowMap<Eviction>;
}

export interface Progress { readonly step: 'get' | 'condition' | 'delete'; readonly attempt: number }

export const taintEvictionController: Controller<State, Progress> = {
  name: NAME,
  // It shares the account of the node lifecycle controller, out of which it was split.
  serviceAccount: 'node-controller',
  watches: ['nodes', 'pods'],
  workers: 8,
  init: () => ({ tainted: new Map(), evictions: new CowMap() }),
  clone: (state) => ({ tainted: new Map(state.tainted), evictions: state.evictions.clone() }),
  onChange({ type, informer, object, old }, state, _scope, enqueue) {
    if (informer === 'nodes') {
      if (type === 'deleted' || !sameTaints(noExecute(object as Node), noExecute(old as Node | undefined))) enqueue(NODE + (object.metadata.name ?? ''));
      return;
    }
    const pod = object as Pod;
    if (type === 'deleted') {
      if (state.evictions.size > 0 && state.evictions.has(keyOf(pod))) enqueue(POD + keyOf(pod));
      return;
    }
    const before = (old as Pod | undefined)?.spec;
    if (before && before.nodeName === pod.spec?.nodeName && sameTolerations(before.tolerations, pod.spec?.tolerations)) return;
    if (state.tainted.has(pod.spec?.nodeName ?? '')) enqueue(POD + keyOf(pod));
  },
  reconcile(key, state, scope) {
    if (key.startsWith(NODE)) return syncNode(key.slice(NODE.length), state, scope);
    if (key.startsWith(POD)) return syncPod(key.slice(POD.length), state, scope);
    return evict(key.slice(EVICT.length), state, scope);
  },
  proceed: (key, progress, results, state, scope) => onEviction(key.slice(EVICT.length), progress, results, state, scope),
};

const NO_TAINTS: readonly Taint[] = [];
const NO_TOLERATIONS: readonly Toleration[] = [];

function noExecute(node: Node | undefined): readonly Taint[] {
  const taints = node?.spec?.taints;
  return taints ? taints.filter(({ effect }) => effect === 'NoExecute') : NO_TAINTS;
}

function sameTaints(a: readonly Taint[], b: readonly Taint[]): boolean {
  return a.length === b.length && a.every((taint, i) => {
    const other = b[i] as Taint;
    return sameTaint(taint, other) && taint.value === other.value && taint.timeAdded === other.timeAdded;
  });
}

function sameTolerations(a: readonly Toleration[] = NO_TOLERATIONS, b: readonly Toleration[] = NO_TOLERATIONS): boolean {
  return a === b || (a.length === b.length && JSON.stringify(a) === JSON.stringify(b));
}

/** Collects what one sync decides. */
interface Decisions { readonly events: EventDraft[]; readonly enqueue: string[] }

function syncNode(name: string, state: State, scope: Scope): Round<Progress> {
  const node = scope.informer('nodes').get(name) as Node | undefined;
  const taints = noExecute(node);
  if (taints.length === 0) state.tainted.delete(name);
  else state.tainted.set(name, taints);
  const decisions: Decisions = { events: [], enqueue: [] };
  if (!node) return END;
  for (const pod of scope.informer('pods').byIndex('nodeName', name)) {
    if (taints.length === 0) cancel(keyOf(pod), state, decisions);
    else decide(pod as Pod, taints, state, scope, decisions);
  }
  return decisions;
}

function syncPod(key: string, state: State, scope: Scope): Round<Progress> {
  const pod = scope.informer('pods').get(key) as Pod | undefined;
  const decisions: Decisions = { events: [], enqueue: [] };
  const taints = state.tainted.get(pod?.spec?.nodeName ?? '');
  if (!pod) cancel(key, state, decisions);
  else if (taints) decide(pod, taints, state, scope, decisions);
  return decisions;
}

/** How long the pod may stay: 0 not at all, Infinity for ever (getMinTolerationTime). */
function tolerationUs(pod: Pod, taints: readonly Taint[]): number {
  const tolerations = pod.spec?.tolerations ?? NO_TOLERATIONS;
  let shortest = Infinity;
  for (const taint of taints) {
    const toleration = tolerations.find((candidate) => tolerates(candidate, taint));
    if (!toleration) return 0;
    if (toleration.tolerationSeconds !== undefined) shortest = Math.min(shortest, Math.max(0, toleration.tolerationSeconds));
  }
  return shortest * 1_000_000;
}

function decide(pod: Pod, taints: readonly Taint[], state: State, scope: Scope, decisions: Decisions): void {
  const key = keyOf(pod);
  const { nowUs } = scope;
  const mayStayUs = tolerationUs(pod, taints);
  const scheduled = state.evictions.get(key);
  if (mayStayUs === Infinity) {
    cancel(key, state, decisions);
    return;
  }
  if (mayStayUs > 0 && scheduled) {
    // A time that is running must not begin anew, and what is done is done.
    if (scheduled.fired || scheduled.createdUs < nowUs) return;
  }
  cancel(key, state, decisions);
  state.evictions.set(key, { createdUs: nowUs, fireUs: nowUs + mayStayUs, fired: false });
  decisions.enqueue.push(EVICT + key);
}

/** An event can only name the pod: the real one does not know its uid either. */
function reference(key: string): ApiObject {
  const slash = key.indexOf('/');
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: key.slice(0, slash), name: key.slice(slash + 1) } };
}

function cancel(key: string, state: State, decisions: Decisions): void {
  const eviction = state.evictions.get(key);
  state.evictions.delete(key);
  if (!eviction || eviction.fired) return;
  decisions.events.push({ about: reference(key), type: 'Normal', reason: 'TaintManagerEviction', message: `Cancelling deletion of Pod ${key}` });
}

function evict(key: string, state: State, scope: Scope): Round<Progress> {
  const eviction = state.evictions.get(key);
  if (!eviction || eviction.fired) return END;
  if (eviction.fireUs > scope.nowUs) return { requeueAfterUs: eviction.fireUs - scope.nowUs };
  state.evictions.set(key, { ...eviction, fired: true });
  const event: EventDraft = { about: reference(key), type: 'Normal', reason: 'TaintManagerEviction', message: `Marking for deletion Pod ${key}` };
  return {
    ...get(key, 1), events: [event],
    explanation: { about: 'plan', controller: NAME, key, observed: { tolerated: 0 }, desired: { tolerated: 1 }, actions: [{ code: 'evictPod', params: { pod: key } }] },
  };
}

function get(key: string, attempt: number): Round<Progress> {
  const { metadata: { namespace = '', name = '' } } = reference(key);
  return { writes: [write('getPod', getRequest(PODS, namespace, name))], progress: { step: 'get', attempt } };
}

function onEviction(key: string, { step, attempt }: Progress, results: readonly WriteResult[], state: State, scope: Scope): Round<Progress> {
  const result = onlyResult(results);
  if (!isSuccess(result)) {
    if (attempt < RETRIES) return { ...get(key, attempt + 1), pauseUs: RETRY_US };
    state.evictions.delete(key);
    return END;
  }
  const pod = result.body as Pod;
  switch (step) {
    case 'get': return condition(pod, attempt, scope);
    case 'condition': return remove(pod, attempt);
    case 'delete': return END;
  }
}

function condition(pod: Pod, attempt: number, scope: Scope): Round<Progress> {
  const { namespace = '', name = '', uid, generation } = pod.metadata;
  const old = podCondition(pod, 'DisruptionTarget');
  const wanted: PodCondition = {
    type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint',
    observedGeneration: generation, lastTransitionTime: old?.status === 'True' ? old.lastTransitionTime : formatTime(scope.unixUs),
  };
  if (old?.status === 'True' && old.reason === wanted.reason && old.message === wanted.message && old.observedGeneration === generation) return remove(pod, attempt);
  const patch = { metadata: { uid }, status: { conditions: [wanted] } };
  return { writes: [write('addCondition', patchRequest(PODS, namespace, name, 'strategic', patch, 'status'))], progress: { step: 'condition', attempt } };
}

function remove({ metadata: { namespace = '', name = '' } }: Pod, attempt: number): Round<Progress> {
  return { writes: [write('deletePod', deleteRequest(PODS, namespace, name))], progress: { step: 'delete', attempt } };
}
