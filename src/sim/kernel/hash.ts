import { CowMap, CowMultiMap } from '../../base/cow-map.ts';
import { Prng, fnv1a } from '../../base/prng.ts';
import type { Checkpoint } from './kernel.ts';

/**
 * A 32-bit digest of a whole world: queue, clocks, random streams and every actor's state. Two runs with the same seed
 * and inputs have equal digests at every position; a difference means that something is not deterministic.
 */
export function hashWorld(checkpoint: Checkpoint): string {
  return (new Hasher().hash(checkpoint) >>> 0).toString(16).padStart(8, '0');
}

/** Structural hashing; objects met twice are hashed once, which is what keeps shared API objects cheap. */
class Hasher {
  private seen = new Map<object, number>();

  hash(value: unknown): number {
    switch (typeof value) {
      case 'string': return fnv1a(value);
      case 'number': return fnv1a(String(value)) ^ 0x1000;
      case 'boolean': return value ? 0x7f3a : 0x2b11;
      case 'undefined': return 0x51ed;
      case 'object': return value === null ? 0x90ab : this.hashObject(value);
      case 'function': case 'symbol': case 'bigint': return 0x3c3c;
    }
  }

  private hashObject(object: object): number {
    const known = this.seen.get(object);
    if (known !== undefined) return known;
    this.seen.set(object, 0x5bd1);
    const result = this.contents(object);
    this.seen.set(object, result);
    return result;
  }

  private contents(object: object): number {
    if (Array.isArray(object) || ArrayBuffer.isView(object)) return this.sequence(object as unknown as Iterable<unknown>, 1);
    if (object instanceof Map || object instanceof CowMap) return this.sequence(object as Iterable<unknown>, 2);
    if (object instanceof Set) return this.sequence(object, 3);
    if (object instanceof CowMultiMap) return this.index(object as CowMultiMap<unknown>);
    if (object instanceof Prng) return this.sequence(object.words(), 5);
    let hash = 4;
    for (const [key, value] of Object.entries(object)) hash = mix(mix(hash, fnv1a(key)), this.hash(value));
    return hash;
  }

  private sequence(items: Iterable<unknown>, start: number): number {
    let hash = start;
    for (const item of items) hash = mix(hash, this.hash(item));
    return hash;
  }

  private index(index: CowMultiMap<unknown>): number {
    let hash = 6;
    for (const name of index.names()) hash = mix(mix(hash, fnv1a(name)), this.hash(index.bucket(name)));
    return hash;
  }
}

function mix(hash: number, value: number): number {
  return (Math.imul(hash, 0x01000193) ^ value) + ((hash << 13) | (hash >>> 19)) | 0;
}
