// HorizontalPodAutoscalers (models pkg/registry/autoscaling/horizontalpodautoscaler).
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, HPAScalingRules, MetricSpec, MetricStatus, ObjectMeta } from '../generated/types.ts';
import { change } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import type { QuantityText } from '../quantity.ts';
import { canonicalQuantity } from '../quantity.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { nonNegative } from '../validation/metadata.ts';
import type { ApiVersionRule } from '../validation/metrics.ts';
import { apiVersionProblem, validateMetrics, validateScalingRules, validateTargetReference } from '../validation/metrics.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind, keep } from './define.ts';

const specPath = new Path('spec');
const statusPath = new Path('status');

export const roundTripPrefix = 'autoscaling.alpha.kubernetes.io/';
/** In these the first version holds what it has no fields for; no version takes them from a client as annotations. */
export const roundTripAnnotations = ['metrics', 'current-metrics', 'conditions', 'behavior', 'scale-down-tolerance', 'scale-up-tolerance'].map((part) => roundTripPrefix + part);

/** The annotations that are really some. */
export function ownAnnotations({ annotations = {} }: ObjectMeta): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !roundTripAnnotations.includes(name)));
}

function withoutRoundTrip(autoscaler: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const { annotations, ...metadata } = autoscaler.metadata;
  if (annotations === undefined || !roundTripAnnotations.some((name) => name in annotations)) return autoscaler;
  const own = ownAnnotations(autoscaler.metadata);
  return { ...autoscaler, metadata: Object.keys(own).length === 0 ? metadata : { ...metadata, annotations: own } };
}

const defaultMetric: MetricSpec = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
const scaleUpRules: HPAScalingRules = {
  stabilizationWindowSeconds: 0, selectPolicy: 'Max',
  policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }],
};
const scaleDownRules: HPAScalingRules = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

function defaultSpec(before: HorizontalPodAutoscalerSpec): HorizontalPodAutoscalerSpec {
  const spec = before.minReplicas === undefined ? { ...before, minReplicas: 1 } : before;
  const withMetrics = (spec.metrics ?? []).length > 0 ? spec : { ...spec, metrics: [defaultMetric] };
  return change(withMetrics, 'behavior', ({ scaleUp, scaleDown }) => ({ scaleUp: { ...scaleUpRules, ...scaleUp }, scaleDown: { ...scaleDownRules, ...scaleDown } }));
}

interface Rules { readonly minReplicas: number; readonly target: ApiVersionRule; readonly object: ApiVersionRule }

function rulesFor(next: HorizontalPodAutoscalerSpec, old: HorizontalPodAutoscalerSpec | undefined): Rules {
  const { apiVersion, kind } = next.scaleTargetRef;
  const same = old !== undefined && old.scaleTargetRef.apiVersion === apiVersion && old.scaleTargetRef.kind === kind;
  const wasBad = (old?.metrics ?? []).some(({ type, object }) => type === 'Object' && object !== undefined && apiVersionProblem(object.describedObject.apiVersion ?? '', 'valid') !== undefined);
  return {
    minReplicas: old?.minReplicas === 0 ? 0 : 1,
    target: same ? 'any' : kind === 'ReplicationController' ? 'valid' : 'with group',
    object: wasBad ? 'any' : 'valid',
  };
}

function validateSpec(spec: HorizontalPodAutoscalerSpec, rules: Rules, errors: Errors): void {
  const { minReplicas, maxReplicas } = spec;
  const maxPath = specPath.child('maxReplicas');
  if (minReplicas !== undefined && minReplicas < rules.minReplicas) errors.invalid(specPath.child('minReplicas'), minReplicas, `must be greater than or equal to ${rules.minReplicas}`);
  if (maxReplicas === 0) errors.required(maxPath, 'must be set and greater than 0');
  else if (maxReplicas < 0) errors.invalid(maxPath, maxReplicas, 'must be greater than or equal to 1');
  if (minReplicas !== undefined && maxReplicas < minReplicas) errors.invalid(maxPath, maxReplicas, 'must be greater than or equal to `minReplicas`');
  validateTargetReference(spec.scaleTargetRef, rules.target, specPath.child('scaleTargetRef'), errors);
  validateMetrics(spec.metrics ?? [], minReplicas, rules.object, specPath.child('metrics'), errors);
  validateScalingRules(spec.behavior?.scaleUp, specPath.child('behavior').child('scaleUp'), errors);
  validateScalingRules(spec.behavior?.scaleDown, specPath.child('behavior').child('scaleDown'), errors);
}

const unknown = '<unknown>';

function text(amount: QuantityText | undefined): string {
  return canonicalQuantity(amount ?? 0);
}

/** `current/target` of a metric that is a number. */
function valueCell(spec: MetricSpec, status: MetricStatus | undefined): string {
  const source = spec.external ?? spec.object;
  const current = (spec.external ? status?.external : status?.object)?.current;
  const average = source?.target.averageValue;
  if (average !== undefined) return `${current?.averageValue === undefined ? unknown : text(current.averageValue)}/${text(average)} (avg)`;
  return `${current === undefined ? unknown : text(current.value)}/${text(source?.target.value)}`;
}

function resourceCell(spec: MetricSpec, status: MetricStatus | undefined): string {
  const source = spec.resource ?? spec.containerResource;
  const current = (spec.resource ? status?.resource : status?.containerResource)?.current;
  const { averageValue, averageUtilization } = source?.target ?? { type: '' };
  if (averageValue !== undefined) return `${source?.name ?? ''}: ${current === undefined ? unknown : text(current.averageValue)}/${text(averageValue)}`;
  const percent = current?.averageUtilization === undefined ? unknown : `${current.averageUtilization}%`;
  return `${source?.name ?? ''}: ${percent}/${averageUtilization === undefined ? '<auto>' : `${averageUtilization}%`}`;
}

function metricCell(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External': case 'Object': return valueCell(spec, status);
    case 'Pods': return `${status?.pods === undefined ? unknown : text(status.pods.current.averageValue)}/${text(spec.pods?.target.averageValue)}`;
    case 'Resource': case 'ContainerResource': return resourceCell(spec, status);
    default: return '<unknown type>';
  }
}

const maxMetrics = 2;

function metricsCell(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return '<none>';
  const shown = specs.slice(0, maxMetrics).map((spec, i) => metricCell(spec, statuses[i])).join(', ');
  return specs.length > maxMetrics ? `${shown} + ${specs.length - maxMetrics} more...` : shown;
}

export const horizontalPodAutoscalerKind = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', plural: 'horizontalpodautoscalers', shortNames: ['hpa'], categories: ['all'], namespaced: true,
  subresources: ['status'],
  schema: schemaName('autoscaling.v2', 'HorizontalPodAutoscaler'),
  nameRule: subdomainName,
  defaults: (autoscaler) => change(withoutRoundTrip(autoscaler), 'spec', defaultSpec),
  prepareForCreate: (autoscaler) => ({ ...autoscaler, status: { desiredReplicas: 0, currentMetrics: null } as unknown as NonNullable<HorizontalPodAutoscaler['status']> }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: ({ spec }, errors) => validateSpec(spec, rulesFor(spec, undefined), errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateSpec(next.spec, rulesFor(next.spec, old.spec), errors);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: ({ status }, _old, errors, checks) => {
      checks.metadata();
      nonNegative(status?.currentReplicas, statusPath.child('currentReplicas'), errors);
      nonNegative(status?.desiredReplicas, statusPath.child('desiredReplicas'), errors);
    },
  },
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '', `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`, metricsCell(spec.metrics ?? [], status?.currentMetrics ?? []),
    spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas), spec.maxReplicas, status?.currentReplicas ?? 0, age(metadata.creationTimestamp, nowMs),
  ],
});
