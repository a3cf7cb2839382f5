// SHA-256 (FIPS 180-4) of small texts: Kubernetes puts its digests into names and documents.

const INITIAL = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/** The first 32 bits of the fractions of the cube roots of the first 64 primes. */
const ROUND = roundConstants();

function roundConstants(): Int32Array {
  const out = new Int32Array(64);
  let found = 0;
  for (let candidate = 2; found < 64; candidate++) {
    let prime = true;
    for (let factor = 2; factor * factor <= candidate; factor++) if (candidate % factor === 0) prime = false;
    if (prime) out[found++] = (Math.cbrt(candidate) % 1) * 0x1_0000_0000;
  }
  return out;
}

const at = (words: Int32Array, i: number): number => words[i] ?? 0;
const turned = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

/** The 32 bytes of a text's digest (of its UTF-8). */
export function sha256(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const blocks = (bytes.length + 8 >> 6) + 1;
  const padded = new Uint8Array(blocks * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, bytes.length * 8);
  const state = Int32Array.from(INITIAL);
  const words = new Int32Array(64);
  for (let block = 0; block < blocks; block++) compress(state, words, view, block * 64);
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  state.forEach((word, i) => out.setInt32(i * 4, word));
  return digest;
}

function compress(state: Int32Array, words: Int32Array, view: DataView, offset: number): void {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(offset + i * 4);
  for (let i = 16; i < 64; i++) {
    const early = at(words, i - 15);
    const late = at(words, i - 2);
    words[i] = at(words, i - 16) + (turned(early, 7) ^ turned(early, 18) ^ (early >>> 3)) + at(words, i - 7) + (turned(late, 17) ^ turned(late, 19) ^ (late >>> 10));
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const first = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + at(ROUND, i) + at(words, i);
    const second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] = at(state, i) + word; });
}
