// HorizontalPodAutoscalers in their first version, which knows nothing but a share of CPU: anything else stands in
// annotations (models pkg/apis/autoscaling/v1/conversion.go). They are stored in the second version.
import type { AutoscalingHorizontalPodAutoscaler, HorizontalPodAutoscaler, HPAScalingRules, Json, JsonObject, MetricSpec, MetricStatus, MetricTarget, ObjectMeta } from '../generated/types.ts';
import type { Kind } from '../kind.ts';
import type { ApiObject } from '../meta.ts';
import { schemaName } from '../schema.ts';
import { horizontalPodAutoscalerKind as hub, ownAnnotations, roundTripAnnotations, roundTripPrefix as prefix } from './horizontal-pod-autoscaler.ts';

type First = AutoscalingHorizontalPodAutoscaler;


function isCpu(metric: MetricSpec): boolean {
  return metric.type === 'Resource' && metric.resource?.name === 'cpu' && metric.resource.target.averageUtilization !== undefined;
}

function compact(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

const asJson = (value: unknown): Json | undefined => value as Json | undefined;

/** A metric as the annotation holds it. */
function metricToFirst({ type, object, external, pods, resource, containerResource }: MetricSpec): JsonObject {
  const ofResource = (source: { readonly name: string; readonly target: MetricTarget } | undefined): Json | undefined => source && compact({
    name: source.name, targetAverageUtilization: source.target.averageUtilization, targetAverageValue: source.target.averageValue,
  });
  return compact({
    type,
    object: object && compact({ target: asJson(object.describedObject), metricName: object.metric.name, targetValue: object.target.value ?? '0', selector: asJson(object.metric.selector), averageValue: object.target.averageValue }),
    pods: pods && compact({ metricName: pods.metric.name, targetAverageValue: pods.target.averageValue ?? '0', selector: asJson(pods.metric.selector) }),
    resource: ofResource(resource),
    containerResource: containerResource && compact({ ...(ofResource(containerResource) as JsonObject), container: containerResource.container }),
    external: external && compact({ metricName: external.metric.name, metricSelector: asJson(external.metric.selector), targetValue: external.target.value, targetAverageValue: external.target.averageValue }),
  });
}

function statusToFirst({ type, object, external, pods, resource, containerResource }: MetricStatus): JsonObject {
  const ofResource = (source: MetricStatus['resource']): Json | undefined => source && compact({
    name: source.name, currentAverageUtilization: source.current.averageUtilization, currentAverageValue: source.current.averageValue ?? '0',
  });
  return compact({
    type,
    object: object && compact({ target: asJson(object.describedObject), metricName: object.metric.name, currentValue: object.current.value ?? '0', selector: asJson(object.metric.selector), averageValue: object.current.averageValue }),
    pods: pods && compact({ metricName: pods.metric.name, currentAverageValue: pods.current.averageValue ?? '0', selector: asJson(pods.metric.selector) }),
    resource: ofResource(resource),
    containerResource: containerResource && compact({ ...(ofResource(containerResource) as JsonObject), container: containerResource.container }),
    external: external && compact({ metricName: external.metric.name, metricSelector: asJson(external.metric.selector), currentValue: external.current.value ?? '0', currentAverageValue: external.current.averageValue }),
  });
}

/** The members of an object of the annotation, whatever they are. */
type Loose = Readonly<Record<string, Json | undefined>>;

function loose(value: Json | undefined): Loose | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Loose : undefined;
}

function identifier(name: Json | undefined, selector: Json | undefined): JsonObject {
  return compact({ name: name ?? '', selector });
}

function resourceFromFirst(source: Loose | undefined): JsonObject | undefined {
  if (source === undefined) return undefined;
  const { name, container, targetAverageUtilization: averageUtilization, targetAverageValue: averageValue } = source;
  return compact({ name, container, target: compact({ type: averageUtilization === undefined ? 'AverageValue' : 'Utilization', averageValue, averageUtilization }) });
}

function metricFromFirst(metric: Json): JsonObject {
  const { type, ...sources } = loose(metric) ?? {};
  const [object, external, pods] = [loose(sources['object']), loose(sources['external']), loose(sources['pods'])];
  const average = object?.['averageValue'];
  const value = average !== undefined && object?.['targetValue'] === '0' ? undefined : object?.['targetValue'];
  return compact({
    type,
    object: object && { describedObject: object['target'] ?? {}, metric: identifier(object['metricName'], object['selector']), target: compact({ type: average === undefined ? 'Value' : 'AverageValue', value, averageValue: average }) },
    pods: pods && { metric: identifier(pods['metricName'], pods['selector']), target: compact({ type: 'AverageValue', averageValue: pods['targetAverageValue'] }) },
    resource: resourceFromFirst(loose(sources['resource'])),
    containerResource: resourceFromFirst(loose(sources['containerResource'])),
    external: external && {
      metric: identifier(external['metricName'], external['metricSelector']),
      target: compact({ type: external['targetValue'] === undefined ? 'AverageValue' : 'Value', value: external['targetValue'], averageValue: external['targetAverageValue'] }),
    },
  });
}

function currentFromFirst(source: Loose | undefined): JsonObject | undefined {
  return source && compact({ name: source['name'], container: source['container'], current: compact({ averageValue: source['currentAverageValue'], averageUtilization: source['currentAverageUtilization'] }) });
}

function statusFromFirst(status: Json): JsonObject {
  const { type, ...sources } = loose(status) ?? {};
  const [object, external, pods] = [loose(sources['object']), loose(sources['external']), loose(sources['pods'])];
  return compact({
    type,
    object: object && { describedObject: object['target'] ?? {}, metric: identifier(object['metricName'], object['selector']), current: compact({ value: object['currentValue'], averageValue: object['averageValue'] }) },
    pods: pods && { metric: identifier(pods['metricName'], pods['selector']), current: compact({ averageValue: pods['currentAverageValue'] }) },
    resource: currentFromFirst(loose(sources['resource'])),
    containerResource: currentFromFirst(loose(sources['containerResource'])),
    external: external && { metric: identifier(external['metricName'], external['metricSelector']), current: compact({ value: external['currentValue'], averageValue: external['currentAverageValue'] }) },
  });
}

/** The behaviour stands there in its Go form. */
function rulesToFirst(rules: HPAScalingRules | undefined): Json {
  if (rules === undefined) return null;
  return {
    StabilizationWindowSeconds: rules.stabilizationWindowSeconds ?? null, SelectPolicy: rules.selectPolicy ?? null,
    Policies: rules.policies?.map(({ type, value, periodSeconds }) => ({ Type: type, Value: value, PeriodSeconds: periodSeconds })) ?? null, Tolerance: rules.tolerance ?? null,
  };
}

function rulesFromFirst(value: Json | undefined): JsonObject | undefined {
  const rules = loose(value);
  if (rules === undefined) return undefined;
  const policies = rules['Policies'] as readonly Loose[] | null | undefined;
  return compact({
    stabilizationWindowSeconds: rules['StabilizationWindowSeconds'] ?? undefined, selectPolicy: rules['SelectPolicy'] ?? undefined, tolerance: rules['Tolerance'] ?? undefined,
    policies: policies?.map((policy) => compact({ type: policy['Type'], value: policy['Value'], periodSeconds: policy['PeriodSeconds'] })),
  });
}

function withAnnotations(meta: ObjectMeta, added: Readonly<Record<string, string>>): ObjectMeta {
  const { annotations: _, ...rest } = meta;
  const annotations = { ...ownAnnotations(meta), ...added };
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function toFirst(stored: HorizontalPodAutoscaler): First {
  const { spec, status } = stored;
  const metrics = spec.metrics ?? [];
  const others = metrics.filter((metric) => !isCpu(metric)).map(metricToFirst);
  const current = status?.currentMetrics ?? [];
  const added: Record<string, string> = {};
  if (others.length > 0) added[`${prefix}metrics`] = JSON.stringify(others);
  if (current.length > 0) added[`${prefix}current-metrics`] = JSON.stringify(current.map(statusToFirst));
  if (spec.behavior) added[`${prefix}behavior`] = JSON.stringify({ ScaleUp: rulesToFirst(spec.behavior.scaleUp), ScaleDown: rulesToFirst(spec.behavior.scaleDown) });
  if ((status?.conditions ?? []).length > 0) added[`${prefix}conditions`] = JSON.stringify(status?.conditions?.map(({ type, status: state, lastTransitionTime, reason, message }) => ({ type, status: state, lastTransitionTime, reason, message })));
  const percentage = metrics.find(isCpu)?.resource?.target.averageUtilization;
  const used = current.find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu')?.resource?.current.averageUtilization;
  return {
    apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: withAnnotations(stored.metadata, added),
    spec: compact({ scaleTargetRef: asJson(spec.scaleTargetRef), minReplicas: spec.minReplicas, maxReplicas: spec.maxReplicas, targetCPUUtilizationPercentage: percentage }) as unknown as First['spec'],
    status: compact({
      observedGeneration: status?.observedGeneration, lastScaleTime: status?.lastScaleTime, currentReplicas: status?.currentReplicas ?? 0,
      desiredReplicas: status?.desiredReplicas ?? 0, currentCPUUtilizationPercentage: used,
    }) as unknown as NonNullable<First['status']>,
  };
}

function annotation(object: First, part: string): Json | undefined {
  const text = object.metadata.annotations?.[prefix + part];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    // What cannot be read counts as not there.
    return undefined;
  }
}

function list(value: Json | undefined): readonly Json[] | undefined {
  return Array.isArray(value) ? value as readonly Json[] : undefined;
}

function fromFirst(object: First): HorizontalPodAutoscaler {
  const { spec, status } = object;
  const percentage = spec.targetCPUUtilizationPercentage;
  const cpu: readonly JsonObject[] = percentage === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percentage } } }];
  const metrics = [...(list(annotation(object, 'metrics')) ?? []).map(metricFromFirst), ...cpu];
  const behavior = loose(annotation(object, 'behavior'));
  const used = status?.currentCPUUtilizationPercentage;
  const ownStatus = used === undefined ? undefined : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: used } } }];
  const current = list(annotation(object, 'current-metrics'))?.map(statusFromFirst) ?? ownStatus ?? null;
  const stored = {
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: withAnnotations(object.metadata, {}),
    spec: compact({
      scaleTargetRef: asJson(spec.scaleTargetRef), minReplicas: spec.minReplicas, maxReplicas: spec.maxReplicas, metrics: metrics.length === 0 ? undefined : metrics,
      behavior: behavior && (behavior['ScaleUp'] || behavior['ScaleDown']) ? compact({ scaleUp: rulesFromFirst(behavior['ScaleUp']), scaleDown: rulesFromFirst(behavior['ScaleDown']) }) : undefined,
    }),
    status: compact({
      observedGeneration: status?.observedGeneration, lastScaleTime: status?.lastScaleTime, currentReplicas: status?.currentReplicas || undefined,
      desiredReplicas: status?.desiredReplicas ?? 0, currentMetrics: current, conditions: annotation(object, 'conditions'),
    }),
  };
  return hub.applyDefaults(stored as unknown as HorizontalPodAutoscaler) as HorizontalPodAutoscaler;
}

const toStored = (object: ApiObject): ApiObject => fromFirst(object as First);
const fromStored = (object: ApiObject): ApiObject => toFirst(object as HorizontalPodAutoscaler);

/** All strategies are those of the version that is stored. */
export const horizontalPodAutoscalerV1Kind: Kind = {
  ...hub,
  version: 'v1',
  schema: schemaName('autoscaling.v1', 'HorizontalPodAutoscaler'),
  versionAnnotations: roundTripAnnotations,
  storedAs: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', toStored, fromStored },
  applyDefaults: (object) => {
    const first = object as First;
    return first.spec?.minReplicas === undefined ? { ...first, spec: { ...first.spec, minReplicas: 1 } } as First : first;
  },
  prepareForCreate: (object, ctx) => fromStored(hub.prepareForCreate(toStored(object), ctx)),
  prepareForUpdate: (next, old, ctx) => fromStored(hub.prepareForUpdate(toStored(next), toStored(old), ctx)),
  validate: (object) => hub.validate(toStored(object)),
  validateUpdate: (next, old) => hub.validateUpdate(toStored(next), toStored(old)),
  status: hub.status && {
    prepareForUpdate: (next, old, ctx) => fromStored(hub.status?.prepareForUpdate(toStored(next), toStored(old), ctx) ?? next),
    validateUpdate: (next, old) => hub.status?.validateUpdate(toStored(next), toStored(old)) ?? [],
  },
  row: (object, nowMs) => hub.row(toStored(object), nowMs),
};
