import { expect, it } from 'vitest';
import { allKinds } from '../api/kinds/index.ts';
import { CONFIG_MAPS } from '../api/resources.ts';
import type { Identity } from '../client/client.ts';
import { createRequest } from '../client/requests.ts';
import type { RequestSpec } from '../client/requests.ts';
import { ADMIN, TestWorld } from './testing.ts';

const page = (path: string): RequestSpec => ({ verb: 'get', gvr: { group: '', version: '', resource: '' }, subresource: '', namespace: '', name: path, options: {}, patchType: undefined, body: undefined });
const textOf = (world: TestWorld, path: string, identity: Identity = ADMIN): string => (world.ask(page(path), identity).body as unknown as { readonly plainText: string }).plainText;

it('/metrics counts stored objects and open watches', () => {
  const world = new TestWorld(allKinds);
  for (const name of ['a', 'b']) world.must(createRequest(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }, 'default'));
  world.watch(CONFIG_MAPS, 'default');
  world.watch(CONFIG_MAPS, 'default');
  world.watch(CONFIG_MAPS, '');
  const lines = textOf(world, '/metrics').split('\n');
  expect(lines).toEqual(expect.arrayContaining([
    '# TYPE apiserver_resource_objects gauge', 'apiserver_resource_objects{group="",resource="configmaps"} 2', 'apiserver_resource_objects{group="apps",resource="deployments"} 0',
    'apiserver_storage_objects{resource="configmaps"} 2', 'apiserver_storage_objects{resource="deployments.apps"} 0',
    'apiserver_longrunning_requests{component="apiserver",group="",resource="configmaps",scope="namespace",subresource="",verb="WATCH",version="v1"} 2',
    'apiserver_longrunning_requests{component="apiserver",group="",resource="configmaps",scope="cluster",subresource="",verb="WATCH",version="v1"} 1',
  ]));
  expect(lines.filter((line) => line !== '' && !/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+\{([a-z_]+="[^"]*",?)+\} -?\d+)$/.test(line))).toEqual([]);
  expect(textOf(world, '/metrics/slis')).toContain('kubernetes_healthcheck{name="etcd",type="livez"} 1\n');
});

it('/metrics is for those whom a role lets read it', () => {
  const world = new TestWorld(allKinds);
  world.run(1);
  expect(world.ask(page('/metrics'), { ...ADMIN, credentials: { user: 'anna', groups: [] } }).body).toMatchObject({ code: 403, message: 'forbidden: User "anna" cannot get path "/metrics"' });
  expect(textOf(world, '/metrics', { ...ADMIN, credentials: { user: 'prometheus', groups: ['system:monitoring'] } })).toContain('kubernetes_build_info');
});
