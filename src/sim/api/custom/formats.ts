// The formats of strings in schemas of custom resources (models kube-openapi's pkg/validation/strfmt).
import { parseGoDuration } from '../go-duration.ts';
import { readTime } from '../go-time.ts';
import { byteLength } from '../validation/field.ts';
import { parseCidr, parseIp } from '../validation/ip.ts';
import type { Props } from './props.ts';
import { schemaHas } from './props.ts';

const uuid = (version: string, variant: string): RegExp => new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?${variant}-?[0-9a-f]{12}$`, 'i');
const fourDigits = '[0-9a-f]{4}';
const versioned = '[89ab][0-9a-f]{3}';
const hostname = /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.))+([a-zA-Z\p{L}]){2,63})$/u;
const card = /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;
const colour = String.raw`\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*`;
const rgb = new RegExp(`^rgb\\(${colour},${colour},${colour}\\)$`);
const clock = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/;
const hexPairs = /^[0-9a-f]{2}(?<separator>[:-])[0-9a-f]{2}(\k<separator>[0-9a-f]{2}){4}((\k<separator>[0-9a-f]{2}){2}|(\k<separator>[0-9a-f]{2}){14})?$/i;
const hexQuads = /^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}((\.[0-9a-f]{4})|(\.[0-9a-f]{4}){7})?$/i;
const durationPart = /(\d+)\s*([A-Za-zµ]+)/g;
const units: readonly (readonly [names: readonly string[], prefix: string])[] = [
  [['ns'], 'nano'], [['us', 'µs'], 'micro'], [['ms'], 'milli'], [['s'], 'sec'], [['m'], 'min'], [['h', 'hr'], 'hour'], [['d'], 'day'], [['w', 'wk'], 'week'],
];

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && readTime(`${text}T00:00:00Z`).ok;
}

function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t');
  if (time === undefined || !isDate(date)) return false;
  const [, hours = '', minutes = '', seconds = ''] = clock.exec(time) ?? [];
  return hours !== '' && hours <= '23' && minutes <= '59' && seconds <= '59';
}

/** Go's durations, and Scala's: `22 ns`, `3 days`. */
function isDuration(text: string): boolean {
  if (parseGoDuration(text).ok) return true;
  for (const [, , unit = ''] of text.matchAll(durationPart)) {
    const lower = unit.toLowerCase();
    if (units.some(([names, prefix]) => names.includes(lower) || lower.startsWith(prefix))) return true;
  }
  return false;
}

function isCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, '');
  if (!card.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled >= 10 ? (doubled % 10) + 1 : doubled;
  }
  return sum % 10 === 0;
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += (i + 1) * (digits[i] === 'X' ? 10 : Number(digits[i]));
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!/^[0-9]{13}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += (i % 2 === 0 ? 1 : 3) * Number(digits[i]);
  return Number(digits[12]) === (10 - (sum % 10)) % 10;
}

/** An absolute URI or an absolute path (url.ParseRequestURI). */
export function isUri(text: string): boolean {
  if (/\p{Cc}/u.test(text)) return false;
  const [, scheme = '', rest = text] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(text) ?? [];
  if (!rest.startsWith('/')) return scheme !== '';
  const [, authority = '', path = rest] = scheme !== '' && rest.startsWith('//') ? /^\/\/([^/?]*)(.*)$/s.exec(rest) ?? [] : [];
  return !/%(?![0-9a-fA-F]{2})/.test(path.split('?')[0] ?? '') && !/[\s<>"^`{}|\\]/.test(authority);
}

function isEmail(text: string): boolean {
  const [, address = text.trim()] = /^[^<>@]*<([^<>]*)>\s*$/.exec(text) ?? [];
  return /^[^\s@<>()[\]\\,;:"]+(?<!\.)@[^\s@<>()\\,;:"]+$/.test(address) && !address.startsWith('.') && !address.includes('..');
}

/** By name without dashes. */
const checks: Readonly<Record<string, ((text: string) => boolean) | undefined>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  uri: isUri,
  email: isEmail,
  hostname: (text) => hostname.test(text) && byteLength(text) <= 255 && text.split('.').every((part) => byteLength(part) <= 63),
  ipv4: (text) => text.includes('.') && parseIp(text) !== undefined,
  ipv6: (text) => text.includes(':') && parseIp(text)?.leadingZeros === false,
  cidr: (text) => parseCidr(text) !== undefined,
  mac: (text) => hexPairs.test(text) || hexQuads.test(text),
  uuid: (text) => uuid(fourDigits, fourDigits).test(text),
  uuid3: (text) => uuid('3[0-9a-f]{3}', fourDigits).test(text),
  uuid4: (text) => uuid('4[0-9a-f]{3}', versioned).test(text),
  uuid5: (text) => uuid('5[0-9a-f]{3}', versioned).test(text),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCard,
  ssn: (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  rgbcolor: (text) => rgb.test(text),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/.test(text),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text),
  k8slongname: (text) => text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text),
};

/** Whether a text has the format; undefined for formats that nobody checks. */
export function hasFormat(text: string, format: string): boolean | undefined {
  return checks[format.replaceAll('-', '')]?.(text);
}

/** The format of a schema if the server knows it for the schema's type, else ''. */
export function knownFormat({ format = '', type = '' }: Props): string {
  if (format === '') return '';
  switch (type) {
    case '': case 'string': return checks[format.replaceAll('-', '')] === undefined ? '' : format;
    case 'integer': return format === 'int32' || format === 'int64' ? format : '';
    case 'number': return format === 'float' || format === 'double' ? format : '';
    default: return '';
  }
}

/** Formats in a schema that nobody checks. */
export function unrecognizedFormats(props: Props): readonly string[] {
  const found: string[] = [];
  schemaHas(props, (part) => {
    if ((part.format ?? '') !== '' && knownFormat(part) === '') found.push(part.format ?? '');
    return false;
  });
  return found;
}
