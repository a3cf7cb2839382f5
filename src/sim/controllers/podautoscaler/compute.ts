// The replicas that each metric of an autoscaler asks for, the largest of which counts (models computeReplicasForMetrics).
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus, Pod } from '../../api/generated/types.ts';
import { formatQuantity, milliValue, quantityFromMilli } from '../../api/quantity.ts';
import { SyncError } from '../steps.ts';
import type { Steps } from '../steps.ts';
import type { Condition } from './behavior.ts';
import { NO_CUSTOM_METRICS, noExternalMetrics, resourceMetrics } from './metrics.ts';
import { replicasForAverage, replicasForUtilization } from './replicas.ts';
import type { Settings } from './replicas.ts';

export interface Target {
  readonly hpa: HorizontalPodAutoscaler;
  /** As the scale subresource writes it. */
  readonly selector: string;
  readonly pods: readonly Pod[];
  readonly replicas: number;
  readonly settings: Settings;
}

interface Answer { readonly replicas: number; readonly name: string; readonly status: MetricStatus }

export interface Computed {
  /** Undefined: nothing can be said, or too little to scale down. */
  readonly replicas: number | undefined;
  readonly metric: string;
  readonly statuses: readonly MetricStatus[];
  readonly condition: Condition;
  /** Why some metrics, or all, could not be used. */
  readonly error: string | undefined;
}

/** Without a metric's value there is nothing to say of it. */
const UNKNOWN: MetricStatus = { type: '' };

export function computeReplicas(target: Target, steps: Steps): Computed {
  const { metrics = [] } = target.hpa.spec;
  const statuses: MetricStatus[] = [];
  const failures: { readonly condition: Condition; readonly message: string }[] = [];
  let best: Answer | undefined;
  for (const spec of metrics) {
    const found = answerOf(target, spec, steps);
    if ('message' in found) failures.push(found);
    else if (!best || best.replicas === 0 || found.replicas > best.replicas) best = found;
    statuses.push('message' in found ? UNKNOWN : found.status);
  }
  const [first] = failures;
  const error = first && `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${first.message}`;
  if (first && (failures.length >= metrics.length || (best?.replicas ?? 0) < target.replicas)) return { replicas: undefined, metric: '', statuses, condition: first.condition, error };
  const metric = best?.name ?? '';
  const condition: Condition = { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: `the HPA was able to successfully calculate a replica count from ${metric}` };
  return { replicas: best?.replicas ?? 0, metric, statuses, condition, error };
}

type Failure = { readonly condition: Condition; readonly message: string };

function answerOf(target: Target, spec: MetricSpec, steps: Steps): Answer | Failure {
  const source = sourceOf(target, spec);
  try {
    return source.ask(steps);
  } catch (thrown) {
    if (!(thrown instanceof SyncError)) throw thrown;
    steps.event({ about: target.hpa, type: 'Warning', reason: source.reason, message: thrown.message });
    const condition: Condition = { type: 'ScalingActive', status: 'False', reason: source.reason, message: `the HPA was unable to compute the replica count: ${thrown.message}` };
    return { condition, message: `${source.failed}: ${thrown.message}` };
  }
}

interface Source {
  /** Of the condition and the event when it fails, and how the error goes on. */
  readonly reason: string;
  readonly failed: string;
  ask(steps: Steps): Answer;
}

function sourceOf(target: Target, spec: MetricSpec): Source {
  const { resource, containerResource, pods, object, external, type } = spec;
  const { namespace = '' } = target.hpa.metadata;
  if (resource) return { reason: 'FailedGetResourceMetric', failed: `failed to get ${resource.name} resource metric value`, ask: (steps) => ofResource(target, steps, resource, '') };
  if (containerResource) {
    const { container } = containerResource;
    return { reason: 'FailedGetContainerResourceMetric', failed: `failed to get ${container} container metric value`, ask: (steps) => ofResource(target, steps, containerResource, container) };
  }
  const refuse = (message: string) => (): never => {
    throw new SyncError(message);
  };
  if (pods) return { reason: 'FailedGetPodsMetric', failed: 'failed to get pods metric value', ask: refuse(`unable to get metric ${pods.metric.name}: ${NO_CUSTOM_METRICS}`) };
  if (object) {
    const { metric: { name }, describedObject, target: { averageValue } } = object;
    const why = `unable to get metric ${name}: ${NO_CUSTOM_METRICS} on ${describedObject.kind} ${namespace}/${describedObject.name}`;
    return { reason: 'FailedGetObjectMetric', failed: 'failed to get object metric value', ask: refuse(averageValue === undefined ? why : `failed to get ${name} object metric: ${why}`) };
  }
  if (external) {
    const { metric: { name, selector }, target: { averageValue } } = external;
    const why = `unable to get external metric ${namespace}/${name}/${selectorText(selector)}: ${noExternalMetrics(name)}`;
    return {
      reason: 'FailedGetExternalMetric', failed: `failed to get ${name} external metric value`,
      ask: refuse(averageValue === undefined ? `failed to get external metric ${name}: ${why}` : `failed to get ${name} external metric: ${why}`),
    };
  }
  return { reason: 'InvalidMetricSourceType', failed: '', ask: refuse(`unknown metric source type "${type}"`) };
}

/** A LabelSelector as its Go type prints itself. */
function selectorText(selector: { readonly matchLabels?: Readonly<Record<string, string>> } | undefined): string {
  if (!selector) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}: ${value},`).join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{},}`;
}

function ofResource({ hpa, selector, pods, replicas, settings }: Target, steps: Steps, { name, target }: { readonly name: string; readonly target: MetricTarget }, container: string): Answer {
  const { namespace = '' } = hpa.metadata;
  const kind = target.averageValue === undefined ? 'utilization' : 'usage';
  try {
    const metrics = resourceMetrics(steps, name, namespace, selector, container);
    const question = { pods, metrics, resource: name, current: replicas, settings };
    const proposal = target.averageValue === undefined
      ? replicasForUtilization(question, target.averageUtilization ?? 0, container)
      : replicasForAverage(question, milliValue(target.averageValue));
    const current: MetricValueStatus = {
      ...(proposal.utilization !== undefined && { averageUtilization: proposal.utilization }),
      averageValue: formatQuantity(quantityFromMilli(proposal.averageMilli, name === 'memory' ? 'BinarySI' : 'DecimalSI')),
    };
    const status: MetricStatus = container === '' ? { type: 'Resource', resource: { name, current } } : { type: 'ContainerResource', containerResource: { name, container, current } };
    const described = container === '' ? 'resource' : 'container resource';
    return { replicas: proposal.replicas, status, name: proposal.utilization === undefined ? `${name} resource` : `${name} ${described} utilization (percentage of request)` };
  } catch (thrown) {
    if (thrown instanceof SyncError) throw new SyncError(`failed to get ${name} ${kind}: ${thrown.message}`);
    throw thrown;
  }
}
