// Cron schedules of CronJobs (models github.com/robfig/cron/v3 ParseStandard).
import zonesDocument from './generated/time-zones.json';
import { parseGoDuration } from './go-duration.ts';

/** What a field of a schedule allows. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  /** Written as `*` or `?`: days of the month and of the week then do not widen each other. */
  readonly any: boolean;
}

export type CronSchedule =
  | { readonly kind: 'fields'; readonly minute: CronField; readonly hour: CronField; readonly dayOfMonth: CronField; readonly month: CronField; readonly dayOfWeek: CronField }
  /** `@every 30s`, at least one second. */
  | { readonly kind: 'every'; readonly seconds: number };

export type CronResult = { readonly ok: true; readonly schedule: CronSchedule } | { readonly ok: false; readonly message: string };

class CronError extends Error {}

interface Bounds { readonly min: number; readonly max: number; readonly names?: readonly string[] }

const monthNames = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minutes: Bounds = { min: 0, max: 59 };
const hours: Bounds = { min: 0, max: 23 };
const daysOfMonth: Bounds = { min: 1, max: 31 };
const months: Bounds = { min: 1, max: 12, names: monthNames };
const daysOfWeek: Bounds = { min: 0, max: 6, names: dayNames };

const descriptors: Readonly<Record<string, string | undefined>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};

function number(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`);
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

function numberOrName(text: string, { names }: Bounds): number {
  const index = text === '' ? -1 : names?.indexOf(text.toLowerCase()) ?? -1;
  return index >= 0 ? index : number(text);
}

interface Range { readonly start: number; readonly end: number; readonly step: number; readonly star: boolean }

function parseRange(text: string, bounds: Bounds): Range {
  const [range = '', stepText, tooMuch] = text.split('/');
  const limits = range.split('-');
  const [low = '', high] = limits;
  const star = low === '*' || low === '?';
  const start = star ? bounds.min : numberOrName(low, bounds);
  let end = star ? bounds.max : high === undefined ? start : numberOrName(high, bounds);
  if (!star && limits.length > 2) throw new CronError(`too many hyphens: ${text}`);
  if (tooMuch !== undefined) throw new CronError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : number(stepText);
  if (stepText !== undefined && limits.length === 1) end = bounds.max;
  if (start < bounds.min) throw new CronError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) throw new CronError(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  return { start, end, step, star: star && step === 1 };
}

function parseField(text: string, bounds: Bounds): CronField {
  const values = new Set<number>();
  let any = false;
  for (const part of text.split(',')) {
    if (part === '') continue;
    const { start, end, step, star } = parseRange(part, bounds);
    for (let value = start; value <= end; value += step) values.add(value);
    any ||= star;
  }
  return { values, any };
}

function parseFields(text: string): CronSchedule {
  const fields = text.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== 5) throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  return {
    kind: 'fields', minute: parseField(minute, minutes), hour: parseField(hour, hours), dayOfMonth: parseField(day, daysOfMonth),
    month: parseField(month, months), dayOfWeek: parseField(weekday, daysOfWeek),
  };
}

function parseDescriptor(text: string): CronSchedule {
  const known = descriptors[text];
  if (known !== undefined) return parseFields(known);
  if (!text.startsWith('@every ')) throw new CronError(`unrecognized descriptor: ${text}`);
  const duration = parseGoDuration(text.slice('@every '.length));
  if (!duration.ok) throw new CronError(`failed to parse duration ${text}: ${duration.message}`);
  return { kind: 'every', seconds: Math.max(1, Math.floor(duration.us / 1_000_000)) };
}

/** Parses a schedule; a leading `TZ=…` is looked over. The message is that of the real server. */
export function parseCron(text: string): CronResult {
  try {
    if (text === '') throw new CronError('empty spec string');
    const zone = /^(?:CRON_)?TZ=(\S*)\s/.exec(text);
    if (zone === null && /^(?:CRON_)?TZ=/.test(text)) throw new CronError('invalid schedule format: runtime error: slice bounds out of range [:-1]');
    if (zone !== null && zone[1] !== '' && !isTimeZone(zone[1] ?? '')) throw new CronError(`provided bad location ${zone[1] ?? ''}: unknown time zone ${zone[1] ?? ''}`);
    const rest = zone === null ? text : text.slice(zone[0].length).trim();
    return { ok: true, schedule: rest.startsWith('@') ? parseDescriptor(rest) : parseFields(rest) };
  } catch (error) {
    if (error instanceof CronError) return { ok: false, message: error.message };
    throw error;
  }
}

const zones = zonesDocument.zones as Readonly<Record<string, readonly string[] | undefined>>;

/** Whether the time zone database knows a name, in this very case. */
export function isTimeZone(name: string): boolean {
  if (name === 'UTC' || name === 'Local' || name === '') return true;
  const slash = name.indexOf('/');
  return zones[name.slice(0, Math.max(0, slash))]?.includes(name.slice(slash + 1)) === true;
}
