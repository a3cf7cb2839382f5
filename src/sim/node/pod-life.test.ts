import { describe, expect, it } from 'vitest';
import type { PodActionsExplanation } from './kubelet/pod-actions.ts';
import { inspectNode } from './inspect.ts';
import { EPOCH_US, NodeWorld } from './testing.ts';

const WEB = { containers: [{ name: 'web', image: 'nginx:1.28' }], volumes: [{ name: 'tmp', emptyDir: {} }] };

/** What a pod needs of its node, in order: the flow that the documentation tells. */
const START = [
  'kube-apiserver → kubelet: ADDED pods',
  'kubelet → kube-apiserver: patch pods/status',
  'kube-apiserver → kubelet: MODIFIED pods',
  'kubelet → container-runtime: cri-run-pod-sandbox',
  'container-runtime → cni: cni-add',
  'cni → container-runtime: cni-add-response',
  'container-runtime → kubelet: cri-run-pod-sandbox-response',
  'kubelet → kube-apiserver: patch pods/status',
  'kubelet → container-runtime: cri-image-status',
  'container-runtime → kubelet: cri-image-status-response',
  'kubelet → container-runtime: cri-pull-image',
  'kube-apiserver → kubelet: MODIFIED pods',
  'container-runtime → kubelet: cri-pull-image-response',
  'kubelet → container-runtime: cri-create-container',
  'container-runtime → kubelet: cri-create-container-response',
  'kubelet → container-runtime: cri-start-container',
  'container-runtime → kubelet: cri-container-event',
  'container-runtime → kubelet: cri-start-container-response',
  'kubelet → kube-apiserver: patch pods/status',
  'kube-apiserver → kubelet: MODIFIED pods',
];

const END = [
  'kube-apiserver → kubelet: MODIFIED pods',
  'kubelet → kube-apiserver: patch pods/status',
  'kubelet → container-runtime: cri-stop-container',
  'kube-apiserver → kubelet: MODIFIED pods',
  'container-runtime → kubelet: cri-container-event',
  'container-runtime → kubelet: cri-stop-container-response',
  'kubelet → container-runtime: cri-stop-pod-sandbox',
  'container-runtime → cni: cni-del',
  'cni → container-runtime: cni-del-response',
  'container-runtime → kubelet: cri-stop-pod-sandbox-response',
  'kubelet → kube-apiserver: patch pods/status',
  'kube-apiserver → kubelet: MODIFIED pods',
  'kubelet → kube-apiserver: delete pods',
  'kube-apiserver → kubelet: DELETED pods',
  'kubelet → container-runtime: cri-remove-pod-sandbox',
  'container-runtime → kubelet: cri-remove-pod-sandbox-response',
];

describe('the life of one pod', () => {
  it('starts: volumes, sandbox with the network inside, image, container', () => {
    const world = new NodeWorld();
    const from = world.kernel.lastId;
    world.addPod('web', WEB);
    world.run(5);
    expect(world.transcript(from)).toEqual(START);
    expect(world.events('web')).toEqual([
      'Pulling: Pulling image "nginx:1.28"',
      expect.stringMatching(/^Pulled: Successfully pulled image "nginx:1\.28" in 1\.\d+s \(1\.\d+s including waiting\)\. Image size: 72000000 bytes\.$/),
      'Created: Container created',
      'Started: Container started',
    ]);
    const status = world.pod('web')?.status;
    expect(status).toMatchObject({ phase: 'Running', podIP: '10.244.1.2', hostIP: '172.18.0.2', qosClass: 'BestEffort', observedGeneration: 1 });
    expect(status?.conditions?.map(({ type, status: value, observedGeneration }) => `${type}=${value} ${observedGeneration}`)).toEqual([
      'PodReadyToStartContainers=True 1', 'Initialized=True 1', 'Ready=True 1', 'ContainersReady=True 1', 'PodScheduled=True 1',
    ]);
    expect(status?.containerStatuses?.[0]).toMatchObject({
      name: 'web', ready: true, started: true, restartCount: 0, image: 'docker.io/library/nginx:1.28', imageID: expect.stringMatching(/^docker\.io\/library\/nginx@sha256:[0-9a-f]{64}$/),
      containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/), resources: {}, user: { linux: { uid: 0, gid: 0, supplementalGroups: [0] } },
    });
  });

  it('takes near the time of a real one once the image is there', () => {
    const world = new NodeWorld();
    world.addPod('first', WEB);
    world.run(10);
    const fromUs = world.kernel.nowUs;
    world.addPod('web', WEB);
    while (!world.ready('web')) world.run(0.01);
    const tookMs = (world.kernel.nowUs - fromUs) / 1000;
    expect(tookMs).toBeGreaterThan(300);
    expect(tookMs).toBeLessThan(700);
    expect(world.events('web')[0]).toBe('Pulled: Container image "nginx:1.28" already present on machine and can be accessed by the pod');
  });

  it('ends: SIGTERM, sandbox, network, volumes, last status, DELETE', () => {
    const world = new NodeWorld();
    world.addPod('web', WEB);
    world.run(10);
    const from = world.kernel.lastId;
    world.deletePod('web');
    world.run(5);
    expect(world.transcript(from)).toEqual(END);
    expect(world.pod('web')).toBeUndefined();
    expect(world.events('web').at(-1)).toBe('Killing: Stopping container web');
  });

  it('costs no more than 45 messages, events and heartbeats included', () => {
    const world = new NodeWorld();
    world.addPod('first', WEB);
    world.run(30);
    const from = world.kernel.lastId;
    world.addPod('web', WEB);
    world.run(2);
    expect(world.kernel.lastId - from).toBeLessThanOrEqual(45);
  });

  it('waits for SIGKILL when the process ignores SIGTERM, and not longer than the grace period', () => {
    const world = new NodeWorld();
    world.addPod('sleeper', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sleep', '3600'] }] });
    world.run(10);
    world.deletePod('sleeper');
    world.run(29);
    expect(world.pod('sleeper')?.status?.phase).toBe('Running');
    world.run(3);
    expect(world.pod('sleeper')).toBeUndefined();
  });

  it('ends sooner when the grace period is shortened', () => {
    const world = new NodeWorld();
    world.addPod('sleeper', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sleep', '3600'] }] });
    world.run(10);
    world.deletePod('sleeper');
    world.run(5);
    world.deletePod('sleeper', 1);
    world.run(4);
    expect(world.pod('sleeper')).toBeUndefined();
  });

  it('takes a pod down that was deleted by force, and forgets it', () => {
    const world = new NodeWorld();
    world.addPod('web', WEB);
    world.run(10);
    world.deletePod('web', 0);
    world.run(5);
    expect(world.transcript(0).filter((line) => line.endsWith('cri-remove-pod-sandbox'))).toHaveLength(1);
    expect(world.transcript(0).filter((line) => line.endsWith('delete pods'))).toHaveLength(0);
  });

  it('runs to completion: Succeeded only when the sandbox is down, Ready false, network given back', () => {
    const world = new NodeWorld();
    world.addPod('job', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'echo done; sleep 2'] }] });
    world.run(10);
    expect(world.pod('job')?.status).toMatchObject({ phase: 'Succeeded', podIP: '10.244.1.2' });
    expect(world.pod('job')?.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
    expect(world.pod('job')?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(world.transcript(0).filter((line) => line.endsWith('cni-del'))).toHaveLength(1);
    world.deletePod('job');
    world.run(2);
    expect(world.pod('job')).toBeUndefined();
  });

  it('fails for good when a container fails and nothing restarts it', () => {
    const world = new NodeWorld();
    world.addPod('job', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1.36', command: ['false'] }] });
    world.run(5);
    expect(world.pod('job')?.status?.phase).toBe('Failed');
    expect(world.pod('job')?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
  });

  it('explains each step as a list of actions', () => {
    const world = new NodeWorld();
    world.addPod('web', WEB);
    world.run(5);
    const codes: string[] = [];
    for (let id = 1; id <= world.kernel.lastId; id++) {
      for (const explanation of world.kernel.trace.get(id)?.explanations ?? []) {
        if (explanation.about === 'podActions') codes.push(...(explanation as PodActionsExplanation).actions.map(({ code }) => code));
      }
    }
    expect(codes).toEqual(['admit', 'mountVolumes', 'createSandbox', 'startContainer', 'sandboxReady', 'nothing']);
  });
});

describe('changes of a running pod', () => {
  it('another image restarts the container', () => {
    const world = new NodeWorld();
    world.addPod('web', { containers: [{ name: 'web', image: 'nginx:1.27' }] });
    world.run(10);
    const pod = world.pod('web');
    world.put('pods', { ...pod, metadata: { ...pod?.metadata, generation: 2 }, spec: { ...pod?.spec, containers: [{ name: 'web', image: 'nginx:1.28' }] } } as NonNullable<typeof pod>);
    world.run(10);
    expect(world.events('web')).toContain('Killing: Container web definition changed, will be restarted');
    expect(world.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, image: 'docker.io/library/nginx:1.28', ready: true });
    expect(world.pod('web')?.status?.observedGeneration).toBe(2);
  });

  it('a readiness gate holds Ready back until its condition is true', () => {
    const world = new NodeWorld();
    world.addPod('web', { ...WEB, readinessGates: [{ conditionType: 'example.com/lb' }] });
    world.run(10);
    const ready = (): unknown => world.pod('web')?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready()).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady', message: 'corresponding condition of pod readiness gate "example.com/lb" does not exist.' });
    const pod = world.pod('web');
    world.put('pods', { ...pod, status: { ...pod?.status, conditions: [{ type: 'example.com/lb', status: 'True' }, ...pod?.status?.conditions ?? []] } } as NonNullable<typeof pod>);
    world.run(2);
    expect(ready()).toMatchObject({ status: 'True' });
  });

  it('fails when it was active for too long', () => {
    const world = new NodeWorld();
    world.addPod('late', { ...WEB, activeDeadlineSeconds: 20 });
    world.run(15);
    expect(world.ready('late')).toBe(true);
    world.run(10);
    expect(world.pod('late')?.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' });
    expect(world.events('late')).toContain('DeadlineExceeded: Pod was active on the node longer than the specified deadline');
  });
});

describe('what there is on a node', () => {
  it('can be read: sandbox, network, containers, cgroups, images, volumes', () => {
    const world = new NodeWorld();
    const resources = { requests: { cpu: '100m' }, limits: { cpu: '500m', memory: '64Mi' } };
    world.addPod('web', { containers: [{ name: 'web', image: 'nginx:1.28', resources }], volumes: [{ name: 'tmp', emptyDir: {} }] });
    world.run(10);
    const node = inspectNode('node-1', (id) => world.kernel.stateOf(id), EPOCH_US + world.kernel.nowUs);
    expect(node).toMatchObject({ on: true, podCidr: '10.244.1.0/24', addressesUsed: 1, images: [{ name: 'docker.io/library/nginx:1.28', sizeBytes: 72_000_000 }], pulls: [] });
    expect(node.pods).toMatchObject([{
      key: 'default/web', phase: 'synced', qosClass: 'Burstable', cgroup: '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podpod_web.slice',
      volumes: [{ name: 'tmp', phase: 'mounted' }],
      sandboxes: [{ state: 'SANDBOX_READY', ip: '10.244.1.2', network: { address: '10.244.1.2/24', gateway: '10.244.1.1', bridge: 'cni0', mac: '0a:58:0a:f4:01:02' } }],
      containers: [{ name: 'web', state: 'CONTAINER_RUNNING', memoryBytes: 6 * 1024 * 1024, limits: { 'memory.max': '67108864', 'cpu.max': '50000 100000' } }],
    }]);
    world.switchNode('node-1', false);
    world.run(1);
    expect(inspectNode('node-1', (id) => world.kernel.stateOf(id), 0)).toMatchObject({ on: false, pods: [{ phase: undefined, containers: [{ pid: 0 }] }] });
  });
});
