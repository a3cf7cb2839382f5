// Hashes of pod templates and controller revisions, and the alphabet they are written in.
// The real ones hash Go's memory dump of a template, which nothing outside Go can reproduce; ours hashes canonical
// JSON. The properties that matter are kept: equal templates have equal hashes whatever the order of their keys, and
// the collision count changes the hash.

const fnvOffset = 0x811c9dc5;
const fnvPrime = 0x01000193;
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Hashes a string's UTF-16 code units, low byte first, after `hash` (FNV-1a, 32 bits, unsigned). */
export function fnv1a32(text: string, hash: number = fnvOffset): number {
  let value = hash;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    value = Math.imul(value ^ (unit & 0xff), fnvPrime);
    if (unit > 0xff) value = Math.imul(value ^ (unit >>> 8), fnvPrime);
  }
  return value >>> 0;
}

/** JSON with sorted keys and without undefined members. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const members: string[] = [];
  for (const [key, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** Writes a string in the alphabet without vowels and look-alikes (models apimachinery rand.SafeEncodeString). */
export function safeEncodeString(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) out += alphabet[text.charCodeAt(i) % alphabet.length] ?? '';
  return out;
}

const baseHashes = new WeakMap<object, number>();

/**
 * The pod-template-hash of a template (models controller.ComputeHash): at most ten characters of the safe alphabet.
 * @param template any immutable JSON; its hash is remembered by reference
 * @param collisionCount the owner's status.collisionCount, when it has one
 */
export function computeHash(template: object, collisionCount?: number): string {
  let hash = baseHashes.get(template);
  if (hash === undefined) {
    hash = fnv1a32(canonicalJson(template));
    baseHashes.set(template, hash);
  }
  const seeded = collisionCount === undefined ? hash : fnv1a32(`#${collisionCount}`, hash);
  return safeEncodeString(String(seeded));
}
