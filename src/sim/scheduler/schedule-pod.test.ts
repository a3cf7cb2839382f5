import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import type { Node, Pod, PodSpec } from '../api/generated/types.ts';
import { SchedulerCache } from './cache.ts';
import type { Attempt } from './framework/attempt.ts';
import { Framework } from './framework/framework.ts';
import type { Handle } from './framework/plugin.ts';
import { ObjectListers } from './listers.ts';
import { Nominator } from './nominator.ts';
import { podInfoOf } from './pod-info.ts';
import { defaultFramework } from './profile.ts';
import { feasibleNodesToFind, schedulePod } from './schedule-pod.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';
const framework = defaultFramework();

function node(name: string, zone: string, cpu = '4', spec: Node['spec'] = {}): Node {
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { [HOSTNAME]: name, [ZONE]: zone } }, spec,
    status: { allocatable: { cpu, memory: '8Gi', pods: '10' } },
  };
}

function pod(name: string, cpu: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): Pod {
  const containers = [{ name: 'main', image: 'app', resources: { requests: { cpu } } }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', name, uid: name, labels }, spec: { containers, ...spec } };
}

class World {
  readonly cache: SchedulerCache;
  readonly nominated: Nominator;
  readonly random: Prng;
  start = 0;
  private readonly detail: boolean;

  constructor(detail: boolean, from?: World) {
    this.detail = detail;
    this.cache = from?.cache.clone() ?? new SchedulerCache();
    this.nominated = from?.nominated.clone() ?? new Nominator();
    this.random = from?.random.clone() ?? Prng.stream(7, 'test');
    this.start = from?.start ?? 0;
  }

  get handle(): Handle {
    return { cache: this.cache, nominated: this.nominated, listers: new ObjectListers(), unixUs: 1_700_000_000_000_000 };
  }

  attempt(waiting: Pod, profile: Framework = framework): Attempt {
    const attempt = schedulePod({
      framework: profile, handle: this.handle, pod: podInfoOf(waiting), random: this.random, startNodeIndex: this.start,
      percentageOfNodesToScore: 0, detail: this.detail,
    });
    this.start = attempt.nextStartNodeIndex;
    return attempt;
  }

  /** One attempt with its consequences, as a line: where to, whom instead, or why not. */
  step(waiting: Pod): string {
    const attempt = this.attempt(waiting);
    if (attempt.node !== undefined) {
      this.cache.assumePod(waiting, attempt.node);
      this.nominated.delete(attempt.pod);
      return `${attempt.pod} → ${attempt.node}`;
    }
    const victims = attempt.preemption?.nominated;
    if (victims !== undefined) {
      for (const victim of victims.pods) this.cache.removePod(victim.key);
      this.nominated.add(podInfoOf(waiting), victims.node);
      return `${attempt.pod} instead of ${victims.pods.map((info) => info.key).join()} on ${victims.node}`;
    }
    return attempt.message ?? attempt.outcome;
  }
}

describe('how many nodes are looked at', () => {
  it.each([[50, 0, 50], [100, 0, 100], [1000, 0, 420], [5000, 0, 500], [10_000, 0, 500], [5000, 20, 1000], [1000, 1, 100], [5000, 100, 5000]])(
    '%i nodes at %i%%: %i', (nodes, percentage, wanted) => {
      expect(feasibleNodesToFind(nodes, percentage)).toBe(wanted);
    },
  );

  it('goes on where the last attempt stopped, zone by zone', () => {
    const world = new World(true);
    for (let i = 0; i < 300; i++) world.cache.setNode(node(`n${i}`, i < 200 ? 'a' : 'b'));
    const first = world.attempt(pod('p1', '1'));
    expect(first.detail?.filter?.slice(0, 4).map((row) => row.node)).toEqual(['n0', 'n200', 'n1', 'n201']);
    expect([first.feasibleNodes, first.nextStartNodeIndex]).toEqual([144, 144]);
    expect(world.attempt(pod('p2', '1')).detail?.filter?.[0]?.node).toBe('n72');
  });
});

describe('the choice', () => {
  it('is drawn when totals are equal', () => {
    const world = new World(false);
    for (const name of ['a', 'b', 'c']) world.cache.setNode(node(name, 'z'));
    const chosen = new Set(Array.from({ length: 50 }, () => world.attempt(pod('p', '1')).node));
    expect(chosen).toEqual(new Set(['a', 'b', 'c']));
    expect(world.attempt(pod('p', '1')).tied).toBe(3);
  });

  it('tries the nominated node first, and writes the binding last', () => {
    const world = new World(true);
    world.cache.setNode(node('busy', 'z'));
    world.cache.setNode(node('free', 'z'));
    world.cache.setPod(pod('other', '2', { nodeName: 'busy' }));
    const waiting: Pod = { ...pod('p', '1'), status: { nominatedNodeName: 'busy' } };
    const attempt = world.attempt(waiting);
    expect(attempt).toMatchObject({ node: 'busy', feasibleNodes: 1, detail: { scored: false } });
    expect(attempt.writes).toEqual([{
      verb: 'create', resource: 'pods/binding',
      object: { apiVersion: 'v1', kind: 'Binding', metadata: { namespace: 'default', name: 'p', uid: 'p' }, target: { kind: 'Node', name: 'busy' } },
    }]);
  });
});

describe('a broken profile or cluster', () => {
  it('an error of a plugin ends the attempt and names the plugin', () => {
    const broken: Framework = new Framework('broken', {
      preEnqueue: [], queueSort: [], preFilter: [], postFilter: [], preScore: [], score: [], preBind: [], bind: [],
      filter: [{ plugin: { name: 'Broken', filter: () => ({ code: 'Error', reasons: ['out of order'], plugin: 'Broken' }) }, weight: 0 }],
    });
    const world = new World(true);
    world.cache.setNode(node('n', 'z'));
    expect(world.attempt(pod('p', '1'), broken)).toMatchObject({ outcome: 'error', message: 'running "Broken" filter plugin: out of order' });
  });

  it('says that there are no nodes', () => {
    expect(new World(true).attempt(pod('p', '1'))).toMatchObject({ outcome: 'noNodes', message: 'no nodes available to schedule pods' });
  });
});

describe('the cache', () => {
  it('counts assumed pods until they are confirmed, forgotten or removed', () => {
    const cache = new SchedulerCache();
    cache.setNode(node('n', 'z'));
    const waiting = pod('p', '3');
    cache.assumePod(waiting, 'n');
    expect([cache.node('n')?.requestedMilliCPU, cache.isAssumed('default/p')]).toEqual([3000, true]);
    cache.setPod(pod('p', '3', { nodeName: 'n' }));
    expect([cache.node('n')?.requestedMilliCPU, cache.isAssumed('default/p'), cache.podCount]).toEqual([3000, false, 1]);
    cache.forgetPod('default/p');
    expect(cache.node('n')?.requestedMilliCPU).toBe(3000);
    cache.removePod('default/p');
    expect([cache.node('n')?.requestedMilliCPU, cache.podCount]).toEqual([0, 0]);
    cache.assumePod(waiting, 'n');
    cache.forgetPod('default/p');
    expect(cache.node('n')?.pods).toEqual([]);
  });

  it('remembers pods of a node that it does not know yet', () => {
    const cache = new SchedulerCache();
    cache.setPod(pod('p', '1', { nodeName: 'n' }));
    expect([cache.nodeCount, cache.node('n')]).toEqual([0, undefined]);
    cache.setNode(node('n', 'z'));
    expect([cache.nodeCount, cache.node('n')?.requestedMilliCPU]).toEqual([1, 1000]);
    cache.removeNode('n');
    expect(cache.nodeCount).toBe(0);
  });

  it('a clone goes its own way', () => {
    const cache = new SchedulerCache();
    cache.setNode(node('n', 'z'));
    cache.setPod(pod('p', '1', { nodeName: 'n' }));
    const copy = cache.clone();
    copy.removePod('default/p');
    cache.setPod(pod('q', '2', { nodeName: 'n' }));
    expect([copy.node('n')?.requestedMilliCPU, cache.node('n')?.requestedMilliCPU]).toEqual([0, 3000]);
  });
});

// ---- a random life of a cluster ----

type Step = { readonly do: 'schedule'; readonly kind: number } | { readonly do: 'finish' | 'cordon' | 'grow'; readonly at: number };

const KINDS: readonly ((name: string) => Pod)[] = [
  (name) => pod(name, '500m'),
  (name) => pod(name, '1500m', { priority: 10 }),
  (name) => pod(name, '3', { priority: 100 }),
  (name) => pod(name, '100m', { tolerations: [{ operator: 'Exists' }] }),
  (name) => pod(name, '250m', { nodeSelector: { [ZONE]: 'a' } }),
  (name) => pod(name, '250m', { containers: [{ name: 'main', ports: [{ containerPort: 80, hostPort: 80 }] }] }),
  (name) => pod(name, '100m', {
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: 'x' } }, topologyKey: HOSTNAME }] } },
    priority: 50,
  }, { app: 'x' }),
  (name) => pod(name, '100m', {
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'y' } } }],
  }, { app: 'y' }),
  (name) => pod(name, '100m', {
    affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, podAffinityTerm: { labelSelector: { matchLabels: { app: 'x' } }, topologyKey: ZONE } }] } },
  }, { app: 'y' }),
];

const steps: fc.Arbitrary<readonly Step[]> = fc.array(fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('schedule' as const), kind: fc.nat(KINDS.length - 1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('finish' as const, 'cordon' as const, 'grow' as const), at: fc.nat(99) }) },
), { minLength: 10, maxLength: 60 });

function freshWorld(detail: boolean): World {
  const world = new World(detail);
  for (let i = 0; i < 5; i++) world.cache.setNode(node(`n${i}`, 'abc'.charAt(i % 3), '4', i === 4 ? { taints: [{ key: 'k', effect: 'NoSchedule' }] } : {}));
  return world;
}

function live(world: World, life: readonly Step[], from: number, to: number): readonly string[] {
  return life.slice(from, to).map((step, i) => {
    switch (step.do) {
      case 'schedule': return world.step((KINDS[step.kind] ?? KINDS[0] as (name: string) => Pod)(`p${from + i}`));
      case 'finish': world.cache.removePod(`default/p${step.at}`); return 'finish';
      case 'cordon': world.cache.setNode(node(`n${step.at % 5}`, 'b', '4', { unschedulable: step.at % 2 === 0 })); return 'cordon';
      case 'grow': world.cache.setNode(node(`m${step.at % 4}`, 'abc'.charAt(step.at % 3))); return 'grow';
    }
  });
}

describe('whatever happens', () => {
  it('a decision without its table is the decision with it', () => {
    fc.assert(fc.property(steps, (life) => {
      expect(live(freshWorld(false), life, 0, life.length)).toEqual(live(freshWorld(true), life, 0, life.length));
    }), { numRuns: 150 });
  });

  it('a clone in the middle goes on as the original does', () => {
    fc.assert(fc.property(steps, (life) => {
      const middle = life.length >> 1;
      const world = freshWorld(false);
      live(world, life, 0, middle);
      const copy = new World(false, world);
      expect(live(copy, life, middle, life.length)).toEqual(live(world, life, middle, life.length));
    }), { numRuns: 150 });
  });
});
