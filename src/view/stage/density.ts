// How the pods of a node fit into its tile: with their names while they are few, then as ever smaller signs.

export type DensityName = 'named' | 'some' | 'many' | 'crowd';
export interface Density {
  readonly name: DensityName;
  /** The side of a sign in px. */
  readonly glyph: number;
  /** So many pods are drawn; the rest is a number. */
  readonly shown: number;
}

interface Step { readonly name: DensityName; readonly glyph: number; readonly width: number; readonly height: number }
const STEPS: readonly Step[] = [
  { name: 'named', glyph: 16, width: 172, height: 24 },
  { name: 'some', glyph: 16, width: 24, height: 24 },
  { name: 'many', glyph: 11, width: 13, height: 13 },
  { name: 'crowd', glyph: 6, width: 8, height: 8 },
];
/** What `+12` takes, in signs of the smallest kind. */
const REST = 4;

/** The roomiest way to draw `count` pods in `width` × `height` px. Where tiles have no room for names, start at `from`. */
export function densityFor(count: number, width: number, height: number, from: DensityName = 'named'): Density {
  const steps = STEPS.slice(STEPS.findIndex((step) => step.name === from));
  const room = (step: Step): number => Math.max(0, Math.floor(width / step.width)) * Math.max(0, Math.floor(height / step.height));
  const fitting = steps.find((step) => room(step) >= count);
  if (fitting) return { name: fitting.name, glyph: fitting.glyph, shown: count };
  return { name: 'crowd', glyph: 6, shown: Math.max(0, (room(STEPS.at(-1) as Step)) - REST) };
}

/** A pod with its sandbox, a container and a volume, seen from near. */
const INSIDE = { width: 244, height: 88 } as const;

/** Whether so many pods can show what is inside them in `width` × `height` px. */
export function insideFits(count: number, width: number, height: number): boolean {
  return Math.floor(width / INSIDE.width) * Math.floor(height / INSIDE.height) >= Math.max(1, count);
}
