import { describe, expect, it } from 'vitest';
import type { Pod, PodSpec } from '../../api/generated/types.ts';
import { allKinds } from '../../api/kinds/index.ts';
import type { ApiObject } from '../../api/meta.ts';
import { NAMESPACES, PODS } from '../../api/resources.ts';
import { createRequest, updateRequest } from '../../client/requests.ts';
import type { ApiResponse } from '../messages.ts';
import { TestWorld } from '../testing.ts';

const gvr = (group: string, version: string, resource: string) => ({ group, version, resource });
const pod = (name: string, spec: Partial<PodSpec> = {}): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'app', image: 'nginx' }], ...spec } });

function worldWith(namespace: string, labels: Record<string, string> = {}): TestWorld {
  const world = new TestWorld(allKinds);
  world.must(createRequest(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }, ''));
  world.must(createRequest(gvr('', 'v1', 'serviceaccounts'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }, namespace));
  return world;
}

const messageOf = ({ code, body }: ApiResponse): string => `${code} ${String((body as { readonly message?: string }).message)}`;

describe('PodSecurity', () => {
  const labels = (enforce: string, more: Record<string, string> = {}): Record<string, string> => ({ 'pod-security.kubernetes.io/enforce': enforce, ...more });

  it('refuses what the standard forbids, with all reasons', () => {
    const world = worldWith('a', labels('baseline'));
    const bad = pod('p', { hostNetwork: true, containers: [{ name: 'app', image: 'nginx', securityContext: { privileged: true } }] });
    expect(messageOf(world.ask(createRequest(PODS, bad, 'a')))).toBe('403 pods "p" is forbidden: violates PodSecurity "baseline:latest": '
      + 'host namespaces (hostNetwork=true), privileged (container "app" must not set securityContext.privileged=true)');
    expect(world.ask(createRequest(PODS, pod('q'), 'a')).code).toBe(201);
  });

  it('asks for more when it restricts, in place of the weaker checks', () => {
    const world = worldWith('a', labels('restricted'));
    const text = messageOf(world.ask(createRequest(PODS, pod('p'), 'a')));
    expect(text).toBe('403 pods "p" is forbidden: violates PodSecurity "restricted:latest": '
      + 'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), '
      + 'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), '
      + 'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), '
      + 'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")');
    const good = pod('q', { containers: [{ name: 'app', image: 'nginx', securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } } }] });
    expect(world.ask(createRequest(PODS, good, 'a')).code).toBe(201);
  });

  it('judges by the version that the namespace pins', () => {
    const world = worldWith('a', labels('restricted', { 'pod-security.kubernetes.io/enforce-version': 'v1.7' }));
    expect(messageOf(world.ask(createRequest(PODS, pod('p'), 'a')))).toBe('403 pods "p" is forbidden: violates PodSecurity "restricted:v1.7": '
      + 'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)');
  });

  it('warns only, where that is asked, and for templates', () => {
    const world = worldWith('a', { 'pod-security.kubernetes.io/warn': 'baseline' });
    const template = { metadata: { labels: { app: 'x' } }, spec: pod('p', { hostPID: true }).spec };
    const set = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'r' }, spec: { selector: { matchLabels: { app: 'x' } }, template } };
    const answer = world.ask(createRequest(gvr('apps', 'v1', 'replicasets'), set, 'a'));
    expect(answer.code).toBe(201);
    expect(answer.warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)']);
  });

  it('tells which pods a stricter namespace would no longer let in', () => {
    const world = worldWith('a');
    for (const name of ['x', 'y']) world.must(createRequest(PODS, pod(name, { hostIPC: true }), 'a'));
    const stricter = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', labels: labels('baseline') } };
    expect(world.ask(updateRequest(NAMESPACES, stricter)).warnings).toEqual([
      'existing pods in namespace "a" violate the new PodSecurity enforce level "baseline:latest"', 'x (and 1 other pod): host namespaces',
    ]);
    const wrong = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'b', labels: labels('safe') } };
    expect(messageOf(world.ask(createRequest(NAMESPACES, wrong, '')))).toBe('422 Namespace "b" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "safe": must be one of privileged, baseline, restricted');
  });
});

describe('RuntimeClass', () => {
  const runtimeClass = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'vm' }, handler: 'vm', overhead: { podFixed: { memory: '64Mi' } }, scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [{ key: 'vm', operator: 'Exists' }] } };

  it('adds what the class costs and where it runs', () => {
    const world = worldWith('a');
    world.must(createRequest(gvr('node.k8s.io', 'v1', 'runtimeclasses'), runtimeClass, ''));
    const made = world.must<Pod>(createRequest(PODS, pod('p', { runtimeClassName: 'vm' }), 'a'));
    expect(made.spec).toMatchObject({ overhead: { memory: '64Mi' }, nodeSelector: { vm: 'yes' } });
    expect(made.spec?.tolerations).toContainEqual({ key: 'vm', operator: 'Exists' });
    const conflicting = pod('q', { runtimeClassName: 'vm', nodeSelector: { vm: 'no' } });
    expect(messageOf(world.ask(createRequest(PODS, conflicting, 'a')))).toBe('403 pods "q" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no');
  });

  it('refuses classes that do not exist', () => {
    const world = worldWith('a');
    expect(messageOf(world.ask(createRequest(PODS, pod('p', { runtimeClassName: 'none' }), 'a')))).toBe('403 pods "p" is forbidden: pod rejected: RuntimeClass "none" not found');
  });
});

describe('PersistentVolumeClaimResize', () => {
  it('lets only bound claims grow, and only if their class allows it', () => {
    const world = worldWith('a');
    const claims = gvr('', 'v1', 'persistentvolumeclaims');
    const spec = (size: string) => ({ accessModes: ['ReadWriteOnce'], storageClassName: 'fast', volumeName: 'v', resources: { requests: { storage: size } } });
    const made = world.must(createRequest(claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c' }, spec: spec('1Gi') }, 'a'));
    const bound = world.must(updateRequest(claims, { ...made, status: { phase: 'Bound', capacity: { storage: '1Gi' } } } as ApiObject, 'status'));
    const bigger = { ...bound, spec: spec('2Gi') };
    expect(messageOf(world.ask(updateRequest(claims, bigger)))).toBe('403 persistentvolumeclaims "c" is forbidden: '
      + 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
    const storageClass = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fast' }, provisioner: 'example.org/disk', allowVolumeExpansion: true };
    world.must(createRequest(gvr('storage.k8s.io', 'v1', 'storageclasses'), storageClass, ''));
    expect(world.ask(updateRequest(claims, bigger)).code).toBe(200);
  });
});

describe('impersonation', () => {
  it('gives accounts their groups, and checks the narrow modes before the old one', () => {
    const world = worldWith('a');
    const admin = { user: 'root', groups: ['system:masters'] };
    const as = (user: string) => ({ credentials: { ...admin, impersonate: { user, groups: [] } }, userAgent: 'test', qps: 50, burst: 100 });
    expect(messageOf(world.ask(createRequest(PODS, pod('p'), 'a'), as('system:serviceaccount:a:robot')))).toBe(
      '403 pods is forbidden: User "system:serviceaccount:a:robot" cannot create resource "pods" in API group "" in the namespace "a"');
    const nobody = { credentials: { user: 'jane', groups: [], impersonate: { user: 'root', groups: [] } }, userAgent: 'test', qps: 50, burst: 100 };
    expect(messageOf(world.ask(createRequest(PODS, pod('p'), 'a'), nobody))).toBe(
      '403 pods is forbidden: User "jane" cannot impersonate-on:user-info:create resource "pods" in API group "" in the namespace "a"');
  });
});
