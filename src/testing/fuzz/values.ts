// Values that no well-meaning client sends, and small damage to those that one does.
import type { Prng } from '../../base/prng.ts';
import { isPlain } from '../parity/controllers/json.ts';

export function pick<T>(random: Prng, values: readonly T[]): T {
  return values[random.below(values.length)] as T;
}

export function chance(random: Prng, percent: number): boolean {
  return random.below(100) < percent;
}

const DEPTHS = [20, 200, 5_000, 20_000];
const LENGTHS = [64, 300, 5_000];

/** What may stand in the place of any value. */
const ODD: readonly unknown[] = [
  null, true, false, 0, -1, 1.5, 1e21, -1e300, 2 ** 31, 2 ** 53, -(2 ** 63), '', ' ', '-', '0', '1', 'true', 'null', 'ü😀', '\ud800', '\0', 'a\nb', '..', '/', '%2f', '*', '100m', '1Gi', '-5', '1e9999',
  '999999999999999999999999', '1.5.5', '25%', '-1%', '2026-02-30T25:61:61Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '10.0.0.1', '::1', '300.1.1.1', '10.0.0.0/33', 'TCP', 'Always', 'kubernetes.io/x', 'A'.repeat(64),
  [], {}, [null], [[]], [{}], { '': '' }, { a: null }, { $patch: 'delete' }, { $patch: 'nonsense' }, { $retainKeys: ['x'] }, { '$setElementOrder/containers': [{ name: 'x' }] }, { constructor: 1 }, { ['__proto__']: { x: 1 } },
];

export function oddValue(random: Prng): unknown {
  switch (random.below(12)) {
    case 0: return 'x'.repeat(pick(random, LENGTHS));
    case 1: return Array.from({ length: 1 + random.below(200) }, () => pick(random, ODD));
    case 2: return Object.fromEntries(Array.from({ length: 1 + random.below(50) }, (_, i) => [`k${i}`, pick(random, ODD)]));
    default: return pick(random, ODD);
  }
}

/** A copy of a value with one place of it changed: replaced, removed, doubled, renamed, or exchanged with another's. */
export function damaged(random: Prng, value: unknown): unknown {
  if (Array.isArray(value) && value.length > 0 && !chance(random, 15)) {
    const at = random.below(value.length);
    if (chance(random, 8)) return [...value, value[at]];
    return value.map((item: unknown, i) => (i === at ? damaged(random, item) : item));
  }
  if (isPlain(value) && Object.keys(value).length > 0 && !chance(random, 5)) return damagedObject(random, value);
  return oddValue(random);
}

function damagedObject(random: Prng, value: { readonly [key: string]: unknown }): unknown {
  const keys = Object.keys(value);
  const key = pick(random, keys);
  const { [key]: member, ...rest } = value;
  switch (random.below(14)) {
    case 0: return rest;
    case 1: return { ...rest, [`${key}x`]: member };
    case 2: return { ...value, [key]: value[pick(random, keys)] };
    case 3: return { ...value, [String(pick(random, ODD))]: oddValue(random) };
    default: return { ...value, [key]: damaged(random, member) };
  }
}

/** The text of a value, possibly no JSON any more. */
export function damagedText(random: Prng, text: string): string {
  const at = random.below(text.length + 1);
  switch (random.below(10)) {
    case 0: return text.slice(0, at);
    case 1: return `${text.slice(0, at)}${pick(random, ['\0', '\ufffd', '\ud800', '"', '\\', '}', ']', ',', '\t', '\ufeff', '\x1b', '\\u12', '💥'])}${text.slice(at)}`;
    case 2: return `${text}${text}`;
    case 3: return text.replace('{', '{"kind":"Pod","kind":"Pod",');
    case 4: return nested(random);
    case 5: return text.replace(/:(\d+|"[^"]*")/, `:${pick(random, ['1e400', '-0', '01', '.5', '0x10', 'NaN', '1'.repeat(400), '"\\ud800"'])}`);
    default: return text.slice(0, at) + text.slice(at + 1 + random.below(5));
  }
}

function nested(random: Prng): string {
  const depth = pick(random, DEPTHS);
  const [open, close] = pick(random, [['[', ']'], ['{"a":', '}'], ['{"metadata":{"labels":', '}}']] as const);
  return open.repeat(depth) + (chance(random, 50) ? `1${close.repeat(depth)}` : '');
}
