import { describe, expect, it } from 'vitest';
import { NodeWorld } from './testing.ts';

/** Start times of a pod's first container in seconds, from the events of the runtime. */
function starts(world: NodeWorld, pod: string): readonly number[] {
  const times: number[] = [];
  for (let id = 1; id <= world.kernel.lastId; id++) {
    const entry = world.kernel.trace.get(id);
    const body = entry?.body as { readonly type: string; readonly event?: string; readonly container?: { readonly podUid: string } } | undefined;
    if (body?.event === 'CONTAINER_STARTED_EVENT' && body.container?.podUid === `pod-${pod}`) times.push((entry?.deliverUs ?? 0) / 1_000_000);
  }
  return times;
}

const CRASHING = { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'sleep 1; exit 3'] }] };

describe('restarts', () => {
  it('backs off 10 s doubling to 5 min after an immediate first restart, stretched by at most half', () => {
    const world = new NodeWorld();
    world.addPod('crash', CRASHING);
    world.run(3600);
    const times = starts(world, 'crash');
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0) - 1);
    expect(gaps[0]).toBeLessThan(1);
    [10, 20, 40].forEach((backoff, i) => {
      expect(gaps[i + 1]).toBeGreaterThanOrEqual(backoff);
      expect(gaps[i + 1]).toBeLessThan(backoff * 1.5 + 1);
    });
    // From 80 s on the regular resync of one minute looks in between.
    [80, 160, 300, 300, 300].forEach((backoff, i) => {
      expect(gaps[i + 4]).toBeGreaterThanOrEqual(backoff);
      expect(gaps[i + 4]).toBeLessThan(backoff + 91);
    });
  });

  it('says CrashLoopBackOff, why, and how the container ended last', () => {
    const world = new NodeWorld();
    world.addPod('crash', CRASHING);
    world.run(1200);
    const status = world.pod('crash')?.status?.containerStatuses?.[0];
    expect(status?.state).toEqual({ waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=c pod=crash_default(pod-crash)' } });
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(status?.restartCount).toBe(starts(world, 'crash').length - 1);
    expect(world.pod('crash')?.status?.phase).toBe('Running');
    expect(world.events('crash').at(-1)).toMatch(/^BackOff ×\d+: Back-off restarting failed container c in pod crash_default\(pod-crash\)$/);
  });

  it('keeps one dead container for its logs and removes the others', () => {
    const world = new NodeWorld();
    world.addPod('crash', CRASHING);
    world.run(300);
    const containers = (world.kernel.stateOf('container-runtime/node-1') as { readonly containers: ReadonlyMap<string, unknown> }).containers;
    expect(containers.size).toBe(2);
  });

  it('begins anew after ten quiet minutes', () => {
    const world = new NodeWorld();
    world.addPod('rare', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'sleep 700; exit 1'] }] });
    world.run(3000);
    const times = starts(world, 'rare');
    times.slice(1).forEach((time, i) => expect(time - (times[i] ?? 0)).toBeLessThan(703));
    expect(times.length).toBeGreaterThan(3);
  });

  it('restarts what succeeded only under Always', () => {
    const world = new NodeWorld();
    world.addPod('always', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['true'] }] });
    world.addPod('failure', { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'busybox:1.36', command: ['true'] }] });
    world.run(20);
    expect(world.restarts('always')).toBeGreaterThan(0);
    expect(world.pod('failure')?.status).toMatchObject({ phase: 'Succeeded' });
  });

  it('kills what takes more memory than its limit', () => {
    const world = new NodeWorld();
    const resources = { limits: { memory: '64Mi' }, requests: { memory: '64Mi' } };
    world.addPod('leak', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'nginx:1.28', resources }] }, { 'wheelhouse.dev/behavior': 'memory=+10Mi/s' });
    world.run(7);
    expect(world.status('leak')).toBe('Running');
    world.run(5);
    expect(world.pod('leak')?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('restarts a container that was killed on the machine', () => {
    const world = new NodeWorld();
    world.addPod('web', { containers: [{ name: 'web', image: 'nginx:1.28' }] });
    world.run(10);
    world.input('container-runtime/node-1', { type: 'kill-container', namespace: 'default', pod: 'web', container: 'web' } as never);
    world.run(2);
    expect(world.restarts('web')).toBe(1);
    expect(world.pod('web')?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
    expect(world.ready('web')).toBe(true);
  });
});

describe('a machine that was off', () => {
  it('finds its pods again: new sandboxes, restart count one higher, images still there', () => {
    const world = new NodeWorld();
    world.addPod('web', { containers: [{ name: 'web', image: 'nginx:1.28' }] });
    world.run(10);
    world.switchNode('node-1', false);
    world.run(60);
    const from = world.kernel.lastId;
    world.switchNode('node-1', true);
    world.run(10);
    const status = world.pod('web')?.status?.containerStatuses?.[0];
    expect(status).toMatchObject({ restartCount: 1, ready: true });
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 255, reason: 'Unknown' });
    expect(world.events('web')).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
    expect(world.transcript(from).filter((line) => line.endsWith('cri-pull-image'))).toEqual([]);
    expect(world.events('node-1').some((event) => event.startsWith('Rebooted: Node node-1 has been rebooted, boot id: '))).toBe(true);
  });

  it('takes down what was deleted while it was off', () => {
    const world = new NodeWorld();
    world.addPod('web', { containers: [{ name: 'web', image: 'nginx:1.28' }] });
    world.run(10);
    world.switchNode('node-1', false);
    world.deletePod('web', 0);
    world.run(60);
    world.switchNode('node-1', true);
    world.run(10);
    const runtime = world.kernel.stateOf('container-runtime/node-1') as { readonly sandboxes: ReadonlyMap<string, unknown>; readonly images: ReadonlyMap<string, unknown> };
    expect(runtime.sandboxes.size).toBe(0);
    expect([...runtime.images.keys()]).toEqual(['docker.io/library/nginx:1.28']);
  });

  it('runs init containers again', () => {
    const world = new NodeWorld();
    world.addPod('web', { initContainers: [{ name: 'init', image: 'busybox:1.36', command: ['true'] }], containers: [{ name: 'web', image: 'nginx:1.28' }] });
    world.run(10);
    world.switchNode('node-1', false);
    world.run(20);
    world.switchNode('node-1', true);
    world.run(10);
    expect(starts(world, 'web')).toHaveLength(4);
    expect(world.ready('web')).toBe(true);
  });
});
