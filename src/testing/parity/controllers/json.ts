// Plain JSON without knowing its kind: recordings are compared as text with sorted keys.

export type Plain = { readonly [key: string]: unknown };

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy whose objects have their keys in alphabetical order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

/** Text that is the same for equal values, whatever the order of their keys; members that are undefined don't count. */
export function textOf(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'undefined';
}

export function equal(a: unknown, b: unknown): boolean {
  return textOf(a) === textOf(b);
}

/** A comparison for sort() by what `key` makes of the members. */
export function by<T>(key: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const left = key(a);
    const right = key(b);
    return left < right ? -1 : Number(left > right);
  };
}

/** Rewrites the whole value through its JSON text. */
export function rewrite<T>(value: T, change: (text: string) => string): T {
  return JSON.parse(change(JSON.stringify(value))) as T;
}
