const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const DASH = '-'.charCodeAt(0);
/** Where a UUID has its dashes: before these digits. */
const DASHED: ReadonlySet<number> = new Set([8, 12, 16, 20]);

/** The words' hexadecimal digits, eight each. */
export function hexOf(words: readonly number[]): string {
  return textOf(words, false);
}

/** Four words as a UUID. */
export function uuidOf(words: readonly [number, number, number, number]): string {
  return textOf(words, true);
}

/** In one piece: a string put together from parts keeps all of them for as long as it lives, which is five times its size. */
function textOf(words: readonly number[], dashed: boolean): string {
  const codes: number[] = [];
  for (let digit = 0; digit < words.length * 8; digit++) {
    if (dashed && DASHED.has(digit)) codes.push(DASH);
    codes.push(DIGITS[((words[digit >> 3] as number) >>> (28 - (digit & 7) * 4)) & 15] as number);
  }
  return String.fromCharCode(...codes);
}
