import { beforeAll, describe, expect, test } from 'vitest';
import type { ApiRequest } from '../sim/apiserver/messages.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import { TestCluster } from '../testing/clusters.ts';

const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd]}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}, parts: {type: array, items: {type: string}}}}}}}
`;
const widget = (name: string, size: number, kind = 'Widget'): string => `apiVersion: example.org/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {size: ${size}, parts: [a]}\n`;
const noMatch = (name: string, kind: string): string =>
  `resource mapping not found for name: "${name}" namespace: "" from "file.yaml": no matches for kind "${kind}" in version "example.org/v1"\nensure CRDs are installed first\n`;

/** The requests of kubectl since a message. */
function requestsSince(cluster: TestCluster, first: number): readonly string[] {
  const { kernel } = cluster.session;
  const found: string[] = [];
  for (let id = first; id <= kernel.lastId; id++) {
    const entry = kernel.trace.get(id);
    if (entry?.body.type !== 'api-request' || kernel.actorId(entry.from) !== 'kubectl') continue;
    const { verb, resource, name, patchType } = entry.body as ApiRequest;
    found.push([verb, resource, name, patchType].filter(Boolean).join(' '));
  }
  return found;
}

describe('custom resources', () => {
  let cluster: TestCluster;
  beforeAll(() => { cluster = new TestCluster(1, 1); });

  test('an object beside its new definition is not mapped, the rest of the file is applied', () => {
    const since = cluster.session.kernel.lastId;
    expect(cluster.apply(`${DEFINITION}---\n${widget('a', 1)}`)).toMatchObject({
      stdout: 'customresourcedefinition.apiextensions.k8s.io/widgets.example.org created\n', stderr: `error: ${noMatch('a', 'Widget')}`, exitCode: 1, problems: [{ document: 1, field: 'kind' }],
    });
    expect(requestsSince(cluster, since).slice(0, 2)).toEqual(['get /apis', 'get customresourcedefinitions widgets.example.org']);
  });

  test('once defined, it is created, changed by a merge patch, and left alone', () => {
    expect(cluster.apply(widget('a', 1))).toMatchObject({ stdout: 'widget.example.org/a created\n', stderr: '', exitCode: 0 });
    const since = cluster.session.kernel.lastId;
    expect(cluster.apply(widget('a', 2))).toMatchObject({ stdout: 'widget.example.org/a configured\n', exitCode: 0 });
    expect(requestsSince(cluster, since)).toEqual(['get /apis', 'get widgets a', 'patch widgets a merge']);
    expect(cluster.apply(widget('a', 2))).toMatchObject({ stdout: 'widget.example.org/a unchanged\n' });
    expect(cluster.stored<ApiObject>('example.org/widgets')).toMatchObject([{ kind: 'Widget', metadata: { name: 'a', namespace: 'default' }, spec: { size: 2 } }]);
  });

  test('several kinds that do not exist are told together', () => {
    expect(cluster.apply(`${widget('b', 1)}---\n${widget('c', 1, 'Gadget')}---\n${widget('d', 1, 'Gizmo')}`)).toMatchObject({
      stdout: 'widget.example.org/b created\n', stderr: noMatch('c', 'Gadget') + noMatch('d', 'Gizmo'), exitCode: 1,
    });
  });

  test('is deleted by any of its names', () => {
    expect(cluster.kubectl(['delete', 'wd', 'a'])).toMatchObject({ stdout: 'widget.example.org "a" deleted from default namespace\n', exitCode: 0 });
    expect(cluster.kubectl(['delete', 'widgets.example.org/b'])).toMatchObject({ exitCode: 0 });
    expect(cluster.stored('example.org/widgets')).toEqual([]);
    expect(cluster.kubectl(['delete', 'gadgets', 'a'])).toMatchObject({ stderr: 'error: the server doesn\'t have a resource type "gadgets"\n', exitCode: 1 });
  });

  test('a world of built-in kinds is not asked what it serves', () => {
    const since = cluster.session.kernel.lastId;
    cluster.apply('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n');
    expect(requestsSince(cluster, since)).toEqual(['get configmaps c', 'create configmaps']);
  });
});
