// Tables as kubectl prints them (models cli-runtime's printers.TablePrinter and its tab writer).
import type { Cell, Kind } from '../sim/api/kind.ts';
import type { ApiObject } from '../sim/api/meta.ts';

/** Between the columns; a column is never narrower than MIN_WIDTH with it. */
const PADDING = 3;
const MIN_WIDTH = 6;

/** In Unicode code points, as Go counts them. */
const lengthOf = (text: string): number => Array.from(text).length;

/** Lines with their cells under each other. The last cell of a line ends it. */
export function alignedLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) row.slice(0, -1).forEach((cell, i) => { widths[i] = Math.max(widths[i] ?? MIN_WIDTH, lengthOf(cell) + PADDING); });
  return rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - lengthOf(cell)))).join(''));
}

export interface TableLook {
  readonly wide: boolean;
  readonly headers: boolean;
  readonly withNamespace: boolean;
  /** `deployment.apps` where names stand with their kind. */
  readonly prefix: string;
  /** Labels that are columns of their own. */
  readonly labelColumns: readonly string[];
  readonly allLabels: boolean;
}

/** Objects of one kind as lines. */
export function tableLines(table: Pick<Kind, 'columns' | 'row'>, objects: readonly ApiObject[], look: TableLook, nowMs: number): readonly string[] {
  const shown = table.columns.map(({ name, priority }, index) => ({ name, priority, index })).filter(({ priority }) => look.wide || priority === 0);
  const header = [
    ...(look.withNamespace ? ['NAMESPACE'] : []), ...shown.map(({ name }) => name.toUpperCase()),
    ...look.labelColumns.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()), ...(look.allLabels ? ['LABELS'] : []),
  ];
  const rows = objects.map((object) => {
    const cells = table.row(object, nowMs);
    const labels = object.metadata.labels ?? {};
    return [
      ...(look.withNamespace ? [object.metadata.namespace ?? ''] : []),
      ...shown.map(({ name, index }) => (name === 'Name' && look.prefix !== '' ? `${look.prefix}/` : '') + cellText(cells[index] ?? null)),
      ...look.labelColumns.map((label) => labels[label] ?? ''),
      ...(look.allLabels ? [labelText(labels)] : []),
    ];
  });
  return alignedLines(look.headers ? [header, ...rows] : rows);
}

/** What is beyond the first line of a cell is left out. */
function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const end = cell.search(/[\f\n\r]/);
  return end < 0 ? cell : `${cell.slice(0, end)}...`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels).sort().map((key) => `${key}=${labels[key] ?? ''}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}
