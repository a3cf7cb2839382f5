// What the API server refuses, changes or leaves as it is, asked for over HTTP.
import { describe, expect, it } from 'vitest';
import type { HttpResponse } from '../sim/apiserver/http/present.ts';
import { exchange } from './exchange.ts';
import { WorldServer } from './world-server.ts';

const world = new WorldServer({ seed: 1, components: ['apiserver'], options: {}, nodes: [] });
const ADMIN = { user: 'admin', groups: ['system:masters'] };
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PATCHES = { merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json', json: 'application/json-patch+json', apply: 'application/apply-patch+yaml' };

interface Options { readonly accept?: string; readonly type?: string; readonly user?: string }

function send(method: string, url: string, body?: object | string, { accept = 'application/json', type = 'application/json', user }: Options = {}): HttpResponse {
  let answer: HttpResponse = { status: 0, headers: {}, body: '' };
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  exchange(world, { method, url, headers: { accept, 'content-type': type }, body: text, credentials: user === undefined ? ADMIN : { user, groups: [] } }, {
    answer: (response) => { answer = response; }, line: () => undefined, end: () => undefined,
  });
  return answer;
}

function ask(method: string, url: string, body?: object | string, options?: Options): Record<string, unknown> {
  return JSON.parse(send(method, url, body, options).body) as Record<string, unknown>;
}

const inDefault = (resource: string, api = '/api/v1'): string => `${api}/namespaces/default/${resource}`;
const service = (spec: object): object => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'tried' }, spec: { ports: [{ port: 80 }], ...spec } });
const tryService = (spec: object): Record<string, unknown> => ask('POST', `${inDefault('services')}?dryRun=All`, service(spec));

describe('what no router knows', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('is not found by %s either', (method) => {
    for (const url of [inDefault('gadgets'), '/apis/apps/v9/deployments', '/api/v2/pods', '/api/v1/configmaps/a']) expect(ask(method, url)).toMatchObject({ code: 404, message: 'the server could not find the requested resource' });
    expect(send(method, '/apis/none.example.com/v1/gadgets')).toMatchObject({ status: 404, body: '404 page not found\n' });
  });

  it('is told to those alone who may ask', () => {
    expect(ask('PATCH', inDefault('configmaps/a'), {}, { type: 'text/plain', user: 'mallory' })).toMatchObject({ code: 403 });
    expect(ask('PATCH', inDefault('configmaps/a'), {}, { type: 'text/plain' })).toMatchObject({ code: 415 });
  });

  it.each(['/api', '/api/v1', '/apis/apps/v1', '/version'])('is another method than GET for %s', (path) => {
    expect(send('POST', path, {}).status).toBe(405);
    expect(send('GET', path).status).toBe(200);
  });

  it('lists what it can write: lists can be streamed as well', () => {
    const wanted = (url: string): unknown => ask('GET', url, undefined, { accept: 'text/html' })['message'];
    expect(wanted(inDefault('configmaps/a'))).toBe('406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf');
    expect(wanted(inDefault('configmaps'))).toMatch(/;stream=watch$/);
  });
});

describe('discovery', () => {
  it('is refused in forms that it does not have', () => {
    const message = (path: string, accept: string): unknown => ask('GET', path, undefined, { accept })['message'];
    const only = 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf';
    expect(message('/apis', 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList')).toBe(only);
    expect(message('/apis/apps', 'text/html')).toBe(only);
    expect(message('/apis/apps/v1', 'text/html')).toBe('406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf');
    expect(message('/version', 'text/html')).toBe('406: Not Acceptable\n\nAvailable representations: application/json');
    expect(ask('GET', '/apis', undefined, { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' })).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
    expect(send('GET', '/apis/none', undefined, { accept: 'text/html' })).toMatchObject({ status: 404, body: '404 page not found\n' });
  });

  it('has an index of OpenAPI documents whose type is guessed', () => {
    const { status, headers, body } = send('GET', '/openapi/v3');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(Object.keys((JSON.parse(body) as { readonly paths: object }).paths)).toEqual(expect.arrayContaining(['api/v1', 'openid/v1/jwks', '.well-known/openid-configuration']));
  });
});

describe('Services that are only tried out', () => {
  it('get the address of the network, and ports that no Service can have', () => {
    expect(tryService({ type: 'NodePort', ports: [{ port: 80, name: 'a' }, { port: 81, name: 'b' }] })).toMatchObject({ spec: { clusterIP: '10.96.0.0', ports: [{ nodePort: 32_769 }, { nodePort: 32_770 }] } });
    expect(tryService({ clusterIP: '10.96.0.1' })).toMatchObject({ spec: { clusterIP: '10.96.0.1' } });
    expect(tryService({ clusterIP: '192.0.2.1' })['message']).toBe('Service "tried" is invalid: spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided IP (192.0.2.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16');
  });

  it('are told what does not go together before anything is given out', () => {
    expect(tryService({ clusterIPs: ['10.96.0.9'] })['message']).toBe('Service "tried" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.9"]: must be empty when `clusterIP` is not specified');
    expect(tryService({ clusterIP: 'fd00::1' })['message']).toBe('Service "tried" is invalid: spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster');
    expect(tryService({ ipFamilies: ['IPv4', 'IPv6'] })['message']).toBe('Service "tried" is invalid: spec.ipFamilyPolicy: Invalid value: "SingleStack": must be \'RequireDualStack\' or \'PreferDualStack\' when multiple IP families are specified');
    expect(tryService({ type: 'NodePort', ports: [{ port: 80, name: 'a', nodePort: 30_001 }, { port: 81, name: 'b', nodePort: 30_001 }] })['message']).toBe('Service "tried" is invalid: spec.ports[1].nodePort: Invalid value: 30001: provided port is already allocated');
  });

  it('keep the node port of a port by its name', () => {
    const url = inDefault('services/web');
    const made = ask('POST', inDefault('services'), { ...service({ type: 'NodePort', ports: [{ name: 'http', port: 80 }] }), metadata: { name: 'web' } });
    const { nodePort } = (made['spec'] as { readonly ports: readonly { readonly nodePort: number }[] }).ports[0] ?? {};
    expect(ask('PUT', url, { ...service({ type: 'NodePort', ports: [{ name: 'http', port: 8080 }] }), metadata: { name: 'web' } })).toMatchObject({ spec: { ports: [{ port: 8080, nodePort }] } });
  });
});

describe('patches', () => {
  const url = inDefault('configmaps/patched');
  ask('POST', inDefault('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'patched' }, data: { a: '1' } });
  const warningOf = (patch: string, type: keyof typeof PATCHES, query = ''): unknown => send('PATCH', `${url}?dryRun=All${query}`, patch, { type: PATCHES[type] }).headers['warning'];

  it('are read strictly themselves', () => {
    expect(warningOf('{"data":{"b":"1","b":"2"}}', 'strategic')).toEqual(['299 - "duplicate field \\"data.b\\""']);
    expect(warningOf('[{"op":"add","path":"/data/b","value":"2","why":"because"}]', 'json')).toEqual(['299 - "json patch unknown field \\"[0].why\\""']);
    expect(warningOf('{"data":{"b":"1","b":"2"}}', 'merge', '&fieldValidation=Ignore')).toBeUndefined();
    expect(warningOf('{"zeta":1,"alpha":2}', 'merge')).toEqual(['299 - "unknown field \\"alpha\\""', '299 - "unknown field \\"zeta\\""']);
    expect(ask('PATCH', `${url}?fieldValidation=Strict`, '{"data":{"b":"1","b":"2"}}', { type: PATCHES.strategic })['message']).toBe(' "" is invalid: patch: Invalid value: "map[data:map[b:2]]": strict decoding error: duplicate field "data.b"');
  });

  it('may be null where that is an empty one', () => {
    expect(send('PATCH', url, 'null', { type: PATCHES.strategic }).status).toBe(200);
    expect(send('PATCH', url, 'null', { type: PATCHES.json }).status).toBe(200);
    expect(send('PATCH', url, 'null', { type: PATCHES.merge }).status).toBe(400);
  });

  it('say nothing that a header cannot carry', () => {
    const twice = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: patched\ndata:\n  c: one\n  c: two\n';
    expect(send('PATCH', `${url}?fieldManager=tester&dryRun=All`, twice, { type: PATCHES.apply })).toMatchObject({ status: 200 });
    expect(send('PATCH', `${url}?fieldManager=tester&dryRun=All`, twice, { type: PATCHES.apply }).headers['warning']).toBeUndefined();
  });

  it('take all field managers away with an empty list', () => {
    ask('PATCH', url, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'patched' }, data: { mine: 'x' } }, { type: PATCHES.apply });
    const left = ask('PATCH', url, { metadata: { managedFields: [] } }, { type: PATCHES.merge })['metadata'];
    expect(left).not.toHaveProperty('managedFields');
  });
});

describe('annotations that only a version has', () => {
  const autoscalers = inDefault('horizontalpodautoscalers', '/apis/autoscaling/v1');
  const autoscaler = { kind: 'HorizontalPodAutoscaler', metadata: { name: 'h', annotations: { 'autoscaling.alpha.kubernetes.io/behavior': '{}', note: 'kept' } }, spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } } };

  it('are no annotations of what is stored', () => {
    expect(ask('POST', `${autoscalers}?dryRun=All`, { ...autoscaler, apiVersion: 'autoscaling/v1' })).toMatchObject({ metadata: { annotations: { note: 'kept' } } });
    const second = ask('POST', inDefault('horizontalpodautoscalers', '/apis/autoscaling/v2'), { ...autoscaler, apiVersion: 'autoscaling/v2', spec: { ...autoscaler.spec, behavior: { scaleDown: {} } } });
    expect((second['metadata'] as { readonly annotations: object }).annotations).toEqual({ note: 'kept' });
    expect((ask('GET', `${autoscalers}/h`)['metadata'] as { readonly annotations: object }).annotations).toHaveProperty(['autoscaling.alpha.kubernetes.io/behavior']);
  });

  it('are not in tables', () => {
    const { rows } = ask('GET', `${autoscalers}/h`, undefined, { accept: TABLE }) as { readonly rows?: readonly { readonly object: { readonly metadata: { readonly annotations: object } } }[] };
    expect(rows?.[0]?.object.metadata.annotations).toEqual({ note: 'kept' });
  });
});

describe('what is ending already', () => {
  it('is not written again by another deletion', () => {
    ask('POST', inDefault('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', finalizers: ['example.com/hold'] } });
    const first = ask('DELETE', inDefault('configmaps/held'));
    expect(first).toMatchObject({ metadata: { deletionTimestamp: expect.any(String) as unknown } });
    expect(ask('DELETE', inDefault('configmaps/held'))['metadata']).toEqual(first['metadata']);
    expect(ask('GET', inDefault('configmaps/held'))['metadata']).toEqual(first['metadata']);
  });
});

describe('owners', () => {
  it('are kept once, and the client is told', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'o', uid: 'u1' };
    const { headers, body } = send('POST', inDefault('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences: [owner, owner] } });
    expect(JSON.parse(body)).toMatchObject({ metadata: { ownerReferences: [owner] } });
    expect(headers['warning']).toEqual(['299 - ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u1"']);
    const patched = send('PATCH', inDefault('configmaps/owned'), { metadata: { ownerReferences: [owner, { ...owner, uid: 'u2' }, owner] } }, { type: PATCHES.merge });
    expect(JSON.parse(patched.body)).toMatchObject({ metadata: { ownerReferences: [{ uid: 'u1' }, { uid: 'u2' }] } });
    expect(patched.headers['warning']).toEqual([expect.stringContaining('after mutating admission happens') as unknown]);
  });
});

describe('what is there before anybody asks', () => {
  it('may not go: classes of the system', () => {
    expect(ask('DELETE', '/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical')['message']).toBe('priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted');
  });

  it('is checked against preconditions in the query', () => {
    ask('POST', inDefault('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fixed' } });
    expect(ask('DELETE', `${inDefault('configmaps/fixed')}?resourceVersion=7`)).toMatchObject({ code: 409 });
    expect(ask('DELETE', `${inDefault('configmaps/fixed')}?uid=other`)).toMatchObject({ code: 409 });
  });

  it('is no namespace that ends: nothing is made in it, bindings and evictions neither', () => {
    ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending', finalizers: ['example.com/hold'] } });
    ask('DELETE', '/api/v1/namespaces/ending');
    for (const subresource of ['binding', 'eviction']) {
      expect(ask('POST', `/api/v1/namespaces/ending/pods/a/${subresource}`, {})['message']).toBe('pods "a" is forbidden: unable to create new content in namespace ending because it is being terminated');
    }
    expect(ask('POST', '/api/v1/namespaces/ending/serviceaccounts/a/token', {})['message']).toBe('serviceaccounts "a" is forbidden: unable to create new content in namespace ending because it is being terminated');
  });
});

describe('objects without what makes them', () => {
  it('PUT to a status is judged by its body first', () => {
    for (const path of [inDefault('pods/none/resize'), inDefault('deployments/none/scale', '/apis/apps/v1'), '/api/v1/nodes/none/status']) {
      expect(ask('PUT', path, {})['message']).toBe('the name of the object (none based on URL) was undeterminable: name must be provided');
    }
  });

  it('a Service that had node ports and no ports at all keeps having none', () => {
    ask('POST', inDefault('services'), { ...service({ type: 'NodePort' }), metadata: { name: 'bare' } });
    const stored = ask('PATCH', inDefault('services/bare'), { spec: { type: 'ExternalName', externalName: 'db.example.org', clusterIP: null, clusterIPs: null, ports: null } }, { type: PATCHES.merge });
    expect(stored).toMatchObject({ spec: { type: 'ExternalName' } });
    expect(stored['spec']).not.toHaveProperty('ports');
  });

  it('PUT to the status of a Service makes the Service', () => {
    expect(send('PUT', inDefault('services/from-status/status'), { ...service({}), metadata: { name: 'from-status' } }).status).toBe(201);
    expect(ask('GET', inDefault('services/from-status'))['spec']).not.toHaveProperty('clusterIP');
  });

  it('name themselves: LimitRanges', () => {
    expect(ask('POST', inDefault('limitranges'), {})).toMatchObject({ kind: 'LimitRange', metadata: { name: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown } });
  });

  it('have one address twice: pods, whose first one counts', () => {
    ask('POST', inDefault('serviceaccounts'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
    ask('POST', inDefault('pods'), { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
    const status = (patch: object): unknown => ask('PATCH', inDefault('pods/p/status'), { status: patch }, { type: PATCHES.merge })['status'];
    expect(status({ podIPs: [{ ip: '10.0.0.1' }] })).toMatchObject({ podIP: '10.0.0.1' });
    expect(status({ podIP: '10.0.0.2' })).toMatchObject({ podIPs: [{ ip: '10.0.0.2' }] });
  });
});

describe('values of another type', () => {
  const container = (more: object): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'typed' }, spec: { containers: [{ name: 'c', image: 'i', ...more }] } });
  const why = (resource: string, body: object, api?: string): string => String(ask('POST', `${inDefault(resource, api)}?dryRun=All`, body)['message']).replace(/^.*cannot be handled as a \w+: /, '');

  it('are told with the structs that Go embeds', () => {
    expect(why('pods', container({ livenessProbe: { httpGet: 'x' } }))).toBe('json: cannot unmarshal string into Go struct field Probe.spec.containers.livenessProbe.ProbeHandler.httpGet of type v1.HTTPGetAction');
    expect(why('pods', container({ envFrom: [{ secretRef: { name: 5 } }] }))).toBe('json: cannot unmarshal number into Go struct field SecretEnvSource.spec.containers.envFrom.secretRef.LocalObjectReference.name of type string');
    const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'typed' }, spec: { rules: [{ http: [] }] } };
    expect(why('ingresses', ingress, '/apis/networking.k8s.io/v1')).toBe('json: cannot unmarshal array into Go struct field IngressRule.spec.rules.IngressRuleValue.http of type v1.HTTPIngressRuleValue');
  });

  it('are told with the names of the types of items', () => {
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'typed' }, spec: { accessModes: [5] } };
    expect(why('persistentvolumeclaims', claim)).toBe('json: cannot unmarshal number into Go struct field PersistentVolumeClaimSpec.spec.accessModes of type v1.PersistentVolumeAccessMode');
  });

  it('are none: a quantity that is null is nothing', () => {
    expect(ask('POST', `${inDefault('pods')}?dryRun=All`, container({ resources: { limits: { cpu: null } } }))).toMatchObject({ spec: { containers: [{ resources: { limits: { cpu: '0' } } }] } });
  });
});

describe('updates', () => {
  it('of RuntimeClasses say which version they are of', () => {
    const made = ask('POST', '/apis/node.k8s.io/v1/runtimeclasses', { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'rc' }, handler: 'h' });
    const { resourceVersion: _, ...metadata } = made['metadata'] as Record<string, unknown>;
    expect(ask('PUT', '/apis/node.k8s.io/v1/runtimeclasses/rc', { ...made, metadata })['message']).toBe('runtimeclasses.node.k8s.io "rc" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update');
  });

  it('may send terms of a node affinity as null', () => {
    const terms = [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }];
    const volume = (nodeSelectorTerms: unknown): object => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv' }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], local: { path: '/x' }, nodeAffinity: { required: { nodeSelectorTerms } } } });
    expect(send('POST', '/api/v1/persistentvolumes', volume(terms)).status).toBe(201);
    expect(ask('PUT', '/api/v1/persistentvolumes/pv', volume(null))).toMatchObject({ code: 422 });
  });

  it('of a policy\'s status are checked', () => {
    const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
    const rule = { apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['widgets'] };
    ask('POST', policies, { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: 'checked' }, spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }] } });
    const patch = { status: { typeChecking: { expressionWarnings: [{ fieldRef: '', warning: 'w' }] }, conditions: [{ type: 'Ready', status: 'Perhaps', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }] } };
    expect(ask('PATCH', `${policies}/checked/status`, patch, { type: PATCHES.merge })['message']).toBe('ValidatingAdmissionPolicy.admissionregistration.k8s.io "checked" is invalid: [status.typeChecking.expressionWarnings[0].fieldRef: Required value, status.conditions[0].status: Unsupported value: "Perhaps": supported values: "False", "True", "Unknown"]');
  });
});

describe('subresources', () => {
  it('are asked for in the namespace and of the object that the path names', () => {
    const deployments = inDefault('deployments', '/apis/apps/v1');
    const template = { metadata: { labels: { app: 'w' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    ask('POST', deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'scaled' }, spec: { selector: { matchLabels: { app: 'w' } }, template } });
    const scale = (metadata: object): Record<string, unknown> => ask('PUT', `${deployments}/scaled/scale`, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'scaled', ...metadata }, spec: { replicas: 2 } });
    expect(scale({ uid: 'other' })['message']).toMatch(/^Operation cannot be fulfilled on deployments.apps "scaled": StorageError: .*Precondition failed: UID in precondition: other/);
    const elsewhere = 'the namespace of the provided object does not match the namespace sent on the request';
    expect(scale({ namespace: 'other' })).toMatchObject({ code: 400, message: elsewhere });
    ask('POST', inDefault('pods'), { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'asked' }, spec: template.spec });
    const bind = (metadata: object): Record<string, unknown> => ask('POST', inDefault('pods/asked/binding'), { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'asked', ...metadata }, target: { name: 'n' } });
    expect(bind({ namespace: 'other' })).toMatchObject({ code: 400, message: elsewhere });
    expect(bind({ resourceVersion: '1' })['message']).toMatch(/^Operation cannot be fulfilled on pods "asked": .*ResourceVersion in precondition: 1/);
    expect(ask('POST', inDefault('pods/asked/eviction'), { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'asked', namespace: 'other' } })).toMatchObject({ code: 400, message: elsewhere });
  });
});

describe('roles of the beginning', () => {
  it('that are put together of others are empty until a controller does it', () => {
    expect(ask('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/view')).toMatchObject({ rules: null, aggregationRule: {} });
  });
});

describe('rules of custom resources', () => {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const definition = (spec: object, name = 'rules.example.com'): object => ({
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `gadgets.${name}` },
    spec: { group: name, scope: 'Namespaced', names: { plural: 'gadgets', kind: 'Gadget' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } }] },
  });
  const compiled = (rule: string): string => {
    const spec = { type: 'object', properties: { a: { type: 'string', maxLength: 5 }, o: { type: 'object', properties: { n: { type: 'integer' } } } }, 'x-kubernetes-validations': [{ rule }] };
    const answer = ask('POST', `${definitions}?dryRun=All`, definition(spec, 'tried.example.com'));
    return /compilation failed: ERROR: <input>:(\d+:\d+: [^\n]*)/.exec(String(answer['message']))?.[1] ?? String(answer['kind']);
  };

  it.each([
    ['self == oldSelf', 'CustomResourceDefinition'], ['quantity(self.a) == quantity("1")', 'CustomResourceDefinition'],
    ['self.a.matches("[")', '1:16: invalid matches argument'], ['duration("5x") < duration("1h")', '1:10: invalid duration argument'],
    ['self.a[0] == "x"', "1:7: found no matching overload for '_[_]' applied to '(string, int)'"], ['1 in ["a"]', "1:3: found no matching overload for '@in' applied to '(int, list(string))'"],
    ['has(self)', '1:5: invalid argument to has() macro'], ['self.a == "x" and true', "1:15: Syntax error: mismatched input 'and' expecting <EOF>"],
  ])('%s: %s', (rule, wanted) => {
    expect(compiled(rule)).toBe(wanted);
  });

  it('warn of what an update leaves as it was', () => {
    const gadgets = inDefault('gadgets', '/apis/rules.example.com/v1');
    const size = { type: 'integer' };
    ask('POST', definitions, definition({ type: 'object', properties: { size, note: { type: 'string' } } }));
    ask('POST', gadgets, { apiVersion: 'rules.example.com/v1', kind: 'Gadget', metadata: { name: 'g' }, spec: { size: 50 } });
    const replace = { op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size', value: { ...size, 'x-kubernetes-validations': [{ rule: 'self < 5' }] } };
    ask('PATCH', `${definitions}/gadgets.rules.example.com`, [replace], { type: PATCHES.json });
    const changed = send('PATCH', `${gadgets}/g`, { spec: { note: 'x' } }, { type: PATCHES.merge });
    expect(changed).toMatchObject({ status: 200, headers: { warning: ['299 - "spec.size: Invalid value: 50: failed rule: self < 5"'] } });
    expect(ask('PATCH', `${gadgets}/g`, { spec: { size: 49 } }, { type: PATCHES.merge })).toMatchObject({ code: 422 });
  });
});
