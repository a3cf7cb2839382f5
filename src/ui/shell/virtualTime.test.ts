import { expect, test } from 'vitest';
import { formatVirtualTime } from './virtualTime.ts';

test.each([
  [0, '0:00.000'], [999, '0:00.000'], [7_250_000, '0:07.250'], [59_999_999, '0:59.999'],
  [727_250_000, '12:07.250'], [3_607_250_000, '1:00:07.250'], [90_000_000_000, '25:00:00.000'],
])('%d µs reads %s', (us, text) => {
  expect(formatVirtualTime(us)).toBe(text);
});
