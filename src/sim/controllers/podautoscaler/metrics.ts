// What the metrics APIs say about pods (models podautoscaler/metrics).
import { parseTime } from '../../../base/time.ts';
import { parseGoDuration } from '../../api/go-duration.ts';
import type { GroupVersionResource } from '../../api/meta.ts';
import { milliValue } from '../../api/quantity.ts';
import { listRequest } from '../../client/requests.ts';
import { errorText, isSuccess } from '../api-errors.ts';
import { SyncError } from '../steps.ts';
import type { Steps } from '../steps.ts';

const POD_METRICS: GroupVersionResource = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' };

/** A pod's use in thousandths, when it was measured (µs since 1970), and over how long. */
export interface PodMetric { readonly milli: number; readonly unixUs: number; readonly windowUs: number }
export type PodMetrics = ReadonlyMap<string, PodMetric>;

interface PodMetricsItem {
  readonly metadata: { readonly name: string };
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

/**
 * The use of a resource by pod name; of one container if named. Throws SyncError when there is no metrics API or it knows
 * nothing of these pods.
 */
export function resourceMetrics(steps: Steps, resource: string, namespace: string, labelSelector: string, container: string): PodMetrics {
  const result = steps.attempt({ purpose: 'getMetrics', spec: listRequest(POD_METRICS, namespace, { labelSelector }) });
  if (!isSuccess(result)) {
    const text = result.code === 404 ? 'the server could not find the requested resource (get pods.metrics.k8s.io)' : errorText(result);
    throw new SyncError(`unable to get metrics for resource ${resource}: unable to fetch metrics from resource metrics API: ${text}`);
  }
  const items = ((result.body as unknown as { readonly items?: readonly PodMetricsItem[] }).items ?? []);
  if (items.length === 0) throw new SyncError(`unable to get metrics for resource ${resource}: no metrics returned from resource metrics API`);
  const metrics = new Map<string, PodMetric>();
  for (const { metadata, timestamp, window, containers } of items) {
    const used = containers.filter(({ name }) => container === '' || name === container).map(({ usage }) => usage[resource]);
    if (used.length === 0 || used.includes(undefined)) continue;
    const duration = parseGoDuration(window);
    metrics.set(metadata.name, {
      milli: used.reduce((sum, text) => sum + milliValue(text ?? '0'), 0), unixUs: parseTime(timestamp) ?? 0, windowUs: duration.ok ? duration.us : 0,
    });
  }
  return metrics;
}

/** A cluster without an adapter for custom metrics says this. */
export const NO_CUSTOM_METRICS = 'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';

export function noExternalMetrics(name: string): string {
  return `unable to fetch metrics from external metrics API: the server could not find the requested resource (get ${name}.external.metrics.k8s.io)`;
}
