import { create } from 'zustand';

/** What the inspector shows: an object by key, a component by actor id, or a message by id. */
export type Selection =
  | { readonly type: 'object'; readonly key: string }
  | { readonly type: 'component'; readonly actor: string }
  | { readonly type: 'message'; readonly id: number };
export type InspectorTab = 'what' | 'why' | 'history' | 'yaml' | 'events';

interface SelectionState {
  readonly selection: Selection | undefined;
  readonly tab: InspectorTab;
  /** Earlier selections, for going back. */
  readonly past: readonly Selection[];
}

export const useSelection = create<SelectionState>(() => ({ selection: undefined, tab: 'what', past: [] }));

export function select(selection: Selection, tab?: InspectorTab): void {
  useSelection.setState((state) => ({
    selection, tab: tab ?? (selection.type === 'message' ? 'why' : 'what'),
    past: state.selection ? [...state.past.slice(-19), state.selection] : state.past,
  }));
}

export function selectPrevious(): void {
  useSelection.setState((state) => ({ selection: state.past.at(-1), past: state.past.slice(0, -1) }));
}

export function showTab(tab: InspectorTab): void {
  useSelection.setState({ tab });
}
