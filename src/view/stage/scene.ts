// Where everything stands on the stage. Positions are designed, not computed by a layout algorithm: a learner finds the
// API server in the same spot every day, and only the grid of nodes grows. Units are px at zoom 1; a scene with three
// nodes is about 1000 × 600, so that it fits a 1440 px screen without shrinking its 12 px labels.
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

const COMPONENTS: Readonly<Record<ComponentId, Box>> = {
  kubectl: { x: 0, y: 124, width: 120, height: 76 },
  'kube-apiserver': { x: 176, y: 72, width: 320, height: 180 },
  etcd: { x: 176, y: 348, width: 320, height: 152 },
  'csi-controller': { x: 0, y: 394, width: 120, height: 60 },
  'kube-controller-manager': { x: 568, y: 0, width: 452, height: 104 },
  'kube-scheduler': { x: 568, y: 116, width: 452, height: 64 },
};
const NODES_AT: Point = { x: 568, y: 200 };
const NODES_WIDTH = 452;
const GAP = 12;
const ZONE_LABEL_HEIGHT = 20;
const PART_HEIGHT = 24;
const TILE_HEADER_HEIGHT = 30;

interface Shape { readonly level: TileLevel; readonly columns: number; readonly width: number; readonly height: number; readonly gap: number; readonly zoned: boolean }

/** How tiles look for so many nodes: they shrink so that the grid keeps its place and every label its 12 px. */
function shapeFor(nodes: number): Shape {
  if (nodes <= 3) return { level: 'parts', columns: 1, width: NODES_WIDTH, height: 120, gap: GAP, zoned: false };
  if (nodes <= 6) return { level: 'parts', columns: 2, width: (NODES_WIDTH - GAP) / 2, height: 120, gap: GAP, zoned: false };
  if (nodes <= 12) return { level: 'cells', columns: 4, width: 106, height: 78, gap: 9, zoned: false };
  if (nodes <= 36) return { level: 'cells', columns: 6, width: 70, height: 50, gap: 6, zoned: true };
  const side = nodes <= 120 ? 24 : nodes <= 400 ? 14 : 9;
  const gap = side > 10 ? 3 : 2;
  return { level: 'dots', columns: Math.floor((NODES_WIDTH + gap) / (side + gap)), width: side, height: side, gap, zoned: true };
}

export interface SceneNode { readonly name: string; readonly zone: string }

/** The scene for these nodes, in a stable order: by zone where zones are drawn, then by name as people count. */
export function sceneFor(nodes: readonly SceneNode[]): Scene {
  const shape = shapeFor(nodes.length);
  const sorted = [...nodes].sort((a, b) => (shape.zoned ? compareText(a.zone, b.zone) : 0) || compareText(a.name, b.name));
  const { tiles, zones, bottom } = placeTiles(sorted, shape);
  const anchors = new Map<string, Box>(COMPONENT_IDS.map((id) => [id, COMPONENTS[id]]));
  for (const tile of tiles) for (const [kind, box] of partsOf(tile.box, shape.level)) anchors.set(`${kind}/${tile.node}`, box);
  const width = NODES_AT.x + NODES_WIDTH;
  return { components: COMPONENTS, level: shape.level, tiles, zones, anchors, extent: { x: 0, y: 0, width, height: Math.max(bottom, COMPONENTS.etcd.y + COMPONENTS.etcd.height) } };
}

const collator = new Intl.Collator('en', { numeric: true });
/** node-2 before node-10. */
function compareText(a: string, b: string): number {
  return collator.compare(a, b);
}

function placeTiles(nodes: readonly SceneNode[], shape: Shape): { readonly tiles: readonly Tile[]; readonly zones: readonly ZoneLabel[]; readonly bottom: number } {
  const tiles: Tile[] = [];
  const zones: ZoneLabel[] = [];
  let top = NODES_AT.y;
  for (const [zone, group] of shape.zoned ? groupByZone(nodes) : new Map([['', nodes]])) {
    if (shape.zoned) {
      zones.push({ zone, nodes: group.length, box: { x: NODES_AT.x, y: top, width: 200, height: ZONE_LABEL_HEIGHT } });
      top += ZONE_LABEL_HEIGHT;
    }
    group.forEach((node, i) => {
      const x = NODES_AT.x + (i % shape.columns) * (shape.width + shape.gap);
      const y = top + Math.floor(i / shape.columns) * (shape.height + shape.gap);
      tiles.push({ node: node.name, zone: node.zone, box: { x, y, width: shape.width, height: shape.height } });
    });
    top += Math.ceil(group.length / shape.columns) * (shape.height + shape.gap) + (shape.zoned ? GAP / 2 : 0);
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
  const width = (tile.width - GAP * 2 - 3 * 8) / 4;
  return PART_KINDS.map((kind, i) => [kind, { x: tile.x + GAP + i * (width + 8), y: tile.y + TILE_HEADER_HEIGHT + 4, width, height: PART_HEIGHT }] as const);
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

/** Where nodes are many, one line stands for all of theirs: from the API server to the edge of the grid. */
export function trunkOf(scene: Scene): Curve {
  const edge: Box = { x: NODES_AT.x - 4, y: NODES_AT.y, width: 0, height: scene.extent.height - NODES_AT.y };
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
