import type { Pace } from '../../view/player.ts';
import type { Granularity } from '../../worker/protocol.ts';

export const GRANULARITIES: readonly Granularity[] = ['message', 'request', 'phase', 'quiet'];

/** `beats 1` and `realtime 0.1` share one list: first the paces by beat, then those by the clock. */
export function paceOf(choice: string): Pace {
  const [mode = 'beats', speed = '1'] = choice.split(' ');
  return { mode: mode === 'realtime' ? 'realtime' : 'beats', speed: Number(speed) };
}
