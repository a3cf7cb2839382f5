// Removes pods that nobody else will: of deleted nodes, too many finished ones, and such as were deleted before they
// had a node (models pkg/controller/podgc).
import { formatTime } from '../../base/time.ts';
import type { Node, Pod, PodCondition } from '../api/generated/types.ts';
import { NODES, PODS } from '../api/resources.ts';
import { deleteRequest, getRequest, patchRequest } from '../client/requests.ts';
import { isSuccess } from './api-errors.ts';
import type { Controller, Round, Scope, WriteResult } from './controller.ts';
import { isTerminal, podCondition } from './pods.ts';
import { END, onlyResult, write } from './writes.ts';

const NAME = 'pod-garbage-collector';
const PERIOD_US = 20_000_000;
/** How long a missing node is waited for before its pods go. */
const QUARANTINE_US = 40_000_000;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** When the quarantine of a missing node ends. */
export interface State { readonly quarantine: Map<string, number> }

interface Job { readonly pod: Pod; readonly orphaned: boolean; readonly why: string }
export type Progress =
  | { readonly step: 'nodes'; readonly names: readonly string[]; readonly before: readonly Job[]; readonly after: readonly Job[] }
  | { readonly step: 'fail' | 'delete'; readonly jobs: readonly Job[] };

export const podGarbageCollector: Controller<State, Progress> = {
  name: NAME,
  watches: ['pods', 'nodes'],
  workers: 1,
  periodUs: PERIOD_US,
  init: () => ({ quarantine: new Map() }),
  clone: (state) => ({ quarantine: new Map(state.quarantine) }),
  onChange() {
    // It looks at everything every 20 s and at nothing in between.
  },
  reconcile: (_key, state, scope) => collect(state, scope),
  proceed(_key, progress, results, _state, scope) {
    switch (progress.step) {
      case 'nodes': return next([...progress.before, ...orphans(progress.names, results, scope), ...progress.after], scope);
      case 'fail': return onFailed(progress.jobs, results, scope);
      // What could not be deleted is tried again in the next pass.
      case 'delete': return next(progress.jobs.slice(1), scope);
    }
  },
};

function collect(state: State, scope: Scope): Round<Progress> {
  const nodes = scope.informer('nodes');
  const terminated: Pod[] = [];
  const stuck: Job[] = [];
  const unscheduled: Job[] = [];
  const missing = new Set<string>();
  scope.informer('pods').objects.forEach((object) => {
    const pod = object as Pod;
    const nodeName = pod.spec?.nodeName ?? '';
    const deleting = pod.metadata.deletionTimestamp !== undefined;
    if (isTerminal(pod)) terminated.push(pod);
    if (nodeName === '') {
      if (deleting) unscheduled.push({ pod, orphaned: false, why: 'unscheduledTerminating' });
      return;
    }
    const node = nodes.get(nodeName) as Node | undefined;
    if (!node) missing.add(nodeName);
    else if (deleting && isOutOfService(node)) stuck.push({ pod, orphaned: false, why: 'outOfService' });
  });
  const names = released(missing, state, scope);
  const before = [...surplus(terminated, scope), ...stuck];
  if (names.length === 0) return next([...before, ...unscheduled], scope);
  const writes = names.map((name) => write('getNode', getRequest(NODES, '', name)));
  return { writes, progress: { step: 'nodes', names, before, after: unscheduled } };
}

/** Ready=True is not stated, and somebody has tainted the node as out of service. */
function isOutOfService({ spec, status }: Node): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status !== 'True' && (spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false);
}

/** The oldest finished pods beyond --terminated-pod-gc-threshold; evicted ones go first. */
function surplus(terminated: readonly Pod[], scope: Scope): readonly Job[] {
  const threshold = scope.option('terminated-pod-gc-threshold');
  if (threshold <= 0 || terminated.length <= threshold) return [];
  const rank = (pod: Pod): string => `${pod.status?.phase === 'Failed' && pod.status.reason === 'Evicted' ? 0 : 1} ${pod.metadata.creationTimestamp ?? ''} ${pod.metadata.name ?? ''}`;
  return terminated.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, terminated.length - threshold).map((pod) => ({ pod, orphaned: false, why: 'terminated' }));
}

/** Takes missing nodes into quarantine; returns those whose quarantine is over. */
function released(missing: ReadonlySet<string>, { quarantine }: State, { nowUs }: Scope): readonly string[] {
  for (const name of missing) if (!quarantine.has(name)) quarantine.set(name, nowUs + QUARANTINE_US);
  const over = [...quarantine].filter(([, untilUs]) => untilUs <= nowUs).map(([name]) => name);
  for (const name of over) quarantine.delete(name);
  return over.filter((name) => missing.has(name));
}

/** Pods of the nodes that the API server says do not exist. */
function orphans(names: readonly string[], results: readonly WriteResult[], scope: Scope): readonly Job[] {
  const gone = names.filter((_, i) => results[i]?.code === 404);
  return gone.flatMap((name) => [...scope.informer('pods').byIndex('nodeName', name)].map((pod) => ({ pod: pod as Pod, orphaned: true, why: 'orphaned' })));
}

function next(jobs: readonly Job[], scope: Scope): Round<Progress> {
  const [job] = jobs;
  if (!job) return END;
  const { pod, orphaned, why } = job;
  const { namespace = '', name = '', uid } = pod.metadata;
  const explanation = {
    about: 'plan' as const, controller: NAME, key: `${namespace}/${name}`, observed: { phase: pod.status?.phase ?? '' }, desired: { phase: '' },
    actions: [{ code: 'deletePod', params: { pod: name, why } }],
  };
  if (isTerminal(pod)) return { ...remove(jobs), explanation };
  // Without a kubelet nobody else would say that the pod has come to its end.
  const status = orphaned ? { phase: 'Failed', conditions: [disruption(pod, scope)] } : { phase: 'Failed' };
  return { writes: [write('failPod', patchRequest(PODS, namespace, name, 'strategic', { metadata: { uid }, status }, 'status'))], progress: { step: 'fail', jobs }, explanation };
}

function disruption(pod: Pod, scope: Scope): PodCondition {
  const old = podCondition(pod, 'DisruptionTarget');
  return {
    type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists', observedGeneration: pod.metadata.generation,
    lastTransitionTime: old?.status === 'True' ? old.lastTransitionTime : formatTime(scope.unixUs),
  };
}

function onFailed(jobs: readonly Job[], results: readonly WriteResult[], scope: Scope): Round<Progress> {
  return isSuccess(onlyResult(results)) ? remove(jobs) : next(jobs.slice(1), scope);
}

function remove(jobs: readonly Job[]): Round<Progress> {
  const { namespace = '', name = '' } = jobs[0]?.pod.metadata ?? {};
  return { writes: [write('deletePod', deleteRequest(PODS, namespace, name, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }))], progress: { step: 'delete', jobs } };
}
