// Names, ordinals and volumes by which a StatefulSet knows its pods (models stateful_set_utils.go).
import type { PersistentVolumeClaim, Pod, StatefulSet, Volume } from '../../api/generated/types.ts';
import { controllerRef } from '../owners.ts';
import { isAvailable, isReady } from '../pods.ts';

const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';
const REVISION = 'controller-revision-hash';

export function replicasOf(set: StatefulSet): number {
  return set.spec?.replicas ?? 1;
}

export function startOrdinal(set: StatefulSet): number {
  return set.spec?.ordinals?.start ?? 0;
}

/** The number at the end of a pod's name; -1 if there is none. */
export function ordinalOf(pod: Pod): number {
  const match = /^(.*)-(\d+)$/s.exec(pod.metadata.name ?? '');
  const ordinal = Number(match?.[2]);
  return match && ordinal <= 0x7fff_ffff ? ordinal : -1;
}

function parentOf(pod: Pod): string {
  return /^(.*)-(\d+)$/s.exec(pod.metadata.name ?? '')?.[1] ?? '';
}

export function isMember(set: StatefulSet, pod: Pod): boolean {
  return parentOf(pod) === set.metadata.name;
}

export function inRange(set: StatefulSet, pod: Pod): boolean {
  const index = ordinalOf(pod) - startOrdinal(set);
  return index >= 0 && index < replicasOf(set);
}

export function revisionOf(pod: Pod): string {
  return pod.metadata.labels?.[REVISION] ?? '';
}

/** False for a pod that is only planned. */
export function isCreated(pod: Pod): boolean {
  return (pod.status?.phase ?? '') !== '';
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isReady(pod);
}

export function isUnavailable(set: StatefulSet, pod: Pod, unixUs: number): boolean {
  return isTerminating(pod) || !isAvailable(pod, set.spec?.minReadySeconds ?? 0, unixUs);
}

export function claimName(set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** The claims that a pod of this ordinal uses, in the order of the templates. */
export function claimsFor(set: StatefulSet, ordinal: number): readonly PersistentVolumeClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => ({
    ...template, apiVersion: 'v1', kind: 'PersistentVolumeClaim',
    metadata: {
      ...template.metadata, name: claimName(set, template, ordinal), namespace: set.metadata.namespace,
      labels: { ...template.metadata.labels, ...set.spec?.selector.matchLabels },
    },
  }));
}

function volumesFor(set: StatefulSet, ordinal: number, volumes: readonly Volume[]): readonly Volume[] {
  const templates = set.spec?.volumeClaimTemplates ?? [];
  const claimed = templates.map((template): Volume => ({ name: template.metadata.name ?? '', persistentVolumeClaim: { claimName: claimName(set, template, ordinal) } }));
  return [...claimed, ...volumes.filter((volume) => !claimed.some(({ name }) => name === volume.name))];
}

/** The pod of an ordinal, planned from the set's template at a revision. */
export function plannedPod(set: StatefulSet, ordinal: number, revision: string): Pod {
  const { metadata, spec } = set.spec?.template ?? {};
  const { name: setName = '', namespace } = set.metadata;
  const name = `${setName}-${ordinal}`;
  const volumes = volumesFor(set, ordinal, spec?.volumes ?? []);
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace, generateName: `${setName}-`, ownerReferences: [controllerRef(set)],
      labels: { ...metadata?.labels, [POD_NAME]: name, [POD_INDEX]: String(ordinal), [REVISION]: revision },
      ...(metadata?.annotations && { annotations: metadata.annotations }), ...(metadata?.finalizers && { finalizers: metadata.finalizers }),
    },
    spec: {
      ...spec, containers: spec?.containers ?? [], hostname: name, ...(set.spec?.serviceName && { subdomain: set.spec.serviceName }),
      ...(volumes.length > 0 && { volumes }),
    },
  };
}

export function hasIdentity(set: StatefulSet, pod: Pod): boolean {
  return isMember(set, pod) && pod.metadata.labels?.[POD_NAME] === pod.metadata.name;
}

export function hasStorage(set: StatefulSet, pod: Pod): boolean {
  const ordinal = ordinalOf(pod);
  return (set.spec?.volumeClaimTemplates ?? []).every((template) => {
    const volume = pod.spec?.volumes?.find(({ name }) => name === template.metadata.name);
    return volume?.persistentVolumeClaim?.claimName === claimName(set, template, ordinal);
  });
}

/** A pod with its identity and volumes as they should be. */
export function corrected(set: StatefulSet, pod: Pod): Pod {
  const ordinal = ordinalOf(pod);
  const labels = { ...pod.metadata.labels, [POD_NAME]: pod.metadata.name ?? '', [POD_INDEX]: String(ordinal) };
  const identified: Pod = hasIdentity(set, pod) ? pod : { ...pod, metadata: { ...pod.metadata, labels } };
  if (hasStorage(set, pod) || !identified.spec) return identified;
  return { ...identified, spec: { ...identified.spec, volumes: volumesFor(set, ordinal, identified.spec.volumes ?? []) } };
}
