// The ReplicaSets of a Deployment: which one is new, their order, their sums (models deployment/util).
import type { Deployment, PodTemplateSpec, ReplicaSet } from '../../api/generated/types.ts';
import { canonicalJson } from '../../api/hash.ts';
import { specReplicas } from './sizes.ts';

export const TEMPLATE_HASH = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';

/** Oldest first; of the same second by name. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const left = a.metadata.creationTimestamp ?? '';
  const right = b.metadata.creationTimestamp ?? '';
  if (left !== right) return left < right ? -1 : 1;
  return compareText(a.metadata.name ?? '', b.metadata.name ?? '');
}

/** Largest first; of the same size the older one. */
export function bySizeOlder(a: ReplicaSet, b: ReplicaSet): number {
  return specReplicas(b) - specReplicas(a) || byCreation(a, b);
}

/** Largest first; of the same size the newer one. */
export function bySizeNewer(a: ReplicaSet, b: ReplicaSet): number {
  return specReplicas(b) - specReplicas(a) || byCreation(b, a);
}

/** Lowest revision first; where that says nothing, by age. */
export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  const left = revisionOf(a);
  const right = revisionOf(b);
  return left === undefined || right === undefined || left === right ? byCreation(a, b) : left - right;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The revision annotation: 0 without one, undefined if it is no number. */
export function revisionOf(replicaSet: ReplicaSet): number | undefined {
  const value = replicaSet.metadata.annotations?.[REVISION];
  return value === undefined ? 0 : parseInteger(value);
}

export function parseInteger(value: string): number | undefined {
  return /^[+-]?\d+$/.test(value) ? Number(value) : undefined;
}

export function maxRevision(replicaSets: readonly ReplicaSet[]): number {
  return Math.max(0, ...replicaSets.map((replicaSet) => revisionOf(replicaSet) ?? 0));
}

/** The second highest revision: what `rollout undo` without a number goes back to. 0: there is none. */
export function lastRevision(replicaSets: readonly ReplicaSet[]): number {
  let max = 0;
  let second = 0;
  for (const replicaSet of replicaSets) {
    const revision = revisionOf(replicaSet);
    if (revision === undefined) continue;
    if (revision >= max) {
      second = max;
      max = revision;
    } else if (revision > second) second = revision;
  }
  return second;
}

const canonical = new WeakMap<PodTemplateSpec, string>();

/** Maps and structs that are as good as absent when empty; an empty `emptyDir` or `securityContext` is not (a pointer in Go). */
const NO_POINTERS = new Set(['annotations', 'labels', 'limits', 'metadata', 'nodeSelector', 'overhead', 'requests', 'resources']);

/** A template as text, without the hash label and without what means nothing (Semantic.DeepEqual). */
function canonicalTemplate(template: PodTemplateSpec): string {
  let text = canonical.get(template);
  if (text === undefined) {
    const labels = { ...template.metadata?.labels };
    delete labels[TEMPLATE_HASH];
    text = canonicalJson(withoutEmpty({ ...template, metadata: { ...template.metadata, labels } }));
    canonical.set(template, text);
  }
  return text;
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutEmpty(member)] as const).filter(([key, member]) => !isNothing(key, member)));
}

function isNothing(key: string, value: unknown): boolean {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return true;
  return typeof value === 'object' && NO_POINTERS.has(key) && Object.keys(value).length === 0;
}

export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalTemplate(a) === canonicalTemplate(b));
}

/** The ReplicaSet with the Deployment's template, the oldest if there are several; and all others. */
export function splitByTemplate(deployment: Deployment, owned: readonly ReplicaSet[]): { readonly current: ReplicaSet | undefined; readonly old: readonly ReplicaSet[] } {
  const sorted = owned.toSorted(byCreation);
  const current = sorted.find((replicaSet) => sameTemplate(replicaSet.spec?.template, deployment.spec?.template));
  return { current, old: sorted.filter((replicaSet) => replicaSet !== current) };
}

export function active(replicaSets: readonly ReplicaSet[]): ReplicaSet[] {
  return replicaSets.filter((replicaSet) => specReplicas(replicaSet) > 0);
}

export function sumSpec(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + specReplicas(replicaSet), 0);
}

type Counter = 'replicas' | 'readyReplicas' | 'availableReplicas';

export function sumStatus(replicaSets: readonly ReplicaSet[], counter: Counter): number {
  return replicaSets.reduce((sum, replicaSet) => sum + (replicaSet.status?.[counter] ?? 0), 0);
}

/** Undefined if one that has been looked at does not tell. One that has not been looked at yet has none. */
export function sumTerminating(replicaSets: readonly ReplicaSet[]): number | undefined {
  let sum = 0;
  for (const { status } of replicaSets) {
    if (status?.terminatingReplicas !== undefined) sum += status.terminatingReplicas;
    else if ((status?.observedGeneration ?? 0) !== 0) return undefined;
  }
  return sum;
}
