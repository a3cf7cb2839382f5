// Times as Go's time package reads them for metav1.Time and metav1.MicroTime: the same texts stored, the same errors.
import { formatMicroTime, formatTime, parseTime } from '../../base/time.ts';

export type TimeOutcome = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

const secondsLayout = '2006-01-02T15:04:05Z07:00';
const microLayout = '2006-01-02T15:04:05.000000Z07:00';
const canonicalSeconds = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const canonicalMicro = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

/** Reads RFC 3339 and returns UTC with whole seconds, as metav1.Time is stored. */
export function readTime(text: string): TimeOutcome {
  if (canonicalSeconds.test(text)) return { ok: true, text };
  const message = layoutError(text, secondsLayout, false);
  const time = message === undefined ? parseTime(text) : undefined;
  if (time !== undefined) return { ok: true, text: formatTime(time) };
  return { ok: false, message: message ?? `parsing time "${text}": day out of range` };
}

/** Reads RFC 3339 with a fraction of a second and returns UTC with six digits, as metav1.MicroTime is stored. */
export function readMicroTime(text: string): TimeOutcome {
  if (canonicalMicro.test(text)) return { ok: true, text };
  const message = layoutError(text, microLayout, true);
  const time = message === undefined ? parseTime(text) : undefined;
  if (time !== undefined) return { ok: true, text: formatMicroTime(time) };
  return { ok: false, message: message ?? `parsing time "${text}": day out of range` };
}

interface Step { readonly prefix: string; readonly element: string; readonly pattern: RegExp; readonly max?: number; readonly min?: number; readonly what?: string }

const dateSteps: readonly Step[] = [
  { prefix: '', element: '2006', pattern: /^\d{4}/ },
  { prefix: '-', element: '01', pattern: /^\d\d/, min: 1, max: 12, what: 'month' },
  { prefix: '-', element: '02', pattern: /^\d\d/ },
  { prefix: 'T', element: '15', pattern: /^\d\d?/, max: 23, what: 'hour' },
  { prefix: ':', element: '04', pattern: /^\d\d/, max: 59, what: 'minute' },
  { prefix: ':', element: '05', pattern: /^\d\d/, max: 59, what: 'second' },
];
const microStep: Step = { prefix: '', element: '.000000', pattern: /^[.,]\d{6}/ };
const zoneStep: Step = { prefix: '', element: 'Z07:00', pattern: /^(?:Z|[+-]\d\d:\d\d)/ };
const fraction = /^[.,]\d+/;
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Walks the layout as time.Parse does; undefined if the text fits. */
function layoutError(text: string, layout: string, micro: boolean): string | undefined {
  let rest = text;
  const cannot = (value: string, element: string): string => `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(value)} as ${JSON.stringify(element)}`;
  for (const step of [...dateSteps, ...(micro ? [microStep] : []), zoneStep]) {
    if (!rest.startsWith(step.prefix)) return cannot(rest, step.prefix);
    rest = rest.slice(step.prefix.length);
    const found = step.pattern.exec(rest)?.[0];
    if (found === undefined) return cannot(rest, step.element);
    if (step.what !== undefined && (Number(found) > (step.max ?? 0) || Number(found) < (step.min ?? 0))) {
      return `parsing time ${JSON.stringify(text)}: ${step.what} out of range`;
    }
    rest = rest.slice(found.length);
    if (step.element === '05' && !micro) rest = rest.slice(fraction.exec(rest)?.[0].length ?? 0);
  }
  if (rest !== '') return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
  return dayFits(text) ? undefined : `parsing time ${JSON.stringify(text)}: day out of range`;
}

function dayFits(text: string): boolean {
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8, 10));
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (daysInMonth[month - 1] ?? 0) + (leap ? 1 : 0);
}
