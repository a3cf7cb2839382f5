import { beforeEach, describe, expect, it } from 'vitest';
import { WorldHost } from './host.ts';
import type { Command, HttpRequest, Reply, TerminalAnswer, Update } from './protocol.ts';

const CONFIG = { seed: 1, nodes: [{ name: 'node-1', cpu: '4', memory: '8Gi', pods: 110, zone: 'zone-a' }], options: {} };
const ADMIN = { user: 'kubernetes-admin', groups: ['system:masters'] };

let host: WorldHost;
let heard: TerminalAnswer[];

beforeEach(() => {
  host = new WorldHost(CONFIG);
  heard = [];
});

function updateOf(reply: Reply): Update {
  if (reply.type !== 'update') throw new Error(JSON.stringify(reply));
  heard.push(...(reply.answers ?? []));
  return reply;
}

const give = (command: Exclude<Command, { readonly type: 'open' }>): Update => updateOf(host.handle(command));
const http = (method: string, url: string, body?: object): HttpRequest => ({ method, url, headers: { 'content-type': 'application/json', 'user-agent': 'kubectl/v1.36.4' }, body: body ? JSON.stringify(body) : '', credentials: ADMIN });
const ask = (connection: string, request: HttpRequest): Update => give({ type: 'request', connection, http: request });
const play = (): Update => give({ type: 'advance', us: 2_000_000, maxMessages: 100_000 });
const answerTo = (connection: string): { readonly status: number; readonly body: Record<string, unknown> } | undefined => {
  const found = heard.find((each) => each.connection === connection && each.type === 'answer');
  return found?.type === 'answer' ? { status: found.response.status, body: JSON.parse(found.response.body) as Record<string, unknown> } : undefined;
};
const settings = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const PATH = '/api/v1/namespaces/default/configmaps';

describe('a client in a terminal', () => {
  it('gets its answer when virtual time has brought it, as a message that is shown', () => {
    const before = ask('a', http('POST', PATH, settings('one')));
    expect(answerTo('a')).toBeUndefined();
    const after = play();
    expect(answerTo('a')).toMatchObject({ status: 201, body: { kind: 'ConfigMap', metadata: { name: 'one' } } });
    expect(after.position).toBeGreaterThan(before.position);
    const labels = Array.from(after.marks.label, (label) => after.marks.labels[label]);
    expect(labels).toContain('POST configmaps');
    expect(after.actors).toContain('kubectl/terminal');
  });

  it('does not wait for the show when it only reads, and is seen all the same', () => {
    ask('a', http('POST', PATH, settings('one')));
    play();
    const { position, inputs } = ask('b', { ...http('GET', `${PATH}/one`), headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } });
    expect(answerTo('b')).toMatchObject({ status: 200, body: { kind: 'Table', rows: [{ cells: ['one', 0, expect.stringMatching(/^\d+s$/) as string] }] } });
    expect(inputs.map(({ input }) => input.type)).toEqual(['request', 'request']);
    const after = play();
    expect(after.position).toBeGreaterThan(position);
    expect(Array.from(after.marks.label, (label) => after.marks.labels[label])).toContain('GET configmaps');
    expect(heard.filter((each) => each.connection === 'b')).toHaveLength(1);
  });

  it('types into a command, as a part of the session', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'box' }, spec: { containers: [{ name: 'main', image: 'busybox:1.36', command: ['sleep', '3600'] }] } };
    ask('a', http('POST', '/api/v1/namespaces/default/pods', pod));
    give({ type: 'advance', us: 20_000_000, maxMessages: 100_000 });
    ask('x', http('GET', '/api/v1/namespaces/default/pods/box/exec?command=cat&stdin=true&stdout=true'));
    play();
    give({ type: 'send', connection: 'x', sent: { connection: 0, port: 0, text: 'typed\n', end: false } });
    play();
    give({ type: 'send', connection: 'x', sent: { connection: 0, port: 0, text: '', end: true } });
    play();
    const chunks = heard.flatMap((each) => (each.connection === 'x' && each.type === 'chunk' ? [each.chunk] : []));
    expect(chunks.map(({ text }) => text).join('')).toBe('typed\n');
    expect(chunks.at(-1)).toMatchObject({ done: true, exitCode: 0 });
    expect(host.save().inputs.map(({ input }) => input.type)).toEqual(['request', 'request', 'requestSend', 'requestSend']);
  });

  it('is told at once what no request changes, and what cannot be read', () => {
    const { inputs } = ask('version', http('GET', '/version'));
    expect(answerTo('version')).toMatchObject({ status: 200, body: { gitVersion: 'v1.36.2' } });
    ask('bad', http('PUT', PATH));
    expect(answerTo('bad')).toMatchObject({ status: 405 });
    expect(inputs).toEqual([]);
  });

  it('hears the events of a watch until it goes', () => {
    ask('w', http('GET', `${PATH}?watch=true&fieldSelector=metadata.name%3Dtwo`));
    play();
    ask('a', http('POST', PATH, settings('two')));
    play();
    const lines = heard.flatMap((each) => (each.connection === 'w' && each.type === 'line' ? [each.text] : []));
    expect(lines[0]).toBe('');
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'two' } } });
    give({ type: 'hangUp', connection: 'w' });
    ask('d', http('DELETE', `${PATH}/two`));
    play();
    expect(heard.filter((each) => each.connection === 'w')).toHaveLength(lines.length);
  });

  it('does not cut the known future off: in the past it is refused', () => {
    ask('a', http('POST', PATH, settings('three')));
    const { position, endPosition } = play();
    give({ type: 'seek', to: { position: position - 5 } });
    ask('b', http('DELETE', `${PATH}/three`));
    expect(answerTo('b')).toMatchObject({ status: 503, body: { reason: 'ServiceUnavailable' } });
    give({ type: 'seek', to: { position: 1 } });
    const { inputs } = ask('c', http('GET', PATH));
    expect(answerTo('c')).toMatchObject({ status: 503, body: { message: 'the API server does not answer' } });
    expect(inputs.map(({ input }) => input.type)).toEqual(['request']);
    expect(give({ type: 'seek', to: { position } }).endPosition).toBe(endPosition);
  });

  it('is told when the world goes back to before its question', () => {
    ask('w', http('GET', `${PATH}?watch=true`));
    const { position } = play();
    ask('a', http('POST', PATH, settings('four')));
    give({ type: 'seek', to: { position: position - 20 } });
    expect(answerTo('a')).toMatchObject({ status: 503 });
    expect(heard.findLast((each) => each.connection === 'w')).toMatchObject({ type: 'end' });
  });

  it('is part of the session: undo takes its last change back, and a saved session has it', () => {
    ask('a', http('POST', PATH, settings('five')));
    play();
    ask('b', http('GET', `${PATH}/five`));
    const { revision } = play();
    const saved = host.save();
    expect(saved.inputs.map(({ input }) => input.type)).toEqual(['request', 'request']);
    const again = new WorldHost(CONFIG, JSON.parse(JSON.stringify(saved)) as typeof saved);
    expect(updateOf(again.jumped()).revision).toBe(revision);
    expect(give({ type: 'undo' }).inputs).toEqual([]);
    play();
    ask('c', http('GET', `${PATH}/five`));
    play();
    expect(answerTo('c')).toMatchObject({ status: 404 });
  });
});
