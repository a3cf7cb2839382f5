// The pods of a Job: what they are made of, and which go first when there are too many (models job_controller.go).
import type { Container, Job, Pod } from '../../api/generated/types.ts';
import { controllerRef } from '../owners.ts';
import { isReady } from '../pods.ts';
import { byRemoval } from '../replicaset/ranking.ts';
import { COMPLETION_INDEX, indexOf, isIndexed } from './indexes.ts';
import { judgeFailure } from './policy.ts';

/** Keeps a pod until its end has been counted. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED_FAILURE_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count';
const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';
const MAX_GENERATED_NAME = 58;

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

/** The strategic patch by which a pod is let go. */
export const UNTRACK_PATCH = { metadata: { '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] } };

/** A pod of the Job; with an index it also says how often that index has failed (`replaced`: the pod that failed last). */
export function podFor(job: Job, index: number | undefined, replaced: Pod | undefined): Pod {
  const { metadata, spec } = job.spec?.template ?? {};
  const { name = '' } = job.metadata;
  const finalizers = metadata?.finalizers ?? [];
  const pod: Pod = {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      generateName: `${name}-`, ownerReferences: [controllerRef(job)], ...(metadata?.labels && { labels: metadata.labels }),
      ...(metadata?.annotations && { annotations: metadata.annotations }),
      finalizers: finalizers.includes(TRACKING_FINALIZER) ? finalizers : [...finalizers, TRACKING_FINALIZER],
    },
    spec: { ...spec, containers: spec?.containers ?? [] },
  };
  return index === undefined ? pod : indexed(pod, job, index, replaced);
}

function indexed(pod: Pod, job: Job, index: number, replaced: Pod | undefined): Pod {
  const { name = '' } = job.metadata;
  const suffix = `-${index}-`;
  const { metadata, spec } = pod;
  const counts = job.spec?.backoffLimitPerIndex === undefined ? {} : failureCounts(job, replaced);
  return {
    ...pod,
    metadata: {
      ...metadata, generateName: `${name.slice(0, MAX_GENERATED_NAME - suffix.length)}${suffix}`,
      labels: { ...metadata.labels, [COMPLETION_INDEX]: `${index}` }, annotations: { ...metadata.annotations, [COMPLETION_INDEX]: `${index}`, ...counts },
    },
    spec: {
      ...spec, containers: (spec?.containers ?? []).map(withIndexVariable), hostname: `${name}-${index}`,
      ...(spec?.initContainers && { initContainers: spec.initContainers.map(withIndexVariable) }),
    },
  };
}

function withIndexVariable(container: Container): Container {
  const env = container.env ?? [];
  if (env.some(({ name }) => name === INDEX_VARIABLE)) return container;
  return { ...container, env: [...env, { name: INDEX_VARIABLE, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } } }] };
}

function failureCounts(job: Job, replaced: Pod | undefined): Readonly<Record<string, string>> {
  const counts = replaced ? judgeFailure(job, replaced).counts : false;
  const failures = replaced ? failuresOf(replaced) + Number(counts) : 0;
  const ignored = replaced ? ignoredFailuresOf(replaced) + Number(!counts) : 0;
  return { [FAILURE_COUNT]: `${failures}`, ...(ignored > 0 && { [IGNORED_FAILURE_COUNT]: `${ignored}` }) };
}

/** How often the pod's index had failed before it. */
export function failuresOf(pod: Pod): number {
  return count(pod, FAILURE_COUNT);
}

export function ignoredFailuresOf(pod: Pod): number {
  return count(pod, IGNORED_FAILURE_COUNT);
}

function count(pod: Pod, annotation: string): number {
  const value = Number(pod.metadata.annotations?.[annotation] ?? '0');
  return Number.isInteger(value) && value >= 0 && value <= 0x7fff_ffff ? value : 0;
}

/** At least `count` active pods to remove: those with an index twice, without one or beyond the last, then the youngest in their life. */
export function podsForRemoval(job: Job, active: readonly Pod[], count: number): readonly Pod[] {
  const { removed, left } = isIndexed(job) ? surplusOfIndexes(active, job.spec?.completions ?? 0) : { removed: [], left: active };
  if (removed.length >= count) return removed;
  return [...removed, ...left.toSorted(byRemoval).slice(0, count - removed.length)];
}

function surplusOfIndexes(active: readonly Pod[], completions: number): { readonly removed: readonly Pod[]; readonly left: readonly Pod[] } {
  const byIndex = new Map<number, Pod[]>();
  for (const pod of active.toSorted((a, b) => indexOf(a) - indexOf(b))) {
    const same = byIndex.get(indexOf(pod));
    if (same) same.push(pod);
    else byIndex.set(indexOf(pod), [pod]);
  }
  const removed: Pod[] = [];
  const left: Pod[] = [];
  for (const [index, pods] of byIndex) {
    const sorted = pods.toSorted(byRemoval);
    const stays = index >= 0 && index < completions ? sorted.pop() : undefined;
    removed.push(...sorted);
    if (stays) left.push(stays);
  }
  return { removed, left };
}

export function readyOf(pods: readonly Pod[]): number {
  return pods.filter(isReady).length;
}
