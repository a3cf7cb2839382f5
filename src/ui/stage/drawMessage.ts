import type { Mark } from '../../view/mark-store.ts';
import { endOf, pointAt, startOf } from '../../view/stage/curve.ts';
import type { Curve, Point } from '../../view/stage/curve.ts';

/** The colours and the font of the page at this moment. */
export interface Ink { readonly now: string; readonly onNow: string; readonly refused: string; readonly surface: string; readonly font: string; readonly size: number }

export interface Travel {
  readonly mark: Mark;
  readonly curve: Curve;
  /** Along the way, 0 to 1, eased. */
  readonly t: number;
  /** The pulse at arrival, 0 to 1. */
  readonly arrived: number;
  /** Readable at this pace, only a dot, or no more than its path. */
  readonly body: 'label' | 'dot' | 'streak';
  /** Reduced motion: both ends light up, nothing travels. */
  readonly still: boolean;
}
interface View { readonly x: number; readonly y: number; readonly zoom: number }

const LABEL_PX = 12;

export function inkOf(element: HTMLElement): Ink {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const scale = Number(token('--ui-scale')) || 1;
  return { now: token('--now'), onNow: token('--on-now'), refused: token('--message-refused'), surface: token('--surface'), font: token('--font-sans'), size: LABEL_PX * scale };
}

/** One message at one moment: its lit path, then the capsule on it or the pulse at its end. */
export function drawTravel(context: CanvasRenderingContext2D, travel: Travel, view: View, ink: Ink): void {
  const { mark, curve, t, arrived, still } = travel;
  const color = mark.refused || mark.lost ? ink.refused : ink.now;
  const at = (point: Point): Point => ({ x: point.x * view.zoom + view.x, y: point.y * view.zoom + view.y });
  strokeCurve(context, curve, at, color, 1 - arrived, mark);
  if (still) {
    ring(context, at(startOf(curve)), 5, color, 1);
    ring(context, at(endOf(curve)), 5, color, 1);
    return;
  }
  if (arrived > 0) {
    if (!mark.lost) ring(context, at(endOf(curve)), 4 + arrived * 10, color, 1 - arrived);
    return;
  }
  const lostAt = mark.lost ? Math.min(t, 0.6) : t;
  if (travel.body !== 'streak') capsule(context, at(pointAt(curve, lostAt)), mark, color, travel.body === 'label', ink);
}

function strokeCurve(context: CanvasRenderingContext2D, curve: Curve, at: (point: Point) => Point, color: string, alpha: number, mark: Mark): void {
  const from = at(startOf(curve));
  context.globalAlpha = 0.55 * alpha;
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.setLineDash(mark.kind === 'read' ? [2, 4] : []);
  context.beginPath();
  context.moveTo(from.x, from.y);
  for (const { control1, control2, end } of curve.pieces) {
    const [one, two, to] = [at(control1), at(control2), at(end)];
    context.bezierCurveTo(one.x, one.y, two.x, two.y, to.x, to.y);
  }
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function ring(context: CanvasRenderingContext2D, { x, y }: Point, radius: number, color: string, alpha: number): void {
  context.globalAlpha = alpha;
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.stroke();
  context.globalAlpha = 1;
}

/** Writes are filled, watch events outlined, reads dotted, calls inside a node have square ends. */
function capsule(context: CanvasRenderingContext2D, at: Point, mark: Mark, color: string, labelled: boolean, ink: Ink): void {
  context.font = `600 ${ink.size}px ${ink.font}`;
  const text = labelled ? mark.label : '';
  const height = text ? ink.size + 8 : 10;
  const width = text ? context.measureText(text).width + 16 : 10;
  // Near the edge it stays whole: its place along the line gives way.
  const x = Math.min(context.canvas.clientWidth - width / 2 - 4, Math.max(width / 2 + 4, at.x));
  const { y } = at;
  const filled = mark.kind === 'write' || mark.kind === 'node';
  context.beginPath();
  context.roundRect(x - width / 2, y - height / 2, width, height, mark.kind === 'node' ? 2 : height / 2);
  context.fillStyle = filled ? color : ink.surface;
  context.fill();
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.setLineDash(mark.kind === 'read' ? [2, 3] : []);
  context.stroke();
  context.setLineDash([]);
  if (!text) return;
  context.fillStyle = filled ? ink.onNow : color;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, x, y + 0.5);
}
