// Bytes as text and back, without loss: UTF-8 where it is UTF-8; a byte that is not becomes one of the code units U+DC80 to
// U+DCFF, which no text has alone (as Python's surrogateescape does). So files, archives and typed text travel alike.

const ESCAPE = 0xdc00;

/** The text that stands for these bytes. */
export function textOfBytes(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i] ?? 0;
    const length = first < 0x80 ? 1 : lengthOf(bytes, i);
    if (length === 1) out += String.fromCharCode(first);
    else if (length === 0) out += String.fromCharCode(ESCAPE + first);
    else out += String.fromCodePoint(codeAt(bytes, i, length));
    i += Math.max(1, length);
  }
  return out;
}

/** How many bytes the character at `i` has; 0: this is none. */
function lengthOf(bytes: Uint8Array, i: number): number {
  const first = bytes[i] ?? 0;
  const length = first > 0xf4 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  for (let k = 1; k < length; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return 0;
  if (length === 0) return 0;
  const code = codeAt(bytes, i, length);
  const isShortest = code >= (length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000);
  return isShortest && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? length : 0;
}

function codeAt(bytes: Uint8Array, i: number, length: number): number {
  let code = (bytes[i] ?? 0) & (0x7f >> length);
  for (let k = 1; k < length; k++) code = (code << 6) | ((bytes[i + k] ?? 0) & 0x3f);
  return code;
}

/** The bytes that a text stands for. */
export function bytesOfText(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) bytes.push(code - ESCAPE);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return Uint8Array.from(bytes);
}
