// How tables show ages, containers, selectors and the like (models apimachinery/pkg/util/duration and pkg/printers).
import { parseTime } from '../../base/time.ts';
import type { Container, OwnerReference } from './generated/types.ts';
import columnsDocument from './generated/columns.json';
import type { Column } from './kind.ts';

type ColumnRow = readonly [string, Column['type'], string, number, number];
const descriptions: readonly string[] = columnsDocument.descriptions;
const columnRows = columnsDocument.kinds as unknown as Readonly<Record<string, readonly ColumnRow[] | undefined>>;

/** The columns of a kind's table; those of a kind without a printer if there are none. */
export function columnsOf(kind: string): readonly Column[] {
  const rows = columnRows[kind] ?? columnRows[''] ?? [];
  return rows.map(([name, type, format, priority, description]) => ({ name, type, format, priority, description: descriptions[description] ?? '' }));
}

/** `5m30s`, `4d2h`, `3y`: two figures where they matter, one where they don't (models duration.HumanDuration). */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** How long ago a time was; `<unknown>` without one. */
export function age(time: string | null | undefined, nowMs: number): string {
  const unixUs = time ? parseTime(time) : undefined;
  return unixUs === undefined ? '<unknown>' : humanDuration(nowMs - unixUs / 1000);
}

/** The milliseconds between two times. */
export function elapsedMs(from: string, to: string): number {
  return ((parseTime(to) ?? 0) - (parseTime(from) ?? 0)) / 1000;
}

/** Names and images of containers, each joined by commas. */
export function containerCells(containers: readonly Container[] | undefined | null): readonly [string, string] {
  const list = containers ?? [];
  return [list.map(({ name }) => name).join(','), list.map(({ image }) => image ?? '').join(',')];
}

/** `a=1,b=2`, sorted; `<none>` if there are none (labels.FormatLabels). */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.keys(labels ?? {}).sort().map((key) => `${key}=${labels?.[key] ?? ''}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

/** `ReadWriteOnce,ReadOnlyMany` as `RWO,ROX`, without repeats. */
export function accessModes(modes: readonly string[] | undefined): string {
  const has = new Set(modes ?? []);
  const shown: string[] = [];
  for (const [mode, short] of [['ReadWriteOnce', 'RWO'], ['ReadOnlyMany', 'ROX'], ['ReadWriteMany', 'RWX'], ['ReadWriteOncePod', 'RWOP']] as const) {
    if (has.has(mode)) shown.push(short);
  }
  return shown.join(',');
}

/** The first three of a list; the rest as a number. */
export function listWithMore(items: readonly string[], max: number): string {
  const shown = items.slice(0, max).join(',');
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown;
}

/** The controller that owns an object, as `statefulset.apps/db`. */
export function ownerCell(references: readonly OwnerReference[] | undefined): string {
  const owner = references?.find(({ controller }) => controller === true);
  if (owner === undefined) return '<none>';
  const slash = owner.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : `.${owner.apiVersion.slice(0, slash)}`;
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
