// What real kubectl v1.36 printed against a real cluster, command by command, and what the page's kubectl prints for the
// same objects. Recordings without an output are played for what they change.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Asked, KubectlCluster } from '../../../server/kubectl-cluster.ts';
import { stateOf } from '../../../server/state-file.ts';

interface Recording extends Asked {
  readonly id: string;
  readonly mutates?: boolean;
  /** Rules for what differs from run to run. */
  readonly normalize?: readonly Rule[];
  /** Compare no more than this. */
  readonly only?: 'exitCode' | 'firstLine';
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const RULES = {
  uid: (text: string) => text.replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID'),
  rv: (text: string) => text.replace(/(resourceVersion"?: ?)"?\d+"?/g, '$1RV').replace(/(provided resource version|current resource version|resourceVersion) "?\(?\d+\)?"?/g, '$1 RV'),
  time: (text: string) => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME'),
  sortlines: (text: string) => text.split('\n').sort().join('\n'),
  sortwords: (text: string) => text.split(/\s+/).sort().join(' '),
} satisfies Readonly<Record<string, (text: string) => string>>;
type Rule = keyof typeof RULES;

const unpack = (name: string): unknown => JSON.parse(gunzipSync(readFileSync(new URL(`fixtures/${name}.json.gz`, import.meta.url))).toString());
const recordings = unpack('cases') as readonly Recording[];
const cluster = new KubectlCluster(stateOf(unpack('state')));

interface Printed { readonly exitCode?: number | undefined; readonly stdout?: string; readonly stderr?: string }

function view({ exitCode, stdout = '', stderr = '' }: Printed, { normalize = [], only }: Recording): Printed {
  const shown = (text: string): string => normalize.reduce((so, rule) => RULES[rule](so), only === 'firstLine' ? text.split('\n')[0] ?? '' : text);
  return only === 'exitCode' ? { exitCode } : { exitCode, stdout: shown(stdout), stderr: shown(stderr) };
}

// The commands that change something come last, and begin with the state that all others saw.
const reading = recordings.filter(({ mutates }) => mutates !== true);
const changing = recordings.filter(({ mutates }) => mutates === true);

test.each([['read', reading], ['change', changing]] as const)('commands that %s print what real kubectl prints', (_name, commands) => {
  const different: unknown[] = [];
  for (const [i, recording] of commands.entries()) {
    const printed = cluster.run({ ...recording, reset: i === 0 });
    if (recording.exitCode === undefined) continue;
    const [got, wanted] = [view(printed, recording), view(recording, recording)];
    if (JSON.stringify(got) !== JSON.stringify(wanted)) different.push({ id: recording.id, args: recording.args.join(' '), got, wanted });
  }
  expect(different).toEqual([]);
});

test('most recordings have an output', () => {
  expect(recordings.filter(({ exitCode }) => exitCode !== undefined).length).toBeGreaterThan(330);
});
