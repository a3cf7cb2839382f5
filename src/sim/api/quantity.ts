// Quantities of Kubernetes ("100m", "1.5Gi", "12e6"): exact to one billionth, as apimachinery's resource.Quantity.
// A Quantity is immutable; parsing is memoised by text because the same few strings come back all the time.

/** How a quantity is printed: the family of suffixes it was written with. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact number. `nano` counts billionths. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

/** The text of a quantity as it stands in an object: JSON allows a bare number too. */
export type QuantityText = string | number;

/** Thrown by parseQuantity; the message is the one that the API server prints. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const NANO = 1_000_000_000n;
const MAX_INT64 = 9_223_372_036_854_775_807n;
const ERR_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const ERR_NUMERIC = 'unable to parse numeric part of quantity';
const ERR_SUFFIX = "unable to parse quantity's suffix";
// Digits before the point, digits after it, suffix letters, signed digits of an exponent.
const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
/** Above this an exponent only burns memory: no int64 or nano amount is near it. */
const MAX_EXPONENT = 4096;

const DECIMAL_SUFFIXES = new Map<string, number>([
  ['n', -9], ['u', -6], ['m', -3], ['', 0], ['k', 3], ['M', 6], ['G', 9], ['T', 12], ['P', 15], ['E', 18],
]);
const BINARY_SUFFIXES = new Map<string, number>([['Ki', 10], ['Mi', 20], ['Gi', 30], ['Ti', 40], ['Pi', 50], ['Ei', 60]]);
const DECIMAL_NAMES = new Map<number, string>([...DECIMAL_SUFFIXES].map(([name, exponent]) => [exponent, name]));
const BINARY_NAMES = new Map<number, string>([...BINARY_SUFFIXES].map(([name, exponent]) => [exponent, name]));

export const ZERO_QUANTITY: Quantity = { nano: 0n, format: 'DecimalSI' };

const CACHE_LIMIT = 20_000;
const parsed = new Map<string, Quantity>();
const milliValues = new Map<string, number>();
const values = new Map<string, number>();

function remember<V>(cache: Map<string, V>, key: string, value: V): V {
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(key, value);
  return value;
}

interface Suffix { readonly base: 2 | 10; readonly exponent: number; readonly format: QuantityFormat }

function readSuffix(suffix: string): Suffix | undefined {
  const decimal = DECIMAL_SUFFIXES.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = BINARY_SUFFIXES.get(suffix);
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' };
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  return Math.abs(exponent) > MAX_EXPONENT ? undefined : { base: 10, exponent, format: 'DecimalExponent' };
}

/** |amount| in billionths, rounded away from zero: who asks for a little gets a little. */
function scaleToNano(digits: bigint, scale: number): bigint {
  if (scale >= -9) return digits * 10n ** BigInt(scale + 9);
  const divisor = 10n ** BigInt(-9 - scale);
  return (digits + divisor - 1n) / divisor;
}

function parseText(text: string): Quantity {
  const match = SHAPE.exec(text);
  if (text === '' || match === null) throw new QuantityError(ERR_FORMAT);
  const [, sign = '', whole = '', fraction = '', suffixText = ''] = match;
  const suffix = readSuffix(suffixText);
  if (suffix === undefined) throw new QuantityError(ERR_SUFFIX);
  if (whole.length + fraction.length > MAX_EXPONENT) throw new QuantityError(ERR_NUMERIC);
  const digits = BigInt(`0${whole}${fraction}`);
  let format = suffix.format;
  let nano = suffix.base === 10
    ? scaleToNano(digits, suffix.exponent - fraction.length)
    : scaleToNano(digits << BigInt(suffix.exponent), -fraction.length);
  if (format === 'BinarySI') {
    if (nano > MAX_INT64 * NANO) nano = MAX_INT64 * NANO;
    if (nano > 0n && nano < NANO) format = 'DecimalSI';
  }
  return { nano: sign === '-' ? -nano : nano, format };
}

/** Parses `text` (resource.ParseQuantity). Throws QuantityError with the API server's message. */
export function parseQuantity(text: QuantityText): Quantity {
  const key = typeof text === 'string' ? text : String(text);
  return parsed.get(key) ?? remember(parsed, key, parseText(key));
}

/** The API server's message for a text that is not a quantity; undefined when it is one. */
export function quantityError(text: QuantityText): string | undefined {
  try {
    parseQuantity(text);
    return undefined;
  } catch (error) {
    if (error instanceof QuantityError) return error.message;
    throw error;
  }
}

/** Splits off all factors of `factor`; `value` is not zero. */
function factorOut(value: bigint, factor: bigint): { readonly mantissa: bigint; readonly exponent: number } {
  let mantissa = value;
  let exponent = 0;
  while (mantissa % factor === 0n) {
    mantissa /= factor;
    exponent++;
  }
  return { mantissa, exponent };
}

function formatDecimal(nano: bigint, format: 'DecimalSI' | 'DecimalExponent'): string {
  const parts = factorOut(nano, 10n);
  const power = parts.exponent - 9;
  let exponent = Math.floor(power / 3) * 3;
  if (format === 'DecimalSI') exponent = Math.min(exponent, 18);
  const mantissa = parts.mantissa * 10n ** BigInt(power - exponent);
  if (format === 'DecimalSI') return `${mantissa}${DECIMAL_NAMES.get(exponent) ?? ''}`;
  return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
}

/** Prints the canonical form (Quantity.String): no fraction, no loss, the largest suffix. */
export function formatQuantity(quantity: Quantity): string {
  const { nano, format } = quantity;
  if (nano === 0n) return '0';
  if (format !== 'BinarySI') return formatDecimal(nano, format);
  const small = nano > -1024n * NANO && nano < 1024n * NANO;
  if (small || nano % NANO !== 0n) return formatDecimal(nano, 'DecimalSI');
  const { mantissa, exponent } = factorOut(nano / NANO, 1024n);
  return `${mantissa}${BINARY_NAMES.get(exponent * 10) ?? ''}`;
}

/** The form in which the API server stores `text`: "1.5Gi" → "1536Mi", "1000m" → "1". Throws QuantityError. */
export function canonicalQuantity(text: QuantityText): string {
  return formatQuantity(parseQuantity(text));
}

/** −1, 0 or 1 (Quantity.Cmp). */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

/** a + b, printed like `a` unless `a` is zero (Quantity.Add). */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** a − b, printed like `a` unless `a` is zero (Quantity.Sub). */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano - b.nano, format: a.nano === 0n ? b.format : a.format };
}

export function quantityFromMilli(milli: number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nano: BigInt(milli) * 1_000_000n, format };
}

export function quantityFromValue(value: number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nano: BigInt(value) * NANO, format };
}

function divideAwayFromZero(nano: bigint, unit: bigint): number {
  const magnitude = ((nano < 0n ? -nano : nano) + unit - 1n) / unit;
  const capped = magnitude > MAX_INT64 ? MAX_INT64 : magnitude;
  return Number(nano < 0n ? -capped : capped);
}

/** Thousandths, rounded away from zero (Quantity.MilliValue); exact up to 2^53. */
function quantityMilliValue(quantity: Quantity): number {
  return divideAwayFromZero(quantity.nano, 1_000_000n);
}

/** Units, rounded away from zero (Quantity.Value); exact up to 2^53. */
export function quantityValue(quantity: Quantity): number {
  return divideAwayFromZero(quantity.nano, NANO);
}

/** Thousandths of a quantity's text, memoised for hot paths: "1.5" → 1500. Throws QuantityError. */
export function milliValue(text: QuantityText): number {
  const key = typeof text === 'string' ? text : String(text);
  return milliValues.get(key) ?? remember(milliValues, key, quantityMilliValue(parseQuantity(key)));
}

/** Units of a quantity's text, memoised for hot paths: "1Ki" → 1024, "1500m" → 2. Throws QuantityError. */
export function value(text: QuantityText): number {
  const key = typeof text === 'string' ? text : String(text);
  return values.get(key) ?? remember(values, key, quantityValue(parseQuantity(key)));
}
