import { describe, expect, it } from 'vitest';
import { Prng } from '../base/prng.ts';
import { TestCluster, deployment } from '../testing/clusters.ts';
import type { ClusterRole, Deployment, Node, Pod } from './api/generated/types.ts';
import { CLUSTER } from './cluster.ts';
import { ETCD } from './etcd/messages.ts';
import { hashWorld } from './kernel/hash.ts';

const hashOf = (cluster: TestCluster): string => hashWorld(cluster.session.kernel.checkpoint());

function life(seed: number): TestCluster {
  const cluster = new TestCluster(seed);
  cluster.apply(deployment('web', 4));
  cluster.do({ type: 'node-stop', node: 'node-2' });
  cluster.run(90);
  cluster.do({ type: 'node-start', node: 'node-2' });
  cluster.apply(deployment('web', 6, 'nginx:1.28'));
  cluster.run(40);
  return cluster;
}

describe('the world', () => {
  it('is the same for the same seed and inputs, and another for another seed', () => {
    expect(hashOf(life(1))).toBe(hashOf(life(1)));
    expect(hashOf(life(1))).not.toBe(hashOf(life(2)));
  });

  it('goes on from any moment as the straight run did', () => {
    const { session } = life(3);
    const endUs = session.kernel.nowUs;
    const want = hashWorld(session.kernel.checkpoint());
    const random = Prng.stream(3, 'moments');
    for (let i = 0; i < 25; i++) {
      session.seek(random.below(session.endPosition));
      session.seekTime(endUs);
      expect(hashWorld(session.kernel.checkpoint()), `moment ${i}`).toBe(want);
    }
  });

  it('takes over a Node that was there before its machine', () => {
    const cluster = new TestCluster(5, 1);
    cluster.apply('apiVersion: v1\nkind: Node\nmetadata: {name: early, labels: {tier: gold}}\n');
    cluster.run(60);
    cluster.do({ type: 'node-add', node: { name: 'early', cpu: '4', memory: '8Gi', pods: 110, zone: 'zone-0' } });
    cluster.run(30);
    const node = cluster.stored<Node>('minions').find(({ metadata }) => metadata.name === 'early');
    expect(node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    expect(node?.metadata.labels).toMatchObject({ tier: 'gold', 'kubernetes.io/hostname': 'early' });
    expect(node?.spec?.podCIDR).toBeDefined();
    expect(node?.spec?.taints).toBeUndefined();
  });

  it('puts cluster roles together from others', () => {
    const cluster = new TestCluster(6, 1);
    const role = (name: string, rest: string): string => `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: ${name}${rest}\n`;
    cluster.apply(role('all', '}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {part: "yes"}}]}\nrules: []'));
    cluster.apply(role('pods', ', labels: {part: "yes"}}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]'));
    const all = cluster.stored<ClusterRole>('clusterroles').find(({ metadata }) => metadata.name === 'all');
    expect(all?.rules).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
  });

  it('leads every message back to exactly one input', () => {
    const { kernel, log } = life(4).session;
    const rootOf = new Map<number, number>();
    for (let id = 1; id <= kernel.lastId; id++) {
      const cause = kernel.trace.get(id)?.cause ?? -1;
      rootOf.set(id, cause === 0 ? id : rootOf.get(cause) ?? -1);
    }
    expect(new Set(rootOf.values()).size).toBe(log.length);
    expect([...rootOf.values()].includes(-1)).toBe(false);
  });

  it('lets only the API server reach etcd', () => {
    const { kernel } = life(5).session;
    const senders = new Set<string>();
    for (let id = 1; id <= kernel.lastId; id++) {
      const entry = kernel.trace.get(id);
      if (entry && kernel.actorId(entry.to) === ETCD && entry.from !== entry.to) senders.add(kernel.actorId(entry.from));
    }
    expect([...senders]).toEqual(['kube-apiserver']);
  });
});

/** What must hold in a cluster that has come to rest with all machines on and all links whole. */
function brokenRules(cluster: TestCluster, wanted: number): readonly string[] {
  const nodes = new Map(cluster.stored<Node>('minions').map((node) => [node.metadata.name ?? '', node]));
  const pods = cluster.stored<Pod>('pods').filter((pod) => !pod.metadata.deletionTimestamp && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded');
  const broken: string[] = [];
  const [web] = cluster.stored<Deployment>('deployments');
  if (web?.status?.readyReplicas !== wanted) broken.push(`${web?.status?.readyReplicas} of ${wanted} replicas are ready`);
  if (pods.length !== wanted) broken.push(`${pods.length} pods for ${wanted} replicas`);
  for (const node of nodes.values()) {
    const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
    if (ready !== 'True') broken.push(`${node.metadata.name} is not ready`);
    if ((node.spec?.taints ?? []).length > 0) broken.push(`${node.metadata.name} is tainted`);
  }
  const addresses = pods.map((pod) => pod.status?.podIP);
  if (new Set(addresses).size !== addresses.length) broken.push('two pods have one address');
  for (const pod of pods) if (!nodes.has(pod.spec?.nodeName ?? '')) broken.push(`${pod.metadata.name} is on no node that exists`);
  return broken;
}

/** One random misfortune, or its end. */
function mishap(cluster: TestCluster, random: Prng, stopped: Set<string>): void {
  const node = `node-${1 + random.below(3)}`;
  const [pod] = cluster.stored<Pod>('pods').slice(random.below(3));
  switch (random.below(5)) {
    case 0: stopped.add(node); return cluster.do({ type: 'node-stop', node });
    case 1: stopped.delete(node); return cluster.do({ type: 'node-start', node });
    case 2: return cluster.do({ type: 'link', a: 'kube-apiserver', b: `kubelet/${node}`, cut: true, factor: 1, extraUs: 0 });
    case 3: return cluster.do({ type: 'link', a: 'etcd', b: 'kube-apiserver', cut: false, factor: 20, extraUs: 5000 });
    default:
      if (pod?.spec?.nodeName && !stopped.has(pod.spec.nodeName)) {
        cluster.do({ type: 'container-kill', node: pod.spec.nodeName, namespace: 'default', pod: pod.metadata.name ?? '', container: 'main' });
      }
  }
}

describe('a cluster with misfortunes', () => {
  for (const seed of [11, 12, 13, 14, 15, 16]) {
    it(`comes to rest as wanted, seed ${seed}`, () => {
      const cluster = new TestCluster(seed);
      const random = Prng.stream(seed, 'misfortunes');
      const stopped = new Set<string>();
      const wanted = 3 + random.below(4);
      cluster.apply(deployment('web', wanted));
      for (let i = 0; i < 8; i++) {
        mishap(cluster, random, stopped);
        cluster.run(random.below(120));
      }
      for (const node of stopped) cluster.do({ type: 'node-start', node });
      for (let i = 1; i <= 3; i++) cluster.do({ type: 'link-restore', a: 'kube-apiserver', b: `kubelet/node-${i}` });
      cluster.do({ type: 'link-restore', a: 'etcd', b: 'kube-apiserver' });
      cluster.run(700);
      expect(brokenRules(cluster, wanted), `seed ${seed}, inputs ${JSON.stringify(cluster.session.log.filter((input) => input.to === CLUSTER).slice(1).map((input) => input.body))}`).toEqual([]);
    });
  }
});
