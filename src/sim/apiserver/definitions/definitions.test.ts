import { describe, expect, it } from 'vitest';
import type { APIService, CustomResourceDefinition, CustomResourceDefinitionVersion } from '../../api/generated/types.ts';
import { allKinds } from '../../api/kinds/index.ts';
import type { ApiObject } from '../../api/meta.ts';
import { createRequest, deleteRequest, getRequest, listRequest, updateRequest } from '../../client/requests.ts';
import { API_SERVER } from '../messages.ts';
import type { ApiRequest, ApiResponse } from '../messages.ts';
import { openApi } from '../openapi/index.ts';
import { TestWorld } from '../testing.ts';

const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const widgets = (version = 'v1') => ({ group: 'example.org', version, resource: 'widgets' });

function definition(versions: CustomResourceDefinition['spec']['versions'], plural = 'widgets', kind = 'Widget'): CustomResourceDefinition {
  const names = { plural, singular: plural.slice(0, -1), kind, listKind: `${kind}List` };
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.example.org` }, spec: { group: 'example.org', scope: 'Namespaced', names, versions } };
}
const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } } };
const stored = { name: 'v1', served: true, storage: true, schema };
const other = (name: string, served = true): CustomResourceDefinitionVersion => ({ name, served, storage: false, schema });
const widget = (name: string, version = 'v1', more: object = {}) => ({ apiVersion: `example.org/${version}`, kind: 'Widget', metadata: { name, ...more }, spec: { size: 1 } });
const conditionsOf = (object: ApiObject): unknown => (object as CustomResourceDefinition).status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason ?? ''}`);
const messageOf = ({ code, body }: ApiResponse): string => `${code} ${String((body as { readonly message?: string }).message)}`;

function newWorld(): TestWorld {
  return new TestWorld(allKinds, [], {}, { openApi });
}

function documentRequest(path: string) {
  return { verb: 'get' as ApiRequest['verb'], gvr: { group: '', version: '', resource: '' }, subresource: '', namespace: '', name: path, options: {}, patchType: undefined, body: undefined };
}

describe('definitions', () => {
  it('are established, and then serve their objects in all versions', () => {
    const world = newWorld();
    world.must(createRequest(CRDS, definition([stored, other('v2')]), ''));
    world.run(1);
    expect(conditionsOf(world.must(getRequest(CRDS, '', 'widgets.example.org')))).toEqual(['NamesAccepted True NoConflicts', 'Established True InitialNamesAccepted']);
    const watch = world.watch(widgets('v2'), 'default', { resourceVersion: '0' });
    const made = world.must(createRequest(widgets(), widget('a'), 'default'));
    expect(world.must(getRequest(widgets('v2'), 'default', 'a'))).toEqual({ ...made, apiVersion: 'example.org/v2' });
    expect(world.must<{ readonly items: readonly unknown[]; readonly kind: string }>(listRequest(widgets('v2'), 'default', {}))).toMatchObject({ kind: 'WidgetList', items: [{ apiVersion: 'example.org/v2' }] });
    expect(world.events(watch).map(({ event, object }) => `${event} ${object.apiVersion} ${object.metadata.name}`)).toEqual(['ADDED example.org/v2 a']);
    expect(world.kernel.stateOf(API_SERVER)).toMatchObject({ scheme: { custom: [{ version: 'v1' }, { version: 'v2' }] } });
  });

  it('let a request wait that comes before their objects are known', () => {
    const codes = new Set<number>();
    for (let afterUs = 0; afterUs < 30_000; afterUs += 1000) {
      const world = newWorld();
      world.must(createRequest(CRDS, definition([stored]), ''));
      world.run(afterUs / 1_000_000);
      codes.add(world.ask(createRequest(widgets(), widget('a'), 'default')).code);
    }
    expect([...codes].toSorted((a, b) => a - b)).toEqual([201, 404]);
  });

  it('join discovery while they are there', () => {
    const world = newWorld();
    expect(world.ask(documentRequest('/apis/example.org')).body).toEqual({ plainText: '404 page not found\n' });
    world.must(createRequest(CRDS, definition([stored, other('v2beta1'), other('v0', false)]), ''));
    world.run(1);
    expect(world.ask(documentRequest('/apis/example.org')).body).toMatchObject({ versions: [{ version: 'v1' }, { version: 'v2beta1' }], preferredVersion: { version: 'v1' } });
    expect(world.ask(documentRequest('/apis/example.org/v1')).body).toMatchObject({ resources: [{ name: 'widgets', kind: 'Widget', namespaced: true }] });
    expect(world.ask(getRequest(widgets('v0'), 'default', 'a')).body).toEqual({ plainText: '404 page not found\n' });
  });

  it('are registered with the aggregation layer, each version that they serve', () => {
    const world = newWorld();
    const services = (): readonly string[] => world.must<{ readonly items: readonly APIService[] } & ApiObject>(listRequest({ group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices' }, '', {})).items
      .filter(({ metadata }) => metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'] === 'true').map(({ metadata, status }) => `${metadata.name} ${status?.conditions?.[0]?.reason}`);
    const made = world.must(createRequest(CRDS, definition([stored, other('v2'), other('v0', false)]), ''));
    world.run(1);
    expect(services()).toEqual(['v1.example.org Local', 'v2.example.org Local']);
    const current = world.must<CustomResourceDefinition>(getRequest(CRDS, '', made.metadata.name ?? ''));
    world.must(updateRequest(CRDS, { ...current, spec: { ...current.spec, versions: [stored] } } as ApiObject));
    world.run(1);
    expect(services()).toEqual(['v1.example.org Local']);
    world.must(deleteRequest(CRDS, '', 'widgets.example.org'));
    world.run(1);
    expect(services()).toEqual([]);
  });

  it('are told by OpenAPI with their own schemas', () => {
    const world = newWorld();
    const described = { openAPIV3Schema: { type: 'object', description: 'A widget.', properties: { size: { type: 'integer' } } } };
    world.must(createRequest(CRDS, definition([{ ...stored, schema: described }]), ''));
    world.run(1);
    const document = world.ask(documentRequest('/openapi/v3/apis/example.org/v1')).body as unknown as { readonly paths: object; readonly components: { readonly schemas: Readonly<Record<string, object>> } };
    expect(Object.keys(document.paths)).toEqual(['/apis/example.org/v1/namespaces/{namespace}/widgets', '/apis/example.org/v1/namespaces/{namespace}/widgets/{name}', '/apis/example.org/v1/widgets']);
    expect(document.components.schemas['org.example.v1.Widget']).toMatchObject({ description: 'A widget.', properties: { size: { type: 'integer' }, kind: { type: 'string' } } });
    expect(document.components.schemas['org.example.v1.WidgetList']).toMatchObject({ required: ['items'] });
    expect(document.components.schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']).toBeDefined();
  });

  it('say in version 2 of OpenAPI only what clients that know no more can work with', () => {
    const world = newWorld();
    const keeps = { 'x-kubernetes-preserve-unknown-fields': true };
    const described = {
      openAPIV3Schema: {
        type: 'object', required: ['size'], properties: {
          size: { type: 'integer', nullable: true }, free: { type: 'object', properties: { known: { type: 'string' } }, ...keeps },
          port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
          list: { type: 'array', items: { type: 'object', properties: { deep: { type: 'string', nullable: true } } } },
          pod: { type: 'object', properties: { spec: { type: 'object' } }, 'x-kubernetes-embedded-resource': true },
        },
      },
    };
    world.must(createRequest(CRDS, definition([{ ...stored, schema: described }]), ''));
    world.must(createRequest(CRDS, definition([{ ...stored, schema: { openAPIV3Schema: { type: 'object', properties: { known: { type: 'string' } }, ...keeps } } }], 'gadgets', 'Gadget'), ''));
    world.run(1);
    const { definitions } = world.ask(documentRequest('/openapi/v2')).body as unknown as { readonly definitions: Readonly<Record<string, { readonly properties?: Readonly<Record<string, object>>; readonly required?: object }>> };
    const gvk = (kind: string): object => ({ 'x-kubernetes-group-version-kind': [{ group: 'example.org', version: 'v1', kind }] });
    expect(definitions['org.example.v1.Gadget']).toEqual({ type: 'object', ...gvk('Gadget') });
    const { properties, ...rest } = definitions['org.example.v1.Widget'] ?? {};
    expect(rest).toEqual({ type: 'object', ...gvk('Widget') });
    expect(properties).toMatchObject({ apiVersion: { type: 'string' }, metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' } });
    expect([properties?.['size'], properties?.['free'], properties?.['port'], properties?.['list']]).toEqual([
      {}, keeps, { 'x-kubernetes-int-or-string': true }, { type: 'array', items: { type: 'object', properties: { deep: {} } } },
    ]);
    expect(properties?.['pod']).toMatchObject({ required: ['kind', 'apiVersion'], properties: { kind: { type: 'string' } } });
  });

  it('that keep unknown fields let them be applied', () => {
    const world = newWorld();
    const open = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } }, 'x-kubernetes-preserve-unknown-fields': true } }, 'x-kubernetes-preserve-unknown-fields': true } };
    world.must(createRequest(CRDS, definition([{ ...stored, schema: open }]), ''));
    world.run(1);
    const applied = { ...widget('a'), spec: { size: 1, more: { a: 'b' }, list: [1] }, extra: { c: {} } };
    const object = world.must({ ...updateRequest(widgets(), { ...applied, metadata: { name: 'a', namespace: 'default' } } as ApiObject), verb: 'patch', patchType: 'apply', options: { fieldManager: 'me' } });
    expect(object).toMatchObject({ spec: applied.spec, extra: applied.extra });
    expect(object.metadata.managedFields?.[0]?.fieldsV1).toEqual({
      'f:spec': { 'f:size': {}, 'f:more': { '.': {}, 'f:a': {} }, 'f:list': {} }, 'f:extra': { '.': {}, 'f:c': {} },
    });
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
