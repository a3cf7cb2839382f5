// The addresses that Services get: --service-cluster-ip-range of one IPv4 network (models ipallocator's bounds).
import { formatCidr, formatIp, isIpv4, parseCidr, parseIp } from '../api/validation/ip.ts';
import { OptionError } from '../option-error.ts';

export interface ServiceRange {
  /** `10.96.0.0/16`. */
  readonly cidr: string;
  /** The network's own address, as a number. */
  readonly network: number;
  /** Addresses that can be given: all but the first and the last one, which are nobody's. */
  readonly size: number;
  /** The lower part is for addresses that users choose. */
  readonly staticSize: number;
}

const STATIC = { least: 16, most: 256, share: 16 };
const LONGEST_MASK = 29;
const SHORTEST_MASK = 12;
const FLAG = '--service-cluster-ip-range';

/** Throws OptionError for what is not an IPv4 network of a size that kube-apiserver takes. */
export function serviceRange(text: string): ServiceRange {
  const range = parseCidr(text);
  if (!range || !isIpv4(range.ip)) throw new OptionError(`invalid argument ${JSON.stringify(text)} for "${FLAG}" flag: it takes one IPv4 network such as 10.96.0.0/16`);
  const { prefix, network } = range;
  if (prefix < SHORTEST_MASK) throw new OptionError(`specified ${FLAG} is too large; for 32-bit addresses, the mask must be >= ${SHORTEST_MASK}`);
  if (prefix > LONGEST_MASK) throw new OptionError(`the service cluster IP range must be at least ${2 ** (32 - LONGEST_MASK)} IP addresses`);
  const all = 2 ** (32 - prefix);
  const staticSize = all < STATIC.least ? 0 : Math.min(Math.max(STATIC.least, all / STATIC.share), STATIC.most);
  return { cidr: formatCidr(range), network: numberOf(network.bytes), size: all - 2, staticSize };
}

function numberOf(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The address so far from the network's own. */
export function addressAt({ network }: ServiceRange, offset: number): string {
  const value = network + offset;
  return formatIp({ bytes: [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256), leadingZeros: false, mapped: false });
}

/** How far an address is from the network's own; undefined outside of the network. */
export function offsetOf({ network, size }: ServiceRange, address: string): number | undefined {
  const ip = parseIp(address);
  if (!ip || !isIpv4(ip)) return undefined;
  const offset = numberOf(ip.bytes) - network;
  return offset >= 0 && offset <= size + 1 ? offset : undefined;
}
