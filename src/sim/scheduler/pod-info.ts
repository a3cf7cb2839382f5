// What the scheduler needs to know about a pod, read out of it once (framework.PodInfo).
import { parseTime } from '../../base/time.ts';
import type { Container, Pod, PodAffinityTerm, PodSpec, Volume, WeightedPodAffinityTerm } from '../api/generated/types.ts';
import { keyOf } from '../api/meta.ts';
import type { Labels, Selector } from '../api/selectors.ts';
import { matchesSelector, selectorOf } from '../api/selectors.ts';
import type { Resources } from './resources.ts';
import { podRequests, requestsFollowSpec } from './resources.ts';

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
  // What preemption reads of thousands of pods comes first, so that it is found together in memory.
  readonly priority: number;
  /** status.startTime in microseconds since 1970; undefined before the kubelet has seen the pod. */
  readonly startTimeUs: number | undefined;
  /** Shared by pods that ask for the same. */
  readonly requests: Resources;
  /** Requests with 100m and 200Mi for containers that name none: only for scores. */
  readonly nonZero: Resources;
  readonly pod: Pod;
  /** `namespace/name`. */
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly terminating: boolean;
  readonly hostPorts: readonly HostPort[];
  /** `namespace/name` of the claims that the pod names in its volumes; not those of ephemeral volumes. */
  readonly claimKeys: readonly string[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly AffinityTerm[];
  readonly preferredAntiAffinity: readonly AffinityTerm[];
  /** Equal for pods that (anti-)affinity and spreading cannot tell apart. */
  readonly groupKey: string;
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

const INTERN_LIMIT = 10_000;
const interned = new Map<string, Resources>();

/** One object for equal amounts: most pods come from few templates. */
function intern(resources: Resources): Resources {
  if (resources.scalar !== undefined) return resources;
  const id = `${resources.milliCPU} ${resources.memory} ${resources.ephemeralStorage}`;
  const known = interned.get(id);
  if (known !== undefined) return known;
  if (interned.size >= INTERN_LIMIT) interned.clear();
  interned.set(id, resources);
  return resources;
}

/** What follows from the spec and the labels: the same for all versions of a pod between which only its status changed. */
type Derived = Pick<PodInfo, 'requests' | 'nonZero' | 'labels' | 'namespace' | 'terminating' | 'hostPorts' | 'claimKeys'
  | 'requiredAffinity' | 'requiredAntiAffinity' | 'preferredAffinity' | 'preferredAntiAffinity' | 'groupKey'>;

const derived = new WeakMap<PodSpec, Derived>();

function derivedOf(pod: Pod): Derived {
  const { spec, metadata } = pod;
  if (!spec || !requestsFollowSpec(pod)) return derive(pod);
  let known = derived.get(spec);
  const isSame = known !== undefined && known.labels === (metadata.labels ?? NO_LABELS) && known.namespace === (metadata.namespace ?? '')
    && known.terminating === (metadata.deletionTimestamp !== undefined);
  if (known === undefined || !isSame) derived.set(spec, known = derive(pod));
  return known;
}

function derive(pod: Pod): Derived {
  const namespace = pod.metadata.namespace ?? '';
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const labels = pod.metadata.labels ?? NO_LABELS;
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return {
    requests: intern(podRequests(pod, { nonMissing: false, podLevel: true })),
    nonZero: intern(podRequests(pod, { nonMissing: true, podLevel: true })),
    namespace,
    labels,
    terminating,
    hostPorts: hostPorts(pod),
    claimKeys: claimKeys(pod),
    requiredAffinity: requiredTerms(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, namespace),
    requiredAntiAffinity: requiredTerms(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution, namespace),
    preferredAffinity: preferredTerms(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, namespace),
    preferredAntiAffinity: preferredTerms(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, namespace),
    groupKey: JSON.stringify([namespace, labels, podAffinity, podAntiAffinity, terminating]),
  };
}

function build(pod: Pod): PodInfo {
  const startTime = pod.status?.startTime;
  const known = derivedOf(pod);
  return {
    priority: pod.spec?.priority ?? 0,
    startTimeUs: startTime === undefined ? undefined : parseTime(startTime),
    requests: known.requests,
    nonZero: known.nonZero,
    pod,
    key: keyOf(pod),
    uid: pod.metadata.uid ?? '',
    namespace: known.namespace,
    name: pod.metadata.name ?? '',
    labels: known.labels,
    terminating: known.terminating,
    hostPorts: known.hostPorts,
    claimKeys: known.claimKeys,
    requiredAffinity: known.requiredAffinity,
    requiredAntiAffinity: known.requiredAntiAffinity,
    preferredAffinity: known.preferredAffinity,
    preferredAntiAffinity: known.preferredAntiAffinity,
    groupKey: known.groupKey,
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

const specKeys = new WeakMap<PodInfo, string>();

/** Equal for pods that no plugin can tell apart by their specs. */
export function specKeyOf(info: PodInfo): string {
  let key = specKeys.get(info);
  if (key === undefined) {
    key = JSON.stringify(schedulingPart(info.pod.spec) ?? null);
    specKeys.set(info, key);
  }
  return key;
}

/**
 * The spec without what scheduling never looks at. Every pod has a volume of its own for its service account's token,
 * which would make each spec unlike all others (the real pod signatures leave such volumes out as well).
 */
function schedulingPart(spec: PodSpec | undefined): object | undefined {
  if (spec === undefined) return undefined;
  const { containers, initContainers, ephemeralContainers: _, volumes, ...rest } = spec;
  return { ...rest, containers: containers.map(schedulingContainer), initContainers: initContainers?.map(schedulingContainer), volumes: volumes?.filter(isForeign) };
}

function schedulingContainer({ image, resources, ports, restartPolicy }: Container): object {
  return { image, resources, ports, restartPolicy };
}

/** Whether a volume is more than a directory that the kubelet fills by itself. */
function isForeign({ projected, configMap, secret, downwardAPI, emptyDir }: Volume): boolean {
  return !projected && !configMap && !secret && !downwardAPI && !emptyDir;
}

/** Whether the pod has any inter-pod (anti-)affinity (framework.podWithAffinity). */
export function hasAffinity(info: PodInfo): boolean {
  return info.requiredAffinity.length > 0 || info.requiredAntiAffinity.length > 0
    || info.preferredAffinity.length > 0 || info.preferredAntiAffinity.length > 0;
}
