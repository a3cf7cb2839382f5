// Arithmetic on resource lists (models apiserver/pkg/quota/v1).
import { ZERO_QUANTITY, addQuantities, compareQuantities, formatQuantity, parseQuantity, subtractQuantities } from '../../../api/quantity.ts';
import type { Quantity } from '../../../api/quantity.ts';

/** Amounts by resource name; maps, because names such as `requests.cpu` come from users. */
export type Amounts = ReadonlyMap<string, Quantity>;

export function amountsOf(list: Readonly<Record<string, string | number>> | undefined): Map<string, Quantity> {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
}

export function listOf(amounts: Amounts): Record<string, string> {
  return Object.fromEntries([...amounts].map(([name, quantity]) => [name, formatQuantity(quantity)]));
}

export function add(a: Amounts, b: Amounts): Map<string, Quantity> {
  const sum = new Map(a);
  for (const [name, quantity] of b) {
    const before = sum.get(name);
    sum.set(name, before ? addQuantities(before, quantity) : quantity);
  }
  return sum;
}

export function max(a: Amounts, b: Amounts): Map<string, Quantity> {
  const most = new Map(a);
  for (const [name, quantity] of b) {
    const before = most.get(name);
    if (!before || compareQuantities(before, quantity) < 0) most.set(name, quantity);
  }
  return most;
}

/** a − b, nothing below zero; names that only b has are zero (SubtractWithNonNegativeResult). */
export function subtract(a: Amounts, b: Amounts): Map<string, Quantity> {
  const rest = new Map<string, Quantity>();
  for (const [name, quantity] of a) {
    const left = subtractQuantities(quantity, b.get(name) ?? ZERO_QUANTITY);
    rest.set(name, left.nano < 0n ? ZERO_QUANTITY : left);
  }
  for (const name of b.keys()) if (!rest.has(name)) rest.set(name, ZERO_QUANTITY);
  return rest;
}

export function mask(amounts: Amounts, names: Iterable<string>): Map<string, Quantity> {
  const kept = new Set(names);
  return new Map([...amounts].filter(([name]) => kept.has(name)));
}

export function withoutZeros(amounts: Amounts): Map<string, Quantity> {
  return new Map([...amounts].filter(([, { nano }]) => nano !== 0n));
}

/** Names of which `amounts` has more than `limits` allows. */
export function exceeding(amounts: Amounts, limits: Amounts): readonly string[] {
  return [...amounts].filter(([name, quantity]) => {
    const limit = limits.get(name);
    return limit !== undefined && compareQuantities(quantity, limit) > 0;
  }).map(([name]) => name);
}

export function sameAmounts(a: Amounts, b: Amounts): boolean {
  return a.size === b.size && [...a].every(([name, quantity]) => {
    const other = b.get(name);
    return other !== undefined && compareQuantities(quantity, other) === 0;
  });
}

/** `cpu=1,pods=2` */
export function printAmounts(amounts: Amounts): string {
  return [...amounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, quantity]) => `${name}=${formatQuantity(quantity)}`).join(',');
}
