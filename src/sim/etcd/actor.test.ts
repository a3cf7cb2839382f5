import { describe, expect, it } from 'vitest';
import type { Actor, Body } from '../kernel/actor.ts';
import { Kernel } from '../kernel/kernel.ts';
import { etcdActor } from './actor.ts';
import type { EtcdState } from './actor.ts';
import type { EtcdResponse, EtcdWatchEvent, FromEtcd, ToEtcd } from './messages.ts';
import { historyOf, snapshotOf } from './snapshot.ts';

interface Say extends Body { readonly type: 'say'; readonly messages: readonly ToEtcd[] }
interface Heard { readonly atUs: number; readonly message: FromEtcd }
interface ClientState { heard: Heard[] }

const client = (kind: string): Actor<ClientState, Say | FromEtcd> => ({
  kind,
  init: () => ({ heard: [] }),
  receive(state, message, ctx) {
    if (message.type === 'say') for (const said of message.messages) ctx.send('etcd', said);
    else state.heard.push({ atUs: ctx.nowUs, message });
  },
  clone: (state) => ({ heard: [...state.heard] }),
});

function world(): Kernel {
  const kernel = new Kernel({ seed: 1, epochUs: 0, actors: [etcdActor as Actor, client('kube-apiserver') as Actor, client('kubelet') as Actor] });
  kernel.spawn('etcd', undefined, 0);
  return kernel;
}

function say(kernel: Kernel, ...messages: ToEtcd[]): void {
  const body: Say = { type: 'say', messages };
  kernel.input('kube-apiserver', body);
}

const heard = (kernel: Kernel): readonly Heard[] => (kernel.stateOf('kube-apiserver') as ClientState).heard;
const responses = (kernel: Kernel): readonly EtcdResponse[] => heard(kernel).map(({ message }) => message).filter((message) => message.type === 'etcd-response');
const watchEvents = (kernel: Kernel): readonly EtcdWatchEvent[] => heard(kernel).map(({ message }) => message).filter((message) => message.type === 'etcd-watch-event');

function put(requestId: number, key: string, lease = 0): ToEtcd {
  const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: key } };
  return { type: 'etcd-txn', requestId, compares: [], success: [{ op: 'put', key, value, lease }], failure: [] };
}

describe('the etcd actor', () => {
  it('commits what arrives during a sync together, in order', () => {
    const kernel = world();
    say(kernel, put(1, '/a/first'));
    kernel.runUntil(1_000);
    say(kernel, ...Array.from({ length: 50 }, (_, i) => put(i + 2, `/a/${i}`)));
    kernel.runUntil(20_000);
    expect(responses(kernel).map(({ requestId, revision }) => [requestId, revision])).toEqual(Array.from({ length: 51 }, (_, i) => [i + 1, i + 2]));
    const times = new Set(heard(kernel).map(({ atUs }) => atUs));
    expect(times.size).toBe(2);
  });

  it('tells watches before the writer, and only what their prefix covers', () => {
    const kernel = world();
    say(kernel, { type: 'etcd-watch', watchId: 1, prefix: '/a/', startRevision: 0 }, { type: 'etcd-watch', watchId: 2, prefix: '/b/', startRevision: 0 });
    kernel.runUntil(5_000);
    say(kernel, put(1, '/a/x'), put(2, '/c/x'));
    kernel.runUntil(20_000);
    expect(heard(kernel).map(({ message }) => message.type)).toEqual(['etcd-watch-event', 'etcd-watch-event', 'etcd-watch-event', 'etcd-response', 'etcd-response']);
    expect(watchEvents(kernel).map(({ watchId, events }) => [watchId, events.length])).toEqual([[1, 0], [2, 0], [1, 1]]);
    expect(watchEvents(kernel)[2]).toMatchObject({ watchId: 1, revision: 2, events: [{ type: 'PUT', kv: { key: '/a/x', modRevision: 2 } }] });
    const event = kernel.trace.get(kernel.trace.get(kernel.lastId - 2)?.cause ?? 0);
    expect(event?.body.type).toBe('etcd-txn');
  });

  it('replays from a revision and says when that is compacted', () => {
    const kernel = world();
    say(kernel, put(1, '/a/x'), put(2, '/a/x'), put(3, '/a/x'));
    kernel.runUntil(20_000);
    say(kernel, { type: 'etcd-compact', requestId: 4, revision: 3 });
    kernel.runUntil(30_000);
    say(kernel, { type: 'etcd-watch', watchId: 1, prefix: '/a/', startRevision: 3 }, { type: 'etcd-watch', watchId: 2, prefix: '/a/', startRevision: 2 });
    kernel.runUntil(40_000);
    expect(watchEvents(kernel).map((event) => [event.watchId, event.events.length, event.compactRevision])).toEqual([[1, 2, 0], [2, 0, 3]]);
  });

  it('refuses everybody but the API server', () => {
    const kernel = world();
    const body: Say = { type: 'say', messages: [put(1, '/a/x')] };
    kernel.input('kubelet/node-1', body);
    expect(() => kernel.runUntil(20_000)).toThrow('kubelet/node-1 sends etcd-txn to etcd: only the API server may talk to etcd');
  });

  it('deletes keys when their lease ends', () => {
    const kernel = world();
    say(kernel, { type: 'etcd-watch', watchId: 1, prefix: '/e/', startRevision: 0 }, { type: 'etcd-lease-grant', requestId: 1, ttlSeconds: 60 });
    kernel.runUntil(10_000);
    expect(responses(kernel)[0]?.lease).toBe(1);
    say(kernel, put(2, '/e/x', 1));
    kernel.runUntil(59_000_000);
    expect(snapshotOf(kernel.stateOf('etcd') as EtcdState)).toMatchObject({ keys: 1, revision: 2, watches: 1, waiting: 0 });
    kernel.runUntil(61_000_000);
    const state = kernel.stateOf('etcd') as EtcdState;
    expect(snapshotOf(state).lastChanges[0]).toEqual({ key: '/e/x', revision: 3, version: 0, deleted: true });
    expect(historyOf(state, '/e/x').map(({ type }) => type)).toEqual(['PUT', 'DELETE']);
    expect(watchEvents(kernel).map((event) => event.events[0]?.type)).toEqual([undefined, 'PUT', 'DELETE']);
  });

  it('keeps its data and loses its watches in a crash', () => {
    const kernel = world();
    say(kernel, { type: 'etcd-watch', watchId: 1, prefix: '/a/', startRevision: 0 }, put(1, '/a/x'));
    kernel.runUntil(10_000);
    kernel.input('etcd', { type: 'etcd-crash' });
    say(kernel, put(2, '/a/y'));
    kernel.runUntil(20_000);
    expect(responses(kernel)).toHaveLength(1);
    kernel.input('etcd', { type: 'start' });
    say(kernel, put(3, '/a/z'));
    kernel.runUntil(30_000);
    expect(responses(kernel).map(({ requestId, revision }) => [requestId, revision])).toEqual([[1, 2], [3, 3]]);
    expect(watchEvents(kernel)).toHaveLength(2);
  });

  it('goes on the same from a checkpoint', () => {
    const kernel = world();
    say(kernel, put(1, '/a/x'), put(2, '/a/y'));
    kernel.runUntil(1_500);
    const checkpoint = kernel.checkpoint();
    kernel.runUntil(20_000);
    const straight = heard(kernel);
    kernel.restore(checkpoint);
    kernel.runUntil(20_000);
    expect(heard(kernel)).toEqual(straight);
    expect(straight).toHaveLength(2);
  });
});
