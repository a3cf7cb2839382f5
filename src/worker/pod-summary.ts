import type { Container, Pod } from '../sim/api/generated/types.ts';
import { byResource } from '../sim/api/kinds/index.ts';
import { milliValue, value } from '../sim/api/quantity.ts';
import type { PodPhase, PodSummary } from './protocol.ts';

const STATUS_COLUMN = 'Status';
const READY_COLUMN = 'Ready';

/** The cell of kubectl's table; the API server's own printer makes it. */
function cell(pod: Pod, column: string, nowMs: number): string {
  const kind = byResource('', 'v1', 'pods');
  const index = kind?.columns.findIndex((each) => each.name === column) ?? -1;
  return kind && index >= 0 ? String(kind.row(pod, nowMs)[index] ?? '') : '';
}

/** What kubectl get pods says in STATUS and READY together: changes when a viewer would call it a change. */
export function podStatus(pod: Pod, nowMs: number): string {
  return `${cell(pod, STATUS_COLUMN, nowMs)} ${cell(pod, READY_COLUMN, nowMs)}`;
}

export function summarisePod(pod: Pod, nowMs: number): PodSummary {
  const { metadata, spec, status } = pod;
  const containers = spec?.containers ?? [];
  const statuses = status?.containerStatuses ?? [];
  const owner = metadata.ownerReferences?.find((each) => each.controller);
  const printed = cell(pod, STATUS_COLUMN, nowMs);
  return {
    key: `${metadata.namespace ?? ''}/${metadata.name ?? ''}`, namespace: metadata.namespace ?? '', name: metadata.name ?? '', uid: metadata.uid ?? '',
    node: spec?.nodeName ?? '', phase: phaseOf(pod), status: printed,
    ready: statuses.filter((each) => each.ready).length, containers: containers.length,
    restarts: statuses.reduce((sum, each) => sum + each.restartCount, 0),
    owner: owner ? `${owner.kind}/${owner.name}` : '', ip: status?.podIP ?? '',
    cpuMilli: sum(containers, (each) => milliValue(each.resources?.requests?.['cpu'] ?? 0)),
    memoryBytes: sum(containers, (each) => value(each.resources?.requests?.['memory'] ?? 0)),
  };
}

function sum(containers: readonly Container[], of: (container: Container) => number): number {
  return containers.reduce((total, container) => total + of(container), 0);
}

/** The colour that a pod has: deletion first, then its phase, with Pending split at the node's door. */
function phaseOf(pod: Pod): PodPhase {
  const { metadata, spec, status } = pod;
  if (metadata.deletionTimestamp && status?.reason === 'NodeLost') return 'Unknown';
  if (metadata.deletionTimestamp) return 'Terminating';
  switch (status?.phase) {
    case 'Succeeded': return 'Succeeded';
    case 'Failed': return 'Failed';
    case 'Unknown': return 'Unknown';
    case 'Running': return runningPhase(pod);
    default: return spec?.nodeName ? startingPhase(pod) : 'Pending';
  }
}

const FAILING = new Set(['CrashLoopBackOff', 'ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName', 'CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

function runningPhase(pod: Pod): PodPhase {
  if (startingPhase(pod) === 'Failed') return 'Failed';
  return pod.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ? 'Running' : 'NotReady';
}

function startingPhase(pod: Pod): PodPhase {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return all.some((each) => FAILING.has(each.state?.waiting?.reason ?? '')) ? 'Failed' : 'Creating';
}
