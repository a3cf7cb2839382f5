import { beforeEach, expect, test } from 'vitest';
import { WorldHost } from './host.ts';
import type { Command, Granularity, Update } from './protocol.ts';

let host: WorldHost;

function give(command: Exclude<Command, { readonly type: 'open' }>): Update {
  const reply = host.handle(command);
  if (reply.type !== 'update') throw new Error(`answered with ${reply.type}`);
  return reply;
}
const step = (granularity: Granularity): Update => give({ type: 'step', granularity, background: false, horizonUs: 600_000_000 });
const back = (granularity: Granularity): Update => give({ type: 'stepBack', granularity, background: false });
const apply = (name: string): Update => {
  const text = `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, image: "nginx:1.29"}]}\n`;
  return give({ type: 'input', input: { type: 'kubectl', args: ['apply', '-f', 'x.yaml'], files: [{ name: 'x.yaml', text }] } });
};

beforeEach(() => {
  host = new WorldHost({ seed: 1, nodes: [{ name: 'node-1', cpu: '4', memory: '8Gi', pods: 110, zone: 'a' }], options: {} });
});

test.each(['message', 'request', 'phase'] as const)('a step by %s can be taken back', (granularity) => {
  apply('one');
  step(granularity);
  const there = step(granularity).narration;
  const next = step(granularity).narration;
  expect(next).not.toEqual(there);
  expect(back(granularity).narration).toEqual(there);
  expect(step(granularity).narration).toEqual(next);
});

test('back to quiet is back to before the last stir, and from there to before the one before', () => {
  const rest = step('quiet').position;
  apply('one');
  expect(step('quiet').pods).toHaveLength(1);
  const between = host.jumped().position;
  apply('two');
  step('quiet');
  expect(host.jumped().pods).toHaveLength(2);
  const first = back('quiet');
  expect(first.pods.map(({ name, phase }) => `${name} ${phase}`)).toEqual(['one Running']);
  expect(first.position).toBeLessThanOrEqual(between);
  const second = back('quiet');
  expect(second.pods).toEqual([]);
  expect(second.position).toBeLessThanOrEqual(rest);
});
