import { describe, expect, it } from 'vitest';
import { resolveImage } from './images.ts';
import type { ContainerConfig } from './messages.ts';
import { planProcess, printedBy } from './process.ts';

const STARTED_UNIX_US = 1_767_603_600_000_000;

function config(script: string): ContainerConfig {
  return {
    name: 'c', attempt: 0, image: 'busybox:1.36', command: ['sh', '-c', script], args: [], envNames: [], containerPorts: [], mountPaths: [], stdin: false, stdinOnce: false, tty: false, hostname: 'pod',
    memoryLimitBytes: 0, cpuLimitMilli: 0, behavior: '',
  };
}

function linesUntil(seconds: number, script: string): readonly string[] {
  const found = resolveImage('busybox:1.36');
  if ('code' in found) throw new Error(found.code);
  return printedBy(found.image, config(script), STARTED_UNIX_US, seconds * 1_000_000).map(({ atUs, text }) => `${Math.floor(atUs / 1_000_000)} ${text}`);
}

describe('what a process prints', () => {
  it('comes when it is printed, and not before', () => {
    expect(linesUntil(0.5, 'echo a; sleep 2; echo b')).toEqual(['0 a']);
    expect(linesUntil(3, 'echo a; sleep 2; echo b')).toEqual(['0 a', '2 b']);
  });

  it('goes on for hours in a loop that has no end', () => {
    const lines = linesUntil(7_200, 'while true; do echo "it is $(date)"; sleep 60; done');
    expect(lines[0]).toBe('0 it is Mon Jan  5 09:00:00 UTC 2026');
    expect(lines.at(-1)).toMatch(/^71\d\d it is Mon Jan {2}5 10:59:\d\d UTC 2026$/);
    expect(lines.length).toBe(120);
  });

  it('does not change what the plan says of the process', () => {
    const found = resolveImage('busybox:1.36');
    if ('code' in found) throw new Error(found.code);
    expect(planProcess(found.image, config('echo a; sleep 2; exit 3')).exit).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(planProcess(found.image, config('while true; do echo x; sleep 1; done')).exit).toBeUndefined();
  });
});
