// The pods of a DaemonSet: bound to their node by affinity, tolerating what a broken node is tainted with (models
// daemon/util).
import type { Affinity, DaemonSet, Node, Pod, PodSpec, Toleration } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { toleratedByAny } from '../../scheduler/taints.ts';
import { requiredNodeAffinityMatches } from '../../scheduler/node-affinity.ts';
import { controllerRef } from '../owners.ts';

const GENERATION = 'deprecated.daemonset.template.generation';
const GENERATION_LABEL = 'pod-template-generation';
export const HASH_LABEL = 'controller-revision-hash';

const exists = (key: string, effect: 'NoExecute' | 'NoSchedule'): Toleration => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect });
const ALWAYS: readonly Toleration[] = [
  exists('not-ready', 'NoExecute'), exists('unreachable', 'NoExecute'), exists('disk-pressure', 'NoSchedule'), exists('memory-pressure', 'NoSchedule'),
  exists('pid-pressure', 'NoSchedule'), exists('unschedulable', 'NoSchedule'),
];
const HOST_NETWORK = exists('network-unavailable', 'NoSchedule');

function tolerationsOf(spec: PodSpec | undefined): readonly Toleration[] {
  const own = spec?.tolerations ?? [];
  const added = spec?.hostNetwork ? [...ALWAYS, HOST_NETWORK] : ALWAYS;
  const replaced = own.map((toleration) => added.find((candidate) => sameMatch(candidate, toleration)) ?? toleration);
  return [...replaced, ...added.filter((candidate) => !own.some((toleration) => sameMatch(candidate, toleration)))];
}

/** The same taints are meant (Toleration.MatchToleration). */
function sameMatch(a: Toleration, b: Toleration): boolean {
  return a.key === b.key && a.effect === b.effect && a.operator === b.operator && (a.value ?? '') === (b.value ?? '');
}

function affinityTo(affinity: Affinity | undefined, node: string): Affinity {
  const required = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: [node] }] }] };
  return { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required } };
}

/** Whether a pod belongs on the node, and whether one that is there may stay (NodeShouldRunDaemonPod). */
export function fit(set: DaemonSet, node: Node): { readonly run: boolean; readonly stay: boolean } {
  const spec = set.spec?.template.spec;
  const { name = '' } = node.metadata;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec } as Pod;
  if ((spec?.nodeName && spec.nodeName !== name) || !requiredNodeAffinityMatches(pod, node)) return { run: false, stay: false };
  const tolerations = tolerationsOf(spec);
  const refused = (node.spec?.taints ?? []).filter((taint) => taint.effect !== 'PreferNoSchedule' && !toleratedByAny(tolerations, taint));
  return { run: refused.length === 0, stay: !refused.some((taint) => taint.effect === 'NoExecute') };
}

function templateGeneration(set: DaemonSet): string | undefined {
  const value = set.metadata.annotations?.[GENERATION];
  return value !== undefined && /^[+-]?\d+$/.test(value) ? String(Number(value)) : undefined;
}

/** The pod for one node at one revision. */
export function podFor(set: DaemonSet, node: string, hash: string): ApiObject {
  const { metadata, spec } = set.spec?.template ?? {};
  const generation = templateGeneration(set);
  const pod: Pod = {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      generateName: `${set.metadata.name}-`, ownerReferences: [controllerRef(set)],
      labels: { ...metadata?.labels, ...(generation !== undefined && { [GENERATION_LABEL]: generation }), [HASH_LABEL]: hash },
      ...(metadata?.annotations && { annotations: metadata.annotations }), ...(metadata?.finalizers && { finalizers: metadata.finalizers }),
    },
    spec: { ...spec, containers: spec?.containers ?? [], tolerations: tolerationsOf(spec), affinity: affinityTo(spec?.affinity, node) },
  };
  return pod;
}

export function isUpdated(set: DaemonSet, pod: Pod, hash: string): boolean {
  const labels = pod.metadata.labels ?? {};
  const generation = templateGeneration(set);
  return (hash !== '' && labels[HASH_LABEL] === hash) || (generation !== undefined && labels[GENERATION_LABEL] === generation);
}

/** The node that the pod runs on or is meant for; undefined if it does not say. */
export function targetNode(pod: Pod): string | undefined {
  if (pod.spec?.nodeName) return pod.spec.nodeName;
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const { matchFields = [] } of terms) {
    for (const { key, operator, values = [] } of matchFields) {
      if (key === 'metadata.name' && operator === 'In') return values.length === 1 ? values[0] : undefined;
    }
  }
  return undefined;
}
