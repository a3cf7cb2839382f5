import { useEffect, useMemo, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mark } from '../../view/mark-store.ts';
import { useSelection } from '../../view/selection.ts';
import { useWorld, world } from '../../view/store.ts';
import { instanceOf, kindOf } from '../../view/stage/actors.ts';
import { lanesFor } from '../../view/timeline/lanes.ts';
import { TimeAxis } from '../../view/timeline/time-axis.ts';
import { PRESENTER_SCALE, usePreferences } from '../shared/preferences.ts';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { inspectMessage } from '../stage/inspect.ts';
import { LANE_PX_MIN, drawLanes, markNear, rulerPx, timelineInk } from './drawLanes.ts';
import type { Frame } from './drawLanes.ts';
import { useChain } from './useChain.ts';
import { useSize } from '../shared/useSize.ts';
import styles from './Timeline.module.css';

const LABEL_PX = 104;
const SCALES = [0.25, 0.5, 1, 2, 4] as const;
/** Following keeps the playhead here, so that a little of what comes can be seen. */
const FOLLOW_AT = 0.82;

interface Props { readonly label: string; readonly nodesLabel: string }

/** Marks on lanes, on one canvas. Drag the ruler to scrub, the wheel to look around, click a mark to open it. */
export function Lanes({ label, nodesLabel }: Props): React.JSX.Element {
  const { t } = useTranslation('timeline');
  const marks = useWorld((state) => state.marks);
  const marksVersion = useWorld((state) => state.marksVersion);
  const position = useWorld((state) => state.model.position);
  const busy = useWorld((state) => state.status === 'opening');
  const beat = useWorld((state) => state.flight?.ids);
  const selected = useSelection((state) => (state.selection?.type === 'message' ? state.selection.id : 0));
  const theme = usePreferences((state) => `${state.theme} ${state.presenter}`);
  const uiScale = usePreferences((state) => (state.presenter ? PRESENTER_SCALE : 1));
  const chain = useChain(selected);
  const axis = useMemo(() => new TimeAxis(marks), [marks]);
  // Nodes that exist at any known time: going back before they joined must not move the lanes.
  const nodeKey = marks.actors.filter((actor) => kindOf(actor) === 'kubelet').map(instanceOf).join();
  const lanes = useMemo(() => lanesFor(nodeKey === '' ? [] : nodeKey.split(','), nodesLabel), [nodeKey, nodesLabel]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(canvas);
  const [scale, setScale] = useState<number>(1);
  const [scrolled, setScrolled] = useState<Scrolled>();
  const [hovered, setHovered] = useState<Mark>();
  const ruler = rulerPx(uiScale);
  axis.update();
  const found = useMemo(() => (selected === 0 ? undefined : marks.byId(selected)), [marks, selected]);
  const playheadX = axis.xOfPosition(position) * scale;
  const scroll = useScroll({ position, selected, selectedX: found ? axis.xOf(found.index) * scale : undefined, playheadX, width }, scrolled);
  const frame: Frame = { marks, axis, lanes, scroll, scale, width, height, position, playheadX, beat, selected: hovered?.id ?? selected, chain, uiScale };
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context && width > 0) drawLanes(context, frame, timelineInk(context.canvas));
  });
  return (
    <div className={styles['scroller']}>
      <div className={styles['lanes']} style={{ minHeight: ruler + lanes.lanes.length * LANE_PX_MIN * uiScale }} data-version={marksVersion} data-theme-key={theme}>
        <ul className={styles['labels']} style={{ width: LABEL_PX * uiScale, paddingTop: ruler }} aria-hidden="true">
          {lanes.lanes.map((lane) => <li key={lane.id} title={lane.label}>{lane.label}</li>)}
        </ul>
        <div className={styles['track']}>
          <Track label={label} canvas={canvas} frame={frame} onHover={setHovered} onScale={setScale} onScroll={(x) => setScrolled({ position, selected, at: x })} />
          {hovered && <span className={styles['tip']} style={tipPlace(axis.xOf(hovered.index) * scale - frame.scroll, width)}>{hovered.label} · {hovered.from} → {hovered.to} · {formatVirtualTime(hovered.deliverUs)}{hovered.refused ? ` · ${t('refused')}` : ''}</span>}
          {marks.count === 0 && <p className={styles['empty']}>{busy ? t('busy') : t('empty')}</p>}
        </div>
      </div>
    </div>
  );
}

interface Scrolled { readonly at: number; readonly position: number; readonly selected: number }
interface Looked { readonly position: number; readonly selected: number; readonly selectedX: number | undefined; readonly playheadX: number; readonly width: number }

/** Looking around ends when the playhead moves: then the view follows it again. A message selected elsewhere is brought into view. */
function useScroll({ position, selected, selectedX, playheadX, width }: Looked, scrolled: Scrolled | undefined): number {
  const [since, setSince] = useState({ selected, position });
  if (since.selected !== selected) setSince({ selected, position });
  if (scrolled?.position === position && scrolled.selected === selected) return scrolled.at;
  const following = Math.max(0, playheadX - width * FOLLOW_AT);
  const inView = selectedX === undefined || (selectedX >= following && selectedX <= following + width);
  return inView || since.position !== position ? following : Math.max(0, selectedX - width * FOLLOW_AT);
}

interface TrackProps {
  readonly label: string;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly frame: Frame;
  readonly onHover: (mark: Mark | undefined) => void;
  readonly onScale: (scale: number) => void;
  readonly onScroll: (x: number) => void;
}

/** The canvas, and what pointing, dragging and the wheel do on it. */
function Track({ label, canvas, frame, onHover, onScale, onScroll }: TrackProps): React.JSX.Element {
  const nowUs = useWorld((state) => state.model.nowUs);
  const endPosition = useWorld((state) => state.model.endPosition);
  const { marks, axis, scale, scroll, position } = frame;
  const at = (event: React.MouseEvent): { readonly x: number; readonly y: number } => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  };
  const scrubTo = (x: number): void => {
    const mark = marks.at(axis.indexAt((x + scroll) / scale));
    void world.seek({ position: mark?.position ?? 0 });
  };
  return (
    <canvas ref={canvas} role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={endPosition} aria-valuenow={position} aria-valuetext={formatVirtualTime(nowUs)} data-testid="timeline-canvas"
      onPointerDown={(event) => {
        const { x, y } = at(event);
        const mark = markNear(frame, x, y);
        if (mark && y > rulerPx(frame.uiScale)) return inspectMessage(mark.id);
        event.currentTarget.setPointerCapture(event.pointerId);
        scrubTo(x);
      }}
      onPointerMove={(event) => {
        const { x, y } = at(event);
        if (event.buttons === 1 && event.currentTarget.hasPointerCapture(event.pointerId)) scrubTo(x);
        else onHover(markNear(frame, x, y));
      }}
      onPointerLeave={() => onHover(undefined)}
      onDoubleClick={(event) => scrubTo(at(event).x)}
      onWheel={(event) => {
        if (event.ctrlKey) onScale(nextScale(scale, event.deltaY < 0 ? 1 : -1));
        else onScroll(Math.max(0, Math.min(axis.width * scale, scroll + event.deltaX + event.deltaY)));
      }} />
  );
}

/** At the left edge a tip begins at its mark, at the right edge it ends there: it is never cut. */
function tipPlace(x: number, width: number): React.CSSProperties {
  const share = Math.min(1, Math.max(0, x / Math.max(1, width)));
  return { left: `${share * 100}%`, transform: `translateX(${-share * 100}%)` };
}

function nextScale(scale: number, step: 1 | -1): number {
  const index = SCALES.findIndex((each) => each === scale) + step;
  return SCALES[Math.min(SCALES.length - 1, Math.max(0, index))] ?? 1;
}
