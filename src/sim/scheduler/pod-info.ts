// What the scheduler needs to know about a pod, read out of it once (framework.PodInfo).
import { parseTime } from '../../base/time.ts';
import type { Container, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../api/generated/types.ts';
import { keyOf } from '../api/meta.ts';
import type { Labels, Selector } from '../api/selectors.ts';
import { matchesSelector, selectorOf } from '../api/selectors.ts';
import type { Resources } from './resources.ts';
import { podRequests } from './resources.ts';

/** An affinity term with its selectors parsed (framework.AffinityTerm). */
export interface AffinityTerm {
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: Selector;
  readonly selector: Selector;
  readonly topologyKey: string;
  /** 0 for required terms. */
  readonly weight: number;
}

export interface HostPort { readonly protocol: string; readonly port: number; readonly ip: string }

export interface PodInfo {
  readonly pod: Pod;
  /** `namespace/name`. */
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly priority: number;
  readonly terminating: boolean;
  readonly requests: Resources;
  /** Requests with 100m and 200Mi for containers that name none: only for scores. */
  readonly nonZeroMilliCPU: number;
  readonly nonZeroMemory: number;
  readonly hostPorts: readonly HostPort[];
  /** `namespace/name` of the claims that the pod names in its volumes; not those of ephemeral volumes. */
  readonly claimKeys: readonly string[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly AffinityTerm[];
  readonly preferredAntiAffinity: readonly AffinityTerm[];
  /** Equal for pods that (anti-)affinity and spreading cannot tell apart. */
  readonly groupKey: string;
  /** status.startTime in microseconds since 1970; undefined before the kubelet has seen the pod. */
  readonly startTimeUs: number | undefined;
}

const NO_LABELS: Labels = {};
const NO_TERMS: readonly AffinityTerm[] = [];
const NO_PORTS: readonly HostPort[] = [];
const NO_CLAIMS: readonly string[] = [];

function termNamespaces(term: PodAffinityTerm, podNamespace: string): ReadonlySet<string> {
  const named = term.namespaces ?? [];
  if (named.length === 0 && term.namespaceSelector === undefined) return new Set([podNamespace]);
  return new Set(named);
}

function parseTerm(term: PodAffinityTerm, podNamespace: string, weight: number): AffinityTerm {
  return {
    namespaces: termNamespaces(term, podNamespace),
    namespaceSelector: selectorOf(term.namespaceSelector),
    selector: selectorOf(term.labelSelector),
    topologyKey: term.topologyKey,
    weight,
  };
}

function requiredTerms(terms: readonly PodAffinityTerm[] | undefined, podNamespace: string): readonly AffinityTerm[] {
  return terms === undefined ? NO_TERMS : terms.map((term) => parseTerm(term, podNamespace, 0));
}

function preferredTerms(terms: readonly WeightedPodAffinityTerm[] | undefined, podNamespace: string): readonly AffinityTerm[] {
  return terms === undefined ? NO_TERMS : terms.map((term) => parseTerm(term.podAffinityTerm, podNamespace, term.weight));
}

/**
 * Whether `term` is about pods of this namespace with these labels. `namespaceLabels` gives a namespace's labels.
 * Models AffinityTerm.Matches.
 */
export function termMatches(term: AffinityTerm, namespace: string, labels: Labels, namespaceLabels: (name: string) => Labels | undefined): boolean {
  if (!term.namespaces.has(namespace)) {
    const { namespaceSelector } = term;
    if (namespaceSelector.nothing) return false;
    if (namespaceSelector.requirements.length > 0 && !matchesSelector(namespaceSelector, namespaceLabels(namespace))) return false;
  }
  return matchesSelector(term.selector, labels);
}

function portsOf(containers: readonly Container[] | undefined, into: HostPort[]): void {
  for (const container of containers ?? []) {
    for (const port of container.ports ?? []) {
      if ((port.hostPort ?? 0) <= 0) continue;
      into.push({ protocol: port.protocol ?? 'TCP', port: port.hostPort ?? 0, ip: port.hostIP || '0.0.0.0' });
    }
  }
}

function hostPorts(pod: Pod): readonly HostPort[] {
  const ports: HostPort[] = [];
  portsOf(pod.spec?.containers, ports);
  portsOf(pod.spec?.initContainers?.filter((container) => container.restartPolicy === 'Always'), ports);
  return ports.length === 0 ? NO_PORTS : ports;
}

function claimKeys(pod: Pod): readonly string[] {
  const keys: string[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    if (volume.persistentVolumeClaim) keys.push(`${pod.metadata.namespace ?? ''}/${volume.persistentVolumeClaim.claimName}`);
  }
  return keys.length === 0 ? NO_CLAIMS : keys;
}

function build(pod: Pod): PodInfo {
  const namespace = pod.metadata.namespace ?? '';
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const requests = podRequests(pod, { nonMissing: false, podLevel: true });
  const nonZero = podRequests(pod, { nonMissing: true, podLevel: true });
  const labels = pod.metadata.labels ?? NO_LABELS;
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const startTime = pod.status?.startTime;
  return {
    pod,
    key: keyOf(pod),
    uid: pod.metadata.uid ?? '',
    namespace,
    name: pod.metadata.name ?? '',
    labels,
    priority: pod.spec?.priority ?? 0,
    terminating,
    requests,
    nonZeroMilliCPU: nonZero.milliCPU,
    nonZeroMemory: nonZero.memory,
    hostPorts: hostPorts(pod),
    claimKeys: claimKeys(pod),
    requiredAffinity: requiredTerms(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, namespace),
    requiredAntiAffinity: requiredTerms(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution, namespace),
    preferredAffinity: preferredTerms(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, namespace),
    preferredAntiAffinity: preferredTerms(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, namespace),
    groupKey: JSON.stringify([namespace, labels, podAffinity, podAntiAffinity, terminating]),
    startTimeUs: startTime === undefined ? undefined : parseTime(startTime),
  };
}

const infos = new WeakMap<Pod, PodInfo>();

/** The PodInfo of a pod object, memoised by the (immutable) object. */
export function podInfoOf(pod: Pod): PodInfo {
  let info = infos.get(pod);
  if (info === undefined) {
    info = build(pod);
    infos.set(pod, info);
  }
  return info;
}

/** Whether the pod has any inter-pod (anti-)affinity (framework.podWithAffinity). */
export function hasAffinity(info: PodInfo): boolean {
  return info.requiredAffinity.length > 0 || info.requiredAntiAffinity.length > 0
    || info.preferredAffinity.length > 0 || info.preferredAntiAffinity.length > 0;
}
