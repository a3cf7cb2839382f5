import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { hashWorld } from '../kernel/hash.ts';
import { NodeWorld } from './testing.ts';

const nginx = (name = 'web', cpu = '100m'): NonNullable<Pod['spec']>['containers'][number] => ({ name, image: 'nginx:1.28', resources: { requests: { cpu } } });

describe('the node', () => {
  it('registers, gets its network, becomes ready, and says so', () => {
    const world = new NodeWorld();
    expect(world.node()).toMatchObject({
      metadata: { labels: { 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux', 'topology.kubernetes.io/zone': 'zone-a' } }, spec: { podCIDR: '10.244.1.0/24' },
      status: { capacity: { cpu: '4', memory: '8Gi', pods: '110' }, allocatable: { cpu: '4', memory: '8092Mi', pods: '110' }, nodeInfo: { kubeletVersion: 'v1.36.2' } },
    });
    expect(world.node()?.status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual([
      'MemoryPressure False KubeletHasSufficientMemory', 'DiskPressure False KubeletHasNoDiskPressure', 'PIDPressure False KubeletHasSufficientPID', 'Ready True KubeletReady',
    ]);
    expect(world.events('node-1')).toEqual([
      'Starting: Starting kubelet.', 'NodeHasSufficientMemory: Node node-1 status is now: NodeHasSufficientMemory', 'NodeHasNoDiskPressure: Node node-1 status is now: NodeHasNoDiskPressure',
      'NodeHasSufficientPID: Node node-1 status is now: NodeHasSufficientPID', 'NodeAllocatableEnforced: Updated Node Allocatable limit across pods', 'NodeReady: Node node-1 status is now: NodeReady',
    ]);
    expect(world.object('csinodes', '', 'node-1')).toMatchObject({ spec: { drivers: [{ name: 'csi.wheelhouse.dev', nodeID: 'node-1' }] } });
  });

  it('costs one lease renewal in ten seconds when idle', () => {
    const world = new NodeWorld();
    world.run(60);
    const from = world.kernel.lastId;
    const lines: string[] = [];
    world.run(100);
    for (let id = from + 1; id <= world.kernel.lastId; id++) {
      const entry = world.kernel.trace.get(id);
      if (entry?.body.type === 'api-request') lines.push((entry.body as unknown as { readonly resource: string }).resource);
    }
    expect(lines.length).toBeGreaterThanOrEqual(9);
    expect(new Set(lines)).toEqual(new Set(['leases']));
    expect(lines.length).toBeLessThanOrEqual(10);
  });

  it('reports its status once in about five minutes', () => {
    const world = new NodeWorld();
    world.run(60);
    const from = world.kernel.lastId;
    world.run(1500);
    const patches = world.transcript(from).filter((line) => line.endsWith('patch nodes/status')).length;
    expect(patches).toBeGreaterThanOrEqual(4);
    expect(patches).toBeLessThanOrEqual(6);
  });

  it('is not ready while its runtime does not answer, and recovers', () => {
    const world = new NodeWorld();
    world.addPod('before', { containers: [nginx()] });
    world.run(10);
    world.kernel.setLinkFault('kubelet/node-1', 'container-runtime/node-1', { cut: true });
    world.addPod('after', { containers: [nginx()] });
    world.run(60);
    expect(world.node()?.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'KubeletNotReady', message: 'container runtime is down' });
    world.kernel.setLinkFault('kubelet/node-1', 'container-runtime/node-1', undefined);
    world.run(300);
    expect(world.node()?.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
    expect(world.events('after').map((event) => event.replace(/ ×\d+/, ''))).toContain('FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded');
    expect(world.ready('after')).toBe(true);
  });
});

describe('admission', () => {
  const rejected = (world: NodeWorld, name: string): unknown => {
    const { phase, reason, message } = world.pod(name)?.status ?? {};
    return { phase, reason, message };
  };

  it.each([
    ['cpu', { containers: [nginx('web', '5')] }, 'OutOfcpu', "Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000"],
    ['selector', { containers: [nginx()], nodeSelector: { disk: 'ssd' } }, 'NodeAffinity', "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"],
  ])('refuses for %s with the real words', (_, spec, reason, message) => {
    const world = new NodeWorld();
    world.addPod('p', spec);
    world.run(2);
    expect(rejected(world, 'p')).toEqual({ phase: 'Failed', reason, message: `Pod was rejected: ${message}` });
    expect(world.events('p')).toEqual([`${reason}: ${message}`]);
    world.deletePod('p');
    world.run(2);
    expect(world.pod('p')).toBeUndefined();
  });

  it('counts the pods that are there, and not those that have ended', () => {
    const world = new NodeWorld();
    world.addPod('a', { containers: [nginx('web', '3')] });
    world.run(5);
    world.addPod('b', { containers: [nginx('web', '2')] });
    world.run(5);
    expect(rejected(world, 'b')).toMatchObject({ reason: 'OutOfcpu', message: expect.stringContaining('requested: 2000, used: 3000, capacity: 4000') });
    world.deletePod('a');
    world.run(10);
    world.addPod('c', { containers: [nginx('web', '2')] });
    world.run(5);
    expect(world.ready('c')).toBe(true);
  });

  it('refuses host ports that are taken', () => {
    const world = new NodeWorld();
    const ports = [{ containerPort: 80, hostPort: 8080, protocol: 'TCP' as const }];
    world.addPod('a', { containers: [{ ...nginx(), ports }] });
    world.run(5);
    world.addPod('b', { containers: [{ ...nginx(), ports }] });
    world.run(5);
    expect(rejected(world, 'b')).toMatchObject({ reason: 'NodePorts', message: "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports" });
  });
});

describe('init containers and sidecars', () => {
  const init = (name: string, command: readonly string[]): NonNullable<Pod['spec']>['containers'][number] => ({ name, image: 'busybox:1.36', command });

  it('run in order; the pod waits in Pending', () => {
    const world = new NodeWorld();
    world.addPod('p', { initContainers: [init('one', ['sleep', '3']), init('two', ['sleep', '3'])], containers: [nginx()] });
    world.run(3);
    expect(world.pod('p')?.status).toMatchObject({ phase: 'Pending' });
    expect(world.pod('p')?.status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
    expect(world.pod('p')?.status?.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
      status: 'False', reason: 'ContainersNotInitialized', message: 'containers with incomplete status: [one two]',
    });
    world.run(15);
    expect(world.ready('p')).toBe(true);
    const [one, two] = world.pod('p')?.status?.initContainerStatuses ?? [];
    expect((one?.state?.terminated?.finishedAt ?? '') <= (two?.state?.terminated?.startedAt ?? '')).toBe(true);
    expect(one).toMatchObject({ ready: true, started: false });
  });

  it('that fail are repeated with back-off, or fail the pod when nothing is to be restarted', () => {
    const world = new NodeWorld();
    world.addPod('again', { initContainers: [init('one', ['false'])], containers: [nginx()] });
    world.addPod('never', { restartPolicy: 'Never', initContainers: [init('one', ['false'])], containers: [nginx()] });
    world.run(60);
    expect(world.pod('again')?.status).toMatchObject({ phase: 'Pending' });
    expect(world.pod('again')?.status?.initContainerStatuses?.[0]?.restartCount).toBeGreaterThanOrEqual(2);
    expect(world.pod('never')?.status).toMatchObject({ phase: 'Failed' });
  });

  it('sidecars start in their turn, stay, and end after the others in reverse order', () => {
    const world = new NodeWorld();
    const sidecar = (name: string): ReturnType<typeof init> => ({ name, image: 'redis:7', restartPolicy: 'Always' });
    world.addPod('p', { initContainers: [sidecar('s1'), sidecar('s2'), init('one', ['true'])], containers: [nginx()] });
    world.run(15);
    expect(world.ready('p')).toBe(true);
    expect(world.pod('p')?.status?.initContainerStatuses?.map(({ name, ready }) => `${name} ${ready}`)).toEqual(['s1 true', 's2 true', 'one true']);
    const from = world.kernel.lastId;
    world.deletePod('p');
    world.run(5);
    const order: string[] = [];
    for (let id = from; id <= world.kernel.lastId; id++) {
      const body = world.kernel.trace.get(id)?.body as unknown as { readonly event?: string; readonly container?: { readonly name: string } };
      if (body.event === 'CONTAINER_STOPPED_EVENT') order.push(body.container?.name ?? '');
    }
    expect(order).toEqual(['web', 's2', 's1']);
    expect(world.pod('p')).toBeUndefined();
  });

  it('sidecars do not keep a finished pod alive', () => {
    const world = new NodeWorld();
    world.addPod('job', { restartPolicy: 'Never', initContainers: [{ name: 'side', image: 'redis:7', restartPolicy: 'Always' }], containers: [init('work', ['sleep', '2'])] });
    world.run(15);
    expect(world.pod('job')?.status).toMatchObject({ phase: 'Succeeded' });
  });
});

describe('the network of a node', () => {
  it('gives addresses out once, does not use them again at once, and runs out', () => {
    const world = new NodeWorld();
    const pods = Array.from({ length: 105 }, (_, i) => `p${i}`);
    for (const name of pods) world.addPod(name, { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] });
    world.run(60);
    expect(new Set(pods.map((name) => world.pod(name)?.status?.podIP)).size).toBe(105);
    const cni = world.kernel.stateOf('cni/node-1') as { reserved: Map<number, string>; range: { last: number; first: number } };
    for (let address = cni.range.first; address <= cni.range.last; address++) if (!cni.reserved.has(address)) cni.reserved.set(address, 'somebody');
    world.addPod('one-too-many', { containers: [nginx()] });
    world.run(5);
    expect(world.status('one-too-many')).toBe('ContainerCreating');
    expect(world.events('one-too-many')[0]).toMatch(/^FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "[0-9a-f]{64}": plugin type="bridge" failed \(add\): failed to allocate for range 0: no IP addresses available in range set: 10\.244\.1\.1-10\.244\.1\.254$/);
  });

  it('is the host for pods that want it', () => {
    const world = new NodeWorld();
    world.addPod('p', { hostNetwork: true, containers: [nginx()] });
    world.run(5);
    expect(world.pod('p')?.status).toMatchObject({ podIP: '172.18.0.2', hostIP: '172.18.0.2' });
    expect(world.transcript(0).some((line) => line.endsWith('cni-add'))).toBe(false);
  });
});

describe('determinism', () => {
  function busyWorld(seed: number): NodeWorld {
    const world = new NodeWorld(['node-1', 'node-2'], seed);
    world.addPod('web', { containers: [{ ...nginx(), readinessProbe: { httpGet: { port: 80, path: '/' }, periodSeconds: 3 } }], volumes: [{ name: 'cfg', configMap: { name: 'late' } }] });
    world.addPod('crash', { initContainers: [{ name: 'i', image: 'busybox:1.36', command: ['true'] }], containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'sleep 3; exit 1'] }] });
    world.addPod('typo', { containers: [{ name: 'c', image: 'nginx:1.161' }] }, {}, 'node-2');
    world.addPod('side', { initContainers: [{ name: 's', image: 'redis:7', restartPolicy: 'Always' }], containers: [nginx()] }, {}, 'node-2');
    return world;
  }

  function script(world: NodeWorld, step: number): void {
    if (step === 5) world.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late', namespace: 'default' } } as ApiObject);
    if (step === 20) world.deletePod('side');
    if (step === 25) world.switchNode('node-2', false);
    if (step === 40) world.switchNode('node-2', true);
    world.run(1.37);
  }

  it('the same seed gives the same world, another seed another', () => {
    const run = (seed: number): string => {
      const world = busyWorld(seed);
      for (let step = 0; step < 60; step++) script(world, step);
      return hashWorld(world.kernel.checkpoint());
    };
    expect(run(1)).toBe(run(1));
    expect(run(2)).not.toBe(run(1));
  });

  it('going on from any checkpoint equals the straight run', () => {
    const straight = busyWorld(3);
    for (let step = 0; step < 60; step++) script(straight, step);
    const expected = hashWorld(straight.kernel.checkpoint());
    for (let at = 0; at < 60; at += 3) {
      const world = busyWorld(3);
      for (let step = 0; step < at; step++) script(world, step);
      const checkpoint = world.kernel.checkpoint();
      // What happens after a checkpoint must not reach back into it.
      for (let step = at; step < Math.min(60, at + 10); step++) script(world, step);
      world.kernel.restore(checkpoint);
      for (let step = at; step < 60; step++) script(world, step);
      expect(hashWorld(world.kernel.checkpoint())).toBe(expected);
    }
  });
});
