// Metrics and scaling rules of HorizontalPodAutoscalers (models pkg/apis/autoscaling/validation).
import type { ContainerResourceMetricSource, CrossVersionObjectReference, HPAScalingPolicy, HPAScalingRules, MetricIdentifier, MetricSpec, MetricTarget } from '../generated/types.ts';
import type { QuantityText } from '../quantity.ts';
import { formatQuantity, parseQuantity } from '../quantity.ts';
import type { Errors, Path } from './field.ts';
import { dns1123Label, pathSegmentName } from './names.ts';
import { validateContainerResourceName } from './resources.ts';

const maxPeriodSeconds = 1800;
const maxWindowSeconds = 3600;
const sourceTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const targetTypes = ['Utilization', 'Value', 'AverageValue'];
const selections = ['Disabled', 'Max', 'Min'];
const policyTypes = ['Percent', 'Pods'];
const rawOrUtilization = 'must set either a target raw value or a target utilization';

/** How an apiVersion is judged. */
export type ApiVersionRule = 'any' | 'valid' | 'with group';

export function apiVersionProblem(apiVersion: string, rule: ApiVersionRule): string | undefined {
  if (rule === 'any') return undefined;
  const slashes = apiVersion.split('/').length - 1;
  if (slashes > 1) return `unexpected GroupVersion string: ${apiVersion}`;
  const hasGroup = slashes === 1 && !apiVersion.startsWith('/');
  return rule === 'with group' && !hasGroup ? 'apiVersion must specify API group' : undefined;
}

export function validateTargetReference({ kind, name, apiVersion = '' }: CrossVersionObjectReference, rule: ApiVersionRule, path: Path, errors: Errors): void {
  for (const [part, text] of [['kind', kind], ['name', name]] as const) {
    if (!text) errors.required(path.child(part));
    else errors.invalidAll(path.child(part), text, pathSegmentName(text, false));
  }
  const problem = apiVersionProblem(apiVersion, rule);
  if (problem !== undefined) errors.invalid(path.child('apiVersion'), apiVersion, problem);
}

export function validateMetrics(metrics: readonly MetricSpec[], minReplicas: number | undefined, objectRule: ApiVersionRule, path: Path, errors: Errors): void {
  metrics.forEach((metric, i) => validateMetric(metric, objectRule, path.index(i), errors));
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) {
    errors.forbidden(path, 'must specify at least one Object or External metric to support scaling to zero replicas');
  }
}

const members = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;
const memberByType: Readonly<Record<string, typeof members[number] | undefined>> = { Object: 'object', External: 'external', Pods: 'pods', Resource: 'resource', ContainerResource: 'containerResource' };

function validateMetric(metric: MetricSpec, objectRule: ApiVersionRule, path: Path, errors: Errors): void {
  if (!metric.type) errors.required(path.child('type'), 'must specify a metric source type');
  const expected = memberByType[metric.type];
  if (expected === undefined) errors.notSupported(path.child('type'), metric.type, sourceTypes);
  const present = members.filter((member) => metric[member] !== undefined);
  const [first] = present;
  if (first !== undefined) validateSource(metric, first, objectRule, path.child(first), errors);
  if (expected === undefined) errors.notSupported(path.child('type'), metric.type, sourceTypes);
  else if (metric[expected] === undefined) errors.required(path.child(expected), 'must populate information for the given metric source');
  if (present.length === 1) return;
  for (const member of present) if (member !== expected) errors.forbidden(path.child(member), 'must populate the given metric source only');
}

function validateSource(metric: MetricSpec, member: typeof members[number], objectRule: ApiVersionRule, path: Path, errors: Errors): void {
  switch (member) {
    case 'object': {
      const { describedObject, metric: id, target } = metric.object as NonNullable<MetricSpec['object']>;
      validateTargetReference(describedObject, objectRule, path.child('describedObject'), errors);
      validateIdentified(id, target, path, errors);
      if (target.value === undefined && target.averageValue === undefined) errors.required(path.child('target').child('averageValue'), 'must set either a target value or averageValue');
      return;
    }
    case 'external': {
      const { metric: id, target } = metric.external as NonNullable<MetricSpec['external']>;
      validateIdentified(id, target, path, errors);
      if (target.value === undefined && target.averageValue === undefined) errors.required(path.child('target').child('averageValue'), 'must set either a target value for metric or a per-pod target');
      if (target.value !== undefined && target.averageValue !== undefined) errors.forbidden(path.child('target').child('value'), 'may not set both a target value for metric and a per-pod target');
      return;
    }
    case 'pods': {
      const { metric: id, target } = metric.pods as NonNullable<MetricSpec['pods']>;
      validateIdentified(id, target, path, errors);
      if (target.averageValue === undefined) errors.required(path.child('target').child('averageValue'), 'must specify a positive target averageValue');
      return;
    }
    case 'resource': {
      const { name, target } = metric.resource as NonNullable<MetricSpec['resource']>;
      if (!name) errors.required(path.child('name'), 'must specify a resource name');
      validateResourceTarget(target, path.child('target'), errors);
      return;
    }
    case 'containerResource': validateContainerSource(metric.containerResource as ContainerResourceMetricSource, path, errors);
  }
}

function validateContainerSource({ name, container, target }: ContainerResourceMetricSource, path: Path, errors: Errors): void {
  if (!name) errors.required(path.child('name'), 'must specify a resource name');
  else validateContainerResourceName(name, path.child('name'), errors);
  if (!container) errors.required(path.child('container'), 'must specify a container');
  else errors.invalidAll(path.child('container'), container, dns1123Label(container));
  validateResourceTarget(target, path.child('target'), errors);
}

function validateResourceTarget(target: MetricTarget, path: Path, errors: Errors): void {
  validateTarget(target, path, errors);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) errors.required(path.child('averageUtilization'), rawOrUtilization);
  if (averageUtilization !== undefined && averageValue !== undefined) errors.forbidden(path.child('averageValue'), 'may not set both a target raw value and a target utilization');
}

function validateIdentified({ name }: MetricIdentifier, target: MetricTarget, path: Path, errors: Errors): void {
  const at = path.child('metric').child('name');
  if (!name) errors.required(at, 'must specify a metric name');
  else errors.invalidAll(at, name, pathSegmentName(name, false));
  validateTarget(target, path.child('target'), errors);
}

function validateTarget({ type, value, averageValue, averageUtilization }: MetricTarget, path: Path, errors: Errors): void {
  if (!type) errors.required(path.child('type'), 'must specify a metric target type');
  if (!targetTypes.includes(type)) errors.invalid(path.child('type'), type, 'must be either Utilization, Value, or AverageValue');
  validatePositive(value, path.child('value'), errors);
  validatePositive(averageValue, path.child('averageValue'), errors);
  if (averageUtilization !== undefined && averageUtilization < 1) errors.invalid(path.child('averageUtilization'), averageUtilization, 'must be greater than 0');
}

function validatePositive(amount: QuantityText | undefined, path: Path, errors: Errors): void {
  if (amount !== undefined && parseQuantity(amount).nano <= 0n) errors.invalid(path, amount, 'must be positive');
}

export function validateScalingRules(rules: HPAScalingRules | undefined, path: Path, errors: Errors): void {
  if (rules === undefined) return;
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const windowPath = path.child('stabilizationWindowSeconds');
  if (window !== undefined && window < 0) errors.invalid(windowPath, window, 'must be greater than or equal to zero');
  if (window !== undefined && window > maxWindowSeconds) errors.invalid(windowPath, window, `must be less than or equal to ${maxWindowSeconds}`);
  if (selectPolicy !== undefined && !selections.includes(selectPolicy)) errors.notSupported(path.child('selectPolicy'), selectPolicy, selections);
  const at = path.child('policies');
  if (policies.length === 0) errors.required(at, 'must specify at least one Policy');
  policies.forEach((policy, i) => validatePolicy(policy, at.index(i), errors));
  if (tolerance === undefined) return;
  const amount = parseQuantity(tolerance);
  if (amount.nano < 0n) errors.invalid(path.child('tolerance'), formatQuantity(amount), 'must be greater than or equal to 0');
}

function validatePolicy({ type, value, periodSeconds }: HPAScalingPolicy, path: Path, errors: Errors): void {
  if (!policyTypes.includes(type)) errors.notSupported(path.child('type'), type, policyTypes);
  if (value <= 0) errors.invalid(path.child('value'), value, 'must be greater than zero');
  if (periodSeconds <= 0) errors.invalid(path.child('periodSeconds'), periodSeconds, 'must be greater than zero');
  if (periodSeconds > maxPeriodSeconds) errors.invalid(path.child('periodSeconds'), periodSeconds, `must be less than or equal to ${maxPeriodSeconds}`);
}
