import { readFileSync } from 'node:fs';
import { parseTime } from '../base/time.ts';
import type { ApiObject } from '../sim/api/meta.ts';

/** Objects that a world begins with, and the time (microseconds since 1970) at which it does. */
export interface State { readonly items: readonly ApiObject[]; readonly unixUs: number }

/** A v1 List, or a file `{now, list}` that has one; without `now` the clock starts at the present. */
export function readState(file: string): State {
  const content = JSON.parse(readFileSync(file, 'utf8')) as { readonly now?: string; readonly list?: { readonly items: readonly ApiObject[] }; readonly items?: readonly ApiObject[] };
  const unixUs = parseTime(content.now ?? '') ?? Date.now() * 1000;
  return { items: content.list?.items ?? content.items ?? [], unixUs };
}
