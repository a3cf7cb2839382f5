// How the API server writes a quantity back: text that Go takes for canonical already stays as it was sent
// (models the fast path of resource.ParseQuantity), anything else is written in the canonical form.
import { canonicalQuantity } from './quantity.ts';

const pattern = /^[+-]?(\d*)(?:\.(\d*))?(?:([KMGTPE])i|([numkMGTPE])|[eE]([+-]?\d+))?$/;
const binaryExponents: Readonly<Record<string, number>> = { K: 10, M: 20, G: 30, T: 40, P: 50, E: 60 };
const decimalExponents: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const maxCacheSize = 4096;
const known = new Map<string, string>();

function isCanonicalForGo(text: string): boolean {
  const match = pattern.exec(text);
  if (match === null) return false;
  const [, whole = '', denominator = '', binary, decimal, power] = match;
  const digits = whole.replace(/^0+/, '') || '0';
  if (binary !== undefined) {
    const exponent = binaryExponents[binary] ?? 0;
    const precision = 15 - digits.length - Math.trunc((exponent * 3) / 10) - 1;
    const value = BigInt(digits);
    return denominator === '' && precision >= 0 && (value & 7n) !== 0n && value << BigInt(exponent) < 1n << 63n;
  }
  const shifted = digits + denominator;
  const exponent = power === undefined ? decimalExponents[decimal ?? ''] ?? 0 : Number(power);
  const scale = exponent - denominator.length;
  return shifted.length <= 18 && scale >= -9 && scale % 3 === 0 && !shifted.endsWith('000') && !shifted.startsWith('0');
}

/** The text to store for a quantity that was sent. Throws QuantityError. */
export function storedQuantity(text: string): string {
  let stored = known.get(text);
  if (stored !== undefined) return stored;
  stored = canonicalQuantity(text);
  if (stored !== text && isCanonicalForGo(text)) stored = text;
  if (known.size >= maxCacheSize) known.clear();
  known.set(text, stored);
  return stored;
}
