import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import {
  addQuantities, canonicalQuantity, compareQuantities, formatQuantity, milliValue, parseQuantity, quantityError,
  quantityFromMilli, quantityFromValue, subtractQuantities, value,
} from './quantity.ts';

describe('parsing and canonical form', () => {
  it.each([
    ['0', '0'], ['1000m', '1'], ['1500m', '1500m'], ['1.5', '1500m'], ['1.5Gi', '1536Mi'], ['0.5Gi', '512Mi'],
    ['1024', '1024'], ['1024Ki', '1Mi'], ['1000Ki', '1000Ki'], ['100Ki', '100Ki'], ['0.5Ki', '512'], ['0.1Ki', '102400m'],
    ['0.0001Ki', '102400u'], ['1e3', '1e3'], ['12E2', '1200'], ['1E', '1E'], ['1e-3', '1e-3'], ['0.1m', '100u'],
    ['1n', '1n'], ['0.1n', '1n'], ['-1.5', '-1500m'], ['+5', '5'], ['.5', '500m'], ['5.', '5'], ['1000000', '1M'],
    ['123000000000', '123G'], ['10Ei', '9223372036854775807'], ['-0', '0'], ['0Ki', '0'], ['00100', '100'],
  ])('%s → %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each([
    ['', /must match the regular expression/], [' 1', /must match the regular expression/], ['1 ', /must match/],
    ['1.1.M', /must match/], ['aoeu', /must match/], ['1+1.0M', /must match/],
    ['1i', /parse quantity's suffix/], ['0.1mi', /suffix/], ['-3.01e-', /suffix/], ['1kk', /suffix/],
  ])('refuses %j', (text, message) => {
    expect(quantityError(text)).toMatch(message);
  });

  it('accepts JSON numbers', () => {
    expect(canonicalQuantity(0.1)).toBe('100m');
    expect(value(4)).toBe(4);
  });
});

describe('numbers', () => {
  it('rounds away from zero', () => {
    expect([milliValue('1.5'), milliValue('1u'), milliValue('-1u'), value('1500m'), value('1Ki'), value('1n'), value('-1500m')])
      .toEqual([1500, 1, -1, 2, 1024, 1, -2]);
  });

  it('adds and subtracts in the format of the first, or of the second when the first is zero', () => {
    const sum = addQuantities(parseQuantity('0'), parseQuantity('1Gi'));
    expect(formatQuantity(sum)).toBe('1Gi');
    expect(formatQuantity(subtractQuantities(sum, parseQuantity('512M')))).toBe('548576Ki');
    expect(formatQuantity(subtractQuantities(parseQuantity('1'), parseQuantity('1500m')))).toBe('-500m');
    expect(compareQuantities(parseQuantity('1Ki'), parseQuantity('1k'))).toBe(1);
    expect(formatQuantity(quantityFromValue(3 * 2 ** 20, 'BinarySI'))).toBe('3Mi');
    expect(formatQuantity(quantityFromMilli(250))).toBe('250m');
  });

  it('canonical text means the same amount and is stable', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'e-2');
    fc.assert(fc.property(fc.integer({ min: -99_999, max: 99_999 }), fc.nat(999), suffix, (whole, fraction, unit) => {
      const quantity = parseQuantity(`${whole}.${fraction}${unit}`);
      const text = formatQuantity(quantity);
      expect(compareQuantities(parseQuantity(text), quantity)).toBe(0);
      expect(canonicalQuantity(text)).toBe(text);
    }));
  });
});
