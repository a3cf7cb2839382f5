import type { Session } from '../sim/session.ts';
import { FATE_LOST } from '../sim/kernel/trace.ts';
import type { TraceEntry } from '../sim/kernel/trace.ts';
import { describe, inputLabel } from './describe.ts';
import { FLAG, MESSAGE_KINDS } from './protocol.ts';
import type { Marks } from './protocol.ts';
import { isMilestone, isShownInput } from './stepper.ts';

interface Row { readonly entry: TraceEntry; readonly position: number; readonly kind: number; readonly flags: number; readonly label: number }

/** Columns of the shown messages delivered at positions (after, upTo]. */
export function collectMarks(session: Session, after: number, upTo: number): Marks {
  const { trace } = session.kernel;
  const labels = new Map<string, number>();
  const rows: Row[] = [];
  for (let position = after + 1; position <= upTo; position++) {
    const entry = trace.get(trace.idAt(position));
    const row = entry && rowOf(session, entry, position, labels);
    if (row) rows.push(row);
  }
  return columns(rows, [...labels.keys()]);
}

function rowOf(session: Session, entry: TraceEntry, position: number, labels: Map<string, number>): Row | undefined {
  if (entry.from === entry.to) {
    return isShownInput(entry) ? { entry, position, kind: 0, flags: FLAG.input, label: labelIndex(labels, inputLabel(entry.body)) } : undefined;
  }
  const told = describe(session.kernel, entry);
  if (told.background) return undefined;
  const flags = (told.response ? FLAG.response : 0) | (told.refused ? FLAG.refused : 0) | (entry.fate === FATE_LOST ? FLAG.lost : 0)
    | (isMilestone(session, entry) ? FLAG.milestone : 0);
  return { entry, position, kind: MESSAGE_KINDS.indexOf(told.kind), flags, label: labelIndex(labels, told.label) };
}

function labelIndex(labels: Map<string, number>, label: string): number {
  const known = labels.get(label);
  if (known !== undefined) return known;
  labels.set(label, labels.size);
  return labels.size - 1;
}

function columns(rows: readonly Row[], labels: readonly string[]): Marks {
  return {
    count: rows.length, labels,
    id: Float64Array.from(rows, (row) => row.entry.id),
    cause: Float64Array.from(rows, (row) => row.entry.cause),
    position: Float64Array.from(rows, (row) => row.position),
    sentUs: Float64Array.from(rows, (row) => row.entry.sentUs),
    deliverUs: Float64Array.from(rows, (row) => row.entry.deliverUs),
    from: Uint16Array.from(rows, (row) => row.entry.from),
    to: Uint16Array.from(rows, (row) => row.entry.to),
    kind: Uint8Array.from(rows, (row) => row.kind),
    flags: Uint8Array.from(rows, (row) => row.flags),
    label: Uint16Array.from(rows, (row) => row.label),
  };
}

/** The buffers of a batch, to be transferred instead of copied. */
export function buffersOf(marks: Marks): readonly ArrayBuffer[] {
  const arrays = [marks.id, marks.cause, marks.position, marks.sentUs, marks.deliverUs, marks.from, marks.to, marks.kind, marks.flags, marks.label];
  return arrays.map((array) => array.buffer as ArrayBuffer);
}
