// Functions of CEL about addresses, URLs, sets and formats (models apiserver/pkg/cel/library: ip, cidr, urls; cel-go's sets
// and strings extensions).
import type { Environment } from '@marcbachmann/cel-js';
import { isUri } from '../custom/formats.ts';
import { goQuote } from '../go-format.ts';
import type { IpAddress, IpRange } from '../validation/ip.ts';
import { formatCidr, formatIp, isIpv4, parseCidr, parseIp } from '../validation/ip.ts';
import { sameValue } from './structs.ts';

type List = readonly unknown[];

/** The library tells types by their constructor. */
class Ip {
  readonly address: IpAddress;

  constructor(address: IpAddress) {
    this.address = address;
  }
}

class Cidr {
  readonly range: IpRange;

  constructor(range: IpRange) {
    this.range = range;
  }
}

class Url {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What `sets.contains` and the like are called on. */
class Sets {}

/** As net/netip reads it: neither leading zeros nor IPv4 within IPv6. */
function strictIp(text: string): IpAddress | undefined {
  const ip = parseIp(text);
  return ip === undefined || ip.leadingZeros || ip.mapped ? undefined : ip;
}

function strictCidr(text: string): IpRange | undefined {
  const range = parseCidr(text);
  return range === undefined || range.prefixZeros || range.ip.leadingZeros || range.ip.mapped ? undefined : range;
}

function toIp(text: string): Ip {
  const ip = strictIp(text);
  if (ip === undefined) throw new Error(`IP Address ${goQuote(text)} parse error during conversion from string: ParseAddr(${goQuote(text)}): unable to parse IP`);
  return new Ip(ip);
}

function toCidr(text: string): Cidr {
  const range = strictCidr(text);
  if (range === undefined) throw new Error(`network address parse error during conversion from string: netip.ParsePrefix(${goQuote(text)}): invalid prefix`);
  return new Cidr(range);
}

function contains({ network, prefix }: IpRange, { bytes }: IpAddress): boolean {
  if (bytes.length !== network.bytes.length) return false;
  return network.bytes.every((byte, i) => {
    const mask = (0xff << Math.max(0, Math.min(8, (i + 1) * 8 - prefix))) & 0xff;
    return (byte & mask) === ((bytes[i] ?? 0) & mask);
  });
}

function containsRange(outer: IpRange, inner: IpRange): boolean {
  return inner.prefix >= outer.prefix && contains(outer, inner.network);
}

const isLinkLocal = ([a = 0, b = 0]: readonly number[], v4: boolean): boolean => (v4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80);

function isLoopback({ bytes }: IpAddress): boolean {
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
}

function isMulticast({ bytes: [a = 0], bytes }: IpAddress): boolean {
  return bytes.length === 4 ? (a & 0xf0) === 0xe0 : a === 0xff;
}

function isLinkLocalMulticast({ bytes: [a, b = 0, c], bytes }: IpAddress): boolean {
  return bytes.length === 4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2;
}

function isUnspecified({ bytes }: IpAddress): boolean {
  return bytes.every((byte) => byte === 0);
}

function isGlobalUnicast(ip: IpAddress): boolean {
  const isBroadcast = isIpv4(ip) && ip.bytes.every((byte) => byte === 255);
  return !isBroadcast && !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocal(ip.bytes, isIpv4(ip));
}

function declareAddresses(env: Environment): void {
  env.registerType('net.IP', Ip);
  env.registerType('net.CIDR', Cidr);
  env.registerFunction('ip(string): net.IP', toIp);
  env.registerFunction('isIP(string): bool', (text: string) => strictIp(text) !== undefined);
  env.registerFunction('string(net.IP): string', ({ address }: Ip) => formatIp(address));
  env.registerFunction('net.IP.family(): int', ({ address }: Ip) => (isIpv4(address) ? 4n : 6n));
  const tests: Readonly<Record<string, (ip: IpAddress) => boolean>> = {
    isUnspecified, isLoopback, isLinkLocalMulticast, isLinkLocalUnicast: (ip) => isLinkLocal(ip.bytes, isIpv4(ip)), isGlobalUnicast,
  };
  for (const [name, test] of Object.entries(tests)) env.registerFunction(`net.IP.${name}(): bool`, ({ address }: Ip) => test(address));
  env.registerOperator('net.IP == net.IP', (a: Ip, b: Ip) => formatIp(a.address) === formatIp(b.address));
  env.registerFunction('cidr(string): net.CIDR', toCidr);
  env.registerFunction('isCIDR(string): bool', (text: string) => strictCidr(text) !== undefined);
  env.registerFunction('string(net.CIDR): string', ({ range }: Cidr) => `${formatIp(range.ip)}/${range.prefix}`);
  env.registerFunction('net.CIDR.containsIP(net.IP): bool', ({ range }: Cidr, { address }: Ip) => contains(range, address));
  env.registerFunction('net.CIDR.containsIP(string): bool', ({ range }: Cidr, text: string) => contains(range, toIp(text).address));
  env.registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', ({ range }: Cidr, other: Cidr) => containsRange(range, other.range));
  env.registerFunction('net.CIDR.containsCIDR(string): bool', ({ range }: Cidr, text: string) => containsRange(range, toCidr(text).range));
  env.registerFunction('net.CIDR.ip(): net.IP', ({ range }: Cidr) => new Ip(range.ip));
  env.registerFunction('net.CIDR.masked(): net.CIDR', ({ range }: Cidr) => toCidr(formatCidr(range)));
  env.registerFunction('net.CIDR.prefixLength(): int', ({ range }: Cidr) => BigInt(range.prefix));
  env.registerOperator('net.CIDR == net.CIDR', (a: Cidr, b: Cidr) => formatIp(a.range.ip) === formatIp(b.range.ip) && a.range.prefix === b.range.prefix);
}

// ---- URLs ----

function toUrl(text: string): Url {
  if (!isUri(text)) throw new Error(`URL parse error during conversion from string: parse ${goQuote(text)}: invalid URI for request`);
  return new Url(text);
}

interface UrlParts { readonly scheme: string; readonly host: string; readonly path: string; readonly query: string }

function partsOf({ text }: Url): UrlParts {
  const [, scheme = '', authority = '', path = '', query = ''] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/.exec(text) ?? [];
  return { scheme: scheme.toLowerCase(), host: authority.slice(authority.lastIndexOf('@') + 1), path, query };
}

/** Without its port, an IPv6 address without its brackets. */
function splitHost(host: string): readonly [name: string, port: string] {
  const [, name = host, port = ''] = /^(.*?)(?::(\d*))?$/.exec(host) ?? [];
  return [name.replace(/^\[(.*)\]$/, '$1'), port];
}

function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function queryOf({ query }: UrlParts): object {
  const found = new Map<string, string[]>();
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const [key = '', ...rest] = pair.split('=');
    const values = found.get(decoded(key)) ?? [];
    values.push(decoded(rest.join('=')));
    found.set(decoded(key), values);
  }
  return found;
}

function declareUrls(env: Environment): void {
  env.registerType('kubernetes.URL', Url);
  env.registerFunction('url(string): kubernetes.URL', toUrl);
  env.registerFunction('isURL(string): bool', isUri);
  env.registerOperator('kubernetes.URL == kubernetes.URL', (a: Url, b: Url) => a.text === b.text);
  const parts: Readonly<Record<string, (parts: UrlParts) => string>> = {
    getScheme: ({ scheme }) => scheme, getHost: ({ host }) => host, getHostname: ({ host }) => splitHost(host)[0], getPort: ({ host }) => splitHost(host)[1], getEscapedPath: ({ path }) => path,
  };
  for (const [name, part] of Object.entries(parts)) env.registerFunction(`kubernetes.URL.${name}(): string`, (url: Url) => part(partsOf(url)));
  env.registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', (url: Url) => queryOf(partsOf(url)));
}

// ---- sets and formats ----

function includesAll(list: List, items: List): boolean {
  return items.every((item) => list.some((each) => sameValue(each, item)));
}

function declareSets(env: Environment): void {
  env.registerType('kubernetes.Sets', Sets);
  env.registerConstant('sets', 'kubernetes.Sets', new Sets());
  env.registerFunction('kubernetes.Sets.contains(list, list): bool', (_: Sets, list: List, items: List) => includesAll(list, items));
  env.registerFunction('kubernetes.Sets.equivalent(list, list): bool', (_: Sets, a: List, b: List) => includesAll(a, b) && includesAll(b, a));
  env.registerFunction('kubernetes.Sets.intersects(list, list): bool', (_: Sets, a: List, b: List) => a.some((item) => includesAll(b, [item])));
}

/** What the library has for timestamps and durations. */
interface CelTime { toISOString(): string; getTime(): number }
interface CelSpan { readonly seconds: bigint; readonly nanos: number }

function timeText(time: CelTime): string {
  return time.toISOString().replace(/\.000Z$/, 'Z').replace(/(\.\d+?)0+Z$/, '$1Z');
}

function spanText({ seconds, nanos }: CelSpan): string {
  return `${Number(seconds) + nanos / 1e9}s`;
}

/** Conversions that the library leaves out. */
function declareTimes(env: Environment): void {
  env.registerFunction('string(google.protobuf.Timestamp): string', timeText);
  env.registerFunction('int(google.protobuf.Timestamp): int', (time: CelTime) => BigInt(Math.floor(time.getTime() / 1000)));
  env.registerFunction('string(google.protobuf.Duration): string', spanText);
}

/** A value as `%s` shows it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${(value as List).map(shown).join(', ')}]`;
  if (value instanceof Ip) return formatIp(value.address);
  if (typeof value !== 'object' || value === null) return String(value);
  if ('toISOString' in value) return timeText(value as CelTime);
  if ('nanos' in value && 'seconds' in value && typeof value.seconds === 'bigint') return spanText(value as CelSpan);
  const entries = value instanceof Map ? [...(value as ReadonlyMap<string, unknown>)] : Object.entries(value);
  return `{${entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => `${key}: ${shown(each)}`).join(', ')}}`;
}

function whole(value: unknown, verb: string): bigint {
  if (typeof value === 'bigint') return value;
  throw new Error(`error during formatting: ${verb} clause can only be used on integers`);
}

function clause(verb: string, precision: number, value: unknown): string {
  switch (verb) {
    case 's': return shown(value);
    case 'd': return whole(value, 'decimal').toString();
    case 'b': return typeof value === 'boolean' ? (value ? '1' : '0') : whole(value, 'binary').toString(2);
    case 'o': return whole(value, 'octal').toString(8);
    case 'x': return whole(value, 'hex').toString(16);
    case 'X': return whole(value, 'hex').toString(16).toUpperCase();
    case 'f': return Number(value).toFixed(precision);
    case 'e': return Number(value).toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
    default: throw new Error(`error during formatting: unrecognized formatting clause ${goQuote(verb)}`);
  }
}

const defaultPrecision = 6;

function format(text: string, values: List): string {
  let next = 0;
  return text.replace(/%(?:%|(?:\.(\d+))?(.?))/gs, (all: string, precision: string | undefined, verb: string | undefined) => {
    if (all === '%%') return '%';
    if (next >= values.length) throw new Error(`error during formatting: index ${next} out of range`);
    return clause(verb ?? '', precision === undefined ? defaultPrecision : Number(precision), values[next++]);
  });
}

/** Adds the functions to an environment. */
export function declareExtensions(env: Environment): void {
  declareAddresses(env);
  declareUrls(env);
  declareSets(env);
  declareTimes(env);
  env.registerFunction('string.format(list): string', format);
}

export const extensionNames: readonly string[] = [
  'ip', 'isIP', 'family', 'isUnspecified', 'isLoopback', 'isLinkLocalMulticast', 'isLinkLocalUnicast', 'isGlobalUnicast', 'cidr', 'isCIDR', 'containsIP', 'containsCIDR', 'masked', 'prefixLength',
  'url', 'isURL', 'getScheme', 'getHost', 'getHostname', 'getPort', 'getEscapedPath', 'getQuery', 'equivalent', 'intersects', 'format',
];
