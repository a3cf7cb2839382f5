import { expect, it } from 'vitest';
import { densityFor } from './density.ts';

it('names few pods and draws smaller signs the more there are', () => {
  expect(densityFor(2, 408, 38).name).toBe('named');
  expect(densityFor(10, 408, 58).name).toBe('some');
  expect(densityFor(100, 412, 54)).toEqual({ name: 'many', glyph: 11, shown: 100 });
  expect(densityFor(110, 236, 30)).toMatchObject({ name: 'crowd' });
});

it('never draws more than there is room for', () => {
  for (const count of [1, 20, 50, 110, 300]) expect(densityFor(count, 90, 24, 'many').shown).toBeLessThanOrEqual(33);
  expect(densityFor(5, 0, 0).shown).toBe(0);
});
