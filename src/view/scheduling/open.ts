import { create } from 'zustand';

/** What the scheduling view shows. Without a pod: the latest attempt of all; without an attempt: the pod's latest. */
export interface SchedulingPlace { readonly pod: string; readonly messageId: number; readonly tab: SchedulingTab }
export type SchedulingTab = 'steps' | 'pending' | 'whatIf' | 'history' | 'configuration';

interface SchedulingState {
  readonly open: boolean;
  /** Beside the stage and not in its place. */
  readonly beside: boolean;
  readonly place: SchedulingPlace;
}

export const useScheduling = create<SchedulingState>(() => ({ open: false, beside: false, place: { pod: '', messageId: 0, tab: 'steps' } }));

/** Opens the view on a pod (`namespace/name`) and one of its attempts. */
export function openScheduling({ pod = '', messageId = 0, tab = 'steps' }: Partial<SchedulingPlace> = {}): void {
  useScheduling.setState({ open: true, place: { pod, messageId, tab } });
}

export function closeScheduling(): void {
  useScheduling.setState({ open: false });
}

export function showBeside(beside: boolean): void {
  useScheduling.setState({ beside });
}

export function showSchedulingTab(tab: SchedulingTab): void {
  useScheduling.setState(({ place }) => ({ place: { ...place, tab } }));
}
