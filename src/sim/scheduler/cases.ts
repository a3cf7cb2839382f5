// A scheduling question written down as one JSON object, and its answer in the form of the recordings of the real
// scheduler: `{cluster: {nodes, pods, …}, pod}` in, the whole decision out.
import type { Prng } from '../../base/prng.ts';
import type { Node, PersistentVolume, Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { keyOf } from '../api/meta.ts';
import { SchedulerCache } from './cache.ts';
import type { Attempt, FilterRow, PreemptionOutcome, ScoreRow } from './framework/attempt.ts';
import type { Framework } from './framework/framework.ts';
import type { BindWrite, Handle } from './framework/plugin.ts';
import { messageOf } from './framework/status.ts';
import type { ListedKind, ListedKinds } from './listers.ts';
import { ObjectListers } from './listers.ts';
import { Nominator } from './nominator.ts';
import { podInfoOf } from './pod-info.ts';
import { schedulePod } from './schedule-pod.ts';

/** The cluster of a case: lists of plain objects, missing ones empty. */
export interface CaseCluster {
  readonly nodes?: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly namespaces?: readonly ListedKinds['namespaces'][];
  readonly storageClasses?: readonly ListedKinds['storageclasses'][];
  readonly csiDrivers?: readonly ListedKinds['csidrivers'][];
  readonly csiNodes?: readonly ListedKinds['csinodes'][];
  readonly csiStorageCapacities?: readonly ListedKinds['csistoragecapacities'][];
  readonly persistentVolumes?: readonly ListedKinds['persistentvolumes'][];
  readonly persistentVolumeClaims?: readonly ListedKinds['persistentvolumeclaims'][];
  readonly volumeAttachments?: readonly ListedKinds['volumeattachments'][];
  readonly services?: readonly ListedKinds['services'][];
  readonly replicationControllers?: readonly ListedKinds['replicationcontrollers'][];
  readonly replicaSets?: readonly ListedKinds['replicasets'][];
  readonly statefulSets?: readonly ListedKinds['statefulsets'][];
  readonly podDisruptionBudgets?: readonly ListedKinds['poddisruptionbudgets'][];
}

export interface ScheduleCase { readonly cluster: CaseCluster; readonly pod: Pod }

/** The answer, member by member as recorded; `chosen` and `preempted` are what this run drew where several are right. */
export interface CaseAnswer {
  readonly outcome: 'scheduled' | 'unschedulable' | 'gated' | 'noNodes' | 'bypassed';
  readonly preEnqueue?: readonly object[];
  readonly preFilter?: object;
  readonly filter?: Readonly<Record<string, object>>;
  readonly feasible: readonly string[];
  readonly preScore?: readonly object[];
  readonly scored: boolean;
  readonly score?: Readonly<Record<string, object>>;
  readonly totals?: Readonly<Record<string, number>>;
  readonly best: readonly string[];
  readonly volumes?: Readonly<Record<string, object>>;
  readonly fitError?: string;
  readonly error?: string;
  readonly event?: { readonly type: string; readonly reason: string; readonly message: string };
  readonly nominatedNodeName?: string;
  readonly preemption?: object;
  readonly chosen?: string;
  readonly preempted?: { readonly node: string; readonly victims: readonly string[] };
}

function fill<K extends ListedKind>(listers: ObjectListers, kind: K, objects: readonly ListedKinds[K][] | undefined): void {
  for (const object of objects ?? []) listers.set(kind, object);
}

function listersOf(cluster: CaseCluster): ObjectListers {
  const listers = new ObjectListers();
  fill(listers, 'namespaces', cluster.namespaces);
  fill(listers, 'storageclasses', cluster.storageClasses);
  fill(listers, 'csidrivers', cluster.csiDrivers);
  fill(listers, 'csinodes', cluster.csiNodes);
  fill(listers, 'csistoragecapacities', cluster.csiStorageCapacities);
  fill(listers, 'persistentvolumes', cluster.persistentVolumes);
  fill(listers, 'persistentvolumeclaims', cluster.persistentVolumeClaims);
  fill(listers, 'volumeattachments', cluster.volumeAttachments);
  fill(listers, 'services', cluster.services);
  fill(listers, 'replicationcontrollers', cluster.replicationControllers);
  fill(listers, 'replicasets', cluster.replicaSets);
  fill(listers, 'statefulsets', cluster.statefulSets);
  fill(listers, 'poddisruptionbudgets', cluster.podDisruptionBudgets);
  return listers;
}

/** In the order in which an informer's first list delivers them. */
function sortedByKey<T extends ApiObject>(objects: readonly T[] | undefined): readonly T[] {
  return (objects ?? []).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** The world that plugins see. Finished pods are invisible; waiting ones count where they are nominated. */
export function handleOf(cluster: CaseCluster, unixUs: number): Handle {
  const cache = new SchedulerCache();
  const nominated = new Nominator();
  for (const node of sortedByKey(cluster.nodes)) cache.setNode(node);
  for (const pod of sortedByKey(cluster.pods)) {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    if (pod.spec?.nodeName) cache.setPod(pod);
    else if (pod.status?.nominatedNodeName) nominated.add(podInfoOf(pod), pod.status.nominatedNodeName);
  }
  return { cache, nominated, listers: listersOf(cluster), unixUs };
}

function gatedAnswer(framework: Framework, pod: Pod): CaseAnswer | undefined {
  for (const plugin of framework.preEnqueue) {
    const refusal = plugin.preEnqueue(pod);
    if (refusal === undefined) continue;
    const preEnqueue = [{ plugin: plugin.name, status: refusal.code, message: messageOf(refusal) }];
    return { outcome: 'gated', preEnqueue, feasible: [], scored: false, best: [] };
  }
  return undefined;
}

function byNode<R extends { readonly node: string }, V>(rows: readonly R[] | undefined, value: (row: R) => V): Record<string, V> | undefined {
  return rows && Object.fromEntries(rows.map((row) => [row.node, value(row)]));
}

function filterCell({ plugins, first }: FilterRow): object {
  return first === undefined ? { plugins } : { plugins, first };
}

function preemptionAnswer(preemption: PreemptionOutcome): object {
  const candidates = preemption.detail?.candidates ?? [];
  return {
    status: preemption.status,
    ...(preemption.message !== '' && { message: preemption.message }),
    plugins: preemption.plugins.filter(({ plugin }) => plugin !== 'DefaultPreemption'),
    ...(candidates.length > 0 && {
      candidates: candidates.map(({ node, victims, pdbViolations }) => ({ node, victims, pdbViolations })).sort((a, b) => (a.node < b.node ? -1 : 1)),
    }),
    ...(preemption.detail !== undefined && { notHelped: preemption.detail.notHelped }),
  };
}

/** What a node's writes come to: claim → volume, and claims to be provisioned. */
function volumesAnswer(writes: readonly BindWrite[]): object {
  const bind: Record<string, string> = {};
  const provision: string[] = [];
  for (const { resource, object } of writes) {
    const name = object.metadata.name ?? '';
    if (resource === 'persistentvolumes') bind[(object as PersistentVolume).spec?.claimRef?.name ?? ''] = name;
    else provision.push(name);
  }
  return { ...(Object.keys(bind).length > 0 && { bind }), ...(provision.length > 0 && { provision: provision.sort() }) };
}

function answerOf(attempt: Attempt, pod: Pod): CaseAnswer {
  const { detail, preemption } = attempt;
  const feasible = detail?.feasible ?? [];
  const nominated = preemption?.nominated;
  const nominatedNodeName = nominated === undefined ? pod.status?.nominatedNodeName : nominated.node;
  return {
    outcome: attempt.outcome === 'error' ? 'unschedulable' : attempt.outcome,
    preFilter: detail?.preFilter,
    filter: byNode(detail?.filter, filterCell),
    feasible: feasible.toSorted(),
    preScore: detail?.preScore,
    scored: detail?.scored ?? false,
    score: byNode(detail?.score, (row: ScoreRow) => row.plugins),
    totals: byNode(detail?.score, (row: ScoreRow) => row.total),
    best: (detail?.best ?? []).toSorted(),
    ...(detail?.preBind !== undefined && {
      volumes: Object.fromEntries(Object.entries(detail.preBind).map(([node, writes]) => [node, volumesAnswer(writes)])),
    }),
    fitError: attempt.fitError,
    error: attempt.outcome === 'noNodes' ? attempt.message : undefined,
    ...(attempt.message !== undefined && { event: { type: 'Warning', reason: 'FailedScheduling', message: attempt.message } }),
    ...(attempt.outcome === 'unschedulable' && nominatedNodeName && preemption?.clearNomination !== true && (preemption?.tied ?? 0) <= 1 && { nominatedNodeName }),
    ...(preemption !== undefined && { preemption: preemptionAnswer(preemption) }),
    chosen: attempt.node,
    ...(nominated !== undefined && { preempted: { node: nominated.node, victims: nominated.pods.map((info) => info.key) } }),
  };
}

/** Answers one case with that profile. Deterministic for the state of `random`. */
export function answerCase({ cluster, pod }: ScheduleCase, framework: Framework, random: Prng, unixUs: number): CaseAnswer {
  const gated = gatedAnswer(framework, pod);
  if (gated !== undefined) return gated;
  const handle = handleOf(cluster, unixUs);
  const attempt = schedulePod({
    framework, handle, pod: podInfoOf(pod), random, startNodeIndex: 0, percentageOfNodesToScore: 100, detail: true,
  });
  const answer = answerOf(attempt, pod);
  if (!pod.spec?.nodeName) return answer;
  // The scheduler never sees a pod that has a node; only what its plugins would say is shown.
  const { preFilter, filter, feasible } = answer;
  return { outcome: 'bypassed', preFilter, filter, feasible, scored: false, best: [] };
}
