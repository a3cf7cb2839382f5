// Tables of custom resources (models apiextensions-apiserver's tableconvertor).
import { parseTime } from '../../../base/time.ts';
import type { CustomResourceColumnDefinition, Json } from '../generated/types.ts';
import { goJson, goValue } from '../go-format.ts';
import type { JsonPath } from '../json-path.ts';
import { parseJsonPath } from '../json-path.ts';
import type { Cell, Column, Kind } from '../kind.ts';
import { age, columnsOf } from '../printing.ts';

const [nameColumn, createdColumn] = columnsOf('');

/** What a definition without columns has. */
const ageOnly: readonly CustomResourceColumnDefinition[] = [{
  name: 'Age', type: 'date', description: createdColumn?.description ?? '', jsonPath: '.metadata.creationTimestamp',
}];

interface Printer { readonly column: Column; readonly find: JsonPath }

/** Columns and rows. Columns from the first path on that cannot be read are left out, as the real server does. */
export function tableOfKind(defined: readonly CustomResourceColumnDefinition[] | undefined): Pick<Kind, 'columns' | 'row'> {
  const printers: Printer[] = [];
  for (const column of defined === undefined || defined.length === 0 ? ageOnly : defined) {
    const find = parseJsonPath(column.jsonPath);
    if (find === undefined) break;
    printers.push({ column: columnOf(column), find });
  }
  return {
    columns: [...(nameColumn === undefined ? [] : [nameColumn]), ...printers.map(({ column }) => column)],
    row: (object, nowMs) => [object.metadata.name ?? '', ...printers.map(({ column, find }) => cell(column.type, find(object as unknown as Json)[0], nowMs))],
  };
}

function columnOf({ name, type, format, description = '', priority = 0, jsonPath }: CustomResourceColumnDefinition): Column {
  return {
    name, type: type as Column['type'], ...(format === undefined ? {} : { format }), priority,
    description: description === '' ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description,
  };
}

function cell(type: Column['type'], value: Json | undefined, nowMs: number): Cell {
  if (value === undefined) return null;
  switch (type) {
    case 'string': return typeof value === 'object' && value !== null ? goJson(value) : goValue(value);
    case 'integer': return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number': return typeof value === 'number' ? value : null;
    case 'boolean': return typeof value === 'boolean' ? value : null;
    case 'date': return typeof value !== 'string' ? null : parseTime(value) === undefined ? '<invalid>' : age(value, nowMs);
  }
}
