import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { jsonOfProtobuf } from './protobuf.ts';

type Fields = readonly (readonly [number, string | number | Uint8Array])[];

/** Bytes of a message: texts, numbers (as varints), and messages in messages. */
function message(fields: Fields): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) {
    if (typeof value === 'string') writer.tag(number, WireType.LengthDelimited).string(value);
    else if (typeof value === 'number') writer.tag(number, WireType.Varint).int64(value);
    else writer.tag(number, WireType.LengthDelimited).bytes(value);
  }
  return writer.finish();
}

function envelope(apiVersion: string, kind: string, object: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('k8s\0'), message([[1, message([[1, apiVersion], [2, kind]])], [2, object], [3, ''], [4, '']])]);
}

const parsed = (body: Uint8Array): unknown => JSON.parse(jsonOfProtobuf(body) ?? 'null');

describe('protobuf bodies', () => {
  it('keep zeros for the decoder to judge, and read quantities, ports, maps and embedded structs', () => {
    const probe = message([[1, message([[2, message([[1, '/ready'], [2, message([[1, 1], [2, 0], [3, 'http']])]])]])], [2, 0]]);
    const resources = message([[2, message([[1, 'cpu'], [2, message([[1, '250m']])]])]]);
    const container = message([[1, 'web'], [2, 'nginx'], [6, message([[1, ''], [3, 80]])], [6, message([[3, 81]])], [8, resources], [10, probe]]);
    const volume = message([[1, 'v'], [2, message([[19, message([[1, message([[1, 'settings']])]])]])]]);
    const pod = message([[1, message([[1, 'p'], [8, message([[1, 0], [2, 0]])], [11, message([[1, 'app'], [2, 'a']])], [11, message([[1, 'tier'], [2, 'b']])]])], [2, message([[1, volume], [2, container], [4, 0]])]]);
    expect(parsed(envelope('v1', 'Pod', pod))).toEqual({
      apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', creationTimestamp: null, labels: { app: 'a', tier: 'b' } },
      spec: {
        volumes: [{ name: 'v', configMap: { name: 'settings' } }], terminationGracePeriodSeconds: 0,
        containers: [{
          name: 'web', image: 'nginx', ports: [{ name: '', containerPort: 80 }, { containerPort: 81 }], resources: { requests: { cpu: '250m' } },
          livenessProbe: { httpGet: { path: '/ready', port: 'http' }, initialDelaySeconds: 0 },
        }],
      },
    });
  });

  it('read bytes, times, lists inside maps, and options of a deletion in any group', () => {
    const secret = message([[1, message([[8, message([[1, 1_767_603_600], [2, 5_000]])]])], [2, message([[1, 'key'], [2, Buffer.from('hush')]])]]);
    expect(parsed(envelope('v1', 'Secret', secret))).toMatchObject({ metadata: { creationTimestamp: '2026-01-05T09:00:00Z' }, data: { key: 'aHVzaA==' } });
    const user = message([[1, 'anna'], [4, message([[1, 'scopes'], [2, message([[1, 'a'], [1, 'b']])]])]]);
    expect(parsed(envelope('authentication.k8s.io/v1', 'SelfSubjectReview', message([[2, message([[1, user]])]])))).toMatchObject({ status: { userInfo: { username: 'anna', extra: { scopes: ['a', 'b'] } } } });
    expect(parsed(envelope('policy/v1', 'DeleteOptions', message([[1, 5]])))).toEqual({ apiVersion: 'policy/v1', kind: 'DeleteOptions', gracePeriodSeconds: 5 });
  });

  it('are refused when they are cut off, of an unknown kind, or no protobuf at all', () => {
    const whole = envelope('v1', 'ConfigMap', message([[1, message([[1, 'settings']])]]));
    expect(parsed(whole)).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } });
    expect(jsonOfProtobuf(whole.subarray(0, whole.length - 12))).toBeUndefined();
    expect(jsonOfProtobuf(envelope('v1', 'Rocket', message([])))).toBeUndefined();
    expect(jsonOfProtobuf(Buffer.from('{"kind":"ConfigMap"}'))).toBeUndefined();
  });
});
