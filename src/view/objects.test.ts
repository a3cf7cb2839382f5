import { expect, it } from 'vitest';
import type { ObjectSummary } from '../worker/protocol.ts';
import { EMPTY_MODEL } from './model.ts';
import { findObjects, keyOfEtcdKey, listObjects } from './objects.ts';

const object = (key: string, kind: string): ObjectSummary => {
  const [, namespace = '', name = ''] = key.split('/');
  return { key, kind, namespace, name, uid: key, owner: '', brief: '' };
};
const OBJECTS = [object('configmaps/kube-system/extension', 'ConfigMap'), object('replicasets.apps/default/web-1', 'ReplicaSet'), object('deployments.apps/default/web', 'Deployment'), object('namespaces//default', 'Namespace')];
const MODEL = { ...EMPTY_MODEL, objects: new Map(OBJECTS.map((each) => [each.key, each])) };

it('lists one’s own before what comes with the cluster, workloads first', () => {
  expect(listObjects(MODEL).map((each) => each.name)).toEqual(['web', 'web-1', 'default', 'extension']);
});

it('finds by kind and name in any order of words', () => {
  expect(findObjects(listObjects(MODEL), 'web deploy', 10).map((each) => each.key)).toEqual(['deployments.apps/default/web']);
  expect(findObjects(listObjects(MODEL), 'default/web', 1)).toHaveLength(1);
  expect(findObjects(listObjects(MODEL), 'nothing', 10)).toEqual([]);
});

it('leads from keys of etcd to objects', () => {
  expect(keyOfEtcdKey(MODEL, '/registry/deployments/default/web')).toBe('deployments.apps/default/web');
  expect(keyOfEtcdKey(MODEL, '/registry/namespaces/default')).toBe('namespaces//default');
  expect(keyOfEtcdKey(MODEL, '/registry/deployments/default/gone')).toBeUndefined();
});
