import { describe, expect, it } from 'vitest';
import { allKinds } from '../api/kinds/index.ts';
import type { Node, Pod } from '../api/generated/types.ts';
import { CONFIG_MAPS, CSI_NODES, LEASES, NODES, PODS, SERVICE_ACCOUNTS } from '../api/resources.ts';
import type { ApiRequest, ApiResponse } from '../apiserver/messages.ts';
import { TestWorld } from '../apiserver/testing.ts';
import { createRequest, deleteRequest, getRequest, updateRequest } from '../client/requests.ts';
import { nodeActors, nodeParts } from './index.ts';

/** A node with the real API server and etcd; pods are bound by hand. */
function newWorld(): TestWorld {
  const world = new TestWorld(allKinds, nodeActors);
  for (const id of nodeParts('node-1')) world.kernel.spawn(id, { machine: { name: 'node-1', cpu: '4', memory: '8Gi', pods: 110, zone: 'zone-a' }, index: 1, options: {} }, 0);
  world.must(createRequest(SERVICE_ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }, 'default'));
  world.run(3);
  return world;
}

function podObject(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName: 'node-1', tolerations: [{ operator: 'Exists' }], ...spec } };
}

const podOf = (world: TestWorld, name: string): Pod => world.ask(getRequest(PODS, 'default', name)).body as unknown as Pod;

/** What the API server refused to the kubelet, other than the first look at the lease. */
function refusals(world: TestWorld): readonly string[] {
  const found: string[] = [];
  const requests = new Map<number, ApiRequest>();
  for (let id = 1; id <= world.kernel.lastId; id++) {
    const entry = world.kernel.trace.get(id);
    if (!entry) continue;
    const body = entry.body as ApiRequest | ApiResponse;
    if (body.type === 'api-request' && world.kernel.actorId(entry.from) === 'kubelet/node-1') requests.set(body.requestId, body);
    if (body.type !== 'api-response' || world.kernel.actorId(entry.to) !== 'kubelet/node-1' || body.code < 400) continue;
    const request = requests.get(body.requestId);
    // Two may delete a pod that has ended: the user, and the kubelet that was told of it.
    const wasGone = request?.verb === 'delete' && body.code === 404;
    if (request?.resource !== 'leases' && !wasGone) found.push(`${request?.verb} ${request?.resource}: ${JSON.stringify(body.body)}`);
  }
  return found;
}

describe('a node with the real API server', () => {
  it('registers and becomes ready', () => {
    const world = newWorld();
    const node = world.must<Node>(getRequest(NODES, '', 'node-1'));
    expect(node.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True', reason: 'KubeletReady' });
    expect(world.must(getRequest(LEASES, 'kube-node-lease', 'node-1'))).toMatchObject({ spec: { holderIdentity: 'node-1', leaseDurationSeconds: 40 } });
    expect(world.must(getRequest(CSI_NODES, '', 'node-1'))).toMatchObject({ spec: { drivers: [{ name: 'csi.wheelhouse.dev' }] } });
    expect(refusals(world)).toEqual([]);
  });

  it('starts a pod, keeps its status, ends it', () => {
    const world = newWorld();
    world.must(createRequest(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cfg' }, data: { a: 'b' } }, 'default'));
    world.must(createRequest(PODS, podObject('web', {
      initContainers: [{ name: 'init', image: 'busybox:1.36', command: ['true'] }],
      containers: [{ name: 'web', image: 'nginx:1.28', envFrom: [{ configMapRef: { name: 'cfg' } }], readinessProbe: { httpGet: { port: 80 } } }],
      volumes: [{ name: 'cfg', configMap: { name: 'cfg' } }],
    }), 'default'));
    world.run(15);
    expect(podOf(world, 'web').status).toMatchObject({ phase: 'Running', podIP: '10.244.1.2', observedGeneration: 1, containerStatuses: [{ ready: true, started: true }], initContainerStatuses: [{ ready: true }] });
    expect(podOf(world, 'web').status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'PodReadyToStartContainers=True', 'Initialized=True', 'Ready=True', 'ContainersReady=True', 'PodScheduled=True',
    ]);
    world.must(deleteRequest(PODS, 'default', 'web'));
    world.run(5);
    expect(world.ask(getRequest(PODS, 'default', 'web')).code).toBe(404);
    expect(refusals(world)).toEqual([]);
  });

  it('reports crashes, failures and rejections that the server accepts', () => {
    const world = newWorld();
    world.must(createRequest(PODS, podObject('crash', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'sleep 1; exit 3'] }] }), 'default'));
    world.must(createRequest(PODS, podObject('typo', { containers: [{ name: 'c', image: 'nginx:1.161' }] }), 'default'));
    world.must(createRequest(PODS, podObject('job', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1.36', command: ['false'] }] }), 'default'));
    world.must(createRequest(PODS, podObject('big', { containers: [{ name: 'c', image: 'nginx:1.28', resources: { requests: { cpu: '5' } } }] }), 'default'));
    world.run(300);
    expect(podOf(world, 'crash').status?.containerStatuses?.[0]).toMatchObject({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 3 } } });
    expect(podOf(world, 'typo').status?.containerStatuses?.[0]?.state?.waiting?.reason).toMatch(/^(?:ErrImagePull|ImagePullBackOff)$/);
    expect(podOf(world, 'job').status).toMatchObject({ phase: 'Failed' });
    expect(podOf(world, 'big').status).toMatchObject({ phase: 'Failed', reason: 'OutOfcpu' });
    for (const name of ['crash', 'typo', 'job', 'big']) world.must(deleteRequest(PODS, 'default', name));
    world.run(60);
    for (const name of ['crash', 'typo', 'job', 'big']) expect(world.ask(getRequest(PODS, 'default', name)).code).toBe(404);
    expect(refusals(world)).toEqual([]);
  });

  it('puts its conditions right when somebody else has changed them', () => {
    const world = newWorld();
    world.must(createRequest(PODS, podObject('web', { containers: [{ name: 'web', image: 'nginx:1.28' }] }), 'default'));
    world.run(10);
    const pod = podOf(world, 'web');
    const unready = (pod.status?.conditions ?? []).map((each) => (each.type === 'Ready' ? { ...each, status: 'False' } : each));
    world.must(updateRequest(PODS, { ...pod, status: { ...pod.status, conditions: unready } } as Pod, 'status'));
    const node = world.must<Node>(getRequest(NODES, '', 'node-1'));
    const unknown = (node.status?.conditions ?? []).map((each) => (each.type === 'Ready' ? { ...each, status: 'Unknown', reason: 'NodeStatusUnknown' } : each));
    world.must(updateRequest(NODES, { ...node, status: { ...node.status, conditions: unknown } } as Node, 'status'));
    world.run(15);
    expect(podOf(world, 'web').status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    expect(world.must<Node>(getRequest(NODES, '', 'node-1')).status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True', reason: 'KubeletReady' });
  });
});
