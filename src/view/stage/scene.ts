// Where everything stands on the stage. Positions are designed, not computed by a layout algorithm: a learner finds the
// API server in the same spot every day, and only the grid of nodes grows. Units are px at zoom 1; the wide design with
// three nodes fits a 1440 px screen, the compact one a 1024 px screen, without shrinking the 12 px labels.
import { instanceOf, kindOf } from './actors.ts';
import { arc, around, between, reversed } from './curve.ts';
import type { Box, Curve, Point } from './curve.ts';

/** parts: kubelet, runtime, plugins and pods; cells: a name and pod cells; dots: one small square a node. */
export type TileLevel = 'parts' | 'cells' | 'dots';
export interface Tile { readonly node: string; readonly zone: string; readonly box: Box }
export interface ZoneLabel { readonly zone: string; readonly nodes: number; readonly box: Box }

export interface Scene {
  readonly variant: Variant;
  readonly components: Readonly<Record<ComponentId, Box>>;
  /** How tiles look when the whole scene is in view; the grid is made for that. */
  readonly level: TileLevel;
  /** How tiles look from where one is now. */
  readonly shown: TileLevel;
  /** So many px of a tile lie on one px of the scene: the nearer one comes, the more has room in a tile. One of NEARNESSES. */
  readonly nearness: number;
  /** Between tiles, in px of the scene. */
  readonly gap: number;
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

/** How much nearer one comes before there is more to see. Letters grow between two of these and never shrink below 12 px. */
const NEARNESSES = [1, 1.4, 2, 3, 4.5, 6.5, 9.5, 14, 20, 28, 40, 56] as const;

/** Which of NEARNESSES a zoom is; `whole` is the zoom that has the whole scene in view. */
export function nearnessAt(zoom: number, whole: number): number {
  return NEARNESSES.findLast((each) => zoom >= each * whole * 0.99) ?? 1;
}

/** The room that a tile needs for its parts, and for its name and its pods, in px of the tile. */
const PARTS_FROM = { width: 180, height: 100 } as const;
const CELLS_FROM = { width: 78, height: 40 } as const;

function levelAt({ width, height }: Shape['box'], level: TileLevel, nearness: number): TileLevel {
  const fits = (room: typeof PARTS_FROM | typeof CELLS_FROM): boolean => width * nearness >= room.width && height * nearness >= room.height;
  if (level === 'parts' || fits(PARTS_FROM)) return 'parts';
  return fits(CELLS_FROM) ? 'cells' : level;
}

/** Where to look from to see the whole scene: in the middle where it fits, else from its upper left corner. */
export function viewFor({ extent }: Scene, width: number, height: number, uiScale: number): { readonly x: number; readonly y: number; readonly zoom: number } {
  const room = { width: width - 2 * EDGE, height: height - 2 * EDGE };
  const wanted = Math.min(room.width / extent.width, room.height / extent.height);
  const zoom = Math.min(ZOOM_MAX * uiScale, Math.max(ZOOM_MIN * uiScale, wanted));
  const offset = (space: number, size: number): number => EDGE + Math.max(0, (space - size * zoom) / 2);
  return { x: offset(room.width, extent.width), y: offset(room.height, extent.height), zoom };
}

const ZONE_LABEL_HEIGHT = 20;
/** From so near a pod has room for what is inside it. */
const INSIDE_FROM = 1.4;

/** Where to look from to see one tile from near, in a place of so many px; `whole` is the zoom that has the whole scene in view. */
export function viewInto(tile: Box, width: number, height: number, whole: number): { readonly x: number; readonly y: number; readonly zoom: number } {
  const zoom = Math.max(INSIDE_FROM * whole, Math.min((width - 2 * EDGE) / tile.width, (height - 2 * EDGE) / tile.height));
  // What is wider than the place begins at its left edge, where the pods are.
  const offset = (space: number, size: number): number => Math.max(EDGE, (space - size * zoom) / 2);
  return { x: offset(width, tile.width) - tile.x * zoom, y: offset(height, tile.height) - tile.y * zoom, zoom };
}

const PART_GAP = 12;
const PART_HEIGHT = 24;
const TILE_HEADER_HEIGHT = 30;

interface Shape { readonly level: TileLevel; readonly columns: number; readonly box: { readonly width: number; readonly height: number }; readonly gap: number; readonly zoned: boolean }

/** How tiles look for so many nodes: they shrink so that the grid keeps its place and every label its 12 px. */
function shapeFor(nodes: number, variant: Variant): Shape {
  const { nodesWidth, gap } = DESIGNS[variant];
  const wide = variant === 'wide';
  const columnsOf = (columns: number, space: number): number => Math.floor((nodesWidth - (columns - 1) * space) / columns);
  if (nodes <= 3) return { level: 'parts', columns: 1, box: { width: nodesWidth, height: wide ? 116 : 88 }, gap, zoned: false };
  if (nodes <= 6 && wide) return { level: 'parts', columns: 2, box: { width: columnsOf(2, gap), height: 116 }, gap, zoned: false };
  if (nodes <= 12) return { level: 'cells', columns: wide ? 4 : 3, box: { width: columnsOf(wide ? 4 : 3, 8), height: wide ? 78 : 60 }, gap: 8, zoned: false };
  if (nodes <= 36) return { level: 'cells', columns: wide ? 6 : 4, box: { width: columnsOf(wide ? 6 : 4, 6), height: wide ? 50 : 44 }, gap: 6, zoned: true };
  const side = nodes <= 120 ? 24 : nodes <= 400 ? 14 : 9;
  const space = side > 10 ? 3 : 2;
  return { level: 'dots', columns: Math.floor((nodesWidth + space) / (side + space)), box: { width: side, height: side }, gap: space, zoned: true };
}

export interface SceneNode { readonly name: string; readonly zone: string }

/** The scene for these nodes, in a stable order: by zone where zones are drawn, then by name as people count. */
export function sceneFor(nodes: readonly SceneNode[], variant: Variant = 'wide', nearness = 1): Scene {
  const shape = shapeFor(nodes.length, variant);
  const { components, nodesAt, width, height } = DESIGNS[variant];
  const sorted = [...nodes].sort((a, b) => (shape.zoned ? compareText(a.zone, b.zone) : 0) || compareText(a.name, b.name));
  const { tiles, zones, bottom } = placeTiles(sorted, shape, nodesAt);
  const anchors = new Map<string, Box>(COMPONENT_IDS.map((id) => [id, components[id]]));
  const shown = levelAt(shape.box, shape.level, nearness);
  for (const tile of tiles) for (const [kind, box] of partsOf(tile.box, shown, nearness)) anchors.set(`${kind}/${tile.node}`, box);
  return { variant, components, level: shape.level, shown, nearness, gap: shape.gap, tiles, zones, anchors, extent: { x: 0, y: 0, width, height: Math.max(bottom, height) } };
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
      const x = at.x + (i % shape.columns) * (shape.box.width + shape.gap);
      const y = top + Math.floor(i / shape.columns) * (shape.box.height + shape.gap);
      tiles.push({ node: node.name, zone: node.zone, box: { x, y, ...shape.box } });
    });
    top += Math.ceil(group.length / shape.columns) * (shape.box.height + shape.gap) + (shape.zoned ? shape.gap : 0);
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

/** A tile narrower than this gives its parts the room that their names need. */
export const TIGHT_BELOW = 240;
/** Shares of kubelet, runtime, CNI and CSI; NodeTile.module.css says the same. */
const SHARES = { roomy: [1, 1, 1, 1], narrow: [1.35, 1.35, 0.65, 0.65] } as const;
const BETWEEN_PARTS = { roomy: 8, narrow: 4 } as const;

/** Where the parts of a node stand in its tile; where there is no room for parts they all are the tile. */
export function partsOf(tile: Box, level: TileLevel, nearness: number): readonly (readonly [PartKind, Box])[] {
  if (level !== 'parts') return PART_KINDS.map((kind) => [kind, tile] as const);
  const design = tile.width * nearness < TIGHT_BELOW ? 'narrow' : 'roomy';
  const share = (tile.width * nearness - PART_GAP * 2 - 3 * BETWEEN_PARTS[design]) / 4;
  let x = PART_GAP;
  return PART_KINDS.map((kind, i) => {
    const width = share * (SHARES[design][i] ?? 1);
    const box = { x: tile.x + x / nearness, y: tile.y + TILE_HEADER_HEIGHT / nearness, width: width / nearness, height: PART_HEIGHT / nearness };
    x += width + BETWEEN_PARTS[design];
    return [kind, box] as const;
  });
}

/** The way that a message between two actors takes; undefined if one of them is not on the stage. */
export function curveBetween(scene: Scene, from: string, to: string): Curve | undefined {
  const [a, b] = [boxOf(scene, from), boxOf(scene, to)];
  if (!a || !b) return undefined;
  if (instanceOf(from) !== '' && instanceOf(from) === instanceOf(to)) return arc(a, b, 1 / scene.nearness);
  if (behind(scene, b)) return wayInto(scene, a, b);
  return behind(scene, a) ? reversed(wayInto(scene, b, a)) : between(a, b);
}

function boxOf(scene: Scene, actor: string): Box | undefined {
  return scene.anchors.get(actor) ?? scene.anchors.get(kindOf(actor));
}

/** Whether tiles stand between the control plane and this box. */
function behind({ variant, tiles }: Scene, { x }: Box): boolean {
  return x > DESIGNS[variant].nodesAt.x + (tiles[0]?.box.width ?? 0);
}

function wayInto({ variant, tiles, gap }: Scene, from: Box, to: Box): Curve {
  const tile = tiles.find(({ box }) => to.x >= box.x && to.x < box.x + box.width && to.y >= box.y && to.y < box.y + box.height);
  return tile ? around(from, to, tile.box, DESIGNS[variant].nodesAt.x, gap) : between(from, to);
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
  return between(scene.components['kube-apiserver'], edge);
}
