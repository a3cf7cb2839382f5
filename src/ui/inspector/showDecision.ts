import { openScheduling } from '../../view/scheduling/open.ts';
import type { SchedulingPlace } from '../../view/scheduling/open.ts';
import { closeInspector } from '../shell/layout.ts';

/** Opens a decision; the inspector would lie over it. */
export function showDecision(place: Partial<SchedulingPlace>): void {
  closeInspector();
  openScheduling(place);
}
