import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CowLog } from './cow-log.ts';

interface World { readonly log: CowLog<number>; readonly model: number[]; start: number }
interface Step { readonly do: 'push' | 'trim' | 'fork'; readonly many: number }

let counter = 0;
function act(worlds: World[], { do: action, many }: Step): void {
  const world = worlds[many % worlds.length] as World;
  switch (action) {
    case 'push': {
      for (let i = 0; i < many; i++) if (world.log.push(++counter) !== world.model.push(counter) - 1) throw new Error('wrong position');
      return;
    }
    case 'trim':
      world.start = Math.max(world.start, Math.min(world.start + many, world.model.length));
      world.log.trim(world.start);
      return;
    case 'fork': worlds.push({ log: world.log.clone(), model: [...world.model], start: world.start });
  }
}

function check({ log, model, start }: World): void {
  expect([log.start, log.end, log.length]).toEqual([start, model.length, model.length - start]);
  expect(Array.from({ length: model.length - start }, (_, i) => log.get(start + i))).toEqual(model.slice(start));
  const middle = model[Math.floor((start + model.length) / 2)] ?? Infinity;
  expect(log.search((item) => item >= middle)).toBe(middle === Infinity ? model.length : model.indexOf(middle, start));
}

describe('CowLog', () => {
  it('behaves as an array that forgets its front, and clones do not see each other', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('push' as const), many: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ do: fc.constant('trim' as const), many: fc.integer({ min: 0, max: 400 }) }),
      fc.record({ do: fc.constant('fork' as const), many: fc.integer({ min: 0, max: 9 }) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const worlds: World[] = [{ log: new CowLog<number>(), model: [], start: 0 }];
      expect(worlds).toHaveLength(1);
      for (const action of steps) {
        act(worlds, action);
        for (const world of worlds) check(world);
      }
    }), { numRuns: 60 });
  });

  it('refuses to read what it forgot', () => {
    const log = new CowLog<string>();
    log.push('a');
    log.push('b');
    log.trim(1);
    expect(() => log.get(0)).toThrow('log has no entry 0');
    expect(log.get(1)).toBe('b');
  });
});
