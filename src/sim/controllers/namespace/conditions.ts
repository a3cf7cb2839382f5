// The conditions of a namespace that is being deleted (models namespace/deletion/status_condition_utils.go).
import type { Namespace, NamespaceCondition } from '../../api/generated/types.ts';

/** What one pass over the content found. */
export interface Content {
  /** `deployments.apps` → how many are left. */
  readonly remaining: Readonly<Record<string, number>>;
  /** Finalizer → how many objects wait for it. */
  readonly finalizers: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
}

interface Words { readonly type: string; readonly reason: string; readonly message: string }

/** All is well, per condition, in the order in which they are added. */
const FINE: readonly Words[] = [
  { type: 'NamespaceDeletionDiscoveryFailure', reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
  { type: 'NamespaceDeletionGroupVersionParsingFailure', reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
  { type: 'NamespaceDeletionContentFailure', reason: 'ContentDeleted', message: 'All content successfully deleted, may be waiting on finalization' },
  { type: 'NamespaceContentRemaining', reason: 'ContentRemoved', message: 'All content successfully removed' },
  { type: 'NamespaceFinalizersRemaining', reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
];

function listed(counts: Readonly<Record<string, number>>, word: (name: string, count: number) => string): string {
  return Object.entries(counts).map(([name, count]) => word(name, count)).toSorted().join(', ');
}

function problems({ remaining, finalizers, errors }: Content): readonly Words[] {
  const found: Words[] = [];
  if (errors.length > 0) {
    const message = `Failed to delete all resource types, ${errors.length} remaining: ${errors.toSorted().join(', ')}`;
    found.push({ type: 'NamespaceDeletionContentFailure', reason: 'ContentDeletionFailed', message });
  }
  if (Object.keys(remaining).length > 0) {
    const message = `Some resources are remaining: ${listed(remaining, (name, count) => `${name} has ${count} resource instances`)}`;
    found.push({ type: 'NamespaceContentRemaining', reason: 'SomeResourcesRemain', message });
  }
  if (Object.keys(finalizers).length > 0) {
    const message = `Some content in the namespace has finalizers remaining: ${listed(finalizers, (name, count) => `${name} in ${count} resource instances`)}`;
    found.push({ type: 'NamespaceFinalizersRemaining', reason: 'SomeFinalizersRemain', message });
  }
  return found;
}

/** The conditions after a pass; the same array if nothing changed. */
export function nextConditions(namespace: Namespace, content: Content, now: string): readonly NamespaceCondition[] {
  const before = namespace.status?.conditions ?? [];
  const found = problems(content);
  let next = before;
  for (const fine of FINE) {
    const problem = found.find((words) => words.type === fine.type);
    const { type, reason, message } = problem ?? fine;
    const status = problem ? 'True' : 'False';
    const old = before.find((condition) => condition.type === type);
    if (old?.status === status && old.reason === reason && old.message === message) continue;
    const condition: NamespaceCondition = { type, status, lastTransitionTime: old?.status === status ? old.lastTransitionTime : now, reason, message };
    next = old ? next.map((entry) => (entry === old ? condition : entry)) : [...next, condition];
  }
  return next;
}
