// The row of a pod in a table: what kubectl get pods shows (models printPod).
import type { ContainerStatus, Pod } from '../generated/types.ts';
import type { Cell } from '../kind.ts';
import { age } from '../printing.ts';
import { parseTime } from '../../../base/time.ts';

interface Tally { reason: string; restarts: number; lastRestart: string; ready: number }

function exitReason(status: ContainerStatus, prefix: string): string {
  const ended = status.state?.terminated;
  if (ended?.reason) return prefix + ended.reason;
  return ended?.signal ? `${prefix}Signal:${ended.signal}` : `${prefix}ExitCode:${ended?.exitCode ?? 0}`;
}

function countRestarts(status: ContainerStatus, tally: Tally): void {
  tally.restarts += status.restartCount ?? 0;
  const finished = status.lastState?.terminated?.finishedAt;
  if (finished && (parseTime(finished) ?? 0) > (parseTime(tally.lastRestart) ?? -Infinity)) tally.lastRestart = finished;
}

/** Walks the init containers; true while the pod is still initialising. */
function initContainers(pod: Pod, tally: Tally, sidecarTally: Tally): boolean {
  const specs = pod.spec?.initContainers ?? [];
  const sidecars = new Set(specs.filter((container) => container.restartPolicy === 'Always').map(({ name }) => name));
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (let i = 0; i < statuses.length; i++) {
    const status = statuses[i] as ContainerStatus;
    countRestarts(status, tally);
    if (sidecars.has(status.name)) countRestarts(status, sidecarTally);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(status.name) && status.started === true) {
      if (status.ready) tally.ready++;
      continue;
    }
    if (terminated) tally.reason = exitReason(status, 'Init:');
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') tally.reason = `Init:${waiting.reason}`;
    else tally.reason = `Init:${i}/${specs.length}`;
    return true;
  }
  return false;
}

function mainContainers(pod: Pod, tally: Tally): void {
  let running = false;
  let errorReason = '';
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(status, tally);
    const { terminated, waiting, running: isRunning } = status.state ?? {};
    if (waiting?.reason) {
      tally.reason = waiting.reason;
    } else if (terminated) {
      tally.reason = exitReason(status, '');
      if (terminated.exitCode !== 0) errorReason = tally.reason;
    } else if (status.ready && isRunning) {
      running = true;
      tally.ready++;
    }
  }
  if (tally.reason !== 'Completed') return;
  if (running && hasCondition(pod, 'Ready')) tally.reason = 'Running';
  else if (errorReason !== '') tally.reason = errorReason;
  else if (running) tally.reason = 'NotReady';
}

function hasCondition(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

/** What stands in the STATUS column, with ready containers and restarts. */
export function podSummary(pod: Pod): { readonly reason: string; readonly ready: number; readonly total: number; readonly restarts: number; readonly lastRestart: string } {
  const status = pod.status ?? {};
  const tally: Tally = { reason: status.reason || status.phase || '', restarts: 0, lastRestart: '', ready: 0 };
  if (status.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')) tally.reason = 'SchedulingGated';
  const sidecarTally: Tally = { reason: '', restarts: 0, lastRestart: '', ready: 0 };
  const initializing = initContainers(pod, tally, sidecarTally);
  if (!initializing || hasCondition(pod, 'Initialized')) {
    tally.restarts = sidecarTally.restarts;
    tally.lastRestart = sidecarTally.lastRestart;
    mainContainers(pod, tally);
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') tally.reason = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') tally.reason = 'Terminating';
  }
  const sidecars = pod.spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').length ?? 0;
  return { reason: tally.reason, ready: tally.ready, total: (pod.spec?.containers?.length ?? 0) + sidecars, restarts: tally.restarts, lastRestart: tally.lastRestart };
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter((gate) => pod.status?.conditions?.find(({ type }) => type === gate.conditionType)?.status === 'True').length;
  return `${open}/${gates.length}`;
}

export function podRow(pod: Pod, nowMs: number): readonly Cell[] {
  const { reason, ready, total, restarts, lastRestart } = podSummary(pod);
  return [
    pod.metadata.name ?? '', `${ready}/${total}`, reason,
    restarts !== 0 && lastRestart !== '' ? `${restarts} (${age(lastRestart, nowMs)} ago)` : String(restarts),
    age(pod.metadata.creationTimestamp, nowMs),
    pod.status?.podIPs?.[0]?.ip || '<none>', pod.spec?.nodeName || '<none>', pod.status?.nominatedNodeName || '<none>', readinessGates(pod),
  ];
}
