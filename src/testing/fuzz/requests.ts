// Random requests: half of them nearly right, so that they come far before they fail.
import type { Prng } from '../../base/prng.ts';
import { allKinds } from '../../sim/api/kinds/index.ts';
import type { HttpRequest } from '../../sim/apiserver/http/request.ts';
import type { Credentials } from '../../sim/apiserver/messages.ts';
import { isPlain } from '../parity/controllers/json.ts';
import type { Plain } from '../parity/controllers/json.ts';
import type { Scenario } from '../parity/api/scenario.ts';
import { chance, damaged, damagedText, oddValue, pick } from './values.ts';

interface Target { readonly base: string; readonly plural: string; readonly kind: string; readonly apiVersion: string; readonly namespaced: boolean }

const targets: readonly Target[] = allKinds.map(({ group, version, plural, kind, namespaced }) => {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { base: group === '' ? `/api/${version}` : `/apis/${apiVersion}`, plural, kind, apiVersion, namespaced };
});
const ASKED: readonly Target[] = ['subjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'localsubjectaccessreviews'].map((plural) => (
  { base: '/apis/authorization.k8s.io/v1', plural, kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', namespaced: plural.startsWith('local') }));

const NAMESPACES = ['fuzz', 'fuzz', 'fuzz', 'default'];
const ODD_NAMESPACES = ['kube-system', 'nowhere', 'Bad_Name', '%2e%2e', ''];
const NAMES = ['a', 'b', 'c'];
const ODD_NAMES = ['first', 'x'.repeat(64), '..', '%2F', '%zz', 'ü', 'A', 'a%00b', '{}'];
const SUBRESOURCES = ['status', 'scale', 'binding', 'eviction', 'ephemeralcontainers', 'resize', 'log', 'exec', 'attach', 'portforward', 'proxy', 'token', 'finalize', 'approval', 'nothing'];
const OTHER_PATHS = [
  '/', '//', '/api', '/api/', '/apis', '/apis/', '/apis/apps', '/apis/apps/v9', '/apis/nothing.example.com/v1', '/api/v1', '/api/v2/pods', '/version', '/healthz', '/healthz/etcd', '/livez', '/readyz/nothing', '/metrics', '/openapi/v2',
  '/openapi/v3', '/openapi/v3/api/v1', '/openapi/v3/nothing', '/.well-known/openid-configuration', '/api/v1/nothing', '/api/v1/watch', '/api/v1/watch/pods', '/api/v1/namespaces/fuzz', '/api/v1/namespaces/fuzz/finalize', '/api/v1/componentstatuses',
  '/api/v1/namespaces//pods', '/api/v1/namespaces/fuzz/pods/a/status/extra', '/api/v1/namespaces/fuzz/bindings', `/api/v1/namespaces/${'n'.repeat(3000)}/pods`, '/apis/%zz/v1/x', '/apis/batch/v1/namespaces/fuzz/jobs/a/proxy/x/y/z', '*', '', 'http://elsewhere/api',
];
const METHODS = ['GET', 'GET', 'POST', 'POST', 'POST', 'POST', 'POST', 'PUT', 'PUT', 'PATCH', 'PATCH', 'PATCH', 'DELETE', 'DELETE', 'HEAD'];
const ODD_METHODS = ['OPTIONS', 'TRACE', 'get', 'FOO', ''];
const BODY_TYPES = ['application/json', 'application/json', 'application/json', 'application/yaml', 'application/json; charset=utf-8', 'application/vnd.kubernetes.protobuf', 'text/plain', '', 'application/cbor', ';;;', undefined];
const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml'];
const ACCEPTS = [
  undefined, undefined, undefined, 'application/json', 'application/json', '*/*', 'application/yaml', 'application/json;as=Table;v=v1;g=meta.k8s.io', 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'application/yaml;as=Table;v=v1beta1;g=meta.k8s.io', 'application/json;q=x', 'application/json;stream=watch',
];
const ODD_ACCEPTS = ['application/json;as=Nothing;v=v1;g=meta.k8s.io', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList', 'text/html', 'application/vnd.kubernetes.protobuf', ';q=', ',,,'];
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  limit: ['1', '2', '500', '0', '-1', 'x', '99999999999999999999'], continue: ['x', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0', ''], resourceVersion: ['0', '1', '5', '999999', '-1', 'x', '', '99999999999999999999'],
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'x', ''], labelSelector: ['a=b', 'a in (b,c)', 'a notin (', '!a', 'a>1', '=', ',', 'ü=ü', 'a==b,c!=d', `${'a=b,'.repeat(200)}a=b`],
  fieldSelector: ['metadata.name=a', 'metadata.namespace!=x', 'spec.nodeName=', 'status.phase=Running', 'nothing=1', '=', 'a\\', 'metadata.name=a,metadata.name=b'], watch: ['1', 'true', 'false', '', 'x'], timeoutSeconds: ['1', '0', '-1', 'x', '9e9', '99999999999'],
  allowWatchBookmarks: ['true', 'x'], sendInitialEvents: ['true', 'false', 'x'], dryRun: ['All', 'None', '', 'All,All'], fieldManager: ['me', '', 'x'.repeat(129), 'a\0b'], fieldValidation: ['Strict', 'Warn', 'Ignore', 'x', ''], force: ['true', 'false', '', 'x'],
  pretty: ['true', '1'], gracePeriodSeconds: ['0', '-1', '30', 'x', '99999999999999999999'], propagationPolicy: ['Foreground', 'Orphan', 'Background', 'x'], orphanDependents: ['true', 'x'], includeObject: ['None', 'Object', 'x'], '%zz': ['%zz', '%00'],
};
const USERS: readonly (readonly string[])[] = [['nobody'], ['system:serviceaccount:fuzz:default'], ['system:node:a', 'system:nodes'], ['system:kube-scheduler'], ['system:anonymous'], [''], ['ü', 'g']];
const ADMIN: Credentials = { user: 'admin', groups: ['system:masters', 'system:authenticated'] };

/** Objects that clients really sent, by kind. */
function recordedBodies(scenarios: readonly Scenario[]): ReadonlyMap<string, readonly Plain[]> {
  const bodies = new Map<string, Plain[]>();
  for (const { steps } of scenarios) {
    for (const { request: { body } } of steps) {
      if (!isPlain(body) || typeof body['kind'] !== 'string' || JSON.stringify(body).includes('$repeat')) continue;
      const same = bodies.get(body['kind']);
      if (same) same.push(body);
      else bodies.set(body['kind'], [body]);
    }
  }
  return bodies;
}

/** An endless, seeded source of requests. */
export class RequestSource {
  private readonly random: Prng;
  private readonly bodies: ReadonlyMap<string, readonly Plain[]>;

  /** `scenarios` lend it the bodies that clients really sent. */
  constructor(random: Prng, scenarios: readonly Scenario[]) {
    this.random = random;
    this.bodies = recordedBodies(scenarios);
  }

  next(): HttpRequest {
    const { random } = this;
    const method = pick(random, chance(random, 97) ? METHODS : ODD_METHODS);
    if (chance(random, 6)) return this.request(method, pick(random, OTHER_PATHS), undefined);
    const target = chance(random, 4) ? pick(random, ASKED) : pick(random, targets);
    const namespace = pick(random, chance(random, 92) ? NAMESPACES : ODD_NAMESPACES);
    const scope = target.namespaced && chance(random, 94) ? `/namespaces/${namespace}` : '';
    const hasName = method !== 'POST' && chance(random, method === 'GET' || method === 'DELETE' ? 60 : 96);
    const subresource = chance(random, 10) ? `/${pick(random, SUBRESOURCES)}` : '';
    const name = pick(random, chance(random, 90) ? NAMES : ODD_NAMES);
    const path = `${target.base}${scope}/${target.plural}${hasName || subresource !== '' ? `/${name}${subresource}` : ''}`;
    return this.request(method, path, { ...target, name, namespace });
  }

  private request(method: string, path: string, target: (Target & { readonly name: string; readonly namespace: string }) | undefined): HttpRequest {
    const { random } = this;
    const isPatch = method === 'PATCH' && chance(random, 96);
    const type = isPatch ? pick(random, PATCH_TYPES) : chance(random, 85) ? 'application/json' : pick(random, BODY_TYPES);
    const body = method === 'GET' && chance(random, 95) ? '' : this.body(type ?? '', target);
    const headers = { accept: pick(random, chance(random, 96) ? ACCEPTS : ODD_ACCEPTS), 'content-type': type, 'user-agent': pick(random, ['fuzz/1.0', '', undefined, 'kubectl/v1.36.0 (linux/amd64)', 'ü\0']) };
    return { method, url: `${path}${this.query()}`, headers, body, credentials: this.credentials() };
  }

  private query(): string {
    const { random } = this;
    const names = Object.keys(PARAMETERS);
    const pairs = Array.from({ length: chance(random, 65) ? 0 : 1 + random.below(3) }, () => {
      const name = pick(random, names);
      return `${name}=${chance(random, 70) ? encodeURIComponent(pick(random, PARAMETERS[name] ?? [''])) : pick(random, PARAMETERS[name] ?? [''])}`;
    });
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  }

  private credentials(): Credentials {
    const { random } = this;
    if (chance(random, 95)) return ADMIN;
    if (chance(random, 30)) return { user: '', groups: [], token: pick(random, ['', 'x', 'a.b.c', 'eyJhbGciOiJSUzI1NiJ9.e30.x', '..']) };
    const [user = '', ...groups] = pick(random, USERS);
    const base = chance(random, 80) ? ADMIN : { user: 'nobody', groups: [] };
    return { ...base, impersonate: { user, groups, ...(chance(random, 20) && { uid: 'u', extra: { scopes: ['a', ''] } }) } };
  }

  private body(type: string, target: (Target & { readonly name: string; readonly namespace: string }) | undefined): string {
    const { random } = this;
    let value = this.object(target);
    if (type.startsWith('application/json-patch')) value = this.jsonPatch(value);
    for (let i = chance(random, 45) ? 0 : 1 + random.below(3); i > 0; i--) value = damaged(random, value);
    const text = typeof value === 'string' && chance(random, 50) ? value : (JSON.stringify(value) ?? '');
    if (type.includes('yaml') && chance(random, 30)) return pick(random, ['a: &a [*a]', 'a: b: c', '- - - x', '{{', '--- !!binary x', '? a', '\tx', '!!js/function x', 'a: *b', '&a *a', `a: ${'['.repeat(3000)}`, 'y: 0x10\nn: 1_000\nd: 2026-01-01', '\ufeffkind: x']);
    return chance(random, 7) ? damagedText(random, text) : text;
  }

  /** An object for the target, mostly with its kind, name and namespace. */
  private object(target: (Target & { readonly name: string; readonly namespace: string }) | undefined): unknown {
    const { random } = this;
    const known = target && this.bodies.get(target.kind);
    if (!target || !known || chance(random, 8)) {
      const any = pick(random, [...this.bodies.values()]);
      return chance(random, 70) ? pick(random, any) : oddValue(random);
    }
    const body = pick(random, known);
    const metadata = isPlain(body['metadata']) ? body['metadata'] : {};
    const name = chance(random, 80) ? target.name : metadata['name'];
    const resourceVersion = chance(random, 12) ? { resourceVersion: pick(random, ['1', '40', '0', 'x', '-1']) } : {};
    return { ...body, apiVersion: chance(random, 97) ? target.apiVersion : 'v9', metadata: { ...metadata, name, namespace: target.namespaced && chance(random, 90) ? target.namespace : undefined, ...resourceVersion } };
  }

  private jsonPatch(value: unknown): unknown {
    const { random } = this;
    return Array.from({ length: random.below(5) }, () => ({
      op: pick(random, ['add', 'remove', 'replace', 'move', 'copy', 'test', 'nothing', '']), path: this.pointer(value), ...(chance(random, 40) && { from: this.pointer(value) }), ...(chance(random, 80) && { value: oddValue(random) }),
    }));
  }

  /** A pointer to some place in a value, sometimes beside it. */
  private pointer(value: unknown): unknown {
    const { random } = this;
    let pointer = '';
    let at = value;
    while (isPlain(at) || Array.isArray(at)) {
      const keys = Object.keys(at);
      if (keys.length === 0 || chance(random, 15)) break;
      const key = pick(random, keys);
      pointer += `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      at = (at as Plain)[key];
    }
    return chance(random, 12) ? pick<unknown>(random, [`${pointer}/-`, `${pointer}/99999999999`, `${pointer}/-1`, `${pointer}/x/y`, '', 'x', '/', null, 5, '~']) : pointer;
  }
}
