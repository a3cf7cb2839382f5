// Durations as Go writes them: `1h30m`, `1.5s` (models time.ParseDuration).
import { goQuote } from './go-format.ts';

const unitsUs: Readonly<Record<string, number | undefined>> = { ns: 0.001, us: 1, 'µs': 1, 'μs': 1, ms: 1000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 };

export type GoDuration = { readonly ok: true; readonly us: number } | { readonly ok: false; readonly message: string };

/** The microseconds that a text stands for, or the message of Go's error. */
export function parseGoDuration(text: string): GoDuration {
  const invalid = (why = 'invalid duration', detail = ''): GoDuration => ({ ok: false, message: `time: ${why} ${detail}${goQuote(text)}` });
  const negative = text.startsWith('-');
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return { ok: true, us: 0 };
  if (rest === '') return invalid();
  let us = 0;
  while (rest !== '') {
    const [number = ''] = /^\d*(?:\.\d*)?/.exec(rest) ?? [];
    if (!/\d/.test(number)) return invalid();
    rest = rest.slice(number.length);
    const [unit = ''] = /^[^.\d]*/.exec(rest) ?? [];
    if (unit === '') return invalid('missing unit in duration');
    const scale = unitsUs[unit];
    if (scale === undefined) return invalid('unknown unit', `${goQuote(unit)} in duration `);
    us += Number(number) * scale;
    rest = rest.slice(unit.length);
  }
  return { ok: true, us: negative ? -us : us };
}
