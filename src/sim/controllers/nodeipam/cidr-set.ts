// Blocks of equal size cut from one IPv4 range (models nodeipam/ipam/cidrset).
import { CowMap } from '../../../base/cow-map.ts';

/** The range that blocks are cut from: `10.244.0.0/16` in blocks of /24. */
export interface Range { readonly base: number; readonly blockBits: number; readonly count: number }

/** undefined for anything but an IPv4 range at least as large as one block. */
export function parseRange(cidr: string, blockBits: number): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr.trim());
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || bits > blockBits || blockBits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { base: Math.floor(address / size) * size, blockBits, count: 2 ** (blockBits - bits) };
}

export function blockCidr(range: Range, index: number): string {
  const address = range.base + index * 2 ** (32 - range.blockBits);
  const parts = [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(address / unit) % 256);
  return `${parts.join('.')}/${range.blockBits}`;
}

/** Which block a CIDR is; undefined if it is none of this range. */
export function blockIndex(range: Range, cidr: string): number | undefined {
  const block = parseRange(cidr, range.blockBits);
  if (!block || block.count !== 1) return undefined;
  const index = (block.base - range.base) / 2 ** (32 - range.blockBits);
  return index >= 0 && index < range.count ? index : undefined;
}

/** Who has which block. Blocks are handed out in a circle, so that one that was given back is not reused at once. */
export interface CidrSet { readonly used: CowMap<string>; next: number }

export function newCidrSet(): CidrSet {
  return { used: new CowMap(), next: 0 };
}

/** The next free block for `owner`; undefined if there is none. */
export function allocate(set: CidrSet, range: Range, owner: string): number | undefined {
  if (set.used.size >= range.count) return undefined;
  for (let i = 0; i < range.count; i++) {
    const index = (set.next + i) % range.count;
    if (set.used.has(String(index))) continue;
    set.used.set(String(index), owner);
    set.next = (index + 1) % range.count;
    return index;
  }
  return undefined;
}
