/**
 * A seeded integer generator (sfc32: 128 bits of state, passes PractRand). One stream per actor, so that a new
 * component draws from its own stream and changes nothing for the others.
 */
export class Prng {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  private constructor(a: number, b: number, c: number, d: number) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** The stream called `name` of the world with this seed. */
  static stream(seed: number, name: string): Prng {
    const prng = new Prng(seed | 0, fnv1a(name), 0x9e3779b9, 1);
    for (let i = 0; i < 12; i++) prng.uint32();
    return prng;
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const sum = (this.a + this.b + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum | 0;
    return sum >>> 0;
  }

  /** An integer in [0, bound), bound ≤ 2^32. */
  below(bound: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * bound);
  }

  clone(): Prng {
    return new Prng(this.a, this.b, this.c, this.d);
  }

  /** The four state words, for hashing a world. */
  words(): readonly number[] {
    return [this.a, this.b, this.c, this.d];
  }
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
