// How long a Job waits before it replaces failed pods: 10 s, doubling to 10 min (models backoff_utils.go).
import { parseTime } from '../../../base/time.ts';
import type { ContainerStatus, Pod } from '../../api/generated/types.ts';
import { podCondition } from '../pods.ts';

const FIRST_US = 10_000_000;
const LONGEST_US = 600_000_000;

/** `lastFailureUs`: µs since 1970; 0 while there was none. */
export interface BackoffRecord { readonly failures: number; readonly lastFailureUs: number }

export const NO_FAILURES: BackoffRecord = { failures: 0, lastFailureUs: 0 };

/** The record after these pods: a success later than a failure makes up for it. */
export function nextRecord(before: BackoffRecord, succeeded: readonly Pod[], failed: readonly Pod[]): BackoffRecord {
  if (succeeded.length === 0 && failed.length === 0) return before;
  const failures = failed.map(finishedUs);
  if (succeeded.length === 0) return { failures: before.failures + failures.length, lastFailureUs: Math.max(...failures) };
  const lastSuccessUs = Math.max(...succeeded.map(finishedUs));
  const later = failures.filter((failureUs) => failureUs > lastSuccessUs);
  return { failures: later.length, lastFailureUs: Math.max(0, ...later) };
}

/** What is left of the wait at `unixUs`, in µs. */
export function remainingUs({ failures, lastFailureUs }: BackoffRecord, unixUs: number): number {
  if (failures === 0) return 0;
  return Math.max(0, Math.min(FIRST_US * 2 ** Math.min(failures - 1, 30), LONGEST_US) - (unixUs - lastFailureUs));
}

/** When the pod came to its end, µs since 1970, as well as it can be told. */
export function finishedUs(pod: Pod): number {
  const { metadata, status } = pod;
  const byContainers = lastFinishUs(pod);
  if (byContainers !== undefined) return byContainers;
  const ready = podCondition(pod, 'Ready');
  const notReadyUs = ready?.status === 'False' ? parseTime(ready.lastTransitionTime ?? '') : undefined;
  if (notReadyUs !== undefined) return notReadyUs;
  const deletionUs = parseTime(metadata.deletionTimestamp ?? '');
  if (status && deletionUs !== undefined) return deletionUs - (metadata.deletionGracePeriodSeconds ?? 0) * 1_000_000;
  return parseTime(metadata.creationTimestamp ?? '') ?? 0;
}

/** The last end of a container or sidecar; undefined while one of them runs. */
function lastFinishUs({ spec, status }: Pod): number | undefined {
  const sidecars = new Set((spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  const concerned = (statuses: readonly ContainerStatus[] = []): readonly (number | undefined)[] => statuses.map(({ state }) => parseTime(state?.terminated?.finishedAt ?? ''));
  const containers = concerned(status?.containerStatuses);
  if (containers.includes(undefined)) return undefined;
  const ends = [...containers, ...concerned(status?.initContainerStatuses?.filter(({ name }) => sidecars.has(name)))];
  if (ends.length === 0 || ends.includes(undefined)) return undefined;
  return Math.max(...ends.filter((end) => end !== undefined));
}
