import { describe, expect, it } from 'vitest';
import { decodeBody } from './decode-body.ts';
import { canonicalObject, decodeText } from './decode.ts';
import type { JsonObject } from './generated/types.ts';
import { parseGoJson } from './go-json.ts';
import { schemaName, schemaOf } from './schema.ts';

const podKind = { group: '', version: 'v1', kind: 'Pod', schema: schemaName('core.v1', 'Pod') };
const pod = schemaOf(podKind.schema);

function decode(text: string, name: string): unknown {
  const result = decodeText(text, schemaOf(name), true);
  return result.ok ? (result.strictErrors.length > 0 ? [result.value, ...result.strictErrors] : result.value) : result.message;
}

describe('stored form', () => {
  it('drops empty optional values and writes what Go always writes', () => {
    expect(decode('{"metadata":{"name":"p","labels":{},"annotations":null},"spec":{"hostNetwork":false,"priority":0,"nodeName":"","containers":[{"image":"","name":"c","ports":[]}]}}', podKind.schema))
      .toEqual({ metadata: { name: 'p' }, spec: { priority: 0, containers: [{ name: 'c', resources: {} }] }, status: {} });
    expect(decode('{"metadata":{"name":"r"}}', schemaName('rbac.v1', 'Role'))).toEqual({ metadata: { name: 'r' }, rules: null });
    expect(decode('{"type":"Ready","lastTransitionTime":null}', schemaName('core.v1', 'PodCondition')))
      .toEqual({ type: 'Ready', status: '', lastProbeTime: null, lastTransitionTime: null });
  });
  it('takes null as if the field were not there', () => {
    expect(decode('{"replicas":null,"strategy":{"rollingUpdate":{"maxSurge":null}},"template":null}', schemaName('apps.v1', 'DeploymentSpec')))
      .toEqual({ selector: null, strategy: { rollingUpdate: {} }, template: { metadata: {}, spec: { containers: null } } });
    expect(decode('{"kind":"X","name":"x","apiGroup":null}', schemaName('core.v1', 'TypedLocalObjectReference'))).toEqual({ kind: 'X', name: 'x', apiGroup: null });
  });
  it('keeps an empty list apart from none where that says something', () => {
    expect(decode('{"policies":[],"stabilizationWindowSeconds":0}', schemaName('autoscaling.v2', 'HPAScalingRules'))).toEqual({ policies: [], stabilizationWindowSeconds: 0 });
  });
  it('does not follow endless nesting', () => {
    expect(decode(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, podKind.schema)).toBe('exceeded max depth');
  });
  it('writes quantities, times, base64 and numbers canonically', () => {
    expect(decode('{"limits":{"cpu":1000e-3,"memory":"1.5Gi"}}', schemaName('core.v1', 'ResourceRequirements'))).toEqual({ limits: { cpu: '1', memory: '1536Mi' } });
    expect(decode('{"creationTimestamp":"2026-01-01T01:00:00.9+01:00"}', 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')).toEqual({ creationTimestamp: '2026-01-01T00:00:00Z' });
    expect(decode('{"data":{"a":"YQ=\\n=","b":null}}', schemaName('core.v1', 'Secret'))).toEqual({ metadata: {}, data: { a: 'YQ==', b: '' } });
    expect(decode('{"data":{"k":null,"__proto__":"x"}}', schemaName('core.v1', 'ConfigMap'))).toEqual(JSON.parse('{"metadata":{},"data":{"k":"","__proto__":"x"}}'));
  });
  it('returns canonical objects as they are', () => {
    const decoded = decodeText('{"metadata":{"name":"p","uid":"1"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"2"}}}]},"status":{}}', pod, false);
    if (!decoded.ok) throw new Error(decoded.message);
    expect(canonicalObject(decoded.value, pod)).toBe(decoded.value);
    const changed: JsonObject = { ...decoded.value, status: { phase: '' } };
    expect(canonicalObject(changed, pod)).not.toBe(changed);
    expect(canonicalObject(changed, pod)['spec']).toBe(decoded.value['spec']);
  });
});

describe('errors of types', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"metadata":"x"}', 'json: cannot unmarshal string into Go struct field Pod.metadata of type v1.ObjectMeta'],
    ['{"spec":{"containers":"x"}}', 'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container'],
    ['{"spec":{"containers":[{"env":[{"value":5}]}]}}', 'json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string'],
    ['{"spec":{"containers":[{"imagePullPolicy":true}]}}', 'json: cannot unmarshal bool into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy'],
    ['{"spec":{"priority":1.50}}', 'json: cannot unmarshal number 1.50 into Go struct field PodSpec.spec.priority of type int32'],
    ['{"spec":{"priority":3000000000}}', 'json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32'],
    ['{"spec":{"nodeSelector":{"a":1}}}', 'json: cannot unmarshal number into Go struct field PodSpec.spec.nodeSelector of type string'],
    ['{"spec":{"overhead":7}}', 'json: cannot unmarshal number into Go struct field PodSpec.spec.overhead of type v1.ResourceList'],
    ['{"metadata":{"creationTimestamp":"yesterday"}}', 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
    ['{"metadata":{"creationTimestamp":"2026-02-30T00:00:00Z"}}', 'parsing time "2026-02-30T00:00:00Z": day out of range'],
    ['{"metadata":{"name":1},"spec":{"containers":[{"resources":{"limits":{"cpu":"x"}}}]}}', "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ['{"spec":{"containers":[{"readinessProbe":{"tcpSocket":{"port":true}}}]}}', 'json: cannot unmarshal bool into Go struct field TCPSocketAction.spec.containers.readinessProbe.ProbeHandler.tcpSocket.port of type int32'],
  ];
  it.each(cases)('%s', (text, message) => {
    expect(decode(text, podKind.schema)).toBe(message);
  });
});

describe('strict errors', () => {
  it('are in document order, with indices and without repeats', () => {
    const text = '{"metadata":{"nam":1,"name":"a","name":"b","labels":{"x":"1","x":"2"}},"extra":1,"spec":{"containers":[{"name":"c","Image":"x"}],"Containers":[]}}';
    const result = decodeText(text, pod, true);
    expect(result.ok && result.strictErrors).toEqual([
      'unknown field "metadata.nam"', 'duplicate field "metadata.name"', 'duplicate field "metadata.labels.x"', 'unknown field "extra"',
      'unknown field "spec.containers[0].Image"', 'unknown field "spec.Containers"',
    ]);
    expect(result.ok && result.value['metadata']).toEqual({ name: 'b', labels: { x: '2' } });
  });
});

describe('JSON syntax', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'unexpected end of JSON input'],
    ['apiVersion: v1', "invalid character 'a' looking for beginning of value"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1', 'unexpected end of JSON input'],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{"a":1} x', "invalid character 'x' after top-level value"],
    ['{"a":"\n"}', "invalid character '\\n' in string literal"],
    ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
    ['{"a":"\\q"}', "invalid character 'q' in string escape code"],
    ['{"a":01}', "invalid character '1' after object key:value pair"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
  ];
  it.each(cases)('%s', (text, message) => {
    const outcome = parseGoJson(text);
    expect(outcome.ok ? 'parsed' : outcome.message).toBe(message);
  });
});

describe('bodies', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"apiVersion":"v1","kind":"Secret"}', 'Secret in version "v1" cannot be handled as a Pod: converting (v1.Secret) to (core.Pod): unknown conversion'],
    ['{"apiVersion":"v2","kind":"Pod"}', 'Pod in version "v2" cannot be handled as a Pod: no kind "Pod" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"'],
    ['{"apiVersion":"a/b/c","kind":"Pod"}', 'the object provided is unrecognized (must be of type Pod): unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c","kind":" ...)'],
    ['', "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"],
    ['{"spec":{"containerz":[]}}', 'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containerz"'],
  ];
  it.each(cases)('%s', (text, message) => {
    const result = decodeBody({ text }, podKind, 'Strict');
    expect(result.ok ? 'accepted' : result.message).toBe(message);
  });
  it('fills in apiVersion and kind', () => {
    const result = decodeBody({ text: '{"metadata":{"name":"p"}}' }, podKind, 'Warn');
    expect(result.ok && [result.object.apiVersion, result.object.kind]).toEqual(['v1', 'Pod']);
  });
  it('names the version that is no longer served', () => {
    const deployment = { group: 'apps', version: 'v1', kind: 'Deployment', schema: schemaName('apps.v1', 'Deployment') };
    const result = decodeBody({ text: '{"apiVersion":"apps/v1beta1","kind":"Deployment"}' }, deployment, 'Warn');
    expect(result.ok ? '' : result.message).toBe('the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)');
  });
});
