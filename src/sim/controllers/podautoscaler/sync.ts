// One look at a HorizontalPodAutoscaler (models reconcileAutoscaler in horizontal.go).
import { formatTime } from '../../../base/time.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerStatus, MetricStatus, Pod } from '../../api/generated/types.ts';
import { canonicalJson } from '../../api/hash.ts';
import type { ApiObject, GroupVersionResource } from '../../api/meta.ts';
import { milliValue } from '../../api/quantity.ts';
import { parseSelector } from '../../api/selector-parser.ts';
import type { Selector } from '../../api/selectors.ts';
import { getRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isSuccess } from '../api-errors.ts';
import type { PlanExplanation } from '../controller.ts';
import { resourceOfKind } from '../discovery.ts';
import type { Resource } from '../discovery.ts';
import type { Action, Outcome, Steps } from '../steps.ts';
import { normalise, scaled } from './behavior.ts';
import type { Condition, Memory } from './behavior.ts';
import { computeReplicas } from './compute.ts';
import type { Computed } from './compute.ts';
import type { Settings, Tolerances } from './replicas.ts';

const AUTOSCALERS: GroupVersionResource = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' };
const CONFLICT_TRIES = 5;

export interface SyncInput {
  readonly key: string;
  readonly hpa: HorizontalPodAutoscaler;
}

/** What a look asks of the controller around it; values may differ between rounds, effects happen once. */
export interface SyncHost {
  unixUs(): number;
  nowUs(): number;
  /** The custom resource of a kind. */
  customResource(group: string, kind: string): Resource | undefined;
  pods(selector: Selector): readonly Pod[];
  /** Keys of all autoscalers whose targets have one of these pods. */
  rivals(pods: readonly Pod[]): readonly string[];
  noteSelector(text: string): void;
  begin(replicas: number): void;
  memory(): Memory;
  keep(memory: Memory): void;
  readonly syncPeriodUs: number;
  readonly windowUs: number;
  readonly tolerance: number;
  readonly cpuInitializationUs: number;
  readonly initialReadinessUs: number;
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

interface Scale extends ApiObject { readonly spec?: { readonly replicas?: number }; readonly status?: { readonly replicas?: number; readonly selector?: string } }

export function syncAutoscaler(input: SyncInput, steps: Steps, host: SyncHost): Outcome {
  new Look(input, steps, host).run();
  return { requeueAfterUs: host.syncPeriodUs };
}

class Look {
  private readonly hpa: HorizontalPodAutoscaler;
  private readonly steps: Steps;
  private readonly host: SyncHost;
  private readonly unixUs: number;
  private readonly min: number;
  private conditions: readonly HorizontalPodAutoscalerCondition[];

  constructor({ hpa }: SyncInput, steps: Steps, host: SyncHost) {
    this.hpa = hpa;
    this.steps = steps;
    this.host = host;
    this.unixUs = steps.remember(() => host.unixUs());
    this.min = hpa.spec.minReplicas ?? 1;
    this.conditions = hpa.status?.conditions ?? [];
  }

  run(): void {
    const target = this.target();
    if (!target) return;
    const { gvr } = target;
    const replicas = target.scale.spec?.replicas ?? 0;
    this.set({ type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale', message: "the HPA controller was able to get the target's current scale" });
    this.once(() => this.host.begin(replicas));
    const { maxReplicas } = this.hpa.spec;
    if (replicas === 0) {
      this.set({ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled', message: 'scaling is disabled since the replica count of the target is zero' });
      this.writeStatus(replicas, replicas, [], false);
    } else if (replicas > maxReplicas) this.rescale(gvr, target.scale, maxReplicas, 'Current number of replicas above Spec.MaxReplicas', []);
    else if (replicas < this.min) this.rescale(gvr, target.scale, this.min, 'Current number of replicas below Spec.MinReplicas', []);
    else this.follow(gvr, target.scale, replicas);
  }

  private tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.steps.event({ about: this.hpa, type, reason, message });
  }

  private once(effect: () => void): void {
    this.steps.remember(() => {
      effect();
      return true;
    });
  }

  // ---- target ----

  private target(): { readonly gvr: GroupVersionResource; readonly scale: Scale } | undefined {
    const { scaleTargetRef: { apiVersion = '', kind, name } } = this.hpa.spec;
    const { namespace = '' } = this.hpa.metadata;
    if (apiVersion.split('/').length > 2) return this.noTarget(`unexpected GroupVersion string: ${apiVersion}`);
    const resource = resourceOfKind(groupOf(apiVersion), kind) ?? this.steps.remember(() => this.host.customResource(groupOf(apiVersion), kind));
    if (!resource) return this.noTarget(`no matches for kind "${kind}" in group "${groupOf(apiVersion)}"`);
    const result = this.steps.attempt({ purpose: 'getScale', spec: { ...getRequest(resource.gvr, namespace, name), subresource: 'scale' } });
    return isSuccess(result) ? { gvr: resource.gvr, scale: result.body as Scale } : this.noTarget(errorText(result));
  }

  private noTarget(error: string): undefined {
    this.tell('Warning', 'FailedGetScale', error);
    this.set({ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message: `the HPA controller was unable to get the target's current scale: ${error}` });
    this.putStatus({ ...(this.hpa.status ?? { desiredReplicas: 0 }), conditions: this.conditions });
    return undefined;
  }

  // ---- metrics ----

  private follow(gvr: GroupVersionResource, scale: Scale, replicas: number): void {
    const computed = this.compute(scale, replicas);
    this.set(computed.condition);
    if (computed.replicas === undefined) {
      this.writeStatus(replicas, this.hpa.status?.desiredReplicas ?? 0, computed.statuses, false);
      this.tell('Warning', 'FailedComputeMetricsReplicas', computed.error ?? '');
      return;
    }
    const desired = Math.max(0, computed.replicas);
    const { replicas: wanted, conditions } = this.steps.remember(() => {
      const wish = { current: replicas, desired, min: this.min, max: this.hpa.spec.maxReplicas, nowUs: this.host.nowUs(), windowUs: this.host.windowUs };
      const normalised = normalise(this.hpa.spec, wish, this.host.memory());
      this.host.keep(normalised.memory);
      return normalised;
    });
    for (const condition of conditions) this.set(condition);
    const reason = desired > replicas ? `${computed.metric} above target` : desired < replicas ? 'All metrics below target' : '';
    if (wanted === replicas) this.writeStatus(replicas, replicas, computed.statuses, false);
    else this.rescale(gvr, scale, wanted, reason, computed.statuses);
  }

  private compute(scale: Scale, replicas: number): Computed {
    const selector = scale.status?.selector ?? '';
    const refused = (reason: string, message: string, error: string): Computed => {
      this.tell('Warning', reason === 'InvalidSelector' && selector === '' ? 'SelectorRequired' : reason, error);
      return { replicas: undefined, metric: '', statuses: [], condition: { type: 'ScalingActive', status: 'False', reason, message }, error };
    };
    if (selector === '') return refused('InvalidSelector', "the HPA target's scale is missing a selector", 'selector is required');
    this.once(() => this.host.noteSelector(selector));
    const pods = this.steps.remember(() => this.host.pods(parseSelector(selector)));
    const rivals = this.steps.remember(() => this.host.rivals(pods));
    if (rivals.length > 1) {
      const text = `pods by selector ${selector} are controlled by multiple HPAs: [${rivals.map((key) => `{${key.split('/').toReversed().join(' ')}}`).join(' ')}]`;
      return refused('AmbiguousSelector', text, text);
    }
    const { cpuInitializationUs, initialReadinessUs } = this.host;
    const settings: Settings = { tolerances: this.tolerances(), unixUs: this.unixUs, cpuInitializationUs, initialReadinessUs };
    return computeReplicas({ hpa: this.hpa, selector, pods, replicas, settings }, this.steps);
  }

  private tolerances(): Tolerances {
    const { scaleDown, scaleUp } = this.hpa.spec.behavior ?? {};
    const of = (rules: typeof scaleUp): number => (rules?.tolerance === undefined ? this.host.tolerance : milliValue(rules.tolerance) / 1000);
    return { down: of(scaleDown), up: of(scaleUp) };
  }

  // ---- writes ----

  private rescale(gvr: GroupVersionResource, first: Scale, replicas: number, reason: string, statuses: readonly MetricStatus[]): void {
    const { name = '', namespace = '' } = first.metadata;
    const from = first.spec?.replicas ?? 0;
    this.steps.action(replicas > from ? 'scaleUp' : 'scaleDown', { from, to: replicas });
    let scale = first;
    for (let tries = 1; ; tries++) {
      const result = this.steps.attempt({ purpose: 'updateScale', spec: updateRequest(gvr, { ...scale, spec: { ...scale.spec, replicas } } as ApiObject, 'scale') });
      if (isSuccess(result)) break;
      const latest = this.steps.attempt({ purpose: 'getScale', spec: { ...getRequest(gvr, namespace, name), subresource: 'scale' } });
      if (isSuccess(latest)) scale = latest.body as Scale;
      if (result.code === 409 && tries < CONFLICT_TRIES) continue;
      const error = errorText(result);
      this.tell('Warning', 'FailedRescale', `New size: ${replicas}; reason: ${reason}; error: ${error}`);
      this.set({ type: 'AbleToScale', status: 'False', reason: 'FailedUpdateScale', message: `the HPA controller was unable to update the target scale: ${error}` });
      return this.writeStatus(from, this.hpa.status?.desiredReplicas ?? 0, statuses, false);
    }
    this.set({ type: 'AbleToScale', status: 'True', reason: 'SucceededRescale', message: `the HPA controller was able to update the target scale to ${replicas}` });
    this.tell('Normal', 'SuccessfulRescale', `New size: ${replicas}; reason: ${reason}`);
    this.once(() => this.host.keep(scaled(this.hpa.spec, this.host.memory(), from, replicas, this.host.nowUs())));
    return this.writeStatus(from, replicas, statuses, true);
  }

  private set({ type, status, reason, message }: Condition): void {
    const at = this.conditions.findIndex((condition) => condition.type === type);
    const before = this.conditions[at];
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : formatTime(this.unixUs);
    const condition: HorizontalPodAutoscalerCondition = { type, status, ...(lastTransitionTime !== undefined && { lastTransitionTime }), reason, message };
    this.conditions = before ? this.conditions.with(at, condition) : [...this.conditions, condition];
  }

  private writeStatus(current: number, desired: number, statuses: readonly MetricStatus[], rescaled: boolean): void {
    const lastScaleTime = rescaled ? formatTime(this.unixUs) : this.hpa.status?.lastScaleTime;
    this.putStatus({
      ...(lastScaleTime !== undefined && { lastScaleTime }), ...(current > 0 && { currentReplicas: current }), desiredReplicas: desired,
      ...(statuses.length > 0 && { currentMetrics: statuses }), conditions: this.conditions,
    });
  }

  private putStatus(status: HorizontalPodAutoscalerStatus): void {
    const { currentMetrics, ...before } = this.hpa.status ?? { desiredReplicas: 0 };
    if (canonicalJson({ ...before, ...(currentMetrics && currentMetrics.length > 0 && { currentMetrics }) }) === canonicalJson(status)) return;
    const result = this.steps.attempt({ purpose: 'updateStatus', spec: updateRequest(AUTOSCALERS, { ...this.hpa, status } as HorizontalPodAutoscaler, 'status') });
    if (!isSuccess(result)) this.tell('Warning', 'FailedUpdateStatus', errorText(result));
  }
}

/** What a look saw and wants, for the page. */
export function explainAutoscaler({ key, hpa }: SyncInput, actions: readonly Action[]): PlanExplanation {
  const { minReplicas = 1, maxReplicas } = hpa.spec;
  const { currentReplicas = 0, desiredReplicas = 0 } = hpa.status ?? {};
  return { about: 'plan', controller: 'horizontal-pod-autoscaler-controller', key, observed: { replicas: currentReplicas, desired: desiredReplicas }, desired: { min: minReplicas, max: maxReplicas }, actions };
}
