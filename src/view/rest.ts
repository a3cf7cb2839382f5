import type { SessionInput } from '../worker/protocol.ts';

/** While playing, this much silence means that the cluster has come to rest. */
const QUIET_US = 12_000_000;

/**
 * How long after an input its consequences may still be silent, in virtual µs: a node or a link that is lost is noticed
 * when its lease ends (40 s), and its pods are evicted when they no longer tolerate that (300 s); clients that lost their
 * server try again at least every 30 s.
 */
function noticedWithinUs(input: SessionInput['input']): number {
  switch (input.type) {
    case 'nodeStop': return 360_000_000;
    case 'link': return input.cut ? 360_000_000 : 0;
    case 'linkRestore': case 'nodeStart': return 60_000_000;
    default: return 0;
  }
}

/** How much silence means rest at `nowUs`: more after a fault, until all that follows from it has been seen. */
export function restHorizonUs(inputs: readonly SessionInput[], nowUs: number): number {
  return inputs.reduce((longest, { atUs, input }) => Math.max(longest, atUs + noticedWithinUs(input) - nowUs), QUIET_US);
}
