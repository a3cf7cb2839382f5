import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import type { SavedSession } from '../worker/protocol.ts';

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

/** Checks what came from outside before the world is built from it. */
export function checkSession(value: unknown): SavedSession | 'broken' | 'version' {
  if (typeof value !== 'object' || value === null) return 'broken';
  const { version, config, inputs, position, nowUs } = value as Partial<Record<keyof SavedSession, unknown>>;
  if (typeof version === 'number' && version > 1) return 'version';
  const fits = version === 1 && isConfig(config) && Array.isArray(inputs) && inputs.every(isInput) && isCount(position) && isCount(nowUs);
  return fits ? value as SavedSession : 'broken';
}

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function isConfig(value: unknown): boolean {
  if (!isRecord(value) || typeof value['seed'] !== 'number' || !isRecord(value['options']) || !Array.isArray(value['nodes'])) return false;
  return value['nodes'].length <= 5000 && value['nodes'].every((node) => isRecord(node) && typeof node['name'] === 'string' && typeof node['cpu'] === 'string' && typeof node['memory'] === 'string');
}

function isInput(value: unknown): boolean {
  return isRecord(value) && isCount(value['position']) && isCount(value['atUs']) && isRecord(value['input']) && typeof value['input']['type'] === 'string';
}
