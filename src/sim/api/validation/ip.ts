// IP addresses and ranges (models apimachinery/pkg/util/validation/ip.go with StrictIPCIDRValidation).
import type { Errors, Path } from './field.ts';

export interface IpAddress {
  /** 4 or 16 numbers; an IPv4-mapped IPv6 address has 4. */
  readonly bytes: readonly number[];
  readonly leadingZeros: boolean;
  readonly mapped: boolean;
}

const invalidIp = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const invalidCidr = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]+$/.test(part) && Number(part) <= 255)) return undefined;
  return { bytes: parts.map(Number), leadingZeros: parts.some((part) => part.length > 1 && part.startsWith('0')), mapped: false };
}

/** As Go's net.ParseIP, but leading zeros in IPv4 are let through and noted. */
export function parseIp(text: string): IpAddress | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  let head = text;
  let tail: readonly number[] = [];
  let leadingZeros = false;
  if (text.includes('.')) {
    const at = text.lastIndexOf(':') + 1;
    const v4 = parseIpv4(text.slice(at));
    if (v4 === undefined) return undefined;
    leadingZeros = v4.leadingZeros;
    tail = v4.bytes;
    head = text.slice(0, at).endsWith('::') ? text.slice(0, at) : text.slice(0, at - 1);
  }
  const bytes = parseGroups(head, 16 - tail.length);
  if (bytes === undefined) return undefined;
  const all = [...bytes, ...tail];
  const mapped = all.slice(0, 10).every((byte) => byte === 0) && all[10] === 0xff && all[11] === 0xff;
  return { bytes: mapped ? all.slice(12) : all, leadingZeros, mapped };
}

function parseGroups(text: string, size: number): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [front, back] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...(front ?? []), ...(back ?? [])];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const missing = size / 2 - groups.length;
  if (back === undefined ? missing !== 0 : missing < 1) return undefined;
  const zeros = Array.from({ length: missing }, () => '0');
  return [...(front ?? []), ...zeros, ...(back ?? [])].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
}

/** RFC 5952 for IPv6, dotted decimals for IPv4. */
export function formatIp({ bytes }: IpAddress): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (groups[i + length] === 0) length++;
    if (length > best.length) best = { start: i, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

export function isIpv4(ip: IpAddress): boolean {
  return ip.bytes.length === 4;
}

function strictProblems(ip: IpAddress, text: string, path: Path, errors: Errors): void {
  if (ip.leadingZeros) errors.invalid(path, text, 'must not have leading 0s');
  if (ip.mapped && !ip.leadingZeros) errors.invalid(path, text, 'must not be an IPv4-mapped IPv6 address');
}

/** An address in a field that accepts other than the canonical form; `before` are values that the object had already. */
export function validateLegacyIp(text: string, path: Path, errors: Errors, before: readonly string[] = []): void {
  if (before.includes(text)) return;
  const ip = parseIp(text);
  if (ip === undefined) errors.invalid(path, text, invalidIp);
  else strictProblems(ip, text, path, errors);
}

/** An address in its canonical form. */
export function validateIp(text: string, path: Path, errors: Errors): void {
  const ip = parseIp(text);
  if (ip === undefined) {
    errors.invalid(path, text, invalidIp);
    return;
  }
  const count = errors.length;
  strictProblems(ip, text, path, errors);
  if (errors.length === count && formatIp(ip) !== text) errors.invalid(path, text, `must be in canonical form ("${formatIp(ip)}")`);
}

export interface IpRange {
  readonly ip: IpAddress;
  readonly prefix: number;
  /** The address with the bits after the prefix cleared. */
  readonly network: IpAddress;
  readonly prefixZeros: boolean;
}

/** As Go's net.ParseCIDR; leading zeros are let through and noted. */
export function parseCidr(text: string): IpRange | undefined {
  const slash = text.indexOf('/');
  const digits = text.slice(slash + 1);
  const ip = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  if (ip === undefined || !/^[0-9]+$/.test(digits)) return undefined;
  const written = Number(digits);
  const prefix = ip.mapped ? written - 96 : written;
  if (written > (ip.mapped || !isIpv4(ip) ? 128 : 32) || prefix < 0) return undefined;
  const network = ip.bytes.map((byte, i) => byte & (0xff << Math.max(0, Math.min(8, (i + 1) * 8 - prefix))) & 0xff);
  return { ip, prefix, network: { ...ip, bytes: network }, prefixZeros: digits.length > 1 && digits.startsWith('0') };
}

export function formatCidr(range: IpRange): string {
  return `${formatIp(range.network)}/${range.prefix}`;
}

function strictCidrProblems(range: IpRange, text: string, path: Path, errors: Errors): void {
  if (range.ip.leadingZeros || range.prefixZeros) errors.invalid(path, text, 'must not have leading 0s in IP or prefix length');
  else if (range.ip.mapped) errors.invalid(path, text, 'must not have an IPv4-mapped IPv6 address');
  else if (range.ip.bytes.some((byte, i) => byte !== range.network.bytes[i])) errors.invalid(path, text, 'must not have bits set beyond the prefix length');
}

export function validateLegacyCidr(text: string, path: Path, errors: Errors, before: readonly string[] = []): void {
  if (before.includes(text)) return;
  const range = parseCidr(text);
  if (range === undefined) errors.invalid(path, text, invalidCidr);
  else strictCidrProblems(range, text, path, errors);
}

export function validateCidr(text: string, path: Path, errors: Errors): void {
  const range = parseCidr(text);
  if (range === undefined) {
    errors.invalid(path, text, invalidCidr);
    return;
  }
  const count = errors.length;
  strictCidrProblems(range, text, path, errors);
  if (errors.length === count && formatCidr(range) !== text) errors.invalid(path, text, `must be in canonical form ("${formatCidr(range)}")`);
}

/** What is said about an address that is accepted but not canonical. */
export function ipWarnings(text: string, path: Path): readonly string[] {
  const ip = parseIp(text);
  if (ip === undefined) return [];
  if (ip.leadingZeros || ip.mapped) return [path.note(`non-standard IP address "${text}" is invalid: use "${formatIp(ip)}"`)];
  if (!isIpv4(ip) && formatIp(ip) !== text) return [path.note(`IPv6 address "${text}" should be in RFC 5952 canonical format ("${formatIp(ip)}")`)];
  return [];
}

export function cidrWarnings(text: string, path: Path): readonly string[] {
  const range = parseCidr(text);
  if (range === undefined) return [];
  const warnings: string[] = [];
  const size = isIpv4(range.ip) ? 32 : 128;
  if (range.ip.bytes.some((byte, i) => byte !== range.network.bytes[i])) {
    warnings.push(path.note(`CIDR value "${text}" is ambiguous in this context (should be "${formatCidr(range)}" or "${formatIp(range.ip)}/${size}"?)`));
  }
  if (range.ip.leadingZeros || range.prefixZeros || range.ip.mapped) warnings.push(path.note(`non-standard CIDR value "${text}" is invalid: use "${formatCidr(range)}"`));
  if (warnings.length === 0 && !isIpv4(range.ip) && formatCidr(range) !== text) {
    warnings.push(path.note(`IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${formatCidr(range)}")`));
  }
  return warnings;
}

/** Addresses that no endpoint may have. */
export function validateEndpointIp(text: string, path: Path, errors: Errors): void {
  const ip = parseIp(text);
  if (ip === undefined) {
    errors.invalid(path, text, 'must be a valid IP address');
    return;
  }
  const [first = 0, second = 0, third = 0] = ip.bytes;
  const v4 = isIpv4(ip);
  if (ip.bytes.every((byte) => byte === 0)) errors.invalid(path, text, `may not be unspecified (${text})`);
  if (v4 ? first === 127 : ip.bytes.slice(0, 15).every((byte) => byte === 0) && ip.bytes[15] === 1) errors.invalid(path, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (v4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80) errors.invalid(path, text, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if (v4 ? first === 224 && second === 0 && third === 0 : first === 0xff && (second & 0x0f) === 2) errors.invalid(path, text, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
}
