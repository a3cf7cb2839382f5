// Calendar arithmetic without Date: the simulator must not read a clock, and a formatter that cannot is easier to trust.

const DAY_S = 86_400;

/** Days since 1970-01-01 to [year, month 1–12, day 1–31] in the proleptic Gregorian calendar. */
export function civilFromDays(days: number): readonly [number, number, number] {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

/** The other way round. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`);

let lastSecond = Number.NaN;
let lastText = '';

/** metav1.Time: `2026-01-01T00:00:07Z`, truncated to the second. `unixUs` is microseconds since 1970. */
export function formatTime(unixUs: number): string {
  const second = Math.floor(unixUs / 1_000_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = `${formatSecond(second)}Z`;
  }
  return lastText;
}

/** metav1.MicroTime: `2026-01-01T00:00:07.000123Z`. */
export function formatMicroTime(unixUs: number): string {
  const second = Math.floor(unixUs / 1_000_000);
  return `${formatSecond(second)}.${String(unixUs - second * 1_000_000).padStart(6, '0')}Z`;
}

const WEEKDAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** As date(1) prints it: `Mon Jan  5 09:00:07 UTC 2026`. */
export function formatDate(unixUs: number): string {
  const second = Math.floor(unixUs / 1_000_000);
  const days = Math.floor(second / DAY_S);
  const [year, month, day] = civilFromDays(days);
  return `${WEEKDAYS[((days % 7) + 7) % 7]} ${MONTHS[month - 1]} ${String(day).padStart(2)} ${formatSecond(second).slice(11)} UTC ${year}`;
}

function formatSecond(second: number): string {
  const days = Math.floor(second / DAY_S);
  const rest = second - days * DAY_S;
  const [year, month, day] = civilFromDays(days);
  const clock = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock}`;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339 to microseconds since 1970; undefined if it is not such a time. */
export function parseTime(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const offsetS = zone.length === 1 ? 0 : (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(4, 6)) * 60);
  const seconds = daysFromCivil(Number(year), Number(month), Number(day)) * DAY_S + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offsetS;
  return seconds * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
