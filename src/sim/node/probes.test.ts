import { describe, expect, it } from 'vitest';
import type { Probe } from '../api/generated/types.ts';
import { NodeWorld } from './testing.ts';

const HTTP: Probe = { httpGet: { port: 80, path: '/' }, periodSeconds: 5, failureThreshold: 2 };

function probesOf(world: NodeWorld): number {
  return world.transcript(0).filter((line) => line === 'kubelet → container-runtime: connect').length;
}

describe('probes', () => {
  it('keep a container unready until it answers, and tell how it failed', () => {
    const world = new NodeWorld();
    world.addPod('slow', { containers: [{ name: 'c', image: 'nginx:1.28', readinessProbe: HTTP }] }, { 'wheelhouse.dev/behavior': 'ready-after=12s' });
    world.run(10);
    expect(world.pod('slow')?.status).toMatchObject({ phase: 'Running' });
    expect(world.pod('slow')?.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [c]' });
    expect(world.events('slow').at(-1)).toMatch(/^Unhealthy.*: Readiness probe failed: Get "http:\/\/10\.244\.1\.2:80\/": dial tcp 10\.244\.1\.2:80: connect: connection refused$/);
    world.run(15);
    expect(world.ready('slow')).toBe(true);
    expect(world.restarts('slow')).toBe(0);
  });

  it('never make a container ready that says 503 for ever', () => {
    const world = new NodeWorld();
    world.addPod('never', { containers: [{ name: 'c', image: 'nginx:1.28', readinessProbe: HTTP }] }, { 'wheelhouse.dev/behavior': 'never-ready' });
    world.run(120);
    expect(world.ready('never')).toBe(false);
    expect(world.restarts('never')).toBe(0);
    expect(world.events('never').at(-1)).toMatch(/^Unhealthy ×\d+: Readiness probe failed: HTTP probe failed with statuscode: 503$/);
  });

  it('tick with their period after the initial delay', () => {
    const world = new NodeWorld();
    world.addPod('web', { containers: [{ name: 'c', image: 'nginx:1.28', livenessProbe: { ...HTTP, initialDelaySeconds: 20 } }] });
    world.run(20);
    expect(probesOf(world)).toBe(0);
    world.run(60);
    expect(probesOf(world)).toBeGreaterThanOrEqual(11);
    expect(probesOf(world)).toBeLessThanOrEqual(12);
  });

  it('restart a container whose liveness fails, after the threshold and the grace period', () => {
    const world = new NodeWorld();
    world.addPod('sick', { containers: [{ name: 'c', image: 'nginx:1.28', livenessProbe: HTTP }] }, { 'wheelhouse.dev/behavior': 'unhealthy-after=20s' });
    world.run(40);
    expect(world.restarts('sick')).toBe(1);
    expect(world.events('sick')).toEqual(expect.arrayContaining([
      'Unhealthy ×2: Liveness probe failed: HTTP probe failed with statuscode: 500', 'Killing: Container c failed liveness probe, will be restarted',
    ]));
  });

  it('hold liveness and readiness back until the startup probe has succeeded', () => {
    const world = new NodeWorld();
    const startupProbe: Probe = { tcpSocket: { port: 80 }, periodSeconds: 2, failureThreshold: 30 };
    world.addPod('boot', { containers: [{ name: 'c', image: 'nginx:1.28', startupProbe, livenessProbe: { ...HTTP, periodSeconds: 1, failureThreshold: 1 } }] }, { 'wheelhouse.dev/behavior': 'ready-after=15s' });
    world.run(12);
    expect(world.pod('boot')?.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    world.run(15);
    expect(world.pod('boot')?.status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: true, restartCount: 0 });
  });

  it('kill a container that does not start in time', () => {
    const world = new NodeWorld();
    const startupProbe: Probe = { tcpSocket: { port: 80 }, periodSeconds: 2, failureThreshold: 3 };
    world.addPod('stuck', { containers: [{ name: 'c', image: 'nginx:1.28', startupProbe }] }, { 'wheelhouse.dev/behavior': 'ready-after=1h' });
    world.run(10);
    expect(world.events('stuck')).toContain('Killing: Container c failed startup probe, will be restarted');
  });

  it('run commands: the liveness example of the documentation', () => {
    const world = new NodeWorld();
    world.addPod('exec', {
      containers: [{
        name: 'c', image: 'busybox:1.36', args: ['/bin/sh', '-c', 'touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600'],
        livenessProbe: { exec: { command: ['cat', '/tmp/healthy'] }, initialDelaySeconds: 5, periodSeconds: 5 },
      }],
    });
    world.run(30);
    expect(world.events('exec').some((event) => event.startsWith('Unhealthy'))).toBe(false);
    world.run(20);
    expect(world.events('exec')).toEqual(expect.arrayContaining([
      "Unhealthy ×3: Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory\n", 'Killing: Container c failed liveness probe, will be restarted',
    ]));
    world.run(35);
    expect(world.restarts('exec')).toBe(1);
  });

  it('give up commands that take too long', () => {
    const world = new NodeWorld();
    world.addPod('hang', { containers: [{ name: 'c', image: 'nginx:1.28', readinessProbe: { exec: { command: ['sleep', '5'] }, timeoutSeconds: 1 } }] });
    world.run(10);
    expect(world.events('hang').at(-1)).toBe('Unhealthy: Readiness probe failed: command timed out: "sleep 5" timed out after 1s');
  });
});

describe('hooks', () => {
  it('postStart that fails kills the container', () => {
    const world = new NodeWorld();
    world.addPod('hook', { containers: [{ name: 'c', image: 'nginx:1.28', lifecycle: { postStart: { exec: { command: ['false'] } } } }] });
    world.run(20);
    expect(world.events('hook').map((event) => event.replace(/ ×\d+/, ''))).toEqual(expect.arrayContaining(['FailedPostStartHook: PostStartHook failed', 'Killing: FailedPostStartHook']));
    expect(world.pod('hook')?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
  });

  it('preStop runs before SIGTERM and uses up the grace period', () => {
    const world = new NodeWorld();
    world.addPod('drain', { containers: [{ name: 'c', image: 'nginx:1.28', lifecycle: { preStop: { sleep: { seconds: 5 } } } }] });
    world.run(10);
    world.deletePod('drain');
    world.run(4);
    expect(world.pod('drain')?.status?.phase).toBe('Running');
    expect(world.transcript(0).some((line) => line.endsWith('cri-stop-container'))).toBe(false);
    world.run(3);
    expect(world.pod('drain')).toBeUndefined();
  });

  it('preStop that hangs is cut off by the grace period', () => {
    const world = new NodeWorld();
    world.addPod('hang', { terminationGracePeriodSeconds: 3, containers: [{ name: 'c', image: 'nginx:1.28', lifecycle: { preStop: { exec: { command: ['sleep', '600'] } } } }] });
    world.run(10);
    world.deletePod('hang');
    world.run(6);
    expect(world.pod('hang')).toBeUndefined();
  });
});
