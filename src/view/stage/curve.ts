// Lines of the stage: smooth ways of one or more cubic pieces, in px of the scene.

export interface Point { readonly x: number; readonly y: number }
export interface Box { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
/** A cubic piece: start, two control points, end. */
export interface Piece { readonly start: Point; readonly control1: Point; readonly control2: Point; readonly end: Point }
/** A way of pieces that follow each other; at least one. */
export interface Curve { readonly pieces: readonly [Piece, ...Piece[]] }

export const startOf = ({ pieces }: Curve): Point => pieces[0].start;
export const endOf = ({ pieces }: Curve): Point => (pieces.at(-1) ?? pieces[0]).end;

/** From the side that faces the other box, leaving and arriving at right angles. */
export function between(a: Box, b: Box): Curve {
  const overlap = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  if (overlap > 0) {
    const down = b.y > a.y;
    const x = Math.max(a.x, b.x) + overlap / 2;
    const start = { x, y: down ? a.y + a.height : a.y };
    const end = { x, y: down ? b.y : b.y + b.height };
    const bend = (end.y - start.y) / 2;
    return { pieces: [{ start, control1: { x, y: start.y + bend }, control2: { x, y: end.y - bend }, end }] };
  }
  const right = b.x > a.x;
  return { pieces: [sideways({ x: right ? a.x + a.width : a.x, y: sideY(a, b) }, { x: right ? b.x : b.x + b.width, y: sideY(b, a) })] };
}

/** Leaves and arrives level. */
function sideways(start: Point, end: Point): Piece {
  const bend = Math.max(Math.min(24, Math.abs(end.x - start.x)), Math.abs(end.x - start.x) * 0.5) * Math.sign(end.x - start.x);
  return { start, control1: { x: start.x + bend, y: start.y }, control2: { x: end.x - bend, y: end.y }, end };
}

/** A tall box lets lines leave at several heights, so that they do not all run together. */
function sideY(box: Box, other: Box): number {
  const wanted = other.y + other.height / 2;
  const margin = Math.min(box.height / 2, 20);
  return Math.min(Math.max(wanted, box.y + margin), box.y + box.height - margin);
}

/**
 * To a box in a grid behind its first column, around what stands before it: along the gap above the row, then down the gap
 * before the column. `gap` is what the grid leaves between its tiles, `tile` the one that holds `to`, `left` where the grid begins.
 */
export function around(from: Box, to: Box, tile: Box, left: number, gap: number): Curve {
  const lane: Point = { x: left - gap, y: tile.y - gap / 2 };
  const turn = tile.x - gap / 2;
  const end = { x: to.x, y: to.y + to.height / 2 };
  const start = { x: from.x + from.width, y: sideY(from, { ...lane, width: 0, height: 0 }) };
  const corner = { x: turn - gap / 2, y: lane.y };
  return { pieces: [sideways(start, lane), sideways(lane, corner), { start: corner, control1: { x: turn, y: lane.y }, control2: { x: turn, y: end.y }, end }] };
}

/** Between neighbours inside one tile: a low arc under the parts. `scale` is how many px of the scene a px of the tile takes. */
export function arc(a: Box, b: Box, scale: number): Curve {
  const start = { x: a.x + a.width / 2, y: a.y + a.height };
  const end = { x: b.x + b.width / 2, y: b.y + b.height };
  const depth = Math.min(18 * scale, 6 * scale + Math.abs(end.x - start.x) * 0.06);
  return { pieces: [{ start, control1: { x: start.x, y: start.y + depth }, control2: { x: end.x, y: end.y + depth }, end }] };
}

export function reversed({ pieces }: Curve): Curve {
  const [first, ...rest] = pieces.map(({ start, control1, control2, end }): Piece => ({ start: end, control1: control2, control2: control1, end: start })).reverse();
  return { pieces: [first ?? pieces[0], ...rest] };
}

/** The point at `t` in [0, 1] of the way's length. */
export function pointAt({ pieces }: Curve, t: number): Point {
  if (pieces.length === 1) return onPiece(pieces[0], t);
  const lengths = pieces.map(pieceLength);
  let left = t * lengths.reduce((sum, length) => sum + length, 0);
  for (const [i, piece] of pieces.entries()) {
    const length = lengths[i] ?? 0;
    if (left <= length) return onPiece(piece, length > 0 ? left / length : 0);
    left -= length;
  }
  return endOf({ pieces });
}

function onPiece({ start, control1, control2, end }: Piece, t: number): Point {
  const u = 1 - t;
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return { x: a * start.x + b * control1.x + c * control2.x + d * end.x, y: a * start.y + b * control1.y + c * control2.y + d * end.y };
}

export function svgPath({ pieces }: Curve): string {
  const { x, y } = pieces[0].start;
  return `M${x} ${y}${pieces.map(({ control1, control2, end }) => `C${control1.x} ${control1.y} ${control2.x} ${control2.y} ${end.x} ${end.y}`).join('')}`;
}

/** A good enough length in px, for how long a hop takes. */
export function lengthOf({ pieces }: Curve): number {
  return pieces.reduce((sum, piece) => sum + pieceLength(piece), 0);
}

function pieceLength(piece: Piece): number {
  let length = 0;
  let before = piece.start;
  for (let i = 1; i <= 8; i++) {
    const point = onPiece(piece, i / 8);
    length += Math.hypot(point.x - before.x, point.y - before.y);
    before = point;
  }
  return length;
}
