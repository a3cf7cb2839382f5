import { describe, expect, it } from 'vitest';
import type { Actor, Body } from '../kernel/actor.ts';
import { Kernel } from '../kernel/kernel.ts';
import { etcdActor } from '../etcd/actor.ts';
import { allKinds } from '../api/kinds/index.ts';
import type { ConfigMap, Pod } from '../api/generated/types.ts';
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import { CONFIG_MAPS, EVENTS, NAMESPACES, PODS } from '../api/resources.ts';
import { createRequest, deleteRequest, getRequest, listRequest, patchRequest, updateRequest } from '../client/requests.ts';
import type { Identity } from '../client/client.ts';
import { snapshotEntries } from './snapshot.ts';
import { TestWorld } from './testing.ts';

const configMap = (name: string, more: Partial<ConfigMap['metadata']> = {}): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more }, data: { k: 'v' } });
const pod = (name: string, nodeName?: string, more: Partial<Pod['metadata']> = {}): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, ...more }, spec: { containers: [{ name: 'app', image: 'nginx:1.29' }], ...(nodeName === undefined ? {} : { nodeName }) },
});
const withData = (object: ConfigMap, k: string): ConfigMap => ({ ...object, data: { k } });
const listOf = (gvr: GroupVersionResource, options = {}) => listRequest(gvr, 'default', options);
interface List { readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }; readonly items: readonly ApiObject[] }

/** A world whose default namespace has its service account, as the controller would make it. */
function newWorld(): TestWorld {
  const world = new TestWorld(allKinds);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  world.must(createRequest({ group: '', version: 'v1', resource: 'serviceaccounts' }, account, 'default'));
  return world;
}

describe('create', () => {
  it('gives an object its identity and writes it through etcd', () => {
    const world = newWorld();
    const made = world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    expect(made.metadata).toEqual({
      name: 'a', namespace: 'default', uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as string,
      creationTimestamp: '2026-01-01T00:00:01Z', resourceVersion: expect.stringMatching(/^\d+$/) as string,
    });
    expect(world.must(getRequest(CONFIG_MAPS, 'default', 'a'))).toEqual(made);
  });

  it('passes the stages in their real order', () => {
    const world = newWorld();
    world.must(createRequest(PODS, pod('p'), 'default'));
    expect(world.explanationOf('create', 'pods')?.stages.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
      'authentication passed', 'audit skipped', 'impersonation skipped', 'priorityAndFairness passed', 'authorization passed', 'decode changed',
      'mutatingAdmission changed', 'validation passed', 'validatingAdmission passed', 'etcd changed',
    ]);
  });

  it('refuses a name that is taken, and says so when its owner is going', () => {
    const world = newWorld();
    world.must(createRequest(CONFIG_MAPS, configMap('a', { finalizers: ['example.org/wait'] }), 'default'));
    const taken = world.ask(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    expect(taken.body).toMatchObject({ message: 'configmaps "a" already exists', reason: 'AlreadyExists', code: 409, details: { name: 'a', kind: 'configmaps' } });
    world.must(deleteRequest(CONFIG_MAPS, 'default', 'a'));
    expect(world.ask(createRequest(CONFIG_MAPS, configMap('a'), 'default')).body).toMatchObject({ message: 'object is being deleted: configmaps "a" already exists' });
  });

  it('generates names and tries others when one is taken', () => {
    const world = newWorld();
    const generated = { ...configMap(''), metadata: { generateName: 'gen-' } };
    const names = new Set(Array.from({ length: 20 }, () => world.must(createRequest(CONFIG_MAPS, generated, 'default')).metadata.name));
    expect(names.size).toBe(20);
    expect([...names].every((name) => /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name ?? ''))).toBe(true);
  });

  it('refuses what validation finds, as a Status with causes', () => {
    const world = newWorld();
    const { code, body } = world.ask(createRequest(CONFIG_MAPS, configMap('Not Good'), 'default'));
    expect(code).toBe(422);
    expect(body).toMatchObject({ reason: 'Invalid', details: { name: 'Not Good', kind: 'ConfigMap', causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }] } });
  });

  it('refuses namespaces that do not exist or are ending', () => {
    const world = newWorld();
    expect(world.ask(createRequest(CONFIG_MAPS, configMap('a'), 'nowhere')).body).toMatchObject({ message: 'namespaces "nowhere" not found', code: 404 });
    world.must(createRequest(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } }, ''));
    world.must(deleteRequest(NAMESPACES, '', 'ending'));
    expect(world.ask(createRequest(CONFIG_MAPS, configMap('late'), 'ending')).body).toMatchObject({
      code: 403, message: 'configmaps "late" is forbidden: unable to create new content in namespace ending because it is being terminated',
    });
    expect(world.ask(deleteRequest(NAMESPACES, '', 'default')).body).toMatchObject({ message: 'namespaces "default" is forbidden: this namespace may not be deleted' });
  });

  it('waits a while for the default service account of a new namespace', () => {
    const world = newWorld();
    world.must(createRequest(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh' } }, ''));
    const early = world.send(createRequest(PODS, pod('p'), 'fresh'));
    world.run(0.5);
    expect(world.answer(early)).toBeUndefined();
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
    world.must(createRequest({ group: '', version: 'v1', resource: 'serviceaccounts' }, account, 'fresh'));
    world.run(0.5);
    expect(world.answer(early)?.code).toBe(201);
    world.must(createRequest(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bare' } }, ''));
    expect(world.ask(createRequest(PODS, pod('p'), 'bare')).body).toMatchObject({
      code: 403, message: 'pods "p" is forbidden: error looking up service account bare/default: serviceaccount "default" not found',
    });
  });
});

describe('update and patch', () => {
  it('refuse an old version with 409 and let the current one pass', () => {
    const world = newWorld();
    const made = world.must<ConfigMap>(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    const next = world.must<ConfigMap>(updateRequest(CONFIG_MAPS, withData(made, '2')));
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    const { code, body } = world.ask(updateRequest(CONFIG_MAPS, withData(made, '3')));
    expect(code).toBe(409);
    expect(body).toMatchObject({
      message: 'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again', reason: 'Conflict',
    });
  });

  it('change nothing when nothing is different', () => {
    const world = newWorld();
    const made = world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    expect(world.must(updateRequest(CONFIG_MAPS, made)).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
  });

  it('of two that race one wins and the other is tried again on top of it', () => {
    const world = newWorld();
    world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    const first = world.send(patchRequest(CONFIG_MAPS, 'default', 'a', 'merge', { data: { x: '1' } }));
    const second = world.send(patchRequest(CONFIG_MAPS, 'default', 'a', 'merge', { data: { y: '2' } }));
    world.run(1);
    expect([world.answer(first)?.code, world.answer(second)?.code]).toEqual([200, 200]);
    expect(world.must<ConfigMap>(getRequest(CONFIG_MAPS, 'default', 'a')).data).toEqual({ k: 'v', x: '1', y: '2' });
  });

  it('of what is not there are answered with 404', () => {
    const world = newWorld();
    expect(world.ask(patchRequest(CONFIG_MAPS, 'default', 'none', 'merge', {})).body).toMatchObject({ message: 'configmaps "none" not found' });
    expect(world.ask(updateRequest(CONFIG_MAPS, configMap('none', { namespace: 'default' }))).code).toBe(404);
  });

  it('of the status leave the spec alone', () => {
    const world = newWorld();
    world.must(createRequest(PODS, pod('p'), 'default'));
    const patch = { status: { phase: 'Running' }, spec: { containers: [{ name: 'app', image: 'other' }] } };
    const patched = world.must<Pod>(patchRequest(PODS, 'default', 'p', 'strategic', patch, 'status'));
    expect([patched.status?.phase, patched.spec?.containers[0]?.image]).toEqual(['Running', 'nginx:1.29']);
  });

  it('bind a pod once', () => {
    const world = newWorld();
    world.must(createRequest(PODS, pod('p'), 'default'));
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } };
    expect(world.ask(createRequest(PODS, binding, 'default', 'binding', 'p'))).toMatchObject({ code: 201, body: { status: 'Success' } });
    const bound = world.must<Pod>(getRequest(PODS, 'default', 'p'));
    expect(bound.spec?.nodeName).toBe('n1');
    expect(bound.status?.conditions).toEqual([{ type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-01-01T00:00:01Z' }]);
    expect(world.ask(createRequest(PODS, binding, 'default', 'binding', 'p')).body).toMatchObject({
      code: 409, message: 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    });
  });
});

describe('delete', () => {
  it('answers with a Status or, for some kinds, the object', () => {
    const world = newWorld();
    const made = world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    expect(world.ask(deleteRequest(CONFIG_MAPS, 'default', 'a')).body).toEqual({
      kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name: 'a', kind: 'configmaps', uid: made.metadata.uid },
    });
    expect(world.ask(deleteRequest(CONFIG_MAPS, 'default', 'a')).code).toBe(404);
    world.must(createRequest(PODS, pod('p'), 'default'));
    expect(world.must(deleteRequest(PODS, 'default', 'p')).metadata).toMatchObject({ name: 'p', deletionGracePeriodSeconds: 0 });
    expect(world.ask(getRequest(PODS, 'default', 'p')).code).toBe(404);
  });

  it('gives running pods their grace, which can only become shorter', () => {
    const world = newWorld();
    world.must(createRequest(PODS, pod('p', 'n1'), 'default'));
    const ending = world.must(deleteRequest(PODS, 'default', 'p'));
    expect(ending.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, deletionTimestamp: '2026-01-01T00:00:31Z', generation: 2 });
    const longer = world.must(deleteRequest(PODS, 'default', 'p', { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 60 }));
    expect(longer.metadata.resourceVersion).toBe(ending.metadata.resourceVersion);
    const shorter = world.must(deleteRequest(PODS, 'default', 'p', { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 5 }));
    expect(shorter.metadata).toMatchObject({ deletionGracePeriodSeconds: 5, deletionTimestamp: '2026-01-01T00:00:06Z', generation: 2 });
    world.must(deleteRequest(PODS, 'default', 'p', { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }));
    expect(world.ask(getRequest(PODS, 'default', 'p')).code).toBe(404);
  });

  it('waits for finalizers and ends when the last one is taken away', () => {
    const world = newWorld();
    world.must(createRequest(CONFIG_MAPS, configMap('a', { finalizers: ['example.org/x'] }), 'default'));
    const ending = world.must(deleteRequest(CONFIG_MAPS, 'default', 'a'));
    expect(ending.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:01Z', deletionGracePeriodSeconds: 0, finalizers: ['example.org/x'] });
    world.must(patchRequest(CONFIG_MAPS, 'default', 'a', 'merge', { metadata: { finalizers: null } }));
    expect(world.ask(getRequest(CONFIG_MAPS, 'default', 'a')).code).toBe(404);
  });

  it('asks the garbage collector by finalizers', () => {
    const world = newWorld();
    const remove = (name: string, propagationPolicy: string): ApiObject => {
      world.must(createRequest(CONFIG_MAPS, configMap(name), 'default'));
      return world.must(deleteRequest(CONFIG_MAPS, 'default', name, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy }));
    };
    expect(remove('a', 'Orphan').metadata?.finalizers).toEqual(['orphan']);
    expect(remove('b', 'Foreground').metadata?.finalizers).toEqual(['foregroundDeletion']);
    expect(remove('c', 'Background')).toMatchObject({ status: 'Success' });
  });

  it('honours preconditions', () => {
    const world = newWorld();
    const { uid = '' } = world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default')).metadata;
    const remove = (preconditions: object) => world.ask(deleteRequest(CONFIG_MAPS, 'default', 'a', { apiVersion: 'v1', kind: 'DeleteOptions', preconditions }));
    expect(remove({ uid: 'other' }).body).toMatchObject({
      code: 409, details: { name: 'a', kind: 'ConfigMap' },
      message: `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    });
    expect(remove({ resourceVersion: '1' }).code).toBe(409);
    expect(remove({ uid }).code).toBe(200);
  });

  it('of a collection deletes what the selector selects', () => {
    const world = newWorld();
    for (const [name, l] of [['a', 'x'], ['b', 'x'], ['c', 'y']] as const) world.must(createRequest(CONFIG_MAPS, configMap(name, { labels: { l } }), 'default'));
    const request = { ...listOf(CONFIG_MAPS, { labelSelector: 'l=x' }), verb: 'deletecollection' as const };
    expect(world.must<List>(request).items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(world.must<List>(listOf(CONFIG_MAPS)).items.map(({ metadata }) => metadata.name)).toEqual(['c']);
  });

  it('dryRun changes nothing', () => {
    const world = newWorld();
    const made = world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    const dry = { dryRun: true };
    expect(world.ask({ ...createRequest(CONFIG_MAPS, configMap('b'), 'default'), options: dry }).code).toBe(201);
    expect(world.ask({ ...createRequest(CONFIG_MAPS, configMap('a'), 'default'), options: dry }).code).toBe(409);
    expect(world.ask({ ...patchRequest(CONFIG_MAPS, 'default', 'a', 'merge', { data: { k: '2' } }), options: dry }).body).toMatchObject({ data: { k: '2' } });
    expect(world.ask({ ...deleteRequest(CONFIG_MAPS, 'default', 'a'), options: dry }).code).toBe(200);
    expect(world.must<List>(listOf(CONFIG_MAPS)).items).toEqual([made]);
  });
});

describe('list', () => {
  it('is paged at one revision, whatever is written meanwhile', () => {
    const world = newWorld();
    for (const name of ['a', 'b', 'c', 'd', 'e']) world.must(createRequest(CONFIG_MAPS, configMap(name), 'default'));
    const first = world.must<List>(listOf(CONFIG_MAPS, { limit: 2 }));
    expect([first.items.map(({ metadata }) => metadata.name), first.metadata.remainingItemCount]).toEqual([['a', 'b'], 3]);
    world.must(createRequest(CONFIG_MAPS, configMap('bb'), 'default'));
    const second = world.must<List>(listOf(CONFIG_MAPS, { limit: 2, continue: first.metadata.continue }));
    expect([second.items.map(({ metadata }) => metadata.name), second.metadata.resourceVersion]).toEqual([['c', 'd'], first.metadata.resourceVersion]);
    const last = world.must<List>(listOf(CONFIG_MAPS, { limit: 2, continue: second.metadata.continue }));
    expect([last.items.map(({ metadata }) => metadata.name), last.metadata.continue]).toEqual([['e'], undefined]);
  });

  it('is served as it was at an exact revision until that is compacted', () => {
    const world = newWorld();
    const { resourceVersion } = world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default')).metadata;
    world.must(createRequest(CONFIG_MAPS, configMap('b'), 'default'));
    const exact = listOf(CONFIG_MAPS, { resourceVersion, resourceVersionMatch: 'Exact' });
    expect(world.must<List>(exact).items).toHaveLength(1);
    world.run(1000);
    expect(world.ask(exact).body).toMatchObject({ code: 410, reason: 'Expired', message: 'The resourceVersion for the provided list is too old.' });
  });

  it('refuses revisions that are not reached yet and options that do not fit', () => {
    const world = newWorld();
    expect(world.ask(listOf(CONFIG_MAPS, { resourceVersion: '999999' })).body).toMatchObject({ code: 504, details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } });
    expect(world.ask(listOf(CONFIG_MAPS, { resourceVersion: 'abc' })).body).toMatchObject({ code: 400, message: 'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax' });
    expect(world.ask(listOf(CONFIG_MAPS, { resourceVersionMatch: 'Exact' })).code).toBe(422);
    expect(world.ask(listOf(CONFIG_MAPS, { fieldSelector: 'spec.x=1' })).body).toMatchObject({ code: 400, message: '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"' });
    expect(world.ask(listOf(CONFIG_MAPS, { labelSelector: 'a b' })).code).toBe(400);
  });

  it('finds by fields', () => {
    const world = newWorld();
    world.must(createRequest(PODS, pod('p', 'n1'), 'default'));
    world.must(createRequest(PODS, pod('q', 'n2'), 'default'));
    world.must(createRequest(PODS, pod('r'), 'default'));
    const names = (fieldSelector: string, resourceVersion?: string): unknown => world.must<List>(listRequest(PODS, '', { fieldSelector, resourceVersion })).items.map(({ metadata }) => metadata.name);
    expect([names('spec.nodeName=n1', '0'), names('spec.nodeName=n2'), names('spec.nodeName='), names('spec.nodeName!=n1'), names('metadata.name=p')]).toEqual([['p'], ['q'], ['r'], ['q', 'r'], ['p']]);
  });
});

describe('authorization', () => {
  const as = (user: string, groups: readonly string[]): Identity => ({ userAgent: user, credentials: { user, groups }, qps: 0, burst: 0 });

  it('refuses strangers in the words of RBAC', () => {
    const world = newWorld();
    expect(world.ask(listOf(CONFIG_MAPS), as('nobody', [])).body).toMatchObject({
      code: 403, reason: 'Forbidden', details: { kind: 'configmaps' },
      message: 'configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the namespace "default"',
    });
    const token = world.ask(listOf(CONFIG_MAPS), { ...as('', []), credentials: { user: '', groups: [], token: 'forged' } });
    expect([token.code, token.body['message' as keyof typeof token.body]]).toEqual([401, 'Unauthorized']);
  });

  it('lets components do what their roles allow and names the rule', () => {
    const world = newWorld();
    world.must(listRequest(PODS, '', {}), as('system:kube-scheduler', []));
    expect(world.explanationOf('list', 'pods')?.stages.find(({ stage }) => stage === 'authorization')?.params['reason'])
      .toBe('RBAC: allowed by ClusterRoleBinding "system:kube-scheduler" of ClusterRole "system:kube-scheduler" to User "system:kube-scheduler"');
    expect(world.ask(createRequest(PODS, pod('p'), 'default'), as('system:kube-scheduler', [])).code).toBe(403);
    const account = as('system:serviceaccount:kube-system:replicaset-controller', ['system:serviceaccounts', 'system:serviceaccounts:kube-system']);
    expect(world.ask(createRequest(PODS, pod('p'), 'default'), account).code).toBe(201);
  });

  it('keeps a node to its own pods and what they use', () => {
    const world = newWorld();
    const node = as('system:node:n1', ['system:nodes']);
    world.must(createRequest(CONFIG_MAPS, configMap('used'), 'default'));
    const uses = pod('p', 'n1');
    world.must(createRequest(PODS, { ...uses, spec: { ...uses.spec, volumes: [{ name: 'c', configMap: { name: 'used' } }] } }, 'default'));
    expect(world.ask(getRequest(CONFIG_MAPS, 'default', 'used'), node).code).toBe(200);
    expect(world.ask(getRequest(CONFIG_MAPS, 'default', 'kube-root-ca.crt'), node).body).toMatchObject({ code: 404 });
    expect(world.ask(getRequest(CONFIG_MAPS, 'default', 'other'), node).body).toMatchObject({
      message: 'configmaps "other" is forbidden: User "system:node:n1" cannot get resource "configmaps" in API group "" in the namespace "default": no relationship found between node \'n1\' and this object',
    });
    expect(world.ask(listRequest(PODS, '', { fieldSelector: 'spec.nodeName=n1' }), node).code).toBe(200);
    expect(world.ask(listRequest(PODS, '', {}), node).body).toMatchObject({
      message: 'pods is forbidden: User "system:node:n1" cannot list resource "pods" in API group "" at the cluster scope: can only list/watch pods with spec.nodeName field selector',
    });
  });

  it('lets masters act as others', () => {
    const world = newWorld();
    const acting: Identity = { userAgent: 't', qps: 0, burst: 0, credentials: { user: 'admin', groups: ['system:masters'], impersonate: { user: 'jane', groups: [] } } };
    expect(world.ask(listOf(CONFIG_MAPS), acting).body).toMatchObject({ code: 403, message: expect.stringContaining('User "jane" cannot list') as string });
  });
});

describe('the world', () => {
  it('starts with its namespaces, classes and the kubernetes service', () => {
    const world = new TestWorld(allKinds);
    expect(world.must<List>(listRequest(NAMESPACES, '', {})).items.map(({ metadata }) => metadata.name)).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    const classes = world.must<List>(listRequest({ group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' }, '', {}));
    expect(classes.items.map(({ metadata }) => metadata.name)).toEqual(['system-cluster-critical', 'system-node-critical']);
  });

  it('lets events go after an hour', () => {
    const world = newWorld();
    const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'default' }, involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' }, reason: 'Tested', type: 'Normal' };
    world.must(createRequest(EVENTS, event, 'default'));
    world.run(3500);
    expect(world.ask(getRequest(EVENTS, 'default', 'e')).code).toBe(200);
    world.run(300);
    expect(world.ask(getRequest(EVENTS, 'default', 'e')).code).toBe(404);
  });

  it('begins with the state of another cluster', () => {
    const objects = [
      { ...configMap('a'), metadata: { name: 'a', namespace: 'default', uid: 'one', resourceVersion: '40' } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', resourceVersion: '41' }, spec: { containers: [] }, status: { phase: 'Running' } },
      { apiVersion: 'example.org/v1', kind: 'Nothing', metadata: { name: 'n' } },
    ];
    const { entries, unknown } = snapshotEntries(allKinds, objects);
    expect(unknown).toEqual([objects[2]]);
    const world = new TestWorld(allKinds, [], { snapshot: entries });
    expect(world.must(getRequest(CONFIG_MAPS, 'default', 'a'))).toEqual(objects[0]);
    expect(world.must(getRequest(PODS, 'default', 'p'))).toEqual(objects[1]);
    expect(Number(world.must(createRequest(CONFIG_MAPS, configMap('b'), 'default')).metadata.resourceVersion)).toBeGreaterThan(41);
  });

  it('comes back after a restart with what etcd has', () => {
    const world = newWorld();
    world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    world.kernel.halt('kube-apiserver');
    world.kernel.spawn('kube-apiserver', undefined, 0);
    world.run(1);
    expect(world.must<List>(listOf(CONFIG_MAPS, { resourceVersion: '0' })).items).toHaveLength(1);
    expect(world.must(createRequest(CONFIG_MAPS, configMap('b'), 'default')).metadata.name).toBe('b');
  });

  it('answers 504 when etcd is silent, and finds what it missed when it is back', () => {
    const world = newWorld();
    world.kernel.setLinkFault('kube-apiserver', 'etcd', { cut: true });
    expect(world.ask(createRequest(CONFIG_MAPS, configMap('lost'), 'default'), undefined, 130).body).toMatchObject({
      code: 504, reason: 'Timeout', message: 'Timeout: request did not complete within requested timeout - context deadline exceeded',
    });
    world.kernel.setLinkFault('kube-apiserver', 'etcd', undefined);
    world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    expect(world.must<List>(listOf(CONFIG_MAPS, { resourceVersion: '0' })).items.map(({ metadata }) => metadata.name)).toEqual(['a']);
  });

  it('notices revisions that it was not told of', () => {
    const world = newWorld();
    const slow = world.send(createRequest(CONFIG_MAPS, configMap('committed'), 'default'));
    while (world.kernel.nextBody().type !== 'etcd-synced') world.kernel.step();
    world.kernel.setLinkFault('kube-apiserver', 'etcd', { cut: true });
    world.run(0.1);
    world.kernel.setLinkFault('kube-apiserver', 'etcd', undefined);
    expect(world.must<List>(listOf(CONFIG_MAPS, { resourceVersion: '0' })).items).toEqual([]);
    world.must(createRequest(CONFIG_MAPS, configMap('next'), 'default'));
    world.run(0.1);
    expect(world.must<List>(listOf(CONFIG_MAPS, { resourceVersion: '0' })).items.map(({ metadata }) => metadata.name)).toEqual(['committed', 'next']);
    expect(world.answer(slow)).toBeUndefined();
  });

  it('goes on the same from a checkpoint', () => {
    const world = newWorld();
    world.must(createRequest(PODS, pod('p', 'n1'), 'default'));
    const tags = [0, 1, 2, 3].map((i) => world.send(patchRequest(PODS, 'default', 'p', 'strategic', { metadata: { labels: { [`l${i}`]: 'x' } } })));
    world.run(0.003);
    const checkpoint = world.kernel.checkpoint();
    const outcome = (): unknown => {
      world.run(1);
      return [tags.map((tag) => world.answer(tag)), world.kernel.lastId, world.explanationOf('patch', 'pods')];
    };
    const straight = outcome();
    world.kernel.restore(checkpoint);
    expect(outcome()).toEqual(straight);
  });

  it('lets nobody else near etcd', () => {
    const intruder: Actor<object, Body> = { kind: 'intruder', init: () => ({}), receive: (_, message, ctx) => { if (message.type === 'go') ctx.send('etcd', { type: 'etcd-range' }); }, clone: (state) => state };
    const kernel = new Kernel({ seed: 1, epochUs: 0, actors: [etcdActor as Actor, intruder as Actor] });
    kernel.spawn('etcd', undefined, 0);
    kernel.input('intruder', { type: 'go' });
    expect(() => kernel.runUntil(1_000_000)).toThrow('only the API server may talk to etcd');
  });
});

