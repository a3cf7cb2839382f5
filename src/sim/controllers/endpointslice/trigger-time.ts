// Since when the endpoints of a service are out of date: the annotation endpoints.kubernetes.io/last-change-trigger-time
// (models endpointslice/util TriggerTimeTracker).
import { parseTime } from '../../../base/time.ts';
import type { Pod, Service } from '../../api/generated/types.ts';
import { podCondition } from '../pods.ts';

export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

/** The times that were known at the last sync of one service. Immutable. */
export interface TriggerState { readonly service: string; readonly pods: ReadonlyMap<string, string> }

/** Selecting a pod, making its endpoint and hashing that to compare it with those of the slices: tens of microseconds in Go. */
const US_PER_POD = 20;

/** How long the endpoints of a service take to work out, by the number of its pods at the last sync. */
export function effortUs(before: TriggerState | undefined): number {
  return (before?.pods.size ?? 0) * US_PER_POD;
}

const laterThan = (a: string, b: string): boolean => (parseTime(a) ?? 0) > (parseTime(b) ?? 0);

/** The earliest time that is new since the last sync; undefined if none is. For a service seen first: its creation. */
export function triggerTime(before: TriggerState | undefined, service: Service, pods: Iterable<Pod>): { readonly state: TriggerState; readonly time: string | undefined } {
  const times = new Map<string, string>();
  let earliest: string | undefined;
  const consider = (time: string): void => {
    if (earliest === undefined || laterThan(earliest, time)) earliest = time;
  };
  for (const pod of pods) {
    const { name = '' } = pod.metadata;
    const time = podCondition(pod, 'Ready')?.lastTransitionTime;
    if (time === undefined) continue;
    times.set(name, time);
    const known = before?.pods.get(name);
    if (known !== time && (known === undefined || laterThan(time, known))) consider(time);
  }
  const created = service.metadata.creationTimestamp ?? '';
  if (created !== '' && (before === undefined || laterThan(created, before.service))) consider(created);
  return { state: { service: created, pods: times }, time: before ? earliest : created || undefined };
}

/** Annotations with the trigger time set or, without one, taken away. */
export function withTriggerTime(annotations: Readonly<Record<string, string>> | undefined, time: string | undefined): Readonly<Record<string, string>> | undefined {
  const { [TRIGGER_TIME]: _old, ...rest } = annotations ?? {};
  if (time !== undefined) return { ...rest, [TRIGGER_TIME]: time };
  return Object.keys(rest).length > 0 ? rest : undefined;
}
