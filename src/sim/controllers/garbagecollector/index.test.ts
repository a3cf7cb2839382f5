import { describe, expect, it } from 'vitest';
import type { OwnerReference } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { TestKit } from '../testkit.ts';
import { garbageCollector } from './index.ts';

function kit(): TestKit<ReturnType<typeof garbageCollector.init>, unknown> {
  return new TestKit(garbageCollector as never);
}

function configMap(name: string, owners: readonly OwnerReference[] = [], extra: ApiObject['metadata'] = {}): ApiObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', uid: `uid-of-${name}`, ...(owners.length > 0 ? { ownerReferences: owners } : {}), ...extra } };
}

function ownedBy(name: string, blockOwnerDeletion = false): OwnerReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: `uid-of-${name}`, ...(blockOwnerDeletion ? { blockOwnerDeletion } : {}) };
}

const deleting = { deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('garbage collector', () => {
  it('deletes dependents of a deleted owner in the background', () => {
    const k = kit();
    k.put('configmaps', configMap('root'));
    k.put('configmaps', configMap('kid', [ownedBy('root')]));
    k.put('configmaps', configMap('grandkid', [ownedBy('kid')]));
    k.run();
    expect(k.log).toEqual([]);
    k.remove('configmaps', 'default/root');
    k.run();
    expect(k.log).toEqual(['delete configmaps/default/kid', 'delete configmaps/default/grandkid']);
    const first = k.requests.find((request) => request.verb === 'delete');
    expect(first?.body).toMatchObject({ preconditions: { uid: 'uid-of-kid', resourceVersion: '2' }, propagationPolicy: 'Background' });
  });

  it('keeps a dependent while another owner lives, and takes the dangling reference away', () => {
    const k = kit();
    k.put('configmaps', configMap('a'));
    k.put('configmaps', configMap('b'));
    k.put('configmaps', configMap('kid', [ownedBy('a'), ownedBy('b')]));
    k.remove('configmaps', 'default/a');
    k.run();
    expect(k.log).toEqual(['patch configmaps/default/kid']);
    expect(k.get('configmaps', 'default/kid')?.metadata.ownerReferences).toEqual([ownedBy('b')]);
  });

  it('checks an owner that nobody has seen, by its uid too', () => {
    const k = kit();
    k.put('configmaps', configMap('root', [], { uid: 'another-uid' }));
    k.put('configmaps', configMap('kid', [ownedBy('root')]));
    k.run();
    expect(k.log).toEqual(['delete configmaps/default/kid']);
  });

  it('waits for blocking dependents in the foreground and then lets the owner go', () => {
    const k = kit();
    k.put('configmaps', configMap('root'));
    k.put('configmaps', configMap('kid', [ownedBy('root', true)], { finalizers: ['example/hold'] }));
    k.run();
    k.put('configmaps', configMap('root', [], { ...deleting, finalizers: ['foregroundDeletion'] }));
    k.run();
    expect(k.get('configmaps', 'default/kid')?.metadata).toMatchObject({ ...deleting, finalizers: ['example/hold'] });
    expect(k.get('configmaps', 'default/root')).toBeDefined();
    k.remove('configmaps', 'default/kid');
    k.run();
    expect(k.get('configmaps', 'default/root')).toBeUndefined();
  });

  it('passes the foreground on to dependents that have dependents', () => {
    const k = kit();
    k.put('configmaps', configMap('root'));
    k.put('configmaps', configMap('kid', [ownedBy('root', true)], { finalizers: ['example/hold'] }));
    k.put('configmaps', configMap('grandkid', [ownedBy('kid')]));
    k.put('configmaps', configMap('root', [], { ...deleting, finalizers: ['foregroundDeletion'] }));
    k.run();
    expect(k.get('configmaps', 'default/kid')?.metadata.finalizers).toEqual(['example/hold']);
    expect(k.requests.find((request) => request.verb === 'delete')?.body).toMatchObject({ propagationPolicy: 'Foreground' });
  });

  it('orphans dependents before the owner goes', () => {
    const k = kit();
    k.put('configmaps', configMap('root'));
    k.put('configmaps', configMap('kid', [ownedBy('root')]));
    k.put('configmaps', configMap('root', [], { ...deleting, finalizers: ['orphan'] }));
    k.run();
    expect(k.log).toEqual(['patch configmaps/default/kid', 'patch configmaps/default/root']);
    expect(k.get('configmaps', 'default/kid')?.metadata.ownerReferences).toEqual([]);
    expect(k.get('configmaps', 'default/root')).toBeUndefined();
  });

  it('reports an owner in another namespace and collects the dependent', () => {
    const k = kit();
    k.put('configmaps', configMap('root'));
    k.put('configmaps', configMap('kid', [ownedBy('root')], { namespace: 'other' }));
    k.run();
    expect(k.events.map((event) => event.message)).toEqual(['ownerRef [v1/ConfigMap, namespace: other, name: root, uid: uid-of-root] does not exist in namespace "other"']);
    expect(k.get('configmaps', 'other/kid')).toBeUndefined();
  });

  it('does not look at anything when an unrelated field changes', () => {
    const k = kit();
    const owner = k.put('configmaps', configMap('root'));
    k.put('configmaps', configMap('kid', [ownedBy('root')]));
    k.run();
    const before = k.requests.length;
    k.put('configmaps', { ...owner, metadata: { ...owner.metadata, labels: { a: 'b' } } });
    k.run();
    expect(k.requests.length).toBe(before);
  });
});
