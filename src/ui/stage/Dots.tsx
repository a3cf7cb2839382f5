import type { NodeProps } from '@xyflow/react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorld } from '../../view/store.ts';
import { instanceOf } from '../../view/stage/actors.ts';
import type { Scene, Tile } from '../../view/stage/scene.ts';
import { usePreferences } from '../shared/preferences.ts';
import { useFocus } from './focus.ts';
import { inspectNode } from './inspect.ts';
import { stateOf } from './NodeTile.tsx';
import styles from './Dots.module.css';

/** Many nodes: one canvas, a square a node, filled as far as its pods fill it; found again by pointing and by the list. */
export function Dots({ data, width = 0, height = 0 }: NodeProps): React.JSX.Element {
  const { scene, lookInside } = data as { readonly scene: Scene; readonly lookInside: (tile: Tile) => void };
  const { t } = useTranslation('stage');
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pointed, setPointed] = useState<Tile>();
  const nodes = useWorld((state) => state.model.nodes);
  const podsByNode = useWorld((state) => state.model.podsByNode);
  const theme = usePreferences((state) => state.theme);
  const focus = useFocus();
  const origin = scene.tiles[0]?.box ?? scene.extent;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const scale = 2 * scene.nearness;
    context.canvas.width = width * scale;
    context.canvas.height = height * scale;
    context.scale(scale, scale);
    context.translate(-origin.x, -origin.y);
    const style = getComputedStyle(context.canvas);
    const color = (token: string): string => style.getPropertyValue(token);
    const colors = { line: color('--line-strong'), surface: color('--surface'), fill: color('--phase-running'), pending: color('--phase-creating'), failed: color('--phase-failed'), off: color('--phase-unknown') };
    const now = new Set(focus.active ? [...focus.actors].map(instanceOf) : []);
    for (const { node, box } of scene.tiles) drawDot(context, box, stateOf(nodes.get(node)), podsByNode.get(node) ?? [], nodes.get(node)?.maxPods ?? 110, colors);
    context.strokeStyle = color('--now');
    context.setLineDash([]);
    context.lineWidth = 2;
    for (const { node, box } of scene.tiles) if (now.has(node)) context.strokeRect(box.x, box.y, box.width, box.height);
  }, [scene, nodes, podsByNode, theme, focus, width, height, origin.x, origin.y]);
  const find = (event: React.MouseEvent): Tile | undefined => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const x = origin.x + ((event.clientX - bounds.left) / bounds.width) * width;
    const y = origin.y + ((event.clientY - bounds.top) / bounds.height) * height;
    return scene.tiles.find(({ box }) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height);
  };
  return (
    <div className={`${styles['dots']} nopan`} style={{ width, height }}>
      <canvas ref={canvas} className={styles['canvas']} role="img" aria-label={t('dots.label', { count: scene.tiles.length })}
        onMouseMove={(event) => setPointed(find(event))} onMouseLeave={() => setPointed(undefined)} onClick={(event) => { const tile = find(event); if (tile) inspectNode(tile.node); }} onDoubleClick={(event) => { const tile = find(event); if (tile) lookInside(tile); }} />
      {pointed && <span className={styles['tip']} style={{ left: pointed.box.x - origin.x + pointed.box.width, top: pointed.box.y - origin.y, transform: `scale(${1 / scene.nearness}) translate(8px, -4px)` }}>{t('dots.tip', { node: pointed.node, count: podsByNode.get(pointed.node)?.length ?? 0 })}</span>}
    </div>
  );
}

interface Colors { readonly line: string; readonly surface: string; readonly fill: string; readonly pending: string; readonly failed: string; readonly off: string }

function drawDot(context: CanvasRenderingContext2D, box: Tile['box'], state: ReturnType<typeof stateOf>, pods: readonly { readonly phase: string }[], maxPods: number, colors: Colors): void {
  context.fillStyle = colors.surface;
  context.fillRect(box.x, box.y, box.width, box.height);
  const inset = box.height > 10 ? 2 : 1;
  const inner = box.height - inset * 2;
  let bottom = box.y + box.height - inset;
  const portion = (phases: readonly string[], color: string): void => {
    const share = pods.filter((pod) => phases.includes(pod.phase)).length / Math.max(1, maxPods);
    const tall = share > 0 ? Math.max(2, share * inner) : 0;
    context.fillStyle = color;
    context.fillRect(box.x + inset, bottom - tall, box.width - inset * 2, tall);
    bottom -= tall;
  };
  portion(['Running', 'NotReady', 'Succeeded'], colors.fill);
  portion(['Pending', 'Creating', 'Terminating', 'Unknown'], colors.pending);
  portion(['Failed'], colors.failed);
  context.lineWidth = 1;
  context.setLineDash(state === 'ready' ? [] : [3, 2]);
  context.strokeStyle = state === 'ready' ? colors.line : state === 'off' ? colors.off : colors.failed;
  context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
  if (state === 'off') {
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(box.x + inset, box.y + inset);
    context.lineTo(box.x + box.width - inset, box.y + box.height - inset);
    context.stroke();
  }
}
