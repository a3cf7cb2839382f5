import type { Mark, MarkStore } from '../../view/mark-store.ts';
import type { LaneMap } from '../../view/timeline/lanes.ts';
import type { TimeAxis } from '../../view/timeline/time-axis.ts';
import { formatVirtualTime } from '../shell/virtualTime.ts';

export interface Frame {
  readonly marks: MarkStore;
  readonly axis: TimeAxis;
  readonly lanes: LaneMap;
  readonly scroll: number;
  readonly scale: number;
  readonly width: number;
  readonly height: number;
  readonly position: number;
  readonly playheadX: number;
  readonly beat: readonly number[] | undefined;
  readonly selected: number;
  /** What led to the selection, and it: see useChain. */
  readonly chain: readonly number[];
  /** How much larger letters are than usual. */
  readonly uiScale: number;
}
export interface TimelineInk { readonly line: string; readonly strong: string; readonly text: string; readonly faint: string; readonly now: string; readonly refused: string; readonly ground: string; readonly font: string; readonly size: number }

const RULER_PX = 22;
const DOT_PX = 3;
const HIT_PX = 7;
/** Causal lines are drawn while they can be told apart. */
const LINES_MAX = 700;
const RULER_EVERY_PX = 110;
/** What a time takes, and its distance from the playhead. */
const RULER_TEXT_PX = 62;
const RULER_GAP_PX = 8;
/** A lane needs room for its label. */
export const LANE_PX_MIN = 14;

export function timelineInk(element: HTMLElement): TimelineInk {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    line: token('--line'), strong: token('--line-strong'), text: token('--text-soft'), faint: token('--text-faint'), now: token('--now'), refused: token('--message-refused'),
    ground: token('--surface'), font: token('--font-sans'), size: 12 * (Number(token('--ui-scale')) || 1),
  };
}

/** The strip of times above the lanes. */
export const rulerPx = (uiScale: number): number => RULER_PX * uiScale;
const laneHeight = (frame: Frame): number => (frame.height - rulerPx(frame.uiScale)) / Math.max(1, frame.lanes.lanes.length);
const laneY = (frame: Frame, lane: number): number => rulerPx(frame.uiScale) + (lane + 0.5) * laneHeight(frame);
const screenX = (frame: Frame, index: number): number => frame.axis.xOf(index) * frame.scale - frame.scroll;

export function drawLanes(context: CanvasRenderingContext2D, frame: Frame, ink: TimelineInk): void {
  const ratio = devicePixelRatio;
  context.canvas.width = Math.round(frame.width * ratio);
  context.canvas.height = Math.round(frame.height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawGround(context, frame, ink);
  const first = Math.max(0, frame.axis.indexAt(frame.scroll / frame.scale) - 40);
  const last = Math.min(frame.marks.count - 1, frame.axis.indexAt((frame.scroll + frame.width) / frame.scale) + 1);
  drawRuler(context, frame, ink, first, last);
  const strong = new Set([...frame.beat ?? [], ...frame.chain]);
  for (let index = first; index <= last; index++) drawMark(context, frame, ink, index, last - first <= LINES_MAX, strong);
  drawChain(context, frame, ink, first, last);
  drawPlayhead(context, frame, ink);
}

function drawGround(context: CanvasRenderingContext2D, frame: Frame, ink: TimelineInk): void {
  context.clearRect(0, 0, frame.width, frame.height);
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let lane = 0; lane < frame.lanes.lanes.length; lane++) {
    const y = Math.round(laneY(frame, lane)) + 0.5;
    context.moveTo(0, y);
    context.lineTo(frame.width, y);
  }
  context.stroke();
}

/** Times where there is room for them; the axis is not linear, so each says its own. */
function drawRuler(context: CanvasRenderingContext2D, frame: Frame, ink: TimelineInk, first: number, last: number): void {
  context.font = `${ink.size}px ${ink.font}`;
  context.fillStyle = ink.faint;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  const playhead = frame.playheadX - frame.scroll;
  let freeFrom = 0;
  for (let index = first; index <= last; index++) {
    const x = screenX(frame, index);
    // A time that the playhead would cross out waits until there is room behind it.
    const crossed = x - RULER_GAP_PX < playhead && playhead < x + RULER_TEXT_PX * frame.uiScale;
    if (x < freeFrom || x < 0 || crossed) continue;
    context.fillText(formatVirtualTime(frame.marks.deliverUs[index] as number), x, rulerPx(frame.uiScale) / 2);
    freeFrom = x + RULER_EVERY_PX * frame.uiScale;
  }
}

/** A line from the sender's lane to a dot on the receiver's; what is still to come is pale. */
function drawMark(context: CanvasRenderingContext2D, frame: Frame, ink: TimelineInk, index: number, lines: boolean, beat: ReadonlySet<number>): void {
  const mark = frame.marks.at(index);
  if (!mark) return;
  const [from, to] = [frame.lanes.indexOf(mark.from), frame.lanes.indexOf(mark.to)];
  if (to < 0) return;
  const x = screenX(frame, index);
  const active = beat.has(mark.id) || mark.id === frame.selected;
  const color = mark.refused || mark.lost ? ink.refused : active || mark.input ? ink.now : ink.strong;
  // While a chain is shown, what has no part in it steps back.
  context.globalAlpha = mark.position > frame.position || (frame.chain.length > 0 && !active) ? 0.35 : 1;
  if (lines && from >= 0 && from !== to) line(context, x - Math.min(4, 4 * frame.scale), laneY(frame, from), x, laneY(frame, to), active ? color : ink.line, active ? 2 : 1);
  context.fillStyle = color;
  context.beginPath();
  const y = laneY(frame, to);
  if (mark.input) context.rect(x - 3, rulerPx(frame.uiScale), 6, 6);
  else if (mark.kind === 'node') context.rect(x - DOT_PX + 0.5, y - DOT_PX + 0.5, DOT_PX * 2 - 1, DOT_PX * 2 - 1);
  else context.arc(x, y, active ? DOT_PX + 1.5 : mark.milestone ? DOT_PX + 0.5 : DOT_PX - 0.5, 0, Math.PI * 2);
  context.fill();
  if (mark.kind === 'watch' && !active) {
    context.fillStyle = ink.ground;
    context.beginPath();
    context.arc(x, y, 1.2, 0, Math.PI * 2);
    context.fill();
  }
  context.globalAlpha = 1;
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number, color: string, width: number): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

function drawPlayhead(context: CanvasRenderingContext2D, frame: Frame, ink: TimelineInk): void {
  const x = Math.round(frame.playheadX - frame.scroll) + 0.5;
  line(context, x, 0, x, frame.height, ink.now, 2);
  context.fillStyle = ink.now;
  context.beginPath();
  context.moveTo(x - 6, 0);
  context.lineTo(x + 6, 0);
  context.lineTo(x, 8);
  context.fill();
}

/** The whole chain of causes as one line: along the lane of each receiver until it sends the next message. */
function drawChain(context: CanvasRenderingContext2D, frame: Frame, ink: TimelineInk, first: number, last: number): void {
  const chain = new Set(frame.chain);
  let before: { readonly x: number; readonly lane: number } | undefined;
  for (let index = chain.size > 1 ? Math.max(0, frame.marks.indexOfId(frame.chain[0] ?? 0, first)) : last + 1; index < frame.marks.count && index <= last + 400; index++) {
    const mark = frame.marks.at(index);
    if (!mark || !chain.has(mark.id)) continue;
    const lane = frame.lanes.indexOf(mark.to);
    const x = screenX(frame, index);
    if (before && lane >= 0) {
      const from = frame.lanes.indexOf(mark.from);
      const y = laneY(frame, from < 0 ? before.lane : from);
      line(context, before.x, y, x, y, ink.now, 2);
      line(context, x, y, x, laneY(frame, lane), ink.now, 2);
    }
    if (lane >= 0) before = { x, lane };
  }
}

/** The mark under the pointer. */
export function markNear(frame: Frame, x: number, y: number): Mark | undefined {
  let best: { readonly mark: Mark; readonly distance: number } | undefined;
  const middle = frame.axis.indexAt((x + frame.scroll) / frame.scale);
  for (let index = Math.max(0, middle - 30); index <= Math.min(frame.marks.count - 1, middle + 30); index++) {
    const mark = frame.marks.at(index);
    if (!mark) continue;
    const lane = frame.lanes.indexOf(mark.to);
    const distance = Math.hypot(screenX(frame, index) - x, laneY(frame, lane) - y);
    if (distance <= HIT_PX && (!best || distance < best.distance)) best = { mark, distance };
  }
  return best?.mark;
}
