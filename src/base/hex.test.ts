import { expect, test } from 'vitest';
import { hexOf, uuidOf } from './hex.ts';

test('words become eight digits each', () => {
  expect(hexOf([0x1, 0xdeadbeef])).toBe('00000001deadbeef');
  expect(hexOf([])).toBe('');
});

test('a UUID has its dashes', () => {
  expect(uuidOf([0x01234567, 0x89ab4def, 0x80011223, 0xffffffff])).toBe('01234567-89ab-4def-8001-1223ffffffff');
});
