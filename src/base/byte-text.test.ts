import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfText, textOfBytes } from './byte-text.ts';

describe('bytes as text', () => {
  it('reads UTF-8 as what it says', () => expect(textOfBytes(new TextEncoder().encode('舵 ✓ a\u{1f6a2}'))).toBe('舵 ✓ a\u{1f6a2}'));

  it('comes back as it was, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect([...bytesOfText(textOfBytes(bytes))]).toEqual([...bytes]);
    }));
  });

  it('takes no byte for the beginning of a character that there is not', () => {
    for (let first = 0x80; first < 0x100; first++) expect([...bytesOfText(textOfBytes(Uint8Array.from([first, 0x90, 0x80, 0x80])))]).toEqual([first, 0x90, 0x80, 0x80]);
  });

  it('comes back when it was cut in two anywhere', () => {
    const bytes = new TextEncoder().encode('a舵b');
    for (let at = 0; at <= bytes.length; at++) expect(bytesOfText(textOfBytes(bytes.slice(0, at)) + textOfBytes(bytes.slice(at)))).toEqual(bytes);
  });
});
