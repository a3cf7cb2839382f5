import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import type { SavedSession } from '../worker/protocol.ts';
import { checkSession } from './saved-session.ts';

const MAX_JSON_BYTES = 16 * 1024 * 1024;

/** A session as the part of a link after `#s=`: deflated JSON in base64url. */
export function encodeSession(session: SavedSession): string {
  const bytes = deflateSync(strToU8(JSON.stringify(session)), { level: 9 });
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The session in a link, or why it is none: `broken` (not ours, cut off) or `version` (made by a newer Wheelhouse). */
export function decodeSession(text: string): SavedSession | 'broken' | 'version' {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = inflateSync(Uint8Array.from(binary, (c) => c.charCodeAt(0)), { out: undefined });
    if (bytes.length > MAX_JSON_BYTES) return 'broken';
    return checkSession(JSON.parse(strFromU8(bytes)));
  } catch {
    return 'broken';
  }
}
