import { describe, expect, it } from 'vitest';
import { LazyMap } from './lazy-map.ts';

describe('LazyMap', () => {
  it('clones share nothing that is written', () => {
    const a = new LazyMap<string, number>();
    a.set('x', 1);
    const b = a.clone();
    const c = b.clone();
    a.set('x', 2);
    b.delete('x');
    c.set('y', 3);
    expect([[...a], [...b], [...c]]).toEqual([[['x', 2]], [], [['x', 1], ['y', 3]]]);
  });

  it('keeps the order of insertion and knows what it has', () => {
    const map = new LazyMap<number, string>();
    for (const key of [3, 1, 2]) map.set(key, String(key));
    const copy = map.clone();
    expect([...copy.keys()]).toEqual([3, 1, 2]);
    expect([copy.size, copy.has(1), copy.get(2), copy.delete(9), copy.delete(1), copy.has(1), map.has(1)]).toEqual([3, true, '2', false, true, false, true]);
    copy.clear();
    expect([copy.size, map.size, [...map.values()]]).toEqual([0, 3, ['3', '1', '2']]);
  });
});
