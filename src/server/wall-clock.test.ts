import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ApiRequest } from '../sim/apiserver/messages.ts';
import { WallClock } from './wall-clock.ts';
import { WorldServer } from './world-server.ts';

const LIST: Omit<ApiRequest, 'requestId'> = {
  type: 'api-request', verb: 'list', group: '', version: 'v1', resource: 'namespaces', subresource: '', namespace: '', name: '', options: {}, patchType: undefined, body: undefined,
  credentials: { user: 'admin', groups: ['system:masters'] }, userAgent: 'test',
};

let clock: WallClock | undefined;
afterEach(() => clock?.stop());

function newWorld(): { readonly world: WorldServer; readonly aheadMs: () => number } {
  const world = new WorldServer({ seed: 1, components: ['apiserver'], options: {}, nodes: [] });
  clock = new WallClock(world, (error) => { throw error; });
  const zeroMs = performance.now() - world.kernel.nowUs / 1000;
  return { world, aheadMs: () => world.kernel.nowUs / 1000 - (performance.now() - zeroMs) };
}

const answer = (world: WorldServer): Promise<number> => new Promise((resolve) => {
  world.send(LIST, (output) => resolve(output.type === 'api-response' ? output.code : 0));
});

describe('a world on the wall clock', () => {
  it('does not run ahead of it, however many requests come', async () => {
    const { world, aheadMs } = newWorld();
    let furthestMs = -Infinity;
    for (let i = 0; i < 20; i++) {
      expect(await Promise.all(Array.from({ length: 200 }, () => answer(world)))).toEqual(Array.from({ length: 200 }, () => 200));
      furthestMs = Math.max(furthestMs, aheadMs());
    }
    expect(furthestMs).toBeLessThan(1);
    expect(world.isAwaited).toBe(false);
  });

  it('goes on while nobody asks', async () => {
    const { world, aheadMs } = newWorld();
    const beforeUs = world.kernel.nowUs;
    await vi.waitFor(() => expect(world.kernel.nowUs).toBeGreaterThan(beforeUs + 60_000));
    expect(aheadMs()).toBeLessThan(1);
  });

  it('counts from where it was told to go', async () => {
    const { world } = newWorld();
    world.advance(3_600_000_000);
    expect(await answer(world)).toBe(200);
    const us = world.kernel.nowUs;
    await vi.waitFor(() => expect(world.kernel.nowUs).toBeGreaterThan(us + 40_000));
    expect(world.kernel.nowUs).toBeLessThan(us + 3_600_000_000);
  });
});
