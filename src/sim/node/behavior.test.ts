import { describe, expect, it } from 'vitest';
import { BEHAVIOR_WORDS, behaviorOf, DEFAULT_BEHAVIOR, parseBehavior } from './behavior.ts';
import { CATALOGUE } from './image-catalogue.ts';
import type { ContainerConfig } from './messages.ts';
import { answerOf, execIn, memoryAt, planProcess } from './process.ts';
import type { ProcessPlan } from './process.ts';
import { runCommand } from './shell.ts';

const CONFIG: ContainerConfig = {
  name: 'c', attempt: 0, image: '', command: [], args: [], envNames: [], containerPorts: [], mountPaths: [], stdin: false, stdinOnce: false, tty: false, hostname: 'pod', memoryLimitBytes: 0, cpuLimitMilli: 0, behavior: '',
};
function plan(image: string, config: Partial<ContainerConfig> = {}): ProcessPlan {
  const found = CATALOGUE.find(({ repository }) => repository.endsWith(`/${image}`));
  if (!found) throw new Error(`no image ${image}`);
  return planProcess(found, { ...CONFIG, ...config });
}

describe('the annotation', () => {
  it('is read word by word; what is unknown changes nothing', () => {
    expect(parseBehavior('exit=1@5s')).toMatchObject({ exit: { code: 1, afterUs: 5_000_000 } });
    expect(parseBehavior('crash@2s, never-ready')).toMatchObject({ exit: { code: 139, afterUs: 2_000_000 }, neverReady: true });
    expect(parseBehavior('ready-after=1.5s | memory=100Mi | memory=+10Mi/s')).toMatchObject({ readyAfterUs: 1_500_000, memoryBytes: 104_857_600, memoryPerSecond: 10_485_760 });
    expect(parseBehavior('')).toBe(DEFAULT_BEHAVIOR);
    expect(parseBehavior('exit=x ready-after=soon memory=much bogus')).toEqual(DEFAULT_BEHAVIOR);
  });

  it('knows every word that it documents, by its example', () => {
    for (const { example } of BEHAVIOR_WORDS) expect(parseBehavior(example)).not.toEqual(DEFAULT_BEHAVIOR);
  });

  it('is for all containers but init containers, unless it names one', () => {
    const annotations = { 'wheelhouse.dev/behavior': 'crash', 'wheelhouse.dev/behavior.b': 'exit=0', 'wheelhouse.dev/behavior.i': 'exit=1' };
    expect(['a', 'b'].map((name) => behaviorOf(annotations, name, false))).toEqual(['crash', 'exit=0']);
    expect(['i', 'j'].map((name) => behaviorOf(annotations, name, true))).toEqual(['exit=1', '']);
  });
});

describe('what a container does', () => {
  it('a shell without a terminal ends at once, a server listens, hello-world says hello', () => {
    expect(plan('busybox').exit).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(plan('busybox', { stdin: true }).exit).toBeUndefined();
    expect(plan('nginx')).toMatchObject({ exit: undefined, ports: [80] });
    expect(plan('hello-world').exit).toMatchObject({ exitCode: 0 });
  });

  it.each([
    [['sleep', '10'], [], 10, 0], [['false'], [], 0, 1], [['true'], [], 0, 0], [['/bin/sh', '-c', 'exit 7'], [], 0, 7], [[], ['sleep', '3'], 3, 0],
    [['sh', '-c', 'sleep 2; exit 4'], [], 2, 4], [['sh'], ['-c', 'echo a && sleep 1 && false'], 1, 1], [['sh', '-c', 'for i in 1 2 3; do sleep 2; done'], [], 6, 0],
    [['timeout', '5', 'sleep', '60'], [], 5, 124], [['sh', '-c', 'if [ -f /tmp/x ]; then exit 1; else exit 2; fi'], [], 0, 2],
  ])('%j %j ends after %d s with %d', (command, args, seconds, exitCode) => {
    const { exit } = plan('busybox', { command, args });
    expect(exit?.exitCode).toBe(exitCode);
    expect(Math.round((exit?.atUs ?? -1) / 1_000_000)).toBe(seconds);
  });

  it.each([[['sleep', 'infinity']], [['tail', '-f', '/dev/null']], [['sh', '-c', 'while true; do echo hi; sleep 1; done']], [['sh', '-c', 'while sleep 5; do :; done']]])('%j runs for ever', (command) => {
    expect(plan('busybox', { command }).exit).toBeUndefined();
  });

  it('loops end when their condition says so, or with break', () => {
    expect(plan('busybox', { command: ['sh', '-c', 'until [ -f /tmp/go ]; do sleep 1; touch /tmp/go; done; exit 5'] }).exit?.exitCode).toBe(5);
    expect(plan('busybox', { command: ['sh', '-c', 'while true; do sleep 1; break; done; exit 6'] }).exit?.exitCode).toBe(6);
  });

  it('sleep and shells ignore SIGTERM, servers and traps do not', () => {
    expect(plan('busybox', { command: ['sleep', '100'] }).stop).toBeUndefined();
    expect(plan('busybox', { command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100"] }).stop).toMatchObject({ exitCode: 0 });
    expect(plan('nginx').stop).toMatchObject({ exitCode: 0 });
    expect(plan('nginx', { behavior: 'ignore-term' }).stop).toBeUndefined();
  });

  it('answers on its ports when it listens, with 404 for what it does not serve', () => {
    const nginx = plan('nginx', { containerPorts: [8080] });
    expect(answerOf(nginx, 10_000, 'httpGet', 80, '/')).toEqual({ outcome: 'refused' });
    expect(answerOf(nginx, 1_000_000, 'httpGet', 80, '/')).toEqual({ outcome: 'answered', statusCode: 200 });
    expect(answerOf(nginx, 1_000_000, 'httpGet', 80, '/healthz')).toEqual({ outcome: 'answered', statusCode: 404 });
    expect(answerOf(nginx, 1_000_000, 'tcpSocket', 8080, '')).toEqual({ outcome: 'answered', statusCode: 200 });
    expect(answerOf(nginx, 1_000_000, 'tcpSocket', 9999, '')).toEqual({ outcome: 'refused' });
    expect(answerOf(plan('nginx', { mountPaths: ['/usr/share/nginx/html'] }), 1_000_000, 'httpGet', 80, '/any')).toEqual({ outcome: 'answered', statusCode: 200 });
    expect(answerOf(plan('python', { command: ['python', '-m', 'http.server', '9000'] }), 1_000_000, 'httpGet', 9000, '/')).toEqual({ outcome: 'answered', statusCode: 200 });
  });

  it('grows, and is killed above its limit', () => {
    const leak = plan('nginx', { behavior: 'memory=+1Mi/s', memoryLimitBytes: 16 * 1024 * 1024 });
    expect(leak.exit).toEqual({ atUs: 10_000_000, exitCode: 137, reason: 'OOMKilled' });
    expect(memoryAt(leak, 2_000_000)).toBe(8 * 1024 * 1024);
    expect(plan('stress', { command: ['stress'], args: ['--vm', '1', '--vm-bytes', '250M', '--vm-hang', '1'], memoryLimitBytes: 100 * 1024 * 1024 }).exit).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    expect(plan('stress', { command: ['stress'], args: ['--vm', '1', '--vm-bytes', '50M'], memoryLimitBytes: 100 * 1024 * 1024 }).exit).toBeUndefined();
  });

  it('commands see the files that the process made', () => {
    const exec = plan('busybox', { command: ['sh', '-c', 'touch /tmp/healthy; sleep 30; rm /tmp/healthy; sleep 600'] });
    const cat = (atSeconds: number): number | undefined => execIn(exec, exec.files, atSeconds * 1_000_000, ['cat', '/tmp/healthy'], true).end?.exitCode;
    expect([cat(1), cat(29), cat(31)]).toEqual([0, 0, 1]);
  });
});

describe('the shell', () => {
  const run = (script: string): ReturnType<typeof runCommand> => runCommand(['sh', '-c', script], { startUs: 0, files: [], listening: () => false });

  it.each([['true && exit 3 || exit 4', 3], ['false && exit 3 || exit 4', 4], ['! true', 1], ['(exit 2); exit 9', 2], ['false; true', 0], ['false || echo saved', 0], ['echo "a; exit 1"', 0],
    ["sh -c 'exit 8'", 8], ['exec sleep 0', 0], ['FOO=bar false', 1], ['', 0], ['if', 0], ["echo 'open", 0]])('%s ends with %d', (script, code) => {
    expect(run(script).end?.exitCode).toBe(code);
  });

  it('prints what is echoed, not what is redirected', () => {
    expect(run('echo hello world; echo hidden > /tmp/out').output).toBe('hello world\n');
  });

  it('lets programs in the background be', () => {
    expect(run('sleep 100 & exit 0').end).toMatchObject({ exitCode: 0 });
    expect(run('sleep 100 & exit 0').end?.atUs).toBeLessThan(1_000_000);
  });
});
