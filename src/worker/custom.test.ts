import { expect, test } from 'vitest';
import { WorldHost } from './host.ts';
import type { Query, Reply, Update } from './protocol.ts';

const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`;
const KEY = 'widgets.example.org/default/a';
const WIDGET = 'apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: 1}\n';
const host = new WorldHost({ seed: 1, nodes: [{ name: 'node-1', cpu: '4', memory: '8Gi', pods: 110, zone: 'a' }], options: {} });

function kubectl(args: readonly string[], text = ''): readonly Update[] {
  return [
    host.handle({ type: 'input', input: { type: 'kubectl', args, files: [{ name: 'x.yaml', text }] } }),
    host.handle({ type: 'advance', us: 5_000_000, maxMessages: 100_000 }),
  ].map((reply) => {
    if (reply.type !== 'update') throw new Error(`answered with ${reply.type}`);
    return reply;
  });
}
const apply = (text: string): readonly Update[] => kubectl(['apply', '-f', 'x.yaml'], text);
const ask = (query: Query): Reply => host.handle({ type: 'query', query });

test('custom resources are in the picture like other objects, from their creation to their end', () => {
  host.handle({ type: 'advance', us: 20_000_000, maxMessages: 1_000_000 });
  apply(DEFINITION);
  const summaries = apply(WIDGET).flatMap(({ objects }) => objects);
  expect(summaries).toContainEqual(expect.objectContaining({ key: KEY, kind: 'Widget', namespace: 'default', name: 'a', brief: '' }));
  expect(ask({ type: 'find', text: 'widgets.example.org/', limit: 5 })).toEqual({ type: 'find', matches: [{ key: KEY, kind: 'widgets.example.org', namespace: 'default', name: 'a' }] });

  const found = ask({ type: 'object', key: KEY });
  if (found.type !== 'object') throw new Error(found.type);
  expect(found.object).toMatchObject({ apiVersion: 'example.org/v1', kind: 'Widget', spec: { size: 1 } });

  apply(WIDGET.replace('size: 1', 'size: 2'));
  const uid = found.object?.metadata.uid ?? '';
  apply(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: child, ownerReferences: [{apiVersion: example.org/v1, kind: Widget, name: a, uid: ${uid}, controller: true}]}\n`);
  expect(ask({ type: 'object', key: 'configmaps/default/child' })).toMatchObject({ owners: [{ key: KEY, kind: 'Widget', name: 'a' }] });
  expect(ask({ type: 'object', key: KEY })).toMatchObject({ dependents: [{ key: 'configmaps/default/child' }] });
  expect(ask({ type: 'objectHistory', key: KEY })).toMatchObject({ versions: [{ object: { spec: { size: 1 } } }, { object: { spec: { size: 2 } } }] });

  const gone = kubectl(['delete', 'crd', 'widgets.example.org']).flatMap(({ removedObjects }) => removedObjects);
  expect(gone).toEqual(expect.arrayContaining([KEY, 'customresourcedefinitions.apiextensions.k8s.io//widgets.example.org']));
  expect(ask({ type: 'object', key: KEY })).toMatchObject({ object: undefined });
});

test('custom resources show the columns of their definition, and follow it', () => {
  const columns = (...names: readonly string[]): string => DEFINITION.replace('schema:', `additionalPrinterColumns: [${names.map((name) => `{name: ${name}, type: integer, jsonPath: .spec.${name.toLowerCase()}}`).join(', ')}], schema:`);
  apply(columns('Size', 'Weight'));
  apply(WIDGET.replace('size: 1', 'size: 3, weight: 40'));
  const briefs = (updates: readonly Update[]): readonly string[] => updates.flatMap(({ objects }) => objects).filter(({ key }) => key === KEY).map(({ brief }) => brief);
  expect(briefs([host.jumped()])).toEqual(['3']);
  expect(ask({ type: 'object', key: KEY })).toMatchObject({ cells: [{ name: 'Size', value: '3' }, { name: 'Weight', value: '40' }] });
  expect(briefs(apply(columns('Weight')))).toEqual(expect.arrayContaining(['40']));
  expect(ask({ type: 'object', key: 'configmaps/default/kube-root-ca.crt' })).toMatchObject({ cells: [{ name: 'Data', value: '1' }] });
});
