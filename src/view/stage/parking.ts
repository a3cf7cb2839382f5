import { lengthOf, pointAt } from './curve.ts';
import type { Box, Curve, Point } from './curve.ts';
import type { Scene } from './scene.ts';

export interface Capsule { readonly curve: Curve; readonly width: number; readonly height: number }
/** Where a capsule rests; `tie` is the point of its line that it belongs to, when it could not stay on the line. */
export interface Parked extends Point { readonly tie: Point | undefined }

/** The middle first, then ever farther towards both ends. */
const TRIES = [0.5, 0.42, 0.58, 0.34, 0.66, 0.24, 0.76, 0.14, 0.86] as const;
/** Letters begin so far inside a card. */
const PADDING = 5;
/** A covered patch as large as a capsule is high and one px wide is as bad as so many px away from the line. */
const COVERED = 7;
/** Places are tried at this distance from each other, in heights of the capsule, and so many to each side. */
const STEP = 2 / 3;
const STEPS = 20;

/** Where capsules rest on their lines without covering each other, what is written, or the edge of `within`. Lengths in px of the scene. */
export function parkingPlaces(capsules: readonly Capsule[], within: Box, written: readonly Box[]): readonly Parked[] {
  const taken: Box[] = [];
  return capsules.map((capsule) => {
    const place = onLine(capsule, within, [...written, ...taken]) ?? nearLine(capsule, within, written, taken);
    taken.push(boxAround(place, capsule));
    return place;
  });
}

function onLine(capsule: Capsule, within: Box, full: readonly Box[]): Parked | undefined {
  for (const t of TRIES) {
    const at = inside(pointAt(capsule.curve, t), capsule, within);
    if (!full.some((box) => covered(boxAround(at, capsule), box) > 0)) return { ...at, tie: undefined };
  }
  return undefined;
}

/** The line is too short for it: as near to its middle as little is covered, and tied to it. */
function nearLine(capsule: Capsule, within: Box, written: readonly Box[], taken: readonly Box[]): Parked {
  const middle = pointAt(capsule.curve, 0.5);
  let best: Point | undefined;
  let least = Infinity;
  const step = capsule.height * STEP;
  for (let row = -STEPS; row <= STEPS; row++) {
    for (let column = -STEPS; column <= STEPS; column++) {
      const at = inside({ x: middle.x + column * step, y: middle.y + row * step }, capsule, within);
      const away = Math.hypot(at.x - middle.x, at.y - middle.y);
      if (away >= least) continue;
      const box = boxAround(at, capsule);
      if (taken.some((other) => covered(box, other) > 0)) continue;
      const cost = away + (COVERED / capsule.height) * written.reduce((sum, other) => sum + covered(box, other), 0);
      if (cost >= least) continue;
      [best, least] = [at, cost];
    }
  }
  if (!best) return { ...inside(middle, capsule, within), tie: undefined };
  const touches = Math.hypot(best.x - middle.x, best.y - middle.y) < capsule.height || lengthOf(capsule.curve) === 0;
  return { ...best, tie: touches ? undefined : middle };
}

function inside({ x, y }: Point, { width, height }: Capsule, within: Box): Point {
  return {
    x: Math.min(within.x + within.width - width / 2, Math.max(within.x + width / 2, x)),
    y: Math.min(within.y + within.height - height / 2, Math.max(within.y + height / 2, y)),
  };
}

function boxAround({ x, y }: Point, { width, height }: Capsule): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/** The area that two boxes share. */
function covered(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** What of a tile is read: its header with the parts or the name, and the pods at its lower edge; in px of the tile. */
const PARTS_TOP = 56;
const PARTS_PODS = 30;
const CELLS_TOP = 20;

/**
 * Where there is something to read or to count: cards, and of a node's tile what stands above and below the lane of its inner calls.
 * Of many small tiles only the names; of dots nothing, so that a call inside a node rests at its node and not beside the whole grid.
 */
export function writtenParts({ components, shown, tiles, nearness }: Scene): readonly Box[] {
  const cards = Object.values(components).map((box) => ({ ...box, x: box.x + PADDING, width: box.width - 2 * PADDING }));
  if (shown === 'dots') return cards;
  return [...cards, ...tiles.flatMap(({ box }) => {
    const inner = { x: box.x + PADDING / nearness, width: box.width - (2 * PADDING) / nearness };
    if (shown === 'cells') return [{ ...inner, y: box.y, height: CELLS_TOP / nearness }];
    const pods = PARTS_PODS / nearness;
    return [{ ...inner, y: box.y, height: PARTS_TOP / nearness }, { ...inner, y: box.y + box.height - pods, height: pods }];
  })];
}
