import { useEffect, useRef } from 'react';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { isTyping } from '../shared/shortcuts.ts';
import { CellDetail } from './CellDetail.tsx';
import { FilterMatrix } from './FilterMatrix.tsx';
import { PreemptionPanel } from './PreemptionPanel.tsx';
import { QuestionCard } from './Predict.tsx';
import { QueuePanel, RecordPanel, ResultPanel } from './StationPanels.tsx';
import { Road } from './Road.tsx';
import { ScoreMatrix } from './ScoreMatrix.tsx';
import { StepBar } from './StepBar.tsx';
import { goTo, setPlaying, stepBy, useWalk } from './walk.ts';
import styles from './Scheduling.module.css';

const STEP_MS = 420;
/** Longer walks are played faster, so that none takes much more than half a minute. */
const WALK_MS = 35_000;

/** The attempt as a road: its stations, the step that is on, and the table as far as it has been decided. */
export function StepsTab({ found, messageId }: { readonly found: FoundAttempt; readonly messageId: number }): React.JSX.Element | null {
  const pane = useRef<HTMLDivElement>(null);
  const ready = useWalk((state) => state.found === found);
  useStepKeys();
  usePlaying();
  useEffect(() => { if (ready) pane.current?.focus({ preventScroll: true }); }, [messageId, ready]);
  if (!ready) return null;
  return (
    <div ref={pane} className={styles['walk']} tabIndex={-1} data-testid="scheduling-steps">
      <Road found={found} />
      <StepBar found={found} />
      <Scene found={found} messageId={messageId} />
    </div>
  );
}

function Scene({ found, messageId }: { readonly found: FoundAttempt; readonly messageId: number }): React.JSX.Element {
  const { steps, index, question } = useWalk();
  const step = steps[index];
  const { attempt } = found;
  const table = (): React.JSX.Element | null => {
    switch (step?.station) {
      case undefined: return null;
      case 'queue': return <QueuePanel found={found} />;
      case 'preFilter': return <RecordPanel rows={attempt.detail?.preFilter.plugins ?? []} upTo={step.plugin} />;
      case 'filter': return <FilterMatrix found={found} />;
      case 'postFilter': return <PreemptionPanel found={found} />;
      case 'preScore': return <RecordPanel rows={attempt.detail?.preScore ?? []} upTo={step.plugin} />;
      case 'score': case 'normalise': return step.part === 'only' ? <FilterMatrix found={found} /> : <ScoreMatrix found={found} />;
      case 'reserve': case 'permit': case 'bind': return <ResultPanel found={found} station={step.station} />;
    }
  };
  return (
    <div className={styles['scene']}>
      {question && <QuestionCard />}
      {table()}
      {(step?.station === 'filter' || step?.station === 'score' || step?.station === 'normalise') && <CellDetail found={found} messageId={messageId} />}
    </div>
  );
}

/** While the view is open the arrow keys walk through the attempt and not through the session. */
function useStepKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || isElsewhere(event)) return;
      if (act(event)) event.preventDefault();
    };
    // Before the keys of the page's playback.
    addEventListener('keydown', onKeyDown, { capture: true });
    return () => removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);
}

function isElsewhere({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement) || isTyping(target)) return true;
  if (target.closest('[role=menu],[role=dialog],[role=listbox],[role=tablist],[role=separator],[role=slider]')) return true;
  const here = target === document.body || target.closest('[data-testid=scheduling],#panel-stage') !== null;
  return !here || (key === ' ' && target.closest('button,a,summary') !== null);
}

function act({ key, shiftKey, altKey }: KeyboardEvent): boolean {
  const by = altKey ? 'station' : shiftKey ? 'node' : 'step';
  switch (key) {
    case 'ArrowRight': stepBy(1, by); return true;
    case 'ArrowLeft': stepBy(-1, by); return true;
    case 'Home': goTo(0); return true;
    case 'End': goTo(useWalk.getState().steps.length - 1); return true;
    case ' ': setPlaying(!useWalk.getState().playing); return true;
    default: return false;
  }
}

function usePlaying(): void {
  const playing = useWalk((state) => state.playing);
  const count = useWalk((state) => state.steps.length);
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(() => stepBy(1), Math.max(40, Math.min(STEP_MS, WALK_MS / count)));
    return () => clearInterval(timer);
  }, [playing, count]);
}
