import { readFileSync } from 'node:fs';
import { parseTime } from '../base/time.ts';
import type { ApiObject } from '../sim/api/meta.ts';

/** Objects that a world begins with, and the time (microseconds since 1970) at which it does. */
export interface State { readonly items: readonly ApiObject[]; readonly unixUs: number }

/** A v1 List, or `{now, list}` that has one; without `now` the clock starts at the present. */
export function stateOf(content: unknown): State {
  const { now = '', list, items } = content as { readonly now?: string; readonly list?: { readonly items: readonly ApiObject[] }; readonly items?: readonly ApiObject[] };
  return { items: list?.items ?? items ?? [], unixUs: parseTime(now) ?? Date.now() * 1000 };
}

export function readState(file: string): State {
  return stateOf(JSON.parse(readFileSync(file, 'utf8')));
}
