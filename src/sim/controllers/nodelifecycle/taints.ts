// Taints of nodes and how the node controllers write them: read, change, patch with the resourceVersion read, again on
// conflict (models controller_utils AddOrUpdateTaintOnNode, RemoveTaintOffNode, PatchNodeTaints).
import { formatTime } from '../../../base/time.ts';
import type { Node, Taint } from '../../api/generated/types.ts';
import { NODES } from '../../api/resources.ts';
import { getRequest, patchRequest } from '../../client/requests.ts';
import { errorText, isSuccess } from '../api-errors.ts';
import type { Round, Scope, WriteResult } from '../controller.ts';
import { END, onlyResult, write } from '../writes.ts';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const ATTEMPTS = 5;
/** Before another attempt: 100 ms, and up to as much more (UpdateTaintBackoff). */
const RETRY_US = 100_000;

export const NOT_READY_NO_EXECUTE: Taint = { key: NOT_READY, effect: 'NoExecute' };
export const UNREACHABLE_NO_EXECUTE: Taint = { key: UNREACHABLE, effect: 'NoExecute' };

/** Condition → status → key of the NoSchedule taint that says so. */
const CONDITION_TAINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const MANAGED = new Set([UNSCHEDULABLE, ...Object.values(CONDITION_TAINTS).flatMap((keys) => Object.values(keys))]);

export function sameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

export function hasTaint(node: Node, taint: Taint): boolean {
  return node.spec?.taints?.some((other) => sameTaint(other, taint)) ?? false;
}

/** Taints to put on and to take off, one after the other: both are a read and a write of their own. */
export interface TaintStep { readonly add: readonly Taint[]; readonly remove: readonly Taint[] }

/** What the conditions and spec.unschedulable of a node ask for; undefined if the node already has just that. */
export function noScheduleStep(node: Node): TaintStep | undefined {
  const wanted: Taint[] = [];
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = CONDITION_TAINTS[type]?.[status];
    if (key !== undefined) wanted.push({ key, effect: 'NoSchedule' });
  }
  if (node.spec?.unschedulable === true) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  const present = (node.spec?.taints ?? []).filter(({ key, effect }) => effect === 'NoSchedule' && MANAGED.has(key));
  const add = wanted.filter((taint) => !present.some((other) => sameTaint(other, taint)));
  const remove = present.filter((taint) => !wanted.some((other) => sameTaint(other, taint)));
  return add.length > 0 || remove.length > 0 ? { add, remove } : undefined;
}

/** Taints that a node loses when it is reachable again, in this order. */
export function reachableSteps(node: Node): readonly TaintStep[] {
  return [UNREACHABLE_NO_EXECUTE, NOT_READY_NO_EXECUTE].filter((taint) => hasTaint(node, taint)).map((taint) => ({ add: [], remove: [taint] }));
}

/** Where a sequence of taint changes of one node stands. */
export interface TaintProgress {
  readonly kind: 'taints';
  readonly nodeName: string;
  readonly steps: readonly TaintStep[];
  readonly doing: 'add' | 'remove';
  readonly phase: 'read' | 'patch';
  readonly attempt: number;
}

/** The first round of the changes, or undefined if there is nothing to do. `node` is as the cache has it. */
export function beginTaints(node: Node, steps: readonly TaintStep[]): Round<TaintProgress> | undefined {
  const present = steps.map(({ add, remove }) => ({ add, remove: remove.filter((taint) => hasTaint(node, taint)) }));
  return next(node.metadata.name ?? '', present.filter(({ add, remove }) => add.length > 0 || remove.length > 0));
}

function next(nodeName: string, steps: readonly TaintStep[]): Round<TaintProgress> | undefined {
  const [step] = steps;
  return step && read({ kind: 'taints', nodeName, steps, doing: step.add.length > 0 ? 'add' : 'remove', phase: 'read', attempt: 1 });
}

function read(progress: TaintProgress): Round<TaintProgress> {
  const spec = getRequest(NODES, '', progress.nodeName);
  // The first read may come from the API server's cache; after a conflict it must not.
  const options = progress.attempt === 1 ? { resourceVersion: '0' } : spec.options;
  return { writes: [write('getNode', { ...spec, options })], progress };
}

/** The next round; END when all steps are done. A round with `error` means that the taints could not be changed. */
export function continueTaints(progress: TaintProgress, results: readonly WriteResult[], scope: Scope): Round<TaintProgress> {
  const result = onlyResult(results);
  if (progress.phase === 'patch' && result.code === 409 && progress.attempt < ATTEMPTS) {
    return { ...read({ ...progress, phase: 'read', attempt: progress.attempt + 1 }), pauseUs: RETRY_US + scope.random.below(RETRY_US) };
  }
  if (!isSuccess(result)) return { error: errorText(result) };
  return progress.phase === 'read' ? patch(progress, result.body as Node, scope) : afterStep(progress);
}

function patch(progress: TaintProgress, node: Node, scope: Scope): Round<TaintProgress> {
  const before = node.spec?.taints ?? [];
  const [step] = progress.steps;
  const taints = progress.doing === 'add' ? withTaints(before, step?.add ?? [], formatTime(scope.unixUs)) : without(before, step?.remove ?? []);
  if (taints === before) return afterStep(progress);
  const body = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
  return {
    writes: [write(progress.doing === 'add' ? 'addTaints' : 'removeTaints', patchRequest(NODES, '', progress.nodeName, 'strategic', body))],
    progress: { ...progress, phase: 'patch' },
    explanation: {
      about: 'plan', controller: 'node-lifecycle-controller', key: progress.nodeName,
      observed: { taints: before.map(describe).join(' ') }, desired: { taints: taints.map(describe).join(' ') },
      actions: [{ code: progress.doing === 'add' ? 'addTaint' : 'removeTaint', params: { taint: (progress.doing === 'add' ? step?.add ?? [] : step?.remove ?? []).map(describe).join(' ') } }],
    },
  };
}

function describe({ key, effect }: Taint): string {
  return `${key}:${effect}`;
}

function withTaints(before: readonly Taint[], added: readonly Taint[], timeAdded: string): readonly Taint[] {
  return [...before.filter((taint) => !added.some((other) => sameTaint(other, taint))), ...added.map((taint) => ({ ...taint, timeAdded }))];
}

function without(before: readonly Taint[], removed: readonly Taint[]): readonly Taint[] {
  const left = before.filter((taint) => !removed.some((other) => sameTaint(other, taint)));
  return left.length === before.length ? before : left;
}

function afterStep(progress: TaintProgress): Round<TaintProgress> {
  const [step, ...rest] = progress.steps;
  if (progress.doing === 'add' && step && step.remove.length > 0) return read({ ...progress, doing: 'remove', phase: 'read', attempt: 1 });
  return next(progress.nodeName, rest) ?? END;
}
