import { describe, expect, it } from 'vitest';
import type { Node } from '../../api/generated/types.ts';
import { TestKit } from '../testkit.ts';
import { blockCidr, blockIndex, parseRange } from './cidr-set.ts';
import { nodeIpamController } from './index.ts';

const node = (name: string, podCIDR?: string): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: podCIDR === undefined ? {} : { podCIDR } });
const options = { 'allocate-node-cidrs': 1, 'node-cidr-mask-size-ipv4': 24, 'cluster-cidr': '10.244.0.0/16' };

describe('node IPAM', () => {
  it('hands out blocks in order and keeps those that nodes already have', () => {
    const k = new TestKit(nodeIpamController, options);
    k.put('nodes', node('old', '10.244.1.0/24'));
    for (const name of ['a', 'b', 'c']) k.put('nodes', node(name));
    k.run();
    expect(['a', 'b', 'c'].map((name) => k.get<Node>('nodes', name)?.spec?.podCIDR)).toEqual(['10.244.0.0/24', '10.244.2.0/24', '10.244.3.0/24']);
    k.remove('nodes', 'a');
    k.put('nodes', node('d'));
    k.run();
    expect(k.get<Node>('nodes', 'd')?.spec?.podCIDRs).toEqual(['10.244.4.0/24']);
  });

  it('says when no block is left', () => {
    const k = new TestKit(nodeIpamController, { ...options, 'cluster-cidr': '10.244.0.0/24' });
    k.put('nodes', node('a'));
    k.run();
    k.put('nodes', node('b'));
    k.run();
    expect(k.events.map((event) => event.message)).toEqual(['Node b status is now: CIDRNotAvailable']);
  });

  it('does nothing unless --allocate-node-cidrs', () => {
    const k = new TestKit(nodeIpamController, { ...options, 'allocate-node-cidrs': 0 });
    k.put('nodes', node('a'));
    k.run();
    expect(k.log).toEqual([]);
  });

  it('cuts ranges', () => {
    const range = parseRange('10.244.0.0/16', 24);
    expect(range).toEqual({ base: 10 * 2 ** 24 + 244 * 2 ** 16, blockBits: 24, count: 256 });
    if (!range) throw new Error('no range');
    expect(blockCidr(range, 255)).toBe('10.244.255.0/24');
    expect(blockIndex(range, '10.244.7.0/24')).toBe(7);
    expect(blockIndex(range, '10.245.0.0/24')).toBeUndefined();
    expect(parseRange('10.244.0.0/26', 24)).toBeUndefined();
    expect(parseRange('fd00::/64', 24)).toBeUndefined();
  });
});
