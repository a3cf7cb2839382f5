// The phases of pods as the page shows them, and the shape of each: one description for SVG and canvas.
// Colour is never alone: hollow, half, solid, tick, cross, hatched, dashed; running but not ready is a core in a ring.

export const PHASES = ['Pending', 'Creating', 'Running', 'NotReady', 'Succeeded', 'Failed', 'Terminating', 'Unknown'] as const;
export type Phase = (typeof PHASES)[number];

/** The token that colours a phase, for `var(--…)` or getComputedStyle; `-text` and `-soft` exist too. */
export function phaseToken(phase: Phase): string {
  return `--phase-${phase.toLowerCase()}`;
}

export interface GlyphShape {
  /** What is filled, as an SVG path in a square of 16. */
  readonly fill?: string;
  /** What is drawn with a line. */
  readonly stroke?: string;
  readonly strokeWidth: number;
  /** Lengths of line and gap. */
  readonly dash?: readonly number[];
}

const circle = (r: number): string => `M${8 - r} 8a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1 ${-2 * r} 0Z`;
const RING = circle(5.25);

const SHAPES: Readonly<Record<Phase, GlyphShape>> = {
  Pending: { stroke: RING, strokeWidth: 1.75 },
  Creating: { stroke: RING, fill: 'M2.75 8a5.25 5.25 0 0 0 10.5 0Z', strokeWidth: 1.75 },
  Running: { fill: circle(6.125), strokeWidth: 0 },
  NotReady: { stroke: RING, fill: circle(2.5), strokeWidth: 1.75 },
  Succeeded: { stroke: 'm3 8.6 3.4 3.4L13 4.8', strokeWidth: 2.25 },
  Failed: { stroke: 'm3.75 3.75 8.5 8.5m0-8.5-8.5 8.5', strokeWidth: 2.25 },
  // Chords of the ring at 45 degrees, their ends computed so that none pokes out.
  Terminating: { stroke: `${RING}M4.3 11.7l7.4-7.4M2.97 9.2l6.23-6.23M6.8 13.03l6.23-6.23`, strokeWidth: 1.25 },
  Unknown: { stroke: RING, strokeWidth: 1.75, dash: [2.4, 1.72] },
};

export function glyphShape(phase: Phase): GlyphShape {
  return SHAPES[phase];
}
