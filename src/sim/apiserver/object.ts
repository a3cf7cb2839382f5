// Small changes of immutable objects, and what every new object gets from the server.
import { uuidOf } from '../../base/hex.ts';
import type { Prng } from '../../base/prng.ts';
import type { ObjectMeta } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';

export function withMeta(object: ApiObject, metadata: Partial<ObjectMeta>): ApiObject {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

/** A random UUID (version 4). */
export function newUid(random: Prng): string {
  return uuidOf([random.uint32(), (random.uint32() & 0xffff0fff) | 0x4000, (random.uint32() & 0x3fffffff) | 0x80000000, random.uint32()]);
}

const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters without vowels and look-alikes (utilrand.String). */
export function randomSuffix(random: Prng): string {
  let text = '';
  for (let i = 0; i < 5; i++) text += SUFFIX.charAt(random.below(SUFFIX.length));
  return text;
}

export function sameContent(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameContent(item, b[i]));
  if (Array.isArray(b)) return false;
  return sameMembers(a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>);
}

function sameMembers(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  let members = 0;
  for (const name in a) {
    if (a[name] === undefined) continue;
    if (!sameContent(a[name], b[name])) return false;
    members++;
  }
  for (const name in b) if (b[name] !== undefined) members--;
  return members === 0;
}
