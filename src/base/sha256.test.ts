import { expect, it } from 'vitest';
import { sha256 } from './sha256.ts';

const hex = (text: string): string => [...sha256(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

it('digests as the standard does', () => {
  expect(hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hex('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')).toBe('248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
  expect(hex('ä'.repeat(100))).toBe('8c8b9015d474565b2a23d5e5bf090051720ce25d08a503044204b3438b1e10ed');
});
