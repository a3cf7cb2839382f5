// When a CronJob is due (models robfig/cron's Next and the controller's mostRecentScheduleTime).
import { civilFromDays, daysFromCivil, parseTime } from '../../../base/time.ts';
import type { CronJob } from '../../api/generated/types.ts';
import type { CronField, CronSchedule } from '../../api/cron.ts';
import { zoneOffsetS } from '../../api/time-zone.ts';

const DAY_S = 86_400;
const SECOND_US = 1_000_000;
const YEARS_AHEAD = 5;
/** Later than the full minute, in case clocks differ. */
const PADDING_US = 100_000;
const MANY_MISSED = 100;

/** A schedule in a time zone. Times are µs since 1970. */
export interface Timetable { readonly schedule: CronSchedule; readonly zone: string }

/** The first time after `afterUs` that the schedule names; undefined if there is none in five years (31 February). */
export function nextTime({ schedule, zone }: Timetable, afterUs: number): number | undefined {
  if (schedule.kind === 'every') return (Math.floor(afterUs / SECOND_US) + schedule.seconds) * SECOND_US;
  const limitYear = localDate(afterUs / SECOND_US, zone)[0] + YEARS_AHEAD;
  let at = (Math.floor(afterUs / SECOND_US / 60) + 1) * 60;
  for (;;) {
    const [year, month, day] = localDate(at, zone);
    if (year > limitYear) return undefined;
    const clockS = localS(at, zone) % DAY_S;
    if (!schedule.month.values.has(month)) at = midnight(month === 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, month + 1, 1), zone, at);
    else if (!isDay(schedule, year, month, day)) at = midnight(daysFromCivil(year, month, day) + 1, zone, at);
    else if (!schedule.hour.values.has(Math.floor(clockS / 3600))) at += 3600 - (clockS % 3600);
    else if (!schedule.minute.values.has(Math.floor((clockS % 3600) / 60))) at += 60;
    else return at * SECOND_US;
  }
}

function localS(unixS: number, zone: string): number {
  return unixS + zoneOffsetS(zone, unixS);
}

function localDate(unixS: number, zone: string): readonly [number, number, number] {
  return civilFromDays(Math.floor(localS(unixS, zone) / DAY_S));
}

/** When a local day begins, seconds since 1970; in a zone that changes its offset at midnight, the first moment of that day. */
function midnight(day: number, zone: string, after: number): number {
  const guess = day * DAY_S - zoneOffsetS(zone, after);
  const off = localS(guess, zone) - day * DAY_S;
  return Math.max(after + 60, off > 0 && localS(guess - off, zone) >= day * DAY_S ? guess - off : guess);
}

/** Day of the month and day of the week widen each other unless one of them is `*`. */
function isDay({ dayOfMonth, dayOfWeek }: CronSchedule & { readonly kind: 'fields' }, year: number, month: number, day: number): boolean {
  const weekday = (((daysFromCivil(year, month, day) + 4) % 7) + 7) % 7;
  const has = (field: CronField, value: number): boolean => field.values.has(value);
  return dayOfMonth.any || dayOfWeek.any ? has(dayOfMonth, day) && has(dayOfWeek, weekday) : has(dayOfMonth, day) || has(dayOfWeek, weekday);
}

export interface Recent {
  /** From when on it is looked at: the last run, or the creation. */
  readonly earliestUs: number;
  /** The last time that was due; undefined: none is. */
  readonly dueUs: number | undefined;
  readonly missed: 'none' | 'few' | 'many';
}

const IMPOSSIBLE = 'time difference between two schedules is less than 1 second';

/** What has become due up to `nowUs`. A text: why the schedule makes no sense. */
export function recentTime({ metadata, spec, status }: CronJob, table: Timetable, nowUs: number, withDeadline: boolean): Recent | string {
  const { startingDeadlineSeconds } = spec;
  const sinceUs = parseTime(status?.lastScheduleTime ?? metadata.creationTimestamp ?? '') ?? 0;
  const earliestUs = withDeadline && startingDeadlineSeconds !== undefined ? Math.max(sinceUs, nowUs - startingDeadlineSeconds * SECOND_US) : sinceUs;
  const first = nextTime(table, earliestUs);
  if (first === undefined) return IMPOSSIBLE;
  if (nowUs < first) return { earliestUs, dueUs: undefined, missed: 'none' };
  const second = nextTime(table, first);
  if (second === undefined || second - first < SECOND_US) return IMPOSSIBLE;
  if (nowUs < second) return { earliestUs, dueUs: first, missed: 'none' };
  const apart = second - first;
  const missedCount = Math.floor((nowUs - first) / apart) + 1;
  let dueUs: number | undefined;
  for (let at = nextTime(table, first + (missedCount - 2) * apart); at !== undefined && at <= nowUs; at = nextTime(table, at)) dueUs = at;
  return { earliestUs, dueUs, missed: missedCount > MANY_MISSED ? 'many' : 'few' };
}

/** How long until the CronJob has to be looked at again, in µs. */
export function untilNextUs(cronJob: CronJob, table: Timetable, nowUs: number): number {
  const recent = recentTime(cronJob, table, nowUs, false);
  const sinceUs = typeof recent === 'string' ? nowUs : recent.dueUs ?? (recent.missed === 'none' ? recent.earliestUs : nowUs);
  return (nextTime(table, sinceUs) ?? nowUs) + PADDING_US - nowUs;
}
