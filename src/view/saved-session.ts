import type { SavedSession } from '../worker/protocol.ts';

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
