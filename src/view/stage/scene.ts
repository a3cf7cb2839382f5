// Where everything stands on the stage. Positions are designed, not computed by a layout algorithm: a learner finds the
// API server in the same spot every day, and only the grid of nodes grows. Units are px at zoom 1; the wide design with
// three nodes fits a 1440 px screen, the compact one a 1024 px screen, without shrinking the 12 px labels.
import { instanceOf, kindOf } from './actors.ts';

export interface Box { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
export interface Point { readonly x: number; readonly y: number }
/** A cubic curve: start, two control points, end. */
export interface Curve { readonly start: Point; readonly control1: Point; readonly control2: Point; readonly end: Point }

/** parts: kubelet, runtime, plugins and pods; cells: a name and pod cells; dots: one small square a node. */
export type TileLevel = 'parts' | 'cells' | 'dots';
export interface Tile { readonly node: string; readonly zone: string; readonly box: Box }
export interface ZoneLabel { readonly zone: string; readonly nodes: number; readonly box: Box }

export interface Scene {
  readonly variant: Variant;
  readonly components: Readonly<Record<ComponentId, Box>>;
  readonly level: TileLevel;
  readonly tiles: readonly Tile[];
  readonly zones: readonly ZoneLabel[];
  /** By actor id: where messages to and from it end. */
  readonly anchors: ReadonlyMap<string, Box>;
  readonly extent: Box;
}

export type ComponentId = 'kubectl' | 'kube-apiserver' | 'etcd' | 'kube-controller-manager' | 'kube-scheduler' | 'csi-controller';
export const COMPONENT_IDS: readonly ComponentId[] = ['kubectl', 'kube-apiserver', 'etcd', 'kube-controller-manager', 'kube-scheduler', 'csi-controller'];

/** Two designs of the same picture: `compact` stands nearer together, so that a small screen or a projector keeps labels large. */
export type Variant = 'wide' | 'compact';

interface Design {
  readonly components: Readonly<Record<ComponentId, Box>>;
  readonly nodesAt: Point;
  readonly nodesWidth: number;
  readonly gap: number;
  /** With three nodes; what a screen must have room for. */
  readonly width: number;
  readonly height: number;
}

const DESIGNS: Readonly<Record<Variant, Design>> = {
  wide: {
    components: {
      kubectl: { x: 0, y: 112, width: 104, height: 76 },
      'kube-apiserver': { x: 140, y: 60, width: 300, height: 180 },
      etcd: { x: 140, y: 332, width: 300, height: 152 },
      'csi-controller': { x: 0, y: 378, width: 104, height: 60 },
      'kube-controller-manager': { x: 556, y: 0, width: 420, height: 84 },
      'kube-scheduler': { x: 556, y: 96, width: 420, height: 92 },
    },
    // Between the API server and the right-hand column a capsule with `MODIFIED nodes` covers neither.
    nodesAt: { x: 556, y: 200 }, nodesWidth: 420, gap: 12, width: 976, height: 572,
  },
  compact: {
    components: {
      kubectl: { x: 0, y: 60, width: 92, height: 76 },
      'kube-apiserver': { x: 116, y: 8, width: 280, height: 180 },
      etcd: { x: 116, y: 256, width: 280, height: 144 },
      'csi-controller': { x: 0, y: 298, width: 92, height: 60 },
      'kube-controller-manager': { x: 440, y: 0, width: 260, height: 80 },
      'kube-scheduler': { x: 440, y: 88, width: 260, height: 88 },
    },
    nodesAt: { x: 440, y: 184 }, nodesWidth: 260, gap: 8, width: 700, height: 464,
  },
};
/** The wide design is left where it would have to shrink further than this, times what presenter mode enlarges. */
const WIDE_FROM = 0.92;

/** Which design a place of so many px asks for. */
export function variantFor(width: number, height: number, uiScale: number): Variant {
  const { wide } = DESIGNS;
  return Math.min((width - 2 * EDGE) / wide.width, (height - 2 * EDGE) / wide.height) >= WIDE_FROM * uiScale ? 'wide' : 'compact';
}

const EDGE = 12;
const ZOOM_MAX = 1.6;
/** Rather than shrink its labels further, the stage shows its upper left part and is panned. */
const ZOOM_MIN = 0.85;

/** Where to look from to see the whole scene: in the middle where it fits, else from its upper left corner. */
export function viewFor({ extent }: Scene, width: number, height: number, uiScale: number): { readonly x: number; readonly y: number; readonly zoom: number } {
  const room = { width: width - 2 * EDGE, height: height - 2 * EDGE };
  const wanted = Math.min(room.width / extent.width, room.height / extent.height);
  const zoom = Math.min(ZOOM_MAX * uiScale, Math.max(ZOOM_MIN * uiScale, wanted));
  const offset = (space: number, size: number): number => EDGE + Math.max(0, (space - size * zoom) / 2);
  return { x: offset(room.width, extent.width), y: offset(room.height, extent.height), zoom };
}

export const ZONE_LABEL_HEIGHT = 20;
const PART_GAP = 12;
const PART_HEIGHT = 24;
const TILE_HEADER_HEIGHT = 30;

interface Shape { readonly level: TileLevel; readonly columns: number; readonly width: number; readonly height: number; readonly gap: number; readonly zoned: boolean }

/** How tiles look for so many nodes: they shrink so that the grid keeps its place and every label its 12 px. */
function shapeFor(nodes: number, variant: Variant): Shape {
  const { nodesWidth, gap } = DESIGNS[variant];
  const wide = variant === 'wide';
  const columnsOf = (columns: number, space: number): number => Math.floor((nodesWidth - (columns - 1) * space) / columns);
  if (nodes <= 3) return { level: 'parts', columns: 1, width: nodesWidth, height: wide ? 116 : 88, gap, zoned: false };
  if (nodes <= 6 && wide) return { level: 'parts', columns: 2, width: columnsOf(2, gap), height: 116, gap, zoned: false };
  if (nodes <= 12) return { level: 'cells', columns: wide ? 4 : 3, width: columnsOf(wide ? 4 : 3, 8), height: wide ? 78 : 60, gap: 8, zoned: false };
  if (nodes <= 36) return { level: 'cells', columns: wide ? 6 : 4, width: columnsOf(wide ? 6 : 4, 6), height: wide ? 50 : 44, gap: 6, zoned: true };
  const side = nodes <= 120 ? 24 : nodes <= 400 ? 14 : 9;
  const space = side > 10 ? 3 : 2;
  return { level: 'dots', columns: Math.floor((nodesWidth + space) / (side + space)), width: side, height: side, gap: space, zoned: true };
}

export interface SceneNode { readonly name: string; readonly zone: string }

/** The scene for these nodes, in a stable order: by zone where zones are drawn, then by name as people count. */
export function sceneFor(nodes: readonly SceneNode[], variant: Variant = 'wide'): Scene {
  const shape = shapeFor(nodes.length, variant);
  const { components, nodesAt, width, height } = DESIGNS[variant];
  const sorted = [...nodes].sort((a, b) => (shape.zoned ? compareText(a.zone, b.zone) : 0) || compareText(a.name, b.name));
  const { tiles, zones, bottom } = placeTiles(sorted, shape, nodesAt);
  const anchors = new Map<string, Box>(COMPONENT_IDS.map((id) => [id, components[id]]));
  for (const tile of tiles) for (const [kind, box] of partsOf(tile.box, shape.level)) anchors.set(`${kind}/${tile.node}`, box);
  return { variant, components, level: shape.level, tiles, zones, anchors, extent: { x: 0, y: 0, width, height: Math.max(bottom, height) } };
}

const collator = new Intl.Collator('en', { numeric: true });
/** node-2 before node-10. */
function compareText(a: string, b: string): number {
  return collator.compare(a, b);
}

function placeTiles(nodes: readonly SceneNode[], shape: Shape, at: Point): { readonly tiles: readonly Tile[]; readonly zones: readonly ZoneLabel[]; readonly bottom: number } {
  const tiles: Tile[] = [];
  const zones: ZoneLabel[] = [];
  let top = at.y;
  for (const [zone, group] of shape.zoned ? groupByZone(nodes) : new Map([['', nodes]])) {
    if (shape.zoned) {
      zones.push({ zone, nodes: group.length, box: { x: at.x, y: top, width: 200, height: ZONE_LABEL_HEIGHT } });
      top += ZONE_LABEL_HEIGHT;
    }
    group.forEach((node, i) => {
      const x = at.x + (i % shape.columns) * (shape.width + shape.gap);
      const y = top + Math.floor(i / shape.columns) * (shape.height + shape.gap);
      tiles.push({ node: node.name, zone: node.zone, box: { x, y, width: shape.width, height: shape.height } });
    });
    top += Math.ceil(group.length / shape.columns) * (shape.height + shape.gap) + (shape.zoned ? shape.gap : 0);
  }
  return { tiles, zones, bottom: top - shape.gap };
}

function groupByZone(nodes: readonly SceneNode[]): ReadonlyMap<string, readonly SceneNode[]> {
  const groups = new Map<string, SceneNode[]>();
  for (const node of nodes) {
    const group = groups.get(node.zone);
    if (group) group.push(node);
    else groups.set(node.zone, [node]);
  }
  return groups;
}

export type PartKind = 'kubelet' | 'container-runtime' | 'cni' | 'csi-node';
export const PART_KINDS: readonly PartKind[] = ['kubelet', 'container-runtime', 'cni', 'csi-node'];

/** Where the parts of a node stand in its tile; where there is no room for parts they all are the tile. */
export function partsOf(tile: Box, level: TileLevel): readonly (readonly [PartKind, Box])[] {
  if (level !== 'parts') return PART_KINDS.map((kind) => [kind, tile] as const);
  const width = (tile.width - PART_GAP * 2 - 3 * 8) / 4;
  return PART_KINDS.map((kind, i) => [kind, { x: tile.x + PART_GAP + i * (width + 8), y: tile.y + TILE_HEADER_HEIGHT, width, height: PART_HEIGHT }] as const);
}

/** The curve that a message between two actors travels; undefined if one of them is not on the stage. */
export function curveBetween(scene: Scene, from: string, to: string): Curve | undefined {
  const [a, b] = [boxOf(scene, from), boxOf(scene, to)];
  if (!a || !b) return undefined;
  if (instanceOf(from) !== '' && instanceOf(from) === instanceOf(to)) return arc(a, b);
  return curve(a, b);
}

function boxOf(scene: Scene, actor: string): Box | undefined {
  return scene.anchors.get(actor) ?? scene.anchors.get(kindOf(actor));
}

/** The place that is kept for nodes. */
export function nodesPlace({ variant, extent }: Scene): Box {
  const { nodesAt, nodesWidth } = DESIGNS[variant];
  return { ...nodesAt, width: nodesWidth, height: extent.height - nodesAt.y };
}

/** Where nodes are many, one line stands for all of theirs: from the API server to the edge of the grid. */
export function trunkOf(scene: Scene): Curve {
  const { nodesAt } = DESIGNS[scene.variant];
  const edge: Box = { x: nodesAt.x - 4, y: nodesAt.y, width: 0, height: scene.extent.height - nodesAt.y };
  return curve(scene.components['kube-apiserver'], edge);
}

/** From the side that faces the other box, leaving and arriving at right angles. */
function curve(a: Box, b: Box): Curve {
  const overlap = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  if (overlap > 0) {
    const down = b.y > a.y;
    const x = Math.max(a.x, b.x) + overlap / 2;
    const start = { x, y: down ? a.y + a.height : a.y };
    const end = { x, y: down ? b.y : b.y + b.height };
    const bend = (end.y - start.y) / 2;
    return { start, control1: { x, y: start.y + bend }, control2: { x, y: end.y - bend }, end };
  }
  const right = b.x > a.x;
  const start = { x: right ? a.x + a.width : a.x, y: sideY(a, b) };
  const end = { x: right ? b.x : b.x + b.width, y: sideY(b, a) };
  const bend = Math.max(24, Math.abs(end.x - start.x) * 0.5) * (right ? 1 : -1);
  return { start, control1: { x: start.x + bend, y: start.y }, control2: { x: end.x - bend, y: end.y }, end };
}

/** A tall box lets lines leave at several heights, so that they do not all run together. */
function sideY(box: Box, other: Box): number {
  const wanted = other.y + other.height / 2;
  const margin = Math.min(box.height / 2, 20);
  return Math.min(Math.max(wanted, box.y + margin), box.y + box.height - margin);
}

/** Between neighbours inside one tile: a low arc under the parts. */
function arc(a: Box, b: Box): Curve {
  const start = { x: a.x + a.width / 2, y: a.y + a.height };
  const end = { x: b.x + b.width / 2, y: b.y + b.height };
  const depth = Math.min(18, 6 + Math.abs(end.x - start.x) * 0.06);
  return { start, control1: { x: start.x, y: start.y + depth }, control2: { x: end.x, y: end.y + depth }, end };
}

/** The point at `t` in [0, 1] of a curve. */
export function pointAt({ start, control1, control2, end }: Curve, t: number): Point {
  const u = 1 - t;
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return { x: a * start.x + b * control1.x + c * control2.x + d * end.x, y: a * start.y + b * control1.y + c * control2.y + d * end.y };
}

export function svgPath({ start, control1, control2, end }: Curve): string {
  return `M${start.x} ${start.y}C${control1.x} ${control1.y} ${control2.x} ${control2.y} ${end.x} ${end.y}`;
}

/** A good enough length in px, for how long a hop takes. */
export function lengthOf(curve: Curve): number {
  let length = 0;
  let before = curve.start;
  for (let i = 1; i <= 8; i++) {
    const point = pointAt(curve, i / 8);
    length += Math.hypot(point.x - before.x, point.y - before.y);
    before = point;
  }
  return length;
}
