import { describe, expect, it } from 'vitest';
import { requestSpec } from './rest.ts';

describe('a recorded request', () => {
  it.each([
    ['POST', '/api/v1/namespaces', 'create', { group: '', version: 'v1', resource: 'namespaces' }, '', '', ''],
    ['DELETE', '/api/v1/namespaces/x', 'delete', { group: '', version: 'v1', resource: 'namespaces' }, '', 'x', ''],
    ['PUT', '/api/v1/namespaces/x/finalize', 'update', { group: '', version: 'v1', resource: 'namespaces' }, '', 'x', 'finalize'],
    ['GET', '/api/v1/namespaces/x/pods', 'list', { group: '', version: 'v1', resource: 'pods' }, 'x', '', ''],
    ['POST', '/api/v1/namespaces/x/pods/p/eviction', 'create', { group: '', version: 'v1', resource: 'pods' }, 'x', 'p', 'eviction'],
    ['PATCH', '/apis/apps/v1/namespaces/x/deployments/web/scale', 'patch', { group: 'apps', version: 'v1', resource: 'deployments' }, 'x', 'web', 'scale'],
    ['PATCH', '/api/v1/nodes/node-1', 'patch', { group: '', version: 'v1', resource: 'nodes' }, '', 'node-1', ''],
    ['DELETE', '/apis/batch/v1/namespaces/x/jobs', 'deletecollection', { group: 'batch', version: 'v1', resource: 'jobs' }, 'x', '', ''],
  ])('%s %s', (method, path, verb, gvr, namespace, name, subresource) => {
    expect(requestSpec({ method, path })).toMatchObject({ verb, gvr, namespace, name, subresource });
  });

  it.each([
    ['application/json-patch+json', 'json'], ['application/merge-patch+json', 'merge'], ['application/strategic-merge-patch+json', 'strategic'], ['application/apply-patch+yaml', 'apply'],
  ])('%s is a %s patch', (contentType, patchType) => {
    expect(requestSpec({ method: 'PATCH', path: '/api/v1/namespaces/x/pods/p', body: {}, contentType }).patchType).toBe(patchType);
  });

  it('takes the options of a deletion from the query', () => {
    const { body } = requestSpec({ method: 'DELETE', path: '/api/v1/namespaces/x/pods/p?gracePeriodSeconds=0&propagationPolicy=Orphan' });
    expect(body).toEqual({ apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Orphan' });
  });

  it('refuses a method that no verb stands for', () => {
    expect(() => requestSpec({ method: 'TRACE', path: '/api/v1/pods' })).toThrow('TRACE');
  });
});
