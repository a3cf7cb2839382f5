// What the controller has written and its cache must show before it counts again (models EndpointSliceTracker).
import type { EndpointSlice } from '../../api/generated/types.ts';

/** Slice uid → generation written, or DELETED. Immutable per service. */
export type Tracked = ReadonlyMap<string, number>;

export const DELETED = -1;

/** A slice is older than what was written, should be gone, or has not appeared yet. */
export function isStale(tracked: Tracked | undefined, slices: readonly EndpointSlice[]): boolean {
  if (!tracked) return false;
  const seen = new Set<string>();
  for (const { metadata: { uid = '', generation = 0 } } of slices) {
    seen.add(uid);
    const written = tracked.get(uid);
    if (written !== undefined && (written === DELETED || written > generation)) return true;
  }
  for (const [uid, written] of tracked) if (written !== DELETED && !seen.has(uid)) return true;
  return false;
}

/** True if a slice that an informer shows is not as this controller wrote it. */
export function isForeign(tracked: Tracked | undefined, { metadata: { uid = '', generation = 0 } }: EndpointSlice): boolean {
  const written = tracked?.get(uid);
  return written === undefined || generation > written;
}
