import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../meta.ts';
import type { Kind } from '../kind.ts';
import { deviceClassKind, resourceClaimKind, resourceClaimTemplateKind, resourceSliceKind } from './dynamic-resources.ts';

const ctx = { now: '2026-01-01T00:00:00Z', dryRun: false };

function made(kind: Kind, spec: unknown): ApiObject {
  const object = { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, metadata: { name: 'x', ...(kind.namespaced && { namespace: 'default' }) }, spec } as unknown as ApiObject;
  return kind.prepareForCreate(kind.applyDefaults(object), ctx);
}

const complaints = (kind: Kind, spec: unknown): readonly string[] => kind.validate(made(kind, spec)).map(({ path, message }) => `${path}: ${message}`);
const request = (more: object = {}): object => ({ name: 'gpu', exactly: { deviceClassName: 'gpu.example.com', ...more } });
const claim = (devices: object): object => ({ devices });

describe('claims to devices', () => {
  it('ask for exactly one device unless they say otherwise', () => {
    expect(made(resourceClaimKind, claim({ requests: [request({ tolerations: [{ key: 'a' }] }), { name: 'b', firstAvailable: [{ name: 'c', deviceClassName: 'd', allocationMode: 'All' }] }] }))).toMatchObject({
      spec: claim({ requests: [
        request({ allocationMode: 'ExactCount', count: 1, tolerations: [{ key: 'a', operator: 'Equal' }] }), { name: 'b', firstAvailable: [{ name: 'c', allocationMode: 'All' }] },
      ] }),
    });
  });

  it('are checked, in templates too', () => {
    const devices = {
      requests: [request({ selectors: [{ cel: { expression: 'device.nope' } }], allocationMode: 'All', count: 2 }), { name: 'Bad' }, request()],
      constraints: [{ requests: ['gpu/none'], matchAttribute: 'model' }], config: [{ requests: ['gpu'] }],
    };
    const wanted = [
      'requests[0].exactly.selectors[0].cel.expression: Invalid value: "device.nope": compilation failed: ERROR: <input>:1:7: undefined field \'nope\'\n | device.nope\n | ......^',
      "requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
      "requests[1].name: Invalid value: \"Bad\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      'requests[1]: Required value: exactly one of `exactly` or `firstAvailable` is required',
    ];
    expect(complaints(resourceClaimKind, claim(devices)).slice(0, 4)).toEqual(wanted.map((text) => `spec.devices.${text}`));
    expect(complaints(resourceClaimTemplateKind, { spec: claim(devices) }).slice(0, 4)).toEqual(wanted.map((text) => `spec.spec.devices.${text}`));
    const rest = complaints(resourceClaimKind, claim(devices)).slice(4);
    expect(rest).toEqual([
      'spec.devices.requests[2]: Duplicate value: "gpu"', expect.stringContaining('constraints[0].requests[0]: Invalid value: "gpu/none"'),
      expect.stringContaining('constraints[0].matchAttribute: Invalid value'), 'spec.devices.config[0].opaque: Required value',
    ]);
  });

  it('may ask for nothing', () => {
    expect(complaints(resourceClaimKind, claim({ requests: null, config: [{ requests: ['x'], opaque: { driver: 'd', parameters: {} } }] }))).toEqual([
      "spec.devices.config[0].requests[0]: Invalid value: \"x\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
    ]);
  });

  it('cannot be changed, and show how far they are', () => {
    const old = made(resourceClaimKind, claim({ requests: [request()] }));
    const next = { ...made(resourceClaimKind, claim({})), metadata: { ...old.metadata, resourceVersion: '1' } };
    expect(resourceClaimKind.validateUpdate(next, old).map(({ path, message }) => `${path} ${message}`)).toEqual([expect.stringMatching(/^spec Invalid value: .*field is immutable$/s)]);
    expect(resourceClaimKind.row(old, 0)[1]).toBe('pending');
    expect(resourceClaimKind.row({ ...old, status: { allocation: {}, reservedFor: [{}] } } as ApiObject, 0)[1]).toBe('allocated,reserved');
  });
});

describe('classes and slices of devices', () => {
  it('select by expressions that know a device', () => {
    const expression = 'device.driver == "d" && device.attributes["d"].model.startsWith("a") && device.capacity["d"].memory.isGreaterThan(quantity("1Gi"))';
    expect(complaints(deviceClassKind, { selectors: [{ cel: { expression } }], extendedResourceName: 'example.com/gpu' })).toEqual([]);
    expect(complaints(deviceClassKind, { selectors: [{ cel: { expression: '"x"' } }, {}], extendedResourceName: 'cpu' })).toEqual([
      'spec.selectors[0].cel.expression: Invalid value: "\\"x\\"": must evaluate to bool or the unknown type, not string', 'spec.selectors[1].cel: Required value',
      'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
    ]);
  });

  it('are at one place and belong to one pool', () => {
    const pool = { name: 'p', generation: 0, resourceSliceCount: 1 };
    const device = { name: 'd', attributes: { model: { string: 'a' } }, capacity: { 'd.example.com/memory': { value: '1Gi' } } };
    expect(complaints(resourceSliceKind, { driver: 'd', pool, nodeName: 'n', devices: [device] })).toEqual([]);
    expect(complaints(resourceSliceKind, { driver: 'd', pool: { ...pool, resourceSliceCount: 0 }, nodeName: 'n', allNodes: true, devices: [{ ...device, attributes: { '1': {} } }] })).toEqual([
      'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
      'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
      expect.stringMatching(/^spec\.devices\[0\]\.attributes\[1\]: Invalid value: "1": a valid C identifier must start with/),
    ]);
    expect(complaints(resourceSliceKind, { driver: 'd', pool })).toEqual([expect.stringContaining('spec: Required value: exactly one of')]);
    expect(complaints(resourceSliceKind, { driver: 'd', pool, nodeName: 'n', sharedCounters: [{ name: 'c' }] })).toEqual(['spec.sharedCounters[0].counters: Required value']);
  });
});
