// QoS classes (models component-helpers/scheduling qos.ComputePodQOS).
import type { Pod } from '../../api/generated/types.ts';
import { milliValue } from '../../api/quantity.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';
const COMPUTE = ['cpu', 'memory'] as const;

/** Guaranteed: cpu and memory limits everywhere, equal to the requests. BestEffort: no cpu or memory anywhere. */
export function qosClassOf(pod: Pod): QosClass {
  if (pod.status?.qosClass) return pod.status.qosClass;
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  let any = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    for (const name of COMPUTE) {
      const limit = resources?.limits?.[name];
      const request = resources?.requests?.[name] ?? limit;
      any ||= (limit !== undefined && milliValue(limit) > 0) || (request !== undefined && milliValue(request) > 0);
      guaranteed &&= limit !== undefined && milliValue(limit) > 0 && request !== undefined && milliValue(request) === milliValue(limit);
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
