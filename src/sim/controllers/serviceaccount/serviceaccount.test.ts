import { describe, expect, it } from 'vitest';
import type { Namespace, Secret, ServiceAccount } from '../../api/generated/types.ts';
import { TestKit } from '../testkit.ts';
import { rootCaPublisher, ROOT_CA } from '../rootca.ts';
import { serviceAccountController } from './default.ts';
import { base64 } from './token.ts';
import { tokensController } from './tokens.ts';

const namespace = (phase: 'Active' | 'Terminating'): Namespace => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' }, status: { phase } });

describe('service account controller', () => {
  it('creates the default account of an active namespace, and again when it is deleted', () => {
    const k = new TestKit(serviceAccountController);
    k.put('namespaces', namespace('Active'));
    k.run();
    k.remove('serviceaccounts', 'x/default');
    k.run();
    expect(k.log).toEqual(['create serviceaccounts/x/default', 'create serviceaccounts/x/default']);
  });

  it('leaves a terminating namespace alone', () => {
    const k = new TestKit(serviceAccountController);
    k.put('namespaces', namespace('Terminating'));
    k.run();
    expect(k.log).toEqual([]);
  });
});

describe('root CA publisher', () => {
  it('creates, repairs and recreates kube-root-ca.crt', () => {
    const k = new TestKit(rootCaPublisher);
    k.put('namespaces', namespace('Active'));
    k.run();
    const published = k.get('configmaps', 'x/kube-root-ca.crt');
    expect(published).toMatchObject({ data: { 'ca.crt': ROOT_CA } });
    k.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt', namespace: 'x' }, data: { 'ca.crt': 'wrong', extra: 'x' } } as never);
    k.run();
    expect(k.get('configmaps', 'x/kube-root-ca.crt')).toMatchObject({ data: { 'ca.crt': ROOT_CA } });
    k.remove('configmaps', 'x/kube-root-ca.crt');
    k.run();
    expect(k.log).toEqual(['create configmaps/x/kube-root-ca.crt', 'update configmaps/x/kube-root-ca.crt', 'create configmaps/x/kube-root-ca.crt']);
  });
});

describe('tokens controller', () => {
  const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'x', uid: 'u1' } };
  const secret: Secret = {
    apiVersion: 'v1', kind: 'Secret', metadata: { name: 't', namespace: 'x', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
    type: 'kubernetes.io/service-account-token',
  };
  const indexers = { secrets: { namespace: () => ['x'] } };

  it('fills a token secret and deletes it with its account', () => {
    const k = new TestKit(tokensController, {}, indexers);
    k.put('serviceaccounts', account);
    k.put('secrets', secret);
    k.run();
    const filled = k.get<Secret>('secrets', 'x/t');
    expect(filled?.metadata.annotations?.['kubernetes.io/service-account.uid']).toBe('u1');
    expect(filled?.data?.['namespace']).toBe(base64('x'));
    const [, claims = ''] = Buffer.from(filled?.data?.['token'] ?? '', 'base64').toString().split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: 'system:serviceaccount:x:robot' });
    k.remove('serviceaccounts', 'x/robot');
    k.run();
    expect(k.get('secrets', 'x/t')).toBeUndefined();
  });

  it('deletes a token secret whose account does not exist', () => {
    const k = new TestKit(tokensController, {}, indexers);
    k.put('secrets', secret);
    k.run();
    expect(k.log).toEqual(['delete secrets/x/t']);
  });

  it('encodes as base64 does', () => {
    for (const text of ['', 'a', 'ab', 'abc', 'über', '✓', '😀']) expect(base64(text)).toBe(Buffer.from(text).toString('base64'));
  });
});
