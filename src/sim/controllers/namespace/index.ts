// Empties namespaces that are being deleted, pods first, and then lets them go (models pkg/controller/namespace).
import { formatTime, parseTime } from '../../../base/time.ts';
import type { Namespace, Pod } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { keyOf } from '../../api/meta.ts';
import { NAMESPACES, PODS } from '../../api/resources.ts';
import { deleteRequest, getRequest, listRequest, NO_OPTIONS, updateRequest } from '../../client/requests.ts';
import { errorText, isSuccess } from '../api-errors.ts';
import type { Controller, Round, Scope, WriteResult } from '../controller.ts';
import { DEFINITIONS, RESOURCES, customResources } from '../discovery.ts';
import type { Resource } from '../discovery.ts';
import { END, onlyResult, write } from '../writes.ts';
import { nextConditions } from './conditions.ts';

/** Lets several API servers notice the deletion before content goes (namespaceDeletionGracePeriod). */
const GRACE_US = 5_000_000;
const FINALIZER_ESTIMATE_S = 15;
const FINALIZER = 'kubernetes';

/** Content that is deleted: pods first, the rest when they are gone (OrderedNamespaceDeletion). */
const BUILT_IN = [...RESOURCES.filter((entry) => entry.gvr === PODS || entry.gvr.resource === 'pods'), ...RESOURCES.filter((entry) => entry.namespaced && entry.gvr.resource !== 'pods')];

/** Everything that a namespace can have: the preferred version of each resource. */
function contentOf(scope: Scope): readonly Resource[] {
  const custom = [...scope.informer(DEFINITIONS).objects.values()].flatMap((definition) => customResources(definition).slice(0, 1));
  return custom.length === 0 ? BUILT_IN : [...BUILT_IN, ...custom.filter(({ namespaced }) => namespaced)];
}

interface Pass {
  readonly namespace: Namespace;
  /** The resources that there were when the pass began. */
  readonly content: readonly Resource[];
  /** Index of the one being deleted. */
  readonly index: number;
  /** Seconds that what remains may need, over all resources; 0: all gone. */
  readonly estimateS: number;
  /** The same for the resource being deleted (pods' grace periods). */
  readonly resourceEstimateS: number;
  readonly remaining: Readonly<Record<string, number>>;
  readonly finalizers: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
}

type ContentStep = 'estimate' | 'delete' | 'each' | 'list' | 'conditions';
export type Progress =
  | { readonly step: 'get' | 'phase' | 'finalize' | 'reread' }
  | { readonly step: ContentStep; readonly pass: Pass };

type Empty = Readonly<Record<string, never>>;

export const namespaceController: Controller<Empty, Progress> = {
  name: 'namespace-controller',
  watches: ['namespaces', DEFINITIONS],
  workers: 10,
  workersOption: 'concurrent-namespace-syncs',
  rateFactors: { qps: 20, burst: 100 },
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, informer, object }, _state, _scope, enqueue) {
    if (informer === 'namespaces' && type !== 'deleted' && object.metadata.deletionTimestamp !== undefined) enqueue(keyOf(object), GRACE_US);
  },
  reconcile(key, _state, scope) {
    const namespace = scope.informer('namespaces').get(key);
    return namespace ? get(key, 'get') : END;
  },
  proceed(key, progress, results, _state, scope) {
    switch (progress.step) {
      case 'get': return onNamespace(results, scope);
      case 'phase': return onPhase(key, results, scope);
      case 'finalize': return onFinalized(key, results);
      case 'reread': return onReread(results);
      case 'estimate': case 'delete': case 'each': case 'list': case 'conditions': return onContent(progress.step, progress.pass, results, scope);
    }
  },
};

function get(name: string, step: 'get' | 'reread'): Round<Progress> {
  return { writes: [write('get', getRequest(NAMESPACES, '', name))], progress: { step } };
}

function onNamespace(results: readonly WriteResult[], scope: Scope): Round<Progress> {
  const result = onlyResult(results);
  if (result.code === 404) return END;
  if (!isSuccess(result)) return { error: errorText(result) };
  const namespace = result.body as Namespace;
  if (namespace.metadata.deletionTimestamp === undefined) return END;
  if (namespace.status?.phase === 'Terminating') return begin(namespace, scope);
  const next: Namespace = { ...namespace, status: { ...namespace.status, phase: 'Terminating' } };
  return { writes: [write('updateStatus', updateRequest(NAMESPACES, next, 'status'))], progress: { step: 'phase' } };
}

function onPhase(key: string, results: readonly WriteResult[], scope: Scope): Round<Progress> {
  const result = onlyResult(results);
  if (result.code === 409) return get(key, 'get');
  return isSuccess(result) ? begin(result.body as Namespace, scope) : { error: errorText(result) };
}

function begin(namespace: Namespace, scope: Scope): Round<Progress> {
  if ((namespace.spec?.finalizers ?? []).length === 0) return END;
  const pass: Pass = { namespace, content: contentOf(scope), index: 0, estimateS: 0, resourceEstimateS: 0, remaining: {}, finalizers: {}, errors: [] };
  return { writes: [write('estimate', listRequest(PODS, namespace.metadata.name ?? '', NO_OPTIONS))], progress: { step: 'estimate', pass } };
}

function onContent(step: ContentStep, pass: Pass, results: readonly WriteResult[], scope: Scope): Round<Progress> {
  switch (step) {
    case 'estimate': return onEstimate(pass, results, scope);
    case 'delete': return onDeleted(pass, results, scope);
    case 'each': return onEach(pass, results, scope);
    case 'list': return onListed(pass, results, scope);
    // A failed status update is only logged: the conditions are not what matters.
    case 'conditions': return afterConditions(pass);
  }
}

function itemsOf(result: WriteResult): readonly ApiObject[] {
  return (result.body as ApiObject & { readonly items?: readonly ApiObject[] }).items ?? [];
}

/** The longest grace period of running pods counts as long as the namespace has not been deleted for that long. */
function onEstimate(pass: Pass, results: readonly WriteResult[], scope: Scope): Round<Progress> {
  const result = onlyResult(results);
  if (!isSuccess(result)) return afterResource({ ...pass, errors: [...pass.errors, errorText(result)] }, scope);
  let graceS = 0;
  for (const pod of itemsOf(result) as readonly Pod[]) {
    const phase = pod.status?.phase;
    if (phase !== 'Succeeded' && phase !== 'Failed') graceS = Math.max(graceS, pod.spec?.terminationGracePeriodSeconds ?? 0);
  }
  const deletedUs = parseTime(pass.namespace.metadata.deletionTimestamp ?? '') ?? scope.unixUs;
  const over = scope.unixUs - deletedUs >= graceS * 1_000_000;
  return deleteContent({ ...pass, resourceEstimateS: over ? 0 : graceS });
}

function deleteContent(pass: Pass): Round<Progress> {
  const resource = pass.content[pass.index];
  if (!resource) return END;
  const namespace = pass.namespace.metadata.name ?? '';
  const options = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', propagationPolicy: 'Background' };
  const spec = { ...deleteRequest(resource.gvr, namespace, '', options), verb: 'deletecollection' as const };
  return { writes: [write('deleteContent', spec)], progress: { step: 'delete', pass } };
}

function list(pass: Pass, step: 'each' | 'list'): Round<Progress> {
  const resource = pass.content[pass.index];
  if (!resource) return END;
  return { writes: [write('listContent', listRequest(resource.gvr, pass.namespace.metadata.name ?? '', NO_OPTIONS))], progress: { step, pass } };
}

function onDeleted(pass: Pass, results: readonly WriteResult[], scope: Scope): Round<Progress> {
  const failed = results.find((result) => !isSuccess(result) && result.code !== 404 && result.code !== 405);
  if (failed) return afterResource({ ...pass, errors: [...pass.errors, errorText(failed)] }, scope);
  // Some resources cannot be deleted as a collection: they go one by one.
  const collection = results.length === 1 && results[0]?.write.spec.verb === 'deletecollection';
  return list(pass, collection && !isSuccess(onlyResult(results)) ? 'each' : 'list');
}

function onEach(pass: Pass, results: readonly WriteResult[], scope: Scope): Round<Progress> {
  const result = onlyResult(results);
  if (result.code === 404 || result.code === 405) return afterResource(pass, scope);
  if (!isSuccess(result)) return afterResource({ ...pass, errors: [...pass.errors, errorText(result)] }, scope);
  const resource = pass.content[pass.index];
  const options = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', propagationPolicy: 'Background' };
  const writes = itemsOf(result).flatMap(({ metadata }) => (resource ? [write('deleteContent', deleteRequest(resource.gvr, metadata.namespace ?? '', metadata.name ?? '', options))] : []));
  return writes.length === 0 ? list(pass, 'list') : { writes, progress: { step: 'delete', pass } };
}

function onListed(pass: Pass, results: readonly WriteResult[], scope: Scope): Round<Progress> {
  const result = onlyResult(results);
  const items = itemsOf(result);
  // A resource without LIST (404, 405) has nothing that could remain.
  if (result.code === 404 || result.code === 405 || (isSuccess(result) && items.length === 0)) return afterResource(pass, scope);
  if (!isSuccess(result)) return afterResource({ ...pass, errors: [...pass.errors, errorText(result)] }, scope);
  const resource = pass.content[pass.index]?.gvr;
  const name = `${resource?.resource}.${resource?.group}`;
  const finalizers: Record<string, number> = { ...pass.finalizers };
  let waiting = false;
  for (const item of items) {
    for (const finalizer of item.metadata.finalizers ?? []) {
      finalizers[finalizer] = (finalizers[finalizer] ?? 0) + 1;
      waiting = true;
    }
  }
  const estimateS = pass.resourceEstimateS > 0 ? pass.resourceEstimateS : waiting ? FINALIZER_ESTIMATE_S : 0;
  const unexpected = `unexpected items still remain in namespace: ${pass.namespace.metadata.name} for gvr: ${resource?.group}/${resource?.version}, Resource=${resource?.resource}`;
  return afterResource({
    ...pass, finalizers, remaining: { ...pass.remaining, [name]: items.length }, estimateS: Math.max(pass.estimateS, estimateS),
    errors: estimateS === 0 ? [...pass.errors, unexpected] : pass.errors,
  }, scope);
}

function afterResource(pass: Pass, scope: Scope): Round<Progress> {
  const podsRemain = pass.index === 0 && Object.keys(pass.remaining).length > 0;
  if (!podsRemain && pass.index + 1 < pass.content.length) return deleteContent({ ...pass, index: pass.index + 1, resourceEstimateS: 0 });
  // While pods remain the conditions do not say so: what remains is only counted in a pass over everything.
  const found = podsRemain ? { remaining: {}, finalizers: {}, errors: pass.errors } : pass;
  const { namespace } = pass;
  const conditions = nextConditions(namespace, found, formatTime(scope.unixUs));
  if (conditions === namespace.status?.conditions) return afterConditions(pass);
  const next: Namespace = { ...namespace, status: { ...namespace.status, conditions } };
  return { writes: [write('updateStatus', updateRequest(NAMESPACES, next, 'status'))], progress: { step: 'conditions', pass: { ...pass, namespace: next } } };
}

function afterConditions(pass: Pass): Round<Progress> {
  if (pass.errors.length > 0) return { error: pass.errors.join(', ') };
  if (pass.estimateS > 0) return { requeueAfterUs: (Math.floor(pass.estimateS / 2) + 1) * 1_000_000 };
  return finalize(pass.namespace);
}

function finalize(namespace: Namespace): Round<Progress> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((name) => name !== FINALIZER).toSorted();
  const next: Namespace = { ...namespace, spec: { ...namespace.spec, finalizers } };
  return {
    writes: [write('finalize', updateRequest(NAMESPACES, next, 'finalize'))], progress: { step: 'finalize' },
    explanation: {
      about: 'plan', controller: 'namespace-controller', key: namespace.metadata.name ?? '', observed: { remaining: 0 }, desired: { remaining: 0 },
      actions: [{ code: 'finalizeNamespace', params: { finalizer: FINALIZER } }],
    },
  };
}

function onFinalized(key: string, results: readonly WriteResult[]): Round<Progress> {
  const result = onlyResult(results);
  if (result.code === 409) return get(key, 'reread');
  return isSuccess(result) || result.code === 404 ? END : { error: errorText(result) };
}

function onReread(results: readonly WriteResult[]): Round<Progress> {
  const result = onlyResult(results);
  if (result.code === 404) return END;
  return isSuccess(result) ? finalize(result.body as Namespace) : { error: errorText(result) };
}
