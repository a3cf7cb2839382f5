import { describe, expect, it } from 'vitest';
import type { ValidatingAdmissionPolicyBindingSpec, ValidatingAdmissionPolicySpec } from '../../../api/generated/types.ts';
import { allKinds } from '../../../api/kinds/index.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { createRequest, deleteRequest, patchRequest } from '../../../client/requests.ts';
import type { RequestSpec } from '../../../client/requests.ts';
import type { ApiResponse } from '../../messages.ts';
import { ADMIN, TestWorld } from '../../testing.ts';

const registration = (resource: string) => ({ group: 'admissionregistration.k8s.io', version: 'v1', resource });
const POLICIES = registration('validatingadmissionpolicies');
const BINDINGS = registration('validatingadmissionpolicybindings');
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const onConfigMaps: ValidatingAdmissionPolicySpec['matchConstraints'] = { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }] };

function policy(spec: ValidatingAdmissionPolicySpec, name = 'p'): ApiObject {
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec: { matchConstraints: onConfigMaps, ...spec } } as ApiObject;
}

function binding(spec: Partial<ValidatingAdmissionPolicyBindingSpec> = {}, name = 'b'): ApiObject {
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding', metadata: { name }, spec: { policyName: 'p', validationActions: ['Deny'], ...spec } } as ApiObject;
}

const configMap = (name: string, data: Readonly<Record<string, string>> = {}, labels: Readonly<Record<string, string>> = {}): ApiObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data } as ApiObject);
const makes = (object: ApiObject): RequestSpec => createRequest(CONFIG_MAPS, object, 'default');
const said = ({ code, body }: ApiResponse): string => `${code} ${(body as { readonly message?: string }).message ?? 'fine'}`;
const refusal = (message: string): string => `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${message}`;

function worldWith(spec: ValidatingAdmissionPolicySpec, bound: Partial<ValidatingAdmissionPolicyBindingSpec> = {}): TestWorld {
  const world = new TestWorld(allKinds);
  world.must(createRequest(POLICIES, policy(spec), ''));
  world.must(createRequest(BINDINGS, binding(bound), ''));
  world.run(1);
  return world;
}

/** What the server says of a policy. */
function complaint(spec: ValidatingAdmissionPolicySpec): string {
  return said(new TestWorld(allKinds).ask(createRequest(POLICIES, policy(spec), ''))).replace(/^422 ValidatingAdmissionPolicy.admissionregistration.k8s.io "p" is invalid: /, '');
}

describe('policies are checked when they are written', () => {
  it.each<readonly [string, ValidatingAdmissionPolicySpec, string]>([
    ['unknown name', { validations: [{ expression: 'objekt.data == {}' }] },
      "spec.validations[0].expression: Invalid value: \"objekt.data == {}\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'objekt' (in container '')\n | objekt.data == {}\n | ^"],
    ['not a condition', { validations: [{ expression: '"text"' }] }, 'spec.validations[0].expression: Invalid value: "\\"text\\"": must evaluate to bool but got string'],
    ['field of the request', { validations: [{ expression: 'request.nope == ""' }] },
      "spec.validations[0].expression: Invalid value: \"request.nope == \\\"\\\"\": compilation failed: ERROR: <input>:1:8: undefined field 'nope'\n | request.nope == \"\"\n | .......^"],
    ['params without a kind', { validations: [{ expression: 'params.data == {}' }] },
      "spec.validations[0].expression: Invalid value: \"params.data == {}\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.data == {}\n | ^"],
    ['nothing', {}, '[spec.validations: Required value: validations or auditAnnotations must contain at least one item, spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item]'],
    ['variable', { variables: [{ name: 'in', expression: '1' }], validations: [{ expression: 'true' }] }, 'spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier'],
    ['match condition', { matchConditions: [{ name: '-', expression: '1' }], validations: [{ expression: 'true' }] },
      "[spec.matchConditions[0].expression: Invalid value: \"1\": must evaluate to bool but got int, spec.matchConditions[0].name: Invalid value: \"-\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]"],
    ['reason', { validations: [{ expression: 'true', reason: 'Bored' }] }, 'spec.validations[0].reason: Unsupported value: "Bored": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"'],
  ])('%s', (_, spec, wanted) => {
    expect(complaint(spec)).toBe(wanted);
  });

  it('and so are bindings', () => {
    const world = new TestWorld(allKinds);
    const errors = said(world.ask(createRequest(BINDINGS, binding({ validationActions: ['Deny', 'Warn'], paramRef: {} }), '')));
    expect(errors).toContain('spec.paramRef: Required value: one of name or selector must be specified, spec.paramRef.parameterNotFoundAction: Required value');
    expect(errors).toContain('must not contain both Deny and Warn');
  });
});

describe('policies judge requests', () => {
  it('by object, old object, request and namespace', () => {
    const world = worldWith({
      validations: [
        { expression: 'object == null || !has(object.data) || size(object.data) < 2', message: 'too much' },
        { expression: 'oldObject == null || object == null || oldObject.metadata.name == object.metadata.name' },
        { expression: 'request.operation != "DELETE" || oldObject.metadata.name != "kept"', reason: 'Forbidden', messageExpression: '"keep " + request.name + " in " + namespaceObject.metadata.name' },
      ],
    });
    expect(said(world.ask(makes(configMap('a', { x: '1', y: '2' }))))).toBe(`422 configmaps "a" is forbidden: ${refusal('too much')}`);
    world.must(makes(configMap('kept', { x: '1' })));
    expect(said(world.ask(patchRequest(CONFIG_MAPS, 'default', 'kept', 'merge', { data: { y: '2' } })))).toBe(`422 configmaps "kept" is forbidden: ${refusal('too much')}`);
    expect(said(world.ask(deleteRequest(CONFIG_MAPS, 'default', 'kept')))).toBe(`403 configmaps "kept" is forbidden: ${refusal('keep kept in default')}`);
  });

  it('only where they match', () => {
    const world = worldWith({ matchConditions: [{ name: 'not-mine', expression: 'object.metadata.name != "mine"' }], validations: [{ expression: 'false' }] }, {
      matchResources: { objectSelector: { matchLabels: { judge: 'me' } }, excludeResourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'], resourceNames: ['excluded'] }] },
    });
    const me = { judge: 'me' };
    expect(said(world.ask(makes(configMap('a', {}, me))))).toBe(`422 configmaps "a" is forbidden: ${refusal('failed expression: false')}`);
    for (const [name, labels] of [['unlabelled', {}], ['excluded', me], ['mine', me]] as const) world.must(makes(configMap(name, {}, labels)));
    world.must(createRequest(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other', labels: me } }, ''));
  });

  it('with variables, which are computed once they are asked for', () => {
    const world = worldWith({
      variables: [{ name: 'size', expression: 'size(object.data)' }, { name: 'broken', expression: 'object.data.missing' }, { name: 'small', expression: 'variables.size < 2' }],
      validations: [{ expression: 'variables.small || variables.broken == "x"', messageExpression: '"has " + string(variables.size)' }],
    });
    world.must(makes(configMap('a', { x: '1' })));
    expect(said(world.ask(makes(configMap('b', { x: '1', y: '2' }))))).toContain('composited variable "broken" fails to evaluate: no such key: missing');
    expect(said(world.ask(makes(configMap('c', { missing: '1', y: '2' }))))).toContain(refusal('has 2'));
  });

  it('with the parameters of the binding', () => {
    const world = worldWith({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, matchConditions: [{ name: 'no-params', expression: '!object.metadata.name.startsWith("limit")' }], validations: [{ expression: 'size(object.data) <= int(params.data.max)' }] }, {
      paramRef: { selector: { matchLabels: { limits: 'yes' } }, parameterNotFoundAction: 'Deny' },
    });
    expect(said(world.ask(makes(configMap('a', { x: '1' }))))).toContain("failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction");
  });

  it('may find their parameters by name, and allow where there are none', () => {
    const world = worldWith({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'object.metadata.name == "limit" || size(object.data) <= int(params.data.max)' }] }, {
      paramRef: { name: 'limit', namespace: 'default', parameterNotFoundAction: 'Allow' },
    });
    world.must(makes(configMap('early', { x: '1', y: '2' })));
    world.must(makes(configMap('limit', { max: '1' })));
    world.run(1);
    expect(said(world.ask(makes(configMap('late', { x: '1', y: '2' }))))).toContain(refusal('failed expression: object.metadata.name'));
  });

  it('fail or not as failurePolicy says', () => {
    const broken = { validations: [{ expression: 'object.data.missing == "x"' }] };
    expect(said(worldWith(broken).ask(makes(configMap('a', { x: '1' }))))).toContain(`expression 'object.data.missing == "x"' resulted in error: no such key: missing`);
    worldWith({ ...broken, failurePolicy: 'Ignore' }).must(makes(configMap('a', { x: '1' })));
    const unknown = { paramKind: { apiVersion: 'example.org/v1', kind: 'Limit' }, validations: [{ expression: 'true' }] };
    expect(said(worldWith(unknown).ask(makes(configMap('a'))))).toContain("ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.org/v1, Kind=Limit'");
  });

  it('may only warn', () => {
    const answer = worldWith({ validations: [{ expression: 'false', message: 'hm' }] }, { validationActions: ['Warn', 'Audit'] }).ask(makes(configMap('a')));
    expect([answer.code, answer.warnings]).toEqual([201, ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': hm"]]);
  });

  it('can ask what the user, or a service account, may do', () => {
    const world = worldWith({
      validations: [
        { expression: 'authorizer.group("").resource("secrets").namespace("default").check("get").allowed()' },
        { expression: 'authorizer.requestResource.check("create").allowed() && authorizer.path("/healthz").check("get").allowed()' },
        { expression: '!authorizer.serviceAccount("default", "x").group("").resource("secrets").check("get").allowed()' },
        { expression: 'authorizer.serviceAccount("default", "x").requestResource.check("create").allowed()', message: 'x may not' },
      ],
    });
    expect(said(world.ask(makes(configMap('a'))))).toBe(`422 configmaps "a" is forbidden: ${refusal('x may not')}`);
  });

  it('never judge policies', () => {
    const world = worldWith({ matchConstraints: { resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }] }, validations: [{ expression: 'false' }] });
    expect(said(world.ask(makes(configMap('a'))))).toContain('denied request');
    world.must(deleteRequest(BINDINGS, '', 'b'));
    world.run(1);
    world.must(makes(configMap('a')));
  });
});

describe('parameters', () => {
  const CLUSTER_ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
  const alice = { ...ADMIN, credentials: { user: 'alice', groups: [] } };
  const withParams: ValidatingAdmissionPolicySpec = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'true' }] };

  it('are only for those who may read them', () => {
    const world = new TestWorld(allKinds);
    const rules = [{ apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['*'] }];
    world.must(createRequest(CLUSTER_ROLES, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'policies' }, rules } as ApiObject, ''));
    world.must(createRequest({ ...CLUSTER_ROLES, resource: 'clusterrolebindings' }, {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'alice' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'policies' }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }],
    } as ApiObject, ''));
    world.run(1);
    const policyAnswer = world.ask(createRequest(POLICIES, policy(withParams), ''), alice);
    expect(said(policyAnswer)).toBe('422 ValidatingAdmissionPolicy.admissionregistration.k8s.io "p" is invalid: spec.paramKind: Forbidden: user &{alice  [system:authenticated] map[]} must have "get" permission on all objects of the referenced paramKind (kind=ConfigMap, apiVersion=v1)');
    world.must(createRequest(POLICIES, policy(withParams), ''));
    const bindingAnswer = world.ask(createRequest(BINDINGS, binding({ paramRef: { name: 'limit', namespace: 'default', parameterNotFoundAction: 'Deny' } }), ''), alice);
    expect(said(bindingAnswer)).toBe('422 ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io "b" is invalid: spec.paramRef: Forbidden: user &{alice  [system:authenticated] map[]} does not have "get" permission on the object referenced by paramRef');
    expect(world.ask(createRequest(BINDINGS, binding(), ''), alice).code).toBe(201);
  });
});
