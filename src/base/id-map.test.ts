import { expect, test } from 'vitest';
import { IdMap } from './id-map.ts';
import { Prng } from './prng.ts';

test('an IdMap holds what a Map holds, whatever is set and deleted', () => {
  const random = Prng.stream(1, 'id-map');
  const map = new IdMap();
  const model = new Map<number, number>();
  for (let round = 0; round < 200_000; round++) {
    // Few low bits in common with the capacity, so that places are fought over, and up to 31 bits.
    const id = 1 + random.below(5000) * (random.below(2) ? 256 : 2 ** 18);
    if (random.below(2)) {
      map.set(id, round);
      model.set(id, round);
    } else {
      map.delete(id);
      model.delete(id);
    }
    expect(map.get(id)).toBe(model.get(id));
  }
  expect(map.size).toBe(model.size);
  for (const [id, value] of model) expect(map.get(id)).toBe(value);
});
