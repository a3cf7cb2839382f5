import { describe, expect, it } from 'vitest';
import type { Namespace, Pod } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { TestKit } from '../testkit.ts';
import { namespaceController } from './index.ts';

const S = 1_000_000;

function terminating(kit: TestKit<unknown, unknown>): void {
  kit.put<Namespace>('namespaces', {
    apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' },
    spec: { finalizers: ['kubernetes'] }, status: { phase: 'Terminating' },
  });
}

const kit = (): TestKit<unknown, unknown> => new TestKit(namespaceController as never);
const conditions = (k: TestKit<unknown, unknown>): readonly string[] =>
  (k.get<Namespace>('namespaces', 'x')?.status?.conditions ?? []).map(({ type, status, reason, message }) => `${type}=${status}/${reason}: ${message}`);

const allFine = [
  'NamespaceDeletionDiscoveryFailure=False/ResourcesDiscovered: All resources successfully discovered',
  'NamespaceDeletionGroupVersionParsingFailure=False/ParsedGroupVersions: All legacy kube types successfully parsed',
  'NamespaceDeletionContentFailure=False/ContentDeleted: All content successfully deleted, may be waiting on finalization',
  'NamespaceContentRemaining=False/ContentRemoved: All content successfully removed',
  'NamespaceFinalizersRemaining=False/ContentHasNoFinalizers: All content-preserving finalizers finished',
];

describe('namespace controller', () => {
  it('waits five seconds, deletes the content, says so and finalizes', () => {
    const k = kit();
    k.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'x' } });
    terminating(k);
    k.run(5 * S - 1);
    expect(k.log).toEqual([]);
    k.run(5 * S);
    expect(k.get('configmaps', 'x/c')).toBeUndefined();
    expect(conditions(k)).toEqual(allFine);
    expect(k.get<Namespace>('namespaces', 'x')?.spec?.finalizers).toEqual([]);
  });

  it('leaves everything else alone while pods remain', () => {
    const k = kit();
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'x' }, spec: { containers: [], terminationGracePeriodSeconds: 30 }, status: { phase: 'Running' } };
    k.put('pods', pod);
    k.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'x' } });
    terminating(k);
    k.run(6 * S);
    expect(k.get('pods', 'x/p')?.metadata.deletionTimestamp).toBeDefined();
    expect(k.get('configmaps', 'x/c')).toBeDefined();
    expect(conditions(k)).toEqual(allFine);
    k.remove('pods', 'x/p');
    // Its own status write makes it look again five seconds later.
    k.run(10 * S);
    expect(k.get('configmaps', 'x/c')).toBeUndefined();
    expect(k.get<Namespace>('namespaces', 'x')?.spec?.finalizers).toEqual([]);
  });

  it('names what is held by a finalizer', () => {
    const k = kit();
    const held: ApiObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', namespace: 'x', finalizers: ['example/hold'] } };
    k.put('configmaps', held);
    terminating(k);
    k.run(5 * S);
    expect(conditions(k).slice(3)).toEqual([
      'NamespaceContentRemaining=True/SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances',
      'NamespaceFinalizersRemaining=True/SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example/hold in 1 resource instances',
    ]);
    expect(k.get<Namespace>('namespaces', 'x')?.spec?.finalizers).toEqual(['kubernetes']);
    k.remove('configmaps', 'x/held');
    k.run(10 * S);
    expect(conditions(k)).toEqual(allFine);
    expect(k.get<Namespace>('namespaces', 'x')?.spec?.finalizers).toEqual([]);
  });
});
