import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import type { Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import type { CniState } from './cni.ts';
import { EPOCH_US, NodeWorld } from './testing.ts';
import { inspectNode } from './inspect.ts';
import type { NodeInspection } from './inspect.ts';

const NODES = ['node-1', 'node-2'];
type Spec = NonNullable<Pod['spec']>;
const command = (script: string): readonly string[] => ['sh', '-c', script];

/** Pods of every kind that end up running if they are left alone. */
const SPECS: readonly Spec[] = [
  { containers: [{ name: 'a', image: 'nginx:1.28', readinessProbe: { httpGet: { port: 80, path: '/' }, periodSeconds: 3 } }], volumes: [{ name: 'tmp', emptyDir: {} }] },
  { containers: [{ name: 'a', image: 'busybox:1.36', command: ['sleep', '100000'] }], terminationGracePeriodSeconds: 5 },
  { initContainers: [{ name: 'i', image: 'busybox:1.36', command: command('sleep 2') }], containers: [{ name: 'a', image: 'redis:7' }, { name: 'b', image: 'nginx:1.28' }] },
  { initContainers: [{ name: 's', image: 'redis:7', restartPolicy: 'Always' }], containers: [{ name: 'a', image: 'nginx:1.28', lifecycle: { preStop: { sleep: { seconds: 2 } } } }] },
  { containers: [{ name: 'a', image: 'nginx:1.28' }], volumes: [{ name: 'cfg', configMap: { name: 'cfg' } }] },
  { hostNetwork: true, containers: [{ name: 'a', image: 'nginx:1.28', livenessProbe: { tcpSocket: { port: 80 } } }] },
];

/** One random deed. */
function disturb(world: NodeWorld, random: Prng, alive: Set<string>, off: Set<string>, serial: number): void {
  const node = NODES[random.below(2)] as string;
  const names = [...alive];
  const victim = names[random.below(Math.max(1, names.length))];
  switch (random.below(9)) {
    case 0: case 1: case 2: {
      const name = `p${serial}`;
      alive.add(name);
      world.addPod(name, { ...SPECS[random.below(SPECS.length)] as Spec, nodeName: node }, {}, node);
      return;
    }
    case 3: if (victim !== undefined && alive.delete(victim)) world.deletePod(victim, random.below(3) === 0 ? 0 : -1); return;
    case 4: if (victim !== undefined) world.input(`container-runtime/${world.pod(victim)?.spec?.nodeName}`, { type: 'kill-container', namespace: 'default', pod: victim, container: 'a' } as never); return;
    case 5: if (off.delete(node)) world.switchNode(node, true); else { off.add(node); world.switchNode(node, false); } return;
    case 6: world.kernel.setLinkFault(`kubelet/${node}`, `container-runtime/${node}`, random.below(2) === 0 ? { cut: true } : undefined); return;
    case 7: world.kernel.setLinkFault(`kubelet/${node}`, 'kube-apiserver', random.below(2) === 0 ? { factor: 200 } : undefined); return;
    default: world.kernel.setLinkFault(`container-runtime/${node}`, `cni/${node}`, random.below(3) === 0 ? { cut: true } : undefined);
  }
}

function calmDown(world: NodeWorld, off: Set<string>): void {
  for (const node of NODES) {
    world.kernel.setLinkFault(`kubelet/${node}`, `container-runtime/${node}`, undefined);
    world.kernel.setLinkFault(`kubelet/${node}`, 'kube-apiserver', undefined);
    world.kernel.setLinkFault(`container-runtime/${node}`, `cni/${node}`, undefined);
    if (off.has(node)) world.switchNode(node, true);
  }
  world.run(1800);
}

/** What must be so when nothing has disturbed the nodes for half an hour. */
function problems(world: NodeWorld, alive: ReadonlySet<string>): readonly string[] {
  const found: string[] = [];
  const nodes = NODES.map((node) => inspectNode(node, (id) => world.kernel.stateOf(id), EPOCH_US + world.kernel.nowUs));
  for (const name of alive) if (!world.ready(name)) found.push(`${name} is not ready: ${world.status(name)}`);
  for (const key of world.store.objects.keys()) if (key.startsWith('pods/') && !alive.has(key.split('/')[2] ?? '')) found.push(`${key} is still there`);
  for (const node of nodes) found.push(...nodeProblems(world, node, alive));
  return found;
}

function nodeProblems(world: NodeWorld, node: NodeInspection, alive: ReadonlySet<string>): readonly string[] {
  const found: string[] = [];
  for (const pod of node.pods) {
    if (!alive.has(pod.key.split('/')[1] ?? '')) found.push(`${node.name} still has ${pod.key}`);
    const ready = pod.sandboxes.filter(({ state }) => state === 'SANDBOX_READY').length;
    if (ready !== 1) found.push(`${pod.key} has ${ready} ready sandboxes`);
  }
  const ready = node.pods.flatMap(({ sandboxes }) => sandboxes).filter(({ state, ip }) => state === 'SANDBOX_READY' && ip !== '').length;
  const cni = world.kernel.stateOf(`cni/${node.name}`) as CniState;
  if (cni.reserved.size < ready) found.push(`${node.name} has ${ready} sandboxes and ${cni.reserved.size} addresses`);
  if (world.node(node.name)?.status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'True') found.push(`${node.name} is not ready`);
  return found;
}

describe('nodes that are disturbed at random', () => {
  it.each(Array.from({ length: 25 }, (_, i) => i + 1))('come to rest as they should, seed %i', (seed) => {
    const world = new NodeWorld(NODES, seed);
    const random = Prng.stream(seed, 'chaos');
    world.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cfg', namespace: 'default' }, data: {} } as ApiObject);
    const alive = new Set<string>();
    const off = new Set<string>();
    for (let i = 0; i < 60; i++) {
      disturb(world, random, alive, off, i);
      world.run(random.below(200) / 10);
    }
    calmDown(world, off);
    expect(problems(world, alive)).toEqual([]);
  });
});
