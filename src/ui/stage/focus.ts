import { useMemo } from 'react';
import { useWorld } from '../../view/store.ts';
import { kindOf } from '../../view/stage/actors.ts';
import type { Mark } from '../../view/mark-store.ts';

/** What the current beat is about: its messages and the actors at their ends. Everything else steps back. */
export interface Focus { readonly active: boolean; readonly marks: readonly Mark[]; readonly actors: ReadonlySet<string> }

const NOTHING: Focus = { active: false, marks: [], actors: new Set() };
const MARKS_MAX = 64;
/** Beats shorter than this are a blur: stepping everything else back would only flicker. */
const FOCUS_MS = 150;

export function useFocus(): Focus {
  const flight = useWorld((state) => state.flight);
  const marks = useWorld((state) => state.marks);
  return useMemo(() => {
    if (!flight) return NOTHING;
    const found = flight.ids.slice(-MARKS_MAX).map((id) => marks.byId(id)).filter((mark) => mark !== undefined);
    const actors = new Set(found.flatMap((mark) => [mark.from, mark.to, kindOf(mark.from), kindOf(mark.to)]));
    return found.length > 0 ? { active: flight.durationMs >= FOCUS_MS, marks: found, actors } : NOTHING;
  }, [flight, marks]);
}

/** Whether an actor (by id or by kind) is at an end of the current beat; true for all when there is none. */
export function useInFocus(actor: string): boolean {
  const focus = useFocus();
  return !focus.active || focus.actors.has(actor);
}
