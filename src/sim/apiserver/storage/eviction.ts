// POST pods/x/eviction: asks the disruption budget, then deletes the pod (models core/pod/storage/eviction.go).
import { formatTime } from '../../../base/time.ts';
import { parseGoJson } from '../../api/go-json.ts';
import type { JsonObject, Pod, PodDisruptionBudget } from '../../api/generated/types.ts';
import { matchesLabelSelector } from '../../api/selectors.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Context } from '../../kernel/actor.ts';
import { EncodedBody } from '../body.ts';
import { resourceOf, resumed, subCall, subjectOf } from '../call.ts';
import type { Call } from '../call.ts';
import type { Attributes } from '../admission/plugin.ts';
import type { ApiRequest, ApiResponse } from '../messages.ts';
import type { DeleteOptions } from '../options.ts';
import type { EvictionPending } from '../pending.ts';
import { cacheNamed, cacheOf, expectAnswer, finish, guard, refuse } from '../server.ts';
import type { Server } from '../server.ts';
import { decode } from '../stages/decode.ts';
import { mutatingAdmission } from '../stages/mutating-admission.ts';
import { validatingAdmission } from '../stages/validating-admission.ts';
import { Refusal, badRequest, failure, forbidden, success, tooManyRequests, unclassified } from '../status.ts';
import type { Status } from '../status.ts';
import { checkPreconditions } from './before-delete.ts';
import { inNamespace } from './create.ts';
import { remove } from './delete.ts';
import { get } from './read.ts';
import { update } from './update.ts';

const evictionKind = { group: 'policy', version: 'v1', kind: 'Eviction', schema: 'io.k8s.api.policy.v1.Eviction' };
/** Clients of before 1.22 still send this; it has the same fields. */
const oldEvictionKind = { ...evictionKind, version: 'v1beta1' };
const ANSWER_US = 200;
const MAX_TRIES = 20;
const MAX_DISRUPTED = 2000;
const VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget.";

interface Eviction extends ApiObject { readonly deleteOptions?: DeleteOptions }

/** Throws Refusal. */
export function evict(server: Server, call: Call, ctx: Context): void {
  const eviction = inNamespace(call, decode(call, sentVersion(call.request.body) === 'policy/v1beta1' ? oldEvictionKind : evictionKind)) as Eviction;
  const { name, options } = call.request;
  const attributes: Attributes = { operation: 'CREATE', call, server, ctx, old: undefined };
  mutatingAdmission(eviction, attributes);
  if ((eviction.metadata.name ?? '') !== name) throw new Refusal(badRequest('name in URL does not match name in Eviction object'));
  const deleteOptions: DeleteOptions = options.dryRun ? { ...eviction.deleteOptions, dryRun: ['All'] } : (eviction.deleteOptions ?? {});
  validatingAdmission(eviction, attributes);
  next(server, { step: 'eviction', call, phase: 'read', tries: 0, options: deleteOptions }, ctx);
}

function sentVersion(body: unknown): unknown {
  if (!(body instanceof EncodedBody)) return (body as Partial<ApiObject> | undefined)?.apiVersion;
  const parsed = body.content.document ?? parseGoJson(body.content.text);
  const value = 'value' in parsed ? parsed.value : parsed.ok ? parsed.document.value : null;
  return value !== null && typeof value === 'object' && 'apiVersion' in value ? value['apiVersion'] : undefined;
}

/** Does what the phase asks for, as a request of the server's own. */
function next(server: Server, pending: EvictionPending, ctx: Context, pod?: Pod): void {
  const { call, phase, options } = pending;
  const dryRun = (options.dryRun ?? []).length > 0;
  const own = (request: Partial<ApiRequest>, resource = resourceOf(call)): Call => {
    const base: ApiRequest = { ...call.request, subresource: '', body: undefined, options: dryRun ? { dryRun } : {}, patchType: undefined };
    return subCall(call, { ...base, ...request }, expectAnswer(server, pending, ctx), resource);
  };
  switch (phase) {
    case 'read': {
      const reading = own({ verb: 'get', options: {} });
      return guard(server, reading, ctx, () => get(server, reading, ctx));
    }
    case 'budget': {
      const cache = cacheNamed(server, 'poddisruptionbudgets.policy');
      const budget = cache && budgetsOf(server, pod as Pod)[0];
      if (!cache || !budget) throw new Error('an eviction asks a budget that is not there');
      const body = decremented(budget, pod as Pod, formatTime(ctx.unixUs));
      const { group, resource, kind } = cache.resource;
      const writing = own({ verb: 'update', group, version: kind.version, resource, subresource: 'status', name: budget.metadata.name ?? '', body }, cache.resource);
      return guard(server, writing, ctx, () => update(server, writing, ctx));
    }
    case 'condition': {
      const writing = own({ verb: 'update', subresource: 'status', body: withTarget(pod as Pod, formatTime(ctx.unixUs)) });
      return guard(server, writing, ctx, () => update(server, writing, ctx));
    }
    case 'delete': {
      const deletion = own({ verb: 'delete', body: options });
      return guard(server, deletion, ctx, () => remove(server, deletion, ctx));
    }
  }
}

/** The server's own request of the phase is answered. */
export function onEvictionStep(server: Server, pending: EvictionPending, response: ApiResponse, ctx: Context): void {
  const call = resumed(pending.call);
  guard(server, call, ctx, () => {
    if (response.code >= 400) return onFailure(server, { ...pending, call }, response, ctx);
    switch (pending.phase) {
      case 'read': return afterRead(server, { ...pending, call }, response.body as unknown as Pod, ctx);
      case 'budget': return mark(server, { ...pending, call }, currentPod(server, call), ctx);
      case 'condition': return next(server, { ...pending, call, phase: 'delete', options: followed(pending.options, response.body as unknown as Pod) }, ctx);
      case 'delete': return finish(server, call, 201, success(201) as unknown as JsonObject, ANSWER_US, ctx);
    }
  });
}

/** A budget that was written meanwhile is asked again. */
function onFailure(server: Server, pending: EvictionPending, response: ApiResponse, ctx: Context): void {
  if (pending.phase === 'budget' && response.code === 409 && pending.tries < MAX_TRIES) {
    return askBudget(server, { ...pending, tries: pending.tries + 1 }, currentPod(server, pending.call), ctx);
  }
  refuse(server, pending.call, response.body as unknown as Status, ANSWER_US, ctx);
}

function afterRead(server: Server, pending: EvictionPending, pod: Pod, ctx: Context): void {
  const { phase } = pod.status ?? {};
  const ended = phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined;
  // Pods that do not run yet disturb nobody; but they must not begin to run meanwhile.
  if (ended) return mark(server, pending, pod, ctx);
  if (phase === 'Pending') return mark(server, { ...pending, options: fixed(pending.options, pod) }, pod, ctx);
  askBudget(server, pending, pod, ctx);
}

function askBudget(server: Server, pending: EvictionPending, pod: Pod, ctx: Context): void {
  const budgets = budgetsOf(server, pod);
  const [budget] = budgets;
  if (budgets.length > 1) throw new Refusal(unclassified('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'));
  if (!budget) return mark(server, pending, pod, ctx);
  if (!isReady(pod) && toleratesUnready(budget)) return mark(server, { ...pending, options: fixed(pending.options, pod) }, pod, ctx);
  checkBudget(budget);
  if ((pending.options.dryRun ?? []).length > 0) return mark(server, pending, pod, ctx);
  next(server, { ...pending, phase: 'budget' }, ctx, pod);
}

/** Notes on the pod why it ends, unless nothing is to be written. */
function mark(server: Server, pending: EvictionPending, pod: Pod, ctx: Context): void {
  if ((pending.options.dryRun ?? []).length > 0) return next(server, { ...pending, phase: 'delete' }, ctx);
  checkPreconditions(resourceOf(pending.call), pod, pending.options);
  next(server, { ...pending, phase: 'condition' }, ctx, pod);
}

function fixed(options: DeleteOptions, pod: Pod): DeleteOptions {
  if (options.preconditions?.resourceVersion !== undefined) return options;
  return { ...options, preconditions: { ...options.preconditions, resourceVersion: pod.metadata.resourceVersion } };
}

/** The precondition follows the write of the condition. */
function followed(options: DeleteOptions, pod: Pod): DeleteOptions {
  if (options.preconditions?.resourceVersion === undefined) return options;
  return { ...options, preconditions: { ...options.preconditions, resourceVersion: pod.metadata.resourceVersion } };
}

function currentPod(server: Server, call: Call): Pod {
  const pod = cacheOf(server, resourceOf(call)).get(call.request.namespace, call.request.name);
  if (!pod) throw new Refusal(failure(404, 'NotFound', `pods "${call.request.name}" not found`, { name: call.request.name, kind: subjectOf(call).resource }));
  return pod as Pod;
}

function budgetsOf(server: Server, { metadata }: Pod): readonly PodDisruptionBudget[] {
  const cache = cacheNamed(server, 'poddisruptionbudgets.policy');
  const all = (cache?.list({ namespace: metadata.namespace ?? '', name: '', labels: undefined, fields: undefined, view: undefined }) ?? []) as readonly PodDisruptionBudget[];
  return all.filter(({ spec }) => matchesLabelSelector(spec?.selector, metadata.labels));
}

function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
}

function toleratesUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0) && (status?.desiredHealthy ?? 0) > 0;
}

function checkBudget({ metadata, status }: PodDisruptionBudget): void {
  const name = metadata.name ?? '';
  const budgets = { group: 'policy', resource: 'poddisruptionbudget' };
  const violates = (message: string, retryAfterSeconds: number): Refusal => {
    const causes = [{ reason: 'DisruptionBudget', message }];
    return new Refusal(tooManyRequests(VIOLATES, retryAfterSeconds > 0 ? { causes, retryAfterSeconds } : { causes }));
  };
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw violates(`The disruption budget ${name} is still being processed by the server.`, 10);
  const allowed = status?.disruptionsAllowed ?? 0;
  if (allowed < 0) throw new Refusal(forbidden(budgets, name, 'pdb disruptions allowed is negative'));
  if (Object.keys(status?.disruptedPods ?? {}).length > MAX_DISRUPTED) {
    throw new Refusal(forbidden(budgets, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'));
  }
  if (allowed === 0) throw violates(whyNone(name, status), 0);
}

function whyNone(name: string, status: PodDisruptionBudget['status']): string {
  const condition = (status?.conditions ?? []).find(({ type }) => type === 'DisruptionAllowed');
  const message = condition?.status === 'False' ? condition.message : '';
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  if (message !== '' && condition?.reason === 'SyncFailed') return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${message}`;
  if (currentHealthy <= desiredHealthy) return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  const why = message === '' ? '' : ` (${condition?.reason ?? ''}): ${message}`;
  return `The disruption budget ${name} does not allow evicting pods currently${why}`;
}

type BudgetStatus = NonNullable<PodDisruptionBudget['status']>;

function decremented(budget: PodDisruptionBudget, pod: Pod, now: string): PodDisruptionBudget {
  const status = budget.status as BudgetStatus;
  const left = (status.disruptionsAllowed ?? 0) - 1;
  const next_: BudgetStatus = { ...status, disruptionsAllowed: left, disruptedPods: { ...status.disruptedPods, [pod.metadata.name ?? '']: now } };
  return { ...budget, status: left > 0 ? next_ : { ...next_, conditions: withNoneAllowed(budget, next_, now) } };
}

/** Models pdbhelper.UpdateDisruptionAllowedCondition for a budget that is used up. */
function withNoneAllowed({ metadata }: PodDisruptionBudget, { conditions = [] }: BudgetStatus, now: string): BudgetStatus['conditions'] {
  const before = conditions.find(({ type }) => type === 'DisruptionAllowed');
  const condition = {
    type: 'DisruptionAllowed', status: 'False' as const, reason: 'InsufficientPods', message: '', observedGeneration: metadata.generation,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : now,
  };
  return before ? conditions.map((other) => (other === before ? condition : other)) : [...conditions, condition];
}

function withTarget(pod: Pod, now: string): Pod {
  const conditions = pod.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'DisruptionTarget');
  const lastTransitionTime = before?.status === 'True' ? before.lastTransitionTime : now;
  const condition = { type: 'DisruptionTarget', status: 'True' as const, lastProbeTime: null, lastTransitionTime, reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
  const next_ = before ? conditions.map((other) => (other === before ? condition : other)) : [...conditions, condition];
  return { ...pod, status: { ...pod.status, conditions: next_ } } as Pod;
}
