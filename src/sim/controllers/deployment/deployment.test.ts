import { describe, expect, it } from 'vitest';
import type { Deployment, DeploymentStatus, Event, ReplicaSet } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { hashWorld } from '../../kernel/hash.ts';
import { replicaSetController } from '../replicaset/index.ts';
import type { FakeApiArgs } from '../testing/fake-api.ts';
import { FakeWorld } from '../testing/world.ts';
import { deploymentController } from './index.ts';

class World extends FakeWorld {
  constructor(args: FakeApiArgs = {}) {
    super([deploymentController, replicaSetController], args);
  }

  events(reason: string): readonly string[] {
    return this.all<Event>('events').filter((event) => event.reason === reason).map((event) => `${event.involvedObject.kind} ${event.message} x${event.count}`);
  }

  /** Statuses of a Deployment, the same ones in a row once. */
  statuses(name: string): readonly string[] {
    const all = this.api.history.filter((object) => object.kind === 'Deployment' && object.metadata.name === name).map((object) => summary((object as Deployment).status));
    return all.filter((line, index) => line !== all[index - 1]);
  }
}

function summary(status: DeploymentStatus | undefined): string {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0, unavailableReplicas = 0, conditions = [] } = status ?? {};
  const words = conditions.map((condition) => `${condition.type}=${condition.status}/${condition.reason}`).sort();
  return [`${replicas}/${updatedReplicas}/${readyReplicas}/${availableReplicas}-${unavailableReplicas}`, ...words].join(' ');
}

function deployment(name: string, replicas: number, image: string, more: object = {}): ApiObject {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' },
    spec: {
      replicas, selector: { matchLabels: { app: name } }, progressDeadlineSeconds: 600, revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }, template: template(name, image), ...more,
    },
  } as ApiObject;
}

function template(name: string, image: string, annotations: object = {}): object {
  return { metadata: { labels: { app: name }, annotations }, spec: { containers: [{ name: 'main', image }] } };
}

function spec(name: string, change: object): ApiObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' }, spec: change } as ApiObject;
}

function sizes(world: World): readonly string[] {
  return world.all<ReplicaSet>('replicasets').map((set) => `${set.metadata.annotations?.['deployment.kubernetes.io/revision']}:${set.spec?.replicas}`).sort();
}

describe('a new Deployment', () => {
  const world = new World();
  world.do('create', 'deployments', deployment('web', 3, 'app:v1'));
  world.run(5);

  it('goes through the small steps of the real controller', () => {
    expect(world.statuses('web')).toEqual([
      '0/0/0/0-0',
      '0/0/0/0-0 Progressing=True/NewReplicaSetCreated',
      '0/0/0/0-3 Available=False/MinimumReplicasUnavailable Progressing=True/NewReplicaSetCreated',
      '3/3/0/0-3 Available=False/MinimumReplicasUnavailable Progressing=True/ReplicaSetUpdated',
      '3/3/1/1-2 Available=False/MinimumReplicasUnavailable Progressing=True/ReplicaSetUpdated',
      '3/3/2/2-1 Available=False/MinimumReplicasUnavailable Progressing=True/ReplicaSetUpdated',
      '3/3/3/3-0 Available=True/MinimumReplicasAvailable Progressing=True/NewReplicaSetAvailable',
    ]);
  });

  it('tells it in events', () => {
    const name = world.all<ReplicaSet>('replicasets')[0]?.metadata.name;
    expect(world.events('ScalingReplicaSet')).toEqual([`Deployment Scaled up replica set ${name} from 0 to 3 x1`]);
    expect(world.events('SuccessfulCreate')).toHaveLength(3);
  });

  it('writes the status a second time after the conflict with its own first write', () => {
    expect(world.api.log).toContain('409 update deployments/status web');
  });

  it('comes to rest', () => {
    const { version } = world.api;
    world.run(1);
    const writes = world.api.log.slice(-1);
    expect(world.api.version - version).toBeLessThanOrEqual(1); // the lease
    expect(writes[0]).toContain('leases');
  });
});

describe('a rolling update', () => {
  it('replaces all pods within surge and availability', () => {
    const world = new World();
    world.do('create', 'deployments', deployment('web', 4, 'app:v1'));
    world.run(5);
    world.do('patch-spec', 'deployments', spec('web', { template: template('web', 'app:v2') }));
    let fewest = 4;
    let most = 4;
    for (let i = 0; i < 200; i++) {
      world.run(0.05);
      const pods = world.all<ApiObject & { readonly status?: { readonly phase?: string } }>('pods').filter((pod) => pod.metadata.deletionTimestamp === undefined);
      most = Math.max(most, pods.length);
      fewest = Math.min(fewest, pods.filter((pod) => pod.status?.phase === 'Running').length);
    }
    expect([fewest, most]).toEqual([3, 5]);
    expect(sizes(world)).toEqual(['1:0', '2:4']);
    expect(world.get<Deployment>('deployments', 'web')?.status).toMatchObject({ replicas: 4, updatedReplicas: 4, availableReplicas: 4 });
  });

  it('reuses the ReplicaSet of an earlier template and notes its revisions', () => {
    const world = new World();
    world.do('create', 'deployments', deployment('web', 2, 'app:v1'));
    world.run(4);
    world.do('patch-spec', 'deployments', spec('web', { template: template('web', 'app:v2') }));
    world.run(6);
    world.do('patch-spec', 'deployments', spec('web', { template: template('web', 'app:v1') }));
    world.run(6);
    expect(sizes(world)).toEqual(['2:0', '3:2']);
    const current = world.all<ReplicaSet>('replicasets').find((set) => set.spec?.replicas === 2);
    expect(current?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
  });

  it('keeps revisionHistoryLimit old ReplicaSets', () => {
    const world = new World();
    world.do('create', 'deployments', deployment('web', 1, 'app:v1', { revisionHistoryLimit: 1 }));
    for (const version of ['v2', 'v3', 'v4']) {
      world.run(5);
      world.do('patch-spec', 'deployments', spec('web', { template: template('web', `app:${version}`) }));
    }
    world.run(5);
    expect(sizes(world)).toEqual(['3:0', '4:1']);
  });

  it('reports that its deadline is exceeded', () => {
    const world = new World();
    world.do('create', 'deployments', deployment('web', 2, 'app:v1', { progressDeadlineSeconds: 3, template: template('web', 'app:v1', { never: 'ready' }) }));
    world.run(10);
    expect(world.statuses('web').at(-1)).toBe('2/2/0/0-2 Available=False/MinimumReplicasUnavailable Progressing=False/ProgressDeadlineExceeded');
  });

  it('scales both ReplicaSets in proportion when it is scaled amidst it', () => {
    const world = new World();
    world.do('create', 'deployments', deployment('web', 10, 'app:v1', { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
    world.run(8);
    world.do('patch-spec', 'deployments', spec('web', { template: template('web', 'app:v2', { never: 'ready' }) }));
    world.run(8);
    expect(sizes(world)).toEqual(['1:8', '2:5']);
    world.do('patch-spec', 'deployments', spec('web', { replicas: 15 }));
    world.run(8);
    expect(sizes(world)).toEqual(['1:11', '2:7']);
  });
});

describe('Recreate', () => {
  it('starts no new pod before the last old one is gone', () => {
    const world = new World();
    world.do('create', 'deployments', deployment('web', 2, 'app:v1', { strategy: { type: 'Recreate' } }));
    world.run(4);
    world.do('patch-spec', 'deployments', spec('web', { template: template('web', 'app:v2') }));
    const seen = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      world.run(0.002);
      const images = world.all<ReplicaSet & { readonly spec: { readonly containers: readonly { readonly image: string }[] } }>('pods').map((pod) => pod.spec.containers[0]?.image ?? '');
      seen.add([...new Set(images)].sort().join('+'));
    }
    expect([...seen]).toEqual(['app:v1', '', 'app:v2']);
  });
});

describe('a paused Deployment', () => {
  it('is scaled but not rolled out, and says so', () => {
    const world = new World();
    world.do('create', 'deployments', deployment('web', 2, 'app:v1'));
    world.run(4);
    world.do('patch-spec', 'deployments', spec('web', { paused: true, template: template('web', 'app:v2'), replicas: 3 }));
    world.run(4);
    expect(sizes(world)).toEqual(['1:3']);
    expect(world.statuses('web').at(-1)).toContain('Progressing=Unknown/DeploymentPaused');
    world.do('patch-spec', 'deployments', spec('web', { paused: false }));
    world.run(6);
    expect(sizes(world)).toEqual(['1:0', '2:3']);
    expect(world.statuses('web').some((line) => line.includes('Progressing=Unknown/DeploymentResumed'))).toBe(true);
  });
});

describe('a checkpoint amidst a rollout', () => {
  it('goes on exactly as the world that it was taken from', () => {
    const world = new World();
    world.do('create', 'deployments', deployment('web', 5, 'app:v1'));
    world.run(6);
    world.do('patch-spec', 'deployments', spec('web', { template: template('web', 'app:v2'), minReadySeconds: 1 }));
    for (let i = 0; i < 40; i++) {
      world.run(0.13);
      const checkpoint = world.kernel.checkpoint();
      world.run(1);
      const straight = hashWorld(world.kernel.checkpoint());
      world.kernel.restore(checkpoint);
      world.run(1);
      expect(hashWorld(world.kernel.checkpoint())).toBe(straight);
    }
  });
});

describe('when pods are refused', () => {
  it('shows ReplicaFailure and merges the many events', () => {
    const world = new World({ podQuota: 2 });
    world.do('create', 'deployments', deployment('web', 4, 'app:v1'));
    world.run(30);
    expect(world.all('pods')).toHaveLength(2);
    expect(world.statuses('web').at(-1)).toContain('ReplicaFailure=True/FailedCreate');
    const failed = world.events('FailedCreate');
    expect(failed.length).toBeLessThanOrEqual(10);
    expect(failed.some((line) => line.includes('(combined from similar events): Error creating: pods "web-'))).toBe(true);
  });
});
