import { describe, expect, it } from 'vitest';
import { canonicalJson, computeHash, fnv1a32, safeEncodeString } from './hash.ts';
import { generateName } from './names.ts';

describe('hash', () => {
  it('is FNV-1a', () => {
    expect(fnv1a32('')).toBe(0x811c9dc5);
    expect(fnv1a32('a')).toBe(0xe40c292c);
    expect(fnv1a32('foobar')).toBe(0xbf9cf968);
  });
  it('does not depend on the order of keys', () => {
    const a = { x: 1, y: { b: [1, 2], a: 'é' }, gone: undefined };
    const b = { y: { a: 'é', b: [1, 2] }, x: 1 };
    expect(canonicalJson(a)).toBe('{"x":1,"y":{"a":"é","b":[1,2]}}');
    expect(computeHash(a)).toBe(computeHash(b));
  });
  it('changes with the template and with the collision count', () => {
    const template = { spec: { containers: [{ name: 'c', image: 'nginx:1' }] } };
    const seen = new Set([computeHash(template), computeHash(template, 0), computeHash(template, 1), computeHash({ ...template, x: 1 })]);
    expect(seen.size).toBe(4);
  });
  it('is written in the safe alphabet', () => {
    // The characters 0…9 have the codes 48…57.
    expect(safeEncodeString('0123456789')).toBe('456789bcdf');
    expect(computeHash({ a: 1 })).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  });
});

describe('generateName', () => {
  it('appends the suffix, and cuts long bases to 58 characters', () => {
    expect(generateName('web-', 'abcde')).toBe('web-abcde');
    expect(generateName('x'.repeat(80), 'abcde')).toBe(`${'x'.repeat(58)}abcde`);
  });
});
