import { describe, expect, it } from 'vitest';
import { exchange } from './exchange.ts';
import { WorldServer } from './world-server.ts';

const world = new WorldServer({ seed: 1, components: ['apiserver'], options: {}, nodes: [] });

function raw(method: string, url: string, body?: object, accept = 'application/json', userAgent = 'test'): { readonly status: number; readonly text: string } {
  let answer = { status: 0, body: '' };
  const headers = { accept, 'user-agent': userAgent, 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
  exchange(world, { method, url, headers, body: body === undefined ? '' : JSON.stringify(body), credentials: { user: 'admin', groups: ['system:masters'] } }, {
    answer: (response) => { answer = response; }, line: () => undefined, end: () => undefined,
  });
  return { status: answer.status, text: answer.body };
}

function ask(method: string, url: string, body?: object, accept?: string): { readonly status: number; readonly body: Record<string, unknown> } {
  const { status, text } = raw(method, url, body, accept);
  return { status, body: JSON.parse(text) as Record<string, unknown> };
}

const pods = '/api/v1/namespaces/default/pods';
const configMaps = '/api/v1/namespaces/default/configmaps';

const NO_SUCH = 'the server could not find the requested resource';
const NO_METHOD = 'the server does not allow this method on the requested resource';

describe('paths', () => {
  it.each([
    ['GET', '/api/v1/pods/x', 404, NO_SUCH], ['POST', '/api/v1/pods', 405, NO_METHOD], ['DELETE', '/api/v1/pods', 405, NO_METHOD], ['GET', '/api/v1/pods', 200, undefined],
    ['GET', '/api/v1/namespaces/default/nodes', 404, NO_SUCH], ['GET', '/api/v1/namespaces/default/nodes/x', 404, NO_SUCH], ['DELETE', '/api/v1/watch/pods', 405, NO_METHOD],
    ['GET', '/api/v1/namespaces/default/bindings', 405, NO_METHOD],
  ])('%s %s answers %i', (method, path, status, message) => {
    const answer = ask(method, path);
    expect(answer.status).toBe(status);
    expect(answer.body['message']).toBe(message);
  });

  it('say what is missing before what cannot be done', () => {
    expect(ask('GET', `${pods}/none/proxy`).body).toMatchObject({ code: 404, message: 'pods "none" not found' });
    expect(ask('GET', '/api/v1/nodes/none/proxy/metrics').body).toMatchObject({ code: 404, message: 'nodes "none" not found' });
  });
});

describe('forms that an answer cannot have', () => {
  it('are refused in the words of the real server', () => {
    const as = (form: string, url: string): unknown => ask('GET', url, undefined, `application/json;as=${form};v=v1;g=meta.k8s.io`).body['message'];
    expect(as('PartialObjectMetadata', pods)).toBe('you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)');
    expect(as('PartialObjectMetadataList', '/apis/rbac.authorization.k8s.io/v1/clusterroles/view')).toBe('you requested PartialObjectMetadataList, but the requested object is not a list (*rbac.ClusterRole)');
  });
});

describe('JSON', () => {
  const lines = (url: string, accept?: string, userAgent?: string): number => raw('GET', url, undefined, accept, userAgent).text.split('\n').length;

  it('is indented for people, and as the query says', () => {
    const one = 2;
    expect(lines(configMaps)).toBe(one);
    for (const reader of ['curl/8.5.0', 'Wget/1.21', 'Mozilla/5.0 (X11)']) expect(lines(configMaps, undefined, reader)).toBeGreaterThan(one);
    expect([lines(`${configMaps}?pretty=true`), lines(`${configMaps}?pretty=1`), lines(configMaps, 'application/json;pretty=1')].every((count) => count > one)).toBe(true);
    expect([lines(`${configMaps}?pretty=false`, undefined, 'curl/8.5.0'), lines(`${configMaps}?pretty=yes`), lines('/openapi/v3', undefined, 'curl/8.5.0')]).toEqual([one, one, one]);
    expect(raw('GET', '/version').text).toMatch(/^\{\n {2}"major": "1",\n.*\n\}$/s);
    expect(raw('GET', `${pods}/none`, undefined, undefined, 'curl/8.5.0').text).toContain('\n  "reason": "NotFound"');
  });
});

describe('watches', () => {
  it('are not written as YAML', () => {
    const { status, text } = raw('GET', `${configMaps}?watch=true`, undefined, 'application/yaml');
    expect(status).toBe(406);
    expect(text.replaceAll(/\n\s+/g, ' ')).toContain('only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch');
  });
});

describe('bindings by their name', () => {
  it('bind the pod of that name', () => {
    ask('POST', '/api/v1/namespaces/default/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
    expect(ask('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ name: 'c', image: 'i' }] } }).status).toBe(201);
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'a' }, target: { kind: 'Node', name: 'n1' } };
    expect(ask('POST', '/api/v1/namespaces/default/bindings', binding)).toMatchObject({ status: 201, body: { kind: 'Status', status: 'Success' } });
    expect(ask('GET', `${pods}/a`).body).toMatchObject({ spec: { nodeName: 'n1' } });
  });
});

describe('options of a deletion', () => {
  it('belong to every group, and are told as the decoder tells them when they cannot be read', () => {
    const remove = (body: object): Record<string, unknown> => ask('DELETE', `${configMaps}/none`, body).body;
    expect(remove({ kind: 'DeleteOptions', apiVersion: 'apps/v1', propagationPolicy: 'Orphan' })).toMatchObject({ code: 404 });
    expect(remove({ propagationPolicy: 'Nothing' })).toMatchObject({ code: 422 });
    expect(remove({ gracePeriodSeconds: 'x' })).toMatchObject({ code: 400, message: 'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64' });
    expect(remove({ kind: 'Pod', apiVersion: 'v1' })).toMatchObject({
      code: 400, message: 'no kind "Pod" is registered for version "v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"',
    });
    expect(remove([])).toMatchObject({ code: 400, message: expect.stringMatching(/^couldn't get version\/kind; json parse error: json: cannot unmarshal array/) as unknown });
  });
});

describe('tokens on demand', () => {
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const request = (spec: object, metadata: object = {}): Record<string, unknown> => ask('POST', path, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata, spec }).body;
  const bound = (boundObjectRef: object): Record<string, unknown> => request({ boundObjectRef });

  it('are bound to objects that exist and belong to the account', () => {
    expect(bound({ kind: 'Pod', apiVersion: 'v1', name: 'a' })).toMatchObject({ spec: { boundObjectRef: { kind: 'Pod', name: 'a' } } });
    expect(bound({ kind: 'Pod', apiVersion: 'v1', name: 'none' })).toMatchObject({ code: 404, message: 'pods "none" not found' });
    expect(bound({ kind: 'ConfigMap', apiVersion: 'v1', name: 'x' })).toMatchObject({ code: 400, message: 'cannot bind token to object of type /v1, Kind=ConfigMap' });
    expect(bound({ kind: 'Pod', apiVersion: 'v1', name: 'a', uid: 'other' })).toMatchObject({
      code: 409, message: 'Operation cannot be fulfilled on Pod "a": the UID in the bound object reference (other) does not match the UID in record. The object might have been deleted and then recreated',
    });
    expect(request({}, { name: 'other' })).toMatchObject({ code: 422, message: 'TokenRequest.authentication.k8s.io "default" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified' });
  });

  it('end with what they are bound to', () => {
    const { token } = bound({ kind: 'Pod', apiVersion: 'v1', name: 'a' })['status'] as { token: string };
    const review = (): unknown => ask('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }).body['status'];
    expect(review()).toMatchObject({ authenticated: true, user: { username: 'system:serviceaccount:default:default' } });
    ask('DELETE', `${pods}/a?gracePeriodSeconds=0`);
    expect(review()).not.toHaveProperty('authenticated');
  });
});

describe('resourceVersions that make no sense', () => {
  it('are refused by storage, after validation and not in dry runs', () => {
    const set = 'resourceVersion should not be set on objects to be created';
    expect(ask('POST', configMaps, { metadata: { name: 'x', resourceVersion: '5' } }).body).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: set, code: 500 });
    expect(ask('POST', configMaps, { metadata: { name: 'X', resourceVersion: '5' } }).status).toBe(422);
    expect(ask('POST', `${configMaps}?dryRun=All`, { metadata: { name: 'x', resourceVersion: '5' } }).status).toBe(201);
    expect(ask('POST', configMaps, { metadata: { name: 'x', resourceVersion: '0' } }).status).toBe(201);
    expect(ask('PATCH', `${configMaps}/x`, { metadata: { resourceVersion: 'x' } }).body).toMatchObject({ code: 500, message: 'strconv.ParseUint: parsing "x": invalid syntax' });
    expect(ask('PATCH', `${configMaps}/x`, { metadata: { resourceVersion: '99999999999999999999' } }).body).toMatchObject({ code: 500, message: 'strconv.ParseUint: parsing "99999999999999999999": value out of range' });
  });
});
