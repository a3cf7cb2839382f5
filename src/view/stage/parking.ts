import { pointAt } from './scene.ts';
import type { Box, Curve, Point } from './scene.ts';

export interface Capsule { readonly curve: Curve; readonly width: number; readonly height: number }

/** The middle first, then ever farther towards both ends. */
const TRIES = [0.5, 0.36, 0.64, 0.24, 0.76, 0.14, 0.86] as const;

/** Where capsules rest on their lines without covering each other or leaving `within`. Lengths in px of the scene. */
export function parkingPlaces(capsules: readonly Capsule[], within: Box): readonly Point[] {
  const taken: { readonly at: Point; readonly capsule: Capsule }[] = [];
  return capsules.map((capsule) => {
    const places = TRIES.map((t) => inside(pointAt(capsule.curve, t), capsule, within));
    const free = places.find((place) => !taken.some((other) => overlaps(place, capsule, other.at, other.capsule)));
    const at = free ?? beneath(places[0] as Point, capsule, taken);
    taken.push({ at, capsule });
    return at;
  });
}

function inside({ x, y }: Point, { width }: Capsule, within: Box): Point {
  return { x: Math.min(within.x + within.width - width / 2, Math.max(within.x + width / 2, x)), y };
}

/** A line too short for all of its capsules: they stand in a column under its middle. */
function beneath(start: Point, capsule: Capsule, taken: readonly { readonly at: Point; readonly capsule: Capsule }[]): Point {
  let at = start;
  for (let i = 0; i <= taken.length && taken.some((other) => overlaps(at, capsule, other.at, other.capsule)); i++) at = { x: at.x, y: at.y + capsule.height };
  return at;
}

function overlaps(a: Point, one: Capsule, b: Point, other: Capsule): boolean {
  return Math.abs(a.x - b.x) < (one.width + other.width) / 2 && Math.abs(a.y - b.y) < (one.height + other.height) / 2;
}
