import { useStoreApi } from '@xyflow/react';
import { useEffect, useRef } from 'react';
import type { Mark } from '../../view/mark-store.ts';
import { lengthOf } from '../../view/stage/curve.ts';
import type { Curve } from '../../view/stage/curve.ts';
import { curveBetween } from '../../view/stage/scene.ts';
import type { Scene } from '../../view/stage/scene.ts';
import { useWorld } from '../../view/store.ts';
import { usePreferences } from '../shared/preferences.ts';
import { drawTravel, inkOf } from './drawMessage.ts';
import type { Ink } from './drawMessage.ts';
import { useFocus } from './focus.ts';
import styles from './Stage.module.css';

interface Hop { readonly mark: Mark; readonly curve: Curve; readonly ms: number }

const HOP_MIN_MS = 220;
const HOP_MAX_MS = 450;
const LENGTH_OF_MAX = 700;
const PULSE_MS = 150;
/** With more at once labels would only cover each other. */
const LABELS_MAX = 16;
/** Beats shorter than this are too fast to read; still shorter ones leave only a streak, and the shortest nothing but counts. */
const READABLE_MS = 140;
const STREAK_MS = 60;
const NOTHING_MS = 12;

/** How long a hop is seen: 220 to 450 ms by its length, in what the beat allows. */
function hopMs(curve: Curve, beatMs: number): number {
  const natural = HOP_MIN_MS + (HOP_MAX_MS - HOP_MIN_MS) * Math.min(1, lengthOf(curve) / LENGTH_OF_MAX);
  return Math.min(natural, Math.max(40, beatMs - PULSE_MS));
}

/**
 * Messages in flight, on one canvas over the stage that never takes a click. It draws only while something moves.
 * With reduced motion the two ends and the line between them light up instead.
 */
export function MessageLayer({ scene }: { readonly scene: Scene }): React.JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const store = useStoreApi();
  const flight = useWorld((state) => state.flight);
  const { marks } = useFocus();
  const theme = usePreferences((state) => state.theme);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !flight || flight.durationMs < NOTHING_MS) return undefined;
    const ink = inkOf(context.canvas);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const hops = marks.flatMap((mark): readonly Hop[] => {
      const curve = curveBetween(scene, mark.from, mark.to);
      return curve ? [{ mark, curve, ms: hopMs(curve, flight.durationMs) }] : [];
    });
    const end = flight.startedMs + Math.max(PULSE_MS, ...hops.map((hop) => hop.ms)) + PULSE_MS;
    let frame = requestAnimationFrame(function draw(nowMs) {
      drawAll(context, hops, { elapsedMs: nowMs - flight.startedMs, beatMs: flight.durationMs, still }, store.getState().transform, ink);
      if (nowMs < end) frame = requestAnimationFrame(draw);
      else clear(context);
    });
    return () => { cancelAnimationFrame(frame); clear(context); };
  }, [flight, marks, scene, store, theme]);
  return <canvas ref={canvas} className={styles['messages']} aria-hidden="true" />;
}

function clear(context: CanvasRenderingContext2D): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
}

/** Fits the canvas to its place on screen at the screen's resolution. */
function fit(context: CanvasRenderingContext2D): number {
  const { canvas } = context;
  const ratio = devicePixelRatio;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return ratio;
}

interface Moment { readonly elapsedMs: number; readonly beatMs: number; readonly still: boolean }

function drawAll(context: CanvasRenderingContext2D, hops: readonly Hop[], { elapsedMs, beatMs, still }: Moment, transform: readonly [number, number, number], ink: Ink): void {
  const ratio = fit(context);
  clear(context);
  const [x, y, zoom] = transform;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const body = beatMs < STREAK_MS ? 'streak' : hops.length <= LABELS_MAX && beatMs >= READABLE_MS ? 'label' : 'dot';
  for (const { mark, curve, ms } of hops) {
    const t = Math.min(1, Math.max(0, elapsedMs / ms));
    const after = Math.max(0, elapsedMs - ms) / PULSE_MS;
    if (after >= 1 && !still) continue;
    drawTravel(context, { mark, curve, t: ease(t), arrived: after, body, still }, { x, y, zoom }, ink);
  }
}

/** Cubic ease in and out. */
function ease(t: number): number {
  return t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2;
}
