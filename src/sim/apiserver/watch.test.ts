import { describe, expect, it } from 'vitest';
import { allKinds } from '../api/kinds/index.ts';
import type { ConfigMap, Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { CONFIG_MAPS, PODS } from '../api/resources.ts';
import { createRequest, deleteRequest, listRequest, patchRequest } from '../client/requests.ts';
import type { WatchEvent } from './messages.ts';
import { TestWorld } from './testing.ts';

const configMap = (name: string, labels?: Record<string, string>): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(labels ? { labels } : {}) }, data: { k: 'v' } });
const pod = (name: string): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'app', image: 'nginx:1.29' }] } });

function newWorld(): TestWorld {
  const world = new TestWorld(allKinds);
  world.must(createRequest({ group: '', version: 'v1', resource: 'serviceaccounts' }, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }, 'default'));
  return world;
}

const told = (events: readonly WatchEvent[]): unknown => events.map(({ event, object }) => `${event} ${object.metadata.name ?? ''}`);
const create = (world: TestWorld, object: ApiObject): ApiObject => world.must(createRequest(object.kind === 'Pod' ? PODS : CONFIG_MAPS, object, 'default'));
const label = (world: TestWorld, name: string, on: string): ApiObject => world.must(patchRequest(CONFIG_MAPS, 'default', name, 'merge', { metadata: { labels: { on } } }));

function rvOfList(world: TestWorld): string {
  return world.must<{ metadata: { resourceVersion: string } }>(listRequest(CONFIG_MAPS, 'default', {})).metadata.resourceVersion;
}

describe('a watch', () => {
  it('begins after a revision and misses nothing', () => {
    const world = newWorld();
    const resourceVersion = rvOfList(world);
    create(world, configMap('a'));
    label(world, 'a', 'yes');
    const watch = world.watch(CONFIG_MAPS, 'default', { resourceVersion });
    world.must(deleteRequest(CONFIG_MAPS, 'default', 'a'));
    world.run(0.1);
    expect(told(world.events(watch))).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    const versions = world.events(watch).map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  });

  it('without a revision, or from 0, begins with what there is', () => {
    const world = newWorld();
    create(world, configMap('b'));
    create(world, configMap('a'));
    expect(told(world.events(world.watch(CONFIG_MAPS, 'default')))).toEqual(['ADDED a', 'ADDED b']);
    expect(told(world.events(world.watch(CONFIG_MAPS, 'default', { resourceVersion: '0' })))).toEqual(['ADDED a', 'ADDED b']);
  });

  it('streams a list that ends in a bookmark', () => {
    const world = newWorld();
    create(world, configMap('a'));
    const options = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true };
    const events = world.events(world.watch(CONFIG_MAPS, 'default', options));
    expect(told(events)).toEqual(['ADDED a', 'BOOKMARK ']);
    expect(events[1]?.object).toEqual({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: rvOfList(world), annotations: { 'k8s.io/initial-events-end': 'true' } } });
  });

  it('sees objects come and go by their labels', () => {
    const world = newWorld();
    create(world, configMap('a', { on: 'yes' }));
    const watch = world.watch(CONFIG_MAPS, 'default', { resourceVersion: rvOfList(world), labelSelector: 'on=yes' });
    const off = label(world, 'a', 'no');
    label(world, 'a', 'never');
    label(world, 'a', 'yes');
    world.must(deleteRequest(CONFIG_MAPS, 'default', 'a'));
    world.run(0.1);
    const events = world.events(watch);
    expect(told(events)).toEqual(['DELETED a', 'ADDED a', 'DELETED a']);
    // What vanishes is told as it last matched, at the revision of the change.
    expect(events[0]?.object.metadata).toMatchObject({ labels: { on: 'yes' }, resourceVersion: off.metadata.resourceVersion });
  });

  it('by node sees a pod from its binding on and costs other nodes nothing', () => {
    const world = newWorld();
    const watches = ['n1', 'n2', ''].map((node) => world.watch(PODS, '', { resourceVersion: '0', fieldSelector: `spec.nodeName=${node}` }));
    create(world, pod('p'));
    world.must(createRequest(PODS, { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } }, 'default', 'binding', 'p'));
    world.must(patchRequest(PODS, 'default', 'p', 'strategic', { status: { phase: 'Running' } }, 'status'));
    world.run(0.1);
    expect(watches.map((watch) => told(world.events(watch)))).toEqual([['ADDED p', 'MODIFIED p'], [], ['ADDED p', 'DELETED p']]);
  });

  it('gives every watcher the very same object', () => {
    const world = newWorld();
    const watches = [world.watch(CONFIG_MAPS, 'default', { resourceVersion: '0' }), world.watch(CONFIG_MAPS, '', { resourceVersion: '0' })];
    const made = create(world, configMap('a'));
    world.run(0.1);
    const [one, other] = watches.map((watch) => world.events(watch)[0]?.object);
    expect(one).toBe(made);
    expect(other).toBe(made);
  });

  it('too far in the past is expired', () => {
    const world = newWorld();
    const resourceVersion = rvOfList(world);
    for (let i = 0; i < 150; i++) create(world, configMap(`old-${i}`));
    world.run(100);
    create(world, configMap('new'));
    const watch = world.watch(CONFIG_MAPS, 'default', { resourceVersion });
    const [event] = world.events(watch);
    expect(event?.event).toBe('ERROR');
    expect(event?.object).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired', message: expect.stringMatching(new RegExp(`^too old resource version: ${resourceVersion} \\(\\d+\\)$`)) as string });
    expect(world.hasEnded(watch)).toBe(true);
  });

  it('is refused when its options do not fit', () => {
    const world = newWorld();
    const refusal = (options: object): unknown => world.refusal(world.watch(CONFIG_MAPS, 'default', options))?.body;
    expect(refusal({ labelSelector: 'a b' })).toMatchObject({ code: 400 });
    expect(refusal({ resourceVersion: 'abc' })).toMatchObject({ code: 500 });
    expect(refusal({ sendInitialEvents: true })).toMatchObject({ message: 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan' });
  });

  it('ends when its time is over, and gets bookmarks before', () => {
    const world = newWorld();
    const short = world.watch(CONFIG_MAPS, 'default', { timeoutSeconds: 1 });
    const long = world.watch(CONFIG_MAPS, 'default', { allowWatchBookmarks: true });
    world.run(2);
    expect([world.hasEnded(short), world.hasEnded(long)]).toEqual([true, false]);
    const made = create(world, configMap('a'));
    world.run(70);
    expect(told(world.events(short))).toEqual([]);
    expect(world.events(long).map(({ event, object }) => [event, object.metadata.resourceVersion])).toEqual([['ADDED', made.metadata.resourceVersion], ['BOOKMARK', made.metadata.resourceVersion]]);
    world.run(3600);
    expect(world.hasEnded(long)).toBe(true);
  });

  it('keeps informers up to date', () => {
    const world = newWorld();
    create(world, configMap('a'));
    world.inform({ name: 'configmaps', gvr: CONFIG_MAPS });
    world.run(1);
    create(world, configMap('b'));
    world.must(deleteRequest(CONFIG_MAPS, 'default', 'a'));
    world.run(1);
    const informer = world.client.client.informer('configmaps');
    expect([informer.synced, [...informer.objects.keys()]]).toEqual([true, ['default/b']]);
  });
});
