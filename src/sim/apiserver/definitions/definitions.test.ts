import { describe, expect, it } from 'vitest';
import type { ConfigMap, CustomResourceDefinition } from '../../api/generated/types.ts';
import type { Kind } from '../../api/kind.ts';
import { defineKind } from '../../api/kinds/define.ts';
import { allKinds } from '../../api/kinds/index.ts';
import type { ApiObject } from '../../api/meta.ts';
import { subdomainName } from '../../api/validation/names.ts';
import { createRequest, deleteRequest, getRequest, listRequest, updateRequest } from '../../client/requests.ts';
import { API_SERVER } from '../messages.ts';
import type { ApiRequest, ApiResponse } from '../messages.ts';
import { TestWorld } from '../testing.ts';

const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const widgets = (version = 'v1') => ({ group: 'example.org', version, resource: 'widgets' });

/** Definitions as far as serving them goes: the server itself writes their status. */
const definitionKind = defineKind<CustomResourceDefinition>({
  group: CRDS.group, version: 'v1', kind: 'CustomResourceDefinition', plural: CRDS.resource, namespaced: false, subresources: ['status'],
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition', nameRule: subdomainName, generation: ['spec'], anyFinalizers: true,
  validateUpdate: () => undefined,
  status: { prepareForUpdate: (next, old) => ({ ...next, spec: old.spec }), validateUpdate: () => undefined },
});

/** Custom resources with the content of ConfigMaps; all versions but the stored one only differ in their name. */
function kindsOf({ spec }: CustomResourceDefinition): readonly Kind[] {
  return spec.versions.map(({ name, storage, served }) => {
    const apiVersion = `${spec.group}/${spec.versions.find((version) => version.storage)?.name ?? ''}`;
    const own = `${spec.group}/${name}`;
    const storedAs = { apiVersion, kind: spec.names.kind, toStored: (object: ApiObject) => ({ ...object, apiVersion }), fromStored: (object: ApiObject) => ({ ...object, apiVersion: own }) as Widget };
    return defineKind<Widget>({
      group: spec.group, version: name, kind: spec.names.kind as 'ConfigMap', plural: spec.names.plural, namespaced: spec.scope === 'Namespaced', schema: 'io.k8s.api.core.v1.ConfigMap',
      nameRule: subdomainName, validateUpdate: () => undefined, ...(served ? {} : { verbs: [] }), ...(storage ? {} : { storedAs }),
    });
  });
}
type Widget = ConfigMap;

function definition(versions: CustomResourceDefinition['spec']['versions'], plural = 'widgets', kind = 'Widget'): CustomResourceDefinition {
  const names = { plural, singular: plural.slice(0, -1), kind, listKind: `${kind}List` };
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.example.org` }, spec: { group: 'example.org', scope: 'Namespaced', names, versions } };
}
const stored = { name: 'v1', served: true, storage: true };
const widget = (name: string, version = 'v1', more: object = {}) => ({ apiVersion: `example.org/${version}`, kind: 'Widget', metadata: { name, ...more }, data: { k: 'v' } });
const conditionsOf = (object: ApiObject): unknown => (object as CustomResourceDefinition).status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason ?? ''}`);
const messageOf = ({ code, body }: ApiResponse): string => `${code} ${String((body as { readonly message?: string }).message)}`;

function newWorld(): TestWorld {
  return new TestWorld([...allKinds.filter(({ kind }) => kind !== 'CustomResourceDefinition'), definitionKind], [], {}, { customKinds: kindsOf });
}

function documentRequest(path: string) {
  return { verb: 'get' as ApiRequest['verb'], gvr: { group: '', version: '', resource: '' }, subresource: '', namespace: '', name: path, options: {}, patchType: undefined, body: undefined };
}

describe('definitions', () => {
  it('are established, and then serve their objects in all versions', () => {
    const world = newWorld();
    world.must(createRequest(CRDS, definition([stored, { name: 'v2', served: true, storage: false }]), ''));
    world.run(1);
    expect(conditionsOf(world.must(getRequest(CRDS, '', 'widgets.example.org')))).toEqual(['NamesAccepted True NoConflicts', 'Established True InitialNamesAccepted']);
    const watch = world.watch(widgets('v2'), 'default', { resourceVersion: '0' });
    const made = world.must(createRequest(widgets(), widget('a'), 'default'));
    expect(world.must(getRequest(widgets('v2'), 'default', 'a'))).toEqual({ ...made, apiVersion: 'example.org/v2' });
    expect(world.must<{ readonly items: readonly unknown[]; readonly kind: string }>(listRequest(widgets('v2'), 'default', {}))).toMatchObject({ kind: 'WidgetList', items: [{ apiVersion: 'example.org/v2' }] });
    expect(world.events(watch).map(({ event, object }) => `${event} ${object.apiVersion} ${object.metadata.name}`)).toEqual(['ADDED example.org/v2 a']);
    expect(world.kernel.stateOf(API_SERVER)).toMatchObject({ scheme: { custom: [{ version: 'v1' }, { version: 'v2' }] } });
  });

  it('join discovery while they are there', () => {
    const world = newWorld();
    expect(world.ask(documentRequest('/apis/example.org')).body).toEqual({ plainText: '404 page not found\n' });
    world.must(createRequest(CRDS, definition([stored, { name: 'v2beta1', served: true, storage: false }, { name: 'v0', served: false, storage: false }]), ''));
    world.run(1);
    expect(world.ask(documentRequest('/apis/example.org')).body).toMatchObject({ versions: [{ version: 'v1' }, { version: 'v2beta1' }], preferredVersion: { version: 'v1' } });
    expect(world.ask(documentRequest('/apis/example.org/v1')).body).toMatchObject({ resources: [{ name: 'widgets', kind: 'Widget', namespaced: true }] });
    expect(world.ask(getRequest(widgets('v0'), 'default', 'a')).body).toEqual({ plainText: '404 page not found\n' });
  });

  it('cannot have names that are taken, until they are given back', () => {
    const world = newWorld();
    world.must(createRequest(CRDS, definition([stored]), ''));
    world.run(1);
    world.must(createRequest(CRDS, definition([stored], 'gadgets'), ''));
    world.run(1);
    const second = world.must<CustomResourceDefinition>(getRequest(CRDS, '', 'gadgets.example.org'));
    expect(conditionsOf(second)).toEqual(['NamesAccepted False ListKindConflict', 'Established False NotAccepted']);
    expect(second.status?.acceptedNames).toMatchObject({ plural: 'gadgets', singular: 'gadget', kind: '' });
    world.must(deleteRequest(CRDS, '', 'widgets.example.org'));
    world.run(1);
    expect(conditionsOf(world.must(getRequest(CRDS, '', 'gadgets.example.org')))).toEqual(['NamesAccepted True NoConflicts', 'Established True InitialNamesAccepted']);
  });

  it('go when their objects have gone', () => {
    const world = newWorld();
    world.must(createRequest(CRDS, definition([stored]), ''));
    world.run(1);
    world.must(createRequest(widgets(), widget('a'), 'default'));
    const held = world.must(createRequest(widgets(), widget('held', 'v1', { finalizers: ['example.org/x'] }), 'default'));
    expect(conditionsOf(world.must(deleteRequest(CRDS, '', 'widgets.example.org')))).toContain('Terminating True InstanceDeletionPending');
    world.run(1);
    expect(world.ask(getRequest(widgets(), 'default', 'a')).code).toBe(404);
    expect(conditionsOf(world.must(getRequest(CRDS, '', 'widgets.example.org')))).toContain('Terminating True InstanceDeletionInProgress');
    expect(messageOf(world.ask(createRequest(widgets(), widget('late'), 'default')))).toBe('403 widgets.example.org "late" is forbidden: create not allowed while custom resource definition is terminating');
    const watch = world.watch(widgets(), 'default', { resourceVersion: '0' });
    const current = world.must(getRequest(widgets(), 'default', 'held'));
    world.must(updateRequest(widgets(), { ...current, metadata: { ...current.metadata, finalizers: [] } }));
    world.run(1);
    expect(held.metadata.name).toBe('held');
    expect(world.ask(getRequest(CRDS, '', 'widgets.example.org')).code).toBe(404);
    expect(world.ask(getRequest(widgets(), 'default', 'held')).body).toEqual({ plainText: '404 page not found\n' });
    expect(world.hasEnded(watch)).toBe(true);
  });

  it('are served again after a restart', () => {
    const world = newWorld();
    world.must(createRequest(CRDS, definition([stored]), ''));
    world.run(1);
    world.must(createRequest(widgets(), widget('a'), 'default'));
    world.kernel.halt(API_SERVER);
    world.kernel.spawn(API_SERVER, undefined, 0);
    world.run(1);
    expect(world.must(getRequest(widgets(), 'default', 'a')).metadata.name).toBe('a');
  });
});
