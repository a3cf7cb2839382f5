import { create } from 'zustand';

/**
 * What the scheduling view shows: an attempt by its message, or the pod's attempt of that number; without both the
 * pod's latest, and without a pod the latest of all.
 */
export interface SchedulingPlace { readonly pod: string; readonly messageId: number; readonly number: number; readonly tab: SchedulingTab }
export type SchedulingTab = 'steps' | 'pending' | 'whatIf' | 'history' | 'configuration';

interface SchedulingState {
  readonly open: boolean;
  /** Beside the stage and not in its place. */
  readonly beside: boolean;
  readonly place: SchedulingPlace;
}

export const useScheduling = create<SchedulingState>(() => ({ open: false, beside: false, place: { pod: '', messageId: 0, number: 0, tab: 'steps' } }));

/** Opens the view on a pod (`namespace/name`) and one of its attempts. */
export function openScheduling({ pod = '', messageId = 0, number = 0, tab = 'steps' }: Partial<SchedulingPlace> = {}): void {
  useScheduling.setState({ open: true, place: { pod, messageId, number, tab } });
}

export function closeScheduling(): void {
  useScheduling.setState({ open: false, beside: false });
}

export function showBeside(beside: boolean): void {
  useScheduling.setState({ beside });
}

export function showSchedulingTab(tab: SchedulingTab): void {
  useScheduling.setState(({ place }) => ({ place: { ...place, tab } }));
}
