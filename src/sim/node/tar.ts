// Archives in the form of POSIX tar (ustar), as far as `kubectl cp` needs them: files and folders.
import { bytesOfText, textOfBytes } from '../../base/byte-text.ts';

const BLOCK = 512;
const NAME_LENGTH = 100;

/** `content` undefined: a folder. */
export interface TarEntry { readonly name: string; readonly content: string | undefined }

/** As text that stands for the bytes (see byte-text.ts). */
export function packTar(entries: readonly TarEntry[], modifiedS: number): string {
  return `${entries.map((entry) => packEntry(entry, modifiedS)).join('')}${'\0'.repeat(2 * BLOCK)}`;
}

function packEntry({ name, content }: TarEntry, modifiedS: number): string {
  const path = content === undefined ? `${name}/` : name;
  // GNU's way with names that the field does not hold: an entry before it has the name as its content.
  const long = lengthOf(path) < NAME_LENGTH ? '' : withContent('././@LongLink', `${path}\0`, 'L', 0);
  return long + withContent(path, content ?? '', content === undefined ? '5' : '0', modifiedS);
}

function withContent(name: string, content: string, type: string, modifiedS: number): string {
  const size = lengthOf(content);
  return `${headerOf(name, size, type, modifiedS)}${content}${'\0'.repeat((BLOCK - (size % BLOCK)) % BLOCK)}`;
}

const lengthOf = (text: string): number => bytesOfText(text).length;

/** A text in a field of so many bytes. */
function field(text: string, length: number): string {
  const bytes = bytesOfText(text);
  return bytes.length > length ? textOfBytes(bytes.subarray(0, length)) : text + '\0'.repeat(length - bytes.length);
}

function headerOf(name: string, size: number, type: string, modifiedS: number): string {
  const octal = (value: number): string => field(value.toString(8).padStart(11, '0'), 12);
  const mode = type === '5' ? '0000755' : '0000644';
  const before = field(name, NAME_LENGTH) + field(mode, 8) + field('0000000', 8) + field('0000000', 8) + octal(size) + octal(Math.max(0, Math.floor(modifiedS)));
  const after = field(type, 101) + field('ustar\x0000root', 40) + field('root', 32) + field('', 183);
  const sum = bytesOfText(`${before}        ${after}`).reduce((total, byte) => total + byte, 0);
  return `${before}${sum.toString(8).padStart(6, '0')}\0 ${after}`;
}

/** The entries of an archive; undefined if it is none. Long names in the forms of GNU and pax are read. */
export function unpackTar(text: string): readonly TarEntry[] | undefined {
  const bytes = bytesOfText(text);
  const entries: TarEntry[] = [];
  let longName = '';
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(fieldAt(bytes, at + 124, 12).trim() || '0', 8);
    if (Number.isNaN(size) || !fieldAt(bytes, at + 257, 5).startsWith('ustar')) return undefined;
    const type = fieldAt(bytes, at + 156, 1);
    const prefix = fieldAt(bytes, at + 345, 155);
    const content = textOfBytes(bytes.subarray(at + BLOCK, at + BLOCK + size));
    const name = longName || (prefix === '' ? '' : `${prefix}/`) + fieldAt(bytes, at, 100);
    longName = '';
    if (type === 'L') longName = content.replace(/\0.*$/s, '');
    else if (type === 'x') longName = /^\d+ path=(.*)$/m.exec(content)?.[1] ?? '';
    else if (type === '5') entries.push({ name: name.replace(/\/$/, ''), content: undefined });
    else if (type === '0' || type === '') entries.push({ name, content });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

function fieldAt(bytes: Uint8Array, at: number, length: number): string {
  return textOfBytes(bytes.subarray(at, at + length)).replace(/\0.*$/s, '');
}
