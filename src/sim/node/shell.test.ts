import { describe, expect, it } from 'vitest';
import { runCommand } from './shell.ts';
import type { ShellHost, ShellRun } from './shell.ts';
import { OPEN_INPUT } from './shell-input.ts';
import type { InputPart } from './shell-input.ts';
import { packTar, unpackTar } from './tar.ts';
import { typeKeys } from './terminal-line.ts';

const SECOND_US = 1_000_000;

function run(script: string, more: Partial<ShellHost> = {}): ShellRun {
  return runCommand(['sh', '-c', script], { startUs: 0, files: [], listening: () => false, record: { untilUs: 100 * SECOND_US }, ...more });
}

const printed = ({ parts }: ShellRun, stream: 'out' | 'err' = 'out'): string => parts.filter(({ to }) => to === stream).map(({ text }) => text).join('');
/** Text that came a second apart. */
const typed = (...texts: readonly string[]): readonly InputPart[] => texts.map((text, i) => ({ atUs: (i + 1) * SECOND_US, text }));
const given = (text: string): Partial<ShellHost> => ({ input: { parts: [{ atUs: 0, text }], endUs: 0 } });

describe('pipelines and files', () => {
  it.each([
    ['echo b; echo a', 'b\na\n'], ['printf "b\\na\\nb\\n" | sort -u', 'a\nb\n'], ['seq 20 | tail -n 2 | head -1', '19\n'], ['echo one two | cut -d " " -f 2 | tr a-z A-Z', 'TWO\n'],
    ['printf "x1\\ny\\nx2\\n" | grep -c x', '2\n'], ['echo a.b | sed s/[.]/-/', 'a-b\n'], ['echo hi > /tmp/f; cat /tmp/f /tmp/f | wc -l', '2\n'], ['echo a > /tmp/f; echo b >> /tmp/f; cat < /tmp/f', 'a\nb\n'],
    ['mkdir /tmp/d; touch /tmp/d/x; cd /tmp/d; echo y > y; ls', 'x\ny\n'], ['echo q | tee /tmp/t > /dev/null; mv /tmp/t /tmp/u; cat /tmp/u; [ -f /tmp/t ] || echo gone', 'q\ngone\n'],
    ['[ -d /tmp ] && echo folder; [ -d /tmp/x ] || echo none', 'folder\nnone\n'], ['false; echo $?', '1\n'],
  ])('%s', (script, output) => expect(printed(run(script))).toBe(output));

  it('keeps errors apart, unless told otherwise', () => {
    expect([printed(run('echo a; echo b >&2')), printed(run('echo a; echo b >&2'), 'err')]).toEqual(['a\n', 'b\n']);
    expect(printed(run('cat /tmp/none 2>&1 | wc -l'))).toBe('1\n');
    expect(printed(run('cat /tmp/none 2>/dev/null || echo none'))).toBe('none\n');
    expect(printed(run('cat /tmp/none 2>/dev/null'), 'err')).toBe('');
  });

  it('finds what others made, when they made it', () => {
    const { files } = run('sleep 5; echo late > /tmp/f');
    expect(printed(run('cat /tmp/f', { files, startUs: SECOND_US }), 'err')).toContain('No such file');
    expect(printed(run('cat /tmp/f', { files, startUs: 6 * SECOND_US }))).toBe('late\n');
  });
});

describe('what is read', () => {
  it('ends where there is nothing to read', () => expect(run('cat; echo over').end).toMatchObject({ exitCode: 0 }));

  it('is waited for', () => {
    const waiting = run('cat', { input: OPEN_INPUT });
    expect(waiting.end).toBeUndefined();
    const more = run('cat', { input: { parts: typed('a\n', 'b\n'), endUs: undefined } });
    expect(more.parts).toEqual([{ atUs: SECOND_US, text: 'a\n', to: 'out' }, { atUs: 2 * SECOND_US, text: 'b\n', to: 'out' }]);
    expect(run('cat', { input: { parts: typed('a\n'), endUs: 3 * SECOND_US } }).end).toEqual({ atUs: 3 * SECOND_US, exitCode: 0 });
  });

  it('goes through a pipeline as a whole', () => {
    expect(printed(run('sort | head -1', given('c\na\nb\n')))).toBe('a\n');
    expect(run('sort | head -1', { input: { parts: typed('c\n'), endUs: undefined } }).end).toBeUndefined();
  });

  it('tells a shell what to do, line by line', () => {
    const session = runCommand(['sh'], { startUs: 0, files: [], listening: () => false, record: { untilUs: 100 * SECOND_US }, input: { parts: typed('echo a\n', 'sleep 2; no', 'nsense\necho $?\n', 'exit 3\necho never\n'), endUs: undefined }, prompt: '/ # ' });
    expect(printed(session)).toBe('/ # a\n/ # / # 127\n/ # ');
    expect(printed(session, 'err')).toBe('sh: nonsense: not found\n');
    expect(session.end).toMatchObject({ exitCode: 3 });
  });

  it('is interrupted by Control-C, and ended by Control-D', () => {
    const keys: readonly InputPart[] = [{ atUs: 1, text: 'sleep 1000\n' }, { atUs: 2 * SECOND_US, text: '', key: 'interrupt' }, { atUs: 3 * SECOND_US, text: 'cat\nx\n' }, { atUs: 4 * SECOND_US, text: '', key: 'end' }, { atUs: 5 * SECOND_US, text: 'echo back\n' }];
    const session = runCommand(['sh'], { startUs: 0, files: [], listening: () => false, record: { untilUs: 100 * SECOND_US }, input: { parts: keys, endUs: undefined } });
    expect(printed(session)).toBe('x\nback\n');
    expect(session.end).toBeUndefined();
  });
});

describe('archives', () => {
  const entries = [{ name: 'd', content: undefined }, { name: 'd/舵.txt', content: 'Ruder ✓\n' }, { name: `d/${'long/'.repeat(30)}f`, content: '\udcff\udc80bytes' }];

  it('come back as they were packed', () => expect(unpackTar(packTar(entries, 1_700_000_000))).toEqual(entries));
  it('are not made of anything', () => expect(unpackTar('x'.repeat(2048))).toBeUndefined());

  it('are read and written by tar', () => {
    const { files, parts } = run('tar xf - -C /tmp; tar cf - /tmp/d', given(packTar(entries.slice(0, 2), 0)));
    expect(files.map(({ path, is }) => `${path} ${is}`)).toEqual(['/tmp/d folder', '/tmp/d/舵.txt file']);
    expect(unpackTar(parts.map(({ text }) => text).join(''))).toEqual([{ name: 'tmp/d', content: undefined }, { name: 'tmp/d/舵.txt', content: 'Ruder ✓\n' }]);
    expect(printed(run('tar cf - /etc/passwd'), 'err')).toContain('does not simulate the files of an image');
    expect(run('tar cf - /tmp', { hasTar: false }).end?.exitCode).toBe(127);
  });
});

describe('a terminal', () => {
  it('edits a line until it is one, and shows it', () => {
    expect(typeKeys('', 'lz\x7fs\r')).toEqual({ pending: '', echo: 'lz\b \bs\r\n', text: 'ls\n', interrupts: false, ends: false });
    expect(typeKeys('abc', '\x15x')).toMatchObject({ pending: 'x', echo: `${'\b \b'.repeat(3)}x`, text: '' });
    expect(typeKeys('abc', '\x03')).toMatchObject({ pending: '', echo: '^C\r\n', interrupts: true });
    expect([typeKeys('', '\x04').ends, typeKeys('a', '\x04')]).toMatchObject([true, { ends: false, text: 'a' }]);
  });
});
