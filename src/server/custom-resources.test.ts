import { describe, expect, it } from 'vitest';
import type { ApiObject, GroupVersionResource } from '../sim/api/meta.ts';
import type { ApiRequest, ApiResponse } from '../sim/apiserver/messages.ts';
import { WorldServer } from './world-server.ts';

const CRDS: GroupVersionResource = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const WIDGETS: GroupVersionResource = { group: 'example.org', version: 'v1', resource: 'widgets' };
const CONFIG_MAPS: GroupVersionResource = { group: '', version: 'v1', resource: 'configmaps' };
const NAMESPACES: GroupVersionResource = { group: '', version: 'v1', resource: 'namespaces' };
const S = 1_000_000;

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.org' },
  spec: {
    group: 'example.org', scope: 'Namespaced', names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

class World {
  readonly server = new WorldServer({ seed: 1, components: ['apiserver', 'controller-manager'], options: {}, nodes: [] });

  ask(verb: ApiRequest['verb'], { group, version, resource }: GroupVersionResource, namespace: string, name: string, more: Partial<ApiRequest> = {}): ApiResponse {
    let answer: ApiResponse | undefined;
    this.server.send({
      type: 'api-request', verb, group, version, resource, subresource: '', namespace, name, options: {}, patchType: undefined, body: undefined,
      credentials: { user: 'admin', groups: ['system:masters'] }, userAgent: 'test', ...more,
    }, (output) => {
      if (output.type === 'api-response') answer = output;
    });
    if (!answer) throw new Error('no answer');
    return answer;
  }

  make(gvr: GroupVersionResource, namespace: string, body: object): ApiObject {
    const { code, body: made } = this.ask('create', gvr, namespace, '', { body });
    if (code !== 201) throw new Error(JSON.stringify(made));
    return made as ApiObject;
  }

  has(gvr: GroupVersionResource, namespace: string, name: string): boolean {
    return this.ask('get', gvr, namespace, name).code === 200;
  }

  defined(): this {
    this.make(CRDS, '', definition);
    this.server.advance(S);
    return this;
  }
}

const widget = (name: string, owners: readonly ApiObject[] = []): object => ({ apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name, ownerReferences: owners.map(referenceTo) } });
const configMap = (name: string, owners: readonly ApiObject[] = []): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ownerReferences: owners.map(referenceTo) } });

function referenceTo({ apiVersion, kind, metadata: { name, uid } }: ApiObject): object {
  return { apiVersion, kind, name, uid };
}

describe('the garbage collector', () => {
  it('collects what custom resources own, and custom resources that are owned', () => {
    const world = new World().defined();
    const root = world.make(WIDGETS, 'default', widget('root'));
    const middle = world.make(CONFIG_MAPS, 'default', configMap('middle', [root]));
    world.make(WIDGETS, 'default', widget('leaf', [middle]));
    world.server.advance(5 * S);
    expect(world.has(WIDGETS, 'default', 'leaf')).toBe(true);
    expect(world.ask('delete', WIDGETS, 'default', 'root').code).toBe(200);
    world.server.advance(5 * S);
    expect([world.has(CONFIG_MAPS, 'default', 'middle'), world.has(WIDGETS, 'default', 'leaf')]).toEqual([false, false]);
  });

  it('orphans custom resources with a JSON merge patch', () => {
    const world = new World().defined();
    const root = world.make(CONFIG_MAPS, 'default', configMap('root'));
    world.make(WIDGETS, 'default', widget('kid', [root]));
    world.server.advance(2 * S);
    world.ask('delete', CONFIG_MAPS, 'default', 'root', { body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Orphan' } });
    world.server.advance(5 * S);
    expect(world.has(CONFIG_MAPS, 'default', 'root')).toBe(false);
    expect((world.ask('get', WIDGETS, 'default', 'kid').body as ApiObject).metadata.ownerReferences).toBeUndefined();
  });

  it('forgets custom resources with their definition, and learns them again', () => {
    const world = new World().defined();
    world.make(WIDGETS, 'default', widget('a'));
    world.ask('delete', CRDS, '', 'widgets.example.org');
    world.server.advance(10 * S);
    expect(world.has(CRDS, '', 'widgets.example.org')).toBe(false);
    world.defined();
    const root = world.make(WIDGETS, 'default', widget('root'));
    world.make(WIDGETS, 'default', widget('kid', [root]));
    world.ask('delete', WIDGETS, 'default', 'root');
    world.server.advance(5 * S);
    expect(world.has(WIDGETS, 'default', 'kid')).toBe(false);
  });
});

describe('the namespace controller', () => {
  it('empties a namespace of its custom resources', () => {
    const world = new World().defined();
    world.make(NAMESPACES, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } });
    world.make(WIDGETS, 'x', widget('a'));
    world.make(WIDGETS, 'default', widget('b'));
    world.ask('delete', NAMESPACES, '', 'x');
    world.server.advance(20 * S);
    expect([world.has(NAMESPACES, '', 'x'), world.has(WIDGETS, 'x', 'a'), world.has(WIDGETS, 'default', 'b')]).toEqual([false, false, true]);
  });

  it('empties many namespaces at once: it may ask more than other controllers', () => {
    const world = new World();
    const names = Array.from({ length: 25 }, (_, i) => `x${i}`);
    for (const name of names) world.make(NAMESPACES, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const name of names) world.ask('delete', NAMESPACES, '', name);
    world.server.advance(15 * S);
    expect(names.filter((name) => world.has(NAMESPACES, '', name))).toEqual([]);
  });
});
