// Pods (models pkg/registry/core/pod).
import type { Container, LabelSelector, Pod, PodAffinity, PodAffinityTerm, PodCondition, PodSpec, PodStatus } from '../generated/types.ts';
import { change, each } from '../defaults/fill.ts';
import { defaultPod } from '../defaults/pod.ts';
import { qosClass } from '../qos.ts';
import { schemaName } from '../schema.ts';
import { dns1123Label, subdomainName } from '../validation/names.ts';
import { validateEphemeralContainersUpdate, validatePodUpdate } from '../validation/pod-update.ts';
import { validatePodResize } from '../validation/pod-resize.ts';
import { validatePodStatusUpdate } from '../validation/pod-status.ts';
import { validatePod } from '../validation/pod.ts';
import { podWarnings } from '../validation/pod-warnings.ts';
import { countUp, defineKind, keep, keepMeta } from './define.ts';
import { appArmorWarnings, withAppArmorFields } from './pod-app-armor.ts';
import { podRow } from './pod-row.ts';

const gatedCondition: PodCondition = {
  type: 'PodScheduled', status: 'False', lastProbeTime: null, lastTransitionTime: null, reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
} as unknown as PodCondition;

function startingStatus(spec: PodSpec, now: string): PodStatus {
  const status: PodStatus = { phase: 'Pending', qosClass: qosClass(spec) };
  return spec.schedulingGates === undefined ? status : { ...status, conditions: [{ ...gatedCondition, lastTransitionTime: now }] };
}

/** matchLabelKeys and mismatchLabelKeys become requirements with the pod's own values. */
function withLabelKeys(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>>, keys: readonly string[], operator: 'In' | 'NotIn'): LabelSelector | undefined {
  const added = keys.filter((key) => labels[key] !== undefined).map((key) => ({ key, operator, values: [labels[key] ?? ''] }));
  return selector === undefined || added.length === 0 ? selector : { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] };
}

function mergeLabelKeys(pod: Pod): Pod {
  const labels = pod.metadata.labels ?? {};
  const term = (before: PodAffinityTerm): PodAffinityTerm => {
    const matched = withLabelKeys(before.labelSelector, labels, before.matchLabelKeys ?? [], 'In');
    const selector = withLabelKeys(matched, labels, before.mismatchLabelKeys ?? [], 'NotIn');
    return selector === before.labelSelector ? before : { ...before, labelSelector: selector };
  };
  const terms = (affinity: PodAffinity): PodAffinity => {
    const preferred = change(affinity, 'preferredDuringSchedulingIgnoredDuringExecution', (list) => each(list, (weighted) => change(weighted, 'podAffinityTerm', term)));
    return change(preferred, 'requiredDuringSchedulingIgnoredDuringExecution', (list) => each(list, term));
  };
  return change(pod, 'spec', (spec) => {
    const withAffinity = change(spec, 'affinity', (affinity) => change(change(affinity, 'podAffinity', terms), 'podAntiAffinity', terms));
    return change(withAffinity, 'topologySpreadConstraints', (list) => each(list, (constraint) => {
      const selector = withLabelKeys(constraint.labelSelector, labels, constraint.matchLabelKeys ?? [], 'In');
      return selector === constraint.labelSelector ? constraint : { ...constraint, labelSelector: selector };
    }));
  });
}

/** Conditions and the status keep the generation that they were observed at, unless the writer says another. */
function keepObservedGenerations(next: PodStatus, old: PodStatus): PodStatus {
  const kept = next.conditions?.some(({ observedGeneration }) => !observedGeneration) ? { ...next, conditions: withGenerations(next.conditions, old.conditions ?? []) } : next;
  return kept.observedGeneration || !old.observedGeneration ? kept : { ...kept, observedGeneration: old.observedGeneration };
}

function withGenerations(conditions: readonly PodCondition[], old: readonly PodCondition[]): readonly PodCondition[] {
  const known = new Map<string, number[]>();
  for (const { type, observedGeneration } of old) known.set(type, [...(known.get(type) ?? []), observedGeneration ?? 0]);
  return each(conditions, (condition) => {
    const generation = known.get(condition.type)?.shift() ?? 0;
    return condition.observedGeneration || generation === 0 ? condition : { ...condition, observedGeneration: generation };
  });
}

function prepareStatus(next: Pod, old: Pod): Pod {
  const { deletionTimestamp: _, ownerReferences: __, ...metadata } = next.metadata;
  const owners = old.metadata.ownerReferences === undefined ? {} : { ownerReferences: old.metadata.ownerReferences };
  const status = keepObservedGenerations(next.status ?? {}, old.status ?? {});
  const qos = status.qosClass ?? old.status?.qosClass;
  return { ...keep(next, old, 'spec'), metadata: { ...metadata, ...owners }, status: qos === undefined || status.qosClass === qos ? status : { ...status, qosClass: qos } };
}

function onlyEphemeralContainers(next: Pod, old: Pod): Pod {
  const ephemeralContainers = next.spec?.ephemeralContainers;
  const { ephemeralContainers: _, ...spec } = old.spec ?? ({} as PodSpec);
  return { ...keepMeta(keep(next, old, 'status'), old), spec: ephemeralContainers === undefined ? spec : { ...spec, ephemeralContainers } };
}

/** A resize changes resources and resize policies of the containers that are there; anything else is left for validation to refuse. */
function onlyResources(next: Pod, old: Pod): Pod {
  const before = old.spec ?? ({} as PodSpec);
  const after = next.spec ?? ({} as PodSpec);
  if (after.containers.length !== before.containers.length || after.initContainers?.length !== before.initContainers?.length) return next;
  const resources = after.resources === undefined ? {} : { resources: after.resources };
  const { resources: _, ...rest } = before;
  const spec: PodSpec = { ...rest, ...resources, containers: resized(after.containers, before.containers) };
  const withInit = after.initContainers === undefined ? spec : { ...spec, initContainers: resized(after.initContainers, before.initContainers ?? []) };
  return { ...keepMeta(keep(next, old, 'status'), old), spec: withInit };
}

function resized(next: readonly Container[], old: readonly Container[]): readonly Container[] {
  if (next.some((container, i) => container.name !== old[i]?.name)) return next;
  return old.map((container, i) => {
    const { resizePolicy: _, ...rest } = container;
    const policy = next[i]?.resizePolicy;
    const result: Container = { ...rest, resources: next[i]?.resources ?? {} };
    return policy === undefined ? result : { ...result, resizePolicy: policy };
  });
}

const finished: Readonly<Record<string, { readonly reason: string; readonly message: string } | undefined>> = {
  Succeeded: { reason: 'Succeeded', message: 'The pod has completed successfully.' },
  Failed: { reason: 'Failed', message: 'The pod failed.' },
};

/** podIP is the first of podIPs; where they differ the single one counts, as old kubelets know no other. */
function withBothAddresses(pod: Pod): Pod {
  const { podIP, podIPs = [] } = pod.status ?? {};
  const first = podIPs[0]?.ip;
  if ((podIP ?? '') === (first ?? '')) return pod;
  return { ...pod, status: podIP ? { ...pod.status, podIPs: [{ ip: podIP }] } : { ...pod.status, podIP: first } };
}

export const podKind = defineKind<Pod>({
  group: '', version: 'v1', kind: 'Pod', plural: 'pods', shortNames: ['po'], categories: ['all'], namespaced: true,
  subresources: ['attach', 'binding', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'portforward', 'proxy', 'resize', 'status'],
  schema: schemaName('core.v1', 'Pod'),
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (pod) => withBothAddresses(defaultPod(pod)),
  prepareForCreate: (pod, ctx) => withAppArmorFields(mergeLabelKeys({ ...pod, status: startingStatus(pod.spec ?? { containers: [] }, ctx.now) })),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  status: { prepareForUpdate: prepareStatus, validateUpdate: validatePodStatusUpdate },
  writeSubresources: {
    ephemeralcontainers: {
      prepareForUpdate: (next, old) => countUp(onlyEphemeralContainers(next, old), old, ['spec']),
      validateUpdate: validateEphemeralContainersUpdate,
    },
    resize: {
      prepareForUpdate: (next, old) => countUp(onlyResources(next, old), old, ['spec']),
      validateUpdate: validatePodResize,
    },
  },
  gracePeriodSeconds: (pod, requested) => {
    const ended = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
    if (!pod.spec?.nodeName || ended) return 0;
    const period = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
    return period < 0 ? 1 : period;
  },
  warnings: (pod, old) => {
    if (old !== undefined) return [];
    const messages = dns1123Label(pod.metadata.name ?? '');
    const warning = `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`;
    return [...appArmorWarnings(pod), ...(messages.length > 0 ? [warning] : []), ...podWarnings(pod)];
  },
  selectableFields: (pod) => ({
    'spec.nodeName': pod.spec?.nodeName ?? '',
    'spec.restartPolicy': pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(pod.spec?.hostNetwork ?? false),
    'status.phase': pod.status?.phase ?? '',
    'status.podIP': pod.status?.podIPs?.[0]?.ip ?? '',
    // It may be asked for, and has no value.
    'status.podIPs': '',
    'status.nominatedNodeName': pod.status?.nominatedNodeName ?? '',
  }),
  row: podRow,
  rowCondition: (pod) => finished[pod.status?.phase ?? ''],
});

